"""Which route: vein, muscle, skin, nose, mouth and tongue at one area under the curve, beside how precise each is."""

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
QUESTION = "Which route: what does the same exposure bring and cost by vein, muscle, skin, nose, mouth and tongue?"
ROUTES = {
    "vein": ("iv", "40 min"),
    "muscle": ("im", None),
    "skin": ("sc", None),
    "nose": ("nasal", None),
    "mouth": ("oral", None),
    "tongue": ("sublingual", None),
}
_USUAL, _DOSE, _FAR = "vein", 0.5, "mouth"
_HOURS = np.array([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.667, 0.8, 1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24.0])
_TOTAL = "cv_ketamine"


@dataclass(frozen=True, eq=False)
class Way:
    """One route at the matched dose (mg/kg): benefit at 24 h, one session, and how far people differ (CV, %)."""

    dose: float
    day: Benefit
    session: Session
    exposure: Floats
    relief: Floats


def best_route(many: Many, seed: int) -> Weighed:
    """The answer for these people and draws."""
    found = {name: _way(many, name) for name in ROUTES}
    apart = found[_FAR].day.fall - found[_USUAL].day.fall
    observed = _observed()
    return Weighed(
        "best route",
        QUESTION,
        f"At one area under the curve a dose by mouth brings {banded(apart, 'points')} more relief at 24 h than by "
        "vein: no single best route follows, since precision, watching and money are not on one scale.",
        "this difference",
        (_brings(found), _costs(found), _seen(observed)),
        settled(apart, _studies(many, found), seed),
        _panels(found),
        (_listing(found),),
        _details(found, apart, observed),
        many,
        (
            "racemic ketamine throughout; doses are matched to the median area of 0.5 mg/kg by vein",
            "by mouth and tongue the liver makes more norketamine and HNK of a larger dose, which this chain lets act",
            "no spread between people is on file for muscle, skin and gut, which therefore look too precise",
            "two hours of watching are taken for every route, which no label says",
        ),
    )


def matched(many: Many, name: str) -> float:
    """The dose (mg/kg) by a route whose median area of ketamine is that of 0.5 mg/kg by vein; kinetics are linear."""
    areas = [float(np.median(_areas(many, _regimen(route, _DOSE)))) for route in (_USUAL, name)]
    return _DOSE * areas[0] / areas[1]


def _regimen(name: str, dose: float) -> Regimen:
    route, over = ROUTES[name]
    return Regimen("ketamine", route, f"{dose:.4g} mg/kg", over, "once", 1.0)


def _areas(many: Many, given: Regimen) -> Floats:
    """The area under ketamine from 0 to 24 h, draws x people."""
    found = many.under(given, _HOURS, (_TOTAL,))[_TOTAL]
    return np.asarray(np.trapezoid(found, _HOURS, axis=-1))


def _way(many: Many, name: str) -> Way:
    dose = _DOSE if name == _USUAL else matched(many, name)
    given = _regimen(name, dose)
    day = many.under(given, (0.0, 24.0), (SCORE,))[SCORE]
    found, fall = benefit(many, day, 1.0), day[..., 0] - day[..., 1]
    relief = 100 * fall.std(axis=1) / np.maximum(fall.mean(axis=1), 1e-9)
    areas = _areas(many, given)
    return Way(dose, found, session(many, given), 100 * areas.std(axis=1) / areas.mean(axis=1), relief)


def _brings(found: Mapping[str, Way]) -> str:
    each = ", ".join(f"{banded(w.day.fall, 'points')} by {name} ({w.dose:.2g} mg/kg)" for name, w in found.items())
    return f"Beyond control one dose at the area under the curve of 0.5 mg/kg by vein takes off MADRS at 24 h: {each}."


def _costs(found: Mapping[str, Way]) -> str:
    felt = ", ".join(f"{banded(w.session.cadss, 'points')} by {name}" for name, w in found.items())
    precise = ", ".join(f"{banded(w.exposure, '%')} by {name}" for name, w in found.items())
    return (
        f"Dissociation peaks at a mean CADSS of {felt}; areas differ between people (CV) by {precise}; an infusion "
        "adds its 40 minutes and a needle in a vein to the two hours of watching."
    )


def _seen(observed: Sequence[Observation]) -> str:
    return (
        f"Observed by other routes: {told(observed)}; no trial on file gave two routes to the same people and rated "
        "both, so that exposure alone joins them."
    )


def _observed() -> tuple[Observation, ...]:
    wanted = [o for s in ("loo2023", "glue2024", "lapidus2014") for o in rows(study=s)]
    kept = [
        o for o in wanted if o.quantity in (SCORE, "relapse", "response", "remission_madrs10") and o.value is not None
    ]
    return tuple(kept[:8])


def _panels(found: Mapping[str, Way]) -> tuple[Panel, ...]:
    crosses = tuple(Cross(name, ends(w.session.cadss), ends(w.day.fall)) for name, w in found.items())
    lines = tuple(
        Row(name if not i else "", *ends(v), "", i)
        for name, w in found.items()
        for i, v in enumerate((w.exposure, w.relief))
    )
    return (
        Crosses(
            "One dose at one area under the curve",
            "dissociation at its peak, mean CADSS, points",
            "fall of MADRS at 24 h beyond control, points",
            crosses,
            joined=False,
        ),
        Rows("How far people differ", "coefficient of variation, %", lines, 0.0, ("area under the curve", "relief")),
    )


def _listing(found: Mapping[str, Way]) -> Listing:
    columns = (
        "route",
        "dose, mg/kg",
        "fall at 24 h, points",
        "CADSS peak, points",
        "systolic rise, mmHg",
        "area, CV %",
        "hours in the chair",
    )
    lines = tuple(
        (
            name,
            f"{w.dose:.2g}",
            banded(w.day.fall),
            banded(w.session.cadss),
            banded(w.session.pressure),
            banded(w.exposure),
            f"{w.session.chair:.1f}",
        )
        for name, w in found.items()
    )
    return Listing("Routes at the area under the curve of 0.5 mg/kg by vein", columns, lines)


def _details(found: Mapping[str, Way], apart: Floats, observed: Sequence[Observation]) -> dict[str, object]:
    return {
        "mouth_less_vein_points": band_record(apart),
        "dose_mg_per_kg": {name: w.dose for name, w in found.items()},
        "fall_24_h_points": {name: band_record(w.day.fall) for name, w in found.items()},
        "cadss_peak_points": {name: band_record(w.session.cadss) for name, w in found.items()},
        "area_cv_percent": {name: band_record(w.exposure) for name, w in found.items()},
        "observed": records(observed),
    }


def _studies(many: Many, found: Mapping[str, Way]) -> tuple[Study, ...]:
    """What could be done to know it better."""
    arm = facts()["dose_arm"].value
    rated = ratings(many, arm, found[_USUAL].day.spread)

    def beside(name: str, one: str) -> Study:
        signal = (found[one].day.fall - found[_USUAL].day.fall)[:, None]
        return rated.trial(name, f"{one} against vein at one area, {arm:.0f} people an arm, 24 h", signal, [1.0])

    peak = np.stack([found[k].session.cadss for k in (_USUAL, _FAR)], axis=1)
    error = np.full(2, np.sqrt(float(np.mean(peak**2)) / arm))
    return (
        beside("mouth against vein", _FAR),
        beside("muscle against vein", "muscle"),
        Study(
            "dissociation by both routes",
            f"CADSS by mouth and vein in {arm:.0f} people each, without ratings",
            peak,
            error,
        ),
    )
