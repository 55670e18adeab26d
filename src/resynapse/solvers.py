"""Ways to solve a chain for many people at once, as values that a request can name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .core.chain import Chain, ChainState
from .core.solver import GridPlan, solve
from .core.solver import Protocol as Doses
from .core.solver.kernel.march import march

Floats = NDArray[np.float64]


class Solver(Protocol):
    """Something that follows many people through one chain."""

    @property
    def lanes(self) -> int:
        """How many people it is given at once."""
        ...

    @property
    def record(self) -> dict[str, Any]:
        """What it is, as plain JSON: all on which the last bits of its numbers hang."""
        ...

    @property
    def halved(self) -> Solver:
        """The same with every step cut in two."""
        ...

    @property
    def coarse(self) -> Solver:
        """The same on the grid for populations, where a certificate allows it."""
        ...

    def signals(
        self, chain: Chain, doses: Doses, start: ChainState, times: Floats, ports: Sequence[str]
    ) -> dict[str, Floats]:
        """Ports at `times` (h, from 0), with leading axes person and time.

        **Raises:** `SolveError` when a value is not finite.
        """
        ...


@dataclass(frozen=True)
class Reference:
    """The differentiable path, through JAX: the reference of all others."""

    lanes: int = 32
    plan: GridPlan = field(default_factory=GridPlan)

    @property
    def record(self) -> dict[str, Any]:
        return {"name": "reference", **asdict(self)}

    @property
    def halved(self) -> Reference:
        return replace(self, plan=self.plan.halved)

    @property
    def coarse(self) -> Reference:
        return replace(self, plan=GridPlan.coarse())

    def signals(
        self, chain: Chain, doses: Doses, start: ChainState, times: Floats, ports: Sequence[str]
    ) -> dict[str, Floats]:
        found = solve(chain, doses, start, (0.0, float(times[-1])), self.plan).at(times)
        return {port: np.asarray(found[port]) for port in ports}


@dataclass(frozen=True)
class Printed:
    """The fast path, through a printed kernel: the same numbers to 1e-9, without gradients."""

    lanes: int = 1024
    plan: GridPlan = field(default_factory=GridPlan)

    @property
    def record(self) -> dict[str, Any]:
        return {"name": "printed", **asdict(self)}

    @property
    def halved(self) -> Printed:
        return replace(self, plan=self.plan.halved)

    @property
    def coarse(self) -> Printed:
        return replace(self, plan=GridPlan.coarse())

    def signals(
        self, chain: Chain, doses: Doses, start: ChainState, times: Floats, ports: Sequence[str]
    ) -> dict[str, Floats]:
        found = march(chain, doses, start, (0.0, float(times[-1])), times, tuple(ports), self.plan)
        return {port: found.signals[port] for port in ports}


@dataclass(frozen=True)
class Lanes:
    """Where people of one block sit: person k always in lane k modulo the width of a block."""

    people: range
    width: int

    @property
    def numbers(self) -> NDArray[np.int64]:
        """Whom each lane holds; lanes that nobody asked for hold the first person once more."""
        lane = np.arange(self.width) + self.people.start // self.width * self.width
        asked = (lane >= self.people.start) & (lane < self.people.stop)
        return np.where(asked, lane, self.people.start)

    def kept(self, values: Any) -> Any:
        """The rows of those who were asked for."""
        first = self.people.start % self.width
        return values[first : first + len(self.people)]


def in_lanes(people: range, width: int) -> Iterator[range]:
    """The same people, cut at every multiple of `width`."""
    first = people.start
    while first < people.stop:
        stop = min((first // width + 1) * width, people.stop)
        yield range(first, stop)
        first = stop
