"""Panels for signals that the catalogue does not name: grouped by place, never more curves than can be labelled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from math import ceil

from .panels import CATALOGUE, MOST_CURVES, ROOMS, Panel, panel_key
from .result import Result, Signal

_LINE, _WIDTH, _ROOM_FOR_LABELS = 0.15, 24, 0.95
_PLACES = {"cv": "Vein", "ca": "Artery", "ce": "Unbound at the effect site"}
_FORMS = {"s": "S-forms", "r": "R-forms"}
Key = tuple[str, str, str]


def further_panels(result: Result) -> tuple[Panel, ...]:
    """Panels for every stored signal that the catalogue does not name, by room, place and unit."""
    known = {port for panel in CATALOGUE for port in panel.ports}
    left = [s for port, signals in result.signals.items() if port not in known for s in signals]
    groups = _split(_grouped(left))
    ordered = sorted(groups, key=lambda key: (ROOMS.index(key[0]) if key[0] in ROOMS else len(ROOMS), key))
    panels = [_panel(key, i, chunk) for key in ordered for i, chunk in enumerate(_chunks(groups[key]))]
    return _told_apart(panels)


def _grouped(signals: Iterable[Signal]) -> dict[Key, list[Signal]]:
    groups: dict[Key, list[Signal]] = {}
    for signal in signals:
        groups.setdefault((signal.room, signal.unit, _PLACES.get(signal.port.partition("_")[0], "")), []).append(signal)
    return groups


def _split(groups: dict[Key, list[Signal]]) -> dict[Key, list[Signal]]:
    """Places with more curves than one panel holds are parted by mirror form."""
    parted: dict[Key, list[Signal]] = {}
    for (room, unit, place), signals in groups.items():
        for signal in signals:
            crowded = place and len(signals) > MOST_CURVES
            form = _FORMS.get(signal.port.rpartition("_")[2], "both forms together") if crowded else ""
            parted.setdefault((room, unit, f"{place}, {form}" if form else place), []).append(signal)
    return parted


def _chunks(signals: list[Signal]) -> list[tuple[Signal, ...]]:
    """Runs of curves whose names fit beside one panel."""
    chunks: list[list[Signal]] = [[]]
    for signal in signals:
        full = len(chunks[-1]) == MOST_CURVES or sum(map(_height, [*chunks[-1], signal])) > _ROOM_FOR_LABELS
        if full and chunks[-1]:
            chunks.append([])
        chunks[-1].append(signal)
    return [tuple(chunk) for chunk in chunks]


def _height(signal: Signal) -> float:
    return _LINE * ceil(len(signal.label.removesuffix(f", {signal.place}")) / _WIDTH)


def _panel(key: Key, index: int, signals: tuple[Signal, ...]) -> Panel:
    room, unit, place = key
    title = signals[0].label if len(signals) == 1 else place or f"{room.capitalize() or 'Other'}: further signals"
    words = "-".join(w for w in (room or "other", place, unit) if w)
    name = panel_key("more-" + "".join(c if c.isalnum() else "-" for c in words), index)
    ports = tuple(dict.fromkeys(s.port for s in signals))
    meaning = "Free drug where it acts, by substance and mirror form." if place.startswith("Unbound") else ""
    return Panel(name, room, title, meaning, "dimensionless", ports, signals)


def _told_apart(panels: list[Panel]) -> tuple[Panel, ...]:
    """Panels that would share a title are numbered."""
    shared, seen = Counter(p.title for p in panels), Counter[str]()
    named = []
    for panel in panels:
        seen[panel.title] += 1
        number = f" ({seen[panel.title]} of {shared[panel.title]})" if shared[panel.title] > 1 else ""
        named.append(replace(panel, title=f"{panel.title}{number}"))
    return tuple(named)
