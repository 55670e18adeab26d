"""Claim C02: how long one dose lasts, dose by dose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...evidence import Observation
from ...mood import rules
from ...report.claim_figure import Curves, Mark, Panel, Ribbon, Row, Rows
from ...trial.design import Design
from ...trial.design.library import design
from ...trial.run import scaled
from ..answer import Answer
from ..answering.band import Band
from ..answering.seen import records, rows, told
from ..answering.telling import figure
from ..answering.terms import Terms
from ..claims import claim
from .crowd import Asked
from .relapsing import ONCE, SIX, Lasting, by_chance, lasting
from .running import FADES, Runs, looked_at, people, replicates, trial
from .words import drawn, ends, run, seen_words

Floats = NDArray[np.float64]
POPULATION = "trd_academic"
_DOSES = ("0.1 mg/kg", "0.2 mg/kg", "0.5 mg/kg", "1.0 mg/kg")
_FOLLOWED = 60
_SHOWN = (7.0, 14.0, 28.0)
_SALLOUM = {"0.1 mg/kg": "0p1", "0.5 mg/kg": "0p5", "1.0 mg/kg": "1p0"}


@dataclass(frozen=True, eq=False)
class Weeks:
    """What became of people after one dose, by dose, and after six."""

    terms: Terms
    name: str
    found: Mapping[str, Lasting]
    six: Lasting
    runs: Runs
    relapse: Mapping[str, Floats]
    observed: Mapping[str, Observation]
    after_six: tuple[Observation, ...]

    @cached_property
    def share(self) -> Mapping[str, float]:
        """Who responds by despair, by dose (%)."""
        return {d: 100 * float(f.responded.mean()) for d, f in self.found.items()}

    @property
    def sentences(self) -> tuple[str, str, str]:
        """What the chain says, how sure, and what was published."""
        return (
            "By despair, half of the ill level or less being response and two thirds of it for five days relapse, "
            f"one dose brings response in {_each(self.share)} of people at {_DOSES[0].split()[0]}, 0.2, 0.5 and "
            f"1.0 mg/kg, and of the responders {_each({d: f.relapsed_by(14.0) for d, f in self.found.items()})} "
            f"have relapsed within two weeks (half of them after {_days(self.found['0.5 mg/kg'].median)} at 0.5 "
            f"and {_days(self.found['1.0 mg/kg'].median)} at 1.0 mg/kg); after six infusions of 0.5 mg/kg half "
            f"relapse after {_days(self.six.median)}.",
            "On the measured score (MADRS of 22 or more at day 14 among those with half of it gone at day 3) "
            "trials of 100 people an arm give "
            f"{'; '.join(f'{Band.of(v).words(chr(37))} at {d}' for d, v in self.relapse.items())}: hope, care and "
            "a lasting nonspecific fall hold people up that the drug no longer does, most of all after low doses, "
            "whose responders did not respond to the drug; by despair a larger dose lasts longer, because it "
            "starts from further below, on the measured score it does not.",
            f"Published: {told([*self.observed.values(), *self.after_six])}; by despair the weeks after six "
            "infusions agree; the days after one dose of 0.5 mg/kg are too few, and that responders to 0.1 mg/kg "
            "relapse most is missed on the measured score.",
        )

    @property
    def doubt(self) -> str:
        """What the numbers do not know."""
        return (
            f"{drawn(people(self.terms), self.name, self.terms)}; life's load changes from week to week; "
            f"{run(self.runs.count, people(self.terms), self.name, self.terms)}; {FADES}; the rule on despair is "
            "assumed."
        )

    @property
    def details(self) -> dict[str, Any]:
        """The numbers behind, as plain data."""
        return {
            "responded_percent": self.share,
            "relapsed_percent_of_responders": {
                d: {f"{t:g}": _plain(f.relapsed_by(t)) for t in _SHOWN} for d, f in self.found.items()
            },
            "median_days": {d: _plain(f.median) for d, f in self.found.items()}
            | {"six of 0.5 mg/kg": _plain(self.six.median)},
            "measured_relapse_day_14_percent": {d: Band.of(v).record for d, v in self.relapse.items()},
            "observed": records([*self.observed.values(), *self.after_six]),
        }

    @property
    def panels(self) -> tuple[Panel, ...]:
        """The panels of the figure."""
        days = np.arange(0.0, 57.0)
        shown = [
            Ribbon(f"one dose of {d}", days, *_curve(f, days)) for d, f in self.found.items() if f.responded.sum() > 9
        ]
        shown.append(Ribbon("six of 0.5 mg/kg", days, *_curve(self.six, days)))
        curves = Curves(
            "Relapse among responders, by despair; band, 90 % by chance alone",
            "days since the last dose",
            "relapsed, % of responders",
            tuple(shown),
            (
                Mark(
                    float(self.after_six[0].value or 0.0),
                    f"{self.after_six[0].study.name}, six infusions: median",
                    50.0,
                ),
            ),
            rest=50.0,
        )
        lines = tuple(
            Row(d, *ends(v), seen_words(self.observed[d], " %", 100) if d in self.observed else "")
            for d, v in self.relapse.items()
        )
        measured = Rows("MADRS of 22 or more at day 14, of responders at day 3", "% of responders", lines, None)
        return curves, measured

    @property
    def foot(self) -> str:
        """Who and how many, under the figure."""
        who = f"{people(self.terms)} people of {self.name}"
        return f"{who}, {self.runs.count} replicates, seed {self.terms.seed}. Red: observed."


def one_or_two_weeks(terms: Terms) -> Answer:
    """The answer to claim C02: time to relapse after one dose, dose by dose."""
    name = terms.population or POPULATION
    found = {d: lasting(Asked(name, people(terms), terms.seed, True), d, ONCE, _FOLLOWED) for d in _DOSES}
    six = lasting(Asked(name, people(terms), terms.seed, True), "0.5 mg/kg", SIX, 110)
    runs = Runs(trial(_measured(name), terms), replicates(terms, 60))
    relapse = {d: _measured_relapse(runs, f"ketamine {d.split()[0]}") for d in _DOSES}
    observed = {
        d: rows(study="salloum2019", arm=f"relapse_among_day_3_responders_{w}_mg_kg")[0] for d, w in _SALLOUM.items()
    }
    after_six = rows(study="murrough2013b", quantity="relapse")
    said = Weeks(
        terms=terms, name=name, found=found, six=six, runs=runs, relapse=relapse, observed=observed, after_six=after_six
    )
    return Answer(
        claim("C02"), said.sentences, said.doubt, said.details, lambda: figure("C02", said.panels, terms, said.foot)
    )


def _measured(name: str) -> Design:
    changed = looked_at(scaled(design("fava_2020"), 500), (0.0, 1.0, 3.0, 7.0, 14.0, 28.0))
    return changed.model_copy(update={"population": name})


def _measured_relapse(runs: Runs, arm: str) -> Floats:
    """Of those with half of the score gone at day 3, the share with 22 or more at day 14 (%), by replicate."""
    early, late = runs.at(3.0), runs.at(14.0)
    found = []
    for score in runs.scores[arm]:
        well = score[:, early] <= 0.5 * score[:, 0]
        found.append(100.0 * float(np.mean(score[well, late] >= rules()["madrs_total"].relapse)) if well.any() else 0.0)
    return np.array(found)


def _curve(found: Lasting, days: Floats) -> tuple[Floats, Floats, Floats]:
    return by_chance(np.array([found.relapsed_by(d) for d in days]), int(found.responded.sum()))


def _each(values: Mapping[str, float]) -> str:
    words = [f"{v:.0f} %" if np.isfinite(v) else "none" for v in values.values()]
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _days(value: float) -> str:
    return f"{value:.0f} days" if np.isfinite(value) else "longer than was watched"


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
