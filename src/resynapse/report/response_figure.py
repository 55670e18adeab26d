"""Who responds and for how long: means and shares by what people bring with them, and curves of those still well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .figures import look
from .lasting import Lasting, draw_lasting
from .ribbons import around
from .strata import Estimate, Split
from .style import INK, QUIET, RULE, number, stroke, unit_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
_LINE = 0.19


@dataclass(frozen=True)
class Response:
    """What is said of all people and of parts of them.

    **Arguments:** `change` and `better` name the two columns in words; `everybody` holds the mean and the share of all.
    """

    change: str
    better: str
    everybody: tuple[Estimate, Estimate]
    splits: tuple[Split, ...]


@dataclass(frozen=True, eq=False)
class Endpoint:
    """One number a person, over all people."""

    title: str
    unit: str
    values: Floats


def draw_response(found: Response, title: str, foot: str) -> Figure:
    """Mean change and share of responders, one row for each third or level; dashes show everybody."""
    from matplotlib.figure import Figure

    rows = _rows(found.splits)
    height = _LINE * rows[-1][0] + 2.1
    with look():
        figure = Figure(figsize=(10.0, height))
        grid = figure.add_gridspec(1, 2, left=0.4, right=0.975, top=1 - 0.92 / height, bottom=0.9 / height, wspace=0.1)
        for i, words in enumerate((found.change, found.better)):
            axis = figure.add_subplot(grid[0, i])
            _dots(axis, rows, i, found.everybody[i])
            axis.set_title(words, loc="left", size=8.5, color=INK, pad=9)
        _names(figure.axes[0], found.splits)
        key = "dot: mean or share   bar: 95 % of repetitions   dashes: everybody   above: what explains most"
        around(figure, title, key, foot)
    return figure


def draw_duration(people: Sequence[Lasting], words: str, title: str, foot: str) -> Figure:
    """Curves of those who are still well, with their bands."""
    from matplotlib.figure import Figure

    with look():
        figure = Figure(figsize=(7.2, 4.3))
        axis = figure.add_axes((0.1, 0.23, 0.87, 0.6))
        draw_lasting(axis, people)
        axis.set_xlabel(words, size=8, color=QUIET)
        axis.set_ylabel("still well", size=8, color=QUIET)
        around(figure, title, "band: 95 % interval (Kaplan-Meier)   ticks: still well when last looked at", foot)
    return figure


def draw_endpoints(endpoints: Sequence[Endpoint], title: str, foot: str) -> Figure:
    """The distribution of one number a person, for each endpoint; quantiles are marked below."""
    from matplotlib.figure import Figure

    columns = min(3, len(endpoints))
    lines = -(-len(endpoints) // columns)
    height = 1.85 * lines + 1.75
    with look():
        figure = Figure(figsize=(3.3 * columns + 0.5, height))
        grid = figure.add_gridspec(lines, columns, left=0.045, right=0.98, top=1 - 1.1 / height, bottom=0.95 / height)
        grid.update(wspace=0.14, hspace=0.75)
        for i, endpoint in enumerate(endpoints):
            _histogram(figure.add_subplot(grid[i // columns, i % columns]), endpoint)
        around(figure, title, "bars: people   line: median   below: 5 to 95 % and 25 to 75 %", foot)
    return figure


def _rows(splits: Sequence[Split]) -> list[tuple[float, Any, int]]:
    """Height, stratum and place of every row; a gap between covariates."""
    rows, y = [], 0.0
    for split in splits:
        for i, stratum in enumerate(split.strata):
            rows.append((y, stratum, i))
            y += 1.0
        y += 0.7
    return rows


def _dots(axis: Any, rows: list[tuple[float, Any, int]], which: int, everybody: Estimate) -> None:
    scale = 100.0 if which else 1.0
    color = stroke(which).color
    for y, stratum, _ in rows:
        found: Estimate = stratum.share if which else stratum.mean
        axis.plot([scale * found.low, scale * found.high], [y, y], color=color, lw=1.4, solid_capstyle="butt")
        axis.plot(scale * found.value, y, "o", ms=4.6, color=color, mec="white", mew=0.7, zorder=3, clip_on=False)
    axis.axvline(scale * everybody.value, color="#8b95a1", lw=0.8, ls=(0, (4, 3)), zorder=0)
    axis.set_ylim(rows[-1][0] + 0.8, -0.8)
    axis.set_yticks([])
    axis.spines["left"].set_visible(False)
    axis.grid(axis="x", color=RULE, lw=0.5)
    axis.set_axisbelow(True)
    axis.locator_params(axis="x", nbins=6)
    if which:
        axis.set_xlim(left=min(0.0, axis.get_xlim()[0]) if everybody.low < 0.05 else None)


def _names(axis: Any, splits: Sequence[Split]) -> None:
    place = axis.get_yaxis_transform()
    rows = _rows(splits)
    y = 0.0
    for split in splits:
        words = fill(split.covariate, 30)
        axis.text(
            -1.18,
            y - 0.42,
            words,
            transform=place,
            size=8,
            weight="bold",
            va="top",
            linespacing=1.1,
            clip_on=False,
            color=INK,
        )
        y += len(split.strata) + 0.7
    for height, stratum, _ in rows:
        label = f"{stratum.label}"
        axis.text(-0.14, height, label, transform=place, size=7.5, va="center", ha="right", color=INK)
        axis.text(-0.02, height, number(stratum.n, 4), transform=place, size=7, va="center", ha="right", color=QUIET)
    axis.text(-0.02, -0.75, "people", transform=place, size=7, va="bottom", ha="right", color=QUIET)


def _histogram(axis: Any, endpoint: Endpoint) -> None:
    values = endpoint.values[np.isfinite(endpoint.values)]
    color = stroke(0).color
    low, high = np.quantile(values, [0.001, 0.999])
    counts, _, _ = axis.hist(np.clip(values, low, high), bins=36, color=color, alpha=0.35, lw=0)
    top = float(max(counts))
    ends = np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95])
    axis.plot([ends[2], ends[2]], [0, 1.02 * top], color=color, lw=1.6)
    axis.plot([ends[0], ends[4]], [-0.07 * top] * 2, color=color, lw=1.0, clip_on=False)
    axis.plot([ends[1], ends[3]], [-0.07 * top] * 2, color=color, lw=3.4, solid_capstyle="butt", clip_on=False)
    axis.set_ylim(-0.13 * top, 1.08 * top)
    axis.set_yticks([])
    axis.spines["left"].set_visible(False)
    axis.locator_params(axis="x", nbins=5)
    axis.ticklabel_format(axis="x", useOffset=False)
    unit = f", {unit_text(endpoint.unit)}" if unit_text(endpoint.unit) else ""
    told = f"median {number(float(ends[2]))}, 90 %: {number(float(ends[0]))} to {number(float(ends[4]))}"
    axis.set_title(f"{fill(endpoint.title + unit, 38)}", loc="left", size=8.5, weight="bold", pad=14)
    axis.text(0, 1.03, told, transform=axis.transAxes, size=7.5, color=QUIET, va="bottom")
