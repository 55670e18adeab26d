"""Which dose: benefit beyond control against what is felt in the chair, by vein and by nose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...dose import Regimen
from ...evidence import Observation
from ...report.claim_figure import Panel, Row, Rows
from ...report.crosses import Cross, Crosses
from ..answering.seen import records, rows, told
from .benefit import SCORE, Benefit, benefit, ratings
from .burden import Session, facts, session
from .many import Many
from .settling import Study, settled
from .weighed import Listing, Weighed, band_record, banded, ends

Floats = NDArray[np.float64]
QUESTION = "Which dose: what does more of it bring, and what does it cost the person in the chair?"
VEIN, NOSE = (0.1, 0.2, 0.35, 0.5, 0.75, 1.0), (28, 56, 84)
_COURSE, _DAY, _MONTH = "twice weekly for 4 weeks", 1.0, 28.0
_ENOUGH = 0.9
_NAMES = ("by vein (ketamine, over 40 min)", "by nose (esketamine)")


@dataclass(frozen=True, eq=False)
class Dose:
    """One dose: what it brings a day after one and after four weeks of two a week, and one session of it."""

    label: str
    day: Benefit
    month: Benefit
    session: Session
    nasal: bool


def best_dose(many: Many, seed: int) -> Weighed:
    """The answer for these people and draws."""
    found = {label: _given(many, label, one) for label, one in doses().items()}
    vein = [g for g in found.values() if not g.nasal]
    day, month = (least_enough(np.stack([getattr(g, k).fall for g in vein], axis=1), VEIN) for k in ("day", "month"))
    observed = _observed()
    worth = settled(day, _studies(many, vein), seed)
    return Weighed(
        "best dose",
        QUESTION,
        f"The least dose by vein that brings nine tenths of the largest mean fall between {VEIN[0]:g} and {VEIN[-1]:g} "
        f"mg/kg is {banded(day, 'mg/kg')} at 24 h and {banded(month, 'mg/kg')} after four weeks of two a week: no "
        "single best dose follows, because nobody has said what a point of relief is worth in dissociation.",
        "this dose",
        (_brings(found), _costs(found), _seen(observed)),
        worth,
        _panels(found),
        (_listing(found),),
        _details(found, day, month, observed),
        many,
        ("doses between those on the grid are read off straight lines on a log scale",),
    )


def doses() -> Mapping[str, Regimen]:
    """Every dose as one session."""
    vein = {f"{d:g} mg/kg": Regimen("ketamine", "iv", f"{d:g} mg/kg", "40 min", "once", _MONTH) for d in VEIN}
    return vein | {f"{d} mg": Regimen("esketamine", "nasal", f"{d} mg", None, "once", _MONTH) for d in NOSE}


def least_enough(falls: Floats, grid: Sequence[float]) -> Floats:
    """The least dose (draws) that brings nine tenths of the largest fall on a grid (draws x doses).

    Nothing where no dose brings anything.
    """
    share = falls / np.maximum(falls.max(axis=1, keepdims=True), 1e-9)
    first = (share >= _ENOUGH).argmax(axis=1)
    row, log = np.arange(len(falls)), np.log(np.asarray(grid, dtype=float))
    before = np.maximum(first - 1, 0)
    low, high = share[row, before], share[row, first]
    part = np.where(first > 0, (_ENOUGH - low) / np.maximum(high - low, 1e-9), 1.0)
    between = np.exp(log[before] + part * (log[first] - log[before]))
    return np.where(falls.max(axis=1) > 0, between, np.nan)


def _given(many: Many, label: str, one: Regimen) -> Dose:
    day = many.under(one, (0.0, 24.0 * _DAY), (SCORE,))[SCORE]
    again = Regimen(one.drug, one.route, one.dose, one.over, _COURSE, _MONTH)
    month = many.under(again, (0.0, 24.0 * _MONTH), (SCORE,))[SCORE]
    nasal = one.route == "nasal"
    return Dose(label, benefit(many, day, _DAY), benefit(many, month, _MONTH), session(many, one), nasal)


def _brings(found: Mapping[str, Dose]) -> str:
    told_falls = ", ".join(f"{banded(g.day.fall, 'points')} after {k}" for k, g in found.items() if _main(k))
    usual, full = found["0.5 mg/kg"], found["1 mg/kg"]
    more = full.day.fall - usual.day.fall
    return (
        f"Beyond control one dose takes {told_falls} off MADRS at 24 h, and twice weekly for four weeks "
        f"{banded(usual.month.fall, 'points')} (0.5 mg/kg) and {banded(found['84 mg'].month.fall, 'points')} (84 mg by "
        f"nose) by day 28; of a hundred people {banded(usual.day.response)} more respond and "
        f"{banded(usual.day.remission)} more remit at 24 h after 0.5 mg/kg; 1.0 instead of 0.5 mg/kg adds "
        f"{banded(more, 'points')}."
    )


def _costs(found: Mapping[str, Dose]) -> str:
    peaks = ", ".join(f"{banded(g.session.cadss, 'points')} after {k}" for k, g in found.items() if _main(k))
    rises = ", ".join(f"{banded(g.session.pressure, 'mmHg')} ({k})" for k, g in found.items() if _main(k))
    drowsy = ", ".join(f"{banded(g.session.chances['sedation'], '%')} ({k})" for k, g in found.items() if _main(k))
    return (
        f"In one session dissociation peaks at a mean CADSS of {peaks}, systolic pressure rises by {rises} and "
        f"{drowsy} are sedated; every session takes {found['84 mg'].session.chair:g} to "
        f"{found['0.5 mg/kg'].session.chair:.1f} h in the chair, monitored, and eight of them are given in four weeks."
    )


def _seen(observed: Sequence[Observation]) -> str:
    return (
        f"Observed: {told(observed)}; one trial of four doses and one of three sprays, with 11 to 24 people an arm, "
        "which "
        "cannot tell neighbouring doses apart."
    )


def _observed() -> tuple[Observation, ...]:
    doses_seen = [o for o in rows(study=("fava2020", "su2017")) if o.direction != "reference"]
    sprays = [
        o for o in rows(study="daly2018") if o.statistic == "change" and o.time == 1.0 and "P2" not in o.arm.label
    ]
    return (*doses_seen, *sprays)


def _main(label: str) -> bool:
    return label in ("0.1 mg/kg", "0.5 mg/kg", "1 mg/kg", "84 mg")


def _panels(found: Mapping[str, Dose]) -> tuple[Panel, ...]:
    def crosses(when: str) -> tuple[Cross, ...]:
        return tuple(
            Cross(k, ends(g.session.cadss), ends(getattr(g, when).fall), int(g.nasal)) for k, g in found.items()
        )

    x, y = "dissociation at its peak, mean CADSS, points", "fall of MADRS beyond control, points"
    lines = tuple(
        Row(k if not i else "", *ends(v), "", i)
        for k, g in found.items()
        for i, v in enumerate((g.day.response, g.month.response))
    )
    return (
        Crosses("One dose, 24 h later", x, y, crosses("day"), 0.0, _NAMES),
        Crosses("Twice weekly for four weeks, day 28", x, y, crosses("month"), 0.0, _NAMES),
        Rows("More people who respond than without drug", "of a hundred", lines, 0.0, ("24 h, one dose", "day 28")),
    )


def _listing(found: Mapping[str, Dose]) -> Listing:
    columns = (
        "dose",
        "fall at 24 h, points",
        "more responders, of 100",
        "more remitters, of 100",
        "fall at day 28, points",
        "CADSS peak, points",
        "CADSS above 4, %",
        "systolic rise, mmHg",
        "sedation, %",
        "dizziness, %",
        "nausea, %",
        "hours in the chair",
    )
    lines = tuple((k, *_cells(g)) for k, g in found.items())
    return Listing(
        "Benefit beyond control and burden of one session, by dose; nine in ten draws in brackets", columns, lines
    )


def _cells(g: Dose) -> tuple[str, ...]:
    s = g.session
    draws = (g.day.fall, g.day.response, g.day.remission, g.month.fall, s.cadss, s.above, s.pressure)
    events = (s.chances[e] for e in ("sedation", "dizziness", "nausea"))
    return (*map(banded, (*draws, *events)), f"{s.chair:.1f}")


def _details(
    found: Mapping[str, Dose], day: Floats, month: Floats, observed: Sequence[Observation]
) -> dict[str, object]:
    return {
        "least_dose_for_nine_tenths_mg_per_kg": {"24 h": band_record(day), "day 28": band_record(month)},
        "fall_24_h_points": {k: band_record(g.day.fall) for k, g in found.items()},
        "fall_day_28_points": {k: band_record(g.month.fall) for k, g in found.items()},
        "more_responders_24_h_percent": {k: band_record(g.day.response) for k, g in found.items()},
        "more_remitters_24_h_percent": {k: band_record(g.day.remission) for k, g in found.items()},
        "cadss_peak_points": {k: band_record(g.session.cadss) for k, g in found.items()},
        "pressure_rise_mmhg": {k: band_record(g.session.pressure) for k, g in found.items()},
        "hours_in_the_chair": {k: g.session.chair for k, g in found.items()},
        "observed": records(observed),
    }


def _studies(many: Many, vein: Sequence[Dose]) -> tuple[Study, ...]:
    """What could be done to know the dose better."""
    arm, by = facts()["dose_arm"].value, {g.label: g for g in vein}
    four = ("0.1 mg/kg", "0.2 mg/kg", "0.5 mg/kg", "1 mg/kg")
    day = np.stack([by[k].day.fall for k in four], axis=1)
    month = np.stack([by[k].month.fall for k in four[1:3]], axis=1)
    soon, late = (ratings(many, arm, b.spread) for b in (by[four[2]].day, by[four[2]].month))
    of_four = f"0.1, 0.2, 0.5 and 1.0 mg/kg against midazolam, {arm:.0f} people an arm, 24 h"
    of_two = f"0.2 and 0.5 mg/kg twice weekly against midazolam, {arm:.0f} an arm, day 28"
    return (
        soon.trial("four doses against midazolam", of_four, day, [_DAY] * 4),
        late.trial("two doses twice weekly", of_two, month, [_MONTH] * 2),
        *_scans(many),
    )


def _scans(many: Many) -> tuple[Study, ...]:
    """Studies of what lies between dose and mood, at the end of 0.5 mg/kg or a day after it."""
    n = facts()["scanned"].value
    once = Regimen("ketamine", "iv", "0.5 mg/kg", "40 min", "once", 1.0)
    read = many.under(once, (0.0, 0.667, 24.0), ("occupancy_nmdar_interneuron", "glutamate_pfc", "spine_density"))
    block, burst, spines = (v.mean(axis=1) for v in read.values())
    block, burst, spines = block[:, 1:2], burst[:, 1:2], spines[:, 2:3] / spines[:, :1]

    def scan(name: str, words: str, signal: Floats, of: str) -> Study:
        return Study(name, f"{n:.0f} {words} 0.5 mg/kg", signal, np.array([facts()[f"{of}_sd"].value / np.sqrt(n)]))

    return (
        scan("scans of NMDA receptors", "scans of NMDA receptors at the end of", block, "occupancy"),
        scan("spectra of glutamate", "spectra of prefrontal glutamate at the end of", burst, "glutamate"),
        scan("scans of synapses", "scans of synaptic density a day after", spines, "synapse"),
    )
