"""People: is there such a population, can anybody in it be let in, and do strata exist?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ....core.errors import RequestError
from ....core.lines import Document
from ..design import Design
from ..people import let_in
from ..refusal import Refusal
from .course import known_scale, within

_LOOKED_AT = 2000
_STRATA = ("site", "country", "oral_antidepressant", "baseline")
"""What randomisation may be balanced over that no population draws."""

_FIRST_COURSE = "first_course"


def people_wrong(design: Design, _: Document) -> Iterator[Refusal]:
    """What is wrong with population, eligibility and strata."""
    from ....person.population import population

    rules = design.eligibility
    yield from within(rules.madrs_at_least, "madrs_total", ("eligibility", "madrs_at_least"))
    for name, score in rules.scores.items():
        yield from known_scale(name, ("eligibility", "scores", name))
        yield from within(score, name, ("eligibility", "scores", name))
    if rules.age and rules.age[0] > rules.age[1]:
        yield Refusal(("eligibility", "age"), "an age window ends before it begins", list(rules.age))
    try:
        known = population(design.population)
    except RequestError as unknown:
        yield Refusal(("population",), unknown.what, design.population, unknown.allowed, unknown.nearest, unknown.then)
        return
    if known.species != "human":
        yield Refusal(("population",), "a trial of people needs people", design.population)
        return
    yield from _lived(design)
    yield from _strata(design, tuple(known.specification.covariate))
    yield from _somebody(design, _looked_at(design.population))


def _lived(design: Design) -> Iterator[Refusal]:
    lived = design.eligibility.failures == "lived"
    if lived and design.population != _FIRST_COURSE:
        then = f"write `population: {_FIRST_COURSE}`, whose people live through their courses, or `failures: drawn`"
        what = "only people who start a first course can live their failures before the trial"
        yield Refusal(("eligibility", "failures"), what, "lived", then=then)


def _strata(design: Design, covariates: tuple[str, ...]) -> Iterator[Refusal]:
    from ....core.errors import nearest

    known = (*covariates, *_STRATA)
    for number, stratum in enumerate(design.allocation.strata):
        place = ("allocation", "strata", number)
        if stratum.by not in known:
            what = "no such stratum: neither the population nor the trial knows this of a person"
            yield Refusal((*place, "by"), what, stratum.by, known, nearest(stratum.by, known))
        elif list(stratum.cuts) != sorted(set(stratum.cuts)):
            yield Refusal((*place, "cuts"), "cuts are not in rising order", list(stratum.cuts))
        elif stratum.by in covariates and not stratum.cuts and not _few(design.population, stratum.by):
            then = "say where it is cut, such as `cuts: [75]`"
            yield Refusal(place, "a number needs cuts before it makes strata", stratum.by, then=then)


def _few(preset: str, name: str) -> bool:
    return len(np.unique(_looked_at(preset)[name])) < 10


def _somebody(design: Design, people: Mapping[str, NDArray[np.float64]]) -> Iterator[Refusal]:
    """Whether anybody of the population is let in; if not, by which rule most are kept out."""
    passed = let_in(design.eligibility, people)
    if not passed or np.all(list(passed.values()), axis=0).any():
        return
    worst = min(passed, key=lambda rule: passed[rule].mean())
    what = f"nobody of `{design.population}` is let in"
    then = "take another population (`resynapse populations`), or widen the rule"
    given = f"{_said(design, worst)}: {passed[worst].mean():.0%} of {_LOOKED_AT} people pass it"
    yield Refusal(("eligibility", worst), what, given, then=then)


def _said(design: Design, rule: str) -> str:
    value = getattr(design.eligibility, rule)
    return f"{rule} {list(value) if isinstance(value, tuple) else value}"


@cache
def _looked_at(preset: str) -> Mapping[str, NDArray[np.float64]]:
    from ....person.population import population

    return population(preset).sample(_LOOKED_AT, seed=1).covariates
