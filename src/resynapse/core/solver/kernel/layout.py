"""Grid, doses, values and times of one call, as the arrays that a printed march reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from ...chain import Chain
from ..grid import SAME, Grid
from ..protocol import Protocol
from .theory import Model

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Arrays = dict[str, NDArray[Any]]
_NOTHING = 1e-13  # hours


@dataclass(frozen=True)
class Matrices:
    """Which step matrices a grid needs: for every length of interval the levels from coarsest to one below the finest.

    **Arguments:** `first` is the place of each family's coarsest matrix, `coarsest` its level; place 0 is spare room.
    """

    grid: Grid
    families: Ints
    coarsest: Ints
    first: Ints

    @property
    def count(self) -> int:
        """How many matrices are kept, the spare one included."""
        return int(self.first[-1])

    def place(self, family: int, level: int) -> int:
        """Where the matrix of a family and level is kept."""
        row = int(np.searchsorted(self.families, family))
        return int(self.first[row] + level - self.coarsest[row])

    def lengths(self, family: int) -> Floats:
        """Lengths (h) of the steps that are kept for a family, longest first."""
        row = int(np.searchsorted(self.families, family))
        levels = self.coarsest[row] + np.arange(self.first[row + 1] - self.first[row])
        return np.asarray(self.grid.families[family] / 2.0**levels)


def matrices(grid: Grid) -> Matrices:
    """The step matrices that the steps of `grid` need."""
    family, level = grid.family[: grid.steps], grid.level[: grid.steps]
    used = np.unique(family)
    low = np.array([level[family == f].min() for f in used])
    high = np.array([level[family == f].max() + 1 for f in used])
    first = 1 + np.concatenate([[0], np.cumsum(high - low + 1)])
    return Matrices(grid, used.astype(np.int64), low.astype(np.int64), first.astype(np.int64))


def timetable(grid: Grid, kept: Matrices) -> Arrays:
    """Steps and intervals of a grid."""
    steps = grid.steps
    family, level = grid.family[:steps], grid.level[:steps]
    row = np.searchsorted(kept.families, family)
    finest = [kept.lengths(f)[-1] for f in kept.families]
    begin = np.searchsorted(grid.interval[:steps], np.arange(len(grid.edges)))
    return {
        "step_begin": begin.astype(np.int64),
        "step_start": grid.start[:steps],
        "step_length": grid.length[:steps],
        "step_matrix": (kept.first[row] + level - kept.coarsest[row]).astype(np.int64),
        "family_length": np.array(finest),
        "family_matrix": kept.first,
    }


def doses(protocol: Protocol, edges: Floats, ports: Sequence[str]) -> Arrays:
    """What every interval has to do with every slot: which port it drives and how much of it, and likewise impulses."""
    unit = Protocol(protocol.ports, protocol.slots, np.eye(len(protocol.slots)))
    columns = [protocol.ports.index(p) for p in ports]
    found: Arrays = {}
    for kind, table in zip(("drive", "jump"), unit.on(edges), strict=True):
        interval, slot, port = np.nonzero(table[:, :, columns].transpose(1, 0, 2))
        begin = np.searchsorted(interval, np.arange(len(edges)))
        heights = table[:, :, columns][slot, interval, port]
        lists = {"begin": begin, "slot": slot, "port": port}
        found |= {f"{kind}_{name}": np.append(v, 0).astype(np.int64) for name, v in lists.items()}
        found[f"{kind}_height"] = np.append(heights, 0.0)
    return found


def readings(grid: Grid, kept: Matrices, times: Floats) -> Arrays:
    """Which times lie in which step, how far in, and by which kept steps a linear state gets there."""
    steps = grid.steps
    step = np.clip(np.searchsorted(grid.start[:steps], times, side="right") - 1, 0, steps - 1)
    order = np.argsort(step, kind="stable")
    offset = (times - grid.start[step])[order]
    found = [_hops(kept, int(grid.family[s]), o) for s, o in zip(step[order], offset, strict=True)]
    hops, rests = [h for h, _ in found], [r for _, r in found]
    return {
        "read_begin": np.searchsorted(step[order], np.arange(steps + 1)).astype(np.int64),
        "read_row": np.append(order, 0).astype(np.int64),
        "read_offset": np.append(offset, 0.0),
        "read_rest": np.append(rests, 0.0),
        "hop_begin": np.cumsum([0, *map(len, hops)]).astype(np.int64),
        "hop_matrix": np.array([*(h for some in hops for h in some), 0], dtype=np.int64),
    }


def _hops(kept: Matrices, family: int, offset: float) -> tuple[list[int], float]:
    """Places of the kept steps that lead nearest to `offset` hours, and what is left."""
    found: list[int] = []
    if offset <= SAME:
        return found, 0.0
    coarsest = kept.place(family, int(kept.coarsest[np.searchsorted(kept.families, family)]))
    for number, length in enumerate(kept.lengths(family)):
        times = int((offset + _NOTHING) // length)
        found += [coarsest + number] * times
        offset -= times * length
    return found, max(offset, 0.0)


def grouped(values: Iterable[Floats], people: int, width: int) -> tuple[Floats, Ints, Ints]:
    """Values of everybody in groups of `width` people, the last one filled up by repeating its last person.

    **Returns:** vectors in one array, and for each value where it begins and how far the next group is; what is shared
    by all stands there once.
    """
    rows, places, strides = [], [], []
    groups, place = -(-people // width), 0
    for value in values:
        own = np.ndim(value) > 0
        count = groups if own else 1
        row = np.atleast_1d(value)
        rows += [row, np.repeat(row[-1:], count * width - len(row))]
        places.append(place)
        strides.append(int(own))
        place += count
    every = np.concatenate([*rows, np.zeros(width)]).astype(np.float64)
    return every, np.array([*places, 0], dtype=np.int64), np.array([*strides, 0], dtype=np.int64)


def everybody(amounts: Floats, width: int) -> Floats:
    """Amounts by slot, people side by side, filled up to whole groups."""
    pad = -len(amounts) % width
    return np.ascontiguousarray(np.pad(amounts, ((0, pad), (0, 1)), mode="edge" if amounts.size else "constant").T)


def parameters(model: Model, chain: Chain) -> list[Floats]:
    """The values that a model reads, in its order."""
    leaves = jax.tree.leaves(chain)
    return [np.asarray(leaves[i], dtype=np.float64) for i in model.parameters]


def model_states(model: Model, state: Mapping[str, Mapping[str, Floats]]) -> list[Floats]:
    """The states that a model keeps, in its order."""
    split = (name.split(".", 1) for name in (*model.linear, *model.slow))
    return [np.asarray(state[slot][name], dtype=np.float64) for slot, name in split]
