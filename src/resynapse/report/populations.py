"""Populations side by side: where five, twenty-five, fifty, seventy-five and ninety-five in a hundred people lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .figures import look
from .style import BANNER, INK, MISS, QUIET, RULE, stroke, unit_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
_SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, eq=False)
class Cell:
    """One covariate of one population.

    **Arguments:** `values`, one a person; `stated` is the mean or median that was stated, if any; `assumed` says that
    nobody measured it, or what it follows from.
    """

    values: Floats
    stated: float | None
    assumed: bool


@dataclass(frozen=True, eq=False)
class Column:
    """One covariate: its meaning, its unit, and a cell for every population, `None` where it has none."""

    meaning: str
    unit: str
    cells: tuple[Cell | None, ...]


def draw_populations(names: Sequence[str], columns: Sequence[Column], foot: str) -> Figure:
    """Rows are populations, columns covariates; what was assumed and not measured is drawn hollow."""
    from matplotlib.figure import Figure

    height = 0.42 * len(names) + 1.9
    with look():
        figure = Figure(figsize=(1.62 * len(columns) + 2.0, height))
        top, bottom = 1 - 1.18 / height, 0.62 / height
        grid = figure.add_gridspec(1, len(columns), left=0.155, right=0.985, top=top, bottom=bottom, wspace=0.16)
        for i, column in enumerate(columns):
            _column(figure.add_subplot(grid[0, i]), names if i == 0 else (), column)
        _words(figure, foot)
    return figure


def _column(axis: Any, names: Sequence[str], column: Column) -> None:
    for row, cell in enumerate(column.cells):
        axis.axhline(row, color=RULE, lw=0.6, zorder=0)
        if cell is not None:
            _cell(axis, row, cell)
    axis.set_ylim(len(column.cells) - 0.5, -0.5)
    axis.set_yticks(range(len(names)), labels=names, size=7.5)
    axis.tick_params(axis="y", length=0)
    axis.spines["left"].set_visible(False)
    axis.locator_params(axis="x", nbins=4)
    axis.set_title(f"{fill(column.meaning, 18)}\n{unit_text(column.unit)}", loc="left", size=8, color=INK)


def _cell(axis: Any, row: int, cell: Cell) -> None:
    low, first, middle, third, high = np.quantile(cell.values, _SHARES)
    color = stroke(0).color
    axis.plot([low, high], [row, row], color=color, lw=1.0, solid_capstyle="butt")
    axis.plot([first, third], [row, row], color=color, lw=4.5, solid_capstyle="butt", alpha=0.55)
    axis.plot(middle, row, "o", ms=4.2, color="white" if cell.assumed else color, mec=color, mew=1.1, zorder=4)
    if cell.stated is not None:
        axis.plot(cell.stated, row, "|", ms=9, color=MISS, mew=1.4, zorder=5)


def _words(figure: Any, foot: str) -> None:
    height = figure.get_figheight()
    legend = (
        "line: 5 to 95 % of people, bar: quartiles, dot: median (hollow: assumed, nobody measured it), "
        "red stroke: the mean or median that was stated"
    )
    figure.text(0.012, 1 - 0.24 / height, "Who is drawn", weight="bold", size=11, va="center", color=INK)
    figure.text(0.012, 1 - 0.47 / height, legend, size=7, va="center", color=QUIET)
    figure.text(0.012, 0.14 / height, f"{BANNER}  {foot}", size=7.5, color=QUIET)
