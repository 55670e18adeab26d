"""Resting states over the load: the curve misses none, folds lie where states vanish, and Newton's method agrees."""

from __future__ import annotations

import numpy as np
import pytest

from resynapse.chains import default_chain, prior_chain
from resynapse.core.solver import rest
from resynapse.person import population
from resynapse.person.basin import basins

FEW = np.linspace(0.0, 1.2, 4)
RHO = np.array([0.2, 0.4, 0.6, 0.74, 0.85])


@pytest.fixture(scope="module")
def chain():
    return prior_chain().with_values({"life.rho": RHO})


@pytest.fixture(scope="module")
def found(chain):
    return basins(chain, stress=np.linspace(-0.2, 1.6, 46))


def test_the_depressed_state_is_at_rest_under_the_median_load(found):
    np.testing.assert_allclose(found.ill(1.0 - RHO), 1.0, atol=1e-6)
    np.testing.assert_allclose(found.at("despair", np.ones(5)), 1.0, atol=1e-6)
    np.testing.assert_allclose(found.at("madrs_total", np.ones(5)), 34.0, atol=1e-6)


def test_two_lasting_states_need_strong_rumination(found):
    two = found.two(1.0 - RHO)
    assert list(two) == [False, False, False, True, True]
    well = found.well(1.0 - RHO)
    assert (well[two] < 0.5).all()
    np.testing.assert_allclose(well[~two], 1.0, atol=1e-6)


def test_folds_bound_the_loads_with_two_states_and_newton_agrees(chain, found):
    low, high = found.folds[3]
    assert low < 1.0 - RHO[3] < high
    own = chain.with_values({"life.rho": RHO[3:4]})
    inside = rest(own, {"load": np.array([0.5 * (low + high)])})
    assert bool(inside.two[0])
    assert float(inside.state["life"]["z"][0]) == pytest.approx(found.ill(np.full(5, 0.5 * (low + high)))[3], abs=2e-3)
    assert float(inside.other["life"]["z"][0]) == pytest.approx(found.well(np.full(5, 0.5 * (low + high)))[3], abs=2e-3)
    for load in (low - 0.02, high + 0.02):
        assert not found.two(np.full(5, load))[3]


def test_people_are_judged_alone_as_in_company():
    people = population("trd_academic").sample(12, 3)
    chain = default_chain("human")
    together = basins(chain.with_values(people.values(chain)), (), FEW)
    one = people.only(np.array([7]))
    alone = basins(chain.with_values(one.values(chain)), (), FEW)
    np.testing.assert_allclose(alone.load[0], together.load[7], rtol=1e-9, atol=1e-9)
