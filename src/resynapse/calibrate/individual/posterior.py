"""Everything that a few measurements leave open: the full posterior of one person, by importance sampling."""

from __future__ import annotations

from dataclasses import dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray
from scipy.special import gammaln

from ...core.errors import SolveError
from .case import Case, predictions
from .likelihood import Measured, log_likelihood
from .mode import Mode
from .pareto import smoothed, trusted

Floats = NDArray[np.float64]
_DEGREES = 7.0  # of freedom: tails heavier than the posterior's, so that weights stay bounded
_ROUNDS = 5
_GOOD = 0.5


@dataclass(frozen=True)
class Posterior:
    """Draws from one person's posterior, all of equal weight.

    **Arguments:** `z` (draws x effects); `pareto_k` is the shape of the tail of the importance weights and `trusted`
    the largest one at which this many draws can be used; `effective` is the number of independent draws that they are
    worth.
    """

    z: Floats
    pareto_k: float
    trusted: float
    effective: float


@dataclass(frozen=True)
class _Cloud:
    """Weighted draws and the proposal that they came from."""

    z: Floats
    weights: Floats
    k: float

    @property
    def effective(self) -> float:
        return float(1.0 / (self.weights**2).sum())


def posterior(case: Case, mode: Mode, draws: int = 2000, seed: int = 0) -> Posterior:
    """Draws from the posterior of one person.

    Draws from a multivariate t (7 degrees of freedom) around the mode are weighted by posterior over proposal; the
    weights are smoothed (PSIS). While the tail is heavy the proposal is moved to the mean and covariance of the
    weighted draws and the draws are made anew. The kept draws are resampled systematically to equal weight.

    **Raises:** `SolveError` when the shape k of the tail stays above what so many draws allow: they would mislead.
    """
    chance, most = np.random.default_rng(seed), trusted(draws)
    cloud = _weighted(case, mode.z, mode.covariance, draws, chance)
    for _ in range(_ROUNDS):
        if cloud.k <= min(_GOOD, most):
            break
        again = _weighted(case, *_moments(cloud), draws, chance)
        cloud = min(cloud, again, key=lambda c: c.k)
    if cloud.k > most:
        raise SolveError(
            "importance sampling does not reach this person's posterior",
            given=f"Pareto k = {cloud.k:.2f}",
            allowed=f"up to {most:.2f} for {draws} draws",
            then="raise --draws, or use the most likely parameters (without --posterior)",
        )
    return Posterior(_resampled(cloud, draws, chance), cloud.k, most, cloud.effective)


def _weighted(case: Case, center: Floats, covariance: Floats, draws: int, chance: np.random.Generator) -> _Cloud:
    root = np.linalg.cholesky(covariance)
    normal = chance.standard_normal((draws, len(center)))
    stretch = np.sqrt(_DEGREES / chance.chisquare(_DEGREES, draws))[:, None]
    steps = normal * stretch
    density = _densities(case, jnp.asarray(center + steps @ root.T))
    logs = np.where(np.isfinite(density), density, -np.inf) - _proposal(steps)
    weights, k = smoothed(logs)
    return _Cloud(center + steps @ root.T, weights, k)


def _proposal(steps: Floats) -> Floats:
    """Log-density of the multivariate t, up to a constant."""
    size = steps.shape[1]
    return gammaln((_DEGREES + size) / 2) - (_DEGREES + size) / 2 * np.log1p((steps**2).sum(axis=1) / _DEGREES)


def _moments(cloud: _Cloud) -> tuple[Floats, Floats]:
    center = cloud.weights @ cloud.z
    away = cloud.z - center
    return center, (cloud.weights[:, None] * away).T @ away + 1e-6 * np.eye(len(center))


def _resampled(cloud: _Cloud, draws: int, chance: np.random.Generator) -> Floats:
    places = (np.arange(draws) + chance.random()) / draws
    picked = np.searchsorted(np.cumsum(cloud.weights), places * cloud.weights.sum())
    return cloud.z[np.minimum(picked, len(cloud.z) - 1)]


def _densities(case: Case, z: Array) -> Floats:
    return np.asarray(_fits(case.data, predictions(case, z))) - 0.5 * np.asarray((z**2).sum(axis=1))


@eqx.filter_jit
def _fits(data: Measured, predicted: Array) -> Array:
    return jax.vmap(lambda one: log_likelihood(data, one))(predicted)
