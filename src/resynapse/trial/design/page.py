"""A design as one page of text: what is assumed, who, what, when, and what is asked."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from .course import Eligibility, LeadIn
from .design import Design
from .giving import Arm, Background, Dosing
from .limits import limits
from .outcome import Endpoint
from .published import Printed, printed, role_of

_WIDTH = 110


def told(design: Design) -> str:
    """The page."""
    blocks = (
        [f"{design.title}", f"{_origin(design)}"],
        [design.synopsis.strip()] if design.synopsis else [],
        *([title, *(f"  {line}" for line in lines)] for title, lines in sections(design) if lines),
    )
    return "\n\n".join("\n".join(_wrapped(line) for line in block) for block in blocks if block)


def sections(design: Design) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What the page says, each part with its title; what is assumed comes first."""
    return (
        ("Assumed, not read", tuple(f"{where}: {why}" for where, why in design.assumed.items())),
        ("Limits of this release", limits(design)),
        ("Who", tuple(_who(design))),
        ("What", tuple(_what(design))),
        ("When", tuple(_when(design))),
        ("What is asked", tuple(_asked(design))),
        ("What was published", tuple(_published(one) for one in printed(design))),
        ("Left out of this document", design.left_out),
    )


def _wrapped(line: str) -> str:
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.fill(line.strip(), _WIDTH, initial_indent=indent, subsequent_indent=indent + "  " * bool(indent))


def _origin(design: Design) -> str:
    role = role_of(design)
    parts = (f"{design.name}, {design.kind.replace('_', ' ')}", design.source, design.registry, role and f"role {role}")
    return "; ".join(part for part in parts if part)


def _who(design: Design) -> Iterator[str]:
    yield f"{design.n} people of `{design.population}`{_rules(design.eligibility)}"
    for phase in design.lead_in:
        yield f"before randomisation: {_phase(phase)}"


def _rules(rules: Eligibility) -> str:
    window = f"{rules.age[0]:g} to {rules.age[1]:g} years" if rules.age else ""
    scores = [f"{scale} at least {score:g}" for scale, score in rules.scores.items()]
    said = [
        window,
        f"MADRS at least {rules.madrs_at_least:g}" if rules.madrs_at_least is not None else "",
        *scores,
        f"at least {rules.prior_failures_at_least} failures" if rules.prior_failures_at_least is not None else "",
        f"at most {rules.prior_failures_at_most} failures" if rules.prior_failures_at_most is not None else "",
        "failures lived before the trial" if rules.failures == "lived" else "",
        f"suicidal ideation {rules.suicidal_ideation}" if rules.suicidal_ideation else "",
        rules.note,
    ]
    words = ", ".join(word for word in said if word)
    return f": {words}" if words else ""


def _phase(phase: LeadIn) -> str:
    given = [*(_dosing(one) for one in phase.regimens), *_beside(phase.background)]
    kept = "; only some go on" if phase.keep else ""
    return f"{phase.name}, {phase.days:g} days of {phase.kind}{': ' if given else ''}{', '.join(given)}{kept}"


def _what(design: Design) -> Iterator[str]:
    for arm in design.arms:
        yield f"{arm.name} (n = {arm.n}, {arm.control.replace('_', ' ')}): {_given(arm)}"
    masking = design.masking
    consent = f"; told: {masking.told}" if masking.told else ""
    yield f"participants {masking.participants}, raters {masking.raters}{consent}"
    if design.rescue:
        yield f"rescue at {design.rescue.visit} by {design.rescue.scale}: {design.rescue.give}"


def _given(arm: Arm) -> str:
    entered = [f"for those {arm.step_after.replace('_', ' ')} after the step before"] if arm.step_after else []
    return "; ".join([*entered, *(_dosing(one) for one in arm.regimens), *_beside(arm.background)]) or "nothing"


def _dosing(one: Dosing) -> str:
    dose = f" {one.dose}" if one.dose else ""
    over = f" over {one.over}" if one.over else ""
    start = f" from day {one.start:g}" if one.start else ""
    moved = f", moving among {', '.join(one.flexible.doses)} until day {one.flexible.until:g}" if one.flexible else ""
    return f"{one.compound}{dose} {one.route}{over} {one.schedule}{start}{moved}"


def _beside(background: Background | None) -> list[str]:
    if background is None:
        return []
    drugs = f" ({', '.join(background.drugs)})" if background.drugs else ""
    return [f"a {'new' if background.status == 'new' else 'continued'} antidepressant{drugs}"]


def _when(design: Design) -> Iterator[str]:
    scales = list(dict.fromkeys(scale for visit in design.visits for scale in visit.scales))
    for scale in scales:
        names = [visit.name for visit in design.visits if scale in visit.scales]
        shown = names if len(names) <= 8 else [*names[:4], f"{len(names) - 6} more", *names[-2:]]
        yield f"{scale}: {', '.join(shown)}"
    for period in design.periods:
        yield f"period `{period.name}` begins on day {period.start:g}"
    if design.relapse:
        rule = design.relapse
        often = f" at {rule.visits_in_a_row} visits in a row" if rule.visits_in_a_row > 1 else ""
        ends = f"; the trial ends with {rule.events} relapses" if rule.events else ""
        hospital = ", or admission" if rule.hospital else ""
        yield f"relapse: {rule.scale} of {rule.at_least:g} or more{often}{hospital}{ends}"


def _asked(design: Design) -> Iterator[str]:
    for end in design.endpoints:
        yield f"{end.role}: {end.name}. {_question(end)}"
    if design.multiplicity:
        order = ", then " if design.multiplicity.method == "fixed_sequence" else ", "
        yield (
            f"one level of {design.multiplicity.level:g} by {design.multiplicity.method.replace('_', ' ')}: "
            + order.join(design.multiplicity.over)
        )


def _question(end: Endpoint) -> str:
    wanted = end.estimand
    events = "; ".join(f"{event.replace('_', ' ')}: {how.replace('_', ' ')}" for event, how in wanted.events.items())
    method = (end.analysis or {}).get("method", "described, not tested")
    between = (
        f" {end.analysis['treatment']} less {end.analysis['control']}"
        if end.analysis and "control" in end.analysis
        else ""
    )
    people = "all who entered" if wanted.population == "entered" else wanted.population.replace("_", " ")
    summary = wanted.summary.replace("_", " ")
    return f"{wanted.variable}, {summary} in {people}{f' ({events})' if events else ''}; {method}{between}"


def _published(one: Printed) -> str:
    seen = one.observation
    unit = f" {seen.unit}" if seen.unit not in ("", "1") else ""
    number = f"{seen.value:g}{unit}" if seen.value is not None else seen.direction
    between = f" ({seen.low:g} to {seen.high:g})" if seen.low is not None and seen.high is not None else ""
    spread = f" ({seen.dispersion})" if seen.dispersion and seen.low is None else ""
    who = " less ".join(one.of) if seen.statistic == "difference" else ", ".join(one.of)
    statistic = seen.statistic.replace("_", " ")
    return f"{one.endpoint}, {who}: {statistic} {number}{between}{spread} [{seen.role}, {seen.mark}]"
