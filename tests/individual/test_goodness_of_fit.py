"""Prediction errors, visual predictive checks and tail smoothing against brute force and known distributions."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from resynapse.calibrate.individual.case import simulated, told
from resynapse.calibrate.individual.gof import npde, prediction_errors
from resynapse.calibrate.individual.pareto import smoothed, tail_shape, trusted
from resynapse.calibrate.individual.variability import Variability
from resynapse.calibrate.individual.vpc import bins, check, corrected_check

TIMES = np.array([0.5, 1.0, 2.0, 4.0, 8.0])


def _errors(toys, spread, inflate: float, people: int = 80):
    """Prediction errors of people whose clearance is `inflate` times what the theory says."""
    found = []
    for person in range(people):
        chance = np.random.default_rng(person)
        values = dict(spread.values(jnp.asarray(chance.standard_normal(2))))
        values["cl"] = values["cl"] * inflate
        truth = np.asarray(toys.Bolus(jnp.asarray(TIMES))(values))[:, 0]
        measured = truth * np.exp(0.2 * chance.standard_normal(5))
        case = toys.case(toys.Bolus, spread, list(zip(TIMES, measured, strict=True)), toys.residual("log", sd=0.2))
        keys = jax.random.split(jax.random.PRNGKey(person))
        found.append(npde(case, np.asarray(simulated(case, (keys[0], keys[1]), 1000))))
    return np.concatenate(found)


def test_prediction_errors_are_standard_normal_when_the_theory_is_right(toys, two) -> None:
    found = _errors(toys, two, 1.0)
    assert stats.kstest(found, "norm").pvalue > 0.01
    together = found.reshape(-1, 5)
    assert np.abs(np.corrcoef(together.T)[np.triu_indices(5, 1)]).max() < 0.35


def test_prediction_errors_show_a_wrong_theory(toys, two) -> None:
    assert stats.kstest(_errors(toys, two, 2.0, 40), "norm").pvalue < 1e-4


def test_prediction_errors_rank_a_value_among_its_simulations() -> None:
    chance = np.random.default_rng(0)
    simulations = chance.standard_normal((999, 1)) * 3.0 + 7.0
    value = np.array([8.0])
    share = (simulations[:, 0] < 8.0).mean()
    assert prediction_errors(value, simulations)[0] == pytest.approx(stats.norm.ppf(share))
    assert np.isfinite(prediction_errors(np.array([1e6]), simulations)).all()


def test_a_value_below_the_limit_has_no_prediction_error(toys, two) -> None:
    case = toys.case(toys.Bolus, two, [(1.0, 3.0), (30.0, 0.1, True)], toys.residual("log", sd=0.2))
    keys = jax.random.split(jax.random.PRNGKey(0))
    found = npde(case, np.asarray(simulated(case, (keys[0], keys[1]), 200)))
    assert np.isfinite(found[0]) and np.isnan(found[1])


def test_percentiles_are_those_of_brute_force() -> None:
    chance = np.random.default_rng(1)
    times = np.repeat([0.5, 1.0, 4.0], 20)
    values, simulations = chance.lognormal(size=60), chance.lognormal(size=(300, 60))
    found = check(times, values, simulations, bins(times))
    for b, time in enumerate((0.5, 1.0, 4.0)):
        here = times == time
        np.testing.assert_allclose(found.observed[:, b], np.percentile(values[here], [5, 50, 95]))
        each = np.array([np.percentile(row[here], [5, 50, 95]) for row in simulations])
        np.testing.assert_allclose(found.low[:, b], np.percentile(each, 5, axis=0))
        np.testing.assert_allclose(found.high[:, b], np.percentile(each, 95, axis=0))
        assert found.middle[b] == time


def test_prediction_correction_takes_out_the_dose() -> None:
    chance = np.random.default_rng(2)
    dose = np.tile([1.0, 10.0], 30)
    times = np.repeat([1.0, 2.0, 3.0], 20)
    noise, noises = chance.lognormal(sigma=0.1, size=60), chance.lognormal(sigma=0.1, size=(50, 60))
    found = corrected_check(times, dose * noise, dose * noises, bins(times), dose)
    np.testing.assert_allclose(found.values, 5.5 * noise)
    np.testing.assert_allclose(found.observed[1, 0], 5.5 * np.median(noise[:20]))


def test_what_cannot_be_corrected_is_left_out_and_its_bin_stays() -> None:
    """Samples before the first dose: predicted 0, below the limit; the others of the bin are checked without them."""
    times, pred = np.array([0.1, 0.1, 0.2, 0.2, 2.0, 2.0]), np.array([0.0, 0.0, 4.0, 8.0, 5.0, 5.0])
    values = np.array([-np.inf, 0.0, 4.0, 8.0, 5.0, 6.0])
    simulations = np.random.default_rng(7).lognormal(size=(50, 6)) * pred
    edges = np.array([0.0, 1.0, 3.0])
    found = corrected_check(times, values, simulations, edges, pred)
    alone = corrected_check(times[2:], values[2:], simulations[:, 2:], edges, pred[2:])
    assert (found.left_out, alone.left_out) == (2, 0)
    assert found.observed[1, 0] == 6.0 and np.isfinite(found.low).all()
    for name in ("observed", "low", "median", "high", "middle", "values"):
        np.testing.assert_array_equal(getattr(found, name), getattr(alone, name))
    assert corrected_check(times, values, simulations, edges, np.zeros(6)).observed.shape == (3, 0)


def test_a_percentile_among_values_below_the_limit_is_not_drawn() -> None:
    values = np.array([-np.inf, -np.inf, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    found = check(np.ones(8), values, np.ones((10, 8)), np.array([0.0, 2.0]))
    assert np.isnan(found.observed[0, 0])
    assert found.observed[1, 0] == pytest.approx(2.5)


@pytest.mark.parametrize("count", [1, 3, 8, 50])
def test_bins_hold_every_time(count: int) -> None:
    times = np.repeat(np.linspace(1.0, 10.0, count), 3)
    edges = bins(times)
    assert (np.diff(edges) >= 0).all() and len(edges) <= 9
    assert edges[0] == times.min() and edges[-1] == times.max()


def test_bins_fall_into_the_gaps_between_sampling_times() -> None:
    nominal = np.array([0.5, 1.0, 3.0, 8.0])
    times = (nominal + np.random.default_rng(5).uniform(-0.05, 0.05, (25, 4))).ravel()
    edges = bins(times)
    np.testing.assert_array_equal(np.histogram(times, edges)[0], [25, 25, 25, 25])


@pytest.mark.parametrize("shape", [0.1, 0.5, 0.9])
def test_the_tail_s_shape_is_found(shape: float) -> None:
    draws = stats.genpareto(shape, scale=2.0).rvs(4000, random_state=3)
    found, scale = tail_shape(draws)
    assert found == pytest.approx(shape, abs=0.07)
    assert scale == pytest.approx(2.0, rel=0.1)


@pytest.mark.parametrize(("draws", "most"), [(100, 0.5), (1000, 2 / 3), (2154, 0.7), (10**6, 0.7)])
def test_fewer_draws_are_trusted_less(draws: int, most: float) -> None:
    assert trusted(draws) == pytest.approx(most, abs=1e-5)


def test_equal_weights_stay_equal_and_heavy_ones_are_told() -> None:
    weights, k = smoothed(np.zeros(500))
    np.testing.assert_allclose(weights, 1 / 500)
    assert k < 0.5
    heavy = np.log(stats.pareto(0.6).rvs(2000, random_state=4))
    assert smoothed(heavy)[1] > 0.7


def test_only_parameters_that_move_a_measurement_are_told(toys) -> None:
    kinds = ("lognormal",) * 3
    spread = Variability(("v", "cl", "ka"), kinds, np.array([20.0, 5.0, 1.0]), 0.09 * np.eye(3))
    case = toys.case(toys.Bolus, spread, [(1.0, 3.0)], toys.residual("log", sd=0.2))
    assert told([case]) == ("v", "cl")
    assert case.spread.only(told([case])).addresses == ("v", "cl")
