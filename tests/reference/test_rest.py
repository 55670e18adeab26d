"""Resting states: both basins, nothing that drifts, exact gradients, and what moves them."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from resynapse.chains import default_chain, median_load, prior_chain
from resynapse.core.event import Impulse, Level
from resynapse.core.solver import own_resting_state, protocol, rest, solve
from resynapse.core.solver.people import person_axes
from resynapse.person import population

RUMINATING = 0.8
LOAD = 1.0 - RUMINATING
DAYS = 24.0
SEEN = np.array([0.0, 1.0, 10.0, 60.0]) * DAYS


@pytest.fixture(scope="module")
def chain():
    return prior_chain().with_values({"life.rho": RUMINATING})


@pytest.fixture(scope="module")
def resting(chain):
    return rest(chain, {"load": LOAD})


@pytest.fixture(scope="module")
def lives(chain, resting):
    """For 60 days: one ill; one well; three well with a small or a heavy life event or a heavy fortnight."""
    events = [Impulse("life_event", 5 * DAYS, size) for size in (0.02, 0.4)]
    people = [[], [], *([event] for event in events), [Level("load", 5 * DAYS, 0.5, 19 * DAYS)]]
    people = [[Level("load", 0.0, LOAD), *extra] for extra in people]
    start = jax.tree.map(lambda ill, well: np.stack([ill, *[well] * 4]), resting.state, resting.other)
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


@pytest.fixture(scope="module")
def people():
    """Three people under more and more load, and one who ruminates."""
    chain = prior_chain().with_values({"life.rho": np.array([0.5, 0.5, 0.5, RUMINATING])})
    return rest(chain, {"load": np.array([0.0, 0.25, 0.5, LOAD])})


def test_people_rest_together_as_they_do_alone(people, resting):
    assert bool(people.two[3])
    assert not bool(people.two[0])
    for slot in ("life", "mood", "synapse", "brain"):
        for name, value in resting.state[slot].items():
            np.testing.assert_allclose(people.state[slot][name][3], value, rtol=1e-9, atol=1e-12, err_msg=name)


def test_more_load_means_more_stress_and_more_despair_at_rest(people):
    assert (np.diff(people.state["life"]["z"][:3]) > 0.05).all()
    assert (np.diff(people.state["mood"]["despair"][:3]) > 0.05).all()


@pytest.mark.parametrize("person", [0, 1], ids=["ill", "well"])
def test_nothing_moves_for_sixty_days_without_drug(chain, lives, person):
    for name, value in lives.at(SEEN).items():
        drift = np.abs(value[person] - value[person, :1]).max() / max(1.0, np.abs(value[person, 0]).max())
        assert drift < 1e-8, name


def test_a_small_life_event_moves_stress_and_fades(lives):
    gap = np.diff(lives.at(np.array([4.9, 6.0, 20.0, 60.0]) * DAYS)["stress"][[1, 2]], axis=0)[0]
    assert gap[0] == pytest.approx(0.0, abs=1e-9)
    assert 0.0 < gap[1] < gap[2]
    assert gap[3] < gap[2] < 0.2


def test_a_heavy_life_event_throws_a_ruminating_person_into_illness(lives):
    ends = lives.at(np.array([60.0]) * DAYS)
    assert ends["stress"][3, 0] > 0.9
    assert ends["despair"][3, 0] > 0.9


def test_a_fortnight_of_more_load_moves_stress(lives):
    stress = lives.at(np.array([4.9, 6.0, 19.0]) * DAYS)["stress"][[1, 4]]
    assert stress[1, 0] == pytest.approx(stress[0, 0], abs=1e-9)
    assert stress[1, 1] > stress[0, 1] + 0.1
    assert stress[1, 2] > stress[0, 2] + 0.3


def test_the_implicit_gradient_equals_a_finite_difference():
    chain = default_chain("human")
    addresses = ("synapse.s_a", "life.rho", "synapse.k_n")
    centre = np.array([float(chain.parameters[a]) for a in addresses])

    def despair(values):
        moved = chain.with_values({a: values[i] for i, a in enumerate(addresses)})
        return rest(moved, {"load": 0.4}).state["mood"]["despair"]

    exact = jax.jacfwd(despair)(jnp.asarray(centre))
    for i, step in enumerate(np.diag(1e-5 * centre)):
        slope = (float(despair(centre + step)) - float(despair(centre - step))) / (2 * step[i])
        assert float(exact[i]) == pytest.approx(slope, rel=1e-5, abs=1e-9), addresses[i]


@pytest.mark.parametrize("who", ["healthy", "trd_phase3"])
def test_everybody_finds_a_rest_of_their_own_whatever_the_others_do(who):
    people = population(who).people(range(64), seed=1)
    own, load = default_chain().with_values(people.values(default_chain())), people.covariates["load"]
    found = own_resting_state(own, {"load": load}, "ill")
    still = eqx.filter_vmap(lambda c, x, u: c.rates(jnp.zeros(()), x, {"load": u}), in_axes=(person_axes(own), 0, 0))
    assert max(float(jnp.abs(v).max()) for v in jax.tree.leaves(still(own, found, jnp.asarray(load)))) < 1e-10
    some = np.array([40, *range(1, 8)] * 8)
    fewer = default_chain().with_values({a: v[some] for a, v in people.values(default_chain()).items()})
    again = own_resting_state(fewer, {"load": load[some]}, "ill")
    np.testing.assert_array_equal(found["life"]["z"][some], again["life"]["z"])
