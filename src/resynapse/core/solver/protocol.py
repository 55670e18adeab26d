"""A protocol: slots on the time axis that everybody shares, with one amount per person and slot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import EventError, nearest
from ..event import MOMENT, Happening, Impulse, Infusion, Level
from ..port import Port

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Protocol:
    """Shared slots and per-person amounts: an amount of 0 is a missed dose.

    **Arguments:** `ports` names the chain's external ports in order; `slots` are happenings of unit amount;
    `amounts` has shape people x slots.
    """

    ports: tuple[str, ...]
    slots: tuple[Happening, ...]
    amounts: Floats

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """Every time at which some input changes (h)."""
        return tuple(sorted({t for slot in self.slots for t in slot.breakpoints}))

    @property
    def impulse_ports(self) -> frozenset[str]:
        """Ports that receive impulses."""
        return frozenset(s.port for s in self.slots if isinstance(s, Impulse))

    def on(self, edges: Floats) -> tuple[Floats, Floats]:
        """Input level during, and impulse at the start of, every interval between `edges`.

        Both have shape people x intervals x ports.
        """
        drive = np.zeros((len(self.slots), len(edges) - 1, len(self.ports)))
        jump = np.zeros_like(drive)
        for i, slot in enumerate(self.slots):
            where = self.ports.index(slot.port)
            drive[i, :, where] = _level(slot, edges)
            jump[i, :, where] = isinstance(slot, Impulse) * _strikes(slot.start, edges[:-1])
        return np.einsum("ps,sik->pik", self.amounts, drive), np.einsum("ps,sik->pik", self.amounts, jump)


def protocol(external: tuple[Port, ...], people: Sequence[Sequence[Happening]]) -> Protocol:
    """One protocol for people whose happenings have the same times; ports that nobody uses stay at zero.

    **Raises:** `EventError` when a happening names a port that is no input of the chain, or a time or an amount is
    not a number.
    """
    ports = tuple(p.name for p in external)
    for happening in (h for person in people for h in person):
        _check(happening, ports)
    slots: dict[Happening, int] = {}
    for happening in (h for person in people for h in person):
        slots.setdefault(replace(happening, amount=1.0), len(slots))
    amounts = np.zeros((len(people), len(slots)))
    for row, person in enumerate(people):
        for happening in person:
            amounts[row, slots[replace(happening, amount=1.0)]] += happening.amount
    return Protocol(ports, tuple(slots), amounts)


def signature(person: Sequence[Happening]) -> tuple[Happening, ...]:
    """What two people must have in common to share one grid: kinds, ports and times, whatever the amounts."""
    return tuple(sorted((replace(h, amount=1.0) for h in person), key=repr))


def _check(happening: Happening, ports: tuple[str, ...]) -> None:
    if happening.port not in ports:
        raise EventError("this chain has no such input", given=happening.port, nearest=nearest(happening.port, ports))
    numbers = [happening.start, happening.amount, getattr(happening, "duration", 1.0)]
    if not np.isfinite(numbers).all() or numbers[2] <= 0:
        raise EventError("times, amounts and durations are finite numbers, durations positive", given=happening)


def _strikes(start: float, edges: Floats) -> Floats:
    """One at the edge where an impulse acts: the nearest one, and only that, however close edges lie."""
    apart = np.abs(edges - start)
    return (np.arange(len(edges)) == apart.argmin()) & (apart <= MOMENT)


def _level(slot: Happening, edges: Floats) -> Floats:
    if isinstance(slot, Impulse):
        return np.zeros(len(edges) - 1)
    stop = slot.start + slot.duration if isinstance(slot, Infusion) else slot.stop
    middle = (edges[:-1] + edges[1:]) / 2
    height = 1.0 / slot.duration if isinstance(slot, Infusion) else 1.0
    return np.where((middle > slot.start) & (middle < stop), height, 0.0)


__all__ = ["Level", "Protocol", "protocol", "signature"]
