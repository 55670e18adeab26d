"""One person's prediction against closed forms: infusions, resets, changing covariates, and the solver."""

from __future__ import annotations

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from resynapse.calibrate.individual.prediction import prediction
from resynapse.calibrate.individual.variability import variability
from resynapse.chains import body_chain
from resynapse.core.solver import protocol, solve, travel
from resynapse.dose import CovariateChange, DoseEvent, Person, Repeated, Reset
from resynapse.timeline import legs, timeline

CHAIN = body_chain("human", "otto2021")
PORTS = ("cv_ketamine_s", "cv_norketamine_s")
INFUSION = DoseEvent(0.0, 20.0, 0.5, "esketamine", "iv")
LATER = DoseEvent(6.0, 10.0, 0.0, "esketamine", "iv")
PERSON = Person("a", (INFUSION, LATER), {"weight": 80.0}, ())
TIMES = np.array([0.25, 0.5, 2.0, 5.0, 6.5, 12.0])


def _predicted(person: Person, times: np.ndarray = TIMES, values: dict | None = None) -> np.ndarray:
    answer = eqx.filter_jit(prediction(CHAIN, person, times, PORTS))
    return np.asarray(answer({k: jnp.asarray(v) for k, v in (values or {}).items()}))


def test_a_prediction_is_what_the_solver_finds() -> None:
    chain = CHAIN.with_values({"body.weight": 80.0, "body.cl": 70.0})
    life = timeline(chain, PERSON)
    found = solve(chain, protocol(chain.external, [life.happenings]), chain.initial(), (0.0, 13.0)).at(TIMES)
    expected = np.stack([np.asarray(found[p])[0] for p in PORTS], axis=-1)
    np.testing.assert_allclose(_predicted(PERSON, values={"body.cl": 70.0}), expected, rtol=1e-8)


def test_a_reset_leaves_what_comes_after_it() -> None:
    emptied = dataclasses.replace(PERSON, resets=(Reset(5.5, 3),))
    alone = dataclasses.replace(PERSON, events=(LATER,))
    found, after, before = _predicted(emptied), _predicted(alone), _predicted(PERSON)
    np.testing.assert_allclose(found[:4], before[:4], rtol=1e-10)
    np.testing.assert_allclose(found[4:], after[4:], rtol=1e-10)


def test_a_reset_at_the_time_of_a_dose_keeps_the_dose() -> None:
    later = dataclasses.replace(LATER, row=4)
    emptied = dataclasses.replace(PERSON, events=(INFUSION, later), resets=(Reset(6.0, 3),))
    alone = dataclasses.replace(PERSON, events=(LATER,))
    np.testing.assert_allclose(_predicted(emptied)[4:], _predicted(alone)[4:], rtol=1e-10)


def test_a_covariate_that_does_not_change_changes_nothing() -> None:
    same = dataclasses.replace(PERSON, changes=(CovariateChange(3.0, {"weight": 80.0}),))
    np.testing.assert_allclose(_predicted(same), _predicted(PERSON), rtol=1e-9)


def test_a_changed_weight_acts_from_its_time_on() -> None:
    heavier = dataclasses.replace(PERSON, changes=(CovariateChange(3.0, {"weight": 120.0}),))
    found, before = _predicted(heavier), _predicted(PERSON)
    np.testing.assert_allclose(found[:3], before[:3], rtol=1e-9)
    assert not np.allclose(found[3:], before[3:], rtol=1e-3)


def _travelled(person: Person) -> np.ndarray:
    life, own = timeline(CHAIN, person), [{"body.weight": 80.0}]
    found = travel(legs(CHAIN, [life], own, (0.0, 13.0)), CHAIN.initial()).at(TIMES)
    return np.stack([np.asarray(found[p])[0] for p in PORTS], axis=-1)


@pytest.mark.parametrize(
    "event",
    [
        dataclasses.replace(INFUSION, steady=Repeated(12.0)),
        dataclasses.replace(INFUSION, time_h=1.0, steady=Repeated(8.0)),
        dataclasses.replace(LATER, steady=Repeated(24.0, adds=True)),
        dataclasses.replace(INFUSION, amount_mg=0.0, duration_h=0.0, rate_mg_h=5.0, steady=Repeated(0.0)),
    ],
)
def test_a_steady_state_is_the_one_that_the_solver_finds(event: DoseEvent) -> None:
    others = (INFUSION,) if event.time_h == LATER.time_h else ()
    person = dataclasses.replace(PERSON, events=(*others, event))
    np.testing.assert_allclose(_predicted(person), _travelled(person), rtol=1e-7)


def test_slopes_are_finite_differences() -> None:
    spread = variability(CHAIN)
    answer = prediction(CHAIN, PERSON, TIMES, PORTS)
    at = eqx.filter_jit(lambda z: answer(spread.values(z)))
    z, step = jnp.full(spread.size, 0.2), 1e-5
    slope = np.asarray(eqx.filter_jit(jax.jacfwd(lambda z: answer(spread.values(z))))(z))
    for i in range(spread.size):
        moved = step * jnp.eye(spread.size)[i]
        difference = np.asarray((at(z + moved) - at(z - moved)) / (2 * step))
        np.testing.assert_allclose(slope[..., i], difference, rtol=1e-5, atol=1e-6)


def test_a_sample_before_every_dose_is_zero() -> None:
    late = dataclasses.replace(PERSON, events=(LATER,))
    assert (_predicted(late)[:4] == 0).all()


def test_covariances_of_the_set_are_those_of_the_etas() -> None:
    spread = variability(CHAIN)
    i, j = (spread.addresses.index(f"body.{n}") for n in ("v1", "cl"))
    assert spread.omega[i, j] == pytest.approx(0.02261)
    draws = np.random.default_rng(0).standard_normal((40_000, spread.size)) @ np.asarray(spread.root).T
    np.testing.assert_allclose(np.cov(draws.T), spread.omega, atol=2e-3)
