"""Profiles as pharmacometricians look at them: concentrations on a log axis, with the line behind the half-life."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.errors import RequestError
from .style import BANNER, INK, QUIET, RULE, number, stroke

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST = 24
_COLUMNS = 3


@dataclass(frozen=True, eq=False)
class DrawnProfile:
    """One profile to be drawn.

    **Arguments:** `title` names person, port and dose; `times` (h) and `values` (`unit`) are the samples used; `line`
    holds `rate` (1/h), `intercept` (log), `start` and `end` (h) of the terminal line, or is `None`; `doubts` are
    warnings.
    """

    title: str
    times: NDArray[np.float64]
    values: NDArray[np.float64]
    unit: str
    line: Mapping[str, float] | None
    doubts: Sequence[str] = ()


def draw_profiles(profiles: Sequence[DrawnProfile]) -> Figure:
    """Small multiples of profiles; samples of the terminal window are filled, its line is drawn, its span is shaded.

    **Raises:** `RequestError` for nothing, or for more than 24 profiles.
    """
    from matplotlib.figure import Figure

    if not 0 < len(profiles) <= _MOST:
        given = f"{len(profiles)} profiles"
        raise RequestError(
            "these do not fit one figure", given=given, allowed=f"1 to {_MOST}", then="choose with --port"
        )
    columns = min(_COLUMNS, len(profiles))
    rows = ceil(len(profiles) / columns)
    figure = Figure(figsize=(4.4 * columns, 3.5 * rows + 0.5), layout="constrained")
    for place, one in enumerate(profiles, start=1):
        _draw(figure.add_subplot(rows, columns, place), one)
    figure.supxlabel(f"Filled: terminal window. {BANNER}", fontsize=7, color=QUIET)
    return figure


def _draw(ax: Axes, one: DrawnProfile) -> None:
    positive = one.values > 0
    times, values = one.times[positive], one.values[positive]
    within = _within(times, one.line)
    colour = stroke(0).color
    dense = times.size > 60
    ax.plot(times, values, color=colour, lw=1.2, alpha=0.9 if dense else 0.45, zorder=2)
    if not dense:
        ax.plot(times[~within], values[~within], "o", ms=4.5, mfc="white", mec=colour, zorder=3)
        ax.plot(times[within], values[within], "o", ms=4.5, mfc=colour, mec=colour, zorder=3)
    if one.line is not None:
        _terminal(ax, one.line)
    ax.set_yscale("log")
    ax.set_title(one.title, loc="left", fontsize=8.5, fontweight="bold", color=INK)
    ax.set_xlabel("hours after the dose", fontsize=8)
    ax.set_ylabel(f"concentration [{one.unit}]", fontsize=8)
    ax.grid(which="major", color=RULE, lw=0.5)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=7)
    _words(ax, one)


def _within(times: NDArray[np.float64], line: Mapping[str, float] | None) -> NDArray[np.bool_]:
    if line is None:
        return np.zeros(times.shape, dtype=bool)
    return np.asarray((times >= line["start"]) & (times <= line["end"]))


def _terminal(ax: Axes, line: Mapping[str, float]) -> None:
    ends = np.array([line["start"], line["end"]])
    ax.axvspan(line["start"], line["end"], color=stroke(1).color, alpha=0.08, lw=0, zorder=0)
    ax.plot(ends, np.exp(line["intercept"] - line["rate"] * ends), color=stroke(1).color, lw=1.6, ls="--", zorder=4)


def _words(ax: Axes, one: DrawnProfile) -> None:
    """Half-life and the number of doubts, in the corner that a falling curve leaves free."""
    told = "no terminal slope" if one.line is None else f"half-life {number(np.log(2) / one.line['rate'])} h"
    told += f"\n{len(one.doubts)} warning{'s' if len(one.doubts) > 1 else ''}" if one.doubts else ""
    ax.text(0.98, 0.97, told, transform=ax.transAxes, ha="right", va="top", fontsize=7.5, color=INK)
