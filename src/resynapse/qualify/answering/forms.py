"""Claims C30 and C31: the two mirror forms and the metabolite HNK, under each hypothesis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...chains import default_chain
from ...core.chain import Chain
from ...core.parameter import Species
from ...evidence import Observation
from ...hypothesis import Experiment
from ...report.claim_figure import Curves, Panel, Ribbon, Row, Rows
from ..answer import Answer
from .band import Band, bands, sureness
from .doubt import drawn
from .ensemble import Arm, Courses, Ensemble
from .explanations import BLEND, explanations
from .seen import records, rows, told
from .telling import doubted, listed, titled
from .terms import Terms
from .told import Told

Floats = NDArray[np.float64]
DAY, WEEK = 24.0, 168.0
_S, _R = (Experiment(drug=drug) for drug in ("esketamine", "arketamine"))
_FREE = np.unique(np.append(np.geomspace(0.01, 10.0, 61), 0.4))
_SHOWN = (0.01, 0.4, 1.0)
_MATTERS = 0.02
_HNK: Mapping[Species, Experiment] = {
    "mouse": Experiment(drug="hydroxynorketamine_r"),
    "rat": Experiment("rat", "hydroxynorketamine_r", dose="20 mg/kg"),
    "human": Experiment("human", "hydroxynorketamine_r", "iv", "0.5 mg/kg", "40 min"),
}
_KETAMINE = Experiment("human", route="iv", dose="0.5 mg/kg", over="40 min")
_EARLY = np.concatenate([np.linspace(0.05, 1.0, 20), np.linspace(1.5, 12.0, 22), [DAY]])


@dataclass(frozen=True, eq=False)
class _MirrorForms(Told):
    """What was found for claim C30, and how it is told."""

    ratio: Floats
    at: dict[float, Band]
    lead: dict[str, Floats]
    early: dict[str, Floats]
    stronger: list[str]
    weaker: list[str]
    observed: tuple[Observation, ...]
    people: tuple[Observation, ...]
    tight: float

    @property
    def sentences(self) -> tuple[str, str, str]:
        return (
            f"At equal free concentration S-ketamine holds {self.at[0.01].words()} times as many interneuron "
            f"receptors as R-ketamine in traces, {self.at[0.4].words()} times at 0.4 umol/L and "
            f"{self.at[1.0].words()} times at 1 umol/L, because receptors fill up: the ratio of the two constants "
            f"({self.tight:.2g}) is never reached at a dose that is given.",
            f"Seven days after 10 mg/kg in the mouse R relieves despair more than S by at least {100 * _MATTERS:.0f} "
            f"% in most draws under {listed(self.stronger)}, and S more than R under {listed(self.weaker)}; under "
            "the others the two do not differ by that much (R minus S: "
            f"{_spelled(self.lead, ('hnk_ampa', 'disinhibition', BLEND))}), and at 24 h the same wirings say "
            f"{_spelled(self.early, ('hnk_ampa', 'disinhibition', BLEND))}.",
            f"For a stronger R: {told(self.observed)}, which no wiring on NMDA receptors alone gives in this model; "
            "in people an open pilot stands against two controlled studies without separation "
            f"({told(self.people)}), so that the rodent finding does not carry over as it stands.",
        )

    @property
    def doubt(self) -> str:
        return (
            f"{doubted(self.terms, default_chain('mouse'))}; the two dissociation constants are measured without a "
            "range on file and are not drawn; body and brain are taken to handle both forms alike in the mouse; the "
            "day-7 finding comes from one laboratory."
        )

    @property
    def details(self) -> dict[str, Any]:
        return {
            "occupancy_ratio": {f"{c:g}": band.record for c, band in self.at.items()},
            "relief_r_minus_s_day_7": _records(self.lead),
            "relief_r_minus_s_24_h": _records(self.early),
            "r_stronger_under": self.stronger,
            "s_stronger_under": self.weaker,
            "observed": records((*self.observed, *self.people)),
        }

    def panels(self) -> tuple[Panel, ...]:
        curve = Curves(
            "Occupancy of interneuron receptors, S over R",
            "free concentration of either form, µmol/L",
            "ratio of occupancies",
            (Ribbon("S over R at equal free concentration", _FREE, *bands(self.ratio)),),
            log_x=True,
            ticks=(0.01, 0.1, 0.4, 1.0, 10.0),
            rest=1.0,
        )
        shown = [_row(h, 100 * v, 0) for h, v in self.lead.items()]
        seen = "R kept, S lost (zhang2014)"
        effect = Rows(
            f"Mouse, day 7 after 10 mg/kg: relief by R minus S. Seen: {seen}",
            "relief by R minus S, % of despair (right: R stronger)",
            tuple(shown),
        )
        return curve, effect


def mirror_forms(terms: Terms) -> Answer:
    """The answer to claim C30: how much tighter S binds, and whether R can outlast it under any explanation."""
    chain = default_chain("mouse")
    ratio, own = occupancy_ratio(chain, _halves(chain, terms)), occupancy_ratio(chain, _half(chain))[0]
    at = {c: _filed(ratio, own, c) for c in _SHOWN}
    fall = _falls(explanations("mouse"), {"S": _S, "R": _R}, (DAY, WEEK), terms)
    lead = {h: fall[h, "R"][:, 1] - fall[h, "S"][:, 1] for h in explanations("mouse")}
    early = {h: fall[h, "R"][:, 0] - fall[h, "S"][:, 0] for h in lead}
    stronger = [h for h, v in lead.items() if sureness(v, _MATTERS) > 0.5]
    weaker = [h for h, v in lead.items() if sureness(-v, _MATTERS) > 0.5]
    observed = rows(study="zhang2014", quantity="fst_effect")
    people = tuple(o for o in rows(drug="arketamine", quantity="madrs_total") if o.time)
    tight = _ratio_of_constants(chain)
    return _MirrorForms(terms, ratio, at, lead, early, stronger, weaker, observed, people, tight).answer("C30")


@dataclass(frozen=True, eq=False)
class _Metabolite(Told):
    """What was found for claim C31, and how it is told."""

    found: dict[Species, dict[str, Floats]]
    relief: dict[tuple[str, Species], Floats]
    free: dict[str, Floats]
    gap: Floats
    cadss: Floats
    needed: Floats
    short: Floats
    works: dict[Species, list[str]]
    observed: tuple[Any, ...]

    @property
    def sentences(self) -> tuple[str, str, str]:
        return (
            "(2R,6R)-HNK alone relieves despair at 24 h by "
            f"{Band.of(100 * self.relief['hnk_ampa', 'mouse']).words('%')} in the mouse (10 mg/kg), "
            f"{Band.of(100 * self.relief['hnk_ampa', 'rat']).words('%')} in the rat (20 mg/kg) and "
            f"{Band.of(100 * self.relief['hnk_ampa', 'human']).words('%')} in a person (0.5 mg/kg into a vein) if "
            "HNK acts on AMPA receptors; free HNK in the brain peaks at "
            f"{Band.of(self.free['mouse, HNK 10 mg/kg']).words('umol/L')} in that mouse and at "
            f"{Band.of(self.free['person, ketamine 0.5 mg/kg']).words('umol/L')} in a person after ketamine 0.5 "
            f"mg/kg, a gap of {Band.of(self.gap).words()} times, {Band.of(self.short).words()} times short of the "
            "half-effective concentration.",
            f"HNK alone works in most draws under {listed(self.works['mouse'])} in the mouse, "
            f"{listed(self.works['rat'])} in the rat and {listed(self.works['human'])} in people; where the "
            "explanation is block of NMDA receptors it does next to nothing in mouse and person, HNK binding them "
            "about a hundred times less, and no dissociation follows: CADSS peaks at "
            f"{Band.of(self.cadss).words('points')} in a person.",
            f"For it in mice and against it in rats: {told(self.observed)}; that a blocker of NMDA receptors "
            "abolishes the effect of HNK too, and that people with more HNK in plasma improve less, speak against "
            "HNK as the cause.",
        )

    @property
    def doubt(self) -> str:
        return (
            f"{doubted(self.terms, *(default_chain(s) for s in _HNK))}; human HNK differs 2.5 times between "
            "laboratories, the mouse's 8 umol/L after 10 mg/kg comes from one, the half-effective concentration "
            "(0.5 to 10 umol/L) is assumed, a receptor of HNK is not known, and nothing in the model stops relief "
            "at 100 % (health), so that upper ends overshoot."
        )

    @property
    def details(self) -> dict[str, Any]:
        return {
            "relief_24_h": {s: _records(own) for s, own in self.found.items()},
            "free_hnk_r_peak_umol_L": {k: Band.of(v).record for k, v in self.free.items()},
            "mouse_over_human_exposure": Band.of(self.gap).record,
            "half_effective_over_human_exposure": Band.of(self.short).record,
            "works_under": self.works,
            "observed": records(self.observed),
        }

    def panels(self) -> tuple[Panel, ...]:
        exposure = Rows(
            "Peak of free (2R,6R)-HNK in the brain",
            "µmol/L, logarithmic",
            tuple(_row(k, v, 0) for k, v in (*self.free.items(), ("half-effective (assumed)", self.needed))),
            rest=None,
            log_x=True,
        )
        order = {s: i for i, s in enumerate(_HNK)}
        shown = tuple(
            _row(h if s == "mouse" else "", 100 * self.relief[h, s], order[s])
            for h in self.found["human"]
            for s in _HNK
            if (h, s) in self.relief
        )
        effect = Rows(
            "HNK alone: relief of despair at 24 h",
            "relief, % of despair",
            shown,
            groups=("mouse, 10 mg/kg (seen: down)", "rat, 20 mg/kg (seen: none)", "person, 0.5 mg/kg"),
        )
        return exposure, effect


def metabolite(terms: Terms) -> Answer:
    """The answer to claim C31: HNK alone under each hypothesis in each species, and how much of it people have."""
    found = {species: _alone(species, terms) for species in _HNK}
    relief = {(h, s): v for s, own in found.items() for h, v in own.items()}
    free = _exposures(terms)
    gap = free["mouse, HNK 10 mg/kg"] / free["person, ketamine 0.5 mg/kg"]
    cadss = _felt(terms)
    needed = drawn(default_chain("mouse"), terms.count, terms.seed)["synapse.ec_hnk"]
    short = needed / free["person, ketamine 0.5 mg/kg"]
    works = {s: [h for h, v in own.items() if sureness(v, _MATTERS) > 0.5] for s, own in found.items()}
    observed = _hnk_rows()
    return _Metabolite(terms, found, relief, free, gap, cadss, needed, short, works, observed).answer("C31")


def occupancy_ratio(chain: Chain, half: Floats) -> Floats:
    """Interneuron receptors held by S over those held by R at equal free concentration: draws x concentrations.

    **Arguments:** `half` is the half-occupying racemate (umol/L), one a draw.
    """
    stage: Any = chain.stages["receptor"]
    racemate = float(stage.racemate)
    loads = [racemate * _FREE / float(stage.affinities[f"ketamine_{e}", "nmdar"]) for e in ("s", "r")]
    s, r = (load / (load + half[:, None]) for load in loads)
    return np.asarray(s / r)


def _halves(chain: Chain, terms: Terms) -> Floats:
    return drawn(chain, terms.count, terms.seed)["receptor.k_interneuron"]


def _half(chain: Chain) -> Floats:
    return np.array([float(chain.parameters["receptor.k_interneuron"])])


def _ratio_of_constants(chain: Chain) -> float:
    stage: Any = chain.stages["receptor"]
    return float(stage.affinities["ketamine_r", "nmdar"] / stage.affinities["ketamine_s", "nmdar"])


def _filed(ratio: Floats, own: Floats, c: float) -> Band:
    """The value on file with the band of the draws."""
    i = int(np.argmin(np.abs(_FREE - c)))
    low, _, high = np.quantile(ratio[:, i], [0.05, 0.5, 0.95])
    return Band(float(low), float(own[i]), float(high))


def _hnk_rows() -> tuple[Any, ...]:
    studies = ("lumsden2019", "shirayama2018", "zanos2023")
    return tuple(o for study in studies for o in rows(study=study) if "hydroxynorketamine" in " ".join(o.arm.drug))


def _falls(
    chains: Mapping[str, Chain], experiments: Mapping[str, Experiment], hours: tuple[float, ...], terms: Terms
) -> dict[tuple[str, str], Floats]:
    """Relief of despair against a vehicle by hypothesis and experiment: draws x hours."""
    ensemble = Ensemble(hours, ("despair",), terms.count, terms.seed)
    both = {**experiments, "": next(iter(experiments.values())).control}
    arms = {f"{h}/{k}": Arm(chain, e) for h, chain in chains.items() for k, e in both.items()}
    found = ensemble.follow(arms)
    return {(h, k): found[f"{h}/"]["despair"] - found[f"{h}/{k}"]["despair"] for h in chains for k in experiments}


def _alone(species: Species, terms: Terms) -> dict[str, Floats]:
    """Relief at 24 h by HNK alone under each hypothesis of a species."""
    found = _falls(explanations(species), {"HNK": _HNK[species]}, (DAY,), terms)
    return {h: v[:, 0] for (h, _), v in found.items()}


def _exposures(terms: Terms) -> dict[str, Floats]:
    """Peaks of free (2R,6R)-HNK in the brain (umol/L)."""
    asked = {
        "mouse, HNK 10 mg/kg": _HNK["mouse"],
        "mouse, ketamine 10 mg/kg": Experiment(),
        "rat, HNK 20 mg/kg": _HNK["rat"],
        "person, HNK 0.5 mg/kg": _HNK["human"],
        "person, ketamine 0.5 mg/kg": _KETAMINE,
    }
    ensemble = Ensemble(_EARLY, ("ce_hnk_r",), terms.count, terms.seed)
    found: dict[str, Courses] = ensemble.follow({k: Arm(default_chain(e.species), e) for k, e in asked.items()})
    return {k: c["ce_hnk_r"].max(axis=1) for k, c in found.items()}


def _felt(terms: Terms) -> Floats:
    """CADSS at its peak after HNK alone in a person (points)."""
    ensemble = Ensemble(_EARLY, ("cadss_total",), terms.count, terms.seed)
    found = ensemble.follow({"": Arm(default_chain("human"), _HNK["human"])})
    return np.asarray(found[""]["cadss_total"].max(axis=1))


def _row(label: str, draws: Floats, group: int) -> Row:
    band = Band.of(draws)
    return Row(titled(label), band.low, band.middle, band.high, group=group)


def _records(draws: Mapping[str, Floats]) -> dict[str, dict[str, float]]:
    return {name: Band.of(v).record for name, v in draws.items()}


def _spelled(draws: Mapping[str, Floats], names: tuple[str, ...]) -> str:
    return ", ".join(f"{titled(n)} {Band.of(100 * draws[n]).words('%')}" for n in names)
