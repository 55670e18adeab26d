"""Turns: moments at which a person's course is not simply carried on.

Between turns everything that happens is an input (`Happening`). At a turn the state, or the values of parameters, jump:
a fresh start, a steady state, a changed covariate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from .event import Happening, Infusion, Level


@dataclass(frozen=True)
class Reset:
    """Everything starts anew at `time` (h): every state is again what it was at the start of the simulation."""

    time: float


@dataclass(frozen=True)
class SteadyState:
    """At `time` (h) the state is the one that endless repetition of a cycle leads to.

    **Arguments:** `cycle` holds what happens in one period, in hours after the record and starting inside the period;
    levels alone, with `period` 0, mean a constant input. `adds` adds the steady state of linear rooms to what is there
    instead of replacing it.
    """

    time: float
    cycle: tuple[Happening, ...] = field(compare=False)
    period: float = 0.0
    adds: bool = False

    @property
    def signature(self) -> tuple[Happening, ...]:
        """The cycle whatever its amounts."""
        return tuple(sorted((replace(h, amount=1.0) for h in self.cycle), key=repr))

    @property
    def constant(self) -> bool:
        """Whether the input never changes."""
        return all(isinstance(h, Level) for h in self.cycle)


@dataclass(frozen=True)
class Change:
    """From `time` (h) on, parameters have other values, by dotted address."""

    time: float
    values: Mapping[str, float] = field(compare=False)


Turn = Reset | SteadyState | Change


def wrapped(cycle: tuple[Happening, ...], period: float) -> tuple[Happening, ...]:
    """The cycle inside one period: what runs over its end begins again at 0."""
    return tuple(piece for h in cycle for piece in _pieces(h, period))


def _pieces(h: Happening, period: float) -> tuple[Happening, ...]:
    over = h.start + h.duration - period if isinstance(h, Infusion) else 0.0
    if over <= 0.0 or not isinstance(h, Infusion):
        return (h,)
    share = over / h.duration
    early = Infusion(h.port, 0.0, h.amount * share, over)
    return (early, Infusion(h.port, h.start, h.amount * (1.0 - share), h.duration - over))


def alike(turns: tuple[Turn, ...]) -> tuple[object, ...]:
    """What two people must have in common to be solved together: kinds and times of turns, whatever the amounts."""
    return tuple((type(t).__name__, t, t.signature if isinstance(t, SteadyState) else _names(t)) for t in turns)


def _names(turn: Reset | Change) -> tuple[str, ...]:
    return tuple(sorted(turn.values)) if isinstance(turn, Change) else ()
