"""What KPK-1 answers for each row: logarithms of peaks, areas, ratios and times, for many sets of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ....chains import happenings
from ....compound import compound
from ....core.event import Happening
from ....core.solver import profile_people, protocol
from .told import Arm, arms, chain

Floats = NDArray[np.float64]
Values = Mapping[str, Floats]
_TERMINAL = (12.0, 48.0)
_GONE = 1e-9
_HOURS = np.concatenate(
    [np.linspace(0, 2, 81), np.linspace(2, 8, 49)[1:], np.linspace(8, 24, 33)[1:], np.linspace(24, 96, 37)[1:]]
)


@dataclass(frozen=True)
class Asked:
    """One number that a row asks of the theory.

    **Arguments:** `metric` is `cmax`, `tmax`, `half_life`, `at`, `clearance`, `auc` (to `until` h, infinite by
    default), `auc_ratio` (of `port` over `other`) or `bioavailability`; `until` is also the time (h) of `at`.
    """

    arm: str
    port: str
    metric: str
    until: float = np.inf
    other: str = ""

    @property
    def ports(self) -> tuple[str, ...]:
        """The curves that are needed."""
        return (self.port, self.other) if self.other else (self.port,)


@dataclass(frozen=True)
class Curve:
    """One concentration of many people (person x time) after one arm's doses."""

    hours: Floats
    values: Floats
    ends: tuple[float, ...]

    @property
    def top(self) -> tuple[Floats, Floats]:
        """When and how high the peak is, by a parabola, except where an infusion ends in it."""
        k = np.clip(self.values.argmax(axis=1), 1, len(self.hours) - 2)
        row = np.arange(len(self.values))
        t0, t1, t2 = (self.hours[k + d] for d in (-1, 0, 1))
        y0, y1, y2 = (self.values[row, k + d] for d in (-1, 0, 1))
        up, down = (y1 - y0) / (t1 - t0), (y2 - y1) / (t2 - t1)
        bend = np.where(up - down > 0, (up - down) / (t2 - t0), np.inf)
        peak = 0.5 * (t0 + t1) + 0.5 * up / bend
        smooth = (up - down > 0) & ~np.isin(t1, self.ends) & (peak > t0) & (peak < t2)
        height = y1 + bend * np.where(smooth, peak - t1, 0.0) ** 2
        return np.where(smooth, peak, t1), np.where(smooth, height, y1)

    def area(self, until: float) -> Floats:
        """Area to a time, or to infinity with the last slope."""
        inside = self.hours <= until
        found = np.trapezoid(self.values[:, inside], self.hours[inside], axis=1)
        if np.isfinite(until):
            return np.asarray(found)
        early, late = self.values[:, -9], self.values[:, -1]
        rate = np.log(early / late) / (self.hours[-1] - self.hours[-9])
        gone = late <= _GONE * self.values.max(axis=1)
        return np.asarray(found + np.where(gone, 0.0, late / np.where(gone, 1.0, rate)))

    def at(self, hour: float) -> Floats:
        """The value at one of the hours."""
        return self.values[:, int(np.argmin(np.abs(self.hours - hour)))]


def answers(asked: Sequence[Asked], values: Values) -> Floats:
    """Logarithms of everything that is asked (people x asked), for people who differ in `values` (by address)."""
    curves = _curves(asked, values)
    return np.stack([np.log(_answer(one, curves)) for one in asked], axis=1)


def _curves(asked: Sequence[Asked], values: Values) -> dict[tuple[str, str], Curve]:
    own = chain().with_values(values)
    found: dict[tuple[str, str], Curve] = {}
    wanted = {a.arm for a in asked} | {"iv5" for a in asked if a.metric == "bioavailability"}
    for name in sorted(wanted):
        ports = sorted({p for a in asked if a.arm == name or a.metric == "bioavailability" for p in a.ports})
        hours, ends = _hours(arms()[name], asked)
        signals = profile_people(own, protocol(own.external, [given(arms()[name])]), hours, ports)
        found |= {(name, port): Curve(hours, _kept(v), ends) for port, v in signals.items()}
    return found


def _kept(values: Floats) -> Floats:
    """Concentrations without what only rounding leaves."""
    return np.maximum(values, 0.1 * _GONE * values.max(axis=1, keepdims=True))


def _hours(arm: Arm, asked: Sequence[Asked]) -> tuple[Floats, tuple[float, ...]]:
    ends = tuple(np.cumsum([h for _, h in arm.steps]).tolist())
    looked = [a.until for a in asked if a.arm == arm.name and np.isfinite(a.until)]
    return np.unique(np.round([*_HOURS, *ends, *looked], 9)), tuple(np.round(ends, 9).tolist())


@cache
def given(arm: Arm) -> tuple[Happening, ...]:
    """What an arm's doses do to the chain's inputs."""
    starts = np.cumsum([0.0, *(h for _, h in arm.steps)]).tolist()
    return tuple(
        h
        for start, (mg, over) in zip(starts, arm.steps, strict=False)
        for h in happenings(
            chain(),
            compound(arm.drug),
            arm.route,
            {"start": start, "mg": mg, "duration": over, "devices": arm.devices},
        )
    )


def _answer(one: Asked, curves: Mapping[tuple[str, str], Curve]) -> Floats:
    curve = curves[one.arm, one.port]
    if one.metric == "cmax":
        return curve.top[1]
    if one.metric == "tmax":
        return curve.top[0]
    if one.metric == "at":
        return curve.at(one.until)
    if one.metric == "half_life":
        early, late = (curve.at(t) for t in _TERMINAL)
        return np.asarray(np.log(2.0) * (_TERMINAL[1] - _TERMINAL[0]) / np.log(early / late))
    return _of_areas(one, curves, curve)


def _of_areas(one: Asked, curves: Mapping[tuple[str, str], Curve], curve: Curve) -> Floats:
    area = curve.area(one.until)
    if one.metric == "auc_ratio":
        return area / curves[one.arm, one.other].area(one.until)
    if one.metric == "clearance":
        return _share(one.port, arms()[one.arm]) * 1000.0 / area
    if one.metric == "bioavailability":
        reference = curves["iv5", one.port].area(np.inf)
        return area / arms()[one.arm].mg / (reference / arms()["iv5"].mg)
    return area


def _share(port: str, arm: Arm) -> float:
    """The dose (mg) of the mirror form that a port shows; all of it where a port shows both."""
    drug = compound(arm.drug)
    return arm.mg * float({"s": drug.fraction_s.value, "r": drug.fraction_r.value}.get(port[-1], 1.0))
