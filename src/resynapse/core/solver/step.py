"""One person's steps: linear blocks known exactly at their nodes, everything else by the fourth-order rule."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array

from ..chain import Chain, ChainState
from ..stage import Signals
from ..wiring import Block
from .grid import Grid
from .linear import unstack

Vectors = tuple[Array, ...]
Matrices = tuple[tuple[Array, Array], ...]
Now = tuple[Vectors, ChainState]
RESTLESS = 3e-5  # a room takes its substeps where the slopes of a step bend by more than this


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


def march_one(
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
    """All steps of a grid from where a person begins: where they end, and the course at the steps.

    **Arguments:** `kicked` are the ports whose impulses move a slow state at once; `matrices` are A and B of each
    linear block and `exact` their propagators by family and halving; `drive` and `jump` are inputs by interval.
    """
    ports = [p.name for p in chain.external]

    def rates(t: Array, x: Vectors, y: ChainState, u: Array, slots: Collection[str] | None = None) -> ChainState:
        return chain.rates(t, {**linear_state(parts, x), **y}, unstack(tuple(ports), u), slots or y)

    def step(carry: Now, now: Grid) -> tuple[Now, Any]:
        x, y = carry
        u, kick = drive[now.interval], jump[now.interval] * now.opens
        if kicked:
            y = _sum(y, jax.jvp(lambda v: rates(now.start, x, y, v), (u,), (kick,))[1])
        x = tuple(v + b @ picked(p, ports, kick) for v, p, (_, b) in zip(x, parts, matrices, strict=True))
        half = [m[now.family, now.level + 1] for m in exact]
        inputs = [picked(p, ports, u) for p in parts]
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


def read_one(
    parts: tuple[Block, ...], chain: Chain, near: Track, drive: Array, when: tuple[Array, Array, Array]
) -> Signals:
    """All ports at times that lie `offset` hours after the start of a step whose ends are known."""
    ports = tuple(p.name for p in chain.external)

    def one(now: tuple[Track, Array, tuple[Array, Array, Array]]) -> Signals:
        here, u, (start, offset, length) = now
        between = partial(_hermite, offset / length, length)
        slow = jax.tree.map(between, here.begin, here.end, here.slope_begin, here.slope_end)
        state = {**linear_state(parts, here.linear), **slow}
        return chain.readouts(start + offset, state, unstack(ports, u))

    return jax.lax.map(one, (near, drive, when), batch_size=128)


def _hermite(s: Array, h: Array, y0: Array, y1: Array, f0: Array, f1: Array) -> Array:
    a, b = (1 + 2 * s) * (1 - s) ** 2, s**2 * (3 - 2 * s)
    return a * y0 + b * y1 + h * (s * (1 - s) ** 2 * f0 - s**2 * (1 - s) * f1)


def _moved(matrices: list[Array], x: Vectors, inputs: list[Array]) -> Vectors:
    return tuple((m @ jnp.concatenate([v, u]))[: len(v)] for m, v, u in zip(matrices, x, inputs, strict=True))


def picked(part: Block, ports: list[str], u: Array) -> Array:
    """The inputs of one linear block among all ports."""
    return u[jnp.array([ports.index(p) for p in part.ports], dtype=int)]


def linear_state(parts: tuple[Block, ...], x: Vectors) -> ChainState:
    """The vectors of the linear blocks as states by slot and name."""
    state: ChainState = {p.slot: {} for p in parts}
    for part, vector in zip(parts, x, strict=True):
        state[part.slot] |= unstack(part.states, vector)
    return state


def _sum(y: ChainState, dy: ChainState, h: Array | float = 1.0) -> ChainState:
    return jax.tree.map(lambda v, d: v + h * d, y, dy)
