"""Areas under a curve between samples: which trapezoid is taken where, and what lies between two samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class AreaRule:
    r"""Which intervals of a curve are taken as exponential, the others being straight.

    A straight interval has the area $h (c_1 + c_2) / 2$; an exponential one $h (c_1 - c_2) / \ln(c_1 / c_2)$. An
    interval that ends at 0, or whose ends are equal, is always straight.

    **Arguments:** `exponential` says for each interval, from the values at both ends, whether it is exponential.
    """

    name: str
    exponential: Callable[[Floats, Floats], Flags]

    def curved(self, first: Floats, second: Floats) -> Flags:
        """For each interval whether it is taken as exponential."""
        possible = (first > 0) & (second > 0) & (first != second)
        return np.asarray(self.exponential(first, second) & possible)


LINEAR_UP_LOG_DOWN = AreaRule("linear-up log-down", lambda first, second: second < first)
"""Straight while the curve rises, exponential while it falls: the usual rule."""

LINEAR = AreaRule("linear", lambda first, second: np.zeros(first.shape, dtype=bool))
"""Straight everywhere; overestimates an exponential fall between distant samples."""

LOG = AreaRule("log", lambda first, second: np.ones(first.shape, dtype=bool))
"""Exponential wherever both ends are positive; underestimates a concave rise."""

RULES = {rule.name: rule for rule in (LINEAR_UP_LOG_DOWN, LINEAR, LOG)}


def area(times: Floats, values: Floats, rule: AreaRule = LINEAR_UP_LOG_DOWN) -> float:
    """Area under the curve from the first to the last sample (unit of the values x h)."""
    return float(_pieces(times, values, rule).sum())


def moment(times: Floats, values: Floats, rule: AreaRule = LINEAR_UP_LOG_DOWN) -> float:
    r"""Area under the first moment $t c(t)$, from the first to the last sample (unit of the values x h^2).

    With $k = \ln(c_1 / c_2) / h$ an exponential interval has $(t_1 c_1 - t_2 c_2) / k + (c_1 - c_2) / k^2$.
    """
    t1, t2, c1, c2 = times[:-1], times[1:], values[:-1], values[1:]
    straight = (t2 - t1) * (t1 * c1 + t2 * c2) / 2
    curved = rule.curved(c1, c2)
    k = np.where(curved, _fall(t1, t2, c1, c2, curved), 1.0)
    exponential = (t1 * c1 - t2 * c2) / k + (c1 - c2) / k**2
    return float(np.where(curved, exponential, straight).sum())


def value_at(times: Floats, values: Floats, when: float, rule: AreaRule = LINEAR_UP_LOG_DOWN) -> float:
    """The value between two samples, on the straight or exponential line that the rule draws; `NaN` outside."""
    if not times[0] <= when <= times[-1]:
        return float("nan")
    after = min(int(np.searchsorted(times, when)), times.size - 1)
    if times[after] == when:
        return float(values[after])
    ends = values[after - 1 : after + 1]
    span = times[after - 1 : after + 1]
    if rule.curved(ends[:1], ends[1:])[0]:
        return float(np.exp(np.interp(when, span, np.log(ends))))
    return float(np.interp(when, span, ends))


def until(times: Floats, values: Floats, when: float, rule: AreaRule = LINEAR_UP_LOG_DOWN) -> tuple[Floats, Floats]:
    """The samples up to a time, with an interpolated one at that time."""
    before = times < when
    at = value_at(times, values, when, rule)
    return np.append(times[before], when), np.append(values[before], at)


def _pieces(times: Floats, values: Floats, rule: AreaRule) -> Floats:
    t1, t2, c1, c2 = times[:-1], times[1:], values[:-1], values[1:]
    curved = rule.curved(c1, c2)
    straight = (t2 - t1) * (c1 + c2) / 2
    k = np.where(curved, _fall(t1, t2, c1, c2, curved), 1.0)
    return np.where(curved, (c1 - c2) / k, straight)


def _fall(t1: Floats, t2: Floats, c1: Floats, c2: Floats, curved: Flags) -> Floats:
    """The rate at which each exponential interval falls (1/h)."""
    ratio = np.where(curved, c1, 1.0) / np.where(curved, c2, 1.0)
    return np.asarray(np.log(ratio) / (t2 - t1))
