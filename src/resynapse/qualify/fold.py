"""How far a theory of the body is from what was observed: fold errors row by row, and their geometric means."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from ..evidence import Observation
from .asked import Unasked
from .counting import core, seen_while_choosing

LIMITS = (1.25, 1.5, 2.0)
"""Fold errors at which rows are counted."""

FAILS = LIMITS[0]
"""A row whose fold error is larger is a failure."""

AIMS = {"parent, iv or nasal": 1.25, "parent, other routes": 1.25, "norketamine": 1.5, "DHNK": 1.5, "HNK": 2.5}
"""The geometric mean fold error aimed at, by analyte.

Set for the core of verification; those for other routes and DHNK are this project's own.
"""

_Place = tuple[str, str, str, str]
_Key = TypeVar("_Key", bound=Hashable)

_EXPOSURE = ("cmax", "auc", "clearance", "bioavailability", "exposure_ratio", "vss")

_APART = {"recalled": ", recalled", "model_based": ", model-based"}


@dataclass(frozen=True)
class Foreseen:
    """Where a number was to be expected: its median, and central intervals as (level, low, high), in its unit."""

    median: float
    intervals: tuple[tuple[float, float, float], ...]

    def record(self, value: float) -> dict[str, object]:
        """As plain data, with whether a number lies inside."""
        found: dict[str, object] = {"median": self.median}
        for level, low, high in self.intervals:
            found |= {f"interval_{100 * level:.0f}": [low, high], f"inside_{100 * level:.0f}": low <= value <= high}
        return found


@dataclass(frozen=True)
class Beside:
    """One published number and what a theory predicts for it, both in the number's own unit.

    **Arguments:** `own` is true when the theory comes from the same study, so that the row is no test of it;
    `contested` and `twice` say why the row is not counted (studies contradict each other; another row tells the same
    finding), and are empty when it is; `middle` is the middle person's number where a mean with its standard deviation
    was printed, else nothing; `foreseen` is where the number was to be expected, if anybody asked.
    """

    observed: Observation
    port: str
    value: float
    unit: str
    predicted: float
    own: bool = False
    contested: str = ""
    note: str = ""
    twice: str = ""
    middle: float | None = None
    foreseen: Foreseen | None = None

    @property
    def counts(self) -> bool:
        """Whether the row is counted."""
        return not (self.contested or self.twice)

    @property
    def fold(self) -> float:
        """Predicted over observed, which is the middle person where that can be told."""
        return self.predicted / self.target

    @property
    def target(self) -> float:
        """The number that a prediction is set beside."""
        return self.middle or self.value

    @property
    def error(self) -> float:
        r"""Fold error in either direction, at least 1: $e^{|\ln(predicted / observed)|}$."""
        return max(self.fold, 1 / self.fold) if self.fold > 0 else math.inf

    @property
    def failed(self) -> bool:
        """Whether the prediction is more than 1.25-fold off."""
        return self.error > FAILS

    @property
    def group(self) -> str:
        """With which rows it is counted: by role, and apart when not blind, recalled, from a model or its own study."""
        if self.own:
            return "own study"
        seen = ", seen while choosing" if self.observed.row in seen_while_choosing() else ""
        return self.observed.role + seen + _APART.get(self.observed.mark, "")

    @property
    def groups(self) -> tuple[str, ...]:
        """Its group, and beside it the same of the core of verification where it belongs there."""
        if self.observed.row not in core() or not self.group.startswith("verify"):
            return (self.group,)
        return self.group, self.group.replace("verify", "verify, core", 1)

    @property
    def analyte(self) -> str:
        """What was measured, ketamine apart by route."""
        words = self.port.split("_")
        if words[1] == "ketamine":
            return f"parent, {'iv or nasal' if self.observed.arm.route in ('iv', 'nasal') else 'other routes'}"
        return {"norketamine": "norketamine", "hnk": "HNK", "dhnk": "DHNK"}[words[1]]

    @property
    def site(self) -> str:
        """Where the blood was drawn."""
        return {"ca": "arterial", "cv": "venous"}[self.port[:2]]

    @property
    def kind(self) -> str:
        """`exposure` (peaks, areas, clearances, shares), `time` (of the peak, half-life) or `curve` (a time point)."""
        statistic = self.observed.statistic
        return "exposure" if statistic.startswith(_EXPOSURE) else "curve" if statistic == "mean" else "time"

    @property
    def _remarks(self) -> str:
        seen = seen_while_choosing().get(self.observed.row, "")
        mean = f"a mean of people, whose middle is {self.target:.3g}" if self.target != self.value else ""
        return "; ".join(part for part in (seen and f"seen while choosing: {seen}", mean, self.note) if part)

    def record(self) -> dict[str, object]:
        """The row as plain data."""
        o = self.observed
        named = {"row": o.row, "study": o.study.name, "arm": o.arm.label, "role": o.role, "mark": o.mark}
        what = {"analyte": self.analyte, "site": self.site, "kind": self.kind, "port": self.port, "group": self.group}
        when = {"statistic": o.statistic, "time": o.time, "time_unit": o.time_unit}
        seen = {"observed": self.value, "middle": self.target, "unit": self.unit}
        found = {**seen, "predicted": self.predicted, "fold": self.fold}
        found["foreseen"] = self.foreseen.record(self.target) if self.foreseen else None
        within = {f"within_{limit:g}": self.error <= limit for limit in LIMITS}
        judged = {"failed": self.failed, "misses_aim": self.error > AIMS[self.analyte], "own_study": self.own}
        told = {"contested": self.contested, "twice": self.twice, "dispersion": o.dispersion, "note": self._remarks}
        return {**named, **what, **when, **found, **within, **judged, **told}


@dataclass(frozen=True)
class BodyReport:
    """One theory beside everything that it can be asked.

    **Arguments:** `rows` are failures first; `unasked` are numbers that it cannot be asked, with the reason.
    """

    name: str
    title: str
    summary: str
    leaves_out: str
    rows: tuple[Beside, ...]
    unasked: tuple[Unasked, ...]

    @cached_property
    def gmfe(self) -> dict[str, dict[str, dict[str, dict[str, dict[str, float]]]]]:
        """Geometric mean fold error by group, analyte, site and kind, of rows that are counted."""
        found: dict[str, dict[str, dict[str, dict[str, dict[str, float]]]]] = {}
        for (group, analyte, site, kind), same in self._together.items():
            found.setdefault(group, {}).setdefault(analyte, {}).setdefault(site, {})[kind] = counted(same)
        return found

    @cached_property
    def studies(self) -> tuple[dict[str, object], ...]:
        """The same by study, so that a reader sees where one study dominates a group."""
        return tuple(
            {"group": group, "analyte": analyte, "site": site, "kind": kind, "study": study, **counted(same)}
            for (group, analyte, site, kind), rows in self._together.items()
            for study, same in _gathered((r.observed.study.name, r) for r in rows).items()
        )

    @cached_property
    def _together(self) -> dict[_Place, list[Beside]]:
        pairs = [((g, r.analyte, r.site, r.kind), r) for r in self.rows if r.counts for g in r.groups]
        return _gathered(pairs)

    def record(self) -> dict[str, object]:
        """The report as plain data."""
        told = {"title": self.title, "summary": self.summary, "leaves_out": self.leaves_out, "gmfe": self.gmfe}
        unasked = [_unasked_record(u) for u in self.unasked]
        return {
            **told,
            "studies": list(self.studies),
            "rows": [row.record() for row in self.rows],
            "not_asked": unasked,
        }


def mean_fold_error(errors: Sequence[float]) -> float:
    r"""Geometric mean fold error: $\exp(\mathrm{mean} |\ln(predicted / observed)|)$; `NaN` of nothing."""
    return math.exp(sum(abs(math.log(e)) for e in errors) / len(errors)) if errors else math.nan


def counted(rows: Sequence[Beside]) -> dict[str, float]:
    """How many rows there are, their mean fold error, and the share within each limit."""
    shares = {f"within_{limit:g}": sum(r.error <= limit for r in rows) / len(rows) for limit in LIMITS}
    return {"n": len(rows), "gmfe": mean_fold_error([r.error for r in rows]), **shares}


def _gathered(pairs: Iterable[tuple[_Key, Beside]]) -> dict[_Key, list[Beside]]:
    found: dict[_Key, list[Beside]] = {}
    for key, row in pairs:
        found.setdefault(key, []).append(row)
    return found


def _unasked_record(u: Unasked) -> dict[str, object]:
    o = u.observed
    return {
        "row": o.row,
        "study": o.study.name,
        "arm": o.arm.label,
        "quantity": o.quantity,
        "statistic": o.statistic,
        "role": o.role,
        "reason": u.reason,
    }
