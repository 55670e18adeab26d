"""Linear blocks, solved exactly: matrix exponentials of the few step lengths, by halving and squaring."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array

from ..stage import AbstractStage, State
from ..wiring import Block

_TERMS = 12
_FINEST, _ANY = 2, 7  # squarings for the finest step (under a minute) and for any step (up to half an hour)
_MOST = 24  # squarings for any interval: enough for ten thousand per hour over a month


def coefficients(stage: AbstractStage, block: Block) -> tuple[Array, Array]:
    r"""Matrices A (states x states) and B (states x ports) of $\dot x = A x + B u$, per hour."""
    rest = {name: jnp.zeros(()) for name in stage.initial()}
    quiet = {p.name: jnp.zeros(p.shape) for p in stage.reads}

    def rates(x: Array, u: Array) -> Array:
        state = {**rest, **unstack(block.states, x)}
        rates = stage.rates(jnp.zeros(()), state, {**quiet, **unstack(block.ports, u)})
        return stack(block.states, rates)

    zeros = jnp.zeros(len(block.states)), jnp.zeros(len(block.ports))
    return jax.jacfwd(rates, 0)(*zeros), jax.jacfwd(rates, 1)(*zeros)


def propagators(a: Array, b: Array, families: Array, levels: int) -> Array:
    """Exact step matrices for every family and halving level.

    Entry `[f, l]` maps `(x, u)` at the start of a step of length `families[f] / 2**l`, with constant input `u`, to
    `(x, u)` at its end. Shape: families x (levels + 1) x (n + m) x (n + m).
    """
    return jax.vmap(lambda span: _squared(_augmented(a, b), span, levels))(families)


def propagator(a: Array, b: Array, span: Array) -> Array:
    """Exact matrix that maps `(x, u)` to `(x, u)` after `span` hours of constant input, for any rates and any `span`.

    The number of squarings follows the norm, so fast rates and long intervals cost no accuracy; it is not a number
    when the norm is beyond what the squarings can hold.
    """
    square = _augmented(a, b) * span
    norm = jax.lax.stop_gradient(jnp.abs(square).sum(axis=0).max())
    count = jnp.ceil(jnp.log2(jnp.maximum(2.0 * norm, 1.0)))
    series = _exponential(square / 2.0 ** jnp.minimum(count, _MOST), 0)

    def double(step: Array, i: Array) -> tuple[Array, None]:
        return jnp.where(i < count, step @ step, step), None

    whole, _ = jax.lax.scan(double, series, jnp.arange(_MOST))
    return jnp.where(count <= _MOST, whole, jnp.nan)


def advance(a: Array, b: Array, x: Array, u: Array, dt: Array) -> Array:
    """State after `dt` hours of constant input, for one arbitrary `dt`."""
    drive = jnp.pad((b @ u)[:, None], ((0, 1), (0, 0)))
    square = jnp.concatenate([jnp.pad(a, ((0, 1), (0, 0))), drive], axis=1)
    return (_exponential(square * dt, _ANY) @ jnp.append(x, 1.0))[:-1]


def stack(names: tuple[str, ...], values: State) -> Array:
    """The named values as one vector."""
    return jnp.stack([values[n] for n in names]) if names else jnp.zeros(0)


def unstack(names: tuple[str, ...], vector: Array) -> State:
    """The vector as named scalars."""
    return {n: vector[i] for i, n in enumerate(names)}


def _exponential(m: Array, squarings: int) -> Array:
    """Matrix exponential by a Taylor series of the `2**squarings`-th part, squared as often.

    Only products are used: no factorisation, so it runs anywhere and in any batch. The part that the series sees
    should have a norm below 1.
    """
    small = m / 2.0**squarings
    identity = jnp.eye(len(m))
    series = identity
    for order in range(_TERMS, 0, -1):
        series = identity + small @ series / order
    for _ in range(squarings):
        series = series @ series
    return series


def _squared(square: Array, span: Array, levels: int) -> Array:
    finest = _exponential(square * (span / 2.0**levels), _FINEST)

    def double(step: Array, _: None) -> tuple[Array, Array]:
        twice = step @ step
        return twice, twice

    _, coarser = jax.lax.scan(double, finest, None, length=levels)
    return jnp.concatenate([coarser[::-1], finest[None]])


def _augmented(a: Array, b: Array) -> Array:
    n, m = b.shape
    return jnp.zeros((n + m, n + m)).at[:n, :n].set(a).at[:n, n:].set(b)
