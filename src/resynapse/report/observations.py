"""Published observations and checks, sorted so that what went wrong is read first."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, fields
from typing import Any

from .result import Result

VERDICTS = ("miss", "contested", "not_comparable", "within")
_ACCEPTED = re.compile(r"\baccepted from ([-+.\de]+) to ([-+.\de]+)(?:;|$)")
_LEVELS = frozenset({"", "value", "mean", "median", "geometric_mean", "least_squares_mean", "cmax", "peak", "maximum"})


@dataclass(frozen=True)
class Observation:
    """One published number beside what this run predicts for it."""

    study: str
    quantity: str
    time_h: float
    value: float
    low: float
    high: float
    statistic: str
    role: str
    mark: str
    n: float
    label: str
    predicted: float
    verdict: str
    note: str

    @property
    def missed(self) -> bool:
        """Whether the prediction lies outside what was observed."""
        return self.verdict == "miss"

    @property
    def recalled(self) -> bool:
        """Whether the number was recalled and still has to be checked in its source."""
        return self.mark == "recalled"

    @property
    def drawable(self) -> bool:
        """Whether the number is a level at a known time, so that it can stand on the port's own axes."""
        known = math.isfinite(self.time_h) and math.isfinite(self.value)
        return known and self.statistic.lower() in _LEVELS

    @property
    def open(self) -> bool:
        """Whether nothing is decided: the number cannot be compared, or studies contradict each other."""
        return self.verdict in ("contested", "not_comparable")

    @property
    def accepted(self) -> tuple[float, float] | None:
        """Where a prediction is counted as met, as the note of the observation says it."""
        found = _ACCEPTED.search(self.note)
        return (float(found[1]), float(found[2])) if found else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The published interval, when both of its ends are known."""
        return (self.low, self.high) if math.isfinite(self.low) and math.isfinite(self.high) else None


def observations(result: Result) -> tuple[Observation, ...]:
    """Every observation of the result: misses first, then contested, not comparable, and within."""
    rows = [
        Observation(**{f.name: _cell(row, f.name, str(f.type)) for f in fields(Observation)})
        for row in result.rows("observed")
    ]
    return tuple(sorted(rows, key=lambda o: (_rank(o.verdict), o.quantity, o.time_h, o.study)))


def checks(result: Result) -> tuple[dict[str, Any], ...]:
    """Every check of the result, failures first."""
    return tuple(sorted(result.rows("checks"), key=lambda row: (bool(row["passed"]), str(row["id"]))))


def tally(found: tuple[Observation, ...]) -> str:
    """One sentence that counts the verdicts; empty without observations."""
    if not found:
        return ""
    counts = Counter(o.verdict for o in found)
    open_ones = [
        f"{counts[v]} {words}"
        for v, words in (("contested", "contested"), ("not_comparable", "not comparable"))
        if counts[v]
    ]
    rest = f" (besides, {' and '.join(open_ones)})" if open_ones else ""
    return f"{_compared(counts['within'], counts['miss'])}{rest}."


def _compared(met: int, missed: int) -> str:
    if met + missed == 0:
        return "No published observation can be compared"
    if met + missed == 1:
        return f"The one published observation that can be compared is {'met' if met else 'missed'}"
    verb = "is" if met == 1 else "are"
    return f"Of {met + missed} published observations that can be compared, {met} {verb} met and {missed} missed"


def _cell(row: dict[str, Any], name: str, kind: str) -> Any:
    value = row.get(name)
    if kind == "float":
        return math.nan if value is None else float(value)
    return "" if value is None else str(value)


def _rank(verdict: str) -> int:
    return VERDICTS.index(verdict) if verdict in VERDICTS else 1
