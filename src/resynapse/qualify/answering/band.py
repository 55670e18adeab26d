"""Bands over draws: where nine in ten draws lie, the middle one, and how sure a direction is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...report.style import number

Floats = NDArray[np.float64]
QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class Band:
    """Nine in ten draws lie between `low` and `high`, half below `middle`."""

    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, draws: Floats) -> Band:
        """The band of some draws."""
        return cls(*(float(v) for v in np.quantile(draws, QUANTILES)))

    @property
    def record(self) -> dict[str, float]:
        """The band as plain numbers."""
        return {"p05": self.low, "p50": self.middle, "p95": self.high}

    def words(self, unit: str = "") -> str:
        """The middle with its band, such as `28 % (12 to 51)`; less than a twentieth of a per cent or point is 0."""
        least = 0.05 if unit in ("%", "points") else 0.0
        low, middle, high = (number(v if abs(v) >= least else 0.0, 2) for v in (self.low, self.middle, self.high))
        return f"{f'{middle} {unit}'.strip()} ({low} to {high})"


def sureness(draws: Floats, above: float = 0.0) -> float:
    """The share of draws above a value."""
    return float(np.mean(draws > above))


def bands(courses: Floats) -> tuple[Floats, Floats, Floats]:
    """Low end, middle and high end of courses (draws x times), time by time."""
    low, middle, high = np.quantile(courses, QUANTILES, axis=0)
    return low, middle, high
