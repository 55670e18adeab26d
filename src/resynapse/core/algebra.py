"""Shared algebra of the stages: smooth, elementwise, written for one person.

Switches are smooth because a bare `max` or `clip` on a state drops a fourth-order step to first order.
"""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array


def hill(x: Array, half: Array, exponent: Array | float = 1.0) -> Array:
    r"""Saturation $x^n / (x^n + h^n)$ for $x \ge 0$: 0 without drug, one half at `half`, 1 at the top."""
    if isinstance(exponent, float) and exponent == 1.0:
        return x / (x + half)
    powered = jnp.power(x + 1e-12, exponent)
    return powered / (powered + jnp.power(half, exponent))


def logistic(x: Array) -> Array:
    """The S-shaped curve $1/(1+e^{-x})$."""
    return 1.0 / (1.0 + jnp.exp(-x))


def positive(x: Array, width: Array | float) -> Array:
    """Smooth positive part: close to `x` above zero, close to 0 below; equals `width` at `x = 0`."""
    return 0.5 * (x + jnp.sqrt(x * x + 4.0 * width * width))


def positive_from_rest(x: Array, rest: Array | float, width: Array | float) -> Array:
    """Smooth positive part, shifted so that it is exactly 0 at `x = rest`."""
    return positive(x, width) - positive(jnp.asarray(rest), width)


def floored(x: Array, floor: Array | float, width: Array | float) -> Array:
    """Smooth lower bound: close to `x` well above `floor`, never below `floor`."""
    return floor + positive(x - floor, width)
