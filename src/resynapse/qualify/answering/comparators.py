"""Claims C29, C34 and C47: other NMDA blockers, psychoplastogens, and what else moves glutamate and GABA."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...chains import default_chain
from ...company import with_company
from ...core.chain import Chain
from ...hypothesis import Experiment, hypothesis
from ...hypothesis.experiment import Given
from ...hypothesis.siblings import trapping_block
from ...report.claim_figure import Curves, Panel, Ribbon, Row, Rows
from ..answer import Answer
from ..claims import claim
from .band import Band, bands, sureness
from .ensemble import Arm, Courses, Ensemble
from .seen import cited, records, rows, told
from .telling import doubted, figure, listed, titled
from .terms import Terms

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
_PSILOCYBIN, _LSD = (0.5, 1.0, 3.0, 10.0, 25.0), (0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
_DOSES = {"psilocybin": _PSILOCYBIN, "lsd": _LSD}
_ALSO = {
    "phencyclidine 0.1 mg/kg iv": Given("pcp", "0.1 mg/kg", "iv"),
    "amphetamine 20 mg oral": Given("amphetamine", "20 mg", "oral"),
    "alcohol 0.6 g/kg oral": Given("alcohol", "0.6 g/kg", "oral"),
}
_THREE = np.linspace(0.1, 4.0, 40)


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
    sentences = (
        f"In the default blend despair is down a day after "
        f"{_spelled({k: 100 * relief[usual, k] for k in _BLOCKERS})}; of the interneuron pool "
        f"{_spelled({k: 100 * block[k][_POOLS[0]] for k in _BLOCKERS})} is blocked at most.",
        f"All three drugs that failed in trials come out at less than half of ketamine's effect in most draws under "
        f"{listed(all_fail)}; {_left_over(weaker)}: little block at the dose given makes memantine and rapastinel weak "
        "here, while lanicemine blocks less than ketamine and for longer, which this model turns into more relief: "
        "about lanicemine it is contradicted by the trials in every wiring.",
        f"What was seen: {told(observed)}; traxoprodil worked in one small trial and was stopped for the heart; a "
        "trial that fails shows no equality to placebo, and doses of these drugs were limited by what people bear.",
    )
    doubt = (
        f"{doubted(terms, *chains.values())}; the rates of the trapping receptor are not drawn; one dose each is "
        "compared, while trials gave lanicemine and rapastinel often and "
        "memantine daily; functional block and not binding is used for lanicemine, which changes its strength sixfold; "
        "that rapastinel raises NMDA currents is heard by no circuit here, so that its nothing is an omission and no "
        "prediction."
    )
    details = {
        "relief_24_h_percent": {h: {k: Band.of(100 * relief[h, k]).record for k in _BLOCKERS} for h in chains},
        "largest_occupancy": {k: {p: Band.of(v).record for p, v in own.items()} for k, own in block.items()},
        "weaker_than_half_of_ketamine": weaker,
        "observed": records(observed),
    }

    def panels() -> tuple[Panel, ...]:
        names = {"interneuron pool": _POOLS[0], "pyramidal pool": _POOLS[1], "resting pool": _POOLS[2]}
        occupancy = Rows(
            "NMDA receptors blocked at most, one dose",
            "occupancy, %",
            tuple(_row(k if i == 0 else "", 100 * block[k][p], i) for k in _BLOCKERS for i, p in enumerate(_POOLS)),
            groups=tuple(names),
        )
        effect = Rows(
            "Relief at 24 h. Seen: memantine none in mice, lanicemine none, traxoprodil better than placebo",
            "relief, % of despair",
            tuple(_row(k if i == 0 else "", 100 * relief[h, k], i) for k in _BLOCKERS for i, h in enumerate(chains)),
            groups=tuple(map(titled, chains)),
        )
        return occupancy, effect

    return Answer(claim("C29"), sentences, doubt, details, lambda: figure("C29", panels(), terms))


def psychoplastogens(terms: Terms) -> Answer:
    """The answer to claim C34: spines and perception over the dose of psilocybin and LSD."""
    chains = {
        "default blend": _holding(default_chain("human"), tuple(_DOSES)),
        "trkb_binding": _holding(hypothesis("trkb_binding").chain("human"), tuple(_DOSES)),
    }
    ensemble = Ensemble(_HOURS, ("spine_density", "perception_change"), terms.count, terms.seed)
    arms = {f"{h}/{d}/{v:g}": Arm(c, _oral(d, v)) for h, c in chains.items() for d, own in _DOSES.items() for v in own}
    arms |= {f"{h}/": Arm(c, _KETAMINE.control) for h, c in chains.items()}
    found = ensemble.follow(arms)
    gain = {(h, d): _gained(found, h, d) for h in chains for d in _DOSES}
    felt = {d: _felt(found, d) for d in _DOSES}
    below = {(h, d): _unfelt_gain(gain[h, d], felt[d]) for h in chains for d in _DOSES}
    mouse = _mouse(terms)
    observed = tuple(o for o in rows(study="shao2021") if o.time)
    usual, bound = chains
    sentences = (
        f"A day after 25 mg of psilocybin a person has {Band.of(gain[usual, 'psilocybin'][:, -1]).words('points')} "
        "more spines in "
        f"the default blend and {Band.of(gain[bound, 'psilocybin'][:, -1]).words('points')} if psychedelics bind "
        "TrkB, after 0.1 "
        f"mg of LSD {Band.of(gain[usual, 'lsd'][:, 4]).words('points')} and "
        f"{Band.of(gain[bound, 'lsd'][:, 4]).words('points')}; "
        f"perception then changes by {Band.of(felt['psilocybin'][:, -1]).words('%')} and "
        f"{Band.of(felt['lsd'][:, 4]).words('%')} of "
        "the largest change.",
        f"At the highest dose that is hardly felt (under a tenth of the largest change) the gain in spines is "
        f"{Band.of(below[usual, 'psilocybin']).words('points')} (psilocybin) and "
        f"{Band.of(below[usual, 'lsd']).words('points')} (LSD) "
        f"through 5-HT2A and the burst, and {Band.of(below[bound, 'psilocybin']).words('points')} and "
        f"{Band.of(below[bound, 'lsd']).words('points')} through TrkB: only a second site can part plasticity from "
        "the trip, since "
        "through one site both follow the same occupancy.",
        f"For synapses: {told(observed)}, where the mouse of the default blend says {Band.of(mouse).words('%')} at "
        "24 h; that a dose "
        "without a trip builds synapses in people was not seen, DMT is not on file, and MDMA's release is in C47's "
        "circuit only.",
    )
    doubt = (
        f"{doubted(terms, *chains.values())}; the binding of psychedelics to TrkB comes from one laboratory, the "
        "drive of 5-HT2A "
        "on the circuit is assumed, and perception is one axis without setting or expectation."
    )
    details = {
        "spines_gained_points": {h: {d: _by_dose(gain[h, d], d) for d in _DOSES} for h in chains},
        "perception_percent": {d: _by_dose(felt[d], d) for d in _DOSES},
        "spines_gained_where_hardly_felt": {h: {d: Band.of(below[h, d]).record for d in _DOSES} for h in chains},
        "mouse_psilocybin_1_mg_kg_percent": Band.of(mouse).record,
        "observed": records(observed),
    }

    def panels() -> tuple[Panel, ...]:
        spines = {d: (gain[usual, d], gain[bound, d]) for d in _DOSES}
        made = [_dose_panel(d, spines[d], felt[d]) for d in _DOSES]
        size = next(o for o in observed if o.value is not None)
        compared = Rows(
            "Spines gained at 24 h by psilocybin 1 mg/kg, unstressed mouse",
            "spines gained, %",
            (Row("default blend", *_ends(mouse), seen=f"{size.value:+g} % ({cited(size)})"),),
        )
        return (*made, compared)

    return Answer(claim("C34"), sentences, doubt, details, lambda: figure("C34", panels(), terms))


def glutamate_and_gaba(terms: Terms) -> Answer:
    """The answer to claim C47: phencyclidine, amphetamine and alcohol in one circuit, alone and with ketamine."""
    drugs = tuple(g.drug for g in _ALSO.values())
    chain = _holding(default_chain("human"), drugs)
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
    sentences = (
        f"Averaged over four hours prefrontal glutamate changes by {Band.of(glutamate[pcp]).words('%')} after "
        "phencyclidine 0.1 "
        f"mg/kg, {Band.of(glutamate[speed]).words('%')} after amphetamine 20 mg and "
        f"{Band.of(glutamate[alcohol]).words('%')} after "
        f"alcohol 0.6 g/kg; the inhibition that interneurons give changes by {Band.of(gaba[pcp]).words('%')}, "
        f"{Band.of(gaba[speed]).words('%')} and {Band.of(gaba[alcohol]).words('%')}, though under alcohol each of "
        f"their spikes inhibits {Band.of(strength[alcohol]).words('%')} more.",
        f"Glutamate rises in {up[pcp]:.0f} % of draws under phencyclidine, {up[speed]:.0f} % under amphetamine and "
        f"{up[alcohol]:.0f} % under alcohol, and with alcohol ketamine's burst is smaller in {less:.0f} % of draws; "
        "all of it "
        "comes from the circuit of disinhibition with GABA-A and released monoamines added, which every hypothesis "
        "on file shares.",
        "No row of the evidence measures prefrontal glutamate or GABA under these drugs, so that the signs rest on "
        "how the drugs "
        "were wired and are compared with nothing; alcohol raises GABA signalling here at the receptor, and total "
        "inhibition all the same falls, because it also blocks the NMDA receptors that drive interneurons; release of "
        "GABA is not in the chain.",
    )
    doubt = (
        f"{doubted(terms, chain)}; what GABA-A and monoamines do to the circuit is assumed, tolerance and "
        "intoxication are not "
        "modelled, and these combinations are asked and never advised."
    )
    details = {
        "glutamate_change_percent": {k: Band.of(v).record for k, v in glutamate.items()},
        "inhibition_change_percent": {k: Band.of(v).record for k, v in gaba.items()},
        "receptor_potentiation_percent": {k: Band.of(v).record for k, v in strength.items()},
        "glutamate_rises_percent_of_draws": up,
        "burst_smaller_with_alcohol_percent_of_draws": less,
        "observed": [],
    }

    def panels() -> tuple[Panel, ...]:
        kinds = {"prefrontal glutamate": glutamate, "inhibition by interneurons": gaba}
        return tuple(
            Rows(
                f"Person: {name}, mean of four hours",
                "change from rest, % (nothing observed is on file)",
                tuple(_row(k, v, 1 if k in both else 0) for k, v in values.items()),
            )
            for name, values in kinds.items()
        )

    return Answer(claim("C47"), sentences, doubt, details, lambda: figure("C47", panels(), terms))


def _wirings() -> dict[str, Chain]:
    own = {h: hypothesis(h).chain("human") for h in _WIRINGS}
    default = default_chain("human")
    return {
        "default blend": default,
        _TRAPPING: default.replace(receptor=trapping_block("human")),
        **own,
    }


def _with_all(chain: Chain, experiments: Mapping[str, Experiment]) -> Chain:
    return _holding(chain, tuple(e.drug for e in experiments.values() if e.drug and e.drug != "ketamine"))


def _holding(chain: Chain, drugs: tuple[str, ...]) -> Chain:
    return with_company(chain, drugs)


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


def _oral(drug: str, mg: float) -> Experiment:
    return Experiment("human", drug, "oral", f"{mg:g} mg")


def _gained(found: Mapping[str, Courses], wiring: str, drug: str) -> Floats:
    """Spines gained at 24 h over no drug (points of healthy rest): draws x doses."""
    none = found[f"{wiring}/"]["spine_density"][:, _DAY]
    own = [found[f"{wiring}/{drug}/{v:g}"]["spine_density"][:, _DAY] - none for v in _DOSES[drug]]
    return 100 * np.stack(own, axis=1)


def _felt(found: Mapping[str, Courses], drug: str) -> Floats:
    """The largest change of perception (% of the largest possible): draws x doses."""
    own = [found[f"default blend/{drug}/{v:g}"]["perception_change"].max(axis=1) for v in _DOSES[drug]]
    return 100 * np.stack(own, axis=1)


def _unfelt_gain(gain: Floats, felt: Floats) -> Floats:
    """The gain in spines at the highest dose whose change of perception is below a tenth; 0 where none is."""
    quiet = felt < 10.0
    last = quiet.cumprod(axis=1).sum(axis=1).astype(int) - 1
    return np.where(last >= 0, gain[np.arange(len(gain)), np.maximum(last, 0)], 0.0)


def _mouse(terms: Terms) -> Floats:
    """Spines gained at 24 h by psilocybin 1 mg/kg in the unstressed mouse (%)."""
    chain = _holding(default_chain("mouse"), ("psilocybin",))
    ensemble = Ensemble([24.0], ("spine_density",), terms.count, terms.seed)
    found = ensemble.follow({"": Arm(chain, Experiment("mouse", "psilocybin", "ip", "1 mg/kg", stress=0.0))})
    return 100 * (found[""]["spine_density"][:, 0] - 1.0)


def _change(found: Mapping[str, Courses], given: str, port: str) -> Floats:
    """Change of the mean over the hours against no drug (%)."""
    mean, none = (found[k][port].mean(axis=1) for k in (given, ""))
    return np.asarray(100 * (mean / none - 1.0))


def _by_dose(values: Floats, drug: str) -> dict[str, dict[str, float]]:
    return {f"{v:g} mg": Band.of(values[:, i]).record for i, v in enumerate(_DOSES[drug])}


def _dose_panel(drug: str, gains: tuple[Floats, Floats], felt: Floats) -> Panel:
    doses = np.array(_DOSES[drug])
    return Curves(
        f"Person: {drug.upper() if drug == 'lsd' else drug}, spines at 24 h and perception at its peak",
        "mg by mouth",
        "spines, points; perception, %",
        (
            Ribbon("spines, default blend", doses, *bands(gains[0])),
            Ribbon("spines, TrkB binding", doses, *bands(gains[1])),
            Ribbon("change of perception", doses, *bands(felt)),
        ),
        log_x=True,
        ticks=_DOSES[drug],
        rest=0.0,
    )


def _ends(draws: Floats) -> tuple[float, float, float]:
    band = Band.of(draws)
    return band.low, band.middle, band.high


def _row(label: str, draws: Floats, group: int) -> Row:
    band = Band.of(draws)
    return Row(label, band.low, band.middle, band.high, group=group)
