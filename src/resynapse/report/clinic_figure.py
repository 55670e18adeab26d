"""The clinical calibration as a figure: values before and after, rows beside their bands, dose and time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Band = Mapping[str, float]
_BEFORE, _AFTER, _SEEN, _MISSED = "#b8b8b8", "#1f6f8b", "#222222", "#c0392b"
_WIDE, _HIGH = 18.0, 0.23
_COLOURS = {"iv01": "#9ecae1", "iv02": "#6baed6", "iv05": "#2171b5", "iv10": "#08306b"}
_DOSES = {"iv01": "0.1 mg/kg", "iv02": "0.2 mg/kg", "iv05": "0.5 mg/kg", "iv10": "1.0 mg/kg"}


@dataclass(frozen=True)
class Told:
    """One value: its name, the middle and the 90 % band before and after, and whether anything was learned."""

    name: str
    before: tuple[float, float, float]
    after: tuple[float, float, float]
    learned: bool


@dataclass(frozen=True)
class Seen:
    """One row: its words, what was observed, quantiles 5, 25, 50, 75 and 95 % of a study like it, and its unit."""

    words: str
    observed: float
    band: tuple[float, float, float, float, float]
    share: bool


def draw_clinic(told: tuple[Told, ...], seen: tuple[Seen, ...], effects: Mapping[str, Any], note: str) -> Figure:
    """Three columns: values, rows, and the drug's effect by dose and time.

    **Arguments:** `effects` holds by regimen and day (hours after one infusion) the band of the drug's mean effect.
    """
    from matplotlib.figure import Figure

    rows = max(len(told), sum(not s.share for s in seen), sum(s.share for s in seen))
    figure = Figure(figsize=(_WIDE, 2.0 + _HIGH * rows), layout="constrained")
    left, middle, right, course = figure.subplots(1, 4, width_ratios=(0.8, 1.0, 0.9, 1.1))
    _values(left, told)
    _rows(middle, [s for s in seen if not s.share], "points of MADRS (effect sizes in SD)")
    _rows(right, [s for s in seen if s.share], "share of people")
    _courses(course, effects)
    figure.supxlabel(note, fontsize=8, color="#555555")
    return figure


def _values(axes: Axes, told: tuple[Told, ...]) -> None:
    for k, one in enumerate(reversed(told)):
        low, middle, high = one.before
        scale = max(high - low, 1e-12)
        axes.plot([0, 1], [k, k], color=_BEFORE, linewidth=5, solid_capstyle="butt")
        a, b, c = ((v - low) / scale for v in one.after)
        colour = _AFTER if one.learned else "#88aebb"
        axes.plot([a, c], [k, k], color=colour, linewidth=2)
        axes.plot(b, k, "o", color=colour, markersize=4)
        axes.plot((middle - low) / scale, k, "|", color="#666666", markersize=7)
    axes.set_yticks(range(len(told)), [one.name for one in reversed(told)], fontsize=7)
    axes.set_xlabel("place within the 90 % band of what was thought before", fontsize=8)
    axes.set_title("Before (grey), after (blue)", fontsize=9, loc="left")
    axes.set_xlim(-0.35, 1.35)


def _rows(axes: Axes, seen: list[Seen], unit: str) -> None:
    for k, one in enumerate(reversed(seen)):
        q05, q25, q50, q75, q95 = one.band
        missed = not q05 <= one.observed <= q95
        axes.plot([q05, q95], [k, k], color="#9ecae1", linewidth=2)
        axes.plot([q25, q75], [k, k], color=_AFTER, linewidth=4, solid_capstyle="butt")
        axes.plot(q50, k, "|", color="white", markersize=6)
        axes.plot(one.observed, k, "D" if missed else "o", color=_MISSED if missed else _SEEN, markersize=4)
    axes.set_yticks(range(len(seen)), [one.words for one in reversed(seen)], fontsize=6)
    axes.set_xlabel(unit, fontsize=8)
    axes.set_title("Seen (dots), 50 and 90 % bands", fontsize=9, loc="left")


def _courses(axes: Axes, effects: Mapping[str, Any]) -> None:
    for name, words in _DOSES.items():
        if name not in effects:
            continue
        days = [float(d) for d in effects[name]]
        bands: list[Band] = list(effects[name].values())
        axes.plot(days, [b["q50"] for b in bands], "-", color=_COLOURS[name], label=words)
        axes.fill_between(
            days, [b["q05"] for b in bands], [b["q95"] for b in bands], color=_COLOURS[name], alpha=0.2, linewidth=0
        )
    axes.axhline(0.0, color="#999999", linewidth=0.6)
    axes.set_xscale("function", functions=(np.sqrt, np.square))
    axes.set_xticks([0.0, 0.25, 1.0, 3.0, 7.0, 14.0], ["0", "6 h", "1", "3", "7", "14"])
    axes.set_xlabel("days after one infusion over 40 min", fontsize=8)
    axes.set_ylabel("mean change of MADRS by the drug alone (points)", fontsize=8)
    axes.set_title("Dose and time: the mean, 90 %", fontsize=9, loc="left")
    axes.legend(fontsize=7, frameon=False)
