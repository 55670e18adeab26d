"""Relapse: when somebody whom a treatment made better counts as ill again, by rules with their sources."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from ..compound.fact import Fact, read_facts
from ..core.errors import RequestError, nearest

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Facts = Mapping[str, Fact]
_DAY = 24.0


@dataclass(frozen=True)
class RelapseRule:
    """A rule for the score of many people.

    **Arguments:** `words` say it; `facts` are its numbers; `well` says from the scores before and after treatment who was
    made well; `ill_above` gives the score from which each of them counts as ill again, when it lasts `apart` days.
    """

    name: str
    words: str
    facts: Facts
    well: Callable[[Floats, Floats], Flags]
    ill_above: Callable[[Floats, Floats], Floats]

    @property
    def apart(self) -> float:
        """How long somebody must count as ill (days)."""
        return self.facts["apart"].value

    @property
    def sources(self) -> tuple[str, ...]:
        """Bibliography keys of its numbers."""
        return tuple(dict.fromkeys(fact.source for fact in self.facts.values()))


@dataclass(frozen=True, eq=False)
class Relapses:
    """Who was made well, and when each of them relapsed.

    **Arguments:** `hours` since the first look, NaN where no relapse was seen; `watched` is how long everybody was
    followed (h).
    """

    well: Flags
    hours: Floats
    watched: float

    @property
    def days(self) -> Floats:
        """Days to relapse of those who were made well, and the end of watching for those who did not relapse."""
        return np.where(self.relapsed, self.hours, self.watched)[self.well] / _DAY

    @property
    def relapsed(self) -> Flags:
        """Whose relapse was seen."""
        return self.well & np.isfinite(self.hours)


def relapses(rule: RelapseRule, before: Floats, scores: Floats, hours: Floats) -> Relapses:
    """When each of many people relapses.

    **Arguments:** `before` is the score before treatment, one a person; `scores` (person x look) are those after the last
    dose, at `hours` (h), the first of them showing what the treatment achieved.

    **Assumes:** a relapse begins at the first look of the first stretch of looks above the limit that is long enough; a
    stretch that the end cuts short is none.
    """
    well = rule.well(before, scores[:, 0])
    above = scores >= rule.ill_above(before, scores[:, 0])[:, None]
    begun = np.array([_begins(row, hours, _DAY * rule.apart) for row in above])
    return Relapses(well, np.where(well, begun - hours[0], np.nan), float(hours[-1] - hours[0]))


def relapse_rule(name: str) -> RelapseRule:
    """The rule called `name`.

    **Raises:** `RequestError` with the nearest name.
    """
    found = relapse_rules()
    if name not in found:
        raise RequestError(
            "no such rule of relapse", given=name, allowed=found, nearest=nearest(name, found, cutoff=0.3)
        )
    return found[name]


@cache
def relapse_rules() -> Mapping[str, RelapseRule]:
    """All rules, by name; the first is the usual one."""
    raw = tomllib.loads((files(__package__) / "relapse.toml").read_text(encoding="utf-8"))
    facts = {name: read_facts(tables, f"relapse.toml: {name}") for name, tables in raw.items()}
    made = (
        _half_the_gain(facts["half_the_gain"]),
        _half_the_score(facts["murrough2013b"]),
        _fixed_score(facts["daly2019"]),
    )
    return {rule.name: rule for rule in made}


def _half_the_gain(facts: Facts) -> RelapseRule:
    least, lost = facts["least_gain"].value, facts["lost"].value
    words = f"at least {100 * lost:.0f} % of the gain lost for {facts['apart'].value:.0f} days"
    return RelapseRule(
        "half_the_gain",
        f"{words}; well: a gain of {least:g} points or more",
        facts,
        lambda before, after: before - after >= least,
        lambda before, after: after + lost * (before - after),
    )


def _half_the_score(facts: Facts) -> RelapseRule:
    fall = facts["fall"].value
    return RelapseRule(
        "murrough2013b",
        f"less than {100 * fall:.0f} % below the score before treatment for {facts['apart'].value:.0f} days; "
        f"well: {100 * fall:.0f} % below it",
        facts,
        lambda before, after: after <= (1.0 - fall) * before,
        lambda before, after: np.nextafter((1.0 - fall) * before, np.inf),
    )


def _fixed_score(facts: Facts) -> RelapseRule:
    well, ill = facts["well"].value, facts["ill"].value
    return RelapseRule(
        "daly2019",
        f"MADRS of {ill:g} or more for {facts['apart'].value:.0f} days; well: {well:g} or less",
        facts,
        lambda before, after: after <= well,
        lambda before, after: np.full(len(before), ill),
    )


def _begins(above: Flags, hours: Floats, apart: float) -> float:
    """When the first stretch of looks above the limit begins that lasts `apart` hours; NaN when there is none."""
    steps = np.diff(np.concatenate([[0], above.astype(np.int8), [0]]))
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1) - 1
    long = hours[ends] - hours[starts] >= apart - 1e-9
    return float(hours[starts[long][0]]) if long.any() else float("nan")
