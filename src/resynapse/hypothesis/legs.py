"""Manipulations on the time axis: an experiment in legs, each with what holds while it lasts."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.chain import Chain
from ..core.errors import RequestError, nearest
from ..life.manipulation import manipulation

Held = tuple[tuple[str, Any], ...]
_EVER = float("inf")
_JUST = 1e-3  # hours; what begins at the last time that is asked for lasts so long


@dataclass(frozen=True)
class Hold:
    """Values that hold from `begin` to `end` (h), and states multiplied at an hour: `(slot.state, factor, hour)`."""

    holds: Held
    cuts: tuple[tuple[str, float, float], ...] = ()
    begin: float = -_EVER
    end: float = _EVER


@dataclass(frozen=True)
class Leg:
    """A stretch from `begin` to `end` (h): values that hold, states cut as it begins; `last` of its experiment."""

    begin: float
    end: float
    holds: Held = ()
    cuts: tuple[tuple[str, float], ...] = ()
    last: bool = True

    def asks(self, times: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which times are read in this leg; a time at a border belongs to the later one."""
        before = times <= self.end if self.last else times < self.end
        return (times >= self.begin) & before


def legs_of(holds: tuple[Hold, ...], begins: float, until: float) -> tuple[Leg, ...]:
    """The legs between all moments at which something begins, ends or is cut.

    **Arguments:** `begins` is when the first thing is given (h), `until` the last time that is asked for.
    """
    moments = [m for h in holds for m in (h.begin, h.end, *(at for *_, at in h.cuts)) if abs(m) < _EVER]
    first = min([begins, *moments])
    inside = sorted({m for m in moments if first < m <= until})
    edges = list(itertools.pairwise([first, *inside, max(until, (inside or [first])[-1] + _JUST)]))
    return tuple(_leg(holds, begin, end, i + 1 == len(edges)) for i, (begin, end) in enumerate(edges))


def _leg(holds: tuple[Hold, ...], begin: float, end: float, last: bool) -> Leg:
    lasting = tuple(pair for h in holds if h.begin <= begin < h.end for pair in h.holds)
    cuts = tuple((state, factor) for h in holds for state, factor, at in h.cuts if at == begin)
    return Leg(begin, end, lasting, cuts, last)


def before(holds: tuple[Hold, ...]) -> Held:
    """What holds since before the resting state."""
    return tuple(pair for h in holds if h.begin == -_EVER for pair in h.holds)


def cut(state: Any, cuts: tuple[tuple[str, float], ...]) -> Any:
    """The state with some of its parts multiplied.

    **Raises:** `RequestError` for a state that the chain does not have.
    """
    made = {slot: dict(own) for slot, own in state.items()}
    for address, factor in cuts:
        slot, _, name = address.partition(".")
        if name not in made.get(slot, {}):
            known = [f"{s}.{n}" for s, own in made.items() for n in own]
            raise RequestError("the chain has no such state to cut", given=address, nearest=nearest(address, known))
        made[slot][name] = made[slot][name] * factor
    return made


def holding(under: tuple[tuple[str, float] | str, ...], chain: Chain, species: str) -> tuple[Hold, ...]:
    """What an experiment is under: values for the whole of it, and manipulations by name.

    **Raises:** `RequestError` for a manipulation that is not on file or that this chain or species cannot be given.
    """
    values: Mapping[str, float] = dict(u for u in under if not isinstance(u, str))
    names = [u for u in under if isinstance(u, str)]
    whole = (Hold(tuple(values.items())),) if values else ()
    return (*whole, *(_named(name, chain, species) for name in names))


def _named(name: str, chain: Chain, species: str) -> Hold:
    known = manipulation(name)
    begin, end = (-_EVER if known.begin is None else known.begin), (_EVER if known.end is None else known.end)
    return Hold(tuple(known.on(chain, species)), known.cuts, begin, end)
