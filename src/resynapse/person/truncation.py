"""Normal laws that are cut off: the moments of who is left, and the law behind published moments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import root
from scipy.special import ndtr, ndtri

Floats = NDArray[np.float64]
Pair = tuple[float, float]
_CLOSE = 1e-7
_DEEP, _BEYOND = 2.0, 0.373  # a law cut 2 SDs above its mean: who is left lies 0.373 SDs beyond the cut on average


@dataclass(frozen=True)
class Normal:
    """A normal law, cut off below `low` and above `high`."""

    mean: float
    sd: float
    low: float
    high: float

    @property
    def cuts(self) -> Pair:
        """Both bounds in SDs from the mean."""
        return (self.low - self.mean) / self.sd, (self.high - self.mean) / self.sd

    def of(self, latent: Floats) -> Floats:
        r"""Values by inverse distribution function, so that nobody is drawn anew.

        $x = \mu + \sigma \Phi^{-1}(\Phi(a) + \Phi(z)\,(\Phi(b) - \Phi(a)))$ with the bounds $a$ and $b$ in SDs.
        """
        a, b = self.cuts
        if a > 0:  # in the upper tail only the mirror image is exact
            inner = -ndtri(ndtr(-a) - ndtr(latent) * _inside(a, b))
        else:
            inner = ndtri(ndtr(a) + ndtr(latent) * _inside(a, b))
        return np.asarray(np.clip(self.mean + self.sd * inner, self.low, self.high))


def normal_of(mean: float, sd: float, low: float, high: float) -> Normal:
    """The normal law whose part between `low` and `high` has this mean and SD.

    **Raises:** `ValueError` when no such law exists: a normal law that is cut off is at widest flat.
    """
    if np.isinf(low) and np.isinf(high):
        return Normal(mean, sd, low, high)
    return _matched(_normal_moments, (mean, sd), (low, high), (mean, sd))


def lognormal_of(mean: float, sd: float, low: float, high: float) -> Normal:
    """The normal law of the logarithm of a lognormal one whose part between `low` and `high` has this mean and SD.

    **Raises:** `ValueError` as `normal_of` does.
    """
    spread = float(np.sqrt(np.log1p((sd / mean) ** 2)))
    start = (float(np.log(mean)) - spread**2 / 2, spread)
    with np.errstate(divide="ignore"):
        bounds = (float(np.log(low)), float(np.log(high)))
    if np.isinf(bounds).all():
        return Normal(*start, *bounds)
    return _matched(_lognormal_moments, (mean, sd), bounds, start)


def _matched(moments: Callable[[Normal], Pair], wanted: Pair, bounds: Pair, start: Pair) -> Normal:
    """The cut law with the wanted mean and SD, found from `start` by Newton's method."""

    def law(x: Floats) -> Normal:
        return Normal(float(x[0]), float(np.exp(x[1])), *bounds)

    def gap(x: Floats) -> Floats:
        found = moments(law(x))
        return np.array([found[0] - wanted[0], found[1] - wanted[1]]) / wanted[1]

    with np.errstate(all="ignore"):
        for mean, sd in (start, *_from_tails(start[0], bounds)):
            solved = root(gap, np.array([mean, np.log(sd)])).x
            if (np.abs(gap(solved)) < _CLOSE).all():
                return law(solved)
    raise ValueError(f"no law of this kind inside these bounds has mean {wanted[0]:g} and SD {wanted[1]:g}")


def _from_tails(mean: float, bounds: Pair) -> list[Pair]:
    """Starting laws of which only a tail is left between the bounds."""
    widths = [(mean - bounds[0]) / _BEYOND, (mean - bounds[1]) / _BEYOND]
    return [(cut - _DEEP * width, abs(width)) for cut, width in zip(bounds, widths, strict=True) if np.isfinite(cut)]


def _normal_moments(law: Normal) -> Pair:
    a, b = law.cuts
    inside = _inside(a, b)
    shift = (_density(a) - _density(b)) / inside
    spread = 1.0 + (_weighted(a) - _weighted(b)) / inside - shift**2
    return float(law.mean + law.sd * shift), law.sd * float(np.sqrt(max(spread, 0.0)))


def _lognormal_moments(law: Normal) -> Pair:
    a, b = law.cuts
    inside = _inside(a, b)
    first, second = (
        float(np.exp(k * law.mean + (k * law.sd) ** 2 / 2)) * _inside(a - k * law.sd, b - k * law.sd) / inside
        for k in (1, 2)
    )
    return first, float(np.sqrt(max(second - first**2, 0.0)))


def _inside(a: float, b: float) -> np.float64:
    r"""$\Phi(b) - \Phi(a)$, without losing digits in the upper tail."""
    return np.float64(ndtr(-a) - ndtr(-b) if a > 0 else ndtr(b) - ndtr(a))


def _density(x: float) -> float:
    return float(np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi))


def _weighted(x: float) -> float:
    r"""$x\varphi(x)$, which is 0 at infinity."""
    return x * _density(x) if np.isfinite(x) else 0.0
