"""Resting states: both basins, nothing that drifts, exact gradients, and what moves them."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from resynapse.chains import default_chain, median_load
from resynapse.core.event import Impulse, Level
from resynapse.core.solver import protocol, rest, solve

RUMINATING = 0.8
LOAD = 1.0 - RUMINATING
DAYS = 24.0
SEEN = np.array([0.0, 1.0, 10.0, 60.0]) * DAYS


@pytest.fixture(scope="module")
def chain():
    return default_chain("human").with_values({"life.rho": RUMINATING})


@pytest.fixture(scope="module")
def resting(chain):
    return rest(chain, {"load": LOAD})


@pytest.fixture(scope="module")
def lives(chain, resting):
    """Four people for 60 days: ill; well; well with a life event; well with a heavy fortnight."""
    people = [[], [], [Impulse("life_event", 5 * DAYS, 0.4)], [Level("load", 5 * DAYS, 0.5, 19 * DAYS)]]
    people = [[Level("load", 0.0, LOAD), *extra] for extra in people]
    start = jax.tree.map(lambda ill, well: np.stack([ill, well, well, well]), resting.state, resting.other)
    return solve(chain, protocol(chain.external, people), start, (0.0, 60 * DAYS))


def test_strong_rumination_makes_two_resting_states(resting):
    assert bool(resting.two)
    assert float(resting.state["life"]["z"]) == pytest.approx(1.0, abs=1e-6)
    assert float(resting.state["mood"]["despair"]) == pytest.approx(1.0, abs=1e-6)
    assert float(resting.other["life"]["z"]) < 0.4
    assert float(resting.other["mood"]["despair"]) < 0.5


def test_the_other_basin_is_the_same_pair_seen_from_the_other_side(chain, resting):
    well = rest(chain, {"load": LOAD}, basin="well")
    jax.tree.map(np.testing.assert_array_equal, well.state, resting.other)
    jax.tree.map(np.testing.assert_array_equal, well.other, resting.state)


@pytest.mark.parametrize("species", ["human", "rat", "mouse"])
def test_by_default_there_is_one_resting_state(species):
    chain = default_chain(species)
    found = rest(chain, {"load": median_load(chain)})
    assert not bool(found.two)
    assert float(found.state["life"]["z"]) == pytest.approx(1.0, abs=1e-8)


def test_people_rest_one_by_one_as_they_do_together():
    chain = default_chain("human").with_values({"life.rho": np.array([0.5, RUMINATING])})
    found = rest(chain, {"load": np.array([0.5, LOAD])})
    assert list(np.asarray(found.two)) == [False, True]
    np.testing.assert_allclose(found.state["life"]["z"], 1.0, atol=1e-8)


@pytest.mark.parametrize("person", [0, 1], ids=["ill", "well"])
def test_nothing_moves_for_sixty_days_without_drug(chain, lives, person):
    for name, value in lives.at(SEEN).items():
        drift = np.abs(value[person] - value[person, :1]).max() / max(1.0, np.abs(value[person, 0]).max())
        assert drift < 1e-8, name


def test_a_life_event_moves_stress_and_passes(lives):
    times = np.array([4.9, 6.0, 10.0, 60.0]) * DAYS
    stress = lives.at(times)["stress"]
    event, quiet = stress[2], stress[1]
    assert event[0] == pytest.approx(quiet[0], abs=1e-9)
    assert event[1] > quiet[1] + 0.02 and event[2] > quiet[2] + 0.02
    assert abs(event[3] - quiet[3]) < 0.1 * abs(event[2] - quiet[2])


def test_a_heavy_fortnight_can_throw_a_ruminating_person_into_illness(lives, resting):
    ends = lives.at(np.array([19 * DAYS, 60 * DAYS]))
    assert ends["stress"][3, 0] > ends["stress"][1, 0] + 0.3
    assert ends["despair"][3, 0] > ends["despair"][1, 0]


def test_the_implicit_gradient_equals_a_finite_difference():
    chain = default_chain("human")
    addresses = ("synapse.s_a", "life.rho", "synapse.k_n")
    values = {a: float(chain.parameters[a]) for a in addresses}

    def despair(changed):
        return rest(chain.with_values({**values, **changed}), {"load": 0.4}).state["mood"]["despair"]

    exact = jax.grad(lambda v: despair(v))(values)
    for address, value in values.items():
        step = 1e-5 * value
        up, down = (float(despair({address: value + s})) for s in (step, -step))
        assert float(exact[address]) == pytest.approx((up - down) / (2 * step), rel=1e-5, abs=1e-9), address


def test_more_load_means_more_stress_and_more_despair_at_rest():
    chain = default_chain("human").with_values({"life.rho": np.full(4, 0.5)})
    found = rest(chain, {"load": np.array([0.0, 0.2, 0.4, 0.5])}).state
    assert (np.diff(found["life"]["z"]) > 0.05).all()
    assert (np.diff(found["mood"]["despair"]) > 0.05).all()
