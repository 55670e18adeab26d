"""Published observations beside a result: who was given the same, what was measured, and does the result agree."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
import xarray as xr

from ..evidence import Observation, library
from .arms import fits, time_of
from .comparison import Comparison
from .course import Course, course_of
from .kinds import CONTESTED, compare

TEXTS = ("study", "quantity", "statistic", "role", "mark", "label", "verdict", "note")
NUMBERS = ("time_h", "value", "low", "high", "predicted", "n")
VERDICTS = {"within": "within", "miss": "miss", "contested": "contested", "not_comparable": "not comparable"}

_ENDPOINTS = ("mechanism", "pharmacokinetics", "efficacy", "care")
_STRONGER = {"direction": ("percent_change", "difference", "change", "mean"), "mean": ("change",)}


def observed(tree: xr.DataTree) -> xr.Dataset:
    """What was measured in people or animals who were given the same, beside what this result predicts for them.

    One row an observation (dimension `observation`), sorted by quantity and time: `study`, `quantity` (the port),
    `time_h` on the result's clock, `value` with `low` and `high` (95 % interval of the mean, or the printed range),
    `statistic`, `role`, `mark`, `n`, `label`, `predicted`, `verdict` and `note`. Numbers are levels of the port
    (statistic `mean`, `value`, `cmax`), or in the metric's own unit, which the label names.

    A verdict is `within` when the prediction lies in the printed range, or no more than two standard deviations off;
    that deviation is the standard error, or a quarter of the published effect where that is more. `contested` are
    findings that others contradict; `not_comparable` says why in its note. Only the typical person is compared, and
    only a result that begins with the first dose. Nothing is fitted: rows kept for verification are shown as well.

    **Raises:** `RequestError` when the result has no signals.
    """
    course = course_of(tree)
    if course is None:
        return _dataset([])
    rows = [_row(o, found, course) for o, found in _comparisons(course)]
    return _dataset(sorted(rows, key=_place))


def observed_sources(dataset: xr.Dataset) -> tuple[str, ...]:
    """The bibliography keys of the studies in an `/observed` table."""
    named = {str(name) for name in dataset["study"].values}
    return tuple(sorted({study.source for study in library().studies if study.name in named}))


def summary(dataset: xr.Dataset) -> str:
    """One line that counts the verdicts: "12 observations fit this result: 8 within, 3 miss, 1 not comparable"."""
    counts = Counter(str(verdict) for verdict in dataset["verdict"].values)
    total = counts.total()
    if not total:
        return "No published observation fits this result."
    told = ", ".join(f"{counts[verdict]} {words}" for verdict, words in VERDICTS.items() if counts[verdict])
    return f"{total} observation{'s fit' if total > 1 else ' fits'} this result: {told}"


def _comparisons(course: Course) -> list[tuple[Observation, Comparison]]:
    fitting = _once(o for o in library() if fits(o, course))
    found = [(o, compare(o, course, _by_study()[o.study.where])) for o in fitting]
    return [(o, comparison) for o, comparison in found if comparison is not None]


@cache
def _by_study() -> dict[str, tuple[Observation, ...]]:
    groups: dict[str, list[Observation]] = {}
    for o in library():
        groups.setdefault(o.study.where, []).append(o)
    return {where: tuple(members) for where, members in groups.items()}


def _once(fitting: Iterable[Observation]) -> list[Observation]:
    """Each finding once: not again from a second endpoint, nor in a weaker form beside a stronger one."""
    ordered = sorted(fitting, key=lambda o: _ENDPOINTS.index(o.study.endpoint))
    homes = {_finding(o): o.study.endpoint for o in reversed(ordered)}
    kept = [o for o in ordered if homes[_finding(o)] == o.study.endpoint]
    stated = {(_look(o), o.statistic) for o in kept}
    return [o for o in kept if not any((_look(o), s) in stated for s in _STRONGER.get(o.statistic, ()))]


def _finding(o: Observation) -> tuple[str, str, str, float | None, str]:
    return o.study.name, o.quantity, o.statistic, o.value, o.direction


def _look(o: Observation) -> tuple[str, str, str, float | None, str]:
    return o.study.name, o.arm.name, o.quantity, o.time, o.time_unit


def _row(o: Observation, found: Comparison, course: Course) -> dict[str, str | float]:
    return {
        "study": o.study.name,
        "quantity": found.port,
        "statistic": found.statistic,
        "role": o.role,
        "mark": o.mark,
        "label": _label(o, found, course),
        "verdict": _verdict(o, found),
        "note": _note(found),
        "time_h": found.hours + course.begin,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "predicted": found.predicted,
        "n": found.n,
    }


def _verdict(o: Observation, found: Comparison) -> str:
    if found.unlike:
        return "not_comparable"
    if o.quantity in CONTESTED or o.statistic in CONTESTED:
        return "contested"
    return "within" if found.met else "miss"


def _label(o: Observation, found: Comparison, course: Course) -> str:
    """The observation as a sentence: what, when, after what, in whom."""
    when = f", {_when(time_of(o))}" if math.isfinite(found.hours) and math.isfinite(time_of(o)) else ""
    over = f" over {o.arm.over}" if o.arm.over else ""
    repeated = f", {o.arm.regimen}" if o.arm.regimen else ""
    who = o.study.population.partition(";")[0]
    text = f"{course.name(found.port)}: {found.about}{when} after {_dose(o)} {o.arm.route}{over}{repeated} ({who})"
    return text[0].upper() + text[1:]


def _dose(o: Observation) -> str:
    amounts = " to ".join(f"{dose:g}" for dose in sorted({min(o.arm.dose), max(o.arm.dose)}))
    return f"{amounts} {o.arm.unit} {' '.join(o.arm.drug)}"


def _when(hours: float) -> str:
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.2g} h" if hours <= 48 else f"{hours / 24:.3g} days"


def _note(found: Comparison) -> str:
    low, high = found.band
    judged = found.direction is None and not found.unlike
    band = f"accepted from {low:.4g} to {high:.4g}" if judged else ""
    return "; ".join(part for part in (found.unlike, band, found.note) if part)


def _place(row: dict[str, str | float]) -> tuple[str, float, str]:
    time = float(row["time_h"])
    return str(row["quantity"]), time if math.isfinite(time) else math.inf, str(row["study"])


def _dataset(rows: Sequence[dict[str, str | float]]) -> xr.Dataset:
    texts = {name: ("observation", np.array([str(row[name]) for row in rows], dtype=str)) for name in TEXTS}
    numbers = {name: ("observation", np.array([row[name] for row in rows], dtype=float)) for name in NUMBERS}
    return xr.Dataset(texts | numbers)
