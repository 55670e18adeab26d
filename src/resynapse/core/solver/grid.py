"""The protocol grid: fine after every breakpoint, growing dyadically, never straddling one.

A soft breakpoint is one that only slow states feel, such as a change of the load of life. No step straddles it
either, but the steps go on growing as if it were not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..event import MOMENT

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SAME = 1e-11  # hours; two lengths closer than this share their propagators
_TRUNK = 4.0  # hours; an interval is cut into equal trunks of at most this length before halving begins


@dataclass(frozen=True)
class GridPlan:
    """How fine the grid is.

    **Arguments:** `first` is the longest step allowed right after a breakpoint (h); `per_octave` is the number of
    steps in which the time since the breakpoint doubles (a power of two); `longest` is the longest step anywhere (h).
    """

    first: float = 1.0 / 64.0
    per_octave: int = 16
    longest: float = 3.0 / 8.0

    def allowed(self, since: float) -> float:
        """The longest step that may begin `since` hours after a breakpoint (h)."""
        return min(max(self.first, since / self.per_octave), self.longest)

    @classmethod
    def coarse(cls) -> GridPlan:
        """A grid for populations: enough for human doses by any route, too coarse for a bolus into a mouse."""
        return cls(first=1.0 / 32.0, per_octave=8, longest=3.0 / 8.0)

    @property
    def trunk(self) -> float:
        """How long trunks may be (h): a power of two times the longest step, so that halving ends close to it."""
        return self.longest * 2.0 ** max(0, int(np.floor(np.log2(_TRUNK / self.longest))))

    @property
    def halved(self) -> GridPlan:
        """The same grid with every step cut in two."""
        return GridPlan(self.first / 2.0, self.per_octave * 2, self.longest / 2.0)


class Grid(NamedTuple):
    """Steps of one protocol, padded with empty steps so that similar protocols share compiled code.

    **Arguments:** per step: `start` (h), `length` (h), `interval` (index of the breakpoint interval), `opens`
    (true when the step begins an interval), `family` and `level`; the step length is
    `families[family] / 2**level`. `edges` are the breakpoints (h), soft ones included; `origins` (h) holds for every
    interval the edge from which its steps grow.
    """

    start: Any
    length: Any
    interval: Any
    opens: Any
    family: Any
    level: Any
    families: Any
    edges: Any
    origins: Any

    @property
    def steps(self) -> int:
        """Number of real steps, padding left out."""
        return int((self.length > 0).sum())


def make_grid(
    breakpoints: Sequence[float], begin: float, end: float, plan: GridPlan, soft: Sequence[float] = ()
) -> Grid:
    """The grid from `begin` to `end` (h): no step straddles a breakpoint, and fine steps begin anew at those not soft.

    **Arguments:** `breakpoints` and `soft` in any order; one that is within a moment of another counts once, and is
    soft only if both are.
    """
    inside = tuple(sorted(float(b) for b in breakpoints if begin + MOMENT < b < end - MOMENT))
    return _made((begin, *inside, end), tuple(sorted(float(s) for s in soft if begin < s < end)), plan)


@lru_cache(maxsize=16)
def _made(breakpoints: tuple[float, ...], soft: tuple[float, ...], plan: GridPlan) -> Grid:
    """The grid between the first and the last of the breakpoints, made once for all blocks of people who share them."""
    hard = _separated(breakpoints)
    edges = _with_soft(hard, soft)
    origins = np.array(hard)[np.searchsorted(hard, edges[:-1], side="right") - 1]
    spans = np.diff(edges)
    trunks = np.ceil(spans / plan.trunk - MOMENT).clip(min=1.0).astype(np.int64)
    families = _families(spans / trunks)
    family = [int(np.argmin(np.abs(families - length))) for length in spans / trunks]
    whole = zip(families[family], trunks, edges[:-1] - origins, strict=True)
    levels = [_levels(length, count, since, plan) for length, count, since in whole]
    steps = [_steps(edges[i], families[family[i]], levels[i]) for i in range(len(spans))]
    return _padded(steps, levels, family, families, (edges, origins))


def _with_soft(hard: list[float], soft: Sequence[float]) -> Floats:
    """Hard edges and the soft ones that lie apart from them, in order."""
    apart = [s for s in _separated(soft) if min(abs(s - h) for h in hard) > MOMENT]
    return np.array(sorted([*hard, *apart]))


def _separated(times: Sequence[float]) -> list[float]:
    kept: list[float] = []
    for t in times:
        if not kept or t - kept[-1] > MOMENT:
            kept.append(t)
    return kept


def _families(spans: Floats) -> Floats:
    kept: list[float] = [0.0]
    for span in spans:
        if min(abs(span - k) for k in kept) > SAME:
            kept.append(float(span))
    return np.array(kept)


def _levels(length: float, count: int, since: float, plan: GridPlan) -> Ints:
    """Halving levels of the steps that tile `count` trunks of one length, which begin `since` hours after their origin.

    A trunk is halved until every part is as short as the plan asks there.
    """
    waiting, found = [(0, since + i * length) for i in reversed(range(count))], []
    while waiting:
        level, reached = waiting.pop()
        part = length / 2.0**level
        if part <= plan.allowed(reached) * (1.0 + 1e-12):
            found.append(level)
        else:
            waiting += [(level + 1, reached + part / 2.0), (level + 1, reached)]
    return np.array(found, dtype=np.int64)


def _steps(begin: float, span: float, levels: Ints) -> tuple[Floats, Floats]:
    length = np.asarray(span / 2.0**levels, dtype=np.float64)
    return begin + np.concatenate([[0.0], np.cumsum(length)[:-1]]), length


def _padded(
    steps: list[tuple[Floats, Floats]],
    levels: list[Ints],
    family: list[int],
    families: Floats,
    marks: tuple[Floats, Floats],
) -> Grid:
    edges, origins = marks
    counts = [len(start) for start, _ in steps]
    total = sum(counts)
    size = 512 * int(np.ceil(total / 512))
    pad = (0, size - total)
    start = np.pad(np.concatenate([s for s, _ in steps]), pad, constant_values=edges[-1])
    length = np.pad(np.concatenate([h for _, h in steps]), pad)
    interval = np.pad(np.repeat(np.arange(len(counts)), counts), pad, constant_values=len(counts) - 1)
    opens = np.zeros(size, dtype=bool)
    opens[np.cumsum([0, *counts[:-1]])] = True
    each = np.pad(np.repeat(np.array(family), counts), pad)
    level = np.pad(np.concatenate(levels), pad)
    spare = _bucket(len(families), 16) - len(families)
    return Grid(start, length, interval, opens, each, level, np.pad(families, (0, spare)), edges, origins)


def _bucket(count: int, least: int) -> int:
    """The next power of two, so that similar protocols share compiled code."""
    return max(least, 2 ** int(np.ceil(np.log2(count))))
