"""Endpoints: is what they ask for measured, and does their analysis answer that kind of question?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ....core.errors import RequestError, nearest
from ....core.lines import Document, Place
from ..design import Design
from ..outcome import CONTINUOUS, SHARES, TIMES, Endpoint
from ..refusal import Refusal
from .course import asked, known_scale, within

METHODS: Mapping[str, tuple[str, ...]] = {
    "mmrm": CONTINUOUS,
    "ancova": CONTINUOUS,
    "mediation": CONTINUOUS,
    "crossover": (*CONTINUOUS, *SHARES),
    "risk_difference": SHARES,
    "common_risk_difference": SHARES,
    "common_odds_ratio": SHARES,
    "kaplan_meier": TIMES,
    "cox": TIMES,
    "log_rank": TIMES,
    "max_combo": TIMES,
    "combined_log_rank": TIMES,
}
"""Which measures each method of analysis can be given."""

ADDED = ("baseline", "site", "country", "oral_antidepressant", "period", "exposure", "dissociation")
"""What an analysis may adjust for besides the covariates of the population: what a trial itself knows of a person."""


def endpoints_wrong(design: Design, _: Document) -> Iterator[Refusal]:
    """What is wrong with endpoints, their analyses, and the order in which they are decided."""
    names = [end.name for end in design.endpoints]
    for number, end in enumerate(design.endpoints):
        place = ("endpoints", number)
        if names.index(end.name) != number:
            yield Refusal((*place, "name"), "two endpoints have one name", end.name)
        yield from known_scale(end.scale, (*place, "scale"))
        yield from _measured(design, end, place)
        yield from _analysed(design, end, place)
    if not design.primary:
        yield Refusal(("endpoints",), "no endpoint is primary", then="write `role: primary` at one of them")
    yield from _decided(design, names)


def _measured(design: Design, end: Endpoint, place: Place) -> Iterator[Refusal]:
    if end.measure in TIMES:
        yield from _timed(design, end, place)
        return
    if end.visit is None:
        yield Refusal(place, "an endpoint needs the visit at which it is read", end.measure, then="write `visit:`")
        return
    yield from asked(design, end.visit, end.scale, (*place, "visit"))
    first = design.visits[0]
    if end.measure in ("change", "response") and first.day == 0 and end.scale not in first.scales:
        then = f"add `{end.scale}` to the scales of `{first.name}`"
        yield Refusal((*place, "scale"), "a change needs the score at baseline", end.scale, first.scales, then=then)
    if end.measure == "remission" and end.threshold is None:
        then = "write `threshold:`, such as 12 for MADRS"
        yield Refusal(place, "remission needs the highest score that counts", end.name, then=then)
    yield from within(end.threshold, end.scale, (*place, "threshold"))


def _timed(design: Design, end: Endpoint, place: Place) -> Iterator[Refusal]:
    if end.by is not None and end.by > design.days:
        yield Refusal((*place, "by"), "an event after the end of the trial", end.by, f"up to day {design.days:g}")
    if end.measure == "time_to_relapse" and design.relapse and design.relapse.scale != end.scale:
        what = "relapse is judged by another scale than this endpoint names"
        yield Refusal((*place, "scale"), what, end.scale, design.relapse.scale)
    if not any(end.scale in visit.scales for visit in design.visits if visit.day > 0):
        yield Refusal((*place, "scale"), "the events of this endpoint are never looked for", end.scale)


def _analysed(design: Design, end: Endpoint, place: Place) -> Iterator[Refusal]:
    if end.analysis is None:
        return
    try:
        _ = end.analysed
    except (RequestError, TypeError) as wrong:
        yield _unreadable(wrong, end.analysis, (*place, "analysis"))
        return
    yield from _fits(end, end.analysis, (*place, "analysis"))
    if end.analysis["method"] == "crossover" and design.kind != "crossover":
        what = "people of this trial do not have both treatments"
        yield Refusal((*place, "analysis", "method"), what, design.kind, "crossover", then="use `ancova`")
    yield from _names(design, end, end.analysis, (*place, "analysis"))


def _unreadable(wrong: Exception, analysis: Mapping[str, Any], place: Place) -> Refusal:
    if not isinstance(wrong, RequestError):
        return Refusal(place, "this analysis cannot be read", str(wrong))
    for word in (str(wrong.given), str(wrong.where)):
        place = (*place, word) if word in analysis else place
    return Refusal(place, wrong.what, wrong.given, wrong.allowed, wrong.nearest, wrong.then)


def _fits(end: Endpoint, analysis: Mapping[str, Any], place: Place) -> Iterator[Refusal]:
    method = str(analysis["method"])
    if end.measure not in METHODS[method]:
        allowed = [name for name, measures in METHODS.items() if end.measure in measures]
        what = f"`{method}` cannot answer a question about `{end.measure}`"
        yield Refusal((*place, "method"), what, method, allowed)
    if "visit" in analysis and analysis["visit"] != end.visit:
        what = "the analysis looks at another visit than the endpoint"
        yield Refusal((*place, "visit"), what, analysis["visit"], end.visit)


def _names(design: Design, end: Endpoint, analysis: Mapping[str, Any], place: Place) -> Iterator[Refusal]:
    for entry in ("treatment", "control", "arm"):
        word = analysis.get(entry)
        if word is not None and word not in design.compared:
            what = "the analysis compares what no arm of the trial is called"
            yield Refusal((*place, entry), what, word, design.compared, nearest(word, design.compared))
    if analysis.get("treatment") is not None and analysis.get("treatment") == analysis.get("control"):
        yield Refusal((*place, "control"), "an arm is compared with itself", analysis["control"], design.compared)
    yield from _adjusted(design, analysis, place)
    level = analysis.get("level", 0.95)
    if not isinstance(level, float) or not 0.0 < level < 1.0:
        yield Refusal((*place, "level"), "the level of an interval is a share", level, "between 0 and 1, such as 0.95")
    if analysis["method"] == "mmrm" and sum(end.scale in visit.scales for visit in design.visits) < 3:
        then = "use `ancova` at that visit, or add visits"
        what = "a mixed model needs the score at two visits after baseline"
        yield Refusal((*place, "method"), what, "mmrm", then=then)


def _adjusted(design: Design, analysis: Mapping[str, Any], place: Place) -> Iterator[Refusal]:
    known = (*_covariates(design.population), *ADDED)
    for entry in ("covariates", "by_visit", "strata", "confounders"):
        words = analysis.get(entry, [])
        if not isinstance(words, list):
            yield Refusal((*place, entry), "this has to be a list of names", words, then=f"write `{entry}: [baseline]`")
            continue
        for word in words:
            if word not in known:
                what = "nobody knows this of a person"
                yield Refusal((*place, entry), what, word, known, nearest(word, known))


def _covariates(population: str) -> tuple[str, ...]:
    from ....person.population import population as preset

    try:
        return tuple(preset(population).specification.covariate)
    except RequestError:
        return ()


def _decided(design: Design, names: list[str]) -> Iterator[Refusal]:
    if design.multiplicity is None:
        return
    for number, name in enumerate(design.multiplicity.over):
        place = ("multiplicity", "over", number)
        if name not in names:
            yield Refusal(place, "no endpoint has this name", name, names, nearest(name, names))
        elif next(end for end in design.endpoints if end.name == name).analysis is None:
            yield Refusal(place, "an endpoint without an analysis cannot be decided on", name)
        elif name in design.multiplicity.over[:number]:
            yield Refusal(place, "an endpoint is decided on twice", name)
