"""The parts of the page that are tables and lists, as plain rows for the templates."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .headline import start, value_at
from .observations import Observation, checks, observations
from .panels import Panel
from .payload import described, looks
from .result import Result
from .style import clock, number, quantity, stroke

SHOWN = 8
_VERDICT_WORDS = {"miss": "miss", "within": "within", "contested": "contested", "not_comparable": "not comparable"}


@dataclass(frozen=True)
class Plot:
    """One interactive panel as the template writes it: caption, key, text alternative and table."""

    panel: Panel
    keys: tuple[dict[str, Any], ...]
    text: str
    times: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def plot(panel: Panel, result: Result) -> Plot:
    """A panel made ready for the page."""
    at = looks(result)
    rows = [
        (label, tuple(number(value_at(result, s, start(result) + t), scale=s.size) for t in at))
        for s, label in zip(panel.signals, panel.labels, strict=True)
    ]
    keys = tuple(
        {"label": label, "port": signal.port, "color": stroke(i).color, "dash": " ".join(map(str, stroke(i).dash))}
        for i, (signal, label) in enumerate(zip(panel.signals, panel.labels, strict=True))
    )
    return Plot(panel, keys, described(panel, result), tuple(clock(t) for t in at), tuple(rows))


def evidence_rows(result: Result) -> list[dict[str, Any]]:
    """Predicted beside observed, misses first, with a small picture of each pair."""
    return [_evidence(o, result) for o in observations(result)]


def check_rows(result: Result) -> tuple[dict[str, Any], ...]:
    """Checks of the run, failures first."""
    return checks(result)


def assumption_rows(result: Result) -> list[dict[str, str]]:
    """What was assumed for this run: address, value with unit, plausible range, reason."""
    return [assumption_row(a) for a in result.json("assumptions", [])]


def assumption_row(stored: Mapping[str, Any]) -> dict[str, str]:
    """One assumption in print."""
    return {
        "address": str(stored.get("address", "")),
        "value": quantity(_float(stored.get("value")), str(stored.get("unit", ""))),
        "range": _range(_float(stored.get("low")), _float(stored.get("high"))),
        "note": str(stored.get("note", "")),
    }


def source_rows(result: Result) -> list[dict[str, str]]:
    """The sources that this run used; a link only where the address is an ordinary web address."""
    return [
        {"key": str(s.get("key", "")), "text": str(s.get("text", "")), "url": web_address(str(s.get("url") or ""))}
        for s in result.json("sources", [])
    ]


def error_rows(result: Result) -> list[tuple[str, str]]:
    """The scaled numerical error of every port, largest first."""
    found = {str(k): _float(v) for k, v in result.json("numerical_error", {}).items()}
    ordered = sorted(found.items(), key=lambda item: -item[1] if math.isfinite(item[1]) else -math.inf)
    return [(port, f"{error:.1e}") for port, error in ordered]


def provenance(result: Result) -> list[tuple[str, str]]:
    """Version, git hash, seed and times: what is needed to find this run again."""
    names = (("Resynapse", "resynapse_version"), ("git", "git_hash"), ("created", "created"), ("seed", "seed"))
    found = [(label, result.text(name)) for label, name in (*names, ("species", "species")) if result.text(name)]
    wall = _float(result.tree.attrs.get("wall_time_s"))
    return [*found, ("computed in", f"{number(wall)} s")] if math.isfinite(wall) else found


def request_text(result: Result) -> str:
    """The request of this run, indented."""
    request = result.json("request", None)
    return json.dumps(request, indent=2, ensure_ascii=False) if request is not None else ""


def _evidence(o: Observation, result: Result) -> dict[str, Any]:
    unit = next((s.unit for s in result.signals.get(o.quantity, ()) if o.drawable), "")
    return {
        "verdict": o.verdict,
        "words": _VERDICT_WORDS.get(o.verdict, o.verdict),
        "label": o.label,
        "port": o.quantity,
        "statistic": o.statistic.replace("_", " "),
        "time": clock(o.time_h),
        "observed": quantity(o.value, unit),
        "range": _range(*(o.interval or (math.nan, math.nan))),
        "predicted": quantity(o.predicted, unit, abs(o.value)) if math.isfinite(o.predicted) else "–",
        "picture": _picture(o),
        "study": o.study,
        "n": number(o.n) if math.isfinite(o.n) and o.n > 0 else "",
        "role": o.role,
        "mark": o.mark.replace("_", " "),
        "note": o.note,
    }


def _picture(o: Observation) -> dict[str, Any] | None:
    """Positions (0-100) of the published interval, the published value and the prediction on one small line."""
    low, high = o.interval or (o.value, o.value)
    known = [low, o.value, high, o.predicted]
    if not all(math.isfinite(v) for v in known):
        return None
    span = (max(known) - min(known)) or abs(o.value) or 1.0
    low_at, value_at_, high_at, predicted = (round(6 + 88 * (v - min(known)) / span, 1) for v in known)
    hollow, square = o.recalled, o.role == "verify"
    return {
        "low": low_at,
        "value": value_at_,
        "high": high_at,
        "predicted": predicted,
        "hollow": hollow,
        "square": square,
    }


def _range(low: float, high: float) -> str:
    return f"{number(low)} to {number(high)}" if math.isfinite(low) and math.isfinite(high) else ""


def _float(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def web_address(url: str) -> str:
    """An address that a reader may follow; nothing for any other kind."""
    return url if urlsplit(url).scheme in ("http", "https") else ""
