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
from .compiled import compiled
from .kernel.newton import Search, search
from .linear import coefficients, unstack
from .people import numbers, on_host, person_axes

BASINS = ("ill", "well")
_FEW, _MANY = 8, 41  # Newton steps: enough for nearly everybody, and for whoever needs more
_SETTLED = 1e-8
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
    _is_ill(basin)
    found = {name: resting_state(chain, external, name, clamp) for name in BASINS}
    here, there = found[basin], found["well" if basin == "ill" else "ill"]
    return Rest(here, there, _apart(here, there))


def resting_state(
    chain: Chain, external: Mapping[str, Any], basin: str = "ill", clamp: Mapping[str, float] | None = None
) -> ChainState:
    """The resting state of one basin, as `rest` finds it; nothing is said of the other one, which may be hard to find.

    **Raises:** as `rest`, for this basin alone.
    """
    state, settled = _searched(chain, dict(external), _is_ill(basin), dict(clamp or {}))
    _refuse_unsettled(settled)
    return state


def own_resting_state(chain: Chain, external: Mapping[str, Any], basin: str = "ill") -> ChainState:
    """Everybody's resting state in one basin, and in the other one for those who have none in the first.

    Which of the two a person gets hangs on nobody else.

    **Raises:** as `rest`, when somebody has neither.
    """
    state, settled = _searched(chain, dict(external), _is_ill(basin), {})
    if np.all(settled):
        return state
    other, beside = _searched(chain, dict(external), not _is_ill(basin), {})
    _refuse_unsettled(settled | beside)
    return _either(settled, state, other)


def _apart(here: ChainState, there: ChainState) -> Any:
    """Whether two states differ, for each person; values under differentiation are compared as they are."""
    gaps = [numbers(a).abs(a - b) for a, b in zip(*map(jax.tree.leaves, on_host((here, there))), strict=True)]
    largest = gaps[0]
    for gap in gaps[1:]:
        largest = numbers(gap).maximum(largest, gap)
    return largest > 1e-6


def _searched(chain: Chain, external: dict[str, Any], ill: bool, clamp: dict[str, float]) -> tuple[ChainState, Any]:
    """A resting state and for whom it was found: in a few steps for most, in many where a few are not enough."""
    quick = _printed(chain, external, ill, clamp)
    if quick is not None:
        return quick
    driven = {p.name for slot in chain.wiring.linear for p in chain.stages[slot].reads}
    quiet = {p.name: 0.0 for p in chain.external if p.name not in driven}
    inputs = {name: jnp.asarray(v, dtype=jnp.float64) for name, v in {**quiet, **external}.items()}
    guess = {slot: state for slot, state in chain.initial(ill).items() if slot not in chain.wiring.linear and state}
    held = _held(guess, clamp)
    if any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves((chain, inputs))):
        return _solve_all(chain, inputs, guess, held, _MANY)[0], np.array(True)
    state, residual = _solve_all(chain, inputs, guess, held, _FEW)
    soon = np.asarray(residual) < _SETTLED
    if soon.all():
        return state, soon
    later, left = _solve_all(chain, inputs, guess, held, _MANY)
    return _either(soon, state, later), soon | (np.asarray(left) < _SETTLED)


def _printed(
    chain: Chain, external: dict[str, Any], ill: bool, clamp: dict[str, float]
) -> tuple[ChainState, Any] | None:
    """The same for people with values of their own, by a printed search; `None` where it cannot be printed."""
    leaves = jax.tree.leaves((chain, external))
    if any(isinstance(v, jax.core.Tracer) for v in leaves) or not any(np.ndim(v) for v in leaves):
        return None
    held = tuple(sorted(clamp.items()))
    how = Search(jax.tree.structure(chain), tuple(external), held, ill, (_FEW, _MANY), _SETTLED)
    found = search(how, chain, external)
    return None if found is None else (found.state, found.left < _SETTLED)


def _either(first: Any, one: ChainState, other: ChainState) -> ChainState:
    """For each person `one` state where `first` says so, else the `other`."""
    return jax.tree.map(lambda a, b: jnp.where(first, a, b), one, other)


def _is_ill(basin: str) -> bool:
    if basin not in BASINS:
        raise RequestError("unknown basin", given=basin, allowed=BASINS)
    return basin == "ill"


def _refuse_unsettled(settled: Any) -> None:
    if not np.all(settled):
        raise SolveError(
            "no resting state was found",
            where="the chain at constant inputs",
            given=f"{np.size(settled) - np.sum(settled)} of {np.size(settled)} people still move",
        )


@compiled
def _solve_all(
    chain: Chain, inputs: dict[str, Array], guess: ChainState, held: Held, steps: int
) -> tuple[ChainState, Array]:
    axes = person_axes(chain)
    input_axes = {name: 0 if v.ndim else None for name, v in inputs.items()}
    if not any(a == 0 for a in jax.tree.leaves((axes, input_axes))):
        return _newton(chain, inputs, guess, held, steps)
    each = eqx.filter_vmap(_newton, in_axes=(axes, input_axes, None, None, None))
    return each(chain, inputs, guess, held, steps)


def _newton(
    chain: Chain, inputs: dict[str, Array], guess: ChainState, held: Held, steps: int
) -> tuple[ChainState, Array]:
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

    exact, residuals = jax.lax.scan(better, begin, length=steps)
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
