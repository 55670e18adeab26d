"""What one replicate says of each number that was published, of each contrast, and of every arm's course."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import RequestError
from ..analysis import Estimate
from ..design.outcome import CONTINUOUS, TIMES
from ..design.published import Printed, printed
from .dataset import MADRS, DataSet
from .outcome import answer, outcome, survival

Floats = NDArray[np.float64]
_EVENTS = "cumulative_incidence"
_HALF = 0.5


@dataclass(frozen=True)
class Said:
    """One number of one replicate.

    **Arguments:** `kind` is `contrast` (of an endpoint), `published` (the counterpart of a printed number) or `course`
    (an arm's mean at a look); `name` is the endpoint, the place of the printed number, or scale and arm; `place` is
    the place of the look, or 0.
    """

    kind: str
    name: str
    place: int
    value: float


def said(data: DataSet) -> tuple[Said, ...]:
    """Everything that a page says of one replicate."""
    found = {end.name: _answer(data, end) for end in data.trial.plan.design.endpoints}
    contrasts = [Said("contrast", name, 0, e.estimate) for name, e in found.items() if e is not None]
    counterparts = [
        Said("published", str(i), 0, counterpart(data, one, found[one.endpoint]))
        for i, one in enumerate(printed(data.trial.plan.design))
    ]
    return (*contrasts, *counterparts, *_courses(data))


def counterpart(data: DataSet, one: Printed, found: Estimate | None) -> float:
    """What a trial says where a number was printed; nan where it says nothing.

    A difference is the estimate of the endpoint's own analysis where it compares these arms, and the plain difference
    of means otherwise; shares and means are those of the people who entered the endpoint.
    """
    end = next(e for e in data.trial.plan.design.endpoints if e.name == one.endpoint)
    if len(one.of) == 2 and one.observation.statistic in ("difference", "direction", "hazard_ratio", "odds_ratio"):
        if found is not None and _compares(end, one.of):
            return found.estimate
        return _mean(data, end, one.of[:1]) - _mean(data, end, one.of[1:]) if end.measure not in TIMES else np.nan
    if end.measure in TIMES:
        return _timed(data, end, one)
    return _mean(data, end, one.of)


def scales(data: DataSet) -> tuple[str, ...]:
    """The scales whose courses are told: those of the endpoints that are scores, or else MADRS."""
    ends = data.trial.plan.design.endpoints
    return tuple(dict.fromkeys(e.scale for e in ends if e.measure in CONTINUOUS)) or (MADRS,)


def from_baseline(data: DataSet) -> bool:
    """Whether courses are told as changes: not where people come treated, or are treated twice."""
    plan = data.trial.plan
    return not plan.before and plan.design.kind not in ("crossover", "randomised_withdrawal")


def seen(data: DataSet, name: str) -> Floats:
    """A scale, or its change, at each look at which it was asked (people x looks), nan elsewhere."""
    asked = [name == MADRS or name in look.scales for look in data.trial.plan.looks]
    score = np.where(np.array(asked), data.scores(name), np.nan)
    return score - score[:, data.trial.plan.baseline] if from_baseline(data) else score


def _courses(data: DataSet) -> Iterator[Said]:
    for name in scales(data):
        score = seen(data, name)
        for k, arm in enumerate(data.trial.plan.design.arms):
            own = score[data.found.arm == k]
            for j in np.flatnonzero(np.isfinite(own).any(axis=0)):
                yield Said("course", f"{name} | {arm.name}", int(j), float(np.nanmean(own[:, j])))


def _answer(data: DataSet, end: Any) -> Estimate | None:
    try:
        return answer(data, end)
    except RequestError:
        return None


def _compares(end: Any, arms: tuple[str, ...]) -> bool:
    made = end.analysis or {}
    return (made.get("treatment"), made.get("control")) == arms


def _mean(data: DataSet, end: Any, arms: tuple[str, ...]) -> float:
    try:
        made = outcome(data, end)
    except RequestError:
        return float("nan")
    own = made.value[np.isin(made.arm, arms)]
    return float(own.mean()) if own.size else float("nan")


def _timed(data: DataSet, end: Any, one: Printed) -> float:
    made = survival(data, end)
    own = np.isin(made.arm, one.of)
    if not own.any():
        return float("nan")
    if one.observation.statistic == _EVENTS:
        return float(made.event[own].mean())
    if one.observation.statistic == "median_time":
        return _median(made.time[own], made.event[own])
    return float("nan")


def _median(days: Floats, event: NDArray[np.bool_]) -> float:
    """The day from which half are without (Kaplan-Meier); nan where that is not reached."""
    left = 1.0
    for day in np.unique(days[event]):
        left *= 1.0 - (event & (days == day)).sum() / (days >= day).sum()
        if left <= _HALF:
            return float(day)
    return float("nan")
