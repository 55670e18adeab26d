r"""A Gaussian process with a reach of its own for every score: some values act sharply, most act broadly.

All components share one Matern kernel 5/2 with reaches $\ell_i$, and each has its own variance. Reaches and nugget are
those under which some of the points are likeliest; all points then carry the prediction.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from ...inference.basis import matern

Floats = NDArray[np.float64]
_LEARNED_ON, _TRIES = 800, 40
_REACH, _NUGGET = (np.log(0.3), np.log(60.0)), (np.log(1e-8), np.log(0.3))


@dataclass(frozen=True)
class Process:
    """A fitted process.

    **Arguments:** `points` (points x scores) are scaled by `reach`; `weights` (points x components) carry predictions;
    `nugget` is the share of variance that is taken for roughness.
    """

    points: Floats
    reach: Floats
    weights: Floats
    nugget: float

    def __call__(self, z: Array) -> Array:
        """Components at scores (... x scores -> ... x components), in `jax.numpy`."""
        near = matern(jnp.atleast_2d(z) / self.reach, jnp.asarray(self.points)) @ jnp.asarray(self.weights)
        return near.reshape(*z.shape[:-1], -1)


def process(z: Floats, components: Floats, reach: Floats | None = None, nugget: float | None = None) -> Process:
    """The process of components (points x components) at scores (points x scores).

    **Arguments:** `reach` and `nugget` are learned when not given.
    """
    if reach is None or nugget is None:
        reach, nugget = _learned(z, components)
    scaled = z / reach
    between = np.asarray(matern(jnp.asarray(scaled), jnp.asarray(scaled))) + nugget * np.eye(len(z))
    weights = cho_solve(cho_factor(between, lower=True), components)
    return Process(scaled, reach, np.asarray(weights), nugget)


def _learned(z: Floats, components: Floats) -> tuple[Floats, float]:
    """Reaches and nugget under which points are likeliest, variances being the likeliest ones."""
    rows = np.linspace(0, len(z) - 1, min(_LEARNED_ON, len(z))).round().astype(int)
    some, seen = jnp.asarray(z[rows]), jnp.asarray(components[rows])
    weight = np.square(components).mean(axis=0)
    weight = jnp.asarray(weight / weight.sum() * components.shape[1])

    def unlikely(logs: Array) -> Array:
        between = matern(some / jnp.exp(logs[:-1]), some / jnp.exp(logs[:-1]))
        factor = jnp.linalg.cholesky(between + jnp.exp(logs[-1]) * jnp.eye(len(rows)))
        left = jax.scipy.linalg.solve_triangular(factor, seen, lower=True)
        sizes = 0.5 * len(rows) * jnp.log((left**2).sum(axis=0)) + jnp.log(jnp.diag(factor)).sum()
        return (weight * sizes).sum()

    slope = jax.jit(jax.value_and_grad(unlikely))

    def down(logs: Floats) -> tuple[float, Floats]:
        value, gradient = slope(jnp.asarray(logs))
        return float(value), np.asarray(gradient)

    start = np.r_[np.full(z.shape[1], np.log(5.0)), np.log(1e-3)]
    bounds = [_REACH] * z.shape[1] + [_NUGGET]
    found = minimize(down, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": _TRIES})
    return np.exp(found.x[:-1]), float(np.exp(found.x[-1]))
