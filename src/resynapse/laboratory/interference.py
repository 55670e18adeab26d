"""Laboratory manipulations of a group: what holds or is cut around the dose, and the drugs that they give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..core.chain import Chain
from ..hypothesis.legs import Hold, holding
from ..life.manipulation import Pretreatment, manipulation


def holds_of(names: Iterable[str], values: Mapping[str, float], chain: Chain, species: str) -> tuple[Hold, ...]:
    """Everything that holds in a group, in hours around the dose: values for the whole time, and manipulations.

    **Raises:** `RequestError` and `WiringError` when this chain or species cannot be given one.
    """
    return holding((*values.items(), *names), chain, species)


def pretreatments(names: Iterable[str]) -> tuple[Pretreatment, ...]:
    """The drugs that manipulations give."""
    return tuple(given for name in names for given in manipulation(name).given)
