"""The anatomy of the chain: nine stations, each with its meaning, its headline and a small picture of its course."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass

import numpy as np

from .axes import NEAR_ZERO
from .headline import ARTERY, PLASMA, Headline, first_of, headlines, start
from .panels import Panel
from .result import Array, Result

PLOT_WIDTH, PLOT_HEIGHT = 122.0, 34.0
COMPRESSION = 0.25
REPEATED = 48.0


@dataclass(frozen=True)
class Station:
    """One station of the chain as it is drawn."""

    room: str
    lines: tuple[str, ...]
    headline: Headline | None
    href: str
    course: str


_STATIONS = (
    ("dose", "What is given, and by which route", ()),
    ("body", "Spread, break-down and clearance of the drug", (*PLASMA, ARTERY)),
    ("receptor", "NMDA receptors that the drug holds shut", ("occupancy_nmdar_interneuron",)),
    ("circuit", "Released cells send a burst of glutamate", ("glutamate_pfc",)),
    ("synapse", "Growth signals rebuild lost contacts", ("spine_density",)),
    ("brain", "Networks shift; the habenula calms down", ("lhb_burst_fraction",)),
    ("mood", "Despair, and the score that a rater gives", ("madrs_total",)),
    ("safety", "What it costs on the day: dissociation, blood pressure, side effects", ("cadss_total",)),
    ("life", "Stress weakens synapses, and low mood feeds stress", ("stress",)),
)


def stations(result: Result, panels: tuple[Panel, ...]) -> dict[str, Station]:
    """Every station by room, linked to the first panel of its room."""
    told = headlines(result)
    targets = {p.room: f"#panel-{p.key}" for p in reversed(panels)} | {"dose": "#results"}
    return {
        room: Station(
            room=room,
            lines=tuple(textwrap.wrap(meaning, 46 if room in ("safety", "life") else 23)),
            headline=told.get(room),
            href=targets.get(room, "#results"),
            course=_doses(result) if room == "dose" else _course(result, ports),
        )
        for room, meaning, ports in _STATIONS
    }


def compressed(times: Array) -> Array:
    """Times (h) on an axis that shows minutes and weeks at once: linear near zero, logarithmic later."""
    return np.asarray(np.sign(times) * np.log1p(np.abs(times) / COMPRESSION))


def repeated(result: Result) -> bool:
    """Whether doses are spread over more than two days, so that a plain time axis tells the story better."""
    times = [dose.time for dose in result.doses if 2 * dose.people >= len(result.people)]
    return len(times) > 1 and times[-1] - times[0] > REPEATED


def _position(result: Result, times: Array) -> Array:
    shift = (lambda t: t) if repeated(result) else compressed
    ends = shift(np.array([result.times[0], result.times[-1]]) - start(result))
    span = float(ends[1] - ends[0]) or 1.0
    return np.asarray((shift(times - start(result)) - ends[0]) / span * PLOT_WIDTH)


def _course(result: Result, ports: tuple[str, ...]) -> str:
    """The typical course as the path of a small picture, empty when nothing was stored."""
    signal = first_of(result, *ports)
    if signal is None:
        return ""
    known = np.isfinite(signal.typical)
    x = _position(result, result.times[known])
    y = signal.typical[known]
    high = float(y.max())
    low = float(y.min()) if y.min() > NEAR_ZERO * high else min(float(y.min()), 0.0)
    height = PLOT_HEIGHT - (y - low) / ((high - low) or 1.0) * (PLOT_HEIGHT - 2)
    grid = np.linspace(x[0], x[-1], 180)
    grid = np.union1d(grid, x[int(np.argmax(y))])
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(grid, np.interp(grid, x, height), strict=True))


def _doses(result: Result) -> str:
    """Stems at the dose times, as high as the amounts, on a base line."""
    most = max((d.most for d in result.doses), default=math.nan)
    base = f"M0 {PLOT_HEIGHT}H{PLOT_WIDTH}"
    stems = [(float(_position(result, np.array([d.time]))[0]), d.most / most if most else 0.0) for d in result.doses]
    return base + "".join(f"M{x:.1f} {PLOT_HEIGHT}V{PLOT_HEIGHT - h * (PLOT_HEIGHT - 4):.1f}" for x, h in stems)
