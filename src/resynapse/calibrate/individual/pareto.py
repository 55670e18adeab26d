"""Smoothing of importance weights by a generalised Pareto tail, and the number that says whether to trust them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_FEWEST, _MOST_TRUSTED = 5, 0.7


def trusted(draws: int) -> float:
    r"""The largest shape k at which this many weighted draws may be used: $\min(1 - 1/\log_{10} S, 0.7)$.

    It is 0.50 for 100 draws, 0.67 for 1000 and 0.7 from 2155 on.

    Source: `vehtari2024`.
    """
    return float(min(1 - 1 / np.log10(draws), _MOST_TRUSTED))


def smoothed(log_weights: Floats) -> tuple[Floats, float]:
    r"""Normalised weights with their largest values smoothed, and the shape k of their tail.

    The largest $\min(S/5, 3\sqrt{S})$ weights are replaced by the expected order statistics of a generalised Pareto
    distribution fitted to them (Vehtari, Simpson, Gelman, Yao and Gabry, JMLR 2024, arXiv 1507.02646).
    """
    raw = np.exp(log_weights - log_weights.max())
    count = int(min(0.2 * len(raw), 3 * np.sqrt(len(raw))))
    order = np.argsort(raw, kind="stable")
    tail, cutoff = order[-count:], raw[order[-count - 1]]
    excess = raw[tail] - cutoff
    if count < _FEWEST or excess[-1] <= 1e-12 * raw[tail[-1]]:
        return raw / raw.sum(), 0.0 if count >= _FEWEST else np.inf
    k, sigma = tail_shape(excess)
    places = (np.arange(count) + 0.5) / count
    smooth = raw.copy()
    smooth[tail] = np.minimum(cutoff + _quantile(places, k, sigma), 1.0)
    return smooth / smooth.sum(), k


def tail_shape(excess: Floats) -> tuple[float, float]:
    """Shape k and scale of a generalised Pareto distribution (Zhang and Stephens 2009, doi 10.1198/tech.2009.08017).

    The shape is drawn a little towards 0.5, as the authors of the smoothing do for short tails.
    """
    x = np.sort(excess)
    n = len(x)
    grid = 30 + int(np.sqrt(n))
    quartile = x[int(n / 4 + 0.5) - 1]
    b = 1 / x[-1] + (1 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))) / 3 / quartile
    k = np.log1p(-b[:, None] * x).mean(axis=1)
    profile = n * (np.log(-b / k) - k - 1)
    weights = np.exp(profile - profile.max())
    best = float((b * weights).sum() / weights.sum())
    shape = float(np.log1p(-best * x).mean())
    return (n * shape + 10 * 0.5) / (n + 10), -shape / best


def _quantile(p: Floats, k: float, sigma: float) -> Floats:
    if abs(k) < 1e-12:
        return -sigma * np.log1p(-p)
    return sigma * np.expm1(-k * np.log1p(-p)) / k
