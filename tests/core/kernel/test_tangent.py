"""Tangents of a march: derivatives of its own numbers, and those that JAX finds in the cascade."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import pytest

from resynapse.core.errors import ParameterError
from resynapse.core.solver.kernel import Direction, march_tangent

PORTS = ("madrs_total", "occupancy_lhb", "cv_ketamine")
_STEP = 1e-5


@pytest.fixture(scope="module")
def along(infused) -> Direction:
    own = np.linspace(0.5, 1.5, infused.people)
    return Direction({"body.weight": 2.0, "synapse.k_dis": own, "brain.k_off": 0.1}, {"life": {"z": 0.3}})


@pytest.fixture(scope="module")
def found(infused, along):
    given = infused.chain, infused.protocol, infused.start, infused.span, infused.times, PORTS, infused.plan
    return march_tangent(*given, along=along)


def moved(case, along: Direction, by):
    """The case with everything moved along a direction."""
    base = case.chain.parameters
    values = {a: base[a] + by * np.asarray(v) for a, v in along.values.items()}
    speeds = along.of_start(case.start)
    start = {slot: {n: v + by * speeds[slot][n] for n, v in own.items()} for slot, own in case.start.items()}
    return replace(case, chain=case.chain.with_values(values), start=start)


def test_the_values_beside_tangents_are_those_of_the_march(infused, found):
    plain = infused.march(PORTS)
    for port, values in found[0].signals.items():
        np.testing.assert_allclose(values, plain.signals[port], rtol=1e-13)


def test_tangents_are_what_small_steps_to_both_sides_show(infused, along, found):
    ahead, behind = (moved(infused, along, by).march(PORTS).signals for by in (_STEP, -_STEP))
    for port, tangent in found[1].items():
        assert np.abs(tangent).max() > 1e-3
        shown = (ahead[port] - behind[port]) / (2 * _STEP)
        np.testing.assert_allclose(tangent / np.abs(tangent).max(), shown / np.abs(tangent).max(), atol=2e-7)


@pytest.mark.slow
def test_tangents_are_those_of_the_cascade(infused, along, found):
    def signals(by):
        case = moved(infused, along, by)
        whole = case.solve().at(case.times)
        return {port: whole[port] for port in PORTS}

    _, expected = jax.jvp(signals, (0.0,), (1.0,))
    for port, tangent in found[1].items():
        scale = np.abs(expected[port]).max()
        np.testing.assert_allclose(tangent / scale, expected[port] / scale, atol=1e-8)


def test_an_unknown_address_is_refused_with_the_nearest(infused):
    with pytest.raises(ParameterError, match=r"synapse\.k_dis"):
        Direction({"synapse.k_diss": 1.0}).by_leaf(infused.chain)
