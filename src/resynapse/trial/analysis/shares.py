"""Intervals of the difference between two shares that keep their promise near 0 and 1."""

from __future__ import annotations

from dataclasses import dataclass
from math import acos, copysign, cos, pi, sqrt
from typing import ClassVar, Protocol

from scipy.optimize import brentq
from scipy.special import ndtri

from .library import statsmodels

Counts = tuple[int, int, int, int]
_EDGE = 1.0 - 1e-12


class ShareInterval(Protocol):
    """An interval of a difference between two shares."""

    name: ClassVar[str]

    def bounds(self, counts: Counts, level: float) -> tuple[float, float]:
        """The interval, for responders and people of the treatment arm, then of the control arm."""
        ...


@dataclass(frozen=True)
class Newcombe:
    """Wilson intervals of both shares, combined (method 10). **Source:** `newcombe1998`."""

    name: ClassVar[str] = "Newcombe interval"

    def bounds(self, counts: Counts, level: float) -> tuple[float, float]:
        interval = statsmodels("stats.proportion").confint_proportions_2indep
        low, high = interval(*counts, method="newcomb", compare="diff", alpha=1.0 - level)
        return float(low), float(high)


@dataclass(frozen=True)
class MiettinenNurminen:
    """The differences that the score test does not reject. **Source:** `miettinen1985`."""

    name: ClassVar[str] = "Miettinen-Nurminen interval"

    def bounds(self, counts: Counts, level: float) -> tuple[float, float]:
        a, n, b, m = counts
        found, reach = a / n - b / m, float(ndtri(0.5 + level / 2.0))
        low = -1.0 if found <= -_EDGE else brentq(lambda d: score(counts, d) - reach, -_EDGE, found)
        high = 1.0 if found >= _EDGE else brentq(lambda d: score(counts, d) + reach, found, _EDGE)
        return float(low), float(high)


def score(counts: Counts, difference: float) -> float:
    r"""Miettinen and Nurminen's score statistic for a difference, with their variance factor $N/(N-1)$."""
    a, n, b, m = counts
    control = _restricted(counts, difference)
    treated = min(max(control + difference, 0.0), 1.0)
    variance = treated * (1.0 - treated) / n + control * (1.0 - control) / m
    return (a / n - b / m - difference) / sqrt(max(variance * (n + m) / (n + m - 1), 1e-300))


def _restricted(counts: Counts, d: float) -> float:
    """The likeliest share of the control arm when the shares differ by d: a root of a cubic."""
    a, n, b, m = counts
    people, events = n + m, a + b
    l2 = (n + 2 * m) * d - people - events
    l1 = (m * d - people - 2 * b) * d + events
    l0 = b * d * (1.0 - d)
    q = (l2 / (3 * people)) ** 3 - l1 * l2 / (6 * people**2) + l0 / (2 * people)
    s = copysign(sqrt(max((l2 / (3 * people)) ** 2 - l1 / (3 * people), 0.0)), q)
    angle = (pi + acos(min(max(q / s**3, -1.0), 1.0))) / 3.0 if s else 0.0
    return min(max(2.0 * s * cos(angle) - l2 / (3 * people), 0.0), 1.0)
