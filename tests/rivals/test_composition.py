"""Pools from subunits: the arithmetic, and how far it is from the chain's pools and from the cited block."""

from __future__ import annotations

import pytest

from resynapse.chains import default_chain
from resynapse.receptor.composition import SUBUNITS, composition

POOLS = ("interneuron", "pyramidal", "resting")


def test_shares_of_every_pool_add_up():
    assert set(composition().pools) == set(POOLS)
    assert tuple(composition().half) == SUBUNITS
    for shares in composition().pools.values():
        assert sum(fact.value for fact in shares.values()) == pytest.approx(1.0)


@pytest.mark.parametrize("pool", POOLS)
def test_half_of_a_pool_is_blocked_at_its_half_blocking_concentration(pool):
    half = composition().half_blocking(pool)
    assert composition().blocked(pool, half) == pytest.approx(0.5, abs=1e-10)
    values = [composition().half[name].value for name in composition().pools[pool]]
    assert min(values) <= half <= max(values)


def test_subunits_do_not_explain_the_pools():
    """A failure that is told: magnesium's IC50 leave the interneuron pool eight times too weak."""
    found, usual = composition(), default_chain("mouse").parameters
    ratio = {pool: found.half_blocking(pool) / float(usual[f"receptor.k_{pool}"]) for pool in POOLS}
    assert 1.2 < ratio["pyramidal"] < 1.4
    assert 7.0 < ratio["interneuron"] < 10.0
    assert 4.5 < ratio["resting"] < 5.5
    assert found.half_blocking("pyramidal") / found.half_blocking("interneuron") < 1.5
    assert 0.15 < found.mixture(1.0) < 0.22
    assert 0.6 < found.mixture(10.0) < 0.75


def test_no_share_of_any_subunit_reaches_the_interneuron_pool():
    tightest = min(fact.value for fact in composition().half.values())
    assert tightest > 2.0 * float(default_chain("mouse").parameters["receptor.k_interneuron"])


def test_pools_need_magnesium_driven_out_most_where_cells_are_at_rest():
    """What subunits leave open: one number a pool that nobody has measured fits one number a pool."""
    found, usual = composition(), default_chain("mouse").parameters
    relief = {pool: found.relief_needed(pool, float(usual[f"receptor.k_{pool}"])) for pool in POOLS}
    assert all(r is not None and 0.0 < r < 1.0 for r in relief.values())
    for pool, r in relief.items():
        assert found.half_blocking(pool, r) == pytest.approx(float(usual[f"receptor.k_{pool}"]), rel=1e-6)
    assert relief["pyramidal"] < 0.15 < 0.5 < relief["resting"] < relief["interneuron"]
    assert 0.35 < found.mixture(1.0, relief) < 0.5
    assert 0.75 < found.mixture(10.0, relief) < 0.9
    assert found.relief_needed("pyramidal", 0.01) is None
