"""From draws of the emulated posterior to draws of the exact one: each is asked of the chains again and weighed.

The weight of a draw is what the chains say of the observations over what the emulator said. Weights are smoothed by a
Pareto law in their upper tail, whose shape tells whether they carry a correction at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...inference.sampling import arviz, many
from .standin import StandIn

Floats = NDArray[np.float64]
CARRIES = 0.7
"""A Pareto shape above which weights do not carry a correction."""


@dataclass(frozen=True)
class Corrected:
    """Draws with their exact weights.

    **Arguments:** `z` (draws x scores), `logs` exact log-likelihoods (draws x questions), `weights` sum to 1, `shape`
    of the Pareto tail, `off` the SD of what the emulator's log-likelihood misses.
    """

    z: Floats
    logs: Floats
    weights: Floats
    shape: float
    off: float

    @property
    def effective(self) -> float:
        """The effective number of draws."""
        return float(1.0 / (self.weights**2).sum())

    @property
    def carries(self) -> bool:
        """Whether the weights can be trusted."""
        return self.shape < CARRIES

    def taken(self, n: int, seed: int) -> Floats:
        """`n` draws of equal weight, taken systematically by their weights (draws x scores)."""
        places = (np.random.default_rng(seed).uniform() + np.arange(n)) / n
        chosen = np.minimum(np.searchsorted(np.cumsum(self.weights), places), len(self.z) - 1)
        return self.z[np.random.default_rng(seed).permutation(chosen)]

    def mean(self) -> Floats:
        """Means of the scores."""
        return np.asarray(self.weights @ self.z)

    def sd(self) -> Floats:
        """Standard deviations of the scores."""
        return np.asarray(np.sqrt(self.weights @ (self.z - self.mean()) ** 2))


def corrected(standin: StandIn, z: Floats) -> Corrected:
    """Draws of the emulated posterior (draws x scores), asked of the chains.

    A draw whose course fails has no weight.
    """
    logs = standin.asking.logs(standin.asking(z))
    told = many(standin.log_likelihood, z)
    raw = np.where(np.isfinite(logs).all(1), logs.sum(1) - told, -np.inf)
    known = np.isfinite(raw)
    smooth, shape = smoothed(raw[known])
    weights = np.zeros(len(z))
    weights[known] = np.exp(smooth)
    return Corrected(z, logs, weights / weights.sum(), shape, float(raw[known].std()))


def smoothed(raw: Floats) -> tuple[Floats, float]:
    """Log-weights with a smoothed tail, and its shape.

    **Raises:** `RequestError` without ArviZ.

    **Source:** `vehtari2024`, as in ArviZ.
    """
    smooth, shape = arviz().psislw(-np.asarray(raw))
    return np.asarray(smooth), float(shape)
