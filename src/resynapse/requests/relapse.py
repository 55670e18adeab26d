"""The request to let one person live many lives: the same doses, the same values, other draws of life's load."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from ..chains import anchored, default_chain
from ..cohort import Cohort, Reading
from ..core.errors import RequestError, nearest
from ..core.solver import keep_compiled_code
from ..dose import Regimen
from ..dose.schedule import schedule_times
from ..life.fluctuation import chances
from ..mood.endpoint import Rule, rule_facts, rules
from ..person import People, Population, population
from ..person.basin import Basins, basins
from ..result import identity, provenance
from .population_report import regimen_words
from .request import Request

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Tell = Callable[[str], None]
MOST_DRAWS = 100_000
LAST_NUMBER = 10_000_000
_ASKED, _TWO, _ONE = "asked for", "two lasting states", "one lasting state"


class Relapse(Request):
    """Follow one person through many lives, beside a person with two lasting states and one with one.

    **Arguments:**

    - `population`, `person` (a number from 0), `seed`: who; `draws`: how many lives; life j is that of person j.
    - `drug`, `route`, `dose`, `over`, `schedule`: what they get; by default six infusions in two weeks, as in
      murrough2013b.
    - `days`: how long to follow, 182 by default; `quantity`: whose rule of relapse counts, `despair` by default,
      because the drug moves only a part of the score.
    - `among`: how many people of the population are searched for the two others and counted for the share with two
      lasting states; `cyp2b6` and other contested effects stay off.
    """

    population: str
    person: int
    draws: int = 200
    seed: int = 1
    drug: str = "ketamine"
    route: str = "iv"
    dose: str = "0.5 mg/kg"
    over: str | None = "40 min"
    schedule: str = "3 times a week for 2 weeks"
    days: float = 182.0
    quantity: str = "despair"
    among: int = 500

    @model_validator(mode="after")
    def _complete(self) -> Relapse:
        _between("draws", self.draws, 1, MOST_DRAWS)
        _between("person", self.person, 0, LAST_NUMBER)
        _between("seed", self.seed, 0, 2**31)
        _between("among", self.among, 20, 100_000)
        if self.quantity not in rules():
            like = nearest(self.quantity, rules(), cutoff=0.3)
            raise RequestError(
                "no rule of relapse is on file for this", given=self.quantity, allowed=rules(), nearest=like
            )
        last = self.last_dose
        if not np.isfinite(self.days) or self.days * 24.0 < last + 24.0 * 14:
            least = f"{last / 24 + 14:.0f} days or more: two weeks after the last dose"
            raise RequestError("a relapse needs time to be seen", where="days", given=self.days, allowed=least)
        return self

    @property
    def last_dose(self) -> float:
        """When the last dose is given (h)."""
        return float(schedule_times(self.schedule, self.days)[-1])

    @property
    def rule(self) -> Rule:
        """The rule of response and relapse."""
        return rules()[self.quantity]

    def run(self, tell: Tell = lambda _: None) -> Relapses:
        """Solve every life.

        **Raises:** `RequestError` and `EventError` for what does not fit together, `SolveError` when solving fails.
        """
        keep_compiled_code()
        tell("finding who has two lasting states")
        chosen = population(self.population)
        _check_ill(chosen)
        crowd = chosen.sample(self.among, self.seed)
        asked = chosen.people([self.person], self.seed)
        if "load" not in asked.covariates:
            raise RequestError("these people have no load of life", given=self.population)
        found = self._basins(crowd)
        numbers = {_ASKED: self.person} | _others(found, crowd, self.person)
        told = []
        for role, number in numbers.items():
            tell(f"living {self.draws} lives of person {number}")
            told.append(self._lived(role, chosen.people([number], self.seed)))
        return Relapses(self, chosen.digest, tuple(told), crowd, found, self._cohort)

    @cached_property
    def _cohort(self) -> Cohort:
        chosen = population(self.population)
        regimen = Regimen(
            self.drug, self.route, self.dose, self.over, self.schedule, self.days, chosen.species, None, None
        )
        daily = np.arange(self.last_dose + 24.0, 24.0 * self.days + 1e-9, 24.0)
        before = np.arange(0.0, self.last_dose + 24.0, 12.0)
        times = tuple(float(t) for t in np.unique([*before, *daily]))
        ports = (self.quantity,)
        return Cohort(chosen, self.seed, regimen, Reading(times, ports), occasions=False)

    def _basins(self, people: People) -> Basins:
        own = self._cohort.chain.with_values(people.values(self._cohort.chain))
        return basins(anchored(own), tuple(dict.fromkeys(("despair", self.quantity))))

    def _lived(self, role: str, one: People) -> Lived:
        copies = one.only(np.zeros(self.draws, dtype=np.int64))
        moving = self._cohort.followed(replace(copies, lives=np.arange(self.draws)))
        still = self._cohort.followed(replace(copies, fluctuates=False))
        return Lived(
            role,
            one,
            self._basins(one),
            np.array(self._cohort.reading.visits),
            moving[self.quantity],
            still[self.quantity],
            self.rule,
            self.last_dose,
        )


@dataclass(frozen=True, eq=False)
class Lived:
    """One person's lives.

    **Arguments:** `courses` and `steady` (draw x time, at `hours`) are those with and without fluctuation of the load.
    """

    role: str
    one: People
    basin: Basins
    hours: Floats
    courses: Floats
    steady: Floats
    rule: Rule
    last_dose: float

    @property
    def number(self) -> int:
        """Who."""
        return int(self.one.numbers[0])

    @property
    def load(self) -> float:
        """The person's mean load."""
        return float(self.one.covariates["load"][0])

    @property
    def two(self) -> bool:
        """Whether the person has two lasting states under the mean load."""
        return bool(self.basin.two(np.array([self.load]))[0])

    @property
    def distinct(self) -> int:
        """How many different courses there are without fluctuation, bit by bit: one, unless numbers are noisy."""
        return len({row.tobytes() for row in self.steady})

    @cached_property
    def well(self) -> Flags:
        """Which lives are in response at some look from the last dose on."""
        return self._well(self.courses)

    @cached_property
    def relapse_days(self) -> Floats:
        """Days from the last dose to relapse, in every life; NaN where none was seen."""
        return self._relapse_days(self.courses)

    @property
    def steady_relapse(self) -> float | None:
        """The same without fluctuation."""
        day = float(self._relapse_days(self.steady[:1])[0])
        return day if np.isfinite(day) else None

    @property
    def watched(self) -> float:
        """Days from the last dose to the last look."""
        return float(self.hours[-1] - self.last_dose) / 24.0

    def _well(self, scores: Floats) -> Flags:
        after = self.hours >= self.last_dose
        return np.asarray(self.rule.responds(scores)[:, after].any(axis=1))

    def _relapse_days(self, scores: Floats) -> Floats:
        """The first confirmed look of relapse after the first response at or after the last dose."""
        answered = self.rule.responds(scores) & (self.hours >= self.last_dose)
        since = np.where(answered.any(axis=1), self.hours[answered.argmax(axis=1)], np.inf)
        ill = self.rule.relapses(scores, self.hours) & (self.hours > since[:, None])
        return np.where(ill.any(axis=1), (self.hours[ill.argmax(axis=1)] - self.last_dose) / 24.0, np.nan)


@dataclass(frozen=True, eq=False)
class Relapses:
    """All lives that were asked for, and the people among whom they were found."""

    request: Relapse
    digest: str
    lived: tuple[Lived, ...]
    crowd: People
    basins: Basins
    cohort: Cohort

    @property
    def share_two(self) -> tuple[Flags, Flags]:
        """Who of the crowd has two lasting states under the own mean load, and who has them under some load."""
        return self.basins.two(self.crowd.covariates["load"]), self.basins.can_be_two

    @property
    def record(self) -> dict[str, Any]:
        """Everything but the courses, as plain JSON."""
        two, can = self.share_two
        rule = self.request.rule
        regimen = {name: getattr(self.request, name) for name in ("drug", "route", "dose", "over", "schedule")}
        return {
            "population": {"name": self.request.population, "digest": self.digest},
            "seed": self.request.seed,
            "draws": self.request.draws,
            "regimen": {**regimen, "words": regimen_words(**regimen), "last_dose_h": self.request.last_dose},
            "rule": {"quantity": rule.port, **rule_record(rule)},
            "fluctuation": {name: fact.value for name, fact in chances().items()},
            "people": [_lived_record(one) for one in self.lived],
            "two_lasting_states": {
                "among": len(two),
                "share": float(two.mean()),
                "share_under_some_load": float(can.mean()),
            },
            "run": self._run(),
            "purpose": "for research; not medical advice",
        }

    def _run(self) -> dict[str, Any]:
        import json

        keys = [f.source for facts in (rule_facts()[self.request.quantity], chances()) for f in facts.values()]
        known = provenance(
            self.cohort.chain, [self.request.drug], (*keys, *self.cohort.population.specification.sources)
        )
        told = {name: json.loads(value) for name, value in known.items()}
        return {**identity(), "request": self.request.model_dump(mode="json"), **told}


def rule_record(rule: Rule) -> dict[str, Any]:
    """A rule as plain JSON, with words and sources."""
    facts = rule_facts()[rule.port]
    words = (
        f"{rule.relapse:g} or more, and still so {rule.confirmed_after:g} days later; well: a fall by "
        f"{100 * rule.response:.0f} % or more"
    )
    return {
        "words": words,
        "response": rule.response,
        "relapse": rule.relapse,
        "confirmed_after_days": rule.confirmed_after,
        "sources": {name: f"{fact.source} ({fact.origin})" for name, fact in facts.items()},
    }


def typical_region(rho: Floats) -> Floats:
    """Loads of both folds of the typical person with other strengths of rumination, rho x 2."""
    chain = default_chain("human")
    return basins(chain.with_values({"life.rho": rho}), ()).folds


def _others(found: Basins, crowd: People, asked: int) -> dict[str, int]:
    """The first person with two lasting states, and the first without under any load, besides the one asked for."""
    two, other = found.two(crowd.covariates["load"]), crowd.numbers != asked
    kinds = {_TWO: two & other, _ONE: ~found.can_be_two & other}
    return {role: int(crowd.numbers[flags.argmax()]) for role, flags in kinds.items() if flags.any()}


def _lived_record(one: Lived) -> dict[str, Any]:
    days, well = one.relapse_days, one.well
    seen = days[np.isfinite(days)]
    quantiles = [float(q) for q in np.quantile(seen, [0.05, 0.5, 0.95])] if len(seen) else [None] * 3
    low, high = (float(v) for v in one.basin.folds[0])
    return {
        "role": one.role,
        "person": one.number,
        "covariates": {name: float(v[0]) for name, v in one.one.covariates.items()},
        "two_lasting_states": one.two,
        "folds": None if np.isnan(low) else {"low": low, "high": high},
        "well": int(well.sum()),
        "relapsed": len(seen),
        "relapse_days": [float(d) if np.isfinite(d) else None for d in days],
        "relapse_days_p05_p50_p95": quantiles,
        "watched_days": one.watched,
        "without_fluctuation": {"relapse_day": one.steady_relapse, "copies": len(one.steady), "distinct": one.distinct},
    }


def _check_ill(chosen: Population) -> None:
    """Refuse people who are not in an episode: nobody of them was ill, so nobody can fall ill again."""
    if not chosen.in_episode:
        raise RequestError(
            "these people are in no episode: nobody can relapse",
            where="population",
            given=chosen.name,
            then="name people with a score before treatment, such as trd_academic",
        )


def _between(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise RequestError("this number cannot be used", where=name, given=value, allowed=f"{low} to {high}")
