"""Claim C16: a nasal spray doses less precisely than an infusion, and a cold changes it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from ...body.modifier import modifier
from ...report.claim_figure import Row, Rows, Shown
from ..answer import Answer
from ..claims import claim
from ..route_precision import (
    COLD,
    HOURS,
    METRICS,
    PORTS,
    PublishedSpread,
    RouteCourse,
    RoutePrecision,
    assumed_occasions,
    published_spreads,
    route_precision,
    variation_difference,
    variation_interval,
)
from .terms import Terms

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ...person import Population
    from ...report.route_figure import RouteBand

TOTAL, S_FORM = PORTS
_PEOPLE = 2000
_TITLE = "C16  In KPK-1 a spray doses less precisely than an infusion, and a cold changes it"


def asked(terms: Terms) -> Answer:
    """The answer to claim C16 on these terms."""
    return nasal_precision(terms.people or _PEOPLE, terms.seed, terms.population)


def nasal_precision(people: int = 2000, seed: int = 1, population: str | None = None) -> Answer:
    """The answer to claim C16, from the same drawn people by every route.

    **Raises:** `RequestError` as `route_precision` does.
    """
    found = route_precision(people, seed, population)
    sentences = (_by_route(found), _by_cold(found), _by_occasion(found))
    return Answer(
        claim("C16"), sentences, _uncertainty(found), _details(found), lambda: _shown(found), lambda: _figure(found)
    )


def cold_ratios(found: RoutePrecision) -> dict[str, float]:
    """What a cold does to the typical person's S-ketamine after the spray: ratios, and times of the peak (h)."""
    well, ill = found.routes["nasal"].typical[S_FORM], found.cold.typical[S_FORM]
    return {
        "cmax_ratio": float(ill.cmax[0] / well.cmax[0]),
        "auc_ratio": float(ill.auc[0] / well.auc[0]),
        "tmax_without_h": float(well.tmax[0]),
        "tmax_with_h": float(ill.tmax[0]),
    }


def _by_route(found: RoutePrecision) -> str:
    nasal, iv = ({m: 100 * found.routes[name].between(TOTAL, m) for m in METRICS} for name in ("nasal", "iv"))
    more = "less" if all(difference(found, m)[0] > 0 for m in METRICS) else "not clearly less"
    return (
        f"In KPK-1 a nasal spray doses {more} precisely than an infusion: between people the area under the curve (0 "
        f"to 24 h) of ketamine differs by {nasal['auc']:.0f} % (CV) after 84 mg of esketamine by nose and by "
        f"{iv['auc']:.0f} % after 0.5 mg/kg of ketamine over 40 min ({_points(found, 'auc')}), the peak by "
        f"{nasal['cmax']:.0f} % and {iv['cmax']:.0f} % ({_points(found, 'cmax')}); published by nose and by vein: "
        f"{_published('nasal', 'auc')} and {_published('iv', 'auc')} (area), "
        f"{_published('nasal', 'cmax')} and {_published('iv', 'cmax')} (peak, several studies); peaks within one "
        f"study: {_in_one_study('adults')} in adults, and {_in_one_study('children')} in anaesthetised children "
        "given drops, which speaks against the claim."
    )


def difference(found: RoutePrecision, metric: str) -> tuple[float, float]:
    """From where to where 90 of 100 repetitions would find how much more the nasal spray varies between people."""
    nasal, iv = (getattr(found.routes[name].usual[TOTAL], metric) for name in ("nasal", "iv"))
    return variation_difference(nasal, iv, found.seed)


def _points(found: RoutePrecision, metric: str) -> str:
    low, high = (100 * v for v in difference(found, metric))
    return f"difference {low:.0f} to {high:.0f} points"


def _by_cold(found: RoutePrecision) -> str:
    cold = cold_ratios(found)
    seen = {o.metric: o for o in modifier(COLD).observed}
    return (
        f"In KPK-1 a cold raises the peak of S-ketamine by {_percent(cold['cmax_ratio'])} and the area by "
        f"{_percent(cold['auc_ratio'])} and brings the peak from {60 * cold['tmax_without_h']:.0f} to "
        f"{60 * cold['tmax_with_h']:.0f} min; that is no test, since two factors were tuned to a study that found "
        f"{_percent(seen['Cmax'].ratio)}, {_percent(seen['AUC'].ratio)} and a peak after "
        f"{seen['tmax'].ratio:.2f} of the time ({modifier(COLD).doubt})."
    )


def _by_occasion(found: RoutePrecision) -> str:
    nasal, film = found.routes["nasal"].within(TOTAL, "auc"), found.routes["sublingual"].within(TOTAL, "auc")
    own = "not answered for the spray, since nothing is on file" if nasal is None else _put_in(found)
    other = "nothing on file" if film is None else f"{100 * film:.0f} %"
    oral = 100 * found.routes["oral"].between(TOTAL, "auc")
    return (
        f"In KPK-1 the spread within a person is {own} (product information: "
        f"{_published('nasal', 'auc', 'within')} for the area, {_published('nasal', 'cmax', 'within')} for the peak) "
        f"and {other} for a sublingual dose; the {oral:.0f} % between people for a swallowed dose are a known failure "
        f"(published for slow-release tablets: {_published('oral', 'auc')}), because no spread of gut passage is on "
        "file."
    )


def _uncertainty(found: RoutePrecision) -> str:
    low, high = (100 * v for v in variation_interval(found.routes["nasal"].usual[TOTAL].auc, found.seed))
    return (
        f"{found.people} drawn people{_of(found)}, seed {found.seed}: another draw would give the nasal area a CV of "
        f"{low:.0f} to {high:.0f} % (90 of 100 times). Far larger and not in that range: typical values and spreads "
        f"are taken as exact, spreads were borrowed from different studies, {_weights(found)}, and sprays that fail "
        f"and sneezes do not happen here. The model's peak after an infusion differs by {_too_alike(found)}, so the "
        "difference between the routes is likely too large here."
    )


def _put_in(found: RoutePrecision) -> str:
    """Within-person spread of the spray where it was assumed, with what that makes of all sprays together."""
    area, peak = (100 * float(found.routes["nasal"].within(TOTAL, m) or 0.0) for m in METRICS)
    all_area, all_peak = (100 * found.routes["nasal"].total(TOTAL, m) for m in METRICS)
    return (
        f"{area:.0f} % of the area and {peak:.0f} % of the peak for the spray, which is put in and not predicted "
        f"(all sprays of all people together: {all_area:.0f} and {all_peak:.0f} %), not on file for the infusion"
    )


def _of(found: RoutePrecision) -> str:
    return f" of {found.population.name} (digest {found.population.digest})" if found.population else ""


def _weights(found: RoutePrecision) -> str:
    return "occasions of an infusion are taken as alike" if found.population else "everybody weighs 70 kg"


def _too_alike(found: RoutePrecision) -> str:
    """How far the model's spread of the peak after an infusion lies below every published one."""
    seen = [s.low / 100 for s in published_spreads() if (s.route, s.metric) == ("iv", "cmax")]
    own = found.routes["iv"].between(TOTAL, "cmax")
    return f"{100 * own:.0f} %, {min(seen) / own:.0f} to {max(seen) / own:.0f} times below what was seen"


def _in_one_study(people: str) -> str:
    """What the study that gave both routes to such people found, nose beside vein."""
    seen = [s for s in published_spreads() if (s.metric, s.kind, s.people) == ("cmax", "between", people)]
    nasal, iv = ({s.source: _span(s) for s in seen if s.route == route} for route in ("nasal", "iv"))
    return " or ".join(f"{nasal[study]} beside {iv[study]}" for study in nasal if study in iv)


def _published(route: str, metric: str, kind: str = "between") -> str:
    """Published coefficients of variation of adults in words, with a mark where they were not checked."""
    asked = (route, metric, kind, "adults")
    found = [_span(s) for s in published_spreads() if (s.route, s.metric, s.kind, s.people) == asked]
    return " or ".join(found) or "nothing found"


def _span(s: PublishedSpread) -> str:
    span = f"{s.low:.0f}" if s.low == s.high else f"{s.low:.0f} to {s.high:.0f}"
    return f"{span} %" + (" (recalled, not checked)" if s.mark == "recalled" else "")


def _percent(ratio: float) -> str:
    return f"{100 * (ratio - 1):.0f} %"


def _details(found: RoutePrecision) -> dict[str, Any]:
    return {
        "people": found.people,
        "seed": found.seed,
        "population": None if found.population is None else _population_record(found.population),
        "routes": [_route_record(course, found.seed) for course in found.routes.values()],
        "cold": {"modifier": COLD, **cold_ratios(found), "exposures": _exposures(found.cold, found.seed)},
        "difference_nasal_iv": {m: dict(zip(("low", "high"), difference(found, m), strict=True)) for m in METRICS},
        "published": [asdict(s) for s in published_spreads()],
    }


def _population_record(chosen: Population) -> dict[str, Any]:
    assumed = [{**asdict(o), "spread": o.spread.model_dump(exclude_none=True)} for o in assumed_occasions()]
    return {"name": chosen.name, "digest": chosen.digest, "assumed_occasions": assumed}


def _route_record(course: RouteCourse, seed: int) -> dict[str, Any]:
    return {**asdict(course.dose), "exposures": _exposures(course, seed)}


def _exposures(course: RouteCourse, seed: int) -> dict[str, Any]:
    return {
        port: {m: _spread_record(course, port, m, seed) for m in METRICS} | {"tmax_h": _levels(course.usual[port].tmax)}
        for port in PORTS
    }


def _spread_record(course: RouteCourse, port: str, metric: str, seed: int) -> dict[str, Any]:
    values = getattr(course.usual[port], metric)
    low, high = variation_interval(values, seed)
    return {
        "unit": {"auc": "ng*h/mL", "cmax": "ng/mL"}[metric],
        **_levels(values),
        "cv_between": course.between(port, metric),
        "cv_between_low": low,
        "cv_between_high": high,
        "cv_within": course.within(port, metric),
        "cv_total": course.total(port, metric),
    }


def _levels(values: Any) -> dict[str, float]:
    return {f"p{100 * q:02.0f}": float(np.quantile(values, q)) for q in (0.05, 0.5, 0.95)}


def _shown(found: RoutePrecision) -> Shown:
    """The spreads of the figure without its single people."""
    return Shown((_variations(found, "auc"), _variations(found, "cmax")), _TITLE, _foot(found))


def _variations(found: RoutePrecision, metric: str) -> Rows:
    lines = [
        Row(course.dose.title, *_variation(course, metric, found.seed), _published(name, metric))
        for name, course in found.routes.items()
    ]
    word = {"auc": "area under the curve", "cmax": "peak"}[metric]
    return Rows(f"Spread of ketamine's {word} between people", "coefficient of variation, %", tuple(lines), None)


def _variation(course: RouteCourse, metric: str, seed: int) -> tuple[float, float, float]:
    low, high = (100 * v for v in variation_interval(getattr(course.usual[TOTAL], metric), seed))
    return low, 100 * course.between(TOTAL, metric), high


def _figure(found: RoutePrecision) -> Figure:
    from ...report.route_figure import draw_routes

    bands = [_band(course, found.cold if name == "nasal" else None) for name, course in found.routes.items()]
    return draw_routes(bands, _TITLE, _foot(found))


def _foot(found: RoutePrecision) -> str:
    who = f"of {found.population.name} (digest {found.population.digest[:8]})" if found.population else "of 70 kg"
    return (
        f"{found.people} drawn people {who}, KPK-1, seed {found.seed}. Swallowed doses are far too alike here: "
        f"no spread of gut passage is on file.{_assumed_words(found)}"
    )


def _assumed_words(found: RoutePrecision) -> str:
    return " The spray's spread within a person is assumed." if found.population else ""


def _band(course: RouteCourse, cold: RouteCourse | None, base: float | None = None) -> RouteBand:
    from ...report.route_figure import RouteBand

    area = course.usual[TOTAL].auc
    middle = float(np.median(area)) if base is None else base
    said = "" if base is not None else _said(course.dose.name)
    return RouteBand(
        course.dose.title,
        HOURS,
        course.usual[TOTAL].values,
        area / middle,
        100 * course.between(TOTAL, "auc"),
        said,
        None if cold is None else _band(cold, None, middle),
        _hundred(course.within(TOTAL, "auc")) if base is None else None,
    )


def _hundred(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _said(route: str) -> str:
    words = _published(route, "auc").replace(" (recalled, not checked)", ", recalled")
    return "" if words == "nothing found" else f"published: {words}"
