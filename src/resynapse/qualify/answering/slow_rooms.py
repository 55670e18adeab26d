"""Claims C20, C23 and C46: emptied monoamine stores, spines by region, newborn neurons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...chains import anchored, default_chain
from ...core.chain import Chain
from ...evidence import Observation
from ...hypothesis import Experiment
from ...hypothesis.bases import depletable_chain, neurogenic_chain
from ...hypothesis.siblings import regional_plasticity
from ...life.manipulation import manipulation
from ...report.claim_figure import Curves, Panel, Ribbon, Row, Rows
from ..answer import Answer
from .band import Band, bands, sureness
from .ensemble import Arm, Courses, Ensemble
from .seen import cited, records, rows, told
from .telling import doubted
from .terms import Terms
from .told import Told

Floats = NDArray[np.float64]
_DAYS = np.array([0.25, 0.5, 1, 2, 3, 4, 5, 7, 9, 11, 14.0])
_WEEKS = np.array([0.25, 1, 2, 4, 7, 10, 14, 21, 28, 35, 42, 49, 56.0])
_NOTHING = Experiment("human", None)
_TABLETS = Experiment("human", "escitalopram", "po", "10 mg")
_INFUSION = Experiment("human", route="iv", dose="0.5 mg/kg", over="40 min")
_ILL = 0.5
_REGIONS = {
    "spine_density": "prefrontal cortex",
    "spine_density_hippocampus": "hippocampus",
    "spine_density_reward": "accumbens (reward)",
    "spine_density_amygdala": "amygdala",
}
_WEIGHTS = {"without weight in mood": 0.0, "with weight in mood": 1.0}


@dataclass(frozen=True)
class Who:
    """Somebody whose stores are emptied: strength of rumination, load of life, and how it is called."""

    title: str
    rho: float
    load: float


_PEOPLE = (
    Who("healthy, little load", 0.4, 0.1),
    Who("healthy, some load", 0.4, 0.25),
    Who("vulnerable, well under load", 0.8, 0.2),
)


@dataclass(frozen=True, eq=False)
class _Depletion(Told):
    """What was found for claim C20, and how it is told."""

    chains: dict[str, Chain]
    found: dict[str, dict[str, Floats]]
    rise: dict[tuple[str, str], Floats]
    ill: dict[tuple[str, str], float]
    usual: str
    only: str
    low: str
    frail: str

    @property
    def sentences(self) -> tuple[str, str, str]:
        return (
            "Two weeks with a fifth of the monoamine stores raise despair by "
            f"{Band.of(100 * self.rise[self.usual, self.low][:, -1]).words('%')} of "
            "the ill state in a healthy person under little load and by "
            f"{Band.of(100 * self.rise[self.usual, self.frail][:, -1]).words('%')} in a "
            "vulnerable one who was well (strong rumination, rho 0.8); of the draws that are well without it "
            f"{self.ill[self.usual, self.low]:.0f} % "
            f"and {self.ill[self.usual, self.frail]:.0f} % end more ill than well.",
            "That is so where monoamines are one push among others (`mood.w_lack` on file); where they are all "
            "there is to mood the healthy person's despair rises by "
            f"{Band.of(100 * self.rise[self.only, self.low][:, -1]).words('%')} and "
            f"{self.ill[self.only, self.low]:.0f} % of draws end ill, so that depletion which leaves healthy people "
            "as they are speaks against monoamines alone.",
            "For it: a review (ruhe2007, a source of the wiring and no row of the evidence) finds no change of mood in "
            "healthy "
            "people and some in remitted or vulnerable ones; the size of the push was set with that review in view, so "
            "that only the difference between people, which is not put in, is the model's own.",
        )

    @property
    def doubt(self) -> str:
        return (
            f"{doubted(self.terms, *self.chains.values())}; rumination and load of the three people are set and not "
            "drawn; which monoamine, receptors that adapt, and reserpine's other effects are not modelled."
        )

    @property
    def details(self) -> dict[str, Any]:
        return {
            "rise_of_despair_percent": {f"{t}; {w}": Band.of(100 * v[:, -1]).record for (t, w), v in self.rise.items()},
            "ill_percent_of_draws": {f"{t}; {w}": v for (t, w), v in self.ill.items()},
            "observed": [],
        }

    def panels(self) -> tuple[Panel, ...]:
        course = Curves(
            "Despair while stores stand at a fifth, monoamines one push among others",
            "days since stores began to empty",
            "despair, % of the ill state",
            tuple(
                Ribbon(w.title, _DAYS, *bands(100 * self.found[f"{self.usual}/{w.title}/emptied"]["despair"]))
                for w in _PEOPLE
            ),
            rest=100 * _ILL,
        )
        ends = Rows(
            "Rise of despair after two weeks (reviewed: none in healthy people)",
            "rise, % of the ill state",
            tuple(
                _row(w.title if i == 0 else "", 100 * self.rise[t, w.title][:, -1], i)
                for w in _PEOPLE
                for i, t in enumerate(self.chains)
            ),
            groups=tuple(self.chains),
        )
        return course, ends


def depletion(terms: Terms) -> Answer:
    """The answer to claim C20: stores emptied for two weeks in healthy and in vulnerable people, under two theories."""
    held = tuple((c.address, float(c.fact.value)) for c in manipulation("monoamine_depletion").changes)
    chains = _depletable()
    ensemble = Ensemble(24.0 * _DAYS, ("despair",), terms.count, terms.seed)
    arms = {
        f"{theory}/{who.title}/{k}": Arm(_fed(chain, who.rho), _NOTHING, (), then, who.load, True)
        for theory, chain in chains.items()
        for who in _PEOPLE
        for k, then in (("emptied", held), ("left", ()))
    }
    found = ensemble.follow(arms)
    rise = {
        (t, w.title): found[f"{t}/{w.title}/emptied"]["despair"] - found[f"{t}/{w.title}/left"]["despair"]
        for t in chains
        for w in _PEOPLE
    }
    ill = {(t, w.title): _fallen(found, f"{t}/{w.title}") for t in chains for w in _PEOPLE}
    usual, only = chains
    low, _, frail = (w.title for w in _PEOPLE)
    return _Depletion(terms, chains, found, rise, ill, usual, only, low, frail).answer("C20")


@dataclass(frozen=True, eq=False)
class _Regions(Told):
    """What was found for claim C23, and how it is told."""

    chain: Chain
    change: dict[str, dict[str, Floats]]
    lost: dict[str, float]
    observed: tuple[Observation, ...]
    named: str

    @property
    def sentences(self) -> tuple[str, str, str]:
        return (
            f"Under full stress the rat's spines change by {self.named}, and a day after ketamine 10 mg/kg they "
            f"stand at {Band.of(self.change['ketamine']['spine_density']).words('%')} in prefrontal cortex and "
            f"{Band.of(self.change['ketamine']['spine_density_reward']).words('%')} in accumbens.",
            f"Fewer spines in {self.lost['spine_density']:.0f} % of draws in prefrontal cortex and "
            f"{self.lost['spine_density_hippocampus']:.0f} % in hippocampus, but in "
            f"{self.lost['spine_density_reward']:.0f} % in the reward circuit, which gains: the half of the claim "
            "about reward is contradicted here, by the signs on file and not by anything that any hypothesis "
            "predicts; only prefrontal spines reach mood.",
            f"For loss in prefrontal cortex: {told(self.observed)}; against fewer in reward circuits: spines of "
            "accumbens D2 cells rise under social defeat (fox2020, a source of the sign and no row of the "
            "evidence); what shrinks in reward may be the connection to it and not its spines, which this model "
            "does not hold.",
        )

    @property
    def doubt(self) -> str:
        return (
            f"{doubted(self.terms, self.chain)}; outside prefrontal cortex every size is assumed, one pool stands "
            "for a region, and D1 and D2 cells differ."
        )

    @property
    def details(self) -> dict[str, Any]:
        return {
            "change_percent": {
                k: {n: Band.of(own[p]).record for p, n in _REGIONS.items()} for k, own in self.change.items()
            },
            "fewer_percent_of_draws": {n: self.lost[p] for p, n in _REGIONS.items()},
            "observed": records(self.observed),
        }

    def panels(self) -> tuple[Panel, ...]:
        size = next(o for o in self.observed if o.statistic == "percent_change")
        return (
            Rows(
                "Stressed rat: spines against the unstressed one",
                "change, %",
                tuple(
                    Row(
                        n if k == "stress" else "",
                        *_ends(self.change[k][p]),
                        seen=f"{size.value:+g} % ({cited(size)})" if (k, p) == ("stress", "spine_density") else "",
                        group=i,
                    )
                    for p, n in _REGIONS.items()
                    for i, k in enumerate(self.change)
                ),
                groups=("stress", "stress and ketamine 10 mg/kg, 24 h"),
            ),
        )


def regions(terms: Terms) -> Answer:
    """The answer to claim C23: spines of four regions under stress, and a day after ketamine."""
    chain = anchored(default_chain("rat").replace(synapse=regional_plasticity("rat")))
    ensemble = Ensemble([24.0], tuple(_REGIONS), terms.count, terms.seed)
    drug = Experiment("rat")
    arms = {"stress": drug.control, "ketamine": drug, "none": replace(drug.control, stress=0.0)}
    found = ensemble.follow({k: Arm(chain, e) for k, e in arms.items()})
    change = {
        k: {p: 100 * (found[k][p][:, 0] / found["none"][p][:, 0] - 1.0) for p in _REGIONS}
        for k in ("stress", "ketamine")
    }
    lost = {p: 100 * sureness(-change["stress"][p]) for p in _REGIONS}
    observed = tuple(o for o in rows(study="li2011") if o.quantity == "spine_density")
    named = ", ".join(f"{Band.of(change['stress'][p]).words('%')} in {n}" for p, n in _REGIONS.items())
    return _Regions(terms, chain, change, lost, observed, named).answer("C23")


@dataclass(frozen=True, eq=False)
class _Newborn(Told):
    """What was found for claim C46, and how it is told."""

    chains: dict[str, Chain]
    plain: str
    weighed: str
    gain: dict[str, Floats]
    relief: dict[tuple[str, str], Floats]
    more: Floats

    @property
    def sentences(self) -> tuple[str, str, str]:
        return (
            f"Eight weeks of escitalopram 10 mg a day add {Band.of(self.gain['tablets'][:, -1]).words('points')} of "
            f"the healthy number of newborn neurons, of which {Band.of(self.gain['tablets'][:, 5]).words('points')} "
            "are there after ten days; one infusion of ketamine adds "
            f"{Band.of(self.gain['infusion'].max(axis=1)).words('points')} at most.",
            "Where newborn neurons bear on despair (weight 1) the tablets relieve by "
            f"{Band.of(100 * self.relief[self.weighed, 'tablets'][:, -1]).words('%')} at eight weeks, where they do "
            f"not by {Band.of(100 * self.relief[self.plain, 'tablets'][:, -1]).words('%')} (difference "
            f"{Band.of(100 * self.more).words('%')}), and ketamine's first day is "
            f"{Band.of(100 * self.relief[self.weighed, 'infusion'][:, 1]).words('%')} against "
            f"{Band.of(100 * self.relief[self.plain, 'infusion'][:, 1]).words('%')}; no hypothesis of ketamine needs "
            "them.",
            "No row of the evidence counts newborn neurons; in the papers behind the values chronic and not acute "
            "treatment adds them in rats (malberg2000), two strains of mice show nothing (navailles2008), and "
            "whether adult people make any is disputed, so that the answer is arithmetic on assumptions.",
        )

    @property
    def doubt(self) -> str:
        return (
            f"{doubted(self.terms, *self.chains.values())}; births per monoamine drive come from rats, the weight in "
            "mood is 0 or 1 by choice, and the bulk of the six-week effect was calibrated without these neurons."
        )

    @property
    def details(self) -> dict[str, Any]:
        return {
            "newborn_gained_points": {g: Band.of(self.gain[g][:, -1]).record for g in ("tablets", "infusion")},
            "newborn_gained_by_ketamine_at_most": Band.of(self.gain["infusion"].max(axis=1)).record,
            "relief_week_8_percent": {k: Band.of(100 * self.relief[k, "tablets"][:, -1]).record for k in self.chains},
            "relief_by_newborn_percent": Band.of(100 * self.more).record,
            "observed": [],
        }

    def panels(self) -> tuple[Panel, ...]:
        both = {"tablets": "escitalopram 10 mg a day", "infusion": "ketamine 0.5 mg/kg, once"}
        count = Curves(
            "Person: newborn neurons (nothing observed is on file)",
            "days since the first dose",
            "gain, points of healthy rest",
            tuple(Ribbon(w, _WEEKS, *bands(self.gain[g])) for g, w in both.items()),
            rest=0.0,
        )
        mood = Curves(
            "Person on escitalopram: relief with and without their weight",
            "days since the first dose",
            "despair, % below untreated",
            tuple(Ribbon(k, _WEEKS, *bands(100 * self.relief[k, "tablets"])) for k in self.chains),
            rest=0.0,
        )
        return count, mood


def newborn(terms: Terms) -> Answer:
    """The answer to claim C46: newborn neurons under tablets and after ketamine, with and without a say in mood."""
    chains = {k: anchored(neurogenic_chain().with_values({"mood.w_newborn": w})) for k, w in _WEIGHTS.items()}
    ensemble = Ensemble(24.0 * _WEEKS, ("newborn_neurons", "despair"), terms.count, terms.seed)
    given = {"tablets": _TABLETS, "infusion": _INFUSION, "nothing": _NOTHING}
    found = ensemble.follow({f"{k}/{g}": Arm(c, e) for k, c in chains.items() for g, e in given.items()})
    plain, weighed = _WEIGHTS
    gain = {
        g: 100 * (found[f"{plain}/{g}"]["newborn_neurons"] - found[f"{plain}/nothing"]["newborn_neurons"])
        for g in given
    }
    relief = {(k, g): _relief(found, k, g) for k in chains for g in ("tablets", "infusion")}
    more = relief[weighed, "tablets"][:, -1] - relief[plain, "tablets"][:, -1]
    return _Newborn(terms, chains, plain, weighed, gain, relief, more).answer("C46")


def _fallen(found: Mapping[str, Courses], name: str) -> float:
    """How many of the draws that stay well with full stores are ill at the end with emptied ones (%)."""
    emptied, left = (found[f"{name}/{k}"]["despair"][:, -1] for k in ("emptied", "left"))
    return 100 * float(np.mean(emptied[left < _ILL] > _ILL)) if (left < _ILL).any() else 0.0


def _depletable() -> dict[str, Chain]:
    chain = depletable_chain()
    return {"one push among others": chain, "monoamines alone": chain.with_values({"mood.w_lack": 1.0})}


def _fed(chain: Chain, rho: float) -> Chain:
    return chain.with_values({"life.rho": rho})


def _relief(found: Mapping[str, Courses], chain: str, given: str) -> Floats:
    return np.asarray(found[f"{chain}/nothing"]["despair"] - found[f"{chain}/{given}"]["despair"])


def _ends(draws: Floats) -> tuple[float, float, float]:
    band = Band.of(draws)
    return band.low, band.middle, band.high


def _row(label: str, draws: Floats, group: int) -> Row:
    return Row(label, *_ends(draws), group=group)
