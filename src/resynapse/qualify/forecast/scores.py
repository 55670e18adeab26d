r"""How a prediction that is a sample is scored beside what came: intervals, coverage, PIT, interval score, CRPS.

The interval score of Gneiting and Raftery (2007) of a central interval $(l, u)$ of level $1 - \alpha$ is
$(u - l) + \frac{2}{\alpha}(l - y)_+ + \frac{2}{\alpha}(y - u)_+$; the continuous ranked probability score of a
sample is $E|X - y| - \frac12 E|X - X'|$. Both are in the unit of what was printed, and smaller is better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
LEVELS = (0.5, 0.9)
"""Levels of the central intervals that are judged."""

SURE = 0.95
"""Level of the exact binomial interval of a coverage."""


@dataclass(frozen=True)
class Covered:
    """How many of how many values lay inside their intervals, with the exact (Clopper-Pearson) interval of the share.

    **Arguments:** `level` is what the intervals promise.
    """

    level: float
    inside: int
    of: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share inside; nan of nothing."""
        return self.inside / self.of if self.of else float("nan")

    @property
    def holds(self) -> bool:
        """Whether the exact interval contains what the intervals promise; nothing holds of nothing."""
        return self.of > 0 and self.low <= self.level <= self.high


def interval(sample: Sequence[float] | Floats, level: float) -> tuple[float, float]:
    """The central interval of a sample that holds a share `level` of it."""
    tail = 0.5 * (1.0 - level)
    low, high = np.quantile(np.asarray(sample, float), [tail, 1.0 - tail])
    return float(low), float(high)


def interval_score(low: float, high: float, value: float, level: float) -> float:
    """The interval score of one central interval."""
    missed = max(low - value, 0.0) + max(value - high, 0.0)
    return high - low + 2.0 / (1.0 - level) * missed


def crps(sample: Sequence[float] | Floats, value: float) -> float:
    """The continuous ranked probability score of a sample (the fair one: pairs of different draws)."""
    x = np.sort(np.asarray(sample, float))
    n = x.size
    pairs = 2.0 * np.sum((2 * np.arange(1, n + 1) - n - 1) * x) / max(n * (n - 1), 1)
    return float(np.abs(x - value).mean() - 0.5 * pairs)


def pit(sample: Sequence[float] | Floats, value: float) -> float:
    """The place of a value among a sample, 0 to 1; half of what equals it counts as below."""
    x = np.asarray(sample, float)
    return float(((x < value).sum() + 0.5 * (x == value).sum() + 0.5) / (x.size + 1.0))


def coverage(inside: Sequence[bool], level: float) -> Covered:
    """How many lie inside, with the exact binomial interval of the share; values are taken as independent."""
    count, of = int(np.sum(inside)), len(inside)
    if not of:
        return Covered(level, 0, 0, 0.0, 1.0)
    ends = stats.binomtest(count, of).proportion_ci(SURE, method="exact")
    return Covered(level, count, of, float(ends.low), float(ends.high))
