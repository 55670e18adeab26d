"""Printed numbers with their predictions, family by family: what one number may be compared with another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .scores import Floats, crps, interval, interval_score, pit

FAMILIES: Mapping[str, str] = {
    "change": "change of a score",
    "mean": "level of a score",
    "difference": "difference between arms",
    "response_rate": "share of responders",
    "remission_rate": "share of remitters",
    "cumulative_incidence": "share who relapsed",
    "hazard_ratio": "hazard ratio",
    "median_time": "median time",
}
"""Statistics that are scored, in words."""

FEWEST = 20
"""A prediction with fewer replicates than this is none."""


@dataclass(frozen=True)
class Dosed:
    """What an arm had been given when it was looked at: the day of the look, days and mg of the doses until then.

    **Arguments:** `mg` are milligrams of the base, ketamine or one of its mirror forms alike; `other_route` says
    whether a dose came otherwise than by vein; `new_tablet` whether an antidepressant was begun with it.
    """

    day: float
    days: tuple[float, ...] = ()
    mg: tuple[float, ...] = ()
    other_route: bool = False
    new_tablet: bool = False


@dataclass(frozen=True)
class Row:
    """One printed number, what it is of, and the sample that predicts it.

    **Arguments:** `arms` are the arm, or treatment and control, none where the drug is no ketamine; `baseline` is the
    mean score (MADRS) at the start; `width` is how wide its scale is beside MADRS.
    """

    told: Mapping[str, Any]
    arms: tuple[Dosed, ...]
    baseline: float
    sample: Floats
    width: float = 1.0

    @property
    def value(self) -> float:
        """What was printed."""
        return float(self.told["value"])

    @property
    def role(self) -> str:
        """`build` or `verify`."""
        return str(self.told["role"])

    @property
    def statistic(self) -> str:
        """What the number is, such as `change` or `response_rate`."""
        return str(self.told["statistic"])

    @property
    def family(self) -> str:
        """With which numbers it can be pooled: its statistic, by drug, control or contrast."""
        return f"{FAMILIES[self.statistic]}, {self.kind}"

    @property
    def kind(self) -> str:
        """`contrast`, or whether the arm had a `drug` or was a `control`; `another drug` where no dose is known."""
        if not self.arms:
            return "another drug"
        return "contrast" if len(self.arms) > 1 else "drug" if self.arms[0].mg else "control"

    @property
    def what(self) -> str:
        """What was printed, in words."""
        who = (" less " if self.statistic == "difference" else ", ").join(self.told["of"])
        return f"{self.told['endpoint']}: {self.statistic.replace('_', ' ')} of {who}"


def judged(sample: Floats, value: float) -> dict[str, Any]:
    """A number against a sample: intervals, whether it lies inside, PIT, interval scores, CRPS."""
    found: dict[str, Any] = {"predicted": float(np.median(sample)), "pit": pit(sample, value)}
    for name, level in (("50", 0.5), ("90", 0.9)):
        low, high = interval(sample, level)
        found[f"interval_{name}"], found[f"inside_{name}"] = [low, high], bool(low <= value <= high)
        found[f"score_{name}"] = interval_score(low, high, value, level)
    return found | {"crps": crps(sample, value)}


def printed_rows(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows with a number and a statistic that is scored."""
    return tuple(r for r in rows if r.told["value"] is not None and r.statistic in FAMILIES)


def scored(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Of these, the rows with enough replicates."""
    return tuple(r for r in printed_rows(rows) if r.sample.size >= FEWEST)
