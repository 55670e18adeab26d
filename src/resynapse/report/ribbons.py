"""Courses of a population: ribbons of quantiles with single people in them, one row a quantity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .figures import look
from .style import BANNER, INK, QUIET, stroke

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
SHOWN_PEOPLE = 30
_EARLY, _FEW, _DAY = 6.0, 4, 24.0
_KEY = (
    "line: median   dark band: 25 to 75 %   pale band: 5 to 95 % of people   thin lines: single people, straight "
    "between visits   triangles: doses"
)


@dataclass(frozen=True, eq=False)
class Ribbon:
    """One quantity of many people.

    **Arguments:** `scale` is its unit, or what a number without one counts; `quantiles` (5 x time) are those of
    `QUANTILES`; `lines` (person x time) are single people; `rest` is the value in health, where there is one.
    """

    title: str
    scale: str
    hours: Floats
    quantiles: Floats
    lines: Floats
    rest: float | None = None


@dataclass(frozen=True)
class _Window:
    first: float
    last: float
    unit: float
    share: float
    label: str


def draw_ribbons(ribbons: Sequence[Ribbon], doses: Sequence[float], title: str, foot: str, key: str = _KEY) -> Figure:
    """Every quantity in a row of its own: the first hours on the left where they were looked at, all on the right."""
    from matplotlib.figure import Figure

    height = 1.55 * len(ribbons) + 1.5
    with look():
        figure = Figure(figsize=(10.0, height))
        windows = _windows(ribbons[0].hours)
        grid = figure.add_gridspec(
            len(ribbons), len(windows), width_ratios=[w.share for w in windows], left=0.215, right=0.975
        )
        grid.update(top=1 - 0.72 / height, bottom=0.86 / height, wspace=0.06, hspace=0.26)
        for row, ribbon in enumerate(ribbons):
            _row(figure, grid, row, windows, ribbon, doses, last=row == len(ribbons) - 1)
        around(figure, title, key, foot)
    return figure


def around(figure: Figure, title: str, key: str, foot: str) -> None:
    """Title and key above a figure, the notice and how it was made below it."""
    height, wide = figure.get_figheight(), int(15.2 * figure.get_figwidth())
    figure.text(0.02, 1 - 0.2 / height, title, weight="bold", size=11, va="center", color=INK)
    figure.text(0.02, 1 - 0.42 / height, key, size=7.5, va="center", color=QUIET)
    words = fill(f"{BANNER}  {foot}", wide)
    figure.text(0.02, 0.08 / height, words, size=7.5, va="bottom", color=QUIET, linespacing=1.25)


def _windows(hours: Floats) -> tuple[_Window, ...]:
    begin, end = float(hours[0]), float(hours[-1])
    early = np.count_nonzero((hours > begin) & (hours <= begin + _EARLY))
    days = _Window(begin, end, _DAY, 1.7, "days") if end - begin > 72 else _Window(begin, end, 1.0, 1.7, "hours")
    if early < _FEW or end - begin <= 2 * _EARLY:
        return (days,)
    return (_Window(begin, begin + _EARLY, 1.0, 1.0, "hours"), days)


def _row(
    figure: Figure,
    grid: Any,
    row: int,
    windows: tuple[_Window, ...],
    ribbon: Ribbon,
    doses: Sequence[float],
    last: bool,
) -> None:
    first: Any = None
    for i, window in enumerate(windows):
        axis = figure.add_subplot(grid[row, i], sharey=first)
        _fill(axis, window, ribbon)
        axis.tick_params(labelbottom=last, labelleft=i == 0, left=i == 0)
        axis.spines["left"].set_visible(i == 0)
        if i and len(windows) > 1:
            axis.set_xticks([t for t in axis.get_xticks() if 0 < t <= window.last / window.unit])
        if last:
            axis.set_xlabel(window.label, color=QUIET, size=8)
        if row == 0:
            given = [t / window.unit for t in doses if window.first <= t <= window.last]
            axis.plot(
                given,
                [1.07] * len(given),
                "v",
                ms=4.0,
                color=INK,
                mec="none",
                clip_on=False,
                transform=axis.get_xaxis_transform(),
            )
        first = first or axis
    _limits(first, ribbon)
    place = first.get_position()
    words = fill(ribbon.title, 24)
    figure.text(0.02, place.y1, words, weight="bold", size=8.5, va="top", linespacing=1.15)
    below = place.y1 - 0.15 * (1 + words.count("\n")) / figure.get_figheight()
    figure.text(0.02, below, fill(ribbon.scale, 26), color=QUIET, size=7.5, va="top", linespacing=1.1)


def _fill(axis: Any, window: _Window, ribbon: Ribbon) -> None:
    inside = (ribbon.hours >= window.first) & (ribbon.hours <= window.last)
    x = ribbon.hours[inside] / window.unit
    low, first, middle, third, high = ribbon.quantiles[:, inside]
    color = stroke(0).color
    axis.fill_between(x, low, high, color=color, alpha=0.14, lw=0)
    axis.fill_between(x, first, third, color=color, alpha=0.26, lw=0)
    axis.plot(x, ribbon.lines[:SHOWN_PEOPLE, inside].T, color=INK, lw=0.4, alpha=0.32)
    axis.plot(x, middle, color=color, lw=1.9)
    if ribbon.rest is not None and np.isfinite(ribbon.rest):
        axis.axhline(ribbon.rest, color="#8b95a1", lw=0.7, ls=(0, (4, 3)), zorder=0)
    axis.set_xlim(window.first / window.unit, window.last / window.unit)


def _limits(axis: Any, ribbon: Ribbon) -> None:
    """The range of the pale band and a little more: a few extreme people may leave the panel."""
    shown = ribbon.lines[:SHOWN_PEOPLE]
    low = min(float(np.nanmin(ribbon.quantiles)), float(np.nanmin(shown)) if shown.size else np.inf)
    high = max(float(np.nanmax(ribbon.quantiles)), float(np.nanmax(shown)) if shown.size else -np.inf)
    air = 0.06 * ((high - low) or abs(high) or 1.0)
    axis.set_ylim(0.0 if 0 <= low < 0.3 * high else low - air, high + air)
    axis.locator_params(axis="y", nbins=4)
