"""The numbers behind the interactive panels, as compact JSON with four significant digits."""

from __future__ import annotations

import json
import math
from typing import Any

from .anatomy import repeated
from .axes import show_others, value_range
from .headline import start
from .observations import Observation
from .panels import Panel
from .result import Array, Result, Signal
from .style import MISS, QUIET, clock, quantity, stroke


def payload(result: Result, panels: tuple[Panel, ...], seen: tuple[Observation, ...]) -> str:
    """Everything that the page's script draws, safe to stand inside a script element."""
    zero = start(result)
    data = {
        "times": _row(result.times - zero, 6),
        "people": list(result.people) if len(result.people) > 1 else [],
        "typical": result.typical_name,
        "repeated": repeated(result),
        "missColor": MISS,
        "openColor": QUIET,
        "doses": [{"t": round(d.time - zero, 4), "d": round(d.duration, 4), "text": d.text} for d in result.doses],
        "panels": {p.key: _panel(p, result, seen) for p in panels},
    }
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _panel(panel: Panel, result: Result, seen: tuple[Observation, ...]) -> dict[str, Any]:
    low, high = value_range(panel, seen)
    crowd = show_others(panel, result)
    curves = [_curve(panel, i, result, crowd or i == 0) for i in range(len(panel.signals))]
    ports = [s.port for s in panel.signals]
    points = [_point(o, ports.index(o.quantity), panel, result) for o in seen if o.drawable and o.quantity in ports]
    return {"unit": panel.unit, "low": low, "high": high, "curves": curves, "points": points}


def _curve(panel: Panel, index: int, result: Result, crowd: bool) -> dict[str, Any]:
    signal, look = panel.signals[index], stroke(index)
    return {
        "label": panel.labels[index],
        "color": look.color,
        "dash": look.dash,
        "rest": signal.rest,
        "typical": _row(signal.typical),
        "bands": [_row(v) for v in signal.bands] if signal.bands is not None else [],
        "all": [_row(v) for v in signal.values] if len(result.people) > 1 else [],
        "crowd": crowd,
    }


def _point(observation: Observation, curve: int, panel: Panel, result: Result) -> dict[str, Any]:
    ends = observation.interval
    who = f"{observation.study}: {quantity(observation.value, panel.unit)}"
    details = [observation.label, observation.verdict.replace("_", " "), observation.mark, observation.role]
    return {
        "t": round(observation.time_h - start(result), 4),
        "v": observation.value,
        "ends": list(ends) if ends else None,
        "curve": curve,
        "square": observation.role == "verify",
        "hollow": observation.recalled,
        "miss": observation.missed,
        "verdict": observation.verdict,
        "accepted": list(observation.accepted) if observation.accepted else None,
        "text": f"{who} at {clock(observation.time_h - start(result))}. {'; '.join(d for d in details if d)}",
    }


def _row(values: Array, digits: int = 4) -> list[float | None]:
    return [float(f"{v:.{digits}g}") if math.isfinite(v) else None for v in values.tolist()]


def looks(result: Result) -> list[float]:
    """The times after the first dose at which a panel's table gives values: those of a ward that the run reaches."""
    usual = (0.0, 0.25, 2 / 3, 1.0, 2.0, 4.0, 24.0, 72.0, 168.0, 336.0, 672.0, 2016.0)
    return [t for t in usual if t <= float(result.times[-1]) - start(result) + 1e-9]


def described(panel: Panel, result: Result) -> str:
    """The panel in words, for readers who do not see the picture."""
    told = [_told(signal, label, result) for signal, label in zip(panel.signals, panel.labels, strict=True)]
    return f"{panel.title}, {panel.scale_text}. " + " ".join(told)


def _told(signal: Signal, label: str, result: Result) -> str:
    known = [i for i in range(len(result.times)) if math.isfinite(signal.typical[i])]
    if not known:
        return f"{label}: nothing stored."
    low, high = min(known, key=lambda i: signal.typical[i]), max(known, key=lambda i: signal.typical[i])
    places = [
        (word, float(signal.typical[i]), float(result.times[i]) - start(result)) for word, i in _extremes(low, high)
    ]
    told = ", ".join(f"{word} {quantity(v, signal.unit, signal.size)} at {clock(t)}" for word, v, t in places)
    last = known[-1]
    return f"{label}: {told}, at the end {quantity(float(signal.typical[last]), signal.unit, signal.size)}."


def _extremes(low: int, high: int) -> list[tuple[str, int]]:
    return [("lowest", low), ("highest", high)] if low < high else [("highest", high), ("lowest", low)]
