"""What is drawn inside one set of axes: courses, healthy rest, doses, published observations, direct labels."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

import numpy as np

from .observations import Observation
from .panels import Panel
from .result import Result, Signal
from .style import INK, MISS, QUIET, Stroke, stroke

NEAR_ZERO = 0.4


@dataclass(frozen=True)
class Window:
    """A stretch of time on one horizontal axis, in hours of the run.

    **Arguments:** `zero` is the time written as 0; `unit` is hours per axis unit; `share` is the relative width;
    published points up to `points_from` are left to an earlier window.
    """

    first: float
    last: float
    zero: float
    unit: float
    share: float
    label: str
    points_from: float = float("-inf")

    def shows(self, hours: float) -> bool:
        """Whether a published point at this time is drawn here and not in an earlier window."""
        return max(self.first, self.points_from) < hours <= self.last or hours == self.first > self.points_from

    def place(self, hours: Any) -> Any:
        """Where a time of the run stands on this axis."""
        return (hours - self.zero) / self.unit


def draw_panel(axis: Any, window: Window, panel: Panel, result: Result, seen: tuple[Observation, ...]) -> None:
    """Draws every curve of the panel that falls into the window, and what was published about it."""
    inside = (result.times >= window.first) & (result.times <= window.last)
    x = window.place(result.times[inside])
    crowd = show_others(panel, result)
    for i, signal in enumerate(panel.signals):
        if crowd or i == 0:
            _others(axis, x, signal, inside, stroke(i))
        _bands(axis, x, signal, inside, stroke(i))
        _typical(axis, x, signal, inside, stroke(i))
    _rest(axis, panel)
    axis.set_xlim(window.place(window.first), window.place(window.last))
    for observation in seen:
        if observation.drawable and window.shows(observation.time_h):
            _observe(axis, window, panel, observation)
    for dose in result.doses:
        _dose_span(axis, window, dose.time, dose.duration)
    _limits(axis, panel, seen)


def show_others(panel: Panel, result: Result) -> bool:
    """Whether the lines of other people are drawn for every curve, or for the first only to keep the panel readable."""
    return len(panel.signals) * len(result.people) <= 40


def draw_doses(axis: Any, window: Window, result: Result) -> None:
    """Marks every dose inside the window with a triangle above the panel."""
    x = [window.place(d.time) for d in result.doses if window.first <= d.time <= window.last]
    axis.plot(x, [1.07] * len(x), "v", color=INK, ms=4.5, transform=axis.get_xaxis_transform(), clip_on=False)


def label_curves(axis: Any, window: Window, panel: Panel, result: Result) -> None:
    """Writes the name of every curve beside its right end, moved apart where names would touch."""
    inside = (result.times >= window.first) & (result.times <= window.last)
    ends = [_end(signal, inside) for signal in panel.signals]
    low, high = axis.get_ylim()
    wanted = [(e - low) / ((high - low) or 1.0) for e in ends]
    names = [textwrap.fill(label, 24) for label in panel.labels]
    gap = max((0.15 if "\n" not in name else 0.24) for name in names)
    for i, (height, place) in enumerate(zip(wanted, spread(wanted, gap), strict=True)):
        look = {"transform": axis.transAxes, "clip_on": False, "color": stroke(i).color}
        axis.plot([1.005, 1.025, 1.035], [height, place, place], lw=0.7, **look)
        axis.text(1.045, place, names[i], va="center", size=7.5, linespacing=1.15, **look)


def spread(wanted: list[float], gap: float) -> list[float]:
    """Heights close to the wanted ones, in the same order, at least `gap` apart, inside 0-1 when there is room."""
    order = sorted(range(len(wanted)), key=lambda i: (round(wanted[i] / 0.04), -i))
    placed = [0.0] * len(wanted)
    floor = 0.02
    for i in order:
        placed[i] = max(wanted[i], floor)
        floor = placed[i] + gap
    ceiling = 0.98
    for i in reversed(order):
        placed[i] = min(placed[i], ceiling)
        ceiling = placed[i] - gap
    return placed


def _others(axis: Any, x: Any, signal: Signal, inside: Any, look: Stroke) -> None:
    if signal.values.shape[0] > 1:
        axis.plot(x, signal.values[:, inside].T, color=look.color, lw=0.45, alpha=0.28)


def _bands(axis: Any, x: Any, signal: Signal, inside: Any, look: Stroke) -> None:
    """The middle 90 and 50 % of draws of the bold course."""
    if signal.bands is not None:
        low, lower, upper, high = signal.bands[:, inside]
        axis.fill_between(x, low, high, color=look.color, alpha=0.13, lw=0)
        axis.fill_between(x, lower, upper, color=look.color, alpha=0.2, lw=0)


def _typical(axis: Any, x: Any, signal: Signal, inside: Any, look: Stroke) -> None:
    pattern: Any = (0, tuple(d / 1.4 for d in look.dash)) if look.dash else "-"
    axis.plot(x, signal.typical[inside], color=look.color, lw=1.5, ls=pattern)


def _rest(axis: Any, panel: Panel) -> None:
    for rest in sorted({s.rest for s in panel.signals if s.rest is not None}):
        axis.axhline(rest, color="#8b95a1", lw=0.7, ls=(0, (4, 3)), zorder=0)


def _dose_span(axis: Any, window: Window, start: float, duration: float) -> None:
    if window.first <= start <= window.last:
        axis.axvspan(window.place(start), window.place(start + duration), color=QUIET, alpha=0.10, lw=0)


def _observe(axis: Any, window: Window, panel: Panel, observation: Observation) -> None:
    index = next((i for i, s in enumerate(panel.signals) if s.port == observation.quantity), None)
    if index is None:
        return
    x, color = window.place(observation.time_h), QUIET if observation.open else stroke(index).color
    if observation.accepted:
        axis.plot([x, x], observation.accepted, color=color, lw=3.6, alpha=0.2, solid_capstyle="butt")
    if observation.interval:
        axis.plot([x, x], observation.interval, color=color, lw=0.9, solid_capstyle="butt")
    axis.plot(x, observation.value, ls="", zorder=5, clip_on=False, **_mark(observation, color))
    if observation.missed:
        axis.plot(x, observation.value, "o", ms=9.5, mec=MISS, mfc="none", mew=1.1, zorder=6, clip_on=False)
        near_end = x > sum(w * v for w, v in zip((0.1, 0.9), axis.get_xlim(), strict=True))
        side, align = (-6, "right") if near_end else (6, "left")
        axis.annotate(
            "miss", (x, observation.value), (side, 4), textcoords="offset points", ha=align, color=MISS, size=7
        )


def _mark(observation: Observation, color: str) -> dict[str, Any]:
    """A grey cross where nothing can be compared, half filled where studies contradict each other, else a point."""
    if observation.verdict == "not_comparable":
        return {"marker": "x", "ms": 4.6, "mec": color, "mew": 1.2}
    if observation.verdict == "contested":
        return {"marker": "o", "ms": 5.0, "mec": color, "mfc": color, "mfcalt": "white", "fillstyle": "left"}
    shape = "s" if observation.role == "verify" else "o"
    edge, face = (color, "white") if observation.recalled else ("white", color)
    return {"marker": shape, "ms": 4.6, "mec": edge, "mfc": face, "mew": 0.9}


def _limits(axis: Any, panel: Panel, seen: tuple[Observation, ...]) -> None:
    low, high = value_range(panel, seen)
    axis.set_ylim(low, high)
    axis.locator_params(axis="y", nbins=4)


def value_range(panel: Panel, seen: tuple[Observation, ...]) -> tuple[float, float]:
    """The vertical range of a panel: everything drawn, with zero when it is near, and a little air."""
    ports = {s.port for s in panel.signals}
    points = [
        v
        for o in seen
        if o.drawable and o.quantity in ports
        for v in (o.value, *(o.interval or ()), *(o.accepted or ()))
    ]
    values = [float(f(s.values)) for s in panel.signals if np.isfinite(s.values).any() for f in (np.nanmin, np.nanmax)]
    bands = [float(f(s.bands)) for s in panel.signals if s.bands is not None for f in (np.nanmin, np.nanmax)]
    rests = [s.rest for s in panel.signals if s.rest is not None]
    drawn = [*values, *bands, *points, *rests] or [0.0]
    low, high = min(drawn), max(drawn)
    if 0 <= low < NEAR_ZERO * high or low == high == 0:
        return 0.0, 1.08 * high or 1.0
    air = 0.08 * ((high - low) or abs(high))
    return low - air, high + air


def _end(signal: Signal, inside: Any) -> float:
    known = signal.typical[inside & np.isfinite(signal.typical)]
    return float(known[-1]) if known.size else 0.0
