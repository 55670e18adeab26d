"""Claim C19: depression as a lack of monoamines against depression as a fault of circuits, on the same evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.chain import Chain
from ...evidence import Observation
from ...hypothesis import Experiment, hypothesis
from ...report.claim_figure import Curves, Mark, Panel, Ribbon, Row, Rows
from ...slow_chains import slow_chain
from ..answer import Answer
from .band import Band, bands, sureness
from .ensemble import Arm, Courses, Ensemble
from .seen import records, rows, told
from .telling import doubted
from .terms import Terms
from .told import Told

Floats = NDArray[np.float64]
_DAYS = np.array([0.25, 0.5, 1, 2, 3, 5, 7, 10, 14, 21, 28, 35, 42.0])
_INFUSION = Experiment("human", route="iv", dose="0.5 mg/kg", over="40 min")
_TABLETS = Experiment("human", "escitalopram", "po", "10 mg")
_MATTERS = 0.02
_FINDINGS = {
    "ketamine relieves within a day": ("infusion", 1.0, True),
    "an SSRI relieves by six weeks": ("tablets", 42.0, True),
    "an SSRI does next to nothing within a day": ("tablets", 1.0, False),
}


@dataclass(frozen=True, eq=False)
class _FaultOfCircuits(Told):
    """What was found for claim C19, and how it is told."""

    chains: dict[str, Chain]
    points: dict[tuple[str, str], Floats]
    met: dict[str, dict[str, float]]
    day: dict[str, Band]
    counted: dict[str, int]
    mono: str
    circuit: str
    both: str
    observed: tuple[Observation, ...]
    seen: float
    weeks: dict[str, Band]

    @property
    def sentences(self) -> tuple[str, str, str]:
        return (
            "On three findings in people (ketamine within a day, an SSRI by six weeks and not within a day) "
            f"monoamines alone meet {self.counted[self.mono]}, the circuit alone {self.counted[self.circuit]} and a "
            f"circuit that monoamines also push {self.counted[self.both]} in at least four fifths of draws; a day "
            f"after ketamine the score is {self.day[self.mono].words('points')}, "
            f"{self.day[self.circuit].words('points')} and {self.day[self.both].words('points')} below untreated, at "
            f"six weeks of escitalopram {self.weeks[self.mono].words('points')}, "
            f"{self.weeks[self.circuit].words('points')} and {self.weeks[self.both].words('points')}.",
            "Under `monoamine_only` a drug that raises no monoamine cannot help, under the wirings of ketamine "
            "alone no tablet can, and only the two together hold both: the evidence is against one chemical alone, "
            "and just as much against a circuit that monoamines cannot reach.",
            f"For circuits: ketamine lowers MADRS by {self.seen:.1f} points more than midazolam "
            f"({told([o for o in self.observed if o.study.name == 'murrough2013a'])}); for monoamines: "
            f"{told([o for o in self.observed if o.study.name != 'murrough2013a'])}, on which the slow limb was "
            "calibrated; what depletion of monoamines does belongs to C20.",
        )

    @property
    def doubt(self) -> str:
        return (
            f"{doubted(self.terms, *self.chains.values())}; three findings are few, two of them were in view when "
            "the chains were made, and belief and placebo, which move every trial, are not in these numbers."
        )

    @property
    def details(self) -> dict[str, Any]:
        return {
            "probability_of_each_finding": self.met,
            "met": self.counted,
            "points_below_untreated": {
                w: {"ketamine, day 1": self.day[w].record, "escitalopram, week 6": self.weeks[w].record}
                for w in self.chains
            },
            "observed": records(self.observed),
        }

    def panels(self) -> tuple[Panel, ...]:
        mark = Mark(1.0, "murrough2013a, net of midazolam", self.seen)
        return (
            _course("Ketamine 0.5 mg/kg, once", self.points, self.chains, "infusion", (mark,)),
            _course("Escitalopram 10 mg a day", self.points, self.chains, "tablets", ()),
            Rows(
                "Each finding in each wiring",
                "draws that meet the finding, % (80 counts as met)",
                tuple(
                    Row(f if i == 0 else "", 0.0, 100 * self.met[w][f], 100 * self.met[w][f], group=i)
                    for f in _FINDINGS
                    for i, w in enumerate(self.chains)
                ),
                groups=tuple(self.chains),
            ),
        )


def fault_of_circuits(terms: Terms) -> Answer:
    """The answer to claim C19: three wirings on three findings in people."""
    chains = wirings()
    relief, points = _followed(chains, terms)
    met = {w: {f: _meets(relief[w, arm], day, moves) for f, (arm, day, moves) in _FINDINGS.items()} for w in chains}
    counted = {w: sum(p >= 0.8 for p in own.values()) for w, own in met.items()}
    mono, circuit, both = chains
    observed = (
        *rows(study="murrough2013a", quantity="madrs_total"),
        *rows(study="taylor2006"),
        *rows(study="linde2015"),
    )
    seen = _net(observed)
    day = {w: Band.of(_day(points[w, "infusion"], 1.0)) for w in chains}
    weeks = {w: Band.of(_day(points[w, "tablets"], 42.0)) for w in chains}
    return _FaultOfCircuits(
        terms, chains, points, met, day, counted, mono, circuit, both, observed, seen, weeks
    ).answer("C19")


def wirings() -> dict[str, Chain]:
    """Monoamines alone, the circuit alone, and both."""
    whole = slow_chain()
    return {
        "monoamines alone": hypothesis("monoamine_only").chain("human"),
        "circuit alone": whole.with_values({"synapse.k_v": 0.0}),
        "circuit and monoamines": whole,
    }


def _followed(
    chains: Mapping[str, Chain], terms: Terms
) -> tuple[dict[tuple[str, str], Floats], dict[tuple[str, str], Floats]]:
    """Relief (of despair, and in MADRS points) against no treatment by wiring and treatment: draws x days."""
    ensemble = Ensemble(24.0 * _DAYS, ("despair", "madrs_total"), terms.count, terms.seed)
    given = {"infusion": _INFUSION, "tablets": _TABLETS, "nothing": _INFUSION.control}
    found: dict[str, Courses] = ensemble.follow(
        {f"{w}/{k}": Arm(c, e) for w, c in chains.items() for k, e in given.items()}
    )

    def gained(port: str) -> dict[tuple[str, str], Floats]:
        return {
            (w, k): found[f"{w}/nothing"][port] - found[f"{w}/{k}"][port]
            for w in chains
            for k in ("infusion", "tablets")
        }

    return gained("despair"), gained("madrs_total")


def _meets(relief: Floats, day: float, moves: bool) -> float:
    """The share of draws in which relief is there, or is not."""
    there = sureness(_day(relief, day), _MATTERS)
    return there if moves else 1.0 - there


def _net(observed: Sequence[Observation]) -> float:
    """How much more MADRS falls under ketamine than under midazolam."""
    own = {o.arm.drug[0]: float(o.value or 0.0) for o in observed if o.study.name == "murrough2013a"}
    return own["midazolam"] - own["ketamine"]


def _course(
    title: str,
    points: Mapping[tuple[str, str], Floats],
    chains: Mapping[str, Chain],
    arm: str,
    marks: tuple[Mark, ...],
) -> Panel:
    ribbons = tuple(Ribbon(w, _DAYS, *bands(points[w, arm])) for w in chains)
    return Curves(title, "days since the first dose", "MADRS, points below untreated", ribbons, marks, rest=0.0)


def _day(course: Floats, day: float) -> Floats:
    return np.asarray(course[:, int(np.argmin(np.abs(_DAYS - day)))])
