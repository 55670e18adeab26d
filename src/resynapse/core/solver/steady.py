r"""Steady states: where endless repetition of a cycle, or a constant input, leads.

Linear rooms are exact: $x = (I - e^{A\tau})^{-1} q$, where $q$ is what one cycle leaves behind in an empty room. The
others follow by repeating the cycle until a period gives back the state that it began with.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from scipy.linalg import expm

from ..chain import Chain, ChainState
from ..errors import EventError, SolveError
from .cascade import coefficients_of, solve
from .grid import GridPlan
from .protocol import Protocol
from .rest import rest

_MOST_CYCLES = 200
_DEPTH = 8
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Cycle:
    """What is repeated: a protocol over one period (h), beginning at 0; a period of 0 means a constant input."""

    protocol: Protocol
    period: float

    @property
    def first(self) -> Cycle:
        """The same for the first person only."""
        return Cycle(replace(self.protocol, amounts=self.protocol.amounts[:1]), self.period)


def steady_state(chain: Chain, cycle: Cycle, now: ChainState, plan: GridPlan, adds: bool = False) -> ChainState:
    """The state, just before the cycle begins again, that repeating `cycle` for ever leads to.

    **Arguments:** `now` is the state before (a leading person axis or none): rooms that are not linear are searched
    from there; `adds` adds the steady state to what linear rooms hold, which needs a chain that is linear throughout.

    **Raises:** `EventError` when states are to be added in a chain that is not linear; `SolveError` when repeating
    the cycle does not settle.
    """
    people = len(cycle.protocol.amounts)
    before = jax.tree.map(lambda v: np.broadcast_to(np.asarray(v), (people,)), now)
    slow = {slot: state for slot, state in before.items() if slot not in chain.wiring.linear and state}
    if adds and slow:
        raise EventError(
            "adding a steady state (SS 2) has a meaning where everything is linear, and mood is not",
            given=f"a chain with {', '.join(slow)}",
            then="ask for ports of the body alone (--ports cv_ketamine), or write one cycle with all doses and SS 1",
        )
    if not cycle.period:
        return _constant(chain, cycle, before, adds)
    linear = _linear(chain, cycle, before, plan)
    if adds:
        return jax.tree.map(lambda a, b: a + b, before, linear)
    return linear if not slow else _settled(chain, cycle, {**before, **linear}, tuple(slow), plan)


def _linear(chain: Chain, cycle: Cycle, before: ChainState, plan: GridPlan) -> Any:
    """The steady state of the linear rooms."""
    alone = chain if set(chain.stages) == set(chain.wiring.linear) else _linear_part(chain)
    empty: Any = {slot: {name: np.zeros_like(v) for name, v in before[slot].items()} for slot in chain.wiring.linear}
    left = solve(alone, cycle.protocol, empty, (0.0, cycle.period), plan).last_state
    found: Any = {slot: dict(state) for slot, state in empty.items()}
    for block, (a, _) in zip(alone.wiring.blocks, coefficients_of(alone), strict=True):
        kept = expm(np.asarray(a) * cycle.period)
        q = np.stack([np.asarray(left[block.slot][name]) for name in block.states], axis=-1)
        x = _solved(np.eye(q.shape[-1]) - kept, q[..., None])
        found[block.slot] |= {name: x[:, i] for i, name in enumerate(block.states)}
    return found


def _solved(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The solution of a linear system, if what comes in also goes out somewhere.

    **Raises:** `SolveError` when some state only ever grows.
    """
    try:
        return np.asarray(np.linalg.solve(matrix, right)[..., 0])
    except np.linalg.LinAlgError as failure:
        raise SolveError("this cycle has no steady state: something is never eliminated") from failure


def _linear_part(chain: Chain) -> Chain:
    return Chain({slot: chain.stages[slot] for slot in chain.wiring.linear}, chain.external)


def _constant(chain: Chain, cycle: Cycle, before: ChainState, adds: bool) -> ChainState:
    """Where a constant input leads: the resting state nearest to the state before."""
    level, _ = cycle.protocol.on(np.array([0.0, 1.0]))
    inputs = dict(zip(cycle.protocol.ports, level[:, 0].T, strict=True))
    found: Any = {slot: dict(before[slot]) for slot in chain.wiring.linear}
    for block, (a, b) in zip(chain.wiring.blocks, coefficients_of(chain), strict=True):
        driven = np.asarray(b) @ np.stack([inputs[port] for port in block.ports], axis=-1)[..., None]
        x = -_solved(np.asarray(a), driven)
        found[block.slot] |= {name: x[:, i] for i, name in enumerate(block.states)}
    if adds:
        return jax.tree.map(lambda v, w: v + w, before, found)
    slow = [slot for slot, state in before.items() if slot not in chain.wiring.linear and state]
    return {**before, **found, **(_nearest(chain, inputs, before, slow) if slow else {})}


def _nearest(chain: Chain, inputs: dict[str, np.ndarray], before: ChainState, slow: list[str]) -> ChainState:
    both = rest(chain, inputs)
    rows = [{s: jax.tree.map(np.asarray, state[s]) for s in slow} for state in (both.state, both.other)]
    far = [
        sum(np.abs(v - w) for v, w in zip(*map(jax.tree.leaves, (r, {s: before[s] for s in slow})), strict=True))
        for r in rows
    ]
    return jax.tree.map(lambda v, w: np.where(far[0] <= far[1], v, w), *rows)


def _settled(chain: Chain, cycle: Cycle, state: ChainState, slow: tuple[str, ...], plan: GridPlan) -> ChainState:
    """The periodic state of the rooms that are not linear, by Anderson's method on the map of one period."""
    flat, unravel = ravel_pytree({slot: state[slot] for slot in slow})
    shape = (-1, len(cycle.protocol.amounts))
    y = np.asarray(flat).reshape(shape)
    tried: list[np.ndarray] = []
    mapped: list[np.ndarray] = []
    for _ in range(_MOST_CYCLES):
        whole = {**state, **unravel(jnp.asarray(y.ravel()))}
        after = solve(chain, cycle.protocol, whole, (0.0, cycle.period), plan).last_state
        image = np.asarray(ravel_pytree({slot: after[slot] for slot in slow})[0]).reshape(shape)
        if np.abs(image - y).max() < _TOLERANCE:
            return {**state, **unravel(jnp.asarray(image.ravel()))}
        tried, mapped = [*tried, y][-_DEPTH:], [*mapped, image][-_DEPTH:]
        y = np.stack([_mixed([t[:, p] for t in tried], [m[:, p] for m in mapped]) for p in range(shape[1])], axis=1)
    raise SolveError(
        "repeating this cycle does not lead to a steady state",
        where=f"after {_MOST_CYCLES} cycles",
        given=f"still moving by {np.abs(image - y).max():.2g}",
        then="write the doses out with ADDL and II",
    )


def _mixed(tried: list[np.ndarray], mapped: list[np.ndarray]) -> np.ndarray:
    """The next guess of one person: the mixture of images whose residual is smallest."""
    residual = np.stack([m - t for t, m in zip(tried, mapped, strict=True)], axis=1)
    if residual.shape[1] == 1:
        return mapped[-1]
    steps, images = np.diff(residual, axis=1), np.diff(np.stack(mapped, axis=1), axis=1)
    weights = np.linalg.lstsq(steps, residual[:, -1], rcond=1e-10)[0]
    return np.asarray(mapped[-1] - images @ weights)


__all__ = ["Cycle", "steady_state"]
