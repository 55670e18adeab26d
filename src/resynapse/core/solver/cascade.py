"""The cascade: linear blocks exactly, everything that they drive by fourth-order steps on the protocol grid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from ..chain import Chain, ChainState
from ..errors import SolveError
from ..stage import Signals
from .grid import Grid, GridPlan, make_grid
from .linear import Block, advance, blocks, coefficients, propagators, stack, unstack
from .protocol import Protocol

Vectors = tuple[Array, ...]


class Track(NamedTuple):
    """One person's course at the steps of the grid.

    **Arguments:** `linear` holds each linear block's state at the start of every step (after impulses); `begin` and
    `end` hold the other states at the start (after impulses) and at the end, `slope_begin` and `slope_end` their rates
    there; `final` is the state at the end of the grid.
    """

    linear: Vectors
    begin: ChainState
    end: ChainState
    slope_begin: ChainState
    slope_end: ChainState
    final: ChainState


@dataclass(frozen=True)
class Solution:
    """Courses of several people on one grid, from which values at any time can be read.

    **Arguments:** `chain` with or without a person axis on its parameters; `protocol` what happened; `grid`; `track`
    with a leading person axis.
    """

    chain: Chain
    protocol: Protocol
    grid: Grid
    track: Track

    @property
    def last_state(self) -> ChainState:
        """State at the end, with a leading person axis: the start of a continuation."""
        return self.track.final

    @property
    def end(self) -> float:
        """Time of `last_state` (h)."""
        return float(self.grid.edges[-1])

    def at(self, times: np.ndarray) -> Signals:
        """All ports at `times` (h), with leading axes person and time.

        Linear blocks are exact at any time; the others are interpolated with their rates (cubic Hermite).

        **Raises:** `SolveError` when a value is not finite, naming person, time and port.
        """
        step = np.clip(np.searchsorted(self.grid.start, times, side="right") - 1, 0, self.grid.steps - 1)
        drive, _ = _drives(self.protocol, self.grid)
        padded, count = _padded_times(np.asarray(times, dtype=float), step)
        values = _read_all(blocks(self.chain), self.chain, _jax(self.grid), self.track, drive, *padded)
        values = {name: value[:, :count] for name, value in values.items()}
        _refuse_nonfinite(values, times)
        return values

    @property
    def output_times(self) -> np.ndarray:
        """Steps of the grid, thinned to what an eye can see: about six in every doubling of time."""
        start = self.grid.start[: self.grid.steps]
        since = start - self.grid.edges[self.grid.interval[: self.grid.steps]]
        keep, last = [], -np.inf
        for t, s in zip(start, since, strict=True):
            if s == 0.0 or t - last >= min(max(s / 8.0, 1.0 / 32.0), 4.0) - 1e-9:
                keep.append(t)
                last = t
        return np.append(keep, self.grid.edges[-1])


def solve(
    chain: Chain, protocol: Protocol, start: ChainState, span: tuple[float, float], plan: GridPlan | None = None
) -> Solution:
    """Solve a chain for everybody in a protocol.

    **Arguments:** `chain` may carry a leading person axis on any parameter; `protocol` holds shared slots and
    per-person amounts; `start` is the state at `span[0]`, with or without a leading person axis; `span` is begin and
    end (h); `plan` says how fine the grid is.

    **Raises:** `SolveError` when a state is not finite, naming person and time.
    """
    grid = make_grid(protocol.breakpoints, *span, plan or GridPlan())
    drive, jump = _drives(protocol, grid)
    people = len(protocol.amounts)
    begin = jax.tree.map(lambda v: jnp.broadcast_to(v, (people,)) if jnp.ndim(v) == 0 else jnp.asarray(v), start)
    levels = 4 * (int(grid.level.max()) // 4 + 1)
    track = _march_all(blocks(chain), _kicked(chain, protocol), levels, chain, _jax(grid), drive, jump, begin)
    _refuse_broken(track, grid)
    return Solution(chain, protocol, grid, track)


@eqx.filter_jit
def _march_all(
    parts: tuple[Block, ...], kicked: tuple[str, ...], levels: int, chain: Chain, grid: Grid, drive: Array, jump: Array, start: ChainState
) -> Track:
    march = partial(_march, parts, kicked, levels)
    return eqx.filter_vmap(march, in_axes=(person_axes(chain), None, 0, 0, 0))(chain, grid, drive, jump, start)


@eqx.filter_jit
def _read_all(
    parts: tuple[Block, ...], chain: Chain, grid: Grid, track: Track, drive: Array, times: Array, step: Array
) -> Signals:
    read = partial(_read, parts)
    return eqx.filter_vmap(read, in_axes=(person_axes(chain), None, 0, 0, None, None))(chain, grid, track, drive, times, step)


def _march(
    parts: tuple[Block, ...], kicked: tuple[str, ...], levels: int, chain: Chain, grid: Grid, drive: Array, jump: Array, start: ChainState
) -> Track:
    matrices = [coefficients(chain.stages[p.slot], p) for p in parts]
    step_of = [propagators(a, b, grid.families, levels) for a, b in matrices]
    ports = [p.name for p in chain.external]
    linear0 = tuple(stack(p.states, start[p.slot]) for p in parts)
    slow0 = {slot: state for slot, state in start.items() if slot not in chain.wiring.linear}

    def rates(t: Array, x: Vectors, y: ChainState, u: Array) -> ChainState:
        moved = chain.rates(t, {**_linear_state(parts, x), **y}, unstack(tuple(ports), u))
        return {slot: moved[slot] for slot in y}

    def step(carry: tuple[Vectors, ChainState], now: Grid) -> tuple[tuple[Vectors, ChainState], Any]:
        x, y = carry
        u, kick = drive[now.interval], jump[now.interval] * now.opens
        if kicked:
            y = _sum(y, jax.jvp(lambda v: rates(now.start, x, y, v), (u,), (kick,))[1])
        x = tuple(v + b @ _pick(p, ports, kick) for v, p, (_, b) in zip(x, parts, matrices, strict=True))
        half = [m[now.family, now.level + 1] for m in step_of]
        inputs = [_pick(p, ports, u) for p in parts]
        middle = _moved(half, x, inputs)
        after = _moved(half, middle, inputs)
        stages = partial(_at_stage, rates, (x, middle, after), u, now)
        y_after, slope = _rk4(stages, now.length, y)
        return (after, y_after), (x, y, y_after, slope, stages(jnp.asarray(2), y_after))

    scanned = Grid(grid.start, grid.length, grid.interval, grid.opens, grid.family, grid.level, None, None)  # type: ignore[arg-type]
    (x_end, y_end), course = jax.lax.scan(step, (linear0, slow0), scanned)
    return Track(*course, final={**_linear_state(parts, x_end), **y_end})


def _at_stage(rates: Any, linear: tuple[Vectors, Vectors, Vectors], u: Array, now: Grid, node: Array, y: ChainState) -> ChainState:
    """Rates at the start (node 0), the middle (1) or the end (2) of a step, where linear blocks are known exactly."""
    here = jax.tree.map(lambda *at: jnp.stack(at)[node], *linear)
    moved: ChainState = rates(now.start + now.length * node / 2, here, y, u)
    return moved


def _rk4(rates: Any, h: Array, y: ChainState) -> tuple[ChainState, ChainState]:
    """One classical fourth-order step, and the slope at its start.

    The four stages are a loop rather than four copies of the code, so that a chain compiles four times faster.
    """

    def stage(carry: tuple[ChainState, ChainState], at: tuple[Array, Array, Array]) -> tuple[tuple[ChainState, ChainState], ChainState]:
        total, slope = carry
        node, reach, weight = at
        slope = rates(node, _sum(y, slope, h * reach))
        return (_sum(total, slope, h * weight), slope), slope

    tableau = jnp.array([0, 1, 1, 2]), jnp.array([0.0, 0.5, 0.5, 1.0]), jnp.array([1.0, 2.0, 2.0, 1.0]) / 6.0
    (after, _), slopes = jax.lax.scan(stage, (y, jax.tree.map(jnp.zeros_like, y)), tableau)
    return after, jax.tree.map(lambda v: v[0], slopes)


def _read(parts: tuple[Block, ...], chain: Chain, grid: Grid, track: Track, drive: Array, times: Array, step: Array) -> Signals:
    ports = [p.name for p in chain.external]
    matrices = [coefficients(chain.stages[p.slot], p) for p in parts]

    def one(t: Array, k: Array) -> Signals:
        u = drive[grid.interval[k]]
        since = t - grid.start[k]
        exact = tuple(
            advance(a, b, x[k], _pick(p, ports, u), since) for x, p, (a, b) in zip(track.linear, parts, matrices, strict=True)
        )
        ends = (track.begin, track.end, track.slope_begin, track.slope_end)
        between = partial(_hermite, since / grid.length[k], grid.length[k])
        slow = jax.tree.map(lambda *v: between(*(node[k] for node in v)), *ends)
        return chain.readouts(t, {**_linear_state(parts, exact), **slow}, unstack(tuple(ports), u))

    return jax.lax.map(lambda now: one(*now), (times, step), batch_size=128)


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


def _kicked(chain: Chain, protocol: Protocol) -> tuple[str, ...]:
    slow = [s for slot, s in chain.stages.items() if slot not in chain.wiring.linear]
    read = {p.name for stage in slow for p in stage.reads}
    return tuple(sorted(read & protocol.impulse_ports))


def _drives(protocol: Protocol, grid: Grid) -> tuple[Array, Array]:
    drive, jump = protocol.on(grid.edges)
    pad = ((0, 0), (0, -len(grid.edges[:-1]) % 8), (0, 0))
    return jnp.pad(drive, pad), jnp.pad(jump, pad)


def _padded_times(times: np.ndarray, step: np.ndarray) -> tuple[tuple[Array, Array], int]:
    """Times and their steps, padded by repetition so that similar requests share compiled code."""
    pad = (0, -len(times) % 128)
    return (jnp.asarray(np.pad(times, pad, mode="edge")), jnp.asarray(np.pad(step, pad, mode="edge"))), len(times)


def _jax(grid: Grid) -> Grid:
    arrays = [jnp.asarray(a) for a in grid[:-1]]
    return Grid(*arrays, edges=None)  # type: ignore[arg-type]


def _refuse_broken(track: Track, grid: Grid) -> None:
    for slot, state in track.end.items():
        for name, value in state.items():
            bad = ~np.isfinite(np.asarray(value))
            if bad.any():
                person, step = (int(i[0]) for i in np.nonzero(bad))
                raise SolveError(
                    "a state is not finite",
                    where=f"person {person + 1}, {grid.start[step]:.4g} h, `{slot}.{name}`",
                    then="check the parameters of this stage, or use a finer grid",
                )


def _refuse_nonfinite(values: Signals, times: np.ndarray) -> None:
    for port, value in values.items():
        bad = ~np.isfinite(np.asarray(value))
        if bad.any():
            person, time = (int(i[0]) for i in np.nonzero(bad)[:2])
            raise SolveError("a value is not finite", where=f"person {person + 1}, {times[time]:.4g} h, `{port}`")
