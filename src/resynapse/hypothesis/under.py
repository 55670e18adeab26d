"""Manipulations as values for a whole experiment: what a prediction of a hypothesis needs."""

from __future__ import annotations

from ..core.chain import Chain
from ..life.manipulation import manipulation


def held(name: str, chain: Chain) -> tuple[tuple[str, float], ...]:
    """Addresses and values that a manipulation holds in this chain, as if it lasted for the whole experiment.

    **Raises:** as `manipulation` and `Manipulation.on` do.
    """
    return tuple((address, float(value)) for address, value in manipulation(name).on(chain))
