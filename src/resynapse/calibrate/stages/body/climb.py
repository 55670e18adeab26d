"""Where the posterior is: a climb with the exact solver, straight lines being drawn anew at every stop.

Answers are logarithms, which are nearly straight in the scores, so that a few stops are enough. Several climbs begin
at different points of the prior.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray
from scipy.optimize import minimize

from ...inference.emulator import design
from . import told
from .evidence import Evidence
from .likelihood import Posed, slopes

Floats = NDArray[np.float64]
Truth = Callable[[Floats], Floats]
_STEP, _STOPS, _CLIMBS = 0.05, 5, 3
_SETTLED = 0.05
_WIDER = 1.4


@dataclass(frozen=True)
class Top:
    """The highest point that was found: all scores, their covariance there, and how high every climb came."""

    z: Floats
    covariance: Floats
    heights: tuple[float, ...]

    def around(self, count: int, points: int, seed: int) -> Floats:
        """Points around the top over the first scores, somewhat wider than the posterior there (points x count)."""
        root = np.linalg.cholesky(self.covariance[:count, :count])
        return np.asarray(self.z[:count] + _WIDER * design(count, points, seed) @ root.T)


@dataclass(frozen=True)
class _Stop:
    """A point of the values' scores, the answers there, and their slopes (scores x answers)."""

    z: Floats
    answers: Floats
    slopes: Floats


def climbed(rows: Evidence, truth: Truth, seed: int) -> Top:
    """The highest of several climbs."""
    count = len(told.laws())
    starts = np.vstack([np.zeros(count), 0.7 * np.random.default_rng(seed).standard_normal((_CLIMBS - 1, count))])
    found = sorted((_climb(rows, truth, start) for start in starts), key=lambda top: -top.heights[0])
    return Top(found[0].z, found[0].covariance, tuple(h for top in found for h in top.heights))


def _climb(rows: Evidence, truth: Truth, start: Floats) -> Top:
    posed = Posed(rows, lambda z: z, slopes(rows, start))
    density = _density(posed, len(start))
    z = np.concatenate([start, np.zeros(len(posed.names) - len(start))])
    before = -np.inf
    for _ in range(_STOPS):
        stop = _stopped(truth, z[: len(start)])
        z, height = _up(density, stop, z)
        if height - before < _SETTLED:
            break
        before = height
    curvature = jax.hessian(density[0])(jnp.asarray(z), stop.z, stop.answers, stop.slopes)
    return Top(z, np.linalg.inv(np.asarray(curvature)), (round(height, 2),))


def _stopped(truth: Truth, z: Floats) -> _Stop:
    steps = _STEP * np.eye(len(z))
    found = truth(np.vstack([z, z + steps, z - steps]))
    ups, downs = found[1 : 1 + len(z)], found[1 + len(z) :]
    return _Stop(z, found[0], (ups - downs) / (2 * _STEP))


Density = tuple[Callable[..., Array], Callable[..., tuple[Array, Array]]]


def _density(posed: Posed, count: int) -> Density:
    """Minus the log-density with straight answers, and the same with its slope, compiled once for all stops."""

    def minus(z: Array, at: Array, answers: Array, slope: Array) -> Array:
        straight = jnp.asarray(answers) + (z[:count] - jnp.asarray(at)) @ jnp.asarray(slope)
        likelihood = posed.answered(straight, z)
        return 0.5 * jnp.sum(z**2) - likelihood

    return minus, jax.jit(jax.value_and_grad(minus))


def _up(density: Density, stop: _Stop, z: Floats) -> tuple[Floats, float]:
    def down(x: Floats) -> tuple[float, Floats]:
        value, slope = density[1](jnp.asarray(x), stop.z, stop.answers, stop.slopes)
        return float(value), np.asarray(slope)

    found = minimize(down, z, jac=True, method="L-BFGS-B", options={"maxiter": 2000, "maxfun": 4000})
    return np.asarray(found.x), -float(found.fun)
