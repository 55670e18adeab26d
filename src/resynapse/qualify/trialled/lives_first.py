"""Claims C04 and C05: slow antidepressants take weeks and fail many, and ketamine in those whom they failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...dose import Regimen
from ...evidence import Observation
from ...person import population
from ...person.lived.account import WHO, account
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
from .crowd import Asked, crowd
from .running import FADES, FEWEST, Runs, looked_at, people, replicates, trial
from .words import drawn, ends, run, seen_words

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
POPULATION = "first_course"
_LIVED, _N = 1000, 72
_INFUSION = Regimen("ketamine", "iv", "0.5 mg/kg", "40 min", days=84.0)
_WEEKS = np.arange(0, 13)
_SHOWN = (1, 2, 4, 6, 8, 12)


def resisted(terms: Terms) -> Answer:
    """The answer to claim C04: two courses are lived and fail, then ketamine is given."""
    name, count = terms.population or POPULATION, people(terms, _LIVED)
    lives = lived(population(name), count, terms.seed)
    told_of = account(lives, terms.seed)
    chosen = resistant(population(name), _failed(count), terms.seed)
    everybody = crowd(Asked(name, count, terms.seed), _INFUSION, (0, 24, 72, 168), ("madrs_total", "despair"))
    fell = everybody.fall("madrs_total")[:, 1]
    relief = 100 * everybody.fall("despair")[:, 1] / everybody["despair"][:, 0]
    failed, helped = lives.resistant, ~lives.resistant
    runs = _trial_of_failed(name, chosen.lives, terms)
    rate = {a: 100 * runs.responded(a, 1.0) for a in ("ketamine", "midazolam")}
    contrast = runs.contrast("ketamine", "midazolam")[:, runs.at(1.0)]
    again = [100 * e.value for e in told_of.response]
    remitted = [100 * e.value for e in told_of.remission]
    observed = (*rows(study="rush2006", quantity="remission_qids5"), *_of_failed())
    sentences = (
        f"Of {count} people of `{name}` who live through the steps of the sequenced trial "
        f"{100 * told_of.resistant.value:.0f} "
        f"% (standard error {100 * told_of.resistant.error:.1f}) are left by two adequate courses with more than "
        f"half of "
        f"their score; given one infusion of 0.5 mg/kg, their despair falls by {Band.of(relief[failed]).words('%')} "
        f"and their "
        f"MADRS by {Band.of(fell[failed]).words('points')} in a day, that of those whom a course helped by "
        f"{Band.of(relief[helped]).words('%')} and {Band.of(fell[helped]).words('points')}.",
        f"In trials of {_N} people all of whom failed two lived courses {Band.of(rate['ketamine']).words('%')} "
        f"respond a day "
        f"after ketamine and {Band.of(rate['midazolam']).words('%')} after midazolam (contrast "
        f"{Band.of(contrast).words('points')}), where the third step of tablets brings response in {again[2]:.0f} % "
        f"and "
        f"remission in {remitted[2]:.0f} %: those who failed differ most in {_who(told_of.who)}; sensitivity to "
        "monoamines and nonspecific improvement are no part of ketamine's way in this wiring, a smaller movable "
        "share of the "
        "score weakens what is measured.",
        f"Published: {told(observed)}; found remission by step {', '.join(f'{v:.0f} %' for v in remitted)}; that "
        f"ketamine "
        "works past failed tablets holds under every explanation whose way does not run through monoamines, and "
        "would not "
        "under `monoamine_only`.",
    )
    doubt = (
        f"{drawn(count, name, terms)}; {run(runs.count, _failed(count), name, terms)}; the personal trait in "
        f"nonspecific "
        f"improvement, by which failures go together, is not carried into the trial; {FADES}; response a day after "
        f"says "
        "nothing of the weeks that waiting for tablets takes."
    )
    details = {
        "people": count,
        "resistant_percent": 100 * told_of.resistant.value,
        "despair_fall_percent": {"failed": Band.of(relief[failed]).record, "helped": Band.of(relief[helped]).record},
        "madrs_fall_points": {"failed": Band.of(fell[failed]).record, "helped": Band.of(fell[helped]).record},
        "response_24_h_percent": {a: Band.of(v).record for a, v in rate.items()},
        "remission_by_step_percent": remitted,
        "response_by_step_percent": again,
        "observed": records(observed),
    }

    def panels() -> tuple[Panel, ...]:
        steps = rows(study="rush2006", quantity="remission_qids5")
        lines = [
            Row(f"remission, step {k + 1}", *_around(e.value, e.error), seen_words(steps[k], " %", 100))
            for k, e in enumerate(told_of.remission)
        ]
        third = told_of.response[2]
        lines += [Row("response, third course of tablets", *_around(third.value, third.error))]
        lines += [Row(f"response 24 h after {a}, two lived failures", *ends(v), _seen(a), 1) for a, v in rate.items()]
        first = Rows("Tablets by step, and ketamine after two failures", "%", tuple(lines), None, ("lives", "trials"))
        falls = tuple(
            Row(k, *ends(fell[who])) for k, who in (("two adequate courses failed", failed), ("others", helped))
        )
        return first, Rows("MADRS, drug alone, 24 h after 0.5 mg/kg; nine in ten people", "fall, points", falls)

    foot = (
        f"{count} lives of {name}, {runs.count} replicates, seed {terms.seed}. Bar: two standard errors or nine in ten."
    )
    return Answer(claim("C04"), sentences, doubt, details, lambda: figure("C04", panels(), terms, foot))


def slow(terms: Terms) -> Answer:
    """The answer to claim C05: twelve weeks of a tablet with and without its drug, beside one infusion."""
    name, count = terms.population or POPULATION, people(terms, BLOCK)
    first = replace(stard(), steps=stard().steps[:1])
    lives = lived(population(name), count, terms.seed, first)
    weekly = _weekly(lives, name, terms, first)
    fast = crowd(Asked(name, count, terms.seed), _INFUSION, [0, *(168.0 * _WEEKS[1:])], ("madrs_total",))
    infusion = 100 * fast.fall("madrs_total") / fast["madrs_total"][:, :1]
    day = crowd(Asked(name, count, terms.seed), _INFUSION, (0, 24, 72, 168), ("madrs_total",))
    in_a_day = 100 * day.fall("madrs_total")[:, 1] / day["madrs_total"][:, 0]
    gap = weekly.gap
    response = weekly.response
    full = 100 * float(lives.responded[lives.adequate[:, 0], 0].mean())
    third = 100 * gap[:, 1].mean() / gap[:, 6].mean()
    ratio = response["tablet"][1] / max(response["no drug"][1], 1e-9)
    observed = (*rows(study="taylor2006"), *rows(study="rush2006", quantity="remission_qids5")[:1])
    sentences = (
        f"Of {count} people of `{name}` on a first tablet {response['tablet'][1]:.0f} % respond after 1 week, "
        f"{response['tablet'][6]:.0f} % after 6 and {response['tablet'][12]:.0f} % after 12, without its drug "
        f"{response['no drug'][1]:.0f}, {response['no drug'][6]:.0f} and {response['no drug'][12]:.0f} %; the drug's "
        f"part is "
        f"{Band.of(gap[:, 1]).words('%')} of the starting score at 1 week, {Band.of(gap[:, 6]).words('%')} at 6 and "
        f"{Band.of(gap[:, 12]).words('%')} at 12, that of one infusion of 0.5 mg/kg {Band.of(in_a_day).words('%')} "
        f"at a day and "
        f"{Band.of(infusion[:, 6]).words('%')} at 6 weeks.",
        f"On average {third:.0f} % of the six-week gap is there after a week, and drug over no drug responds "
        f"{ratio:.1f} times "
        "as often by then; that tablets are slow lies in the step from monoamines to growth factor, which only the "
        "slow chain "
        "has; the gap between drug and no drug is small beside what time, visits and hope do in both, and small "
        "beside how "
        "far people differ.",
        f"Published: {told(observed)}; speed, size and the spread of the nonspecific part were calibrated on such "
        f"rows, so "
        "that this is a rendering and no test; the claim's 60 % is met by those whose course was adequate "
        f"({full:.0f} %) and not by all who begin, and never by the drug alone.",
    )
    doubt = (
        f"{drawn(count, name, terms)}; life's load changes alike with and without the drug; no drug is not placebo: "
        f"the same "
        "nonspecific improvement stands in both, and side effects unblind nobody; everybody stays on the tablet here "
        "unless "
        f"side effects stop it; for the infusion {FADES}."
    )
    details = {
        "response_percent": {k: {str(w): float(v[w]) for w in _SHOWN} for k, v in response.items()},
        "response_of_adequate_courses_percent": full,
        "drug_part_percent_of_start": {str(w): Band.of(gap[:, w]).record for w in _SHOWN},
        "infusion_percent_of_start": {
            "day 1": Band.of(in_a_day).record,
            **{f"week {w}": Band.of(infusion[:, w]).record for w in (1, 6)},
        },
        "share_of_six_weeks_at_week_1_percent": float(third),
        "observed": records(observed),
    }

    def panels() -> tuple[Panel, ...]:
        weeks = _WEEKS.astype(float)
        shown = tuple(Ribbon(k, weeks, v, v, v) for k, v in response.items())
        improved = Curves("Response on a first tablet", "weeks", "half of the score gone, % of people", shown, rest=0.0)
        days = np.array([0.0, 1 / 7, 3 / 7, *weeks[1:]])
        once = np.concatenate(
            [100 * day.fall("madrs_total")[:, :3] / day["madrs_total"][:, :1], infusion[:, 1:]], axis=1
        )
        parts = (
            Ribbon("tablet, drug's part", weeks, *bands(gap)),
            Ribbon("one infusion, drug's part", days, *bands(once)),
        )
        o = rows(study="taylor2006", statistic="fraction_of_week6_effect")[0]
        mark = Mark(
            1.0, f"{o.study.name}: share of week 6 times the mean there", float(o.value or 0) * gap[:, 6].mean()
        )
        drug = Curves(
            "The drug's part; band, nine in ten people", "weeks", "% of the starting score", parts, (mark,), rest=0.0
        )
        return improved, drug

    foot = f"{count} people of {name}, seed {terms.seed}. Red: observed."
    return Answer(claim("C05"), sentences, doubt, details, lambda: figure("C05", panels(), terms, foot))


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
