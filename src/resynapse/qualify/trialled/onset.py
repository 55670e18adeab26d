"""Claim C01: a low dose into a vein relieves depression within hours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...dose import Regimen
from ...evidence import Observation
from ...hypothesis import Experiment
from ...report.claim_figure import Curves, Panel, Ribbon
from ...trial.design import Design
from ...trial.design.library import design
from ...trial.run import scaled
from ..answer import Answer
from ..answering.band import Band, bands, sureness
from ..answering.ensemble import Arm, Ensemble
from ..answering.explanations import explanations
from ..answering.seen import records, rows, told
from ..answering.telling import figure, listed
from ..answering.terms import Terms
from ..claims import claim
from .crowd import Asked, Crowd, crowd
from .running import FADES, Runs, looked_at, people, replicates, trial
from .words import drawn, point, run

Floats = NDArray[np.float64]
POPULATION = "trd_academic"
_DOSE = Regimen("ketamine", "iv", "0.5 mg/kg", "40 min", days=14.0)
_HOURS = (0, 0.25, 0.5, 0.667, 1, 1.5, 2, 3, 4, 6, 8, 12, 18, 24, 36, 48, 72, 120, 168, 240, 336)
_DAYS = (0.0, 1 / 12, 1 / 6, 1 / 3, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 14.0)
_TICKS = (2.0, 8.0, 24.0, 72.0, 168.0, 336.0)
_WIRED, _LOOKS = 40, (4.0, 24.0, 168.0)
_PEOPLE_OF_THE_TRIAL = 72


@dataclass(frozen=True, eq=False)
class Onset:
    """What was found of relief within hours."""

    terms: Terms
    name: str
    found: Crowd
    runs: Runs
    fast: list[str]
    slow: list[str]
    observed: tuple[Observation, ...]

    @cached_property
    def fall(self) -> Floats:
        """The fall of MADRS by the drug alone (people x looks)."""
        return self.found.fall("madrs_total")

    @cached_property
    def onset(self) -> Floats:
        """Hours until half of a person's fall is reached."""
        return _onset(self.found)

    @cached_property
    def contrast(self) -> Floats:
        """Ketamine less midazolam (replicates x looks)."""
        return self.runs.contrast("ketamine", "midazolam")

    @cached_property
    def arm(self) -> Floats:
        """Changes after ketamine (replicates x looks)."""
        return self.runs.changes("ketamine")

    @cached_property
    def control(self) -> Floats:
        """Changes after midazolam (replicates x looks)."""
        return self.runs.changes("midazolam")

    @cached_property
    def left(self) -> Floats:
        """Despair at a week (% of the start)."""
        return 100 * self.found.at("despair", 168.0)

    @property
    def sentences(self) -> tuple[str, str, str]:
        """What the chain says, how sure, and what was published."""
        return (
            "After 0.5 mg/kg over 40 min half of the fall of a person's despair is reached after "
            f"{Band.of(self.onset).words('h')}; the drug alone takes "
            f"{Band.of(_at(self.fall, 2.0)).words('points')} off MADRS at 2 h, "
            f"{Band.of(_at(self.fall, 24.0)).words('points')} at 24 h and "
            f"{Band.of(_at(self.fall, 168.0)).words('points')} at a week (despair is then at "
            f"{Band.of(self.left).words('%')} of the start), and in a trial of {_PEOPLE_OF_THE_TRIAL} people "
            f"against midazolam scores change by {Band.of(_day(self.runs, self.arm, 1.0)).words('points')} and "
            f"{Band.of(_day(self.runs, self.control, 1.0)).words('points')} in a day, a contrast of "
            f"{Band.of(_day(self.runs, self.contrast, 1.0)).words('points')}.",
            f"Of the explanations of ketamine, {listed(self.fast)} lower a typical person's despair by a tenth or "
            f"more within 4 h in most draws, {listed(self.slow)} do not; so much of the measured fall is belief, "
            "care and chance that the control arm alone answers within hours too, and the contrast of a small "
            "trial scatters as the band shows.",
            f"For it: {told([o for o in self.observed if _when(o) <= 1.0])}; against the course after the first "
            f"day: {told(rows(study='lii2023', arm='ketamine_placebo_d1_3'))} under anaesthesia, and scores that "
            "stay down for days where the model's drug effect is gone "
            f"({told([o for o in self.observed if _when(o) >= 5.0])}, some after repeated doses).",
        )

    @property
    def doubt(self) -> str:
        """What the numbers do not know."""
        return (
            f"{drawn(people(self.terms), self.name, self.terms)}; "
            f"{run(self.runs.count, people(self.terms), self.name, self.terms)}; {FADES}; the size at 24 h was "
            "fitted to trials of role build, so that it is no test."
        )

    @property
    def details(self) -> dict[str, Any]:
        """The numbers behind, as plain data."""
        return {
            "onset_h": Band.of(self.onset).record,
            "drug_fall_points": {f"{h:g}": Band.of(_at(self.fall, h)).record for h in (2, 4, 24, 72, 168)},
            "measured_change_points": {
                k: {f"{d:g}": Band.of(_day(self.runs, v, d)).record for d in (1.0, 3.0, 7.0)}
                for k, v in (("ketamine", self.arm), ("midazolam", self.control), ("contrast", self.contrast))
            },
            "explanations_within_4_h": list(self.fast),
            "observed": records((*self.observed, *_differences())),
        }

    @property
    def panels(self) -> tuple[Panel, ...]:
        """The panels of the figure."""
        hours = 24.0 * self.runs.days[1:]
        shown = tuple(
            Ribbon(w, hours, *bands(c[:, 1:])) for w, c in (("ketamine", self.arm), ("midazolam", self.control))
        )
        marks = tuple(point(o, 24.0 * _when(o)) for o in self.observed if o.statistic == "change" and _when(o) > 0)
        measured = Curves(
            f"Measured MADRS in trials of {_PEOPLE_OF_THE_TRIAL}: band, nine in ten trials",
            "hours after the infusion",
            "change of MADRS, points",
            shown,
            marks,
            True,
            _TICKS,
            0.0,
        )
        own = Ribbon("drug alone, nine in ten people", np.array(_HOURS[1:], float), *bands(-self.fall[:, 1:]))
        among = Ribbon("contrast in trials, nine in ten", hours, *bands(self.contrast[:, 1:]))
        differences = tuple(point(o, 24.0 * _when(o)) for o in _differences())
        effect = Curves(
            "The drug's part, and the contrast with midazolam",
            "hours after the infusion",
            "points of MADRS",
            (own, among),
            differences,
            True,
            (0.5, *_TICKS),
            0.0,
        )
        return measured, effect

    @property
    def foot(self) -> str:
        """Who and how many, under the figure."""
        return (
            f"{people(self.terms)} people of {self.name}, {self.runs.count} replicates, seed {self.terms.seed}. "
            "Red: observed (an2021: esketamine by nose)."
        )


def within_hours(terms: Terms) -> Answer:
    """The answer to claim C01: when relief begins, how large it is, and when it has gone."""
    name = terms.population or POPULATION
    found = crowd(Asked(name, people(terms), terms.seed), _DOSE, _HOURS, ("madrs_total", "despair"))
    runs = Runs(trial(_design(name), terms), replicates(terms, 100))
    fast, slow = _by_explanation(terms)
    observed = _observed()
    said = Onset(terms=terms, name=name, found=found, runs=runs, fast=fast, slow=slow, observed=observed)
    return Answer(
        claim("C01"), said.sentences, said.doubt, said.details, lambda: figure("C01", said.panels, terms, said.foot)
    )


def _design(name: str) -> Design:
    changed = looked_at(scaled(design("murrough_2013"), _PEOPLE_OF_THE_TRIAL), _DAYS)
    return changed.model_copy(update={"population": name})


def _onset(found: Crowd) -> Floats:
    """Hours until half of each person's largest fall of despair is reached, between looks on a straight line."""
    fall = found.fall("despair")
    goal = 0.5 * fall.max(axis=1)
    after = (fall >= goal[:, None]).argmax(axis=1)
    rows_ = np.arange(len(fall))
    low, high = fall[rows_, after - 1], fall[rows_, after]
    part = (goal - low) / np.maximum(high - low, 1e-9)
    return np.asarray(found.hours[after - 1] + part * (found.hours[after] - found.hours[after - 1]))


def _by_explanation(terms: Terms) -> tuple[list[str], list[str]]:
    """Explanations under which despair is down by a tenth at 4 h in most draws, and the others."""
    given = Experiment("human", route="iv", dose="0.5 mg/kg", over="40 min")
    few = Ensemble(list(_LOOKS), ("despair",), _WIRED, terms.seed)
    chains = explanations("human")
    arms = {f"{n}/{w}": Arm(c, e) for n, c in chains.items() for w, e in (("drug", given), ("", given.control))}
    found = few.follow(arms)
    relief = {n: found[f"{n}/"]["despair"][:, 0] - found[f"{n}/drug"]["despair"][:, 0] for n in chains}
    up = {n: sureness(v, 0.1) > 0.5 for n, v in relief.items()}
    return [n for n, yes in up.items() if yes], [n for n, yes in up.items() if not yes]


def _observed() -> tuple[Observation, ...]:
    named = [o for s in ("murrough2013a", "murrough2013b") for o in rows(study=s, quantity="madrs_total")]
    masked = [o for o in rows(study="lii2023", quantity="madrs_total", arm="ketamine") if o.time in (1.0, 7.0, 14.0)]
    open_ = [o for o in rows(study="shivanekar2022", quantity="madrs_total") if (o.time or 0) in (0.0, 1.0, 5.0, 12.0)]
    shares = rows(study="wilkinson2019", quantity="response_mixed", endpoint="efficacy")
    return (*named, *shares, *(o for o in (*masked, *open_) if o.time))


def _differences() -> tuple[Observation, ...]:
    return (*rows(study="lii2023", arm="ketamine_placebo_d1_3"), *rows(study="an2021", quantity="madrs_total")[:2])


def _when(o: Observation) -> float:
    return float(o.time or 0.0)


def _at(values: Floats, hour: float) -> Floats:
    return np.asarray(values[:, int(np.argmin(np.abs(np.array(_HOURS) - hour)))])


def _day(runs: Runs, values: Floats, day: float) -> Floats:
    return np.asarray(values[:, runs.at(day)])
