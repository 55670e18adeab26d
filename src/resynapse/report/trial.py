"""A stored trial as its page reads it: the words and numbers of the run, and its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .style import number

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[str, Any]
MINUS, EN = "−", "–"
RATIOS = ("hazard_ratio", "odds_ratio")
SHARE = "share of people"


@dataclass(frozen=True, eq=False)
class TrialResult:
    """One trial on disk.

    **Arguments:** `record` holds the design in words, assumptions, sources, courses, published numbers beside predicted
    ones; `told` is what the run printed (flow, guesses, answers); `tables` are subjects, visits, doses, sessions,
    times, analysed, periods.
    """

    record: Row
    told: Row
    tables: Mapping[str, pd.DataFrame]

    @property
    def design(self) -> Row:
        """The design as a plain record."""
        return dict(self.record["design"])

    @property
    def title(self) -> str:
        """The title of the design."""
        return str(self.design["title"])

    @cached_property
    def arms(self) -> tuple[str, ...]:
        """The arms in the order of the design."""
        return tuple(arm["name"] for arm in self.design["arms"])

    @cached_property
    def primary(self) -> Row | None:
        """The first primary endpoint."""
        return next((e for e in self.record["contrasts"] if e["role"] == "primary"), None)

    def look(self, place: int) -> Row:
        """A visit in the time of the trial."""
        return dict(self.record["looks"][place])

    def answer(self, endpoint: str) -> Row:
        """What the one trial answered of an endpoint; `refused` where it could not."""
        return dict(self.told["endpoints"].get(endpoint) or {})

    def statistic(self, one: Row) -> str:
        """What a published number is, in words: a share at the end of the trial where a number of relapses ends it."""
        relapse = self.design.get("relapse") or {}
        if one["statistic"] == "cumulative_incidence" and relapse.get("events"):
            return "share at the end of the trial"
        return str(one["statistic"]).replace("_", " ")

    def scale(self, name: str) -> str:
        """The title of a scale, cut to its name."""
        known = self.record["scales"].get(name)
        return str(known["title"]).split(",")[0] if known else name.replace("_", " ")

    @property
    def foot(self) -> str:
        """What must stand beside every figure."""
        told, count = self.told, self.record["replicates"]["count"]
        n = told["flow"]["randomised"]
        bank = told["bank"]
        return (
            f"n = {n} simulated people randomised, from a bank of {number(bank['people'], 9)} of {bank['population']} "
            f"(digest {bank['digest'][:8]}), seed {told['seed']}; {count} replicates. Design {self.design['name']} "
            f"(digest {self.record['digest'][:8]}), score {told['score'][:8]}."
        )


def in_percent(one: Row) -> tuple[float, str]:
    """By what a published number is multiplied in print, and its unit: shares are told in per cent."""
    if one["unit"] == "1" and one["statistic"] not in RATIOS:
        return 100.0, "%"
    return 1.0, "" if one["unit"] in ("", "1") else str(one["unit"])


def in_unit(unit: str, value: Any, low: Any, high: Any = None) -> str:
    """An estimate with its interval, or an interval alone, in its unit; shares in percentage points.

    **Arguments:** without `high`, `value` and `low` are the ends of an interval.
    """
    size = 100.0 if unit == SHARE else 1.0
    first, second, third = (None if x is None else size * x for x in (value, low, high))
    told = between(first, second) if third is None else with_interval(first, second, third)
    return f"{unit} {told}" if "ratio" in unit else f"{told} {'percentage points' if unit == SHARE else unit}"


def between(low: Any, high: Any, digits: int = 3) -> str:
    """An interval in print: `−7.3 to −0.6`; nothing when there is none."""
    return "" if low is None or high is None else f"{number(low, digits)} to {number(high, digits)}"


def with_interval(value: Any, low: Any, high: Any, digits: int = 3) -> str:
    """A number with its interval: `−4 (−7.3 to −0.6)`."""
    span = between(low, high, digits)
    return f"{number(value, digits)} ({span})" if span else number(value, digits)
