"""Noncompartmental numbers of many people at once, where only how they move with the theory's values is asked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..body.area import Floats
from .asked import Question
from .kinds import PROXIES

_LATE = (12.0, 48.0)


@dataclass(frozen=True, eq=False)
class NCA:
    """One concentration of many people (person x time) after one dose.

    **Arguments:** `hours` are times (h), `dose` is the whole dose (mg), `duration` that of its infusion (h).
    """

    hours: Floats
    values: Floats
    dose: float
    duration: float

    def peak(self, until: float) -> tuple[Floats, Floats]:
        """Time and height of the largest value up to a time."""
        seen = self.values[:, self.hours <= until]
        return self.hours[seen.argmax(axis=1)], seen.max(axis=1)

    def area(self, until: float = math.inf) -> Floats:
        """Area up to a time, or without end."""
        inside = self.hours <= until
        found = np.trapezoid(self.values[:, inside], self.hours[inside], axis=1)
        return np.asarray(found if math.isfinite(until) else found + self.values[:, -1] / self._rate)

    @property
    def half_life(self) -> Floats:
        """Half-life (h) between 12 and 48 h."""
        early, late = (self.values[:, int(np.searchsorted(self.hours, t - 1e-9))] for t in _LATE)
        return np.asarray(math.log(2.0) * (_LATE[1] - _LATE[0]) / np.log(early / late))

    @property
    def clearance(self) -> Floats:
        """Dose over area."""
        return self.dose / self.area()

    @property
    def volume(self) -> Floats:
        """Volume at steady state: clearance times mean residence time."""
        moment = np.trapezoid(self.values * self.hours, self.hours, axis=1)
        last = self.values[:, -1]
        moment = moment + last * self.hours[-1] / self._rate + last / self._rate**2
        return self.clearance * (moment / self.area() - 0.5 * self.duration)

    @cached_property
    def _rate(self) -> Floats:
        """The last slope (1/h)."""
        early, late = self.values[:, -5], self.values[:, -1]
        return np.asarray(np.log(early / late) / (self.hours[-1] - self.hours[-5]))


def answered(q: Question, curves: Mapping[str, NCA], other: Mapping[str, NCA] | None) -> Floats:
    """The question's number of everybody, up to a factor that is the same for all."""
    curve, statistic = curves[q.port], q.asked.statistic
    if q.observed.quantity in PROXIES:
        return curve.area() / curves[q.ports[1]].area()
    if other is not None:
        return curve.area() / other[q.port].area()
    if statistic.startswith("auc_0_"):
        return curve.area(float(statistic.split("_")[2]))
    return _METRICS[statistic](curve, q.until)


_METRICS: Mapping[str, Callable[[NCA, float], Floats]] = {
    "cmax": lambda curve, until: curve.peak(until)[1],
    "tmax": lambda curve, until: curve.peak(until)[0],
    "auc": lambda curve, until: curve.area(),
    "half_life": lambda curve, until: curve.half_life,
    "clearance": lambda curve, until: curve.clearance,
    "vss": lambda curve, until: curve.volume,
}
