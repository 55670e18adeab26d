"""From rows of the evidence to observation models: which kind a row is, and which rows count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ...core.errors import EvidenceError
from ...evidence import Observation
from ..recorded import Used
from .observed import Band, Count, Direction, LogMean, Mean, Ratio, Scatter, Seen

RATES = frozenset(
    {"response_rate", "remission_rate", "incidence", "cumulative_incidence", "survival", "share", "prevalence"}
)
RATIOS = frozenset({"hazard_ratio", "odds_ratio", "risk_ratio"})
KINETICS = frozenset({"cmax", "clearance", "half_life", "tmax", "auc_ratio", "bioavailability", "vss"})
_SIGNS = {"up": 1, "rescued": 1, "down": -1, "lost": -1, "none": 0}
_INTERVALS = {"95%CI": 1.959964, "90%CI": 1.644854, "80%CI": 1.281552}
_POOLED = "meta-analysis"


def is_pooled(o: Observation) -> bool:
    """Whether a row comes from a meta-analysis, whose trials are counted where they were published."""
    study = o.study
    return any(_POOLED in words.lower() for words in (study.design, study.population, study.citation))


def counted_once(rows: Iterable[Observation]) -> tuple[Observation, ...]:
    """Rows without those that tell once more what the same people told: the row with the most people stays.

    The same people are one overlap group, or one study; the same finding is one quantity and statistic of one drug,
    dose and route at one time. Meta-analyses are left out.
    """
    kept: dict[tuple[object, ...], Observation] = {}
    for o in rows:
        if not is_pooled(o):
            before = kept.setdefault(_finding(o), o)
            if _people(o) > _people(before):
                kept[_finding(o)] = o
    return tuple(kept.values())


def cohort(o: Observation) -> str:
    """Whom a row is about: its overlap group, or its study. Rows of one cohort share a study effect."""
    return "+".join(o.study.overlap) or o.study.name


def row_id(o: Observation) -> str:
    """The name of a row in records, such as `pharmacokinetics/kamp2020 22`."""
    return f"{o.study.where} {o.row} {o.arm.name}"


def seen(o: Observation, scale: float = 1.0) -> Seen | Band:
    """A row as an observation model; kinetics on the log scale, rates as counts, words as directions.

    **Arguments:** `scale` is what a change has to be, in the predicted unit, for a direction to be reported.

    **Raises:** `EvidenceError` when the row does not say how sure it is.
    """
    if is_pooled(o):
        return _band(o)
    if o.value is None:
        return Direction(_sign(o), scale)
    if o.statistic in RATES and _n(o):
        return Count.of(o.value, _n(o))
    if o.statistic in RATIOS and o.low and o.high:
        return Ratio(o.value, o.low, o.high)
    if o.statistic in KINETICS or o.statistic.startswith("auc"):
        return _log_mean(o, o.value)
    sd, n = _dispersion(o)
    return Mean.of(o.value, sd, n)


def scatter(o: Observation) -> Scatter:
    """How far people lay apart in this row: kinetics on the log scale, everything else on its own.

    **Raises:** `EvidenceError` when the row prints no standard deviation.
    """
    kind, _, amount = o.dispersion.partition(" ")
    if o.value is None or kind not in ("sd", "log_sd") or _n(o) < 3:
        raise EvidenceError("this row does not say how far people lay apart", where=row_id(o), given=o.dispersion)
    if kind == "log_sd":
        return Scatter(float(amount), _n(o))
    logs = o.statistic in KINETICS or o.statistic.startswith("auc")
    return Scatter.of_log(o.value, float(amount), _n(o)) if logs else Scatter(float(amount), _n(o))


def used(o: Observation, sd: float | None, scale: str, note: str = "") -> Used:
    """A row as a record of a calibration names it."""
    when = "" if o.time is None else f" at {o.time:g} {o.time_unit}"
    return Used(
        row=row_id(o),
        what=f"{o.quantity} {o.statistic}{when}",
        value=float(o.value if o.value is not None else _sign(o)),
        unit=o.unit or "1",
        sd=sd,
        scale=scale,
        note=note,
    )


def only_build(rows: Sequence[Observation]) -> tuple[Observation, ...]:
    """The same rows.

    **Raises:** `EvidenceError` when one of them is kept for verification: nothing may be fitted to it.
    """
    for o in rows:
        if o.role != "build":
            raise EvidenceError("a row kept for verification must not be fitted", where=row_id(o), given=o.role)
    return tuple(rows)


def _finding(o: Observation) -> tuple[object, ...]:
    arm = o.arm
    return cohort(o), o.quantity, o.statistic, o.time, o.time_unit, arm.drug, arm.dose, arm.route, arm.regimen, arm.name


def _people(o: Observation) -> float:
    return _n(o)


def _n(o: Observation) -> float:
    return float(o.n or o.arm.n or 0)


def _sign(o: Observation) -> int:
    if o.direction not in _SIGNS:
        raise EvidenceError("this row is neither a number nor a direction", where=row_id(o), given=o.direction)
    return _SIGNS[o.direction]


def _log_mean(o: Observation, value: float) -> LogMean:
    """A kinetic number on the log scale; a geometric mean is the middle already."""
    kind, _, amount = o.dispersion.partition(" ")
    if kind == "gsd" and _n(o):
        return LogMean(value, float(np.log(float(amount)) / np.sqrt(_n(o))))
    return LogMean.of(value, *_dispersion(o))


def _dispersion(o: Observation) -> tuple[float, float]:
    """Standard deviation and number of people; a standard error is one of a single person."""
    kind, _, amount = o.dispersion.partition(" ")
    if kind == "sd" and _n(o):
        return float(amount), _n(o)
    if kind == "log_sd" and _n(o) and o.value:
        return abs(o.value) * float(np.sqrt(np.expm1(float(amount) ** 2))), _n(o)
    if kind == "se":
        return float(amount), 1.0
    if kind in _INTERVALS and o.low is not None and o.high is not None:
        return (o.high - o.low) / (2 * _INTERVALS[kind]), 1.0
    raise EvidenceError(
        "this row does not say how sure it is", where=row_id(o), given=o.dispersion, then="state an error by hand"
    )


def _band(o: Observation) -> Band:
    low, high = o.interval or (o.value or 0.0, o.value or 0.0)
    return Band(low, high)
