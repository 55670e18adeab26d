"""From a trial's data to the answer of each endpoint, intercurrent events handled as its estimand says."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.chance import uniforms
from ...core.errors import RequestError
from ..analysis import Estimate, Outcome, Survival, Visits
from ..analysis.mmrm import Mmrm, Model
from ..design import Endpoint
from ..design.outcome import CONTINUOUS, TIMES
from .dataset import DataSet

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


Models = dict[Hashable, tuple[Visits, Model]]
"""Mixed models that were fitted to a trial already, by all that they hang on."""


def answer(data: DataSet, end: Endpoint, models: Models | None = None) -> Estimate | None:
    """The estimate of one endpoint; nothing where the design lays down no analysis.

    **Arguments:** `models` keeps fits, so that several visits and arms of one scale share one.

    **Raises:** `RequestError` when the analysis cannot be made of these data, such as when nobody responded.
    """
    analysis = end.analysed
    if analysis is None:
        return None
    if isinstance(analysis, Mmrm) and models is not None:
        return _honest(end, _from_model(data, end, analysis, models))
    made: Any = _data(data, end, isinstance(analysis, Mmrm))
    return _honest(end, analysis.analyse(made))


def _honest(end: Endpoint, found: Estimate) -> Estimate:
    """The estimate, which says so where it rests on what no trial could see."""
    if "principal_stratum" not in end.estimand.events.values():
        return found
    return replace(found, assumed=(*found.assumed, "the stratum is known from both simulated outcomes of each person"))


def _from_model(data: DataSet, end: Endpoint, analysis: Mmrm, models: Models) -> Estimate:
    strategies = (end.estimand.population, *sorted(end.estimand.events.items()))
    key = (analysis.apart, end.scale, end.measure, strategies)
    if key not in models:
        made = visits(data, end)
        models[key] = made, analysis.model(made)
    return analysis.read(*models[key])


def answers(data: DataSet) -> dict[str, Estimate | str | None]:
    """Every endpoint's estimate, or in words why there is none."""
    found: dict[str, Estimate | str | None] = {}
    models: Models = {}
    for end in data.trial.plan.design.endpoints:
        try:
            found[end.name] = answer(data, end, models)
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
    kept = in_stratum(data, end)
    known = {name: x[kept] for name, x in data.covariates(base).items()}
    return Visits(had[kept], made[kept][:, places], names, known)


def outcome(data: DataSet, end: Endpoint) -> Outcome:
    """One value a person at the endpoint's visit: change, score, response or remission; in a crossover one a period.

    Covariates say who it is (`subject`) and in which period (`period`), so that `Crossover` can pair them; any
    other analysis takes the periods of one person for two people.
    """
    parts = [_period(data, end, period) for period in range(max(1, len(data.trial.plan.design.periods)))]
    arm = np.concatenate([p.arm for p in parts])
    value = np.concatenate([p.value for p in parts])
    names = parts[0].covariates
    return Outcome(arm, value, {name: np.concatenate([p.covariates[name] for p in parts]) for name in names})


def in_stratum(data: DataSet, end: Endpoint) -> Flags:
    """Who belongs to the principal stratum of an endpoint: everybody, where it has none.

    No trial sees what would have happened in the other arm; a simulated one does: the same people with the same
    chance are followed in both arms that are compared, and those stay to whom the event happens in neither.

    **Raises:** `RequestError` in a crossover, and where no two arms are compared.
    """
    events = [event for event, how in end.estimand.events.items() if how == "principal_stratum"]
    whole = np.ones(len(data.arms), bool)
    if not events:
        return whole
    made, arms = end.analysis or {}, [arm.name for arm in data.trial.plan.design.arms]
    pair = [str(made.get("treatment")), str(made.get("control"))]
    if not set(pair) <= set(arms):
        then = "take another strategy, or compare two arms"
        raise RequestError("a principal stratum needs two arms that people could be in", given=pair, then=then)
    for name in pair:
        there = DataSet(data.trial, data.trial.replicate(data.found.number, arms.index(name)))
        for event in events:
            whole &= ~_event(there, event).any(axis=1)
    return whole


def well_before(data: DataSet, end: Endpoint) -> Flags:
    """Whom an estimand about responders or remitters is about: who met the design's earlier endpoint of that name.

    **Assumes:** where a lead-in has selected them, or no endpoint came earlier, everybody is one of them.
    """
    wanted = {"responders": "response", "remitters": "remission"}.get(end.estimand.population)
    plan = data.trial.plan
    days = {name: plan.days[plan.column(name)] for name in (v.name for v in plan.design.visits)}
    last = days.get(end.visit or "", np.inf)
    earlier = [one for one in plan.design.endpoints if one.measure == wanted and days.get(one.visit or "", last) < last]
    if not earlier or plan.before or plan.design.periods:
        return np.ones(len(data.arms), bool)
    one = earlier[-1]
    at = plan.column(one.visit or "")
    score = data.scores(one.scale)[:, at]
    return np.isfinite(score) & (_value(data, one, (score, _base(data, one, 0)), at) > 0.0)


def _event(data: DataSet, event: str) -> Flags:
    known = _events(data)
    if event not in known:
        raise RequestError("this event does not happen in a simulated trial", given=event, allowed=known)
    return known[event]


def survival(data: DataSet, end: Endpoint) -> Survival:
    """Days from randomisation to relapse or response; who leaves is censored; the trial ends with its last event.

    Where only those can relapse who got well in the trial itself, days are counted from the last session, of those who
    had responded, or remitted, at the first look after it.
    """
    plan = data.trial.plan
    days = plan.days
    score, after = data.scores(end.scale), days >= 0.0
    seen = np.isfinite(score)
    flags = _relapsed(data, score) if end.measure == "time_to_relapse" else _responded(end, score, _base(data, end, 0))
    begun = origin(data, end)
    flags &= (after & (days > max(begun, 0.0)) & (days <= (end.by or np.inf)))[None, :] & ~_stopped(data)
    happened = np.asarray(flags.any(axis=1))
    last = np.where(seen & after & (days <= (end.by or np.inf)) & ~_stopped(data), days, 0.0).max(axis=1)
    time = np.where(happened, days[flags.argmax(axis=1)], np.maximum(last, 0.0))
    stream = (data.trial.seed, "trial", data.found.number, "entered")
    entered = uniforms(stream, range(len(time))) * data.trial.values.between.accrual_days
    whole = Survival(data.arms, time, happened, data.covariates(_base(data, end, 0)), entered)
    if end.measure == "time_to_relapse" and _well_first(data):
        return _from_last_session(data, score, whole)
    return _ended(whole, plan.design.relapse.events if plan.design.relapse else None)


def origin(data: DataSet, end: Endpoint) -> float:
    """The day from which the times of an endpoint are counted."""
    return _last_session(data) if end.measure == "time_to_relapse" and _well_first(data) else 0.0


def _well_first(data: DataSet) -> bool:
    """Whether people have to get well in the trial before they can relapse."""
    rule = data.trial.plan.design.relapse
    return rule is not None and rule.among != "all" and data.trial.plan.design.kind == "open_label"


def _last_session(data: DataSet) -> float:
    return max(float(own.sessions.max(initial=0.0)) for own in data.trial.exposed.values())


def _from_last_session(data: DataSet, score: Floats, whole: Survival) -> Survival:
    """The same, of those who were well after the last session, counted from there."""
    plan, last = data.trial.plan, _last_session(data)
    at = min(int(np.searchsorted(plan.days, last + 1e-9)), len(plan.days) - 1)
    rule = plan.design.relapse
    most = (
        0.5 * score[:, plan.baseline[at]] if rule is None or rule.among == "responders" else np.full(len(score), 12.0)
    )
    kept = np.nan_to_num(score[:, at], nan=np.inf) <= most
    if not kept.any():
        raise RequestError("nobody got well who could relapse", where=plan.design.name)
    known = {name: x[kept] for name, x in whole.covariates.items()}
    entered = None if whole.entered is None else whole.entered[kept]
    return Survival(whole.arm[kept], np.maximum(whole.time[kept] - last, 0.0), whole.event[kept], known, entered)


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
    kept = np.isfinite(value) & in_stratum(data, end) & well_before(data, end)
    known = {name: x[kept] for name, x in data.covariates(base).items()}
    known |= {"period": np.full(int(kept.sum()), period)} if len(plan.design.periods) else {}
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
