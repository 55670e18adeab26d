"""Compartments that theories of the body share: tissues around a centre, and delays in a row."""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
from jaxtyping import Array

from ..core.stage import State


@dataclass(frozen=True)
class Tissue:
    """A compartment that exchanges with the centre: its name, volume (L) and flow (L/h)."""

    name: str
    volume: Array
    flow: Array


def around(x: State, centre: str, volume: Array, tissues: tuple[Tissue, ...], gain: Array) -> State:
    """Rates of a central compartment and the tissues around it (umol/h).

    With $c = A / V$, a tissue gains $Q (c - c_t)$ and the centre loses as much; `gain` is what else the centre gains,
    less what it clears.
    """
    c = x[centre] / volume
    taken = {t.name: t.flow * (c - x[t.name] / t.volume) for t in tissues}
    return {centre: gain - sum(taken.values(), jnp.zeros(())), **taken}


def delay(x: State, names: tuple[str, ...], mean_time: Array, inflow: Array) -> tuple[State, Array]:
    """Rates of equal compartments in a row that delay by `mean_time` (h) in all, and what the last one gives (umol/h).

    Each of the $n$ compartments empties at $n / T$.
    """
    flows = [inflow, *(len(names) / mean_time * x[name] for name in names)]
    return {name: flows[i] - flows[i + 1] for i, name in enumerate(names)}, flows[-1]
