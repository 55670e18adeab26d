"""Claim C34: what psilocybin and LSD do to spines and to perception, over dose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...chains import default_chain
from ...company import with_company
from ...core.chain import Chain
from ...evidence import Observation
from ...hypothesis import Experiment, hypothesis
from ...report.claim_figure import Curves, Panel, Ribbon, Row, Rows
from ..answer import Answer
from .band import Band, bands
from .ensemble import Arm, Courses, Ensemble
from .seen import cited, records, rows, told
from .telling import doubted
from .terms import Terms
from .told import Told

Floats = NDArray[np.float64]
_NOTHING = Experiment("human", None)
_HOURS = np.concatenate([np.linspace(0.1, 6.0, 40), [8.0, 12.0, 24.0, 168.0]])
_DAY = -2
_PSILOCYBIN, _LSD = (0.5, 1.0, 3.0, 10.0, 25.0), (0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
_DOSES = {"psilocybin": _PSILOCYBIN, "lsd": _LSD}


@dataclass(frozen=True, eq=False)
class _Psychoplastogens(Told):
    """What was found for claim C34, and how it is told."""

    chains: dict[str, Chain]
    gain: dict[tuple[str, str], Floats]
    felt: dict[str, Floats]
    below: dict[tuple[str, str], Floats]
    mouse: Floats
    observed: tuple[Observation, ...]
    usual: str
    bound: str

    @property
    def sentences(self) -> tuple[str, str, str]:
        return (
            "A day after 25 mg of psilocybin a person has "
            f"{Band.of(self.gain[self.usual, 'psilocybin'][:, -1]).words('points')} more spines in the default blend "
            f"and {Band.of(self.gain[self.bound, 'psilocybin'][:, -1]).words('points')} if psychedelics bind TrkB, "
            f"after 0.1 mg of LSD {Band.of(self.gain[self.usual, 'lsd'][:, 4]).words('points')} and "
            f"{Band.of(self.gain[self.bound, 'lsd'][:, 4]).words('points')}; perception then changes by "
            f"{Band.of(self.felt['psilocybin'][:, -1]).words('%')} and {Band.of(self.felt['lsd'][:, 4]).words('%')} "
            "of the largest change.",
            "At the highest dose that is hardly felt (under a tenth of the largest change) the gain in spines is "
            f"{Band.of(self.below[self.usual, 'psilocybin']).words('points')} (psilocybin) and "
            f"{Band.of(self.below[self.usual, 'lsd']).words('points')} (LSD) through 5-HT2A and the burst, and "
            f"{Band.of(self.below[self.bound, 'psilocybin']).words('points')} and "
            f"{Band.of(self.below[self.bound, 'lsd']).words('points')} through TrkB: only a second site can part "
            "plasticity from the trip, since through one site both follow the same occupancy.",
            f"For synapses: {told(self.observed)}, where the mouse of the default blend says "
            f"{Band.of(self.mouse).words('%')} at 24 h; that a dose without a trip builds synapses in people was not "
            "seen, DMT is not on file, and MDMA's release is in C47's circuit only.",
        )

    @property
    def doubt(self) -> str:
        return (
            f"{doubted(self.terms, *self.chains.values())}; the binding of psychedelics to TrkB comes from one "
            "laboratory, the drive of 5-HT2A on the circuit is assumed, and perception is one axis without setting "
            "or expectation."
        )

    @property
    def details(self) -> dict[str, Any]:
        return {
            "spines_gained_points": {h: {d: _by_dose(self.gain[h, d], d) for d in _DOSES} for h in self.chains},
            "perception_percent": {d: _by_dose(self.felt[d], d) for d in _DOSES},
            "spines_gained_where_hardly_felt": {
                h: {d: Band.of(self.below[h, d]).record for d in _DOSES} for h in self.chains
            },
            "mouse_psilocybin_1_mg_kg_percent": Band.of(self.mouse).record,
            "observed": records(self.observed),
        }

    def panels(self) -> tuple[Panel, ...]:
        spines = {d: (self.gain[self.usual, d], self.gain[self.bound, d]) for d in _DOSES}
        made = [_dose_panel(d, spines[d], self.felt[d]) for d in _DOSES]
        size = next(o for o in self.observed if o.value is not None)
        compared = Rows(
            "Spines gained at 24 h by psilocybin 1 mg/kg, unstressed mouse",
            "spines gained, %",
            (Row("default blend", *_ends(self.mouse), seen=f"{size.value:+g} % ({cited(size)})"),),
        )
        return (*made, compared)


def psychoplastogens(terms: Terms) -> Answer:
    """The answer to claim C34: spines and perception over the dose of psilocybin and LSD."""
    chains = {
        "default blend": with_company(default_chain("human"), tuple(_DOSES)),
        "trkb_binding": with_company(hypothesis("trkb_binding").chain("human"), tuple(_DOSES)),
    }
    ensemble = Ensemble(_HOURS, ("spine_density", "perception_change"), terms.count, terms.seed)
    arms = {f"{h}/{d}/{v:g}": Arm(c, _oral(d, v)) for h, c in chains.items() for d, own in _DOSES.items() for v in own}
    arms |= {f"{h}/": Arm(c, _NOTHING) for h, c in chains.items()}
    found = ensemble.follow(arms)
    gain = {(h, d): _gained(found, h, d) for h in chains for d in _DOSES}
    felt = {d: _felt(found, d) for d in _DOSES}
    below = {(h, d): _unfelt_gain(gain[h, d], felt[d]) for h in chains for d in _DOSES}
    mouse = _mouse(terms)
    observed = tuple(o for o in rows(study="shao2021") if o.time)
    usual, bound = chains
    return _Psychoplastogens(terms, chains, gain, felt, below, mouse, observed, usual, bound).answer("C34")


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
    chain = with_company(default_chain("mouse"), ("psilocybin",))
    ensemble = Ensemble([24.0], ("spine_density",), terms.count, terms.seed)
    found = ensemble.follow({"": Arm(chain, Experiment("mouse", "psilocybin", "ip", "1 mg/kg", stress=0.0))})
    return 100 * (found[""]["spine_density"][:, 0] - 1.0)


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
