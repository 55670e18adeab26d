"""What happens on the time axis: impulses, infusions and levels, doses being one kind of them.

Everything that acts on a chain from outside (a dose, a stressful week, an inhibitor, a stimulation) is one of three
things on an input port. Their times are shared by everybody who is solved together; their amounts are one person's.
"""

from __future__ import annotations

from dataclasses import dataclass

MOMENT = 1e-9
"""Hours; two times that are closer than this are one."""


@dataclass(frozen=True)
class Impulse:
    """`amount` arrives on `port` all at once at `start` (h). Unit: the port's unit times hours."""

    port: str
    start: float
    amount: float

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """Times at which the input changes."""
        return (self.start,)


@dataclass(frozen=True)
class Infusion:
    """`amount` arrives on `port` evenly over `duration` hours from `start`. Unit: the port's unit times hours."""

    port: str
    start: float
    amount: float
    duration: float

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """Times at which the input changes."""
        return (self.start, self.start + self.duration)


@dataclass(frozen=True)
class Level:
    """`amount` is added to `port` from `start` until `stop` (h). Unit: the port's unit."""

    port: str
    start: float
    amount: float
    stop: float = float("inf")

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """Times at which the input changes."""
        return tuple(t for t in (self.start, self.stop) if abs(t) != float("inf"))


Happening = Impulse | Infusion | Level
