"""From a trial's data to the answer of each endpoint, intercurrent events handled as its estimand says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.chance import uniforms
from ...core.errors import RequestError
from ..analysis import Estimate, Outcome, Survival, Visits
from ..analysis.mmrm import Mmrm
from ..design import Endpoint
from ..design.outcome import CONTINUOUS, TIMES
from .dataset import DataSet

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def answer(data: DataSet, end: Endpoint) -> Estimate | None:
    """The estimate of one endpoint; nothing where the design lays down no analysis.

    **Raises:** `RequestError` when the analysis cannot be made of these data, such as when nobody responded.
    """
    analysis = end.analysed
    if analysis is None:
        return None
    made: Any = _data(data, end, isinstance(analysis, Mmrm))
    return analysis.analyse(made)


def answers(data: DataSet) -> dict[str, Estimate | str | None]:
    """Every endpoint's estimate, or in words why there is none."""
    found: dict[str, Estimate | str | None] = {}
    for end in data.trial.plan.design.endpoints:
        try:
            found[end.name] = answer(data, end)
        except RequestError as refused:
            found[end.name] = " ".join(refused.message.split())
    return found


def _data(data: DataSet, end: Endpoint, repeated: bool) -> Visits | Outcome | Survival:
    if end.measure in TIMES:
        return survival(data, end)
    if repeated:
        return visits(data, end)
    return outcome(data, end)


def visits(data: DataSet, end: Endpoint) -> Visits:
    """Changes (or scores) at every visit at which the scale was asked, for a model of repeated measures.

    **Assumes:** as `outcome` in a crossover.
    """
    periods = range(max(1, len(data.trial.plan.design.periods)))
    parts = [_repeated(data, end, period) for period in periods]
    arm, score = np.concatenate([p.arm for p in parts]), np.concatenate([p.score for p in parts])
    known = {name: np.concatenate([p.covariates[name] for p in parts]) for name in parts[0].covariates}
    return Visits(arm, score, parts[0].visits, known)


def _repeated(data: DataSet, end: Endpoint, period: int) -> Visits:
    looks, crossed = data.trial.plan.looks, data.trial.plan.design.kind == "crossover"
    score, base = _handled(data, end), _base(data, end, period)
    asked = [end.scale in k.scales or end.scale == "madrs_total" for k in looks]
    first = data.trial.plan.baseline
    places = [j for j, k in enumerate(looks) if k.period == period and j > first[j] and k.day > 0 and asked[j]]
    made = score - base[:, None] if end.measure == "change" else score
    names = tuple(looks[j].name for j in places)
    had = _given_in(data, period) if crossed else data.arms
    return Visits(had, made[:, places], names, data.covariates(base))


def outcome(data: DataSet, end: Endpoint) -> Outcome:
    """One value a person at the endpoint's visit: change, score, response or remission; in a crossover one a period.

    **Assumes:** in a crossover periods are independent, which is cautious.
    """
    parts = [_period(data, end, period) for period in range(max(1, len(data.trial.plan.design.periods)))]
    arm = np.concatenate([p.arm for p in parts])
    value = np.concatenate([p.value for p in parts])
    names = parts[0].covariates
    return Outcome(arm, value, {name: np.concatenate([p.covariates[name] for p in parts]) for name in names})


def survival(data: DataSet, end: Endpoint) -> Survival:
    """Days from randomisation to relapse or response; who leaves is censored; the trial ends with its last event."""
    plan = data.trial.plan
    days = plan.days
    score, after = data.scores(end.scale), days >= 0.0
    seen = np.isfinite(score)
    flags = _relapsed(data, score) if end.measure == "time_to_relapse" else _responded(end, score, _base(data, end, 0))
    flags &= (after & (days > 0.0) & (days <= (end.by or np.inf)))[None, :] & ~_stopped(data)
    happened = np.asarray(flags.any(axis=1))
    last = np.where(seen & after & (days <= (end.by or np.inf)) & ~_stopped(data), days, 0.0).max(axis=1)
    time = np.where(happened, days[flags.argmax(axis=1)], np.maximum(last, 0.0))
    stream = (data.trial.seed, "trial", data.found.number, "entered")
    entered = uniforms(stream, range(len(time))) * data.trial.values.between.accrual_days
    whole = Survival(data.arms, time, happened, data.covariates(_base(data, end, 0)), entered)
    return _ended(whole, plan.design.relapse.events if plan.design.relapse else None)


def _ended(whole: Survival, events: int | None) -> Survival:
    """What is known when the number of events is reached that ends the trial."""
    if events is None or whole.event.sum() <= events or whole.entered is None:
        return whole
    calendar = np.sort((whole.entered + whole.time)[whole.event])
    return whole.until(float(calendar[events - 1]))


def _relapsed(data: DataSet, score: Floats) -> Flags:
    rule = data.trial.plan.design.relapse
    if rule is None:
        raise RequestError("a time to relapse needs a rule of relapse", where=data.trial.plan.design.name)
    ill = np.nan_to_num(data.scores(rule.scale), nan=-1.0) >= rule.at_least
    ill[:, data.trial.plan.days < 0.0] = False
    found = ill.copy()
    for back in range(1, rule.visits_in_a_row):
        found[:, back:] &= ill[:, :-back]
        found[:, :back] = False
    return found


def _responded(end: Endpoint, score: Floats, base: Floats) -> Flags:
    return np.nan_to_num(score, nan=np.inf) <= (1.0 - end.fall) * base[:, None]


@dataclass(frozen=True)
class _Part:
    arm: NDArray[np.str_]
    value: Floats
    covariates: dict[str, NDArray[Any]]


def _period(data: DataSet, end: Endpoint, period: int) -> _Part:
    plan = data.trial.plan
    at = plan.column(end.visit or plan.looks[-1].name, period)
    base, score = _base(data, end, period), _handled(data, end)[:, at]
    had = _given_in(data, period) if plan.design.kind == "crossover" else data.arms
    value = _value(data, end, (score, base), at)
    kept = np.isfinite(value)
    known = {name: x[kept] for name, x in data.covariates(base).items()}
    return _Part(had[kept], value[kept], known)


def _value(data: DataSet, end: Endpoint, pair: tuple[Floats, Floats], at: int) -> Floats:
    score, base = pair
    if end.measure in CONTINUOUS:
        return score - base if end.measure == "change" else score
    reached = score <= (end.threshold if end.measure == "remission" and end.threshold is not None else _half(end, base))
    found = np.where(np.isfinite(score), reached, 0.0).astype(np.float64)
    for event, gone in _events(data).items():
        if end.estimand.events.get(event) == "composite":  # type: ignore[call-overload]
            found[gone[:, at]] = 0.0
    return found


def _half(end: Endpoint, base: Floats) -> Floats:
    return (1.0 - end.fall) * base


def _handled(data: DataSet, end: Endpoint) -> Floats:
    """Scores with what the estimand takes away after intercurrent events; what it keeps stays as it was seen."""
    score = data.scores(end.scale).copy()
    for event, gone in _events(data).items():
        strategy = end.estimand.events.get(event)  # type: ignore[call-overload]
        if strategy == "hypothetical":
            score[gone] = np.nan
        if strategy == "while_on_treatment":
            score = _carried(np.where(gone, np.nan, score))
    return score


def _carried(score: Floats) -> Floats:
    """The last score before, where there is none."""
    at = np.where(np.isfinite(score), np.arange(score.shape[1]), 0)
    return np.take_along_axis(score, np.maximum.accumulate(at, axis=1), 1)


def _events(data: DataSet) -> dict[str, Flags]:
    """Which looks come after each intercurrent event."""
    looks = np.arange(len(data.trial.plan.looks))
    return {"stops_treatment": _stopped(data), "rescue": looks[None, :] > data.found.rescued[:, None]}


def _stopped(data: DataSet) -> Flags:
    return np.arange(len(data.trial.plan.looks))[None, :] >= data.found.stopped[:, None]


def _base(data: DataSet, end: Endpoint, period: int) -> Floats:
    plan = data.trial.plan
    first = next(int(b) for b, look in zip(plan.baseline, plan.looks, strict=True) if look.period == period)
    return data.scores(end.scale)[:, first]


def _given_in(data: DataSet, period: int) -> NDArray[np.str_]:
    """What each person of a crossover got in a period."""
    plan = data.trial.plan
    start = plan.design.periods[period].start
    names = []
    for given in plan.arms.values():
        here = [g for g in given if abs(g.start - start) < 1.0]
        names.append((here[0].dosing.name or here[0].dosing.compound) if here else "nothing")
    return np.array(names)[data.found.arm]
