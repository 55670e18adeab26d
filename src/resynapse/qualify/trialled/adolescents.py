"""Claim C40: teenagers, of whom two small trials were positive and a larger one is little published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...dose import Regimen
from ...evidence import Observation
from ...person import population
from ...report.claim_figure import Panel, Row, Rows
from ...trial.design import Design
from ...trial.design.course import Eligibility
from ...trial.design.library import design
from ...trial.run import Trial
from ...trial.run.dataset import DataSet
from ...trial.run.power import Share, row, share
from ..answer import Answer
from ..answering.band import Band
from ..answering.seen import records, rows, told
from ..answering.telling import figure
from ..answering.terms import Terms
from ..claims import claim
from .crowd import Asked, crowd
from .running import FADES, people, replicates, trial
from .words import drawn, ends, run, seen_words

Floats = NDArray[np.float64]
YOUNG, ADULT = "adolescents", "trd_academic"
_SMALL, _LARGE = "dwyer_2021", "nct03185819"
_END = "score at 24 hours"
_LEVEL = 0.05
_GIVEN = Regimen("ketamine", "iv", "0.5 mg/kg", "40 min", days=7.0)
_PORTS = ("ca_ketamine", "despair", "madrs_total")
_HOURS = (0.0, 0.25, 0.5, 2 / 3, 1.0, 2.0, 4.0, 24.0, 72.0, 168.0)
_CARRIED = ("assumed_here", "derived", "calibrated_here")


@dataclass(frozen=True, eq=False)
class Young:
    """What was found of the young and, beside them, of adults; values by population where it says so."""

    terms: Terms
    count: int
    times: int
    weight: Mapping[str, Floats]
    peak: Mapping[str, Floats]
    fall: Mapping[str, Floats]
    score: Mapping[str, Mapping[str, Floats]]
    power: Mapping[str, Share]
    large: Mapping[str, Floats]
    origin: Mapping[str, list[str]]
    observed: tuple[Observation, ...]
    ratio: float

    @cached_property
    def young(self) -> Mapping[str, Floats]:
        """Scores of the crossover in the young."""
        return self.score[YOUNG]

    @property
    def sentences(self) -> tuple[str, str, str]:
        """What the chain says, how sure, and what was published."""
        return (
            f"A crossover of 17 adolescents against midazolam, run again {self.times} times, gives a MADRS of "
            f"{Band.of(self.young['ketamine']).words('points')} a day after ketamine and "
            f"{Band.of(self.young['midazolam']).words('points')} after midazolam, a difference of "
            f"{Band.of(self.young['difference']).words('points')}, and is positive in {self.power[YOUNG]} of runs; "
            f"the same trial in adults of `{ADULT}` gives "
            f"{Band.of(self.score[ADULT]['difference']).words('points')} and {self.power[ADULT]}.",
            f"The young differ from adults by body weight ({Band.of(self.weight[YOUNG]).words('kg')} against "
            f"{Band.of(self.weight[ADULT]).words('kg')}), which 0.5 mg/kg follows (peak of ketamine "
            f"{Band.of(self.peak[YOUNG]).words('ng/mL')} and {Band.of(self.peak[ADULT]).words('ng/mL')}), by their "
            "score at the start and by nothing in receptors, circuit, synapses or mood: "
            f"{', '.join(self.origin['carried'])} are derived or assumed for them, {_read(self.origin['read'])}, "
            "everything that is not named is carried over from adults, and a developing brain is in no room of "
            "the model, so that no hypothesis says anything of its own about them.",
            f"Published: {told(self.observed[:3])}, and open or in other doses {told(self.observed[3:5])}; the "
            f"larger trial of sprays found {told(self.observed[5:])} on CDRS-R, where the model has "
            f"{', '.join(f'{Band.of(v).words()} ({a})' for a, v in self.large.items())}: the crossover is met, "
            f"sprays of 84 mg do {self.ratio:.1f} times too much here, intervals of 17 and 29 people hold nearly "
            "anything, and a day says nothing of safety.",
        )

    @property
    def doubt(self) -> str:
        """What the numbers do not know."""
        return (
            f"{drawn(self.count, YOUNG, self.terms)}; {run(self.times, self.count, YOUNG, self.terms)}; the "
            "placebo layer of the young is that of adults (trials of tablets saw more), CDRS-R hangs on MADRS by "
            f"an assumed link, the crossover is compared within people; {FADES}; harm to a developing brain cannot "
            "be asked."
        )

    @property
    def details(self) -> dict[str, Any]:
        """The numbers behind, as plain data."""
        return {
            "madrs_24_h_points": {n: {k: Band.of(v).record for k, v in s.items()} for n, s in self.score.items()},
            "power_percent": {n: 100 * p.value for n, p in self.power.items()},
            "drug_fall_24_h_points": {n: Band.of(v).record for n, v in self.fall.items()},
            "peak_ketamine_ng_ml": {n: Band.of(v).record for n, v in self.peak.items()},
            "cdrs_r_difference_day_1": {a: Band.of(v).record for a, v in self.large.items()},
            "carried_over": self.origin,
            "observed": records(self.observed),
        }

    @property
    def panels(self) -> tuple[Panel, ...]:
        """The panels of the figure."""
        seen = {o.arm.name: o for o in self.observed if o.study.name == "dwyer2021"}
        kinds = {"ketamine": "ketamine", "midazolam": "midazolam", "difference": "ketamine_midazolam"}
        lines = []
        for k, arm in kinds.items():
            lines += [
                Row(k, *ends(self.young[k]), seen_words(seen[arm]), 0),
                Row("", *ends(self.score[ADULT][k]), "", 1),
            ]
        first = Rows("Crossover of 17: MADRS at 24 h", "points", tuple(lines), 0.0, ("adolescents", "adults"))
        sprays = tuple(Row(a, *ends(v), _sprays(self.observed, a)) for a, v in self.large.items())
        return first, Rows("Sprays against midazolam: CDRS-R at 24 h", "points", sprays)

    @property
    def foot(self) -> str:
        """Who and how many, under the figure."""
        words = f"{self.times} replicates, bank of {self.count}, seed {self.terms.seed}"
        return f"{words}. Bar: nine in ten trials. Nearly all carried over."


def teenagers(terms: Terms) -> Answer:
    """The answer to claim C40: a small crossover and a larger trial in the young, and what is carried over."""
    count, times = people(terms), replicates(terms, 200)
    both = {n: crowd(Asked(n, count, terms.seed), _GIVEN, _HOURS, _PORTS) for n in (YOUNG, ADULT)}
    peak = {n: c["ca_ketamine"].max(axis=1) for n, c in both.items()}
    fall = {n: c.fall("madrs_total")[:, 7] for n, c in both.items()}
    weight = {n: c.covariates["weight"] for n, c in both.items()}
    small = {n: trial(_small(n), terms) for n in (YOUNG, ADULT)}
    score = {n: _scores(one, times) for n, one in small.items()}
    power = {n: _power(one, times) for n, one in small.items()}
    large = _large(trial(design(_LARGE), terms), max(times // 2, 20))
    origin = _origins()
    observed = _observed()
    most = next(float(o.value or 0.0) for o in observed if o.arm.name == "esketamine_84_midazolam")
    ratio = float(np.median(large["esketamine 84"])) / most
    said = Young(
        terms=terms,
        count=count,
        times=times,
        weight=weight,
        peak=peak,
        fall=fall,
        score=score,
        power=power,
        large=large,
        origin=origin,
        observed=observed,
        ratio=ratio,
    )
    return Answer(
        claim("C40"), said.sentences, said.doubt, said.details, lambda: figure("C40", said.panels, terms, said.foot)
    )


def _small(name: str) -> Design:
    base = design(_SMALL)
    return base if name == YOUNG else base.model_copy(update={"population": name, "eligibility": Eligibility()})


def _scores(one: Trial, times: int) -> Mapping[str, Floats]:
    """Mean MADRS a day after each drug of the crossover, and their difference, replicate by replicate."""
    at = {0: one.plan.column("day 1", 0), 1: one.plan.column("day 1", 1)}
    found: dict[str, list[float]] = {"ketamine": [], "midazolam": []}
    for k in range(times):
        run_ = one.replicate(k)
        first = run_.arm == 0
        after = {"ketamine": (at[0], at[1]), "midazolam": (at[1], at[0])}
        for drug, (early, late) in after.items():
            found[drug].append(float(np.nanmean(np.concatenate([run_.score[first, early], run_.score[~first, late]]))))
    made = {k: np.array(v) for k, v in found.items()}
    return made | {"difference": made["ketamine"] - made["midazolam"]}


def _power(one: Trial, times: int) -> Share:
    found = [row(one, k, [_END])[0] for k in range(times)]
    return share(np.array([bool(r.p < _LEVEL and r.estimate < 0) for r in found]))


def _large(one: Trial, times: int) -> Mapping[str, Floats]:
    """The difference of changes of CDRS-R from midazolam on the first day, by arm, replicate by replicate."""
    at = one.plan.column("day 2")
    arms = [a.name for a in one.plan.design.arms if a.control == "drug"]
    found: dict[str, list[float]] = {a: [] for a in arms}
    for k in range(times):
        data = DataSet(one, one.replicate(k))
        score = data.scores("cdrs_r")
        change = score[:, at] - score[:, 0]
        for a in arms:
            found[a].append(float(np.nanmean(change[data.arms == a]) - np.nanmean(change[data.arms == "midazolam"])))
    return {a: np.array(v) for a, v in found.items()}


def _origins() -> dict[str, list[str]]:
    """Covariates of the young by where their law comes from; those that are inherited whole are not named."""
    young, grown = (population(n).specification.covariate for n in (YOUNG, "trd_phase3"))
    own = {k: v for k, v in young.items() if grown.get(k) != v}
    words = {k: k.replace("_", " ") for k in own}
    return {
        "carried": [words[k] for k, v in own.items() if v.origin in _CARRIED],
        "read": [words[k] for k, v in own.items() if v.origin not in _CARRIED],
    }


def _read(names: list[str]) -> str:
    return f"{', '.join(names)} were read in some study" if names else "none of these was simply read in a study"


def _observed() -> tuple[Observation, ...]:
    one = [o for o in rows(study="dwyer2021", endpoint="efficacy", quantity="madrs_total") if o.value is not None]
    other = (*rows(study="cullen2018", endpoint="efficacy", quantity="response_cdrs_r"),)
    ideas = rows(study="jaacap2024esketamine")[:1]
    return (*one, *other, *ideas, *(o for o in rows(study=_LARGE) if o.arm.name != "esketamine_56_plus_84_midazolam"))


def _sprays(observed: tuple[Observation, ...], arm: str) -> str:
    found = {o.arm.name: o for o in observed}
    key = f"{arm.replace(' ', '_')}_midazolam"
    if key not in found:
        return ""
    o = found[key]
    return f"{o.value:g} ({o.low:g} to {o.high:g}) ({o.study.name})"
