"""Which arms of published studies received what the typical person of a result received."""

from __future__ import annotations

import math
import re

from ..core.units import convert, hours
from ..evidence import Arm, Observation, Study
from .course import Course

CONTROLS = frozenset({"placebo", "saline", "midazolam"})
"""What control arms received; midazolam is an active placebo here."""

_NEAR = 0.1
_MINUTE = 1 / 60
_INFUSED = ("iv", "im", "sc")
_BACKGROUND = ("", "oral antidepressant", "new oral antidepressant")
_PART_OF_A_STUDY = re.compile(r"bzd|onset|_y$|_65|responders|japanese|(?<!cauc)asian|70y|women|_men|ect_")
_ONCE = re.compile(r"$|single|one |\d device|oral thin film|after chronic|.*first dose$")
_STRESSED = "after chronic"
_WEEKLY = re.compile(r"(\d)x/wk|(twice) weekly|(daily)")
_ADULT, _OLD = 18.0, 65.0


def fits(o: Observation, course: Course) -> bool:
    """Whether this observation's arm is the typical person's species, drug, route, dose and schedule at its time.

    Arms that are a part of a study (an age group, one sex, responders), that had a
    companion drug other than an oral antidepressant, or whose animals were altered, do not fit anybody. An arm with
    several doses fits any dose from its smallest to its largest.
    """
    return (
        course.species in o.study.species
        and o.arm.drug == (course.first.drug,)
        and o.arm.route == course.first.route
        and o.arm.given_with in _BACKGROUND
        and _PART_OF_A_STUDY.search(o.arm.name) is None
        and _age_fits(o.study, course.age)
        and _stress_fits(o.arm, course)
        and _dose_fits(o.arm, course)
        and _duration_fits(o.arm, course)
        and _schedule_fits(o.arm, time_of(o), course)
    )


def time_of(o: Observation) -> float:
    """Hours after the first dose; `NaN` where the observation has no time."""
    return math.nan if o.time is None else convert(o.time, o.time_unit, "h", where=o.study.where)


def control_of(o: Observation, study: tuple[Observation, ...]) -> Observation | None:
    """The same number in the control arm at the same time; among several controls, that of the likest name."""
    words = set(o.arm.name.split("_"))
    same = [c for c in study if c.arm.drug and set(c.arm.drug) <= CONTROLS and c.value is not None and _alike(c, o)]
    return max(same, key=lambda c: _likeness(words, set(c.arm.name.split("_"))), default=None)


def _alike(c: Observation, o: Observation) -> bool:
    told = (o.quantity, o.statistic, o.unit, o.time, o.time_unit)
    return (c.quantity, c.statistic, c.unit, c.time, c.time_unit) == told


def _likeness(words: set[str], others: set[str]) -> tuple[int, int]:
    return len(words & others), -len(others)


def _age_fits(study: Study, age: float) -> bool:
    """Adolescents beside adolescents, trials from 65 years on beside people of that age; unknown age is adult."""
    if "adolescents" in study.population:
        return age < _ADULT
    return age >= _OLD if ">=65" in study.population else True


def _stress_fits(arm: Arm, course: Course) -> bool:
    """Animals stressed beforehand stand beside a stressed animal only."""
    return not arm.regimen.startswith(_STRESSED) or (course.has("stress") and course.before("stress") > 0.5)


def _dose_fits(arm: Arm, course: Course) -> bool:
    amount = course.first.amount
    scales = {"mg": amount, "mg/kg": amount / course.weight, "mg/70kg": 70 * amount / course.weight}
    given = scales.get(arm.unit)
    if given is None or not arm.dose:
        return False
    return (1 - _NEAR) * min(arm.dose) <= given <= (1 + _NEAR) * max(arm.dose) and max(arm.dose) > 0


def _duration_fits(arm: Arm, course: Course) -> bool:
    if not arm.over or arm.route not in _INFUSED:
        return True
    stated = hours(arm.over)
    return abs(course.first.duration - stated) <= max(_NEAR * stated, _MINUTE)


def _schedule_fits(arm: Arm, time: float, course: Course) -> bool:
    """A single dose before the second one; a repeated dose before its own second one, or at the same rhythm."""
    looked = 0.0 if math.isnan(time) else time
    if _ONCE.match(arm.regimen):
        return looked < course.until
    weekly = _weekly(arm.regimen)
    if weekly is None:
        return False
    return looked < min(24.0 * (7 // weekly), course.until) or _same_rhythm(arm, weekly, looked, course)


def _weekly(regimen: str) -> int | None:
    """Doses a week; `None` where the schedule cannot be read."""
    found = _WEEKLY.search(regimen)
    if found is None:
        return None
    return int(found[1]) if found[1] else 2 if found[2] else 7


def _same_rhythm(arm: Arm, weekly: int, looked: float, course: Course) -> bool:
    """Whether the result goes on at this rhythm and dose until a few days before it is looked at."""
    doses = [d for d in course.doses if d.hours < looked]
    if len(doses) < 2 or "then" in arm.regimen:
        return False
    steady = all(abs(d.amount / doses[0].amount - 1) <= _NEAR for d in doses)
    rhythm = round(168.0 * (len(doses) - 1) / doses[-1].hours)
    return steady and rhythm == weekly and looked - doses[-1].hours <= 24.0 * (7 // weekly + 2)
