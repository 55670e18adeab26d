"""The cascade: linear blocks exactly, everything that they drive by fourth-order steps on the protocol grid."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from ..chain import Chain, ChainState
from ..errors import RequestError, SolveError
from ..event import MOMENT
from ..stage import Signals
from ..wiring import Block
from .compiled import compiled
from .grid import SAME, Grid, GridPlan, make_grid
from .linear import advance, coefficients, propagators, unstack
from .protocol import Protocol

Vectors = tuple[Array, ...]
Matrices = tuple[tuple[Array, Array], ...]
Now = tuple[Vectors, ChainState]
_PIECE = 512  # steps, or times to read, that are compiled and run together
_FEW = 64  # times between steps, likewise
RESTLESS = 3e-5  # a room takes its substeps where the slopes of a step bend by more than this
_LEVELS = 12  # halving levels of the propagators, at least


class Track(NamedTuple):
    """One person's course at the steps of the grid.

    **Arguments:** `linear` holds each linear block's state at the start of every step (after impulses); `begin` and
    `end` hold the other states at the start (after impulses) and at the end, `slope_begin` and `slope_end` their rates
    there.
    """

    linear: Vectors
    begin: ChainState
    end: ChainState
    slope_begin: ChainState
    slope_end: ChainState


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
        near = jax.tree.map(lambda v: _padded_people(v[:, node]), self.track)
        inputs = _padded_people(drive[:, self.grid.interval[node]])
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
    drive, jump, begin = jax.tree.map(_padded_people, (drive, jump, begin))
    now, courses = _split(parts, padded, begin), []
    for piece in _pieces(grid):
        now, course = _march_all(parts, _kicked(chain, protocol), padded, matrices, exact, piece, drive, jump, now)
        courses.append(on_host(course))
    track = jax.tree.map(lambda *v: numbers(v[0]).concatenate(v, axis=1)[:people], *courses)
    last = jax.tree.map(lambda v: v[:people], on_host(_joined(parts, now)))
    _refuse_broken(track, grid)
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
    march = partial(_march, parts, kicked)
    each = jax.tree.map(lambda m: 0 if m.ndim == 5 else None, exact)
    axes = (person_axes(chain), _matrix_axes(matrices), each, None, 0, 0, 0)
    return eqx.filter_vmap(march, in_axes=axes)(chain, matrices, exact, grid, drive, jump, now)


@compiled
def _read_all(
    parts: tuple[Block, ...], chain: Chain, near: Track, drive: Array, when: tuple[Array, Array, Array]
) -> Signals:
    axes = (person_axes(chain), 0, 0, None)
    return eqx.filter_vmap(partial(_read, parts), in_axes=axes)(chain, near, drive, when)


@compiled
def _advance_all(
    parts: tuple[Block, ...], chain: Chain, matrices: Matrices, linear: Vectors, drive: Array, offset: Any
) -> Vectors:
    ports = [p.name for p in chain.external]

    def one(pairs: Matrices, x: Vectors, u: Array) -> Vectors:
        def later(at: tuple[Vectors, Array, Array]) -> Vectors:
            now, level, dt = at
            return tuple(
                advance(a, b, v, _pick(p, ports, level), dt) for v, p, (a, b) in zip(now, parts, pairs, strict=True)
            )

        return jax.lax.map(later, (x, u, offset), batch_size=_FEW)

    return eqx.filter_vmap(one, in_axes=(_matrix_axes(matrices), 0, 0))(matrices, linear, drive)


def _march(
    parts: tuple[Block, ...],
    kicked: tuple[str, ...],
    chain: Chain,
    matrices: Matrices,
    exact: Vectors,
    grid: Grid,
    drive: Array,
    jump: Array,
    begin: Now,
) -> tuple[Now, Track]:
    ports = [p.name for p in chain.external]

    def rates(t: Array, x: Vectors, y: ChainState, u: Array, slots: Collection[str] | None = None) -> ChainState:
        return chain.rates(t, {**_linear_state(parts, x), **y}, unstack(tuple(ports), u), slots or y)

    def step(carry: Now, now: Grid) -> tuple[Now, Any]:
        x, y = carry
        u, kick = drive[now.interval], jump[now.interval] * now.opens
        if kicked:
            y = _sum(y, jax.jvp(lambda v: rates(now.start, x, y, v), (u,), (kick,))[1])
        x = tuple(v + b @ _pick(p, ports, kick) for v, p, (_, b) in zip(x, parts, matrices, strict=True))
        half = [m[now.family, now.level + 1] for m in exact]
        inputs = [_pick(p, ports, u) for p in parts]
        middle = _moved(half, x, inputs)
        after = _moved(half, middle, inputs)
        nodes = (x, middle, after)
        stages = partial(_at_stage, rates, nodes, u, now)
        y_after, slopes = _rk4(stages, now.length, y)
        slope = jax.tree.map(lambda k: k[0], slopes)
        bend = jax.tree.map(lambda k: (k[0] + k[3]) - (k[1] + k[2]), slopes)
        fine = _finer(chain.substeps, partial(rates, u=u), nodes, now, (y, y_after, slope))
        restless = jnp.stack([jnp.abs(b) * now.length for s in fine for b in bend[s].values()] or [jnp.zeros(())])
        y_after |= _chosen((restless > RESTLESS).any(), fine, y_after)
        return (after, y_after), (x, y, y_after, slope, stages(jnp.asarray(2), y_after))

    now, course = jax.lax.scan(step, begin, grid)
    return now, Track(*course)


def _at_stage(
    rates: Any, linear: tuple[Vectors, Vectors, Vectors], u: Array, now: Grid, node: Array, y: ChainState
) -> ChainState:
    """Rates at the start (node 0), the middle (1) or the end (2) of a step, where linear blocks are known exactly."""
    here = jax.tree.map(lambda *at: jnp.stack(at)[node], *linear)
    moved: ChainState = rates(now.start + now.length * node / 2, here, y, u)
    return moved


def _finer(
    substeps: dict[str, int],
    rates: Any,
    linear: tuple[Vectors, Vectors, Vectors],
    now: Grid,
    course: tuple[ChainState, ChainState, ChainState],
) -> ChainState:
    """The rooms that ask for substeps, solved once more in these, while all other states follow their course.

    That course is a parabola: through start, middle and end for linear states; through start, end and the slope at the
    start for others.
    """
    y, after, slope = course
    own: ChainState = {slot: y[slot] for slot in substeps}
    count = max(substeps.values(), default=1)

    def stage(i: Array, node: Array, own: ChainState) -> ChainState:
        s = (i + node / 2) / count
        x = jax.tree.map(lambda *at: _parabola(s, *at), *linear)
        slow = jax.tree.map(lambda a, b, f: a + s * now.length * f + s * s * (b - a - now.length * f), y, after, slope)
        moved: ChainState = rates(now.start + s * now.length, x, {**slow, **own}, slots=own)
        return moved

    def small(own: ChainState, i: Array) -> tuple[ChainState, None]:
        return _rk4(partial(stage, i), now.length / count, own)[0], None

    return jax.lax.scan(small, own, jnp.arange(count))[0] if own else {}


def _chosen(restless: Array, fine: ChainState, coarse: ChainState) -> ChainState:
    return {slot: jax.tree.map(partial(jnp.where, restless), fine[slot], coarse[slot]) for slot in fine}


def _parabola(s: Array, start: Array, middle: Array, end: Array) -> Array:
    return (2 * s - 1) * (s - 1) * start + 4 * s * (1 - s) * middle + s * (2 * s - 1) * end


def _rk4(rates: Any, h: Array, y: ChainState) -> tuple[ChainState, ChainState]:
    """One classical fourth-order step, and its four slopes.

    The four stages are a loop rather than four copies of the code, so that a chain compiles four times faster.
    """

    def stage(
        carry: tuple[ChainState, ChainState], at: tuple[Array, Array, Array]
    ) -> tuple[tuple[ChainState, ChainState], ChainState]:
        total, slope = carry
        node, reach, weight = at
        slope = rates(node, _sum(y, slope, h * reach))
        return (_sum(total, slope, h * weight), slope), slope

    tableau = jnp.array([0, 1, 1, 2]), jnp.array([0.0, 0.5, 0.5, 1.0]), jnp.array([1.0, 2.0, 2.0, 1.0]) / 6.0
    (after, _), slopes = jax.lax.scan(stage, (y, jax.tree.map(jnp.zeros_like, y)), tableau)
    return after, slopes


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


def _read(
    parts: tuple[Block, ...], chain: Chain, near: Track, drive: Array, when: tuple[Array, Array, Array]
) -> Signals:
    """All ports at times that lie `offset` hours after the start of a step whose ends are known."""
    ports = tuple(p.name for p in chain.external)

    def one(now: tuple[Track, Array, tuple[Array, Array, Array]]) -> Signals:
        here, u, (start, offset, length) = now
        between = partial(_hermite, offset / length, length)
        slow = jax.tree.map(between, here.begin, here.end, here.slope_begin, here.slope_end)
        state = {**_linear_state(parts, here.linear), **slow}
        return chain.readouts(start + offset, state, unstack(ports, u))

    return jax.lax.map(one, (near, drive, when), batch_size=128)


def _hermite(s: Array, h: Array, y0: Array, y1: Array, f0: Array, f1: Array) -> Array:
    a, b = (1 + 2 * s) * (1 - s) ** 2, s**2 * (3 - 2 * s)
    return a * y0 + b * y1 + h * (s * (1 - s) ** 2 * f0 - s**2 * (1 - s) * f1)


def _moved(matrices: list[Array], x: Vectors, inputs: list[Array]) -> Vectors:
    return tuple((m @ jnp.concatenate([v, u]))[: len(v)] for m, v, u in zip(matrices, x, inputs, strict=True))


def _pick(part: Block, ports: list[str], u: Array) -> Array:
    return u[jnp.array([ports.index(p) for p in part.ports], dtype=int)]


def _linear_state(parts: tuple[Block, ...], x: Vectors) -> ChainState:
    state: ChainState = {p.slot: {} for p in parts}
    for part, vector in zip(parts, x, strict=True):
        state[part.slot] |= unstack(part.states, vector)
    return state


def _sum(y: ChainState, dy: ChainState, h: Array | float = 1.0) -> ChainState:
    return jax.tree.map(lambda v, d: v + h * d, y, dy)


def person_axes(chain: Chain) -> Any:
    """Which leaves carry a person axis: parameters are scalars for one person, so one axis more is the person's."""
    return jax.tree.map(lambda leaf: 0 if eqx.is_array(leaf) and leaf.ndim == 1 else None, chain)


def first_person(chain: Chain) -> Chain:
    """The chain with every person axis cut to its first person."""
    return jax.tree.map(lambda leaf: leaf[:1] if eqx.is_array(leaf) and leaf.ndim == 1 else leaf, chain)


def padded_people(chain: Chain) -> Chain:
    """The chain with every person axis padded to a multiple of eight by repeating the last person.

    A person's numbers then come from the same compiled code whether they are alone or in company.
    """
    axes, host = person_axes(chain), eqx.combine(on_host(eqx.filter(chain, eqx.is_array)), chain)
    return jax.tree.map(
        lambda axis, leaf: leaf if axis is None else _padded_people(leaf), axes, host, is_leaf=lambda x: x is None
    )


def _padded_people(values: Any) -> Any:
    return numbers(values).pad(values, ((0, -len(values) % 8), *((0, 0),) * (np.ndim(values) - 1)), mode="edge")


def on_host(tree: Any) -> Any:
    """The same arrays in NumPy, where indexing needs no compilation; values under differentiation stay as they are."""
    return jax.tree.map(lambda v: v if isinstance(v, jax.core.Tracer) else np.asarray(v), tree)


def numbers(values: Any) -> Any:
    """The library that computes with these values: JAX under differentiation, NumPy otherwise."""
    return jnp if isinstance(values, jax.core.Tracer) else np


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
    return {**_linear_state(parts, tuple(on_host(v).T for v in linear)), **slow}


def _refuse_broken(track: Track, grid: Grid) -> None:
    """Refuse a course by its earliest value that is not finite."""
    states = {f"{slot}.{name}": value for slot, state in track.end.items() for name, value in state.items()}
    known = {name: ~np.isfinite(v) for name, v in states.items() if not isinstance(v, jax.core.Tracer)}
    broken = [(int(bad.any(axis=0).argmax()), bad, name) for name, bad in known.items() if bad.any()]
    if broken:
        step, bad, name = min(broken, key=lambda found: found[0])
        raise SolveError(
            "a state is not finite",
            where=f"person {bad[:, step].argmax() + 1}, {grid.start[step]:.4g} h, `{name}`",
            then="check the parameters of this stage, or use a finer grid",
        )


def refuse_outside(times: np.ndarray, grid: Grid) -> None:
    """Refuse times at which nothing was solved: beyond the end a last step would only be drawn on.

    **Raises:** `RequestError` naming the first of them.
    """
    begin, end = float(grid.edges[0]), float(grid.edges[-1])
    outside = ~((begin - MOMENT <= times) & (times <= end + MOMENT))
    if outside.any():
        first = float(times[outside][0])
        raise RequestError("nothing was solved at this time", given=f"{first:g} h", allowed=f"{begin:g} to {end:g} h")


def refuse_nonfinite(values: Signals, times: np.ndarray) -> None:
    """Refuse signals by the first value that is not finite, naming person, time and port."""
    if any(isinstance(v, jax.core.Tracer) for v in values.values()):
        return
    for port, value in values.items():
        bad = ~np.isfinite(np.asarray(value))
        if bad.any():
            person, time = (int(i[0]) for i in np.nonzero(bad)[:2])
            raise SolveError("a value is not finite", where=f"person {person + 1}, {times[time]:.4g} h, `{port}`")
