"""Claims C04 and C05: slow antidepressants take weeks and fail many, and ketamine in those whom they failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...dose import Regimen
from ...evidence import Observation
from ...person import population
from ...person.lived.account import WHO, Account, account
from ...person.lived.course_of_life import relative_scores, slow_motion
from ...person.lived.exposure import exposed
from ...person.lived.judgement import believed
from ...person.lived.lives import BLOCK, Lives, lived
from ...person.lived.resistant import resistant
from ...person.lived.sequence import Sequence, stard
from ...report.claim_figure import Curves, Mark, Panel, Ribbon, Row, Rows
from ...trial.design.course import Eligibility
from ...trial.design.library import design
from ...trial.run import scaled
from ..answer import Answer
from ..answering.band import Band, bands
from ..answering.seen import records, rows, told
from ..answering.telling import figure
from ..answering.terms import Terms
from ..claims import claim
from .crowd import Asked, Crowd, crowd
from .running import FADES, FEWEST, Runs, looked_at, people, replicates, trial
from .words import drawn, ends, run, seen_words

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
POPULATION = "first_course"
_LIVED, _N = 1000, 72
_INFUSION = Regimen("ketamine", "iv", "0.5 mg/kg", "40 min", days=84.0)
_WEEKS = np.arange(0, 13)
_SHOWN = (1, 2, 4, 6, 8, 12)


@dataclass(frozen=True, eq=False)
class Resisted:
    """What was found of people whom tablets failed, and of the others."""

    terms: Terms
    name: str
    count: int
    told_of: Account
    fell: Floats
    relief: Floats
    failed: Flags
    runs: Runs
    observed: tuple[Observation, ...]

    @cached_property
    def helped(self) -> Flags:
        """Whom a course helped."""
        return ~self.failed

    @cached_property
    def rate(self) -> Mapping[str, Floats]:
        """Who responds a day after, by arm, replicate by replicate (%)."""
        return {a: 100 * self.runs.responded(a, 1.0) for a in ("ketamine", "midazolam")}

    @cached_property
    def contrast(self) -> Floats:
        """Ketamine less midazolam a day after, replicate by replicate (points)."""
        return self.runs.contrast("ketamine", "midazolam")[:, self.runs.at(1.0)]

    @cached_property
    def again(self) -> list[float]:
        """Response by step (%)."""
        return [100 * e.value for e in self.told_of.response]

    @cached_property
    def remitted(self) -> list[float]:
        """Remission by step (%)."""
        return [100 * e.value for e in self.told_of.remission]

    @property
    def sentences(self) -> tuple[str, str, str]:
        """What the chain says, how sure, and what was published."""
        return (
            f"Of {self.count} people of `{self.name}` who live through the steps of the sequenced trial "
            f"{100 * self.told_of.resistant.value:.0f} % (standard error {100 * self.told_of.resistant.error:.1f}) "
            "are left by two adequate courses with more than half of their score; given one infusion of 0.5 "
            f"mg/kg, their despair falls by {Band.of(self.relief[self.failed]).words('%')} and their MADRS by "
            f"{Band.of(self.fell[self.failed]).words('points')} in a day, that of those whom a course helped by "
            f"{Band.of(self.relief[self.helped]).words('%')} and "
            f"{Band.of(self.fell[self.helped]).words('points')}.",
            f"In trials of {_N} people all of whom failed two lived courses "
            f"{Band.of(self.rate['ketamine']).words('%')} respond a day after ketamine and "
            f"{Band.of(self.rate['midazolam']).words('%')} after midazolam (contrast "
            f"{Band.of(self.contrast).words('points')}), where the third step of tablets brings response in "
            f"{self.again[2]:.0f} % and remission in {self.remitted[2]:.0f} %: those who failed differ most in "
            f"{_who(self.told_of.who)}; sensitivity to monoamines and nonspecific improvement are no part of "
            "ketamine's way in this wiring, a smaller movable share of the score weakens what is measured.",
            f"Published: {told(self.observed)}; found remission by step "
            f"{', '.join(f'{v:.0f} %' for v in self.remitted)}; that ketamine works past failed tablets holds "
            "under every explanation whose way does not run through monoamines, and would not under "
            "`monoamine_only`.",
        )

    @property
    def doubt(self) -> str:
        """What the numbers do not know."""
        return (
            f"{drawn(self.count, self.name, self.terms)}; "
            f"{run(self.runs.count, _failed(self.count), self.name, self.terms)}; the personal trait in "
            f"nonspecific improvement, by which failures go together, is not carried into the trial; {FADES}; "
            "response a day after says nothing of the weeks that waiting for tablets takes."
        )

    @property
    def details(self) -> dict[str, Any]:
        """The numbers behind, as plain data."""
        return {
            "people": self.count,
            "resistant_percent": 100 * self.told_of.resistant.value,
            "despair_fall_percent": {
                "failed": Band.of(self.relief[self.failed]).record,
                "helped": Band.of(self.relief[self.helped]).record,
            },
            "madrs_fall_points": {
                "failed": Band.of(self.fell[self.failed]).record,
                "helped": Band.of(self.fell[self.helped]).record,
            },
            "response_24_h_percent": {a: Band.of(v).record for a, v in self.rate.items()},
            "remission_by_step_percent": self.remitted,
            "response_by_step_percent": self.again,
            "observed": records(self.observed),
        }

    @property
    def panels(self) -> tuple[Panel, ...]:
        """The panels of the figure."""
        steps = rows(study="rush2006", quantity="remission_qids5")
        lines = [
            Row(f"remission, step {k + 1}", *_around(e.value, e.error), seen_words(steps[k], " %", 100))
            for k, e in enumerate(self.told_of.remission)
        ]
        third = self.told_of.response[2]
        lines += [Row("response, third course of tablets", *_around(third.value, third.error))]
        lines += [
            Row(f"response 24 h after {a}, two lived failures", *ends(v), _seen(a), 1) for a, v in self.rate.items()
        ]
        first = Rows("Tablets by step, and ketamine after two failures", "%", tuple(lines), None, ("lives", "trials"))
        falls = tuple(
            Row(k, *ends(self.fell[who]))
            for k, who in (("two adequate courses failed", self.failed), ("others", self.helped))
        )
        return first, Rows("MADRS, drug alone, 24 h after 0.5 mg/kg; nine in ten people", "fall, points", falls)

    @property
    def foot(self) -> str:
        """Who and how many, under the figure."""
        words = f"{self.count} lives of {self.name}, {self.runs.count} replicates, seed {self.terms.seed}"
        return f"{words}. Bar: two standard errors or nine in ten."


def resisted(terms: Terms) -> Answer:
    """The answer to claim C04: two courses are lived and fail, then ketamine is given."""
    name, count = terms.population or POPULATION, people(terms, _LIVED)
    lives = lived(population(name), count, terms.seed)
    told_of = account(lives, terms.seed)
    chosen = resistant(population(name), _failed(count), terms.seed)
    everybody = crowd(Asked(name, count, terms.seed), _INFUSION, (0, 24, 72, 168), ("madrs_total", "despair"))
    fell = everybody.fall("madrs_total")[:, 1]
    relief = 100 * everybody.fall("despair")[:, 1] / everybody["despair"][:, 0]
    runs = _trial_of_failed(name, chosen.lives, terms)
    observed = (*rows(study="rush2006", quantity="remission_qids5"), *_of_failed())
    said = Resisted(
        terms=terms,
        name=name,
        count=count,
        told_of=told_of,
        fell=fell,
        relief=relief,
        failed=lives.resistant,
        runs=runs,
        observed=observed,
    )
    return Answer(
        claim("C04"), said.sentences, said.doubt, said.details, lambda: figure("C04", said.panels, terms, said.foot)
    )


@dataclass(frozen=True, eq=False)
class Slow:
    """What was found week by week of a tablet, and of one infusion."""

    terms: Terms
    name: str
    count: int
    weekly: Weekly
    infusion: Floats
    day: Crowd
    full: float
    observed: tuple[Observation, ...]

    @cached_property
    def gap(self) -> Floats:
        """The drug's part (% of the starting score; people x weeks)."""
        return self.weekly.gap

    @cached_property
    def response(self) -> Mapping[str, Floats]:
        """Who has responded, week by week (%)."""
        return self.weekly.response

    @cached_property
    def in_a_day(self) -> Floats:
        """The fall a day after one infusion (% of the starting score)."""
        return 100 * self.day.fall("madrs_total")[:, 1] / self.day["madrs_total"][:, 0]

    @cached_property
    def third(self) -> float:
        """The share of the six-week gap that is there after a week (%)."""
        return float(100 * self.gap[:, 1].mean() / self.gap[:, 6].mean())

    @cached_property
    def ratio(self) -> float:
        """Response with the drug over that without it after a week."""
        return float(self.response["tablet"][1] / max(self.response["no drug"][1], 1e-9))

    @property
    def sentences(self) -> tuple[str, str, str]:
        """What the chain says, how sure, and what was published."""
        return (
            f"Of {self.count} people of `{self.name}` on a first tablet {self.response['tablet'][1]:.0f} % respond "
            f"after 1 week, {self.response['tablet'][6]:.0f} % after 6 and {self.response['tablet'][12]:.0f} % "
            f"after 12, without its drug {self.response['no drug'][1]:.0f}, {self.response['no drug'][6]:.0f} and "
            f"{self.response['no drug'][12]:.0f} %; the drug's part is {Band.of(self.gap[:, 1]).words('%')} of the "
            f"starting score at 1 week, {Band.of(self.gap[:, 6]).words('%')} at 6 and "
            f"{Band.of(self.gap[:, 12]).words('%')} at 12, that of one infusion of 0.5 mg/kg "
            f"{Band.of(self.in_a_day).words('%')} at a day and {Band.of(self.infusion[:, 6]).words('%')} at 6 "
            "weeks.",
            f"On average {self.third:.0f} % of the six-week gap is there after a week, and drug over no drug "
            f"responds {self.ratio:.1f} times as often by then; that tablets are slow lies in the step from "
            "monoamines to growth factor, which only the slow chain has; the gap between drug and no drug is "
            "small beside what time, visits and hope do in both, and small beside how far people differ.",
            f"Published: {told(self.observed)}; speed, size and the spread of the nonspecific part were calibrated "
            "on such rows, so that this is a rendering and no test; the claim's 60 % is met by those whose course "
            f"was adequate ({self.full:.0f} %) and not by all who begin, and never by the drug alone.",
        )

    @property
    def doubt(self) -> str:
        """What the numbers do not know."""
        return (
            f"{drawn(self.count, self.name, self.terms)}; life's load changes alike with and without the drug; no "
            "drug is not placebo: the same nonspecific improvement stands in both, and side effects unblind "
            f"nobody; everybody stays on the tablet here unless side effects stop it; for the infusion {FADES}."
        )

    @property
    def details(self) -> dict[str, Any]:
        """The numbers behind, as plain data."""
        return {
            "response_percent": {k: {str(w): float(v[w]) for w in _SHOWN} for k, v in self.response.items()},
            "response_of_adequate_courses_percent": self.full,
            "drug_part_percent_of_start": {str(w): Band.of(self.gap[:, w]).record for w in _SHOWN},
            "infusion_percent_of_start": {
                "day 1": Band.of(self.in_a_day).record,
                **{f"week {w}": Band.of(self.infusion[:, w]).record for w in (1, 6)},
            },
            "share_of_six_weeks_at_week_1_percent": float(self.third),
            "observed": records(self.observed),
        }

    @property
    def panels(self) -> tuple[Panel, ...]:
        """The panels of the figure."""
        weeks = _WEEKS.astype(float)
        shown = tuple(Ribbon(k, weeks, v, v, v) for k, v in self.response.items())
        improved = Curves("Response on a first tablet", "weeks", "half of the score gone, % of people", shown, rest=0.0)
        days = np.array([0.0, 1 / 7, 3 / 7, *weeks[1:]])
        once = np.concatenate(
            [100 * self.day.fall("madrs_total")[:, :3] / self.day["madrs_total"][:, :1], self.infusion[:, 1:]], axis=1
        )
        parts = (
            Ribbon("tablet, drug's part", weeks, *bands(self.gap)),
            Ribbon("one infusion, drug's part", days, *bands(once)),
        )
        o = rows(study="taylor2006", statistic="fraction_of_week6_effect")[0]
        mark = Mark(
            1.0, f"{o.study.name}: share of week 6 times the mean there", float(o.value or 0) * self.gap[:, 6].mean()
        )
        drug = Curves(
            "The drug's part; band, nine in ten people", "weeks", "% of the starting score", parts, (mark,), rest=0.0
        )
        return improved, drug

    @property
    def foot(self) -> str:
        """Who and how many, under the figure."""
        return f"{self.count} people of {self.name}, seed {self.terms.seed}. Red: observed."


def slow(terms: Terms) -> Answer:
    """The answer to claim C05: twelve weeks of a tablet with and without its drug, beside one infusion."""
    name, count = terms.population or POPULATION, people(terms, BLOCK)
    first = replace(stard(), steps=stard().steps[:1])
    lives = lived(population(name), count, terms.seed, first)
    weekly = _weekly(lives, name, terms, first)
    fast = crowd(Asked(name, count, terms.seed), _INFUSION, [0, *(168.0 * _WEEKS[1:])], ("madrs_total",))
    infusion = 100 * fast.fall("madrs_total") / fast["madrs_total"][:, :1]
    day = crowd(Asked(name, count, terms.seed), _INFUSION, (0, 24, 72, 168), ("madrs_total",))
    full = 100 * float(lives.responded[lives.adequate[:, 0], 0].mean())
    observed = (*rows(study="taylor2006"), *rows(study="rush2006", quantity="remission_qids5")[:1])
    said = Slow(
        terms=terms, name=name, count=count, weekly=weekly, infusion=infusion, day=day, full=full, observed=observed
    )
    return Answer(
        claim("C05"), said.sentences, said.doubt, said.details, lambda: figure("C05", said.panels, terms, said.foot)
    )


@dataclass(frozen=True, eq=False)
class Weekly:
    """Scores of a first course week by week (people x weeks), over that at the start, with the drug and without it."""

    drug: Floats
    without: Floats

    @property
    def gap(self) -> Floats:
        """The drug's part (% of the starting score)."""
        return np.asarray(100 * (self.without - self.drug))

    @property
    def response(self) -> Mapping[str, Floats]:
        """Who has lost half of the score, week by week (%)."""
        return {k: 100 * np.mean(v <= 0.5, axis=0) for k, v in (("tablet", self.drug), ("no drug", self.without))}


def _weekly(lives: Lives, name: str, terms: Terms, first: Sequence) -> Weekly:
    chosen = population(name)
    parts = []
    for begin in range(0, len(lives.numbers), BLOCK):
        some = chosen.sample(BLOCK, terms.seed, begin)
        nothing = replace(exposed(first, some.numbers, terms.seed), levels={})
        parts.append(relative_scores(slow_motion(), some, nothing, first))
    without = np.concatenate(parts)[: len(lives.numbers)]
    beside = believed()
    ends = beside.courses(lives.numbers, terms.seed, 1)
    grown = 1.0 - np.exp(-_WEEKS / beside.weeks)
    nonspecific = ends * grown[None, :]
    weeks = slice(0, len(_WEEKS))
    return Weekly(*(np.maximum(v[:, weeks] - nonspecific, 0.0) for v in (lives.relative, without)))


def _failed(count: int) -> int:
    """How many people whom tablets failed a trial draws from."""
    return max(count // 4, FEWEST)


def _trial_of_failed(name: str, lives: Lives, terms: Terms) -> Runs:
    rules = Eligibility(failures="lived", prior_failures_at_least=2)
    changed = looked_at(scaled(design("murrough_2013"), _N), (0.0, 1.0, 3.0, 7.0))
    asked = changed.model_copy(update={"population": name, "eligibility": rules})
    return Runs(trial(asked, replace(terms, people=len(lives.numbers))), replicates(terms, 100))


def _of_failed() -> tuple[Observation, ...]:
    return rows(
        study="wilkinson2019",
        quantity="response_mixed",
        endpoint="efficacy",
        arm=("ketamine_in_midazolam_controlled", "midazolam"),
    )


def _seen(arm: str) -> str:
    found = {"ketamine": "ketamine_in_midazolam_controlled", "midazolam": "midazolam"}[arm]
    return seen_words(
        rows(study="wilkinson2019", endpoint="efficacy", arm=found, quantity="response_mixed")[0], " %", 100
    )


def _who(who: Mapping[str, tuple[float, float, float]]) -> str:
    ranked = sorted(who.items(), key=lambda k: -abs(k[1][2]))[:3]
    return ", ".join(f"{WHO[k]} ({v[2]:+.2f} SD)" for k, v in ranked)


def _around(value: float, error: float) -> tuple[float, float, float]:
    return 100 * (value - 2 * error), 100 * value, 100 * (value + 2 * error)
