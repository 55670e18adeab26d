"""Resting states: where a chain stays when nothing changes, and whether there is more than one such place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array

from ..chain import Chain, ChainState
from ..errors import RequestError, SolveError
from ..stage import State
from .cascade import numbers, on_host, person_axes
from .compiled import compiled
from .linear import coefficients, unstack

BASINS = ("ill", "well")
_ITERATIONS = 40
Held = tuple[Any, Any]


@dataclass(frozen=True)
class Rest:
    """A resting state and the other one, if there are two.

    **Arguments:** `state` is where the chain stays; `other` is the resting state of the opposite basin, equal to
    `state` when the person has only one; `two` says (per person) whether they differ.
    """

    state: ChainState
    other: ChainState
    two: Any


def rest(
    chain: Chain, external: Mapping[str, Any], basin: str = "ill", clamp: Mapping[str, float] | None = None
) -> Rest:
    """The joint resting state of all stages under constant inputs, found by Newton's method.

    The last of a fixed number of Newton steps is taken with a frozen slope, which gives exact implicit gradients.
    Parameters and inputs may carry a person axis.

    **Arguments:** `external` gives constant inputs by port (others are 0); `basin` is `"ill"` or `"well"`: where the
    search begins; `clamp` holds states at a value, addressed `slot.state`.

    **Raises:** `RequestError` for an unknown basin; `SolveError` when no resting state is found.
    """
    found = {name: resting_state(chain, external, name, clamp) for name in dict.fromkeys((basin, *BASINS))}
    here, there = found[basin], found["well" if basin == "ill" else "ill"]
    return Rest(here, there, _apart(here, there))


def resting_state(
    chain: Chain, external: Mapping[str, Any], basin: str = "ill", clamp: Mapping[str, float] | None = None
) -> ChainState:
    """The resting state of one basin, as `rest` finds it; nothing is said of the other one, which may be hard to find.

    **Raises:** as `rest`, for this basin alone.
    """
    if basin not in BASINS:
        raise RequestError("unknown basin", given=basin, allowed=BASINS)
    return _rest(chain, dict(external), basin == "ill", dict(clamp or {}))


def _apart(here: ChainState, there: ChainState) -> Any:
    """Whether two states differ, for each person; values under differentiation are compared as they are."""
    gaps = [numbers(a).abs(a - b) for a, b in zip(*map(jax.tree.leaves, on_host((here, there))), strict=True)]
    largest = gaps[0]
    for gap in gaps[1:]:
        largest = numbers(gap).maximum(largest, gap)
    return largest > 1e-6


def _rest(chain: Chain, external: dict[str, Any], ill: bool, clamp: dict[str, float]) -> ChainState:
    driven = {p.name for slot in chain.wiring.linear for p in chain.stages[slot].reads}
    quiet = {p.name: 0.0 for p in chain.external if p.name not in driven}
    inputs = {name: jnp.asarray(v, dtype=jnp.float64) for name, v in {**quiet, **external}.items()}
    guess = {slot: state for slot, state in chain.initial(ill).items() if slot not in chain.wiring.linear and state}
    state, residual = _solve_all(chain, inputs, guess, _held(guess, clamp))
    if not isinstance(residual, jax.core.Tracer) and not (np.asarray(residual) < 1e-8).all():
        raise SolveError(
            "no resting state was found",
            where="the chain at constant inputs",
            given=f"largest rate {np.max(residual):.3g} per hour",
        )
    return state


@compiled
def _solve_all(chain: Chain, inputs: dict[str, Array], guess: ChainState, held: Held) -> tuple[ChainState, Array]:
    axes = person_axes(chain)
    input_axes = {name: 0 if v.ndim else None for name, v in inputs.items()}
    if not any(a == 0 for a in jax.tree.leaves((axes, input_axes))):
        return _newton(chain, inputs, guess, held)
    return eqx.filter_vmap(_newton, in_axes=(axes, input_axes, None, None))(chain, inputs, guess, held)


def _newton(chain: Chain, inputs: dict[str, Array], guess: ChainState, held: Held) -> tuple[ChainState, Array]:
    linear = {slot: _linear_rest(chain, slot, inputs) for slot in chain.wiring.linear}
    begin, unravel = ravel_pytree(guess)
    mask, value = (ravel_pytree(part)[0] for part in held)

    def residual(x: Array) -> Array:
        rates = chain.rates(jnp.zeros(()), {**chain.initial(), **linear, **unravel(x)}, inputs, guess)
        return jnp.where(mask > 0, x - value, ravel_pytree({slot: rates[slot] for slot in guess})[0])

    def both(x: Array) -> tuple[Array, Array]:
        columns: Any = jax.vmap(lambda v: jax.jvp(residual, (x,), (v,)), out_axes=(None, -1))
        return columns(jnp.eye(len(x)))

    def better(x: Array, _: None) -> tuple[Array, Array]:
        frozen = jax.lax.stop_gradient(x)
        rates, slope = both(frozen)
        return frozen - jnp.linalg.solve(jax.lax.stop_gradient(slope), rates), jnp.max(jnp.abs(rates))

    exact, residuals = jax.lax.scan(better, begin, length=_ITERATIONS + 1)
    return {**chain.initial(), **linear, **unravel(exact)}, residuals[-1]


def _held(guess: ChainState, clamp: dict[str, float]) -> Held:
    """Which states are clamped (1) and at what value, shaped like the states."""
    where = {slot: {name: float(f"{slot}.{name}" in clamp) for name in state} for slot, state in guess.items()}
    what = {slot: {name: clamp.get(f"{slot}.{name}", 0.0) for name in state} for slot, state in guess.items()}
    return jax.tree.map(jnp.asarray, where), jax.tree.map(jnp.asarray, what)


def _linear_rest(chain: Chain, slot: str, inputs: dict[str, Array]) -> State:
    """Where a linear stage stays: at zero unless a constant input drives it."""
    stage = chain.stages[slot]
    if not {p.name for p in stage.reads} & inputs.keys():  # nothing drives it
        return stage.initial()
    state: State = {}
    for block in (b for b in chain.wiring.blocks if b.slot == slot):
        a, b = coefficients(stage, block)
        u = jnp.stack([inputs.get(p, jnp.zeros(())) for p in block.ports])
        state |= unstack(block.states, -jnp.linalg.solve(a, b @ u))
    return state
