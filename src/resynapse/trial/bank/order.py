"""What is to be computed of people under one regimen, and how it becomes a course."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...dose import InTurn, Regimen
from ..score import Course

Floats = NDArray[np.float64]
PORTS = (
    "madrs_total",
    "despair",
    "suicidal_ideation",
    "anhedonia",
    "cadss_total",
    "adverse_event_probability",
)
_SENSED = ("dizziness", "nausea", "sedation")
_AFTER_A_DOSE = (0.5, 2.0 / 3.0, 0.75, 1.0, 1.5)


@dataclass(frozen=True)
class Order:
    """One regimen, or doses that follow one another, to be followed at these days after the first dose.

    **Arguments:** `sessions` are the days of its doses; what is felt is read over the first hour and a half of each.
    """

    regimen: Regimen | InTurn
    days: tuple[float, ...]
    sessions: tuple[float, ...]

    @cached_property
    def hours(self) -> tuple[float, ...]:
        """Every time that is read (h), the beginning among them."""
        felt = {24.0 * day + after for day in self.sessions for after in _AFTER_A_DOSE}
        return tuple(sorted({0.0, *(24.0 * day for day in self.days if day > 0.0), *felt}))

    def among(self, days: Iterable[float]) -> Order:
        """The same regimen, read at further days."""
        return Order(self.regimen, tuple(sorted({*self.days, *days})), self.sessions)


def course_of(order: Order, visits: Mapping[str, NDArray[Any]]) -> Course:
    """The course of some people from the columns that were read of them, one row a person and time."""
    hours = np.array(order.hours)

    def read(port: str) -> Floats:
        return np.asarray(visits[port], np.float64).reshape(-1, len(hours))

    score = read("madrs_total")
    at = np.searchsorted(hours, 24.0 * np.array(order.days) - 1e-9)
    return Course(
        days=np.array(order.days),
        madrs=score[:, at] - score[:, :1],
        ideation=read("suicidal_ideation")[:, at],
        anhedonia=read("anhedonia")[:, at],
        despair=read("despair")[:, at],
        sessions=np.array(order.sessions),
        cadss=_peaks(order, read("cadss_total")),
        chances=np.stack([_peaks(order, read(f"adverse_event_probability.{name}")) for name in _SENSED], axis=-1),
    )


def joined(parts: list[Course]) -> Course:
    """The courses of several groups of people as one."""
    shared = {"days": parts[0].days, "sessions": parts[0].sessions}
    names = ("madrs", "ideation", "anhedonia", "despair", "cadss", "chances")
    return Course(**shared, **{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def _peaks(order: Order, values: Floats) -> Floats:
    hours = np.array(order.hours)
    found = []
    for day in order.sessions:
        within = (hours >= 24.0 * day) & (hours <= 24.0 * day + _AFTER_A_DOSE[-1] + 1e-9)
        found.append(values[:, within].max(axis=1))
    return np.stack(found, axis=1)
