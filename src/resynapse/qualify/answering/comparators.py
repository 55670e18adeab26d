"""Claims C29 and C47: other NMDA blockers, and what else moves glutamate and GABA."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...chains import default_chain
from ...company import with_company
from ...core.chain import Chain
from ...evidence import Observation
from ...hypothesis import Experiment, hypothesis
from ...hypothesis.experiment import Given
from ...hypothesis.siblings import trapping_block
from ...report.claim_figure import Panel, Row, Rows
from ..answer import Answer
from .band import Band, sureness
from .ensemble import Arm, Courses, Ensemble
from .seen import records, rows, told
from .telling import doubted, listed, titled
from .terms import Terms
from .told import Told

Floats = NDArray[np.float64]
_KETAMINE = Experiment("human", route="iv", dose="0.5 mg/kg", over="40 min")
_BLOCKERS: Mapping[str, Experiment] = {
    "ketamine 0.5 mg/kg iv": _KETAMINE,
    "memantine 20 mg oral": Experiment("human", "memantine", "oral", "20 mg"),
    "lanicemine 100 mg iv": Experiment("human", "lanicemine", "iv", "100 mg", "60 min"),
    "traxoprodil 0.75 mg/kg iv": Experiment("human", "traxoprodil", "iv", "0.75 mg/kg", "90 min"),
    "rapastinel 450 mg iv": Experiment("human", "rapastinel", "iv", "450 mg"),
}
_FAILED = ("memantine 20 mg oral", "lanicemine 100 mg iv", "rapastinel 450 mg iv")
_WIRINGS = ("disinhibition", "direct_inhibition", "extrasynaptic_glun2b", "habenula_burst_block")
_POOLS = tuple(f"occupancy_nmdar_{p}" for p in ("interneuron", "pyramidal", "resting"))
_HOURS = np.concatenate([np.linspace(0.1, 6.0, 40), [8.0, 12.0, 24.0, 168.0]])
_DAY = -2
_TRAPPING = "trapping receptor"
_MATTERS = 0.02
_ALSO = {
    "phencyclidine 0.1 mg/kg iv": Given("pcp", "0.1 mg/kg", "iv"),
    "amphetamine 20 mg oral": Given("amphetamine", "20 mg", "oral"),
    "alcohol 0.6 g/kg oral": Given("alcohol", "0.6 g/kg", "oral"),
}
_THREE = np.linspace(0.1, 4.0, 40)


@dataclass(frozen=True, eq=False)
class _OtherBlockers(Told):
    """What was found for claim C29, and how it is told."""

    chains: dict[str, Chain]
    relief: dict[tuple[str, str], Floats]
    usual: str
    block: dict[str, dict[str, Any]]
    weaker: dict[str, list[str]]
    all_fail: list[str]
    observed: tuple[Observation, ...]

    @property
    def sentences(self) -> tuple[str, str, str]:
        return (
            f"In the default blend despair is down a day after "
            f"{_spelled({k: 100 * self.relief[self.usual, k] for k in _BLOCKERS})}; of the interneuron pool "
            f"{_spelled({k: 100 * self.block[k][_POOLS[0]] for k in _BLOCKERS})} is blocked at most.",
            "All three drugs that failed in trials come out at less than half of ketamine's effect in most draws "
            f"under {listed(self.all_fail)}; {_left_over(self.weaker)}: little block at the dose given makes "
            "memantine and rapastinel weak here, while lanicemine blocks less than ketamine and for longer, which "
            "this model turns into more relief: about lanicemine it is contradicted by the trials in every wiring.",
            f"What was seen: {told(self.observed)}; traxoprodil worked in one small trial and was stopped for the "
            "heart; a trial that fails shows no equality to placebo, and doses of these drugs were limited by what "
            "people bear.",
        )

    @property
    def doubt(self) -> str:
        return (
            f"{doubted(self.terms, *self.chains.values())}; the rates of the trapping receptor are not drawn; one "
            "dose each is compared, while trials gave lanicemine and rapastinel often and memantine daily; "
            "functional block and not binding is used for lanicemine, which changes its strength sixfold; that "
            "rapastinel raises NMDA currents is heard by no circuit here, so that its nothing is an omission and no "
            "prediction."
        )

    @property
    def details(self) -> dict[str, Any]:
        return {
            "relief_24_h_percent": {
                h: {k: Band.of(100 * self.relief[h, k]).record for k in _BLOCKERS} for h in self.chains
            },
            "largest_occupancy": {k: {p: Band.of(v).record for p, v in own.items()} for k, own in self.block.items()},
            "weaker_than_half_of_ketamine": self.weaker,
            "observed": records(self.observed),
        }

    def panels(self) -> tuple[Panel, ...]:
        names = {"interneuron pool": _POOLS[0], "pyramidal pool": _POOLS[1], "resting pool": _POOLS[2]}
        occupancy = Rows(
            "NMDA receptors blocked at most, one dose",
            "occupancy, %",
            tuple(
                _row(k if i == 0 else "", 100 * self.block[k][p], i) for k in _BLOCKERS for i, p in enumerate(_POOLS)
            ),
            groups=tuple(names),
        )
        effect = Rows(
            "Relief at 24 h. Seen: memantine none in mice, lanicemine none, traxoprodil better than placebo",
            "relief, % of despair",
            tuple(
                _row(k if i == 0 else "", 100 * self.relief[h, k], i)
                for k in _BLOCKERS
                for i, h in enumerate(self.chains)
            ),
            groups=tuple(map(titled, self.chains)),
        )
        return occupancy, effect


def other_blockers(terms: Terms) -> Answer:
    """The answer to claim C29: five drugs at the doses of their trials, in several wirings."""
    chains = {h: _with_all(c, _BLOCKERS) for h, c in _wirings().items()}
    ensemble = Ensemble(_HOURS, (*_POOLS, "despair"), terms.count, terms.seed)
    given = {**_BLOCKERS, "": _KETAMINE.control}
    stiff = replace(ensemble, settled=("receptor",), longest=1.0 / 32.0)
    arms = {h: {f"{h}/{k}": Arm(c, e) for k, e in given.items()} for h, c in chains.items()}
    found = stiff.follow(arms[_TRAPPING])
    found |= ensemble.follow({k: arm for h, own in arms.items() if h != _TRAPPING for k, arm in own.items()})
    relief = {(h, k): _fall(found, h, k) for h in chains for k in _BLOCKERS}
    usual = "default blend"
    block = {k: {p: found[f"{usual}/{k}"][p].max(axis=1) for p in _POOLS} for k in _BLOCKERS}
    weaker = {h: [k for k in _FAILED if _weaker(relief, h, k)] for h in chains}
    all_fail = [h for h, failed in weaker.items() if len(failed) == len(_FAILED)]
    observed = (
        *rows(study="gideons2014", quantity="fst_immobility"),
        *rows(study="sanacora2017", endpoint="efficacy"),
        *rows(study="preskorn2008"),
    )
    return _OtherBlockers(terms, chains, relief, usual, block, weaker, all_fail, observed).answer("C29")


@dataclass(frozen=True, eq=False)
class _GlutamateAndGaba(Told):
    """What was found for claim C47, and how it is told."""

    chain: Chain
    both: dict[str, Experiment]
    glutamate: dict[str, Floats]
    gaba: dict[str, Floats]
    strength: dict[str, Floats]
    pcp: str
    speed: str
    alcohol: str
    less: float
    up: dict[str, float]

    @property
    def sentences(self) -> tuple[str, str, str]:
        return (
            "Averaged over four hours prefrontal glutamate changes by "
            f"{Band.of(self.glutamate[self.pcp]).words('%')} after phencyclidine 0.1 mg/kg, "
            f"{Band.of(self.glutamate[self.speed]).words('%')} after amphetamine 20 mg and "
            f"{Band.of(self.glutamate[self.alcohol]).words('%')} after alcohol 0.6 g/kg; the inhibition that "
            f"interneurons give changes by {Band.of(self.gaba[self.pcp]).words('%')}, "
            f"{Band.of(self.gaba[self.speed]).words('%')} and {Band.of(self.gaba[self.alcohol]).words('%')}, though "
            f"under alcohol each of their spikes inhibits {Band.of(self.strength[self.alcohol]).words('%')} more.",
            f"Glutamate rises in {self.up[self.pcp]:.0f} % of draws under phencyclidine, {self.up[self.speed]:.0f} % "
            f"under amphetamine and {self.up[self.alcohol]:.0f} % under alcohol, and with alcohol ketamine's burst "
            f"is smaller in {self.less:.0f} % of draws; all of it comes from the circuit of disinhibition with "
            "GABA-A and released monoamines added, which every hypothesis on file shares.",
            "No row of the evidence measures prefrontal glutamate or GABA under these drugs, so that the signs rest "
            "on how the drugs were wired and are compared with nothing; alcohol raises GABA signalling here at the "
            "receptor, and total inhibition all the same falls, because it also blocks the NMDA receptors that "
            "drive interneurons; release of GABA is not in the chain.",
        )

    @property
    def doubt(self) -> str:
        return (
            f"{doubted(self.terms, self.chain)}; what GABA-A and monoamines do to the circuit is assumed, tolerance "
            "and intoxication are not modelled, and these combinations are asked and never advised."
        )

    @property
    def details(self) -> dict[str, Any]:
        return {
            "glutamate_change_percent": {k: Band.of(v).record for k, v in self.glutamate.items()},
            "inhibition_change_percent": {k: Band.of(v).record for k, v in self.gaba.items()},
            "receptor_potentiation_percent": {k: Band.of(v).record for k, v in self.strength.items()},
            "glutamate_rises_percent_of_draws": self.up,
            "burst_smaller_with_alcohol_percent_of_draws": self.less,
            "observed": [],
        }

    def panels(self) -> tuple[Panel, ...]:
        kinds = {"prefrontal glutamate": self.glutamate, "inhibition by interneurons": self.gaba}
        return tuple(
            Rows(
                f"Person: {name}, mean of four hours",
                "change from rest, % (nothing observed is on file)",
                tuple(_row(k, v, 1 if k in self.both else 0) for k, v in values.items()),
            )
            for name, values in kinds.items()
        )


def glutamate_and_gaba(terms: Terms) -> Answer:
    """The answer to claim C47: phencyclidine, amphetamine and alcohol in one circuit, alone and with ketamine."""
    drugs = tuple(g.drug for g in _ALSO.values())
    chain = with_company(default_chain("human"), drugs)
    ensemble = Ensemble(_THREE, ("glutamate_pfc", "gaba_tone", "gaba_strength"), terms.count, terms.seed)
    none = _KETAMINE.control
    alone = {k: replace(none, beside=(g,)) for k, g in _ALSO.items()}
    both = {f"ketamine and {k}": replace(_KETAMINE, beside=(g,)) for k, g in _ALSO.items()}
    given = {"ketamine 0.5 mg/kg iv": _KETAMINE, **alone, **both}
    found = ensemble.follow({k: Arm(chain, e) for k, e in {**given, "": none}.items()})
    glutamate = {k: _change(found, k, "glutamate_pfc") for k in given}
    gaba = {k: _change(found, k, "gaba_tone") for k in given}
    strength = {k: _change(found, k, "gaba_strength") for k in given}
    pcp, speed, alcohol = _ALSO
    less = 100 * float(np.mean(glutamate[f"ketamine and {alcohol}"] < glutamate["ketamine 0.5 mg/kg iv"]))
    up = {k: 100 * sureness(glutamate[k]) for k in _ALSO}
    return _GlutamateAndGaba(terms, chain, both, glutamate, gaba, strength, pcp, speed, alcohol, less, up).answer("C47")


def _wirings() -> dict[str, Chain]:
    own = {h: hypothesis(h).chain("human") for h in _WIRINGS}
    default = default_chain("human")
    return {
        "default blend": default,
        _TRAPPING: default.replace(receptor=trapping_block("human")),
        **own,
    }


def _with_all(chain: Chain, experiments: Mapping[str, Experiment]) -> Chain:
    return with_company(chain, tuple(e.drug for e in experiments.values() if e.drug and e.drug != "ketamine"))


def _fall(found: Mapping[str, Courses], wiring: str, drug: str) -> Floats:
    day = found[f"{wiring}/"]["despair"][:, _DAY] - found[f"{wiring}/{drug}"]["despair"][:, _DAY]
    return np.asarray(day)


def _weaker(relief: Mapping[tuple[str, str], Floats], wiring: str, drug: str) -> bool:
    """Whether a drug gives less than half of ketamine's relief in most draws."""
    return float(np.mean(relief[wiring, drug] < 0.5 * relief[wiring, "ketamine 0.5 mg/kg iv"])) > 0.5


def _left_over(weaker: Mapping[str, list[str]]) -> str:
    missed = {
        h: [k.split()[0] for k in _FAILED if k not in own] for h, own in weaker.items() if len(own) < len(_FAILED)
    }
    if not missed:
        return "no wiring is contradicted"
    said = (f"{listed([h])} lets {' and '.join(names)} reach half of it or more" for h, names in missed.items())
    return "; ".join(said)


def _spelled(draws: Mapping[str, Floats]) -> str:
    return ", ".join(f"{k.split()[0]} {Band.of(v).words('%')}" for k, v in draws.items())


def _change(found: Mapping[str, Courses], given: str, port: str) -> Floats:
    """Change of the mean over the hours against no drug (%)."""
    mean, none = (found[k][port].mean(axis=1) for k in (given, ""))
    return np.asarray(100 * (mean / none - 1.0))


def _row(label: str, draws: Floats, group: int) -> Row:
    band = Band.of(draws)
    return Row(label, band.low, band.middle, band.high, group=group)
