"""Arms, doses and allocation: can this be given, does somebody get the drug, and do the numbers add up?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ....core.errors import EventError, RequestError, nearest
from ....core.lines import Document, Place
from ....dose.amount import HUMAN_ROUTES, route_among
from ..compounds import WEIGHT_KG, check_beside, oral_drugs, standing
from ..design import Design
from ..giving import BLANKS, Arm, Dosing
from ..refusal import Refusal

_BLANK_CONTROLS = ("saline", "placebo_spray", "placebo_tablet")
_ODDS = 4.0


def arms_wrong(design: Design, _: Document) -> Iterator[Refusal]:
    """What is wrong with arms, regimens and allocation."""
    names = [arm.name for arm in design.arms]
    for number, arm in enumerate(design.arms):
        place = ("arms", number)
        if names.index(arm.name) != number:
            yield Refusal((*place, "name"), "two arms have one name", arm.name, then="call one of them otherwise")
        yield from _doses(arm.regimens, (*place, "regimens"))
        yield from _tablets(arm.background.drugs if arm.background else (), (*place, "background"))
        yield from _control(design, arm, place)
        yield from _in_time(design, arm, place)
    for number, phase in enumerate(design.lead_in):
        yield from _doses(phase.regimens, ("lead_in", number, "regimens"))
        yield from _tablets(phase.background.drugs if phase.background else (), ("lead_in", number, "background"))
    if design.rescue:
        yield from _doses(design.rescue.regimens, ("rescue", "regimens"))
    yield from _somebody(design)
    yield from _allocation(design)


def _doses(regimens: Sequence[Dosing], place: Place) -> Iterator[Refusal]:
    for number, dosing in enumerate(regimens):
        yield from _dose(dosing, (*place, number))


def _dose(dosing: Dosing, place: Place) -> Iterator[Refusal]:
    if dosing.blank and dosing.dose:
        then = "leave `dose` out, or name the drug"
        yield Refusal((*place, "dose"), f"{dosing.compound} holds no drug and has no dose", dosing.dose, then=then)
    if not dosing.blank and not dosing.dose:
        yield Refusal(place, "a drug needs a dose", dosing.compound, then='write `dose:`, such as "0.5 mg/kg"')
        return
    for entry, reads in (("schedule", lambda: dosing.given_on), ("route", lambda: _route(dosing))):
        try:
            reads()
        except EventError as wrong:
            yield _refused((*place, entry), wrong)
            return
    yield from [] if dosing.blank else _drug(dosing, place)


def _drug(dosing: Dosing, place: Place) -> Iterator[Refusal]:
    """Whether the compound takes the dose; one that is not on file yet is only checked for slips of the pen."""
    found = standing(dosing.compound)
    if found.slip:
        what = "no such compound on file, and the name is close to one that is"
        yield Refusal((*place, "compound"), what, dosing.compound, (*found.known, *BLANKS), found.slip)
    if not found.filed:
        return
    doses = dosing.flexible.doses if dosing.flexible else ()
    for words in dict.fromkeys((dosing.dose, *doses)):
        try:
            _taken(dosing.model_copy(update={"dose": words}), found.dosed)
        except (EventError, RequestError) as wrong:
            entry = next((e for e in ("route", "over", "schedule", "formulation") if e in str(wrong.where)), "dose")
            yield _refused((*place, entry), wrong)
            return
    if dosing.flexible and dosing.dose not in dosing.flexible.doses:
        what = "the first dose is none of those that a flexible dose moves between"
        yield Refusal((*place, "dose"), what, dosing.dose, dosing.flexible.doses)


def _route(dosing: Dosing) -> str:
    return route_among(HUMAN_ROUTES, dosing.route, "route")


def _taken(dosing: Dosing, ketamine: bool) -> None:
    if ketamine:
        dosing.regimen.events(WEIGHT_KG)
    else:
        check_beside(dosing.compound, dosing.route, dosing.dose or "")


def _refused(place: Place, wrong: RequestError | EventError) -> Refusal:
    return Refusal(place, wrong.what, wrong.given, wrong.allowed, wrong.nearest, wrong.then)


def _tablets(drugs: Sequence[str], place: Place) -> Iterator[Refusal]:
    for drug in drugs:
        slip = None if drug in oral_drugs() else nearest(drug, oral_drugs(), cutoff=0.85)
        if slip:
            what = "no such antidepressant on file, and the name is close to one that is"
            yield Refusal((*place, "drugs"), what, drug, oral_drugs(), slip)


def _control(design: Design, arm: Arm, place: Place) -> Iterator[Refusal]:
    """Whether an arm gives what it says it is for."""
    given = tuple(one.compound for one in arm.active)
    needs_drug = arm.control in ("drug", "subdose", "midazolam")
    if needs_drug and not given and not (arm.background and design.kind in ("steps", "open_label")):
        then = "add a regimen with a compound and a dose, or give the arm another `control`"
        yield Refusal((*place, "control"), "this arm never receives drug", arm.control, then=then)
    if arm.control == "midazolam" and given and "midazolam" not in given:
        yield Refusal((*place, "control"), "a midazolam arm is given no midazolam", ", ".join(given), "midazolam")
    if arm.control in _BLANK_CONTROLS and given:
        allowed = ("drug", "subdose", "midazolam", "masked")
        yield Refusal((*place, "control"), f"a {arm.control} arm is given a drug", ", ".join(given), allowed)
    if arm.control == "masked" and design.masking.participants != "asleep":
        then = "write `participants: asleep` under `masking`, or name what the arm is given"
        yield Refusal((*place, "control"), "only sleep masks an arm without drug wholly", "masked", then=then)


def _in_time(design: Design, arm: Arm, place: Place) -> Iterator[Refusal]:
    """Whether the doses of an arm lie between randomisation and the end."""
    begins, ends = 0.0, design.days + max((period.start for period in design.periods), default=0.0)
    for number, dosing in enumerate(arm.regimens):
        where = (*place, "regimens", number)
        try:
            days = dosing.given_on
        except EventError:
            continue
        if dosing.start < begins:
            then = "put what comes before randomisation into `lead_in`"
            yield Refusal((*where, "start"), "a dose before randomisation", dosing.start, "day 0 and later", then=then)
        elif not days or days[0] > ends:
            what = "a regimen begins after the end of the trial"
            yield Refusal((*where, "start"), what, f"day {dosing.start:g}", f"up to day {ends:g}")
        elif days[-1] > ends:
            then = "shorten the schedule, or make the trial longer (`days`)"
            what = "doses go on after the end of the trial"
            yield Refusal((*where, "schedule"), what, f"day {days[-1]:g}", f"up to day {ends:g}", then=then)


def _somebody(design: Design) -> Iterator[Refusal]:
    if not any(arm.control == "drug" for arm in design.arms):
        then = "at least one arm needs `control: drug`"
        yield Refusal(("arms",), "no arm of this trial ever receives drug", then=then)


def _allocation(design: Design) -> Iterator[Refusal]:
    names, ratio = [arm.name for arm in design.arms], design.allocation.ratio
    for name in (*(r for r in ratio if r not in names), *(n for n in names if n not in ratio)):
        then = "give every arm one number, under the arm's own name"
        place = ("allocation", "ratio", *([name] if name in ratio else []))
        yield Refusal(place, "the ratio and the arms do not fit", name, names, nearest(name, names), then)
    if any(not share > 0 for share in ratio.values()):
        yield Refusal(("allocation", "ratio"), "a ratio must be above 0", dict(ratio))
        return
    total = sum(arm.n for arm in design.arms)
    if total != design.allocation.total and design.kind != "steps":
        parts = " + ".join(f"{arm.n}" for arm in design.arms)
        what = "the arms do not sum to everybody randomised"
        yield Refusal(("allocation", "total"), what, design.allocation.total, f"{parts} = {total}")
    elif set(names) == set(ratio) and design.kind != "steps":
        yield from _by_chance(design)
    if design.allocation.block and design.allocation.block % sum(ratio.values()):
        allowed = f"a multiple of {sum(ratio.values()):g}"
        yield Refusal(("allocation", "block"), "a block does not hold the ratio", design.allocation.block, allowed)


def _by_chance(design: Design) -> Iterator[Refusal]:
    """Whether these sizes of arms can come from this ratio, by more than chance and a few exclusions would allow."""
    ratio, total = design.allocation.ratio, design.n
    for number, arm in enumerate(design.arms):
        share = ratio[arm.name] / sum(ratio.values())
        room = _ODDS * math.sqrt(total * share * (1.0 - share)) + 1.0
        if abs(arm.n - total * share) > room:
            what = "so many people in an arm do not come from this ratio"
            allowed = f"{total * share:.0f} give or take {room:.0f}"
            yield Refusal(("arms", number, "n"), what, arm.n, allowed, then="correct `n` or `allocation.ratio`")
