"""Claims C20, C23 and C46: emptied monoamine stores, spines by region, newborn neurons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...chains import anchored, default_chain
from ...core.chain import Chain
from ...hypothesis import Experiment
from ...hypothesis.bases import depletable_chain, neurogenic_chain
from ...hypothesis.siblings import regional_plasticity
from ...life.manipulation import manipulation
from ...report.claim_figure import Curves, Panel, Ribbon, Row, Rows
from ..answer import Answer
from ..claims import claim
from .band import Band, bands, sureness
from .ensemble import Arm, Courses, Ensemble
from .seen import cited, records, rows, told
from .telling import doubted, figure
from .terms import Terms

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
    sentences = (
        "Two weeks with a fifth of the monoamine stores raise despair by "
        f"{Band.of(100 * rise[usual, low][:, -1]).words('%')} of "
        "the ill state in a healthy person under little load and by "
        f"{Band.of(100 * rise[usual, frail][:, -1]).words('%')} in a "
        "vulnerable one who was well (strong rumination, rho 0.8); of the draws that are well without it "
        f"{ill[usual, low]:.0f} % "
        f"and {ill[usual, frail]:.0f} % end more ill than well.",
        "That is so where monoamines are one push among others (`mood.w_lack` on file); where they are all there is "
        f"to mood the healthy person's despair rises by {Band.of(100 * rise[only, low][:, -1]).words('%')} and "
        f"{ill[only, low]:.0f} % of draws "
        "end ill, so that depletion which leaves healthy people as they are speaks against monoamines alone.",
        "For it: a review (ruhe2007, a source of the wiring and no row of the evidence) finds no change of mood in "
        "healthy "
        "people and some in remitted or vulnerable ones; the size of the push was set with that review in view, so "
        "that only the difference between people, which is not put in, is the model's own.",
    )
    doubt = (
        f"{doubted(terms, *chains.values())}; rumination and load of the three people are set and not drawn; which "
        "monoamine, receptors that adapt, and reserpine's other effects are not modelled."
    )
    details = {
        "rise_of_despair_percent": {f"{t}; {w}": Band.of(100 * v[:, -1]).record for (t, w), v in rise.items()},
        "ill_percent_of_draws": {f"{t}; {w}": v for (t, w), v in ill.items()},
        "observed": [],
    }

    def panels() -> tuple[Panel, ...]:
        course = Curves(
            "Despair while stores stand at a fifth, monoamines one push among others",
            "days since stores began to empty",
            "despair, % of the ill state",
            tuple(
                Ribbon(w.title, _DAYS, *bands(100 * found[f"{usual}/{w.title}/emptied"]["despair"])) for w in _PEOPLE
            ),
            rest=100 * _ILL,
        )
        ends = Rows(
            "Rise of despair after two weeks (reviewed: none in healthy people)",
            "rise, % of the ill state",
            tuple(
                _row(w.title if i == 0 else "", 100 * rise[t, w.title][:, -1], i)
                for w in _PEOPLE
                for i, t in enumerate(chains)
            ),
            groups=tuple(chains),
        )
        return course, ends

    return Answer(claim("C20"), sentences, doubt, details, lambda: figure("C20", panels(), terms))


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
    sentences = (
        f"Under full stress the rat's spines change by {named}, and a day after ketamine 10 mg/kg they stand at "
        f"{Band.of(change['ketamine']['spine_density']).words('%')} in prefrontal cortex and "
        f"{Band.of(change['ketamine']['spine_density_reward']).words('%')} in accumbens.",
        f"Fewer spines in {lost['spine_density']:.0f} % of draws in prefrontal cortex and "
        f"{lost['spine_density_hippocampus']:.0f} % in "
        f"hippocampus, but in {lost['spine_density_reward']:.0f} % in the reward circuit, which gains: the half of "
        "the claim about "
        "reward is contradicted here, by the signs on file and not by anything that any hypothesis predicts; only "
        "prefrontal spines reach mood.",
        f"For loss in prefrontal cortex: {told(observed)}; against fewer in reward circuits: spines of accumbens D2 "
        "cells rise "
        "under social defeat (fox2020, a source of the sign and no row of the evidence); what shrinks in reward may "
        "be the connection to it and not its spines, which this model does not hold.",
    )
    doubt = (
        f"{doubted(terms, chain)}; outside prefrontal cortex every size is assumed, one pool stands for a region, "
        "and D1 and D2 cells differ."
    )
    details = {
        "change_percent": {k: {n: Band.of(own[p]).record for p, n in _REGIONS.items()} for k, own in change.items()},
        "fewer_percent_of_draws": {n: lost[p] for p, n in _REGIONS.items()},
        "observed": records(observed),
    }

    def panels() -> tuple[Panel, ...]:
        size = next(o for o in observed if o.statistic == "percent_change")
        return (
            Rows(
                "Stressed rat: spines against the unstressed one",
                "change, %",
                tuple(
                    Row(
                        n if k == "stress" else "",
                        *_ends(change[k][p]),
                        seen=f"{size.value:+g} % ({cited(size)})" if (k, p) == ("stress", "spine_density") else "",
                        group=i,
                    )
                    for p, n in _REGIONS.items()
                    for i, k in enumerate(change)
                ),
                groups=("stress", "stress and ketamine 10 mg/kg, 24 h"),
            ),
        )

    return Answer(claim("C23"), sentences, doubt, details, lambda: figure("C23", panels(), terms))


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
    sentences = (
        f"Eight weeks of escitalopram 10 mg a day add {Band.of(gain['tablets'][:, -1]).words('points')} of the "
        "healthy number of "
        f"newborn neurons, of which {Band.of(gain['tablets'][:, 5]).words('points')} are there after ten days; one "
        f"infusion of ketamine adds {Band.of(gain['infusion'].max(axis=1)).words('points')} at most.",
        "Where newborn neurons bear on despair (weight 1) the tablets relieve by "
        f"{Band.of(100 * relief[weighed, 'tablets'][:, -1]).words('%')} "
        f"at eight weeks, where they do not by {Band.of(100 * relief[plain, 'tablets'][:, -1]).words('%')} (difference "
        f"{Band.of(100 * more).words('%')}), and ketamine's first day is "
        f"{Band.of(100 * relief[weighed, 'infusion'][:, 1]).words('%')} "
        f"against {Band.of(100 * relief[plain, 'infusion'][:, 1]).words('%')}; no hypothesis of ketamine needs them.",
        "No row of the evidence counts newborn neurons; in the papers behind the values chronic and not acute "
        "treatment adds "
        "them in rats (malberg2000), two strains of mice show nothing (navailles2008), and whether adult people make "
        "any is disputed, so that the answer is arithmetic on assumptions.",
    )
    doubt = (
        f"{doubted(terms, *chains.values())}; births per monoamine drive come from rats, the weight in mood is 0 or "
        "1 by choice, and the bulk of the six-week effect was calibrated without these neurons."
    )
    details = {
        "newborn_gained_points": {g: Band.of(gain[g][:, -1]).record for g in ("tablets", "infusion")},
        "newborn_gained_by_ketamine_at_most": Band.of(gain["infusion"].max(axis=1)).record,
        "relief_week_8_percent": {k: Band.of(100 * relief[k, "tablets"][:, -1]).record for k in chains},
        "relief_by_newborn_percent": Band.of(100 * more).record,
        "observed": [],
    }

    def panels() -> tuple[Panel, ...]:
        both = {"tablets": "escitalopram 10 mg a day", "infusion": "ketamine 0.5 mg/kg, once"}
        count = Curves(
            "Person: newborn neurons (nothing observed is on file)",
            "days since the first dose",
            "gain, points of healthy rest",
            tuple(Ribbon(w, _WEEKS, *bands(gain[g])) for g, w in both.items()),
            rest=0.0,
        )
        mood = Curves(
            "Person on escitalopram: relief with and without their weight",
            "days since the first dose",
            "despair, % below untreated",
            tuple(Ribbon(k, _WEEKS, *bands(100 * relief[k, "tablets"])) for k in chains),
            rest=0.0,
        )
        return count, mood

    return Answer(claim("C46"), sentences, doubt, details, lambda: figure("C46", panels(), terms))


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
