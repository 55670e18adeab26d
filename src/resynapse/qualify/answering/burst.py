"""Claims C25, C26 and C27: the glutamate burst over dose, how near it comes to harm, and what it is felt as."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...chains import default_chain
from ...core.chain import Chain
from ...evidence import Observation
from ...hypothesis import Experiment
from ...hypothesis.siblings import mean_field
from ...report.claim_figure import Curves, Mark, Panel, Ribbon
from ..answer import Answer
from .band import Band, bands, sureness
from .doubt import drawn
from .ensemble import Arm, Courses, Ensemble
from .seen import cited, records, relative, rows, told
from .telling import doubted
from .terms import Terms
from .told import Told

Floats = NDArray[np.float64]
RAT = Experiment("rat", stress=0.0)
HUMAN = Experiment("human", route="iv", dose="0.5 mg/kg", over="40 min")
RAT_DOSES = (3.0, 10.0, 20.0, 30.0, 50.0, 80.0, 120.0, 200.0)
HUMAN_DOSES = (0.1, 0.2, 0.5, 1.0, 2.0, 4.0)
_HOUR = np.linspace(0.0, 1.0, 21)
_SESSION = np.linspace(0.0, 3.5, 85)
_FIRST = 25  # points of the session in its first hour
_BIND = 0.05
_PORTS = ("glutamate_pfc", "excitation_margin", "glutamate_excess")


@dataclass(frozen=True, eq=False)
class DoseResponse:
    """One number of each draw at each dose (mg/kg): draws x doses."""

    doses: tuple[float, ...]
    values: Floats

    def ribbon(self, label: str) -> Ribbon:
        """The band over dose."""
        return Ribbon(label, np.array(self.doses), *bands(self.values))

    def at(self, dose: float) -> Floats:
        """The draws at one dose."""
        return np.asarray(self.values[:, self.doses.index(dose)])


def over_dose(base: Experiment, doses: tuple[float, ...]) -> dict[str, Experiment]:
    """The same experiment at several doses, named by them."""
    return {f"{dose:g}": replace(base, dose=f"{dose:g} mg/kg") for dose in doses}


@dataclass(frozen=True, eq=False)
class _InvertedU(Told):
    """What was found for claim C26, and how it is told."""

    rat: Chain
    person: Chain
    found: DoseResponse
    rival: DoseResponse
    seen: dict[str, Floats]
    peaks: dict[str, Any]
    observed: tuple[Observation, ...]
    imaged: tuple[Observation, ...]
    change: dict[float, Floats]
    up: float
    down: float

    @property
    def sentences(self) -> tuple[str, str, str]:
        return (
            "In the rat prefrontal glutamate, averaged over the first hour, changes by "
            f"{Band.of(self.change[10.0]).words('%')} at 10 mg/kg of ketamine, "
            f"{Band.of(self.change[30.0]).words('%')} at 30 and {Band.of(self.change[200.0]).words('%')} at 200, and "
            "in people given 0.5 mg/kg over 40 min the peaks are "
            f"{Band.of(self.peaks['glutamate_cycling']).words('%')} for 13C glutamine cycling and "
            f"{Band.of(self.peaks['glx_mrs']).words('%')} for the spectroscopic pool.",
            f"The burst comes from the closed-form disinhibition circuit, in which {100 * self.up:.0f} % of draws "
            f"rise at 10 and {100 * self.down:.0f} % fall at 200 mg/kg, and the mean field of pyramidal, PV and SOM "
            f"cells gives {Band.of(100.0 * (self.rival.at(10.0) - 1.0)).words('%')} and "
            f"{Band.of(100.0 * (self.rival.at(200.0) - 1.0)).words('%')} (only its doses drawn); every hypothesis on "
            "file keeps this circuit, and only disinhibition and the default blend make use of the burst, so that "
            "the claim decides nothing between the others.",
            f"For it: {told([o for o in self.observed if o.row != 'H01' and o.mark == 'seen'])}; against it: "
            f"{told([o for o in self.observed if o.row == 'H01'])}, where the model says "
            f"{Band.of(self.change[50.0]).words('%')}; in people the methods disagree ({told(self.imaged)}).",
        )

    @property
    def doubt(self) -> str:
        return (
            f"{doubted(self.terms, self.rat, self.person)}; the form of the inverted U is built in by the choice of "
            "`eps`, the microdialysis numbers are directions, and the gains of the two imaging methods rest on one "
            "small study each."
        )

    @property
    def details(self) -> dict[str, Any]:
        return {
            "glutamate_change_percent": {f"{d:g}": Band.of(v).record for d, v in self.change.items()},
            "human_peak_percent": {port: Band.of(v).record for port, v in self.peaks.items()},
            "share_up_at_10": self.up,
            "share_down_at_200": self.down,
            "observed": records((*self.observed, *self.imaged)),
        }

    def panels(self) -> tuple[Panel, ...]:
        marks = tuple(_moghaddam(o) for o in self.observed)
        first = Curves(
            "Rat: prefrontal glutamate, mean of the first hour",
            "ketamine, mg/kg intraperitoneal",
            "glutamate, 1 at rest",
            (self.found.ribbon("closed-form disinhibition"), self.rival.ribbon("mean field of three kinds of cell")),
            marks,
            log_x=True,
            ticks=RAT_DOSES,
            rest=1.0,
        )
        return (first, _imaging(self.seen, self.imaged))


def inverted_u(terms: Terms) -> Answer:
    """The answer to claim C26: glutamate against dose, in the rat beside microdialysis, in people beside imaging."""
    rat, person, other = default_chain("rat"), default_chain("human"), _mean_field_rat()
    ensemble = Ensemble(_HOUR, ("glutamate_pfc",), terms.count, terms.seed)
    found = _over_dose(ensemble, rat, RAT, RAT_DOSES)
    rival = _over_dose(replace(ensemble, settled=("circuit",)), other, RAT, RAT_DOSES)
    scans = Ensemble(_SESSION, ("glutamate_cycling", "glx_mrs"), terms.count, terms.seed)
    seen = scans.follow({"": Arm(person, HUMAN)})[""]
    peaks = {port: 100.0 * (course.max(axis=1) - 1.0) for port, course in seen.items()}
    observed = rows(study="moghaddam1997")
    imaged = (*rows(study="abdallah2018"), *rows(study="milak2016"), *rows(study="bednarik2021"))
    change = {d: 100.0 * (found.at(d) - 1.0) for d in RAT_DOSES}
    up, down = sureness(change[10.0]), sureness(-change[200.0])
    return _InvertedU(terms, rat, person, found, rival, seen, peaks, observed, imaged, change, up, down).answer("C26")


@dataclass(frozen=True, eq=False)
class _Balance(Told):
    """What was found for claim C25, and how it is told."""

    chains: dict[str, Chain]
    doses: dict[str, tuple[float, ...]]
    margin: dict[str, DoseResponse]
    peak: dict[str, DoseResponse]
    excess: dict[str, DoseResponse]
    silent: dict[str, Floats]
    binds: dict[str, Any]
    observed: tuple[Observation, ...]

    @property
    def sentences(self) -> tuple[str, str, str]:
        return (
            f"The margin to run-away excitation is {Band.of(self.silent['rest']).words()} without a drug and at its "
            f"lowest {Band.of(self.margin['human'].at(0.5)).words()} after 0.5 mg/kg in people and "
            f"{Band.of(self.margin['rat'].at(20.0)).words()} after 20 mg/kg in the rat, while in the first hour "
            f"glutamate peaks at {Band.of(self.peak['human'].at(0.5)).words()} and "
            f"{Band.of(self.peak['rat'].at(20.0)).words()} of rest; the chronic excess a day after one infusion is "
            f"{Band.of(self.excess['human'].at(0.5)).words()}.",
            f"The margin is gone in {100 * self.binds['human'][HUMAN_DOSES.index(0.5)]:.0f} % of draws at 0.5 mg/kg "
            f"and in at most {100 * self.binds['rat'].max():.0f} % at any rat dose, because block of pyramidal cells "
            "gives back at high doses what block of interneurons took; with interneurons blocked completely and "
            f"pyramidal cells spared it is gone in {100 * float(np.mean(self.silent['blocked'] < _BIND)):.0f} % of "
            "draws, which is the claim's seizure; no hypothesis on file changes this circuit.",
            f"For a burst that is bounded: {told([o for o in self.observed if o.row in ('T03', 'H01')])}; nothing on "
            "file measures seizures or excitotoxic harm at these doses, so the margin is a warning sign of the "
            "model and has been compared with no observation.",
        )

    @property
    def doubt(self) -> str:
        return (
            f"{doubted(self.terms, *self.chains.values())}; margin 0 is where the smooth floor of the loop binds, "
            "which no experiment defines; spreading depolarisation, seizures proper and cell death are not modelled."
        )

    @property
    def details(self) -> dict[str, Any]:
        return {
            "margin": {s: _records(self.margin[s]) for s in self.chains},
            "glutamate_peak": {s: _records(self.peak[s]) for s in self.chains},
            "excess_at_24_h": {s: _records(self.excess[s]) for s in self.chains},
            "share_without_margin": {
                s: dict(zip(map(str, self.doses[s]), self.binds[s].tolist(), strict=True)) for s in self.chains
            },
            "interneurons_blocked": Band.of(self.silent["blocked"]).record,
            "observed": records(self.observed),
        }

    def panels(self) -> tuple[Panel, ...]:
        return tuple(
            Curves(
                f"{name}: lowest margin; highest glutamate in the first hour",
                f"ketamine, mg/kg {way}",
                "margin (0: run-away) or glutamate (1: rest)",
                (
                    self.margin[s].ribbon("margin to run-away excitation"),
                    self.peak[s].ribbon("peak of prefrontal glutamate"),
                ),
                tuple(_moghaddam(o) for o in self.observed if o.value is None) if s == "rat" else (),
                log_x=True,
                ticks=self.doses[s],
                rest=1.0,
            )
            for s, name, way in (
                ("rat", "Rat", "intraperitoneal"),
                ("human", "Person", "intravenous over 40 min"),
            )
        )


def balance(terms: Terms) -> Answer:
    """The answer to claim C25: how far the circuit stays from run-away excitation, over dose."""
    chains = {"rat": default_chain("rat"), "human": default_chain("human")}
    hours = np.append(_SESSION, 24.0)
    ensemble = Ensemble(hours, _PORTS, terms.count, terms.seed)
    arms = {"rat": over_dose(RAT, RAT_DOSES), "human": over_dose(HUMAN, HUMAN_DOSES)}
    doses = {"rat": RAT_DOSES, "human": HUMAN_DOSES}
    found = {s: ensemble.follow({k: Arm(chains[s], e) for k, e in own.items()}) for s, own in arms.items()}
    margin = {s: _each(found[s], doses[s], lambda c: c["excitation_margin"].min(axis=1)) for s in chains}
    peak = {s: _each(found[s], doses[s], lambda c: c["glutamate_pfc"][:, :_FIRST].max(axis=1)) for s in chains}
    excess = {s: _each(found[s], doses[s], lambda c: c["glutamate_excess"][:, -1]) for s in chains}
    silent = _without_interneurons(terms)
    binds = {s: (margin[s].values < _BIND).mean(axis=0) for s in chains}
    observed = rows(study="moghaddam1997")
    return _Balance(terms, chains, doses, margin, peak, excess, silent, binds, observed).answer("C25")


@dataclass(frozen=True, eq=False)
class _Dissociation(Told):
    """What was found for claim C27, and how it is told."""

    chain: Chain
    found: dict[str, dict[str, Floats]]
    bare: dict[str, dict[str, Floats]]
    peak: DoseResponse
    share: DoseResponse
    late: Floats
    shift: Floats
    turned: float
    seen: tuple[Observation, ...]

    @property
    def sentences(self) -> tuple[str, str, str]:
        return (
            f"At 0.5 mg/kg over 40 min CADSS peaks at {Band.of(self.peak.at(0.5)).words('points')}, of which the "
            f"glutamate burst carries {Band.of(self.share.at(0.5)).words('%')} and block of NMDA receptors the rest; "
            f"at 2 mg/kg it is {Band.of(self.peak.at(2.0)).words('points')} and "
            f"{Band.of(self.share.at(2.0)).words('%')}.",
            f"At 0.5 mg/kg the burst peaks {Band.of(self.late).words('min')} after block does and moves the peak of "
            f"dissociation by {Band.of(self.shift).words('min')}, which ratings taken every forty minutes cannot "
            "see, and between people both rise with exposure: at antidepressant doses the two are not separable; "
            f"they part at 4 mg/kg, where in {100 * self.turned:.0f} % of draws the burst has turned back at full "
            "block while dissociation has not; all hypotheses on file share this wiring.",
            f"The scale was set on {told([o for o in self.seen if o.statistic == 'mean'])}, so that it is no test; "
            "an opioid antagonist leaves dissociation as it is while relief shrinks "
            f"({told([o for o in self.seen if o.value is None])}), which separates dissociation from mood and not "
            "from the burst; nothing on file blocks the burst in people and asks what they feel, which would decide "
            "it.",
        )

    @property
    def doubt(self) -> str:
        return (
            f"{doubted(self.terms, self.chain)}; the share of the burst (`safety.cadss_burst`) is assumed anywhere "
            "between 0 and 1, so the shares above are assumptions carried through and no finding."
        )

    @property
    def details(self) -> dict[str, Any]:
        return {
            "cadss_peak": _records(self.peak),
            "share_of_burst_percent": _records(self.share),
            "burst_peaks_later_min": Band.of(self.late).record,
            "peak_moved_by_burst_min": Band.of(self.shift).record,
            "share_turned_back_at_4": self.turned,
            "observed": records(self.seen),
        }

    def panels(self) -> tuple[Panel, ...]:
        course = bands(self.found["0.5"]["cadss_total"])
        plain = bands(self.bare["0.5"]["cadss_total"])
        first = Curves(
            "Dissociation after 0.5 mg/kg over 40 min",
            "hours after the start",
            "CADSS, points",
            (Ribbon("block and burst", _SESSION, *course), Ribbon("block alone", _SESSION, *plain)),
            tuple(_level(o) for o in self.seen if o.statistic == "mean"),
        )
        burst = _each(self.found, HUMAN_DOSES, lambda c: 100.0 * (c["glutamate_pfc"].max(axis=1) - 1.0))
        second = Curves(
            "What parts them: dissociation and burst over dose",
            "ketamine, mg/kg intravenous over 40 min",
            "CADSS, points; glutamate, % above rest",
            (self.peak.ribbon("CADSS at its peak, points"), burst.ribbon("glutamate at its peak, % above rest")),
            log_x=True,
            ticks=HUMAN_DOSES,
        )
        return (first, second)


def dissociation(terms: Terms) -> Answer:
    """The answer to claim C27: how much of dissociation the burst carries, and whether it can be told from block."""
    chain = default_chain("human")
    ensemble = Ensemble(_SESSION, ("cadss_total", "ce_nmdar", "glutamate_pfc"), terms.count, terms.seed)
    doses = over_dose(HUMAN, HUMAN_DOSES)
    found = ensemble.follow({k: Arm(chain, e) for k, e in doses.items()})
    without = _no_burst(doses)
    bare = ensemble.follow({k: Arm(chain, e) for k, e in without.items()})
    peak = _each(found, HUMAN_DOSES, lambda c: c["cadss_total"].max(axis=1))
    block = _each(bare, HUMAN_DOSES, lambda c: c["cadss_total"].max(axis=1))
    share = DoseResponse(HUMAN_DOSES, 100.0 * (1.0 - block.values / peak.values))
    usual, strong = found["0.5"], found["4"]
    late = 60.0 * (_peak_hour(usual["glutamate_pfc"]) - _peak_hour(usual["ce_nmdar"]))
    shift = 60.0 * (_peak_hour(usual["cadss_total"]) - _peak_hour(bare["0.5"]["cadss_total"]))
    turned = _turned(strong["glutamate_pfc"])
    seen = (*rows(study="vanschalkwyk2018"), *rows(study="williams2018", quantity="cadss_total", endpoint="mechanism"))
    return _Dissociation(terms, chain, found, bare, peak, share, late, shift, turned, seen).answer("C27")


def _no_burst(doses: dict[str, Experiment]) -> dict[str, Experiment]:
    return {k: replace(e, under=(("safety.cadss_burst", 0.0),)) for k, e in doses.items()}


def _over_dose(ensemble: Ensemble, chain: Chain, base: Experiment, doses: tuple[float, ...]) -> DoseResponse:
    found = ensemble.follow({k: Arm(chain, e) for k, e in over_dose(base, doses).items()})
    return _each(found, doses, lambda c: c["glutamate_pfc"].mean(axis=1))


def _each(found: dict[str, Courses], doses: tuple[float, ...], read: Callable[[Courses], Floats]) -> DoseResponse:
    return DoseResponse(doses, np.stack([read(found[f"{dose:g}"]) for dose in doses], axis=1))


def _records(response: DoseResponse) -> dict[str, dict[str, float]]:
    return {f"{dose:g}": Band.of(response.at(dose)).record for dose in response.doses}


def _peak_hour(course: Floats) -> Floats:
    """When each draw's course is highest (h)."""
    return np.asarray(_SESSION[course.argmax(axis=1)])


def _turned(glutamate: Floats) -> float:
    """The share of draws whose glutamate is lower at the end of the infusion than at some time before."""
    end = int(np.argmin(np.abs(_SESSION - 40.0 / 60.0)))
    return float(np.mean(glutamate[:, end] < glutamate[:, :end].max(axis=1) - 0.01))


def _mean_field_rat() -> Chain:
    return default_chain("rat").replace(circuit=mean_field("rat"))


def _without_interneurons(terms: Terms) -> dict[str, Floats]:
    """The margin of the loop without a drug, and with all interneuron receptors blocked and pyramidal ones spared."""
    chain = default_chain("human")
    values = drawn(chain, terms.count, terms.seed)
    eta, alpha, beta, floor = (values[f"circuit.{n}"] for n in ("eta", "alpha", "beta", "floor"))
    rest = 1.0 + eta * alpha - floor
    return {"rest": rest, "blocked": np.maximum(rest - eta * beta, 0.0)}


def _moghaddam(o: Observation) -> Mark:
    return relative(o, o.arm.dose[0])


def _level(o: Observation) -> Mark:
    """A level in its own unit, at its time in minutes."""
    return Mark(float(o.time or 0.0) / 60.0, cited(o), o.value, recalled=o.mark != "seen")


def _imaging(seen: Courses, imaged: Sequence[Observation]) -> Panel:
    ribbons = (
        Ribbon("13C glutamine cycling", _SESSION, *bands(seen["glutamate_cycling"])),
        Ribbon("spectroscopic Glx pool", _SESSION, *bands(seen["glx_mrs"])),
    )
    marks = tuple(relative(o, float(o.time or 0.0)) for o in imaged)
    return Curves(
        "Person, 0.5 mg/kg over 40 min: two observation models of one state",
        "hours after the start",
        "relative to rest",
        ribbons,
        marks,
        rest=1.0,
    )
