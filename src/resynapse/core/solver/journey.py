"""A course with turns: solved leg by leg, each beginning where the last one ended or where its turn puts it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import jax
import numpy as np

from ..chain import Chain, ChainState
from ..stage import Signals
from .cascade import Solution, solve
from .grid import GridPlan
from .people import first_person, numbers
from .protocol import Protocol
from .steady import Cycle, steady_state


@dataclass(frozen=True)
class Anew:
    """A leg that begins with the state in which the whole simulation began."""

    def state(self, now: ChainState, start: ChainState, plan: GridPlan) -> ChainState:
        """The state at the beginning of the leg."""
        return start

    @property
    def first(self) -> Anew:
        """The same for the first person only."""
        return self


@dataclass(frozen=True)
class Periodic:
    """A leg that begins in the steady state of a cycle.

    **Arguments:** `chain` holds the values with which the cycle was repeated, each person's own; `adds` adds the steady
    state to what linear rooms hold.
    """

    chain: Chain
    cycle: Cycle
    adds: bool = False

    def state(self, now: ChainState, start: ChainState, plan: GridPlan) -> ChainState:
        """The state at the beginning of the leg."""
        return steady_state(self.chain, self.cycle, now, plan, self.adds)

    @property
    def first(self) -> Periodic:
        """The same for the first person only."""
        return Periodic(first_person(self.chain), self.cycle.first, self.adds)


@dataclass(frozen=True)
class Leg:
    """One stretch of a course: from when to when (h), with which values, and what happens.

    **Arguments:** `openings` are applied in order to the state in which the last leg ended; none carries it on.
    """

    span: tuple[float, float]
    chain: Chain
    protocol: Protocol
    openings: tuple[Anew | Periodic, ...] = ()

    def opened(self, now: ChainState, start: ChainState, plan: GridPlan) -> ChainState:
        """The state with which the leg begins."""
        for opening in self.openings:
            now = opening.state(now, start, plan)
        return now

    @property
    def first(self) -> Leg:
        """The same for the first person only."""
        alone = replace(self.protocol, amounts=self.protocol.amounts[:1])
        return Leg(self.span, first_person(self.chain), alone, tuple(o.first for o in self.openings))


@dataclass(frozen=True)
class Journey:
    """Courses of several people over several legs, read like one solution.

    **Arguments:** `legs` with the solution of each in `parts`; `start` is the state before the first leg is opened,
    with a leading person axis.
    """

    legs: tuple[Leg, ...]
    parts: tuple[Solution, ...]
    start: ChainState

    @property
    def chain(self) -> Chain:
        """The chain of the first leg."""
        return self.legs[0].chain

    @property
    def plan(self) -> GridPlan:
        """How fine the grid is."""
        return self.parts[0].plan

    @property
    def end(self) -> float:
        """Time of `last_state` (h)."""
        return self.parts[-1].end

    @property
    def last_state(self) -> ChainState:
        """The state at the end, with a leading person axis."""
        return self.parts[-1].last_state

    @property
    def output_times(self) -> np.ndarray:
        """Times at which to draw, of all legs."""
        return np.unique(np.concatenate([part.output_times for part in self.parts]))

    @property
    def check_times(self) -> np.ndarray:
        """Times at which an error would show, of all legs."""
        return np.unique(np.concatenate([part.check_times for part in self.parts]))

    @property
    def first(self) -> Journey:
        """The same journey with its first person only."""
        start = jax.tree.map(lambda v: v[:1], self.start)
        return Journey(tuple(leg.first for leg in self.legs), tuple(part.first for part in self.parts), start)

    def at(self, times: np.ndarray) -> Signals:
        """All ports at `times` (h), with leading axes person and time; at a turn, what follows it.

        **Raises:** `SolveError` when a value is not finite, naming person, time and port.
        """
        part = np.searchsorted([p.begin for p in self.parts[1:]], times, side="right")
        found = [(np.nonzero(part == i)[0], p) for i, p in enumerate(self.parts)]
        read = [(where, p.at(times[where])) for where, p in found if len(where)]
        order = np.argsort(np.concatenate([where for where, _ in read]), kind="stable")
        names = read[0][1]
        return {n: numbers(names[n]).concatenate([v[n] for _, v in read], axis=1)[:, order] for n in names}

    def again(self, plan: GridPlan) -> Journey:
        """The same people solved once more, on another grid.

        **Raises:** `SolveError` as `travel` does.
        """
        return travel(self.legs, self.start, plan)


def travel(legs: Sequence[Leg], start: ChainState, plan: GridPlan | None = None) -> Journey:
    """Solve a course with turns for everybody in its protocols.

    **Raises:** `SolveError` when a state is not finite or a steady state is not found; `EventError` when a steady
    state has no meaning.
    """
    plan = plan or GridPlan()
    people = len(legs[0].protocol.amounts)
    now = start = jax.tree.map(lambda v: np.broadcast_to(np.asarray(v), (people,)), start)
    parts: list[Solution] = []
    for leg in legs:
        part = solve(leg.chain, leg.protocol, leg.opened(now, start, plan), leg.span, plan)
        parts.append(part)
        now = part.last_state
    return Journey(tuple(legs), tuple(parts), start)
