"""Least squares on log-factors, with all trial values solved together as so many people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

Floats = NDArray[np.float64]
Misfits = Callable[[Floats], Floats]
_STEP = 1e-4


@dataclass(frozen=True)
class Fit:
    """Factors on the starting values, the misfits that are left, and what they were without any change."""

    factors: Floats
    left: Floats
    before: Floats


def best_factors(misfits: Misfits, count: int) -> Fit:
    """The `count` factors for which the sum of squared misfits is smallest, starting from one.

    **Arguments:** `misfits` takes trial factors (people x factors) and returns misfits (people x misfits), priors
    included.
    """

    def once(logs: Floats) -> Floats:
        return misfits(np.exp(np.tile(logs, (count + 1, 1))))[0]

    def slopes(logs: Floats) -> Floats:
        found = misfits(np.exp(np.vstack([logs, logs + _STEP * np.eye(count)])))
        return np.asarray((found[1:] - found[0]).T / _STEP)

    start = np.zeros(count)
    best = least_squares(once, start, slopes)
    return Fit(np.exp(best.x), best.fun, once(start))
