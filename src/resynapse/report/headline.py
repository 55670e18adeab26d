"""The run in plain words: every sentence is made from the stored numbers of the typical course."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .doubt import about, doubt
from .observations import observations, tally
from .regimen import told as treated
from .result import Result, Signal
from .style import clock, number, percent, quantity

PLASMA = ("cv_ketamine", "cv_ketamine_s", "cv_ketamine_r")
ARTERY = "ca_ketamine"
DAY = 24.0
NO_CHANGE = 0.5


@dataclass(frozen=True)
class Headline:
    """The one number of a station: `figure` in large type, `caption` saying what it is."""

    figure: str
    caption: str


def summary(result: Result) -> list[str]:
    """What was given, to whom, and what the model says happens, as sentences."""
    parts = [_given(result), _exposure(result), _burst(result), _growth(result), _relief(result), _cost(result)]
    return [p for p in [*parts, compared(result), about(result), *(f"{told}." for told in doubt(result))] if p]


def compared(result: Result) -> str:
    """The count of met and missed observations, and whose course was compared where people were treated differently."""
    told = tally(observations(result))
    if not told or not result.treated_differently or result.typical_name in result.people:
        return told
    return f"{told} Compared is one person, whose weight is nearest 70 kg, with their own doses, not the median."


def headlines(result: Result) -> dict[str, Headline]:
    """The headline of every station whose signals were stored."""
    made = {
        "dose": _dose_headline(result),
        "body": _peak(result, "peak venous plasma", *PLASMA) or _peak(result, "peak arterial plasma", ARTERY),
        "receptor": _peak_share(result, "occupancy_nmdar_interneuron", "peak block, interneurons"),
        "circuit": _peak_change(result, "glutamate_pfc", "glutamate at its peak"),
        "synapse": _before_after(result, "spine_density", "spines, before → {}"),
        "brain": _before_after(result, "lhb_burst_fraction", "bursting, before → {}"),
        "mood": _before_after(result, "madrs_total", "MADRS, before → {}"),
        "life": _before_after(result, "stress", "stress, before → {}"),
        "safety": _peak(result, "peak CADSS (0–92)", "cadss_total"),
    }
    return {room: h for room, h in made.items() if h is not None}


def first_of(result: Result, *ports: str) -> Signal | None:
    """The first of these ports whose typical course is ever different from zero."""
    found = [s for port in ports for s in result.signals.get(port, ())[:1]]
    return next((s for s in found if s.size > 0), None)


def value_at(result: Result, signal: Signal, time: float) -> float:
    """The typical value at `time` (h), interpolated; `NaN` where the run does not reach."""
    known = np.isfinite(signal.typical)
    times = result.times[known]
    if not times.size or not times[0] - 1e-9 <= time <= times[-1] + 1e-9:
        return math.nan
    return float(np.interp(time, times, signal.typical[known]))


def peak_of(result: Result, signal: Signal) -> tuple[float, float]:
    """The highest typical value and when it occurs, in hours after the first dose."""
    index = int(np.nanargmax(signal.typical))
    return float(signal.typical[index]), float(result.times[index]) - start(result)


def start(result: Result) -> float:
    """The time of the first dose, or the beginning of the run."""
    return result.doses[0].time if result.doses else float(result.times[0])


def _given(result: Result) -> str:
    given = treated(result.regimens, len(result.people), result.text("species", "human"))
    if not result.departures:
        return given
    times = "once" if result.departures == 1 else f"{result.departures} times"
    kinds = "a steady state, a reset, a change of covariates, or devices used unusually"
    return f"{given} The run departs {times} from plain doses ({kinds}) and need not begin untreated."


def _exposure(result: Result) -> str:
    plasma = first_of(result, *PLASMA, ARTERY)
    if plasma is None:
        return ""
    top, when = peak_of(result, plasma)
    pools = [("interneurons", "occupancy_nmdar_interneuron"), ("pyramidal cells", "occupancy_nmdar_pyramidal")]
    blocked = [
        f"{_share(result, port)} of the NMDA receptors on {cell}" for cell, port in pools if port in result.signals
    ]
    block = f" It blocks up to {' and '.join(blocked)}." if blocked else ""
    peak = f"{_in_plasma(plasma)} peaks at {quantity(top, plasma.unit)}"
    return f"{_who(result)}, {peak}, {clock(when)} after the first dose begins.{block}"


def _in_plasma(signal: Signal) -> str:
    """The drug and where it is sampled, without the site that the short label carries."""
    drug = signal.label.partition(",")[0]
    return f"arterial {drug}" if signal.port.startswith("ca_") else f"{drug} in plasma"


def _burst(result: Result) -> str:
    glutamate = first_of(result, "glutamate_pfc")
    if glutamate is None:
        return ""
    top, when = peak_of(result, glutamate)
    rest = glutamate.rest or 1.0
    return f"Prefrontal glutamate reaches {percent(top / rest - 1)} relative to rest at {clock(when)}."


def _growth(result: Result) -> str:
    spines = first_of(result, "spine_density")
    after = _after(result, spines)
    if spines is None or after is None:
        return ""
    before, late = value_at(result, spines, start(result)), value_at(result, spines, start(result) + after)
    change = f"from {number(before, 2, spines.size)} of the healthy value to {number(late, 2, spines.size)}"
    return f"Spine density goes {change} after {clock(after)}."


def _relief(result: Result) -> str:
    madrs = first_of(result, "madrs_total")
    after = _after(result, madrs)
    if madrs is None or after is None:
        return ""
    before, late = value_at(result, madrs, start(result)), value_at(result, madrs, start(result) + after)
    change = late - before
    verb = f"{'falls' if change < 0 else 'rises'} by {abs(change):.1f} points by"
    verb = verb if abs(change) > NO_CHANGE else f"does not change by more than {NO_CHANGE} points by"
    told = f"The depression score (MADRS, 0–60) {verb} {clock(after)}, from {before:.1f} to {late:.1f}"
    return told + _left(result, madrs, before) + "."


def _left(result: Result, madrs: Signal, before: float) -> str:
    days = [(d, value_at(result, madrs, start(result) + d * DAY) - before) for d in (7, 14)]
    found = [f"{_beside_start(change)} on day {d}" for d, change in days if math.isfinite(change)]
    return f"; it stands {' and '.join(found)}" if found else ""


def _beside_start(change: float) -> str:
    if abs(change) <= NO_CHANGE:
        return f"within {NO_CHANGE} points of the start"
    return f"{abs(change):.1f} points {'above' if change > 0 else 'below'} the start"


def _cost(result: Result) -> str:
    cadss = first_of(result, "cadss_total")
    told = []
    if cadss is not None:
        top, when = peak_of(result, cadss)
        told.append(f"dissociation peaks at {top:.1f} points of CADSS at {clock(when)}")
    told.extend(_pressure(result))
    return f"Side effects: {' and '.join(told)}." if told else ""


def _pressure(result: Result) -> list[str]:
    """The highest point of the mean curve; the mean of individual maxima is higher and named as what it is."""
    mean, maxima = first_of(result, "sbp_change"), first_of(result, "sbp_max")
    own = f"mean of individual maxima {quantity(peak_of(result, maxima)[0], maxima.unit)}" if maxima else ""
    if mean is None:
        return [f"systolic blood pressure above the start: {own}"] if own else []
    told = f"mean systolic blood pressure rises by up to {quantity(peak_of(result, mean)[0], mean.unit)}"
    return [f"{told} ({own})" if own else told]


def _who(result: Result) -> str:
    if len(result.people) == 1:
        return "In this course"
    return "In the typical person" if result.typical_name in result.people else f"In the {result.typical_name}"


def _share(result: Result, port: str) -> str:
    return f"{100 * peak_of(result, result.signals[port][0])[0]:.0f} %"


def _after(result: Result, signal: Signal | None) -> float | None:
    """24 h when the run reaches so far, else the longest of the shorter looks."""
    if signal is None:
        return None
    return next((t for t in (DAY, 4.0, 2.0, 1.0) if math.isfinite(value_at(result, signal, start(result) + t))), None)


def _dose_headline(result: Result) -> Headline | None:
    if not result.doses:
        return Headline("none", "no drug given")
    given = " + ".join(f"{d} {r}" for d, r in dict.fromkeys(g for regimen in result.regimens for g in regimen.given))
    if result.treated_differently:
        return _different(result, given)
    regimen = result.regimens[0]
    times = f"{regimen.doses} × " if regimen.doses > 1 else ""
    over = f", {clock(regimen.durations[1])}" if regimen.durations[1] > 0 else ""
    return Headline(f"{times}{regimen.amount}", f"{given}{over}")


def _different(result: Result, given: str) -> Headline:
    counts = [r.doses for r in result.regimens]
    counts += [0] if sum(r.people for r in result.regimens) < len(result.people) else []
    low, high = min(counts), max(counts)
    doses = f"{high} dose{'s' if high > 1 else ''}"
    return Headline(doses if low == high else f"{low} to {doses}", f"{given}, by person")


def _peak(result: Result, caption: str, *ports: str) -> Headline | None:
    signal = first_of(result, *ports)
    if signal is None:
        return None
    top, when = peak_of(result, signal)
    figure = f"{top:.1f}" if signal.unit == "points" else quantity(top, signal.unit)
    return Headline(figure, f"{caption}, {clock(when)}")


def _peak_share(result: Result, port: str, caption: str) -> Headline | None:
    return Headline(_share(result, port), caption) if first_of(result, port) else None


def _peak_change(result: Result, port: str, caption: str) -> Headline | None:
    signal = first_of(result, port)
    if signal is None:
        return None
    return Headline(percent(peak_of(result, signal)[0] / (signal.rest or 1.0) - 1), caption)


def _before_after(result: Result, port: str, caption: str) -> Headline | None:
    signal = first_of(result, port)
    after = _after(result, signal)
    if signal is None or after is None:
        return None
    before, late = (value_at(result, signal, start(result) + t) for t in (0.0, after))
    return Headline(f"{number(before, 2, signal.size)} → {number(late, 2, signal.size)}", caption.format(clock(after)))
