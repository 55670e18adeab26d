"""Where the posterior is, found quickly: the highest top, and draws of the normal law that fits its curvature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from .posed import Posed

Floats = NDArray[np.float64]
Slope = Callable[[Floats], tuple[float, Floats]]
_STEP, _FLATTEST, _TRIES = 1e-3, 0.7, 400


@dataclass(frozen=True)
class Top:
    """A top of the density: where (scores), how high (log), and the precision of the normal law around it."""

    at: Floats
    height: float
    precision: Floats

    @property
    def wide(self) -> Floats:
        """A matrix (unknowns x unknowns) that turns standard normal numbers into distances from the top."""
        sizes, vectors = np.linalg.eigh(self.precision)
        return np.asarray(vectors / np.sqrt(np.maximum(sizes, _FLATTEST)))

    def log_density(self, z: Floats) -> Floats:
        """The log density of the normal law at scores (draws x unknowns), up to a constant."""
        return np.asarray(-0.5 * (np.linalg.solve(self.wide, (z - self.at).T) ** 2).sum(axis=0))

    def draws(self, count: int, seed: int, wider: float = 1.0) -> Floats:
        """Draws of the normal law, its standard deviations times `wider`."""
        free = np.random.default_rng(seed).standard_normal((count, len(self.at)))
        return np.asarray(self.at + wider * free @ self.wide.T)


def climbed(posed: Posed, starts: list[Floats]) -> Top:
    """The highest top that is reached from any of the starts, by L-BFGS."""
    slope = jax.jit(jax.value_and_grad(posed.log_density))

    def up(z: Floats) -> tuple[float, Floats]:
        value, gradient = slope(jnp.asarray(z))
        return float(value), np.asarray(gradient)

    return top_of(up, starts)


def top_of(up: Slope, starts: list[Floats]) -> Top:
    """The same of any density, whose log and slope `up` gives at a point."""

    def down(z: Floats) -> tuple[float, Floats]:
        value, gradient = up(z)
        return -value, -gradient

    options = {"maxiter": _TRIES}
    found = [minimize(down, z, jac=True, method="L-BFGS-B", options=options) for z in starts]
    best = min(found, key=lambda one: float(one.fun))
    return Top(np.asarray(best.x), -float(best.fun), _curved(lambda z: down(z)[1], np.asarray(best.x)))


def _curved(gradient: object, at: Floats) -> Floats:
    """The matrix of second derivatives, from slopes on both sides."""
    rows = [gradient(at + _STEP * unit) - gradient(at - _STEP * unit) for unit in np.eye(len(at))]  # type: ignore[operator]
    found = np.array(rows) / (2.0 * _STEP)
    return np.asarray(0.5 * (found + found.T))
