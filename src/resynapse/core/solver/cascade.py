"""The cascade: linear blocks exactly, everything that they drive by fourth-order steps on the protocol grid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from ..chain import Chain, ChainState
from ..errors import RequestError
from ..event import MOMENT
from ..stage import Signals
from ..wiring import Block
from .compiled import compiled
from .grid import SAME, Grid, GridPlan, make_grid
from .linear import advance, coefficients, propagators
from .people import first_person, numbers, on_host, padded_people, padded_values, person_axes
from .protocol import Protocol
from .refusal import refuse_broken, refuse_nonfinite, refuse_outside
from .step import Matrices, Now, Track, Vectors, linear_state, march_one, picked, read_one

_PIECE = 512  # steps, or times to read, that are compiled and run together
_FEW = 64  # times between steps, likewise
_LEVELS = 12  # halving levels of the propagators, at least


@dataclass(frozen=True)
class Solution:
    """Courses of several people on one grid, from which values at any time can be read.

    **Arguments:** `chain` with or without a person axis on its parameters; `protocol` what happened; `grid`; `track`
    with leading axes person and step; `start` and `last_state` with a leading person axis, the latter being the start
    of a continuation; `plan` says how fine the grid is.
    """

    chain: Chain
    protocol: Protocol
    grid: Grid
    track: Track
    start: ChainState
    last_state: ChainState
    plan: GridPlan

    @property
    def begin(self) -> float:
        """Time of `start` (h)."""
        return float(self.grid.edges[0])

    @property
    def first(self) -> Solution:
        """The same solution with its first person only."""
        chain = first_person(self.chain)
        alone = replace(self.protocol, amounts=self.protocol.amounts[:1])
        track, start, last = jax.tree.map(lambda v: v[:1], (self.track, self.start, self.last_state))
        return Solution(chain, alone, self.grid, track, start, last, self.plan)

    def again(self, plan: GridPlan) -> Solution:
        """The same people solved once more, on another grid.

        **Raises:** `SolveError` as `solve` does.
        """
        return solve(self.chain, self.protocol, self.start, (self.begin, self.end), plan)

    @property
    def end(self) -> float:
        """Time of `last_state` (h)."""
        return float(self.grid.edges[-1])

    def at(self, times: np.ndarray) -> Signals:
        """All ports at `times` (h), with leading axes person and time.

        Linear blocks are exact at any time; the others are interpolated with their rates (cubic Hermite).

        **Raises:** `RequestError` for a time before the beginning or after the end; `SolveError` when a value is not
        finite, naming person, time and port.
        """
        refuse_outside(times, self.grid)
        read = [self._read(times[i : i + _PIECE]) for i in range(0, len(times), _PIECE)]
        values = {name: numbers(read[0][name]).concatenate([v[name] for v in read], axis=1) for name in read[0]}
        refuse_nonfinite(values, times)
        return values

    def _read(self, times: np.ndarray) -> Signals:
        """All ports at no more than one piece of times."""
        step = np.clip(np.searchsorted(self.grid.start, times, side="right") - 1, 0, self.grid.steps - 1)
        node = np.pad(step, (0, _PIECE - len(times)), mode="edge")
        offset = np.pad(times, (0, _PIECE - len(times)), mode="edge") - self.grid.start[node]
        drive, _ = self.protocol.on(self.grid.edges)
        near = jax.tree.map(lambda v: padded_values(v[:, node]), self.track)
        inputs = padded_values(drive[:, self.grid.interval[node]])
        chain, parts = padded_people(self.chain), self.chain.wiring.blocks
        near = near._replace(linear=_moved_on(parts, chain, near.linear, inputs, offset))
        read = _read_all(parts, chain, near, inputs, (self.grid.start[node], offset, self.grid.length[node]))
        people = len(self.protocol.amounts)
        return {name: value[:people, : len(times)] for name, value in on_host(read).items()}

    @property
    def output_times(self) -> np.ndarray:
        """Steps of the grid, thinned to what an eye can see: about six in every doubling of time."""
        start = self.grid.start[: self.grid.steps]
        since = start - self.grid.origins[self.grid.interval[: self.grid.steps]]
        keep, last = [], -np.inf
        for t, s in zip(start, since, strict=True):
            if s == 0.0 or t - last >= min(max(s / 8.0, 1.0 / 32.0), 4.0) - 1e-9:
                keep.append(t)
                last = t
        return np.append(keep, self.grid.edges[-1])

    @property
    def check_times(self) -> np.ndarray:
        """Where an error of the grid would show: the output times, and the middle of about a hundred steps."""
        steps = self.grid.steps
        middle = (self.grid.start + self.grid.length / 2)[: steps : max(1, steps // 100)]
        return np.union1d(self.output_times, middle)


def solve(
    chain: Chain, protocol: Protocol, start: ChainState, span: tuple[float, float], plan: GridPlan | None = None
) -> Solution:
    """Solve a chain for everybody in a protocol.

    **Arguments:** `chain` may carry a leading person axis on any parameter; `protocol` holds shared slots and
    per-person amounts; `start` is the state at `span[0]`, with or without a leading person axis; `span` is begin and
    end (h); `plan` says how fine the grid is.

    **Raises:** `SolveError` when a state is not finite, naming person and time.
    """
    plan = plan or GridPlan()
    grid = grid_of(chain, protocol, span, plan)
    drive, jump = _drives(protocol, grid)
    people = len(protocol.amounts)
    own = begin = jax.tree.map(lambda v: numbers(v).broadcast_to(v, (people,)), on_host(start))
    parts, padded = chain.wiring.blocks, padded_people(chain)
    matrices = _matrices(parts, padded)
    exact = _propagators(matrices, grid.families, max(_LEVELS, 4 * (int(grid.level.max()) // 4 + 1)))
    drive, jump, begin = jax.tree.map(padded_values, (drive, jump, begin))
    now, courses = _split(parts, padded, begin), []
    for piece in _pieces(grid):
        now, course = _march_all(parts, _kicked(chain, protocol), padded, matrices, exact, piece, drive, jump, now)
        courses.append(on_host(course))
    track = jax.tree.map(lambda *v: numbers(v[0]).concatenate(v, axis=1)[:people], *courses)
    last = jax.tree.map(lambda v: v[:people], on_host(_joined(parts, now)))
    refuse_broken(track, grid)
    return Solution(chain, protocol, grid, track, own, last, plan)


def grid_of(chain: Chain, protocol: Protocol, span: tuple[float, float], plan: GridPlan) -> Grid:
    """The grid on which a chain is solved: changes of inputs that only slow states feel are soft breakpoints.

    **Raises:** `RequestError` when the span does not end after it begins.
    """
    if not span[1] - span[0] > MOMENT:
        raise RequestError("a span must end after it begins", where="span", given=span)
    driving = {port for block in chain.wiring.blocks for port in block.ports}
    soft = {p.name for p in chain.external if p.soft} - driving
    kinds: dict[bool, list[float]] = {True: [], False: []}
    for slot in protocol.slots:
        kinds[slot.port in soft].extend(slot.breakpoints)
    return make_grid(kinds[False], *span, plan, kinds[True])


@compiled
def _matrices(parts: tuple[Block, ...], chain: Chain) -> Matrices:
    """A and B of every linear block, per person where parameters are."""

    def one(c: Chain) -> Matrices:
        return tuple(coefficients(c.stages[p.slot], p) for p in parts)

    axes = person_axes(chain)
    return eqx.filter_vmap(one, in_axes=(axes,))(chain) if 0 in jax.tree.leaves(axes) else one(chain)


def coefficients_of(chain: Chain) -> Matrices:
    """A and B of every linear block of a chain, with a leading person axis where parameters have one."""
    return _matrices(chain.wiring.blocks, chain)


@compiled
def _propagators(matrices: Matrices, families: Array, levels: int) -> Vectors:

    def one(pairs: Matrices) -> Vectors:
        return tuple(propagators(a, b, jnp.asarray(families), levels) for a, b in pairs)

    axes = _matrix_axes(matrices)
    return eqx.filter_vmap(one, in_axes=(axes,))(matrices) if 0 in jax.tree.leaves(axes) else one(matrices)


@compiled
def _march_all(
    parts: tuple[Block, ...],
    kicked: tuple[str, ...],
    chain: Chain,
    matrices: Matrices,
    exact: Vectors,
    grid: Grid,
    drive: Array,
    jump: Array,
    now: Now,
) -> tuple[Now, Track]:
    march = partial(march_one, parts, kicked)
    each = jax.tree.map(lambda m: 0 if m.ndim == 5 else None, exact)
    axes = (person_axes(chain), _matrix_axes(matrices), each, None, 0, 0, 0)
    return eqx.filter_vmap(march, in_axes=axes)(chain, matrices, exact, grid, drive, jump, now)


@compiled
def _read_all(
    parts: tuple[Block, ...], chain: Chain, near: Track, drive: Array, when: tuple[Array, Array, Array]
) -> Signals:
    axes = (person_axes(chain), 0, 0, None)
    return eqx.filter_vmap(partial(read_one, parts), in_axes=axes)(chain, near, drive, when)


@compiled
def _advance_all(
    parts: tuple[Block, ...], chain: Chain, matrices: Matrices, linear: Vectors, drive: Array, offset: Any
) -> Vectors:
    ports = [p.name for p in chain.external]

    def one(pairs: Matrices, x: Vectors, u: Array) -> Vectors:
        def later(at: tuple[Vectors, Array, Array]) -> Vectors:
            now, level, dt = at
            return tuple(
                advance(a, b, v, picked(p, ports, level), dt) for v, p, (a, b) in zip(now, parts, pairs, strict=True)
            )

        return jax.lax.map(later, (x, u, offset), batch_size=_FEW)

    return eqx.filter_vmap(one, in_axes=(_matrix_axes(matrices), 0, 0))(matrices, linear, drive)


def _moved_on(parts: tuple[Block, ...], chain: Chain, linear: Vectors, drive: Array, offset: np.ndarray) -> Vectors:
    """Linear states `offset` hours after the steps where they are known; most are asked for at the steps themselves."""
    between = np.nonzero(offset > SAME)[0]
    if not (len(between) and parts):
        return linear
    some, matrices = np.pad(between, (0, -len(between) % _FEW), mode="edge"), _matrices(parts, chain)
    few = [some[i : i + _FEW] for i in range(0, len(some), _FEW)]
    moved = [
        on_host(_advance_all(parts, chain, matrices, tuple(v[:, at] for v in linear), drive[:, at], offset[at]))
        for at in few
    ]
    place = np.arange(len(offset))
    place[between] = len(offset) + np.arange(len(between))
    return tuple(numbers(new[0]).concatenate(new, axis=1)[:, place] for new in zip(linear, *moved, strict=True))


def _matrix_axes(matrices: Matrices) -> Any:
    return jax.tree.map(lambda m: 0 if m.ndim == 3 else None, matrices)


def _kicked(chain: Chain, protocol: Protocol) -> tuple[str, ...]:
    slow = [s for slot, s in chain.stages.items() if slot not in chain.wiring.linear]
    read = {p.name for stage in slow for p in stage.reads}
    return tuple(sorted(read & protocol.impulse_ports))


def _drives(protocol: Protocol, grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    drive, jump = protocol.on(grid.edges)
    count = drive.shape[1]
    pad = ((0, 0), (0, max(64, 2 ** int(np.ceil(np.log2(count)))) - count), (0, 0))
    return np.pad(drive, pad), np.pad(jump, pad)


def _pieces(grid: Grid) -> Iterator[Grid]:
    """The grid in pieces of equal length, so that every protocol runs the same compiled code."""
    for begin in range(0, len(grid.start), _PIECE):
        piece = slice(begin, begin + _PIECE)
        arrays = (grid.start, grid.length, grid.interval, grid.opens, grid.family, grid.level)
        yield Grid._make([*(a[piece] for a in arrays), None, None, None])


def _split(parts: tuple[Block, ...], chain: Chain, state: ChainState) -> Now:
    linear = tuple(
        numbers(state[p.slot][p.states[0]]).stack([state[p.slot][n] for n in p.states], axis=-1) for p in parts
    )
    return linear, {slot: own for slot, own in state.items() if slot not in chain.wiring.linear}


def _joined(parts: tuple[Block, ...], now: Now) -> ChainState:
    linear, slow = now
    return {**linear_state(parts, tuple(on_host(v).T for v in linear)), **slow}
