"""The course: visits that can be, people who can be asked there, help that can come, relapses that can be seen."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ....core.errors import nearest
from ....core.lines import Document, Place
from ..course import Keep, Rescue, Visit
from ..design import Design
from ..refusal import Refusal
from ..scale import scales


def course_wrong(design: Design, _: Document) -> Iterator[Refusal]:
    """What is wrong with visits, periods, masking, dropout, rescue and relapse."""
    yield from _visits(design)
    yield from _periods(design)
    yield from _lead_in(design)
    yield from _guesses(design)
    yield from _leaving(design)
    if design.rescue:
        yield from _rescue(design, design.rescue)
    yield from _relapse(design)


def known_scale(name: str, place: Place) -> Iterator[Refusal]:
    """A refusal when no scale has this name."""
    if name not in scales():
        yield Refusal(place, "no such scale on file", name, scales(), nearest(name, scales()))


def asked(design: Design, visit: str, scale: str, place: Place) -> Iterator[Refusal]:
    """A refusal when there is no such visit, or the scale is not asked there."""
    names = [one.name for one in design.visits]
    if visit not in names:
        yield Refusal(place, "no such visit", visit, names, nearest(visit, names))
    elif scale in scales() and scale not in design.visit(visit).scales:
        where = [one.name for one in design.visits if scale in one.scales]
        then = f"add `{scale}` to the scales of `{visit}`, or name another visit"
        what = f"`{scale}` is not measured at this visit"
        yield Refusal(place, what, visit, where or "no visit measures it", then=then)


def _visits(design: Design) -> Iterator[Refusal]:
    for number, visit in enumerate(design.visits):
        place = ("visits", number)
        before = design.visits[:number]
        yield from _when(design, visit, place)
        if visit.name in [one.name for one in before]:
            yield Refusal((*place, "name"), "two visits have one name", visit.name)
        same = next((one.name for one in before if one.day == visit.day), None)
        if same is not None:
            yield Refusal((*place, "day"), "two visits are on one day", f"{visit.day:g}, as `{same}`")
        elif before and visit.day < before[-1].day:
            yield Refusal((*place, "day"), "visits are not in the order of their days", f"{visit.day:g}")
        for position, scale in enumerate(visit.scales):
            yield from known_scale(scale, (*place, "scales", position))
    if design.visits[0].day != 0:
        then = "write a visit on day 0, before the first dose"
        yield Refusal(("visits", 0, "day"), "there is no visit at baseline", f"{design.visits[0].day:g}", 0, then=then)


def _when(design: Design, visit: Visit, place: Place) -> Iterator[Refusal]:
    if visit.day < 0:
        then = "what comes before randomisation is a `lead_in`"
        yield Refusal((*place, "day"), "a visit before randomisation", f"{visit.day:g}", "day 0 and later", then=then)
    if visit.day > design.days:
        then = "move the visit, or make the trial longer (`days`)"
        what = "a visit after the end of the trial"
        yield Refusal((*place, "day"), what, f"{visit.day:g}", f"up to day {design.days:g}", then=then)


def _periods(design: Design) -> Iterator[Refusal]:
    crossed = design.kind == "crossover"
    if crossed and len(design.periods) < 2:
        then = "write `periods:` with a name and the day on which each begins"
        yield Refusal(("kind",), "a crossover needs two periods", len(design.periods), then=then)
    if design.periods and not crossed:
        then = "write `kind: crossover`, or take the periods away"
        yield Refusal(("periods",), "only a crossover has periods", design.kind, "crossover", then=then)
    starts = [period.start for period in design.periods]
    for number, (earlier, later) in enumerate(pairwise(starts), 1):
        if later < earlier + max(visit.day for visit in design.visits):
            allowed = f"day {earlier + max(visit.day for visit in design.visits):g} and later"
            what = "a period begins before the last visit of the one before it"
            yield Refusal(("periods", number, "start"), what, f"day {later:g}", allowed)
    for number, period in enumerate(design.periods):
        if period.carry_on_if:
            yield from _kept(period.carry_on_if, ("periods", number, "carry_on_if"))
    yield from _treated_in_each(design)


def _treated_in_each(design: Design) -> Iterator[Refusal]:
    for number, arm in enumerate(design.arms if design.periods else ()):
        given = {one.start for one in arm.regimens}
        for period in design.periods:
            if period.start not in given:
                what = f"a sequence gives nothing in period `{period.name}`"
                then = f"write a regimen with `start: {period.start:g}`"
                yield Refusal(("arms", number, "regimens"), what, sorted(given), then=then)


def _lead_in(design: Design) -> Iterator[Refusal]:
    for number, phase in enumerate(design.lead_in):
        place = ("lead_in", number)
        if phase.kind == "washout" and (phase.regimens or phase.background):
            yield Refusal((*place, "kind"), "a washout gives nothing", "washout", ("treatment", "placebo"))
        if phase.kind == "treatment" and not (phase.regimens or phase.background):
            yield Refusal((*place, "kind"), "a treatment phase gives nothing", "treatment", ("observation", "washout"))
        if phase.keep:
            yield from _kept(phase.keep, (*place, "keep"))


def _kept(keep: Keep, place: Place) -> Iterator[Refusal]:
    yield from known_scale(keep.scale, (*place, "scale"))
    if all(rule is None for rule in (keep.at_most, keep.at_least, keep.fall_at_least, keep.fall_less_than)):
        allowed = ("at_most", "at_least", "fall_at_least", "fall_less_than")
        yield Refusal(place, "a rule without a limit keeps everybody", None, allowed)
    for entry in ("at_most", "at_least"):
        yield from within(getattr(keep, entry), keep.scale, (*place, entry))


def within(score: float | None, scale: str, place: Place) -> Iterator[Refusal]:
    """A refusal when a score lies outside the range of its scale."""
    if score is None or scale not in scales():
        return
    low, high = scales()[scale].range
    if not low <= score <= high:
        yield Refusal(place, f"no score of `{scale}` is like this", f"{score:g}", f"{low:g} to {high:g}")


def _guesses(design: Design) -> Iterator[Refusal]:
    names = [visit.name for visit in design.visits]
    for number, visit in enumerate(design.masking.guess):
        if visit not in names:
            yield Refusal(("masking", "guess", number), "no such visit", visit, names, nearest(visit, names))
    if design.masking.guess and design.masking.participants == "open":
        yield Refusal(("masking", "guess"), "who knows what they had cannot guess it", "participants: open")
    if design.kind == "open_label" and design.masking.participants != "open":
        yield Refusal(("masking", "participants"), "an open-label trial is open", design.masking.participants, "open")


def _leaving(design: Design) -> Iterator[Refusal]:
    names = [arm.name for arm in design.arms]
    for name in design.dropout.arms:
        if name not in names:
            yield Refusal(("dropout", "arms", name), "no such arm", name, names, nearest(name, names))
    total = sum(design.dropout.reasons.values())
    if design.dropout.reasons and abs(total - 1.0) > 0.005:
        yield Refusal(("dropout", "reasons"), "the reasons for leaving do not sum to one", f"{total:g}", 1)


def _rescue(design: Design, rescue: Rescue) -> Iterator[Refusal]:
    yield from known_scale(rescue.scale, ("rescue", "scale"))
    yield from asked(design, rescue.visit, rescue.scale, ("rescue", "visit"))
    yield from within(rescue.at_least, rescue.scale, ("rescue", "at_least"))
    if rescue.at_least is None and rescue.fall_less_than is None:
        then = "write `at_least:` or `fall_less_than:`"
        yield Refusal(("rescue",), "this rescue never happens: it has no rule", then=then)
    days = {visit.name: visit.day for visit in design.visits}
    if days.get(rescue.visit) == 0:
        what = "this rescue never happens: nobody has been treated at that visit"
        yield Refusal(("rescue", "visit"), what, rescue.visit, [name for name, day in days.items() if day > 0])
    elif days.get(rescue.visit) == max(days.values()) and not design.relapse:
        what = "this rescue never happens: its visit is the last one"
        yield Refusal(
            ("rescue", "visit"), what, rescue.visit, [n for n, day in days.items() if 0 < day < max(days.values())]
        )


def _relapse(design: Design) -> Iterator[Refusal]:
    timed = any(end.measure == "time_to_relapse" for end in design.endpoints)
    if design.relapse is None:
        if timed or design.kind == "randomised_withdrawal":
            then = "write `relapse:` with a scale and a score"
            yield Refusal(("kind",), "this trial counts relapses and has no rule for them", design.kind, then=then)
        return
    rule = design.relapse
    yield from known_scale(rule.scale, ("relapse", "scale"))
    yield from within(rule.at_least, rule.scale, ("relapse", "at_least"))
    later = sum(rule.scale in visit.scales for visit in design.visits if visit.day > 0)
    if rule.scale in scales() and later < rule.visits_in_a_row:
        what = "nobody can relapse by this rule: too few visits measure its scale"
        allowed = f"{later} visits do"
        yield Refusal(("relapse", "visits_in_a_row"), what, rule.visits_in_a_row, allowed)
    if rule.events and rule.events > design.n:
        yield Refusal(("relapse", "events"), "more relapses than people", rule.events, f"up to {design.n}")
