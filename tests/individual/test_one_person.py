"""Mode, standard errors and posterior of one person against closed forms, grids and simulation."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from resynapse.calibrate.individual.case import simulated
from resynapse.calibrate.individual.gof import residuals
from resynapse.calibrate.individual.likelihood import log_likelihood
from resynapse.calibrate.individual.mode import laplace_evidence, most_likely
from resynapse.calibrate.individual.posterior import posterior
from resynapse.calibrate.individual.variability import Variability
from resynapse.core.errors import ParameterError, SolveError

TIMES = np.array([0.5, 1.0, 2.0, 4.0, 8.0])


def _line(toys, points, sd=0.5):
    spread = Variability(("a", "b"), ("normal", "normal"), np.array([10.0, 1.0]), np.array([[4.0, 0.6], [0.6, 0.25]]))
    return toys.case(toys.Line, spread, points, toys.residual("additive", additive=sd))


def _normal_answer(case, times, values, sd):
    """Mean and covariance of the etas of a straight line, and the evidence, in closed form."""
    design = np.column_stack([np.ones_like(times), times])
    omega, typical = np.asarray(case.spread.omega), np.asarray(case.spread.typical)
    total = design @ omega @ design.T + sd**2 * np.eye(len(times))
    away = values - design @ typical
    mean = omega @ design.T @ np.linalg.solve(total, away)
    covariance = omega - omega @ design.T @ np.linalg.solve(total, design @ omega)
    return mean, covariance, stats.multivariate_normal(design @ typical, total).logpdf(values)


def test_the_mode_of_a_straight_line_is_the_closed_form(toys) -> None:
    values = np.array([12.0, 11.0, 14.5, 18.0, 22.0])
    case = _line(toys, list(zip(TIMES, values, strict=True)))
    mode = most_likely(case)
    mean, covariance, evidence = _normal_answer(case, TIMES, values, 0.5)
    root = np.asarray(case.spread.root)
    np.testing.assert_allclose(root @ mode.z, mean, rtol=1e-7)
    np.testing.assert_allclose(root @ mode.covariance @ root.T, covariance, rtol=1e-7)
    assert laplace_evidence(case, mode) == pytest.approx(evidence, rel=1e-9)
    assert mode.other_tops == ()


def test_weighted_residuals_of_a_straight_line_are_the_decorrelated_ones(toys) -> None:
    values = np.array([12.0, 11.0, 14.5, 18.0, 22.0])
    case = _line(toys, list(zip(TIMES, values, strict=True)))
    found = residuals(case, most_likely(case))
    design = np.column_stack([np.ones_like(TIMES), TIMES])
    omega = np.asarray(case.spread.omega)
    total = design @ omega @ design.T + 0.25 * np.eye(5)
    away = values - design @ np.array([10.0, 1.0])
    assert (found.cwresi**2).sum() == pytest.approx(away @ np.linalg.solve(total, away))
    np.testing.assert_allclose(found.res, away)
    np.testing.assert_allclose(found.iwres, (values - found.ipred) / 0.5)


def test_conditional_residuals_take_the_error_at_the_individual_prediction(toys, two) -> None:
    """CWRESI, not CWRES: with a proportional error the variance at eta 0 would give another number."""
    case = toys.case(toys.Bolus, two, [(1.0, 2.0)], toys.residual("proportional", sd=0.3))
    mode = most_likely(case)
    found = residuals(case, mode)
    slope = np.asarray(jax.grad(lambda z: case.at_measurements(z)[0])(jnp.asarray(mode.z)))
    away = 2.0 - found.ipred[0] + slope @ mode.z
    assert found.cwresi[0] == pytest.approx(away / np.sqrt(slope @ slope + (0.3 * found.ipred[0]) ** 2))
    assert found.cwresi[0] != pytest.approx(away / np.sqrt(slope @ slope + (0.3 * found.pred[0]) ** 2), rel=1e-2)


def test_the_slope_of_the_density_is_the_finite_difference(toys, two) -> None:
    points = [(0.5, 4.0), (2.0, 3.0), (8.0, 0.6, True)]
    for error in (toys.residual("log", sd=0.2), toys.residual("combined", sd=0.1, additive=0.2)):
        case = toys.case(toys.Bolus, two, points, error)
        z = jnp.array([0.3, -0.6])
        slope = np.asarray(jax.grad(case.log_density)(z))
        step = 1e-6 * np.eye(2)
        differences = [(case.log_density(z + h) - case.log_density(z - h)) / 2e-6 for h in step]
        np.testing.assert_allclose(slope, np.array(differences), rtol=1e-6)


@pytest.mark.parametrize(
    ("kind", "sd"),
    [
        ("log", {"sd": 0.3}),
        ("proportional", {"sd": 0.3}),
        ("additive", {"additive": 0.4}),
        ("combined", {"sd": 0.2, "additive": 0.3}),
    ],
)
def test_a_value_below_the_limit_counts_as_the_integral_below_it(toys, two, kind, sd) -> None:
    error = toys.residual(kind, **sd)
    predicted = 1.3
    case = toys.case(toys.Bolus, two, [(1.0, 0.9, True)], error)
    below = log_likelihood(case.data, jnp.full(8, predicted))
    grid = np.linspace(1e-6 if kind == "log" else -20.0, 0.9, 200_001)
    scale = sd.get("sd", 0.0) if kind == "log" else np.hypot(sd.get("sd", 0.0) * predicted, sd.get("additive", 0.0))
    density = (
        stats.lognorm(scale, scale=predicted).pdf(grid) if kind == "log" else stats.norm(predicted, scale).pdf(grid)
    )
    assert float(below) == pytest.approx(np.log(np.trapezoid(density, grid)), abs=1e-5)


def test_each_residual_is_the_density_of_its_distribution(toys, two) -> None:
    frozen = {
        ("log", (("sd", 0.3),)): stats.lognorm(0.3, scale=1.3),
        ("proportional", (("sd", 0.3),)): stats.norm(1.3, 0.39),
        ("additive", (("additive", 0.4),)): stats.norm(1.3, 0.4),
        ("combined", (("sd", 0.3), ("additive", 0.4))): stats.norm(1.3, np.hypot(0.39, 0.4)),
    }
    for (kind, sd), truth in frozen.items():
        case = toys.case(toys.Bolus, two, [(1.0, 0.9)], toys.residual(kind, **dict(sd)))
        assert float(log_likelihood(case.data, jnp.full(8, 1.3))) == pytest.approx(truth.logpdf(0.9))


def _grid_moments(case, span=5.0, count=401):
    axis = np.linspace(-span, span, count)
    z = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    density = np.asarray(jax.lax.map(case.log_density, jnp.asarray(z), batch_size=4096))
    weights = np.exp(density - density.max())
    weights /= weights.sum()
    eta = z @ np.asarray(case.spread.root).T
    mean = weights @ eta
    return mean, np.sqrt(weights @ (eta - mean) ** 2)


def test_the_posterior_is_the_integral_over_a_grid(toys, two) -> None:
    points = [(1.0, 3.0), (24.0, 0.4, True)]
    case = toys.case(toys.Bolus, two, points, toys.residual("log", sd=0.25))
    mean, sd = _grid_moments(case)
    found = posterior(case, most_likely(case), draws=20_000, seed=1)
    eta = found.z @ np.asarray(case.spread.root).T
    assert found.pareto_k < 0.7
    assert found.effective > 5_000
    np.testing.assert_allclose(eta.mean(axis=0), mean, atol=0.03 * sd.max())
    np.testing.assert_allclose(eta.std(axis=0), sd, rtol=0.03)


def test_the_same_seed_gives_the_same_bits(toys, two) -> None:
    case = toys.case(toys.Bolus, two, [(1.0, 3.0)], toys.residual("log", sd=0.25))
    mode = most_likely(case)
    first, again, other = (posterior(case, mode, draws=500, seed=s).z for s in (3, 3, 4))
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


def test_without_information_the_posterior_is_the_spread_between_people(toys, two) -> None:
    case = toys.case(toys.Bolus, two, [(1.0, 100.0, True)], toys.residual("log", sd=0.25))
    mode = most_likely(case)
    np.testing.assert_allclose(mode.covariance, np.eye(2), atol=1e-3)


def test_two_effects_that_are_one_need_no_inverse(toys) -> None:
    same = Variability(("v", "cl"), ("lognormal",) * 2, np.array([20.0, 5.0]), np.full((2, 2), 0.09))
    case = toys.case(toys.Bolus, same, [(1.0, 3.0), (4.0, 1.5)], toys.residual("log", sd=0.2))
    eta = np.asarray(same.eta(jnp.asarray(most_likely(case).z)))
    assert eta[0] == pytest.approx(eta[1])


def test_a_covariance_that_cannot_be_is_refused() -> None:
    with pytest.raises(ParameterError, match="not positive semidefinite"):
        Variability(("v", "cl"), ("lognormal",) * 2, np.array([20.0, 5.0]), np.array([[0.1, 0.3], [0.3, 0.1]]))


def test_each_scale_of_a_spread(toys) -> None:
    kinds = ("lognormal", "logitnormal", "normal")
    spread = Variability(("a", "b", "c"), kinds, np.array([2.0, 0.3, 5.0]), np.diag([0.04, 0.25, 9.0]))
    found = spread.values(jnp.ones(3))
    assert float(found["a"]) == pytest.approx(2.0 * np.exp(0.2))
    assert float(found["b"]) == pytest.approx(1 / (1 + np.exp(-(np.log(0.3 / 0.7) + 0.5))))
    assert float(found["c"]) == pytest.approx(8.0)


def test_nine_of_ten_intervals_hold_the_truth(toys, two) -> None:
    hits = np.zeros(2)
    for person in range(60):
        chance = np.random.default_rng(person)
        z = chance.standard_normal(2)
        truth = toys.Bolus(jnp.asarray(TIMES))(two.values(jnp.asarray(z)))[:, 0]
        values = np.asarray(truth) * np.exp(0.2 * chance.standard_normal(5))
        case = toys.case(toys.Bolus, two, list(zip(TIMES, values, strict=True)), toys.residual("log", sd=0.2))
        mode = most_likely(case)
        root = np.asarray(two.root)
        se = np.sqrt(np.diag(root @ mode.covariance @ root.T))
        hits += np.abs(root @ (mode.z - z)) < 1.6449 * se
    for found in hits:
        interval = stats.binomtest(int(found), 60).proportion_ci()
        assert interval.low <= 0.9 <= interval.high


@pytest.mark.parametrize(("k", "draws"), [(0.9, 200), (0.68, 1000), (0.6, 200)])
def test_a_tail_that_cannot_be_reached_is_refused(toys, two, monkeypatch, k, draws) -> None:
    case = toys.case(toys.Bolus, two, [(1.0, 3.0)], toys.residual("log", sd=0.25))
    monkeypatch.setattr(
        "resynapse.calibrate.individual.posterior.smoothed", lambda logs: (np.full(len(logs), 1 / len(logs)), k)
    )
    with pytest.raises(SolveError, match=rf"(?s)Pareto k = {k:.2f}.*for {draws} draws"):
        posterior(case, most_likely(case), draws=draws)


def test_simulated_measurements_have_the_theory_s_moments(toys) -> None:
    case = _line(toys, [(1.0, 11.0), (4.0, 14.0)])
    keys = jax.random.split(jax.random.PRNGKey(0))
    found = np.asarray(simulated(case, (keys[0], keys[1]), 20_000))[:, :2]
    design = np.array([[1.0, 1.0], [1.0, 4.0]])
    total = design @ np.asarray(case.spread.omega) @ design.T + 0.25 * np.eye(2)
    np.testing.assert_allclose(found.mean(axis=0), [11.0, 14.0], atol=0.1)
    np.testing.assert_allclose(np.cov(found.T), total, rtol=0.05)
