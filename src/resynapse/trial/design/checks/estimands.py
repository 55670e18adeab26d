"""Estimands: can the endpoint, as it is measured and analysed, answer the question that is asked?

The five strategies of ICH E9(R1) ask for different data. What is refused here is a pair that contradicts itself, such
as a hypothetical question answered from scores after the event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ....core.lines import Document, Place
from ..design import Design
from ..outcome import CONTINUOUS, SHARES, TIMES, Endpoint
from ..refusal import Refusal

SUMMARIES: Mapping[str, tuple[str, ...]] = {
    "difference_of_means": CONTINUOUS,
    "mean": CONTINUOUS,
    "difference_of_shares": SHARES,
    "odds_ratio": SHARES,
    "share": SHARES,
    "hazard_ratio": TIMES,
    "share_without_event": TIMES,
}
"""Which measures each summary can be of."""

_METHOD_SUMMARIES: Mapping[str, str] = {
    "mmrm": "difference_of_means",
    "ancova": "difference_of_means",
    "risk_difference": "difference_of_shares",
    "common_risk_difference": "difference_of_shares",
    "common_odds_ratio": "odds_ratio",
    "cox": "hazard_ratio",
    "log_rank": "hazard_ratio",
    "combined_log_rank": "hazard_ratio",
    "kaplan_meier": "share_without_event",
}

_A_WEEK = 7.0

_Strategy = Callable[[Design, Endpoint, str, Place], Iterator[Refusal]]


def estimands_wrong(design: Design, _: Document) -> Iterator[Refusal]:
    """What is wrong with the estimands of a design."""
    for number, end in enumerate(design.endpoints):
        place = ("endpoints", number, "estimand")
        yield from _summary(end, place)
        for event, strategy in end.estimand.events.items():
            yield from _STRATEGIES[strategy](design, end, event, (*place, "events", event))
            yield from _possible(design, event, (*place, "events", event))
        yield from _data_of_nothing(end, ("endpoints", number, "uses_data_after"))


def _summary(end: Endpoint, place: Place) -> Iterator[Refusal]:
    said = end.estimand.summary
    if end.measure not in SUMMARIES[said]:
        allowed = [name for name, measures in SUMMARIES.items() if end.measure in measures]
        what = f"`{end.measure}` has no such summary"
        yield Refusal((*place, "summary"), what, said, allowed)
        return
    wanted = _METHOD_SUMMARIES.get(_method(end))
    if wanted and wanted != said:
        what = "the analysis estimates another summary than the estimand asks for"
        yield Refusal((*place, "summary"), what, said, wanted)


def _method(end: Endpoint) -> str:
    return str((end.analysis or {}).get("method", ""))


def _treatment_policy(design: Design, end: Endpoint, event: str, place: Place) -> Iterator[Refusal]:
    if event not in end.uses_data_after:
        what = "treatment policy needs the scores after the event, and the analysis leaves them out"
        then = f"add `{event}` to `uses_data_after`, or choose another strategy"
        yield Refusal(place, what, "treatment_policy", then=then)
    elif event == "stops_treatment" and not design.dropout.followed:
        what = "treatment policy needs people to be seen after they stop, and this trial sees them no more"
        yield Refusal(
            place,
            what,
            "treatment_policy",
            None,
            None,
            "write `followed: true` under `dropout`, or choose another strategy",
        )


def _hypothetical(_: Design, end: Endpoint, event: str, place: Place) -> Iterator[Refusal]:
    if event in end.uses_data_after:
        what = "a hypothetical strategy asks what would be without the event, and the analysis uses scores after it"
        then = f"take `{event}` out of `uses_data_after`, or choose `treatment_policy`"
        yield Refusal(place, what, "hypothetical", then=then)
    elif _method(end) == "ancova" and event == "stops_treatment":
        what = "who stopped has no score at the visit, and an analysis of one visit cannot say what it would have been"
        yield Refusal(place, what, "hypothetical", then="use `mmrm`, or choose another strategy")


def _composite(_: Design, end: Endpoint, event: str, place: Place) -> Iterator[Refusal]:
    if end.measure in CONTINUOUS:
        what = "a composite strategy makes the event part of the outcome, and a mean score has no place for it"
        allowed = ("response", "remission", "time_to_relapse")
        yield Refusal(
            place,
            what,
            f"composite, of `{end.measure}`",
            allowed,
            None,
            "measure a share or a time, or choose another strategy",
        )
    if event in end.uses_data_after:
        what = "a composite strategy has counted the person at the event; scores after it cannot count again"
        yield Refusal(place, what, "composite", then=f"take `{event}` out of `uses_data_after`")


def _while_on_treatment(design: Design, end: Endpoint, event: str, place: Place) -> Iterator[Refusal]:
    if event in end.uses_data_after:
        what = "while on treatment, nothing after the event counts, and the analysis uses it"
        yield Refusal(place, what, "while_on_treatment", then=f"take `{event}` out of `uses_data_after`")
    last = max((day for arm in design.arms for one in arm.active for day in one.given_on), default=0.0)
    reads = next((visit.day for visit in design.visits if visit.name == end.visit), None)
    if reads is not None and reads > last + _A_WEEK and not any(arm.background for arm in design.arms):
        what = "while on treatment, and the endpoint is read when everybody has stopped"
        yield Refusal(
            place, what, f"visit on day {reads:g}, last dose on day {last:g}", f"up to day {last + _A_WEEK:g}"
        )
    if _method(end) == "mmrm":
        what = "while on treatment asks for the last score before the event; a mixed model estimates that of the visit"
        yield Refusal(place, what, "while_on_treatment", then="use `ancova`, or choose `hypothetical`")
    if end.measure in TIMES and event == "relapse":
        what = "the event is the outcome itself, and a relapse after stopping is counted"
        yield Refusal(place, what, "while_on_treatment", then="take the event out: it is what is measured")


def _principal_stratum(_: Design, end: Endpoint, event: str, place: Place) -> Iterator[Refusal]:
    if end.estimand.population in ("all_randomised", "all_dosed"):
        what = "a principal stratum is a part of the people, and the estimand is about all of them"
        allowed = ("responders", "remitters", "completers")
        yield Refusal(place, what, end.estimand.population, allowed)
    elif not end.estimand.assumes:
        what = "nobody can see who would have had the event under the other treatment"
        yield Refusal(place, what, "principal_stratum", then="say under `assumes` how the stratum is found")


_STRATEGIES: Mapping[str, _Strategy] = {
    "treatment_policy": _treatment_policy,
    "hypothetical": _hypothetical,
    "composite": _composite,
    "while_on_treatment": _while_on_treatment,
    "principal_stratum": _principal_stratum,
}


def _possible(design: Design, event: str, place: Place) -> Iterator[Refusal]:
    """Events of which the design itself says that they cannot happen."""
    if event == "rescue" and design.rescue is None:
        yield Refusal(place, "this trial has no rescue", event, then="describe it under `rescue`, or take it out")
    if event == "changes_background" and not any(arm.background for arm in design.arms):
        yield Refusal(place, "nobody in this trial has a background to change", event)
    if event == "relapse" and design.relapse is None:
        yield Refusal(
            place, "this trial has no rule of relapse", event, then="describe it under `relapse`, or take it out"
        )


def _data_of_nothing(end: Endpoint, place: Place) -> Iterator[Refusal]:
    for number, event in enumerate(end.uses_data_after):
        if event not in end.estimand.events:
            what = "scores after an event are used of which the estimand does not speak"
            then = f"give `{event}` a strategy under `events`"
            yield Refusal((*place, number), what, event, tuple(end.estimand.events), then=then)
