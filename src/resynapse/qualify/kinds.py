"""How each kind of published number is read: levels, changes, directions, kinetic metrics, scores of trials."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace

from ..core.units import convert
from ..evidence import Observation, in_unit
from .arms import control_of, time_of
from .comparison import NO_CHANGE, Comparison, count, published, standard_error
from .course import Course

PROXIES = {
    "glx_mpfc": ("glx_mrs", "glutamate and glutamine in medial prefrontal spectroscopy"),
    "glutamine_13c_enrichment": ("glutamate_cycling", "13C enrichment of glutamine, a proxy of glutamate cycling"),
    "sv2a_density": ("spine_density", "SV2A positron emission tomography, a proxy of spine density"),
    "fst_effect": ("fst_immobility", "effect in the forced swim test"),
    "norketamine_to_ketamine": ("cv_norketamine", "norketamine over ketamine"),
    "hnk_to_ketamine": ("cv_hnk", "HNK over ketamine"),
    "hnk_to_ketamine_s": ("cv_hnk_s", "S-HNK over S-ketamine"),
    "hnk_to_ketamine_r": ("cv_hnk_r", "R-HNK over R-ketamine"),
}
"""Observed quantities that are not ports, each with the port that stands for them and what was observed."""

CONTESTED = {
    "glx_mpfc": "studies contradict each other: two later ones found no change",
    "hnk_to_ketamine": "studies contradict each other on HNK: another assay gave other ratios",
    "auc_0_24_disputed": "cannot be reproduced from the same paper",
}
"""Quantities and statistics on which published findings contradict each other, and how."""

_EPISODE = 20.0
_SIGNS = {"up": 1, "rescued": 1, "down": -1, "kept": -1, "none": 0, "lost": 0}
_LEVELS = frozenset({"mean", "max_of_mean"})
_SCORES = frozenset({"mean", "change", "difference"})
_AT_PEAK = frozenset({"cadss_total", "sbp_max", "sbp_change"})
_AREA = re.compile(r"auc(?:_0_(\d+))?(?:_inf|_disputed)?$")
_WINDOW = re.compile(r"window ([\d.]+)-([\d.]+) h")
_LONGEST_WINDOW = 2.0
_PROLONGED = "prolonged-release"
_NET_OF_DRUG = "the arm has no control at this time, and placebo and expectancy are not in this score"


def port_of(quantity: str) -> str:
    """The port that an observed quantity is compared with."""
    return PROXIES.get(quantity, (quantity, ""))[0]


def compare(o: Observation, course: Course, study: tuple[Observation, ...]) -> Comparison | None:
    """The observation beside the result; `None` where the result, or this comparison, has nothing to say.

    **Arguments:** `study` holds every observation of the same study, among which a control arm is looked for.
    """
    read = _reader(o)
    if read is None or not course.has(port_of(o.quantity)):
        return None
    found = read(o, course, study)
    return None if found is None or not math.isfinite(found.predicted) else _reserved(found, o)


_Reader = Callable[[Observation, Course, tuple[Observation, ...]], Comparison | None]


def _reader(o: Observation) -> _Reader | None:
    """How this kind of number is read."""
    if o.quantity == "madrs_total":
        return _mood_direction if o.statistic == "direction" else _mood if o.statistic in _SCORES else None
    if o.statistic in ("auc_ratio", "percent_change", "fraction_of_deficit_restored", "direction"):
        return {"auc_ratio": _ratio, "direction": _direction}.get(o.statistic, _relative)
    if o.statistic in ("cmax", "tmax", "half_life") or _AREA.match(o.statistic):
        return _metric
    return _level if o.statistic in _LEVELS and o.quantity not in PROXIES else None


def _level(o: Observation, course: Course, study: tuple[Observation, ...]) -> Comparison | None:
    """A value in the port's own unit, at its time or at the peak of the session."""
    told = in_unit(o, course.unit(o.quantity))
    at_peak = o.quantity in _AT_PEAK
    hours = time_of(o)
    hours, predicted = course.acute_peak(o.quantity) if at_peak else (hours, course.at(o.quantity, hours))
    about = "mean, beside the largest value of the session" if at_peak else "mean"
    return published(told, Comparison(o.quantity, hours, predicted, "mean", about))


def _metric(o: Observation, course: Course, study: tuple[Observation, ...]) -> Comparison | None:
    """A pharmacokinetic metric, from the stored curve."""
    curve, port = _curve_unit(o, course.unit(o.quantity)), o.quantity
    time, peak = course.peak(port)
    window = _AREA.match(o.statistic)
    if o.statistic == "cmax":
        o, about, predicted = in_unit(o, curve), "largest value, drawn at the time of the model's peak", peak
    elif o.statistic == "tmax":
        about, predicted, time = f"time of the largest value [{o.unit}]", convert(time, "h", o.unit), math.nan
    elif o.statistic == "half_life":
        about, predicted, time = f"half-life [{o.unit}]", convert(course.half_life(port), "h", o.unit), math.nan
    else:
        span = float(window[1]) if window and window[1] else math.inf
        about = f"area under the curve, {'total' if math.isinf(span) else f'0 to {span:g} h'} [{o.unit}]"
        predicted, time = convert(course.area(port, span), curve, o.unit), math.nan
    drawn = Comparison(port, time, predicted, o.statistic, about)
    return replace(published(o, drawn), unlike=_unlike(o))


def _curve_unit(o: Observation, unit: str) -> str:
    return f"{unit}*h" if _AREA.match(o.statistic) else unit


def _unlike(o: Observation) -> str:
    """Why a metric of this arm cannot be judged; empty when it can."""
    if _PROLONGED in o.arm.regimen and not o.statistic.startswith("auc"):
        return "a prolonged-release tablet; the model's oral dose is a solution"
    unstated = o.arm.route == "iv" and not o.arm.over and o.statistic in ("cmax", "tmax")
    return "the study as entered does not say over how long the dose was given" if unstated else ""


def _ratio(o: Observation, course: Course, study: tuple[Observation, ...]) -> Comparison | None:
    """The area of a metabolite over that of ketamine."""
    if o.quantity not in PROXIES:
        return None
    port = port_of(o.quantity)
    parent = f"cv_ketamine{port[len('cv_hnk') :] if port.startswith('cv_hnk') else ''}"
    predicted = course.area(port) / course.area(parent) if course.has(parent) else math.nan
    about = f"{PROXIES[o.quantity][1]}, ratio of the areas under the curve"
    return published(o, Comparison(port, math.nan, predicted, o.statistic, about))


def _relative(o: Observation, course: Course, study: tuple[Observation, ...]) -> Comparison | None:
    """A change relative to the value before the dose, made a level."""
    port = port_of(o.quantity)
    before = course.before(port)
    restored = o.statistic == "fraction_of_deficit_restored"
    scale = course.rest(port) - before if restored else before / 100
    if not math.isfinite(scale) or abs(scale) < 1e-9:
        return None
    hours, predicted = _seen(o, course, port)
    printed = f"{o.value:.0%} of the deficit restored" if restored else f"{o.value:+g} %"
    about = f"{_observed(o)}{printed}, on the model's value before the dose"
    return published(o, Comparison(port, hours, predicted, "value", about), before, scale)


def _direction(o: Observation, course: Course, study: tuple[Observation, ...]) -> Comparison | None:
    """A direction without a number, beside the port's relative change."""
    port = port_of(o.quantity)
    sign = _SIGNS.get(o.direction)
    before = course.before(port)
    if sign is None or not math.isfinite(before):
        return None
    hours, level = _seen(o, course, port)
    change = (level - before) / _size(port, before, course)
    about = f"{_observed(o)}direction {o.direction}; predicted is the relative change"
    return Comparison(port, hours, change, "direction", about, direction=sign, n=count(o))


def _size(port: str, before: float, course: Course) -> float:
    """What a change is relative to: the value before the dose, or the peak where that value is next to nothing."""
    peak = abs(course.acute_peak(port)[1])
    return peak if abs(before) < 1e-3 * peak else abs(before) or 1.0


def _mood_direction(o: Observation, course: Course, study: tuple[Observation, ...]) -> Comparison | None:
    found = _direction(o, course, study)
    return None if found is None else replace(found, unlike=_well(course))


def _mood(o: Observation, course: Course, study: tuple[Observation, ...]) -> Comparison | None:
    """A MADRS score: the difference between arms, on the model's score before the dose."""
    hours, before = time_of(o), course.before(o.quantity)
    if not hours > 0 or not math.isfinite(before):
        return None
    drawn = Comparison(o.quantity, hours, course.at(o.quantity, hours), "value", "", unlike=_well(course))
    if o.statistic == "difference":
        about = f"{o.value:+g} points against {o.arm.comparator or 'control'}, on the model's score before the dose"
        return published(o, replace(drawn, about=about), before)
    control = control_of(o, study)
    if control is None:
        return _uncontrolled(o, drawn, before)
    if any(_printed_difference(p, o) for p in study):
        return None
    return _against(o, control, drawn, before, study)


def _printed_difference(p: Observation, o: Observation) -> bool:
    told = (p.quantity, p.statistic, p.arm.drug, p.arm.dose)
    return told == (o.quantity, "difference", o.arm.drug, o.arm.dose) and math.isclose(time_of(p), time_of(o))


def _uncontrolled(o: Observation, drawn: Comparison, before: float) -> Comparison:
    moved = o.statistic == "change"
    about = f"{o.value:+g} points from baseline" if moved else f"mean of {o.value:g} points"
    return replace(published(o, replace(drawn, about=about), before if moved else 0.0), unlike=_NET_OF_DRUG)


def _against(
    o: Observation, control: Observation, drawn: Comparison, before: float, study: tuple[Observation, ...]
) -> Comparison:
    """The difference between two arms, with the error of both."""
    difference = (o.value or 0.0) - (control.value or 0.0)
    error = math.hypot(standard_error(o), standard_error(control))
    who = " ".join(control.arm.drug)
    about = f"{difference:+.3g} points against {who} ({o.statistic} of each arm), on the model's score before the dose"
    level = before + difference
    drawn = replace(drawn, value=level, error=error, effect=difference, about=about, n=count(o) + count(control))
    drawn = replace(drawn, low=level - 1.96 * error, high=level + 1.96 * error, least=NO_CHANGE * before)
    return replace(drawn, note=_baselines(o, control, study))


def _baselines(o: Observation, control: Observation, study: tuple[Observation, ...]) -> str:
    """How far the two arms were apart before the dose, where that is more than a point and known."""
    arms = (o.arm.name, control.arm.name)
    scores = {p.arm.name: p.value for p in study if (p.quantity, p.statistic, p.time) == (o.quantity, "mean", 0)}
    treated, controls = (scores.get(arm) for arm in arms)
    if o.statistic != "mean" or treated is None or controls is None or abs(treated - controls) <= 1:
        return ""
    return f"the arms differed by {treated - controls:+.3g} points before the dose"


def _well(course: Course) -> str:
    """Why a trial's score says nothing here: the person is not in an episode."""
    score = course.before("madrs_total")
    if score >= _EPISODE:
        return ""
    return f"trials enrolled people in an episode; this person's score before the dose is {score:.3g}"


def _seen(o: Observation, course: Course, port: str) -> tuple[float, float]:
    """Time and value at the printed time, or where the change is largest in a short printed window."""
    hours = time_of(o)
    window = _WINDOW.search(o.note)
    if window and float(window[2]) <= _LONGEST_WINDOW:
        return course.extreme(port, float(window[1]), float(window[2]))
    return hours, course.at(port, hours)


def _observed(o: Observation) -> str:
    """What was observed where it is not the port itself, as the beginning of a phrase."""
    return f"{PROXIES[o.quantity][1]}: " if o.quantity in PROXIES else ""


def _reserved(found: Comparison, o: Observation) -> Comparison:
    """Adds what a reader has to know of this quantity."""
    said = [CONTESTED[k] for k in (o.quantity, o.statistic) if k in CONTESTED]
    laboratories = ["HNK differs up to 2.5-fold between laboratories"] if "hnk" in o.quantity else []
    pooled = [f"doses of {min(o.arm.dose):g} to {max(o.arm.dose):g} {o.arm.unit} pooled"] if len(o.arm.dose) > 1 else []
    return replace(found, note="; ".join(part for part in (found.note, *said, *laboratories, *pooled, o.note) if part))
