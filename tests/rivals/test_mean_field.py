"""The prefrontal mean field: where it stays, that it gets there in time, and what survives when values are wrong."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from resynapse.chains import default_chain
from resynapse.circuit.robustness import robustness
from resynapse.circuit.zoom import zoom
from resynapse.hypothesis import SIBLINGS, Experiment

# Concentration (umol/L) and pyramidal rate against rest, computed once with another program (SciPy root finding).
CURVE = {0.1: 1.049, 0.35: 1.126, 0.9: 1.177, 1.8: 1.146, 3.0: 1.063, 6.0: 0.892, 12.0: 0.716, 20.0: 0.616}


@pytest.fixture(scope="module")
def stage():
    return SIBLINGS["mean_field"][1]("rat")


@pytest.fixture(scope="module")
def points(stage):
    """Rates against rest at the concentrations of a slice experiment and of rats."""
    c = jnp.array([0.0, 1.0, 10.0, 60.0, *CURVE])
    r = jax.jit(jax.vmap(stage.operating_point))(c)
    return {
        float(v): (float(e) / 3.0, float(p) / 8.0, float(s) / 5.0) for v, e, p, s in zip(c, r.e, r.p, r.s, strict=True)
    }


def test_drug_free_rates_are_at_rest(points):
    np.testing.assert_allclose(points[0.0], 1.0, rtol=1e-10)


@pytest.mark.parametrize(("c", "rate"), CURVE.items())
def test_the_curve_is_that_of_another_program(points, c, rate):
    assert points[c][0] == pytest.approx(rate, abs=1.5e-3)


@pytest.mark.parametrize("c", [0.35, 1.8, 10.0, 60.0])
def test_the_operating_point_is_where_the_simulation_ends(stage, c):
    course, point = zoom(stage, c, 3.0), stage.operating_point(jnp.asarray(c))
    np.testing.assert_allclose([course.e[-1], course.p[-1], course.s[-1]], point, rtol=1e-8)
    assert abs(course.e[0] / 3.0 - 1.0) > 1e-6


def test_the_simulation_is_of_fourth_order(stage):
    ends = [zoom(stage, 1.8, 0.02, step=step).e[-1] for step in (1e-3, 5e-4, 2.5e-4)]
    assert 10.0 < (ends[0] - ends[1]) / (ends[1] - ends[2]) < 24.0


def test_slices_at_1_and_10_umol(stage):
    usual = stage.settled(stage.drug_free)
    for c, rises in ((1.0, True), (10.0, False)):
        gates = stage.settled(stage.operating_point(jnp.asarray(c)))
        assert float(stage.inhibition(gates)) < float(stage.inhibition(usual))
        assert (float(gates.a) > float(usual.a)) == rises


def test_som_cells_fall_silent_and_pv_cells_do_not(points):
    assert points[1.0][2] < 0.6
    assert points[1.0][1] > 1.1


def test_rats_show_the_inverted_u_through_the_whole_chain(stage):
    chain = default_chain("rat").replace(circuit=stage)
    found = {}
    for dose in (10, 20, 30, 200):
        rat = Experiment("rat", dose=f"{dose} mg/kg", stress=0.0)
        found[dose] = float(
            np.mean(rat.follow(chain, list(np.linspace(0.0, 1.0, 25)), ["glutamate_pfc"])["glutamate_pfc"])
        )
    assert all(found[dose] > 1.02 for dose in (10, 20, 30))
    assert found[200] < 0.98


def test_without_a_preference_for_som_cells_nothing_rises(stage):
    alike = jax.tree.map(lambda v: v, stage)
    chain = (
        default_chain("rat").replace(circuit=alike).with_values({f"circuit.ic_{cell}": 3.0 for cell in ("e", "p", "s")})
    )
    own = chain.stages["circuit"]
    rates = jax.vmap(own.operating_point)(jnp.array([0.1, 0.35, 1.0, 3.0, 10.0])).e
    assert (np.diff(np.asarray(rates)) < 0.0).all()
    assert float(rates[0]) < 3.0


def test_what_survives_values_ten_per_cent_wrong(stage):
    found = robustness(stage, 0.1, draws=300)
    assert found.stable > 0.9
    assert 0.5 < found.inverted_u <= found.stable
    assert robustness(stage, 0.001, draws=300) == (1.0, 1.0, 1.0)
