"""What one stored result says about its typical person, in the terms in which studies report."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ..body.area import LINEAR, area
from ..body.terminal import line_within
from ..core.errors import RequestError
from ..core.units import convert

Points = tuple[NDArray[np.float64], NDArray[np.float64]]

_TYPICAL = "typical"
_TYPICAL_WEIGHT = 70.0
_WEIGHT = {"human": 70.0, "rat": 0.25, "mouse": 0.025}
_FEWEST = 20
_ACUTE_HOURS = 24.0
_TERMINAL = (8.0, 24.0)  # hours, fixed beforehand; the reference column took 12 to 48 h, and longer half-lives
_TRUNCATION = 1e-3


@dataclass(frozen=True)
class Dose:
    """One dose of the typical person; `hours` counts from the first dose."""

    hours: float
    duration: float
    amount: float
    drug: str
    route: str


@dataclass(frozen=True, eq=False)
class Course:
    """The typical person of one stored result: who, what was given, and every signal.

    **Arguments:** `begin` is the first dose on the result's own clock (h); every other time here counts from it.
    """

    species: str
    weight: float
    age: float
    begin: float
    doses: tuple[Dose, ...]
    signals: xr.Dataset = field(repr=False)

    @property
    def first(self) -> Dose:
        """The first dose."""
        return self.doses[0]

    @property
    def until(self) -> float:
        """When the second dose comes; infinite after a single one."""
        return self.doses[1].hours if len(self.doses) > 1 else math.inf

    def has(self, port: str) -> bool:
        """Whether the result holds this port as one curve."""
        return port in self.signals and self.signals[port].dims == ("time",)

    def unit(self, port: str) -> str:
        """The unit of a port."""
        return str(self.signals[port].attrs.get("units", "1"))

    def name(self, port: str) -> str:
        """The port in words."""
        return str(self.signals[port].attrs.get("long_name", port))

    def rest(self, port: str) -> float:
        """The healthy rest value; `NaN` when there is none."""
        return float(self.signals[port].attrs.get("rest", math.nan))

    def before(self, port: str) -> float:
        """The last value before the first dose; `NaN` when nothing was stored so early."""
        times, values = self._points(port)
        early = values[times <= 1e-9]
        return float(early[-1]) if early.size else math.nan

    def at(self, port: str, hours: float) -> float:
        """The value at a time; `NaN` beyond the end and where stored times lie too far apart to tell."""
        times, values = self._points(port)
        after = int(np.searchsorted(times, hours - 1e-9))
        if after == times.size:
            return math.nan
        if abs(times[after] - hours) < 1e-6:
            return float(values[after])
        gap = times[after] - times[after - 1] if after else math.inf
        return float(np.interp(hours, times, values)) if gap <= max(0.25 * hours, 0.2) else math.nan

    def peak(self, port: str, hours: float = math.inf) -> tuple[float, float]:
        """Time and value of the largest value after the first dose, before the second one and before `hours`."""
        times, values = self._session(port, hours)
        if times.size < _FEWEST:
            return math.nan, math.nan
        largest = int(np.argmax(values))
        return float(times[largest]), float(values[largest])

    def acute_peak(self, port: str) -> tuple[float, float]:
        """Time and value of the largest value within a day of the first dose."""
        return self.peak(port, _ACUTE_HOURS)

    def extreme(self, port: str, start: float, end: float) -> tuple[float, float]:
        """Time and value where the port is farthest from its value before the dose, within a window."""
        times, values = self._points(port)
        inside = (times >= start) & (times <= end)
        if not inside.any():
            return end, self.at(port, end)
        farthest = int(np.argmax(np.abs(values[inside] - self.before(port))))
        return float(times[inside][farthest]), float(values[inside][farthest])

    def area(self, port: str, hours: float = math.inf) -> float:
        """Area under the curve from the first dose to `hours`, or to infinity by the terminal half-life; unit x h.

        Stored curves are dense, so that straight lines between their points are taken (`LINEAR`).
        """
        times, values = self._session(port, hours)
        if times.size < _FEWEST or self.until < hours < math.inf:
            return math.nan
        if math.isfinite(hours):
            before = times < hours
            return area(np.append(times[before], hours), np.append(values[before], self.at(port, hours)), LINEAR)
        if values[-1] <= _TRUNCATION * values.max():
            return area(times, values, LINEAR)
        return area(times, values, LINEAR) + float(values[-1]) * self.half_life(port) / math.log(2)

    def half_life(self, port: str) -> float:
        """Half-life of the log-linear phase between 8 and 24 h after the first dose (h).

        The window is fixed, and not the best one that `resynapse nca` looks for: stored results may end after a day.
        """
        times, values = self._session(port, _TERMINAL[1])
        if times.size == 0 or times[-1] < 0.9 * _TERMINAL[1]:
            return math.nan
        line = line_within(times, values, *_TERMINAL)
        return math.nan if line is None else line.half_life

    def _points(self, port: str) -> Points:
        """All finite points of a port."""
        values = np.asarray(self.signals[port].values, dtype=float)
        times = np.asarray(self.signals["time"].values, dtype=float) - self.begin
        order = np.argsort(times, kind="stable")
        known = order[np.isfinite(values[order])]
        return times[known], values[known]

    def _session(self, port: str, hours: float) -> Points:
        times, values = self._points(port)
        inside = (times >= 0) & (times <= min(hours, self.until))
        return times[inside], values[inside]


def course_of(tree: xr.DataTree) -> Course | None:
    """The typical person's course; `None` where nobody was observed in the same way.

    That is so without a dose, when the result goes on from an earlier one, and when something else changed the body or
    the use of nasal devices.

    The typical person is the one called so, else the one whose weight is nearest 70 kg.

    **Raises:** `RequestError` when the result has no signals over person and time.
    """
    if "signals" not in tree.children or not {"person", "time"} <= set(tree["signals"].dims):
        raise RequestError("this result has no signals to compare", where="group /signals", given=sorted(tree.children))
    species = str(tree.attrs.get("species", "human"))
    signals = tree["signals"].to_dataset()
    traits = _traits(tree)
    person = _typical([str(p) for p in signals["person"].values], traits.get("weight", {}))
    given = sorted(_doses(tree, person), key=lambda dose: dose.hours)
    if not given or _unlike(tree):
        return None
    begin = given[0].hours
    weight, age = (traits.get(name, {}).get(person, math.nan) for name in ("weight", "age"))
    return Course(
        species=species,
        weight=weight if math.isfinite(weight) else _WEIGHT.get(species, _TYPICAL_WEIGHT),
        age=age,
        begin=begin,
        doses=tuple(Dose(d.hours - begin, d.duration, d.amount, d.drug, d.route) for d in given),
        signals=signals.sel(person=person),
    )


def _unlike(tree: xr.DataTree) -> bool:
    """Whether nothing published was given like this: a continued run, something beside the drug, resets, a sneeze."""
    continued = "start" in json.loads(tree.attrs.get("request") or "{}")
    return continued or bool(json.loads(tree.attrs.get("acting") or "[]")) or bool(tree.attrs.get("departures"))


def _traits(tree: xr.DataTree) -> dict[str, dict[str, float]]:
    """Covariates by name and person."""
    if "covariates" not in tree.children:
        return {}
    stored = tree["covariates"].to_dataset()
    people = [str(p) for p in stored["person"].values]
    columns = {str(name): map(float, column.values) for name, column in stored.data_vars.items()}
    found = {name: dict(zip(people, values, strict=True)) for name, values in columns.items()}
    unit = stored["weight"].attrs.get("units", "kg") if "weight" in stored else "kg"
    return found | {"weight": {p: convert(w, unit, "kg") for p, w in found.get("weight", {}).items()}}


def _typical(people: list[str], weights: Mapping[str, float]) -> str:
    named = [p for p in people if p.lower() == _TYPICAL]
    known = [p for p in people if math.isfinite(weights.get(p, math.nan))]
    return named[0] if named else min(known or people, key=lambda p: abs(weights.get(p, 0.0) - _TYPICAL_WEIGHT))


def _doses(tree: xr.DataTree, person: str) -> list[Dose]:
    """The doses of one person, on the result's own clock."""
    if "doses" not in tree.children:
        return []
    stored: dict[str, Any] = {str(name): column.values for name, column in tree["doses"].to_dataset().items()}
    rows = [i for i, who in enumerate(stored["person"]) if str(who) == person]
    return [
        Dose(
            hours=float(stored["time_h"][i]),
            duration=float(stored["duration_h"][i]),
            amount=float(stored["amount_mg"][i]),
            drug=str(stored["drug"][i]),
            route=str(stored["route"][i]),
        )
        for i in rows
    ]
