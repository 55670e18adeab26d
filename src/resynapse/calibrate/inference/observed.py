"""Observation models: how likely a published number is when the model's own number is known.

Each holds what was printed and gives the log-density of it, in `jax.numpy`, for what a model predicts on the scale that
its docstring names. A meta-analysis is a band and has no density: it repeats trials that are counted already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import gammaln, log_ndtr
from jaxtyping import Array
from numpy.typing import NDArray

jax.config.update("jax_enable_x64", True)

Floats = NDArray[np.float64]
_LOG_2PI = float(np.log(2 * np.pi))
_EDGE = 1e-9


class Seen(Protocol):
    """A published number as an observation model."""

    def log_density(self, predicted: Array) -> Array:
        """Log-density of what was printed, given the model's own number."""


@dataclass(frozen=True)
class Mean:
    """A mean with its standard error; predicted is the mean, in the same unit."""

    value: float
    se: float

    @classmethod
    def of(cls, value: float, sd: float, n: float) -> Mean:
        """A mean with the standard deviation between people and their number."""
        return cls(value, sd / float(np.sqrt(n)))

    def log_density(self, predicted: Array) -> Array:
        """Normal around the predicted mean."""
        return normal(self.value, predicted, self.se)


@dataclass(frozen=True)
class LogMean:
    """A positive number with an error on the log scale: peaks, areas, clearances; predicted is its logarithm."""

    value: float
    sd: float

    @classmethod
    def of(cls, value: float, sd: float, n: float) -> LogMean:
        r"""A mean with the standard deviation between people: the log-mean of a lognormal, and its standard error.

        $\\sigma^2 = \\ln(1 + (sd/value)^2)$; the middle person lies $\\sigma^2/2$ below the mean.
        """
        variance = float(np.log1p((sd / value) ** 2))
        return cls(value * float(np.exp(-0.5 * variance)), float(np.sqrt(variance / n)))

    def log_density(self, predicted: Array) -> Array:
        """Normal in the logarithm."""
        return normal(np.log(self.value), predicted, self.sd)


@dataclass(frozen=True)
class Scatter:
    """A standard deviation between `n` people; predicted is the standard deviation, on the same scale."""

    sd: float
    n: float

    @classmethod
    def of_log(cls, value: float, sd: float, n: float) -> Scatter:
        """The standard deviation of the logarithm that belongs to a mean and its standard deviation."""
        return cls(float(np.sqrt(np.log1p((sd / value) ** 2))), n)

    def log_density(self, predicted: Array) -> Array:
        r"""Density of the printed SD when $(n-1) s^2 / \sigma^2$ is chi-squared with $n - 1$ degrees of freedom."""
        half = 0.5 * (self.n - 1.0)
        squared = (self.n - 1.0) * self.sd**2 / predicted**2
        chi2 = (half - 1.0) * jnp.log(squared) - 0.5 * squared - half * np.log(2.0) - gammaln(half)
        return chi2 + np.log(2.0 * (self.n - 1.0) * self.sd) - 2.0 * jnp.log(predicted)


@dataclass(frozen=True)
class Points:
    """The points of a mean curve.

    **Arguments:** `timing` is what a wrong time would do to each point (logarithm): much where a rate has just changed.
    """

    hours: Sequence[float]
    values: Sequence[float]
    timing: Sequence[float] = ()


@dataclass(frozen=True)
class Curve:
    """The logarithms of a mean curve, whose misfits go together from one point to the next.

    **Arguments:** `logs` are the observed logarithms; `root` is the inverse of the lower factor of the correlations
    of misfits, points far below the peak being allowed more (`Curve.of`). Predicted are the logarithms; `sd` is that of
    a misfit near the peak.
    """

    logs: Floats
    root: Floats
    size: float

    @classmethod
    def of(cls, points: Points, reach: float, floor: float = 0.01) -> Curve:
        """A curve in time.

        **Arguments:** `reach` (h) is how far misfits go together, as $0.8 e^{-|t-s|/reach}$ beside a fifth that is each
        point's own; `floor` is the error of reading, as a share of the peak.
        """
        t, v, late = (np.asarray(part) for part in (points.hours, points.values, points.timing or 0.0))
        together = 0.8 * np.exp(-np.abs(t[:, None] - t) / reach) + 0.2 * np.eye(len(t))
        wider = np.sqrt(1.0 + (10.0 * floor * v.max() / v) ** 2 + (10.0 * late) ** 2)
        factor = np.linalg.cholesky(together * np.outer(wider, wider))
        return cls(np.log(v), np.linalg.inv(factor), float(np.log(np.diag(factor)).sum()))

    def log_density(self, predicted: Array, sd: Array | float = 0.1) -> Array:
        """Multivariate normal in the logarithms."""
        left = self.root @ (jnp.asarray(self.logs) - predicted) / sd
        count = len(self.logs)
        return -0.5 * (left**2).sum() - count * (jnp.log(sd) + 0.5 * _LOG_2PI) - self.size


@dataclass(frozen=True)
class Count:
    """So many of so many people: responders, remitters, relapses by a day; predicted is the chance of one person."""

    events: float
    n: float

    @classmethod
    def of(cls, share: float, n: float) -> Count:
        """A printed share of `n` people, as the nearest whole number of them."""
        return cls(float(np.round(share * n)), n)

    def log_density(self, predicted: Array) -> Array:
        """Binomial."""
        p = jnp.clip(predicted, _EDGE, 1.0 - _EDGE)
        ways = gammaln(self.n + 1.0) - gammaln(self.events + 1.0) - gammaln(self.n - self.events + 1.0)
        return ways + self.events * jnp.log(p) + (self.n - self.events) * jnp.log1p(-p)


@dataclass(frozen=True)
class Ratio:
    """A ratio with its 95 % interval: hazards, odds, risks; predicted is the logarithm of the ratio."""

    value: float
    low: float
    high: float

    @property
    def sd(self) -> float:
        """The standard error of the logarithm, from the width of the interval."""
        return float(np.log(self.high / self.low)) / (2 * 1.959964)

    def log_density(self, predicted: Array) -> Array:
        """Normal in the logarithm."""
        return normal(np.log(self.value), predicted, self.sd)


@dataclass(frozen=True)
class Direction:
    """A finding without a number: up (1), down (-1) or none (0); predicted is the change.

    **Arguments:** `scale` is a change (in the predicted unit) that such a study would just have seen.
    """

    sign: int
    scale: float

    def log_density(self, predicted: Array) -> Array:
        r"""$\ln \Phi(\pm x / scale)$; for none, the chance that neither direction would have been reported."""
        moved = predicted / self.scale
        if self.sign:
            return log_ndtr(self.sign * moved)
        return jnp.log(jnp.clip(jax.scipy.stats.norm.cdf(2.0 - moved) - jax.scipy.stats.norm.cdf(-2.0 - moved), _EDGE))


@dataclass(frozen=True)
class Band:
    """A meta-analysis: it says between what a prediction should lie, and is never a likelihood."""

    low: float
    high: float

    def holds(self, predicted: float) -> bool:
        """Whether a prediction lies in the band."""
        return self.low <= predicted <= self.high


def normal(value: float, predicted: Array, sd: Array | float) -> Array:
    """Log-density of a normal law."""
    return -0.5 * ((value - predicted) / sd) ** 2 - jnp.log(sd) - 0.5 * _LOG_2PI
