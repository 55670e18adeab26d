"""Claim C06: suicidal thoughts fall within hours, as a state of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...dose import Regimen
from ...evidence import Observation
from ...report.claim_figure import Curves, Panel, Ribbon, Row, Rows
from ...trial.design import Design
from ...trial.design.course import Eligibility
from ...trial.design.library import design
from ...trial.run import Trial, scaled
from ...trial.run.dataset import DataSet
from ..answer import Answer
from ..answering.band import Band, bands
from ..answering.seen import records, rows, told
from ..answering.telling import figure
from ..answering.terms import Terms
from ..claims import claim
from .crowd import Asked, Crowd, crowd
from .running import FADES, looked_at, people, replicates, trial
from .words import drawn, ends, run, seen_words

Floats = NDArray[np.float64]
POPULATION = "suicidal_inpatients"
_STATES = {"suicidal_ideation": "suicidal thoughts", "despair": "despair", "anhedonia": "anhedonia"}
_HOURS = (0, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 12, 18, 24, 36, 48, 72, 120, 168)
_TICKS = (0.5, 2.0, 8.0, 24.0, 72.0, 168.0)
_DOSE = Regimen("ketamine", "iv", "0.5 mg/kg", "40 min", days=7.0)
_ARMS = ("ketamine", "midazolam")
_N = 80


@dataclass(frozen=True, eq=False)
class Thoughts:
    """What was found of the states between people, and of trials that measure thoughts."""

    terms: Terms
    name: str
    count: int
    times: int
    found: Crowd
    half: Mapping[str, Floats]
    links: Mapping[str, float]
    gap: Floats
    left: Mapping[str, Floats]
    observed: tuple[Observation, ...]

    @cached_property
    def seen_left(self) -> Mapping[str, float]:
        """What the published scale kept in each arm (%)."""
        return {a: _left(a) for a in _ARMS}

    @cached_property
    def below(self) -> float:
        """In how many thoughts stand below those of health after a day (%)."""
        return 100 * float(np.mean(self.found.at("suicidal_ideation", 24.0) < 0.0))

    @property
    def sentences(self) -> tuple[str, str, str]:
        """What the chain says, how sure, and what was published."""
        return (
            f"In {self.count} people of `{self.name}` half of the fall of suicidal thoughts is reached after "
            f"{Band.of(self.half['suicidal_ideation']).words('h')}, of despair after "
            f"{Band.of(self.half['despair']).words('h')} and of anhedonia after "
            f"{Band.of(self.half['anhedonia']).words('h')}; at 24 h thoughts stand at "
            f"{Band.of(100 * self.found.at('suicidal_ideation', 24.0)).words('%')} of the ill level (below that of "
            f"health in {self.below:.0f} % of people, since nothing floors the state) and at a week at "
            f"{Band.of(100 * self.found.at('suicidal_ideation', 168.0)).words('%')}; in trials of {_N} people "
            "against midazolam the scale for suicidal ideation (SSI) keeps "
            f"{Band.of(self.left['ketamine']).words('%')} and {Band.of(self.left['midazolam']).words('%')} of its "
            f"size after a day, a difference of {Band.of(self.gap).words('points')}.",
            "Between people the fall at 4 h goes with the fall of the habenula's output (r = "
            f"{self.links['lhb_output']:+.2f}) and the rise of surface AMPA receptors "
            f"({self.links['ampar_surface']:+.2f}), and with the prefrontal glutamate burst "
            f"({self.links['glutamate_pfc']:+.2f}); the state is built from the first two, so that its speed and "
            "that link are the wiring and no finding, thoughts fall no sooner than despair here, and no "
            "explanation on file has another way to them.",
            f"For it: {told(self.observed[:5])}, where of suicidal ideation {self.seen_left['ketamine']:.0f} % was "
            f"left after ketamine and {self.seen_left['midazolam']:.0f} % after midazolam (Price); against a gain "
            f"of its own: {told(self.observed[5:])}, where mood fell and thoughts did no better than placebo.",
        )

    @property
    def doubt(self) -> str:
        """What the numbers do not know."""
        return (
            f"{drawn(self.count, self.name, self.terms)}; {run(self.times, self.count, self.name, self.terms)}; "
            f"weights and speed of the state, and the link of SSI to MADRS, are assumed; {FADES}; attempts and "
            "deaths are not modelled."
        )

    @property
    def details(self) -> dict[str, Any]:
        """The numbers behind, as plain data."""
        return {
            "half_fall_h": {k: Band.of(v).record for k, v in self.half.items()},
            "correlation_with_fall_at_4_h": self.links,
            "ssi_left_percent": {a: Band.of(v).record for a, v in self.left.items()},
            "ssi_difference_points": Band.of(self.gap).record,
            "observed": records(self.observed),
        }

    @property
    def panels(self) -> tuple[Panel, ...]:
        """The panels of the figure."""
        hours = np.array(_HOURS[1:], float)
        shown = tuple(Ribbon(w, hours, *bands(100 * self.found[k][:, 1:])) for k, w in _STATES.items())
        states = Curves(
            "States after 0.5 mg/kg; band, nine in ten people",
            "hours after the infusion",
            "% of the ill level",
            shown,
            (),
            True,
            _TICKS,
            0.0,
        )
        lines = tuple(
            Row(f"SSI left after {a}", *ends(self.left[a]), f"{self.seen_left[a]:.0f} % (price2014, BSS)")
            for a in _ARMS
        )
        kept = Rows(f"A day later, trials of {_N}; band, nine in ten trials", "% of the score before", lines, None)
        size = Row("ketamine less midazolam", *ends(self.gap), seen_words(self.observed[2]))
        return states, kept, Rows("SSI a day later, difference of changes", "points", (size,))

    @property
    def foot(self) -> str:
        """Who and how many, under the figure."""
        return f"{self.count} people of {self.name}, {self.times} replicates, seed {self.terms.seed}. Red: observed."


def thoughts(terms: Terms) -> Answer:
    """The answer to claim C06: when each state falls, what goes with it, and what a trial would measure."""
    name, count = terms.population or POPULATION, people(terms)
    ports = (*_STATES, "glutamate_pfc", "lhb_output", "ampar_surface")
    found = crowd(Asked(name, count, terms.seed), _DOSE, _HOURS, ports)
    half = {k: _half(found, k) for k in _STATES}
    links = _links(found)
    times = replicates(terms, 60)
    ssi = _measured(trial(_design(name), terms), times)
    gap, left = ssi["gap"], {a: ssi[a] for a in _ARMS}
    observed = _observed()
    said = Thoughts(
        terms=terms,
        name=name,
        count=count,
        times=times,
        found=found,
        half=half,
        links=links,
        gap=gap,
        left=left,
        observed=observed,
    )
    return Answer(
        claim("C06"), said.sentences, said.doubt, said.details, lambda: figure("C06", said.panels, terms, said.foot)
    )


def _design(name: str) -> Design:
    changed = looked_at(scaled(design("murrough_2013"), _N), (0.0, 1.0, 7.0), ("madrs_total", "ssi_total"))
    return changed.model_copy(update={"population": name, "eligibility": Eligibility()})


def _half(found: Crowd, port: str) -> Floats:
    fall = found.fall(port)
    goal = 0.5 * fall.max(axis=1)
    return np.asarray(
        np.array(
            [
                np.interp(g, row[: row.argmax() + 1], found.hours[: row.argmax() + 1])
                for g, row in zip(goal, fall, strict=True)
            ]
        )
    )


def _links(found: Crowd) -> Mapping[str, float]:
    """How the fall of thoughts at 4 h goes between people with what moves in the circuit."""
    at = int(np.argmin(np.abs(found.hours - 4.0)))
    fall = found.fall("suicidal_ideation")[:, at]
    moved = {
        "lhb_output": found.fall("lhb_output")[:, at],
        "ampar_surface": -found.fall("ampar_surface")[:, at],
        "glutamate_pfc": found["glutamate_pfc"].max(axis=1),
    }
    return {k: float(np.corrcoef(fall, v)[0, 1]) for k, v in moved.items()}


def _measured(one: Trial, times: int) -> Mapping[str, Floats]:
    """SSI a day later: what is left in each arm (% of before), and the difference of changes (points)."""
    found: dict[str, list[float]] = {a: [] for a in (*_ARMS, "gap")}
    for k in range(times):
        data = DataSet(one, one.replicate(k))
        score = data.scores("ssi_total")[:, :2]
        mean = {a: np.nanmean(score[data.arms == a], axis=0) for a in _ARMS}
        for a in _ARMS:
            found[a].append(100.0 * float(mean[a][1] / max(mean[a][0], 1e-9)))
        found["gap"].append(float(np.diff(mean["ketamine"])[0] - np.diff(mean["midazolam"])[0]))
    return {k: np.array(v) for k, v in found.items()}


def _left(arm: str) -> float:
    """What the published scale of ideation kept in an arm (%)."""
    before, after = (float(o.value or 0.0) for o in rows(study="price2014", quantity="bss_total", arm=arm))
    return 100.0 * after / before


def _observed() -> tuple[Observation, ...]:
    after = [o for o in rows(study="price2014", quantity="bss_total") if o.time == 1.0]
    absent = rows(study="murrough2013a", quantity="si_absent_three_measures")
    return (*after, *rows(study="grunebaum2018", quantity="ssi_total"), *absent, *rows(quantity="cgi_ss_r"))
