"""Exposure by route side by side: concentrations with their spread, and how far single people's areas lie apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .figures import look
from .style import BANNER, INK, QUIET, RULE, number, stroke

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
_SHOWN = 8.0
_DOTS = 160
_COLD = 1


@dataclass(frozen=True, eq=False)
class RouteBand:
    """One route as it is drawn.

    **Arguments:** `title` in words; `hours` and `values` (person x time, ng/mL); `areas` (person) relative to the
    median of the route; `variation` (percent) and what was `published` about it, in words; `cold` holds values and
    areas of the same people with a cold, or is `None`;
    `within` is the variation (percent) within a person, where something is known of it.
    """

    title: str
    hours: Floats
    values: Floats
    areas: Floats
    variation: float
    published: str
    cold: RouteBand | None = None
    within: float | None = None


def draw_routes(bands: Sequence[RouteBand], title: str, foot: str) -> Figure:
    """Ribbons (5, 50, 95 %) of every route on the left, areas of single people on the right."""
    from matplotlib.figure import Figure

    height = 1.45 * len(bands) + 1.5
    with look():
        figure = Figure(figsize=(10.0, height))
        grid = figure.add_gridspec(
            len(bands), 2, width_ratios=[1.0, 1.05], left=0.2, right=0.985, top=1 - 0.95 / height, bottom=0.95 / height
        )
        grid.update(wspace=0.12, hspace=0.42)
        axes = [figure.add_subplot(grid[i, 0]) for i in range(len(bands))]
        for i, (axis, band) in enumerate(zip(axes, bands, strict=True)):
            _ribbons(axis, band, i, last=axis is axes[-1])
        _strips(figure.add_subplot(grid[:, 1]), bands)
        _words(figure, title, foot)
    return figure


def _ribbons(axis: Any, band: RouteBand, index: int, last: bool) -> None:
    shown = band.hours <= _SHOWN
    low, middle, high = np.quantile(band.values[:, shown], [0.05, 0.5, 0.95], axis=0)
    color, hours = stroke(0).color, band.hours[shown]
    axis.fill_between(hours, low, high, color=color, alpha=0.18, lw=0)
    axis.plot(hours, middle, color=color, lw=1.6)
    if band.cold is not None:
        cold = stroke(_COLD)
        axis.plot(hours, np.quantile(band.cold.values[:, shown], 0.5, axis=0), color=cold.color, lw=1.6, ls=(0, (4, 2)))
        axis.text(0.30, 0.88, "dashes: median with a cold", color=cold.color, size=7.5, transform=axis.transAxes)
    axis.set_xlim(0, _SHOWN)
    axis.set_ylim(0, float(high.max()) * 1.08)
    axis.locator_params(axis="y", nbins=4)
    axis.tick_params(labelbottom=last)
    place = axis.get_position()
    axis.figure.text(0.02, place.y1, fill(band.title, 20), weight="bold", size=8.5, va="top", linespacing=1.15)
    if last:
        axis.set_xlabel("hours after the dose", color=QUIET, size=8)
    if index == 0:
        axis.set_title("Ketamine in venous plasma, ng/mL", loc="left", size=8.5, color=INK)


def _strips(axis: Any, bands: Sequence[RouteBand]) -> None:
    """One row per route, and one below the spray for the cold."""
    for i, band in enumerate(bands):
        both = band.cold is not None
        _strip(axis, i - 0.25 * both, band, 0)
        if band.cold is not None:
            _strip(axis, i + 0.27, band.cold, _COLD)
    axis.axvline(1.0, color=RULE, lw=0.8, zorder=0)
    axis.set_xscale("log")
    axis.set_xlim(0.42, 6.3)
    axis.set_xticks([0.5, 0.7, 1.0, 1.5, 2.0], labels=["0.5", "0.7", "1", "1.5", "2"])
    axis.minorticks_off()
    axis.set_ylim(len(bands) - 0.5, -0.5)
    axis.set_yticks([])
    axis.spines["left"].set_visible(False)
    words = "area under the curve (0 to 24 h)\nover the route's own median"
    axis.set_xlabel(words, color=QUIET, size=8, loc="left", linespacing=1.15)
    axis.spines["bottom"].set_bounds(0.42, 2.2)
    axis.set_title("How far single people lie apart", loc="left", size=8.5, color=INK)


def _strip(axis: Any, y: float, band: RouteBand, index: int) -> None:
    color = stroke(index).color
    jitter = 0.24 * (np.arange(min(_DOTS, len(band.areas))) * 0.618034 % 1.0 - 0.5)
    axis.plot(band.areas[:_DOTS], y + jitter, ".", ms=2.2, color=color, alpha=0.35, mec="none")
    low, first, middle, third, high = np.quantile(band.areas, [0.05, 0.25, 0.5, 0.75, 0.95])
    axis.plot([low, high], [y, y], color=color, lw=1.0)
    axis.add_patch(_box(first, third, y, color))
    axis.plot([middle, middle], [y - 0.08, y + 0.08], color=color, lw=2.0, solid_capstyle="butt", zorder=4)
    name = "with a cold: " if index == _COLD else ""
    axis.text(2.35, y, f"{name}CV {number(band.variation, 2)} %", color=color, weight="bold", size=8.5, va="center")
    told = [band.published, f"within a person: {number(band.within, 2)} %" if band.within is not None else ""]
    if any(told):
        words = "\n".join(fill(line, 26) for line in told if line)
        axis.text(2.35, y + 0.09, words, color=QUIET, size=7, va="top", linespacing=1.1)


def _box(first: float, third: float, y: float, color: str) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((first, y - 0.08), third - first, 0.16, fc="white", ec=color, lw=1.1, zorder=3)


def _words(figure: Any, title: str, foot: str) -> None:
    height = figure.get_figheight()
    figure.text(0.02, 1 - 0.24 / height, title, weight="bold", size=11, va="center", color=INK)
    legend = "band: 5 to 95 % of people, line: median   box: quartiles, whisker: 5 to 95 %, dots: single people"
    figure.text(0.02, 1 - 0.46 / height, legend, size=7, va="center", color=QUIET)
    words = fill(f"{BANNER}  {foot}", 150)
    figure.text(0.02, 0.1 / height, words, size=7.5, color=QUIET, linespacing=1.25)
