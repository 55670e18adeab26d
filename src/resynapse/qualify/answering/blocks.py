"""Claims C32 and C33: what is left when BDNF is blocked, and what calming an inflammation adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...chains import default_chain
from ...core.chain import Chain
from ...evidence import Observation
from ...hypothesis import Experiment, hypothesis
from ...hypothesis.siblings import inflamed_plasticity
from ...report.claim_figure import Curves, Panel, Ribbon, Row, Rows
from ..answer import Answer
from .band import Band, bands, sureness
from .ensemble import Arm, Courses, Ensemble
from .explanations import BLEND, explanations
from .seen import records, rows, told
from .telling import doubted, listed, titled
from .terms import Terms
from .told import Told

Floats = NDArray[np.float64]
_MOUSE = Experiment()
_BLOCKS: Mapping[str, tuple[tuple[str, float], ...]] = {
    "nothing blocked": (),
    "antibody against BDNF": (("synapse.bdnf_free", 0.0),),
    "BDNF Met/Met": (("synapse.val66met", 0.3),),
}
_PORTS = ("despair", "spine_density", "bdnf")
_MATTERS = 0.02
_HOURS = np.array([0.25, 0.5, 1, 2, 4, 6, 8, 12, 18, 24, 36, 48, 72.0])
_CALM = (("synapse.calming", 0.0),)


@dataclass(frozen=True, eq=False)
class _BlockedBdnf(Told):
    """What was found for claim C32, and how it is told."""

    named: list[str]
    found: dict[tuple[str, str], dict[str, Floats]]
    antibody: str
    met: str
    works: list[str]
    needs: list[str]
    keeps: list[str]
    left: dict[str, Floats]
    spines: dict[str, Floats]
    rest: Floats
    rise: Floats
    hnk: Floats
    observed: tuple[Observation, ...]

    @property
    def sentences(self) -> tuple[str, str, str]:
        return (
            f"In the stressed mouse BDNF rests {Band.of(100 * self.rest).words('%')} below the unstressed one and "
            f"rises by up to {Band.of(100 * self.rise).words('%')} of healthy rest after ketamine 10 mg/kg and "
            f"{Band.of(100 * self.hnk).words('%')} after (2R,6R)-HNK 10 mg/kg; in the default blend an antibody "
            f"leaves {Band.of(self.left[self.antibody]).words('%')} of the relief and "
            f"{Band.of(self.spines[self.antibody]).words('%')} of the new spines at 24 h, Met/Met "
            f"{Band.of(self.left[self.met]).words('%')} and {Band.of(self.spines[self.met]).words('%')}.",
            f"The relief at 24 h needs BDNF under {listed(self.needs)} and survives the antibody under "
            f"{listed(self.keeps)}; under {listed(h for h in self.named if h not in self.works)} there is no relief "
            "in most draws that could be blocked.",
            f"For the need: {told(self.observed)}, the antibody in rats and not in mice; against it no row is on "
            "file; a wiring whose relief survives the antibody is contradicted by this evidence; that people who "
            "died by suicide have less BDNF is not on file as a number, and the model lowers BDNF under stress by "
            "assumption.",
        )

    @property
    def doubt(self) -> str:
        return (
            f"{doubted(self.terms, default_chain('mouse'))}; the antibody is complete and lasts throughout, Met/Met "
            "leaves 0.3 of the drive (0.1 to 0.5, not drawn), and the share of BDNF that stress takes is assumed "
            "(0.2 to 0.5)."
        )

    @property
    def details(self) -> dict[str, Any]:
        return {
            "relief_24_h": {h: {b: Band.of(self.found[h, b]["relief"]).record for b in _BLOCKS} for h in self.named},
            "spines_24_h": {h: {b: Band.of(self.found[h, b]["spines"]).record for b in _BLOCKS} for h in self.named},
            "needs_bdnf": self.needs,
            "survives_antibody": self.keeps,
            "resting_bdnf_lost": Band.of(self.rest).record,
            "bdnf_rise": {"ketamine": Band.of(self.rise).record, "hnk": Band.of(self.hnk).record},
            "observed": records(self.observed),
        }

    def panels(self) -> tuple[Panel, ...]:
        kinds = {"relief": "relief of despair, %", "spines": "spines gained, % of healthy rest"}
        seen = "effect blocked (lepack2015), Met/Met: effect and spines blocked (liu2012)"
        return tuple(
            Rows(
                f"Mouse, ketamine 10 mg/kg, 24 h. Seen: {seen}",
                words,
                tuple(
                    _row(h if i == 0 else "", 100 * self.found[h, b][kind], i)
                    for h in self.named
                    for i, b in enumerate(_BLOCKS)
                ),
                groups=tuple(_BLOCKS),
            )
            for kind, words in kinds.items()
        )


def blocked_bdnf(terms: Terms) -> Answer:
    """The answer to claim C32: whether the effect and the spines need BDNF, hypothesis by hypothesis."""
    chains = explanations("mouse")
    named, found = list(chains), _under_blocks(chains, terms)
    free, antibody, met = _BLOCKS
    works = [h for h in named if sureness(found[h, free]["relief"], _MATTERS) > 0.5]
    needs = [h for h in works if sureness(found[h, antibody]["relief"], _MATTERS) < 0.5]
    keeps = [h for h in works if h not in needs]
    usual = BLEND
    left = {b: 100 * found[usual, b]["relief"] / found[usual, free]["relief"] for b in (antibody, met)}
    spines = {b: 100 * found[usual, b]["spines"] / found[usual, free]["spines"] for b in (antibody, met)}
    rest = _resting_bdnf(terms)
    rise, hnk = _bdnf_peaks(terms)
    observed = (*rows(study="lepack2015"), *rows(study="liu2012"))
    return _BlockedBdnf(
        terms, named, found, antibody, met, works, needs, keeps, left, spines, rest, rise, hnk, observed
    ).answer("C32")


@dataclass(frozen=True, eq=False)
class _Inflammation(Told):
    """What was found for claim C33, and how it is told."""

    whole: Chain
    drugs: dict[str, Experiment]
    found: dict[str, dict[str, Floats]]
    well: dict[str, Floats]
    fall: dict[str, Floats]
    part: dict[str, Floats]
    only: dict[str, Floats]
    lost: Floats
    ket: str
    hnk: str

    @property
    def sentences(self) -> tuple[str, str, str]:
        return (
            f"Stress holds cytokines at {Band.of(self.found['vehicle']['cytokines'][:, 0]).words()} of full stress "
            f"against {Band.of(self.well['cytokines'][:, 0]).words()} without it, beside spines that change by "
            f"{Band.of(self.lost).words('%')}; ketamine 10 mg/kg lowers them by up to "
            f"{Band.of(self.fall[self.ket].max(axis=1)).words('%')} and HNK 10 mg/kg by up to "
            f"{Band.of(self.fall[self.hnk].max(axis=1)).words('%')}; at 24 h they are "
            f"{Band.of(_day(self.fall[self.ket])).words('%')} and {Band.of(_day(self.fall[self.hnk])).words('%')} "
            "below the vehicle's.",
            "Calming alone (`inflammation`, every other drive off) relieves despair at 24 h by "
            f"{Band.of(self.only[self.ket]).words('%')} after ketamine and {Band.of(self.only[self.hnk]).words('%')} "
            f"after HNK; added to the default blend it carries {Band.of(self.part[self.ket]).words('%')} and "
            f"{Band.of(self.part[self.hnk]).words('%')} of the relief, so that under the other hypotheses, which "
            "have no cytokines, nothing is lost by leaving it out.",
            "For it: a review (kopra2021, a source of the parameters and no row of the evidence) finds cytokines "
            "lowered in rodents and uneven in patients; no observation of cytokines with a size is on file, so that "
            "the numbers above are compared with nothing; against it as the cause: two hours of drug are too short "
            "to let a day-slow cytokine fall far.",
        )

    @property
    def doubt(self) -> str:
        return (
            f"{doubted(self.terms, self.whole)}; one state stands for IL-1, IL-6 and TNF, half of what stress does "
            "to synapses is assumed to go through it (0.1 to 1), and inflammation that stress did not cause is not "
            "modelled."
        )

    @property
    def details(self) -> dict[str, Any]:
        return {
            "largest_fall_percent": {k: Band.of(v.max(axis=1)).record for k, v in self.fall.items()},
            "relief_alone_24_h_percent": {k: Band.of(v).record for k, v in self.only.items()},
            "share_of_relief_percent": {k: Band.of(v).record for k, v in self.part.items()},
            "spines_under_stress_percent": Band.of(self.lost).record,
            "observed": [],
        }

    def panels(self) -> tuple[Panel, ...]:
        shown = (*self.drugs, "vehicle")
        course = Curves(
            "Stressed mouse: cytokines (nothing with a size on file)",
            "hours after the dose",
            "cytokines, 1 at full stress",
            tuple(Ribbon(k, _HOURS, *bands(self.found[k]["cytokines"])) for k in shown),
            log_x=True,
            ticks=(0.25, 1, 4, 12, 24, 72),
        )
        effect = Rows(
            "Relief of despair at 24 h",
            "relief, % of despair",
            tuple(
                _row(f"{k}: {name}", 100 * _relief(self.found, k, kind), i)
                for i, k in enumerate(self.drugs)
                for kind, name in (
                    ("", "default and calming"),
                    (", not calming", "default"),
                    (", alone", "calming alone"),
                )
            ),
        )
        return course, effect


def inflammation(terms: Terms) -> Answer:
    """The answer to claim C33: cytokines under stress and after a dose, and how much of the relief they carry."""
    whole = default_chain("mouse").replace(synapse=inflamed_plasticity("mouse"))
    alone = hypothesis("inflammation").chain("mouse")
    ports = ("cytokines", "despair", "spine_density")
    ensemble = Ensemble(_HOURS, ports, terms.count, terms.seed)
    drugs = {"ketamine 10 mg/kg": _MOUSE, "(2R,6R)-HNK 10 mg/kg": replace(_MOUSE, drug="hydroxynorketamine_r")}
    given = {**drugs, "vehicle": _MOUSE.control}
    arms = {k: Arm(whole, e) for k, e in given.items()}
    arms |= {f"{k}, not calming": Arm(whole, replace(e, under=_CALM)) for k, e in given.items()}
    arms |= {f"{k}, alone": Arm(alone, e) for k, e in given.items()}
    found = ensemble.follow(arms)
    well = ensemble.follow({"": Arm(whole, replace(_MOUSE.control, stress=0.0))})[""]
    fall = {k: 100 * (1.0 - found[k]["cytokines"] / found["vehicle"]["cytokines"]) for k in drugs}
    relief = {k: _relief(found, k, "") for k in drugs}
    part = {k: 100 * (1.0 - _relief(found, k, ", not calming") / relief[k]) for k in drugs}
    only = {k: 100 * _relief(found, k, ", alone") for k in drugs}
    lost = 100 * (found["vehicle"]["spine_density"][:, 0] / well["spine_density"][:, 0] - 1.0)
    ket, hnk = drugs
    return _Inflammation(terms, whole, drugs, found, well, fall, part, only, lost, ket, hnk).answer("C33")


def _under_blocks(chains: Mapping[str, Chain], terms: Terms) -> dict[tuple[str, str], dict[str, Floats]]:
    """Relief and spines gained at 24 h against a vehicle under the same block."""
    ensemble = Ensemble([24.0], _PORTS, terms.count, terms.seed)
    arms = {
        f"{h}/{b}/{k}": Arm(chain, replace(e, under=under))
        for h, chain in chains.items()
        for b, under in _BLOCKS.items()
        for k, e in (("drug", _MOUSE), ("vehicle", _MOUSE.control))
    }
    found = ensemble.follow(arms)
    return {(h, b): _gains(found[f"{h}/{b}/drug"], found[f"{h}/{b}/vehicle"]) for h in chains for b in _BLOCKS}


def _gains(drug: Courses, vehicle: Courses) -> dict[str, Floats]:
    return {
        "relief": vehicle["despair"][:, 0] - drug["despair"][:, 0],
        "spines": drug["spine_density"][:, 0] - vehicle["spine_density"][:, 0],
    }


def _resting_bdnf(terms: Terms) -> Floats:
    """The share of BDNF that the stressed mouse lacks."""
    ensemble = Ensemble([1.0], ("bdnf",), terms.count, terms.seed)
    chain, vehicle = default_chain("mouse"), _MOUSE.control
    found = ensemble.follow({"ill": Arm(chain, vehicle), "well": Arm(chain, replace(vehicle, stress=0.0))})
    return np.asarray(1.0 - found["ill"]["bdnf"][:, 0] / found["well"]["bdnf"][:, 0])


def _bdnf_peaks(terms: Terms) -> tuple[Floats, Floats]:
    """By how much BDNF rises at most after ketamine and after HNK in the stressed mouse."""
    ensemble = Ensemble(_HOURS, ("bdnf",), terms.count, terms.seed)
    chain = default_chain("mouse")
    drugs = {d: Arm(chain, replace(_MOUSE, drug=d)) for d in ("ketamine", "hydroxynorketamine_r")}
    found = ensemble.follow({**drugs, "": Arm(chain, _MOUSE.control)})
    rest = found[""]["bdnf"][:, 0]
    ketamine, hnk = (found[d]["bdnf"].max(axis=1) - rest for d in drugs)
    return ketamine, hnk


def _relief(found: Mapping[str, Courses], drug: str, kind: str) -> Floats:
    return _day(found[f"vehicle{kind}"]["despair"]) - _day(found[f"{drug}{kind}"]["despair"])


def _day(course: Floats) -> Floats:
    return np.asarray(course[:, int(np.argmin(np.abs(_HOURS - 24.0)))])


def _row(label: str, draws: Floats, group: int) -> Row:
    band = Band.of(draws)
    return Row(titled(label), band.low, band.middle, band.high, group=group)
