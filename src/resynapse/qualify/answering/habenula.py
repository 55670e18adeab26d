"""Claim C37: the lateral habenula, the disappointment centre, is quieted, and what its bursts need."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...chains import default_chain
from ...core.chain import Chain
from ...evidence import Observation
from ...hypothesis import Experiment, hypothesis
from ...report.claim_figure import Curves, Mark, Panel, Ribbon, Row, Rows
from ..answer import Answer
from .band import Band, Floats, bands, sureness
from .ensemble import Arm, Courses, Ensemble
from .seen import cited, records, rows, told
from .telling import doubted
from .terms import Terms
from .told import Told

_PORT = "lhb_burst_fraction"
_MOUSE = Experiment(dose="25 mg/kg")
_LESS = Experiment()
_VEHICLE = _MOUSE.control
_ARMS = {
    "stressed, vehicle": _VEHICLE,
    "unstressed, vehicle": replace(_VEHICLE, stress=0.0),
    "ketamine 25 mg/kg": _MOUSE,
    "ketamine 10 mg/kg": _LESS,
    "no T-type channels": replace(_VEHICLE, under=(("brain.t_type_left", 0.0),)),
    "no NMDA receptors": replace(_VEHICLE, under=(("brain.nmdar_left", 0.0),)),
    "half of the T-type channels": replace(_VEHICLE, under=(("brain.t_type_left", 0.5),)),
    "half of the NMDA receptors": replace(_VEHICLE, under=(("brain.nmdar_left", 0.5),)),
}
_HOURS = np.array([0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 12.0, 18.0, 24.0, 30.0, 36.0, 48.0])


@dataclass(frozen=True, eq=False)
class _Quieted(Told):
    """What was found for claim C37, and how it is told."""

    chain: Chain
    found: dict[str, dict[str, Floats]]
    ill: Floats
    well: Floats
    hour: Floats
    day: Floats
    less: Floats
    relief: dict[float, Floats]
    observed: tuple[Observation, ...]
    still: float

    @property
    def sentences(self) -> tuple[str, str, str]:
        return (
            f"In the stressed mouse {Band.of(100 * self.ill).words('%')} of habenula cells burst, without stress "
            f"{Band.of(100 * self.well).words('%')}; an hour after 25 mg/kg of ketamine "
            f"{Band.of(100 * self.hour).words('%')} of the stressed level is left, after a day "
            f"{Band.of(100 * self.day).words('%')} (after 10 mg/kg {Band.of(100 * self.less).words('%')}).",
            "Without T-type channels or without NMDA receptors no cell bursts in any draw, and half of the NMDA "
            "receptors leave "
            f"{Band.of(100 * self.found['half of the NMDA receptors'][_PORT][:, 0] / self.ill).words('%')}: both are "
            "needed, by the form of the equation; the habenula alone (`habenula_burst_block`) lowers despair by "
            f"{Band.of(100 * self.relief[2.0]).words('%')} at 2 h and {Band.of(100 * self.relief[24.0]).words('%')} "
            "at 24 h, and the wirings without it (disinhibition, direct inhibition, extrasynaptic GluN2B, HNK, "
            "TrkB, inflammation) leave the bursts as they were.",
            f"For it: {told([o for o in self.observed if o.mark == 'seen'])}; the two fractions "
            f"({told(_levels(self.observed))}) set the stage and are no test; the day of silence needs block that is "
            f"trapped in silent cells, which holds in {100 * self.still:.0f} % of draws at 10 mg/kg (more than a "
            "fifth of the bursts gone), and one laboratory finds the lasting effect independent of the habenula "
            "(Zhou 2021, not on file).",
        )

    @property
    def doubt(self) -> str:
        return (
            f"{doubted(self.terms, self.chain)}; direction and necessity are answered, the absolute fraction is not: "
            "a fifth more or less of one conductance moves it many times over in models of single cells; a mean "
            "field has no single cells and no astrocytes, and within one draw the bursts come back abruptly, so "
            "that the middle line is no typical course."
        )

    @property
    def details(self) -> dict[str, Any]:
        return {
            "burst_fraction": {name: Band.of(c[_PORT][:, 0]).record for name, c in self.found.items()},
            "left_at_1_h": Band.of(self.hour).record,
            "left_at_24_h": Band.of(self.day).record,
            "left_at_24_h_after_10_mg_kg": Band.of(self.less).record,
            "relief_by_habenula_alone": {f"{h:g}": Band.of(v).record for h, v in self.relief.items()},
            "observed": records(self.observed),
        }

    def panels(self) -> tuple[Panel, ...]:
        shown = {k: self.found[k][_PORT] for k in ("stressed, vehicle", "ketamine 10 mg/kg", "ketamine 25 mg/kg")}
        ribbons = tuple(Ribbon(k, _HOURS, *bands(100 * v)) for k, v in shown.items())
        course = Curves(
            "Mouse: bursting cells after one dose",
            "hours after the dose",
            "bursting cells, %",
            ribbons,
            tuple(_mark(o) for o in self.observed),
        )
        resting = [k for k in _ARMS if not k.startswith("ketamine")]
        needs = Rows(
            "What bursts need, without a drug",
            "bursting cells, %",
            tuple(_row(k, 100 * self.found[k][_PORT][:, 0]) for k in resting),
        )
        return course, needs


def quieted(terms: Terms) -> Answer:
    """The answer to claim C37: the share of bursting cells before and after, and without either channel."""
    chain, alone = default_chain("mouse"), hypothesis("habenula_burst_block").chain("mouse")
    ensemble = Ensemble(_HOURS, (_PORT, "despair"), terms.count, terms.seed)
    found = ensemble.follow({name: Arm(chain, e) for name, e in _ARMS.items()})
    mood = ensemble.follow({"vehicle": Arm(alone, _VEHICLE), "drug": Arm(alone, _LESS)})
    ill, well = found["stressed, vehicle"][_PORT][:, 0], found["unstressed, vehicle"][_PORT][:, 0]
    hour, day = (_left(found, "ketamine 25 mg/kg", h) for h in (1.0, 24.0))
    less = _left(found, "ketamine 10 mg/kg", 24.0)
    relief = {h: _at(mood["vehicle"]["despair"] - mood["drug"]["despair"], h) for h in (2.0, 24.0)}
    observed = (*rows(study="yang2018"), *rows(study="ma2023"))
    still = sureness(1.0 - less, 0.2)
    return _Quieted(terms, chain, found, ill, well, hour, day, less, relief, observed, still).answer("C37")


def _at(course: np.ndarray, hour: float) -> np.ndarray:
    return np.asarray(course[:, int(np.argmin(np.abs(_HOURS - hour)))])


def _left(found: dict[str, Courses], arm: str, hour: float) -> np.ndarray:
    """What is left of the stressed level."""
    return _at(found[arm][_PORT], hour) / found["stressed, vehicle"][_PORT][:, 0]


def _levels(observed: tuple[Observation, ...]) -> list[Observation]:
    return [o for o in observed if o.value is not None]


def _mark(o: Observation) -> Mark:
    value = None if o.value is None else 100.0 * o.value
    return Mark(float(o.time or 0.0), cited(o), value, direction=o.direction, recalled=o.mark != "seen")


def _row(label: str, draws: np.ndarray) -> Row:
    band = Band.of(draws)
    return Row(label, band.low, band.middle, band.high)
