"""The rows of the body's calibration: what each asks, how sure it is, and whose people it is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ....core.errors import EvidenceError
from ....core.units import convert
from ....evidence import Observation, library
from ....evidence.amount import in_unit
from ...inference.observed import Curve, LogMean, Points, Scatter
from ...inference.reading import cohort, counted_once, only_build, scatter, seen, used
from ...recorded import Used
from . import told
from .predicted import Asked, answers

_RATIOS = {
    "norketamine_to_ketamine": ("cv_norketamine", "cv_ketamine"),
    "hnk_to_ketamine_s": ("cv_hnk_s", "cv_ketamine_s"),
    "hnk_to_ketamine_r": ("cv_hnk_r", "cv_ketamine_r"),
}
_UNITS = {"cmax": "ng/mL", "auc": "ng*h/mL", "tmax": "h", "half_life": "h", "clearance": "L/h", "at": "ng/mL"}
_SUBSTANCES = ("norketamine", "dhnk", "hnk", "ketamine")
_PAIRED = 0.5
_PROLONGED = "prolonged-release"


@dataclass(frozen=True)
class Row:
    """A row of the evidence as the stage reads it.

    **Arguments:** `seen` is its observation model on the log scale; `scatter` how far people lay apart, where it was
    printed; `effects` are the study effects that move it, with sign.
    """

    observation: Observation
    asked: Asked
    value: float
    seen: LogMean
    scatter: Scatter | None
    effects: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Course:
    """A mean curve: its rows, its observation model, its study effect."""

    rows: tuple[Row, ...]
    seen: Curve
    effect: str


@dataclass(frozen=True)
class Evidence:
    """Everything that the stage fits."""

    single: tuple[Row, ...]
    courses: tuple[Course, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows: single ones first."""
        return (*self.single, *(row for course in self.courses for row in course.rows))

    @property
    def effects(self) -> tuple[str, ...]:
        """The study effects, such as `kamp2020 hnk`."""
        return tuple(sorted({name for row in self.rows for name, _ in row.effects}))

    @property
    def records(self) -> tuple[Used, ...]:
        """The rows as a record names them."""
        curve = told.setting("curve", "middle")
        single = [used(r.observation, round(r.seen.sd, 4), "log", _told(r)) for r in self.single]
        curves = [used(r.observation, curve, "log", "curve") for c in self.courses for r in c.rows]
        return (*single, *curves)


def evidence() -> Evidence:
    """Human pharmacokinetic rows of role build, each people counted once.

    **Raises:** `EvidenceError` when a row is not of role build.
    """
    rows = only_build(library().build.select(endpoint="pharmacokinetics", species="human").observations)
    kept = [o for o in counted_once(rows) if o.row not in told.left_out()]
    curves = [o for o in kept if o.statistic == "mean"]
    single = tuple(_row(o) for o in kept if o.statistic != "mean")
    return Evidence(single, tuple(_courses([_row(o) for o in curves])))


def _courses(rows: list[Row]) -> Iterator[Course]:
    together: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        together.setdefault((row.asked.arm, row.asked.port), []).append(row)
    for same in together.values():
        ordered = tuple(sorted(same, key=lambda r: r.asked.until))
        points = Points([r.asked.until for r in ordered], [r.value for r in ordered], _timing(ordered))
        made = Curve.of(points, told.setting("curve", "reach"), told.setting("curve", "floor"))
        yield Course(ordered, made, ordered[0].effects[0][0])


def _timing(rows: Sequence[Row]) -> Sequence[float]:
    """What a time read wrongly would do to each point (logarithm), by the values on file, the worse of both ways."""
    off = told.setting("curve", "timing")
    asked = [replace(r.asked, until=r.asked.until + d) for d in (0.0, -off, off) for r in rows]
    right, *wrong = answers(asked, {"body.v1": np.array([told.typical("v1")])})[0].reshape(3, -1)
    return tuple(np.abs(np.stack(wrong) - right).max(axis=0).tolist())


def _row(o: Observation) -> Row:
    asked = _asked(o)
    model = _model(o)
    factor = _factor(o, asked)
    value = float(o.value or 0.0) * factor
    return Row(o, asked, value, LogMean(model.value * factor, model.sd), _scatter(o), tuple(_effects(o, asked)))


def _asked(o: Observation) -> Asked:
    if o.quantity in _RATIOS:
        port, other = _RATIOS[o.quantity]
        return Asked(o.arm.name, port, "auc_ratio", other=other)
    if o.statistic == "mean":
        return Asked(o.arm.name, o.quantity, "at", convert(o.time or 0.0, o.time_unit, "h"))
    if o.statistic.startswith("auc"):
        until = o.statistic.rpartition("_")[2]
        return Asked(o.arm.name, o.quantity, "auc", float(until) if until.isdigit() else np.inf)
    return Asked(o.arm.name, o.quantity, o.statistic)


def _model(o: Observation) -> LogMean:
    """How sure a row is: what it prints, or what the stage's file assumes; curves have a law of their own."""
    assumed = told.error(f"{o.study.name}.{o.statistic}") or told.error(o.study.name)
    try:
        found = seen(o)
    except EvidenceError:
        found = None
    printed = isinstance(found, LogMean) and not o.dispersion.startswith("log_sd")
    if printed and isinstance(found, LogMean):
        return found
    if o.statistic == "mean":
        return LogMean(float(o.value or np.nan), told.setting("curve", "middle"))
    if assumed is None:
        raise EvidenceError("nothing says how sure this row is", where=o.study.where, given=o.row)
    return LogMean(float(o.value or np.nan), assumed)


def _scatter(o: Observation) -> Scatter | None:
    """How far people lay apart; rows of S and R of the same people count half each.

    A tablet that releases slowly differs between people by itself, which the theory of a solution would take for liver.
    """
    if o.mark == "model_based" or _PROLONGED in o.arm.regimen:
        return None
    try:
        found = scatter(o)
    except EvidenceError:
        return None
    paired = o.quantity.endswith(("_s", "_r"))
    return Scatter(found.sd, 1.0 + (found.n - 1.0) * _PAIRED) if paired else found


def _factor(o: Observation, asked: Asked) -> float:
    unit = _UNITS.get(asked.metric)
    return 1.0 if unit is None or not o.value else float(in_unit(o, unit).value or 0.0) / o.value


def _effects(o: Observation, asked: Asked) -> Iterator[tuple[str, float]]:
    """Concentrations move with the study's effect on their substance; clearance against it, ratios with both."""
    who = told.same_people(cohort(o))
    if asked.metric in ("cmax", "auc", "at", "auc_ratio"):
        yield f"{who} {_substance(asked.port)}", 1.0
    if asked.metric == "clearance":
        yield f"{who} {_substance(asked.port)}", -1.0
    if asked.metric == "auc_ratio":
        yield f"{who} {_substance(asked.other)}", -1.0


def _substance(port: str) -> str:
    return next(s for s in _SUBSTANCES if s in port.split("_"))


def _told(row: Row) -> str:
    return "" if row.scatter is None else f"SD between people {row.scatter.sd:.3f} (log), counted as {row.scatter.n:g}"
