"""Priors and posteriors of a calibration side by side: every value on the scale of what was thought before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .figures import look
from .style import BANNER, INK, QUIET, number, stroke, unit_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ROW, _HEAD, _FOOT = 0.24, 1.0, 0.75
_FAR = 1.6
Row = Mapping[str, Any]


def draw_priors(found: Row) -> Figure:
    """One line a value: grey what was thought before, blue what is thought now; bars hold 50 and 90 %.

    **Arguments:** `found` is the record of a calibration (`resynapse calibration show NAME --json`).
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows: Sequence[Row] = found["values"]
    height = _HEAD + _FOOT + _ROW * len(rows)
    with look():
        figure = Figure(figsize=(10.0, height))
        FigureCanvasAgg(figure)
        axis = figure.add_axes((0.28, _FOOT / height, 0.40, 1.0 - (_HEAD + _FOOT) / height))
        for place, row in enumerate(rows):
            _line(axis, place, row)
        _frame(axis, rows)
        _words(figure, height, found)
    return figure


def _line(axis: Any, place: int, row: Row) -> None:
    now, before = np.array(row["quantiles"]), row["prior_quantiles"]
    low, high = (before[0], before[-1]) if before else (now[0], now[-1])
    wide = (high - low) or 1.0
    if before:
        _bars(axis, place - 0.14, (np.array(before) - low) / wide, QUIET)
    _bars(axis, place + 0.14 if before else place, np.clip((now - low) / wide, -_FAR + 1, _FAR), stroke(0).color)
    color = INK if row["identified"] else QUIET
    unit = unit_text(row["unit"]) if row["unit"] not in ("", "1") else ""
    told = f"{number(row['mean'])} ± {number(row['sd'])} {unit}".strip()
    axis.text(1.02, place, told, transform=axis.get_yaxis_transform(), va="center", size=7, color=color)


def _bars(axis: Any, height: float, quantiles: Any, color: str) -> None:
    axis.plot(quantiles[[0, -1]], [height] * 2, color=color, lw=1.0, solid_capstyle="butt")
    axis.plot(quantiles[[1, -2]], [height] * 2, color=color, lw=3.2, solid_capstyle="butt")
    axis.plot(quantiles[2], height, "o", color="white", mec=color, ms=3.0, mew=0.8)


def _frame(axis: Any, rows: Sequence[Row]) -> None:
    names = [row["address"] if row["identified"] else f"{row['address']} (open)" for row in rows]
    axis.set_yticks(range(len(rows)), names, size=7)
    for tick, row in zip(axis.get_yticklabels(), rows, strict=True):
        tick.set_color(INK if row["identified"] else QUIET)
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.set_xlim(-_FAR + 0.95, _FAR + 0.05)
    axis.axvline(0.0, color="#d5dae0", lw=0.6, zorder=0)
    axis.axvline(1.0, color="#d5dae0", lw=0.6, zorder=0)
    axis.set_xticks((0.0, 0.5, 1.0), ("5 %", "of the prior", "95 %"))


def _words(figure: Figure, height: float, found: Row) -> None:
    top = 1.0 - 0.25 / height
    figure.text(0.02, top, f"{found['name']}: {found['title']}", weight="bold", size=11, va="center", color=INK)
    told = "grey: before the data   blue: after   thick 50 %, thin 90 %, dot the median   open: the data say little"
    if any(row["prior_quantiles"] is None for row in found["values"]):
        told += "   no grey: what was thought before cannot be drawn, and the line spans the posterior's own 90 %"
    figure.text(0.02, top - 0.22 / height, told, size=7, va="center", color=QUIET)
    figure.text(0.02, top - 0.38 / height, f"{found['verdict']}", size=7, va="center", color=QUIET)
    figure.text(0.70, top - 0.55 / height, "mean ± SD, unit of the stage", size=7, va="center", color=QUIET)
    made = f"{found['draws']:,} draws by {found['method']}, rows seen: {found['rows']}, digest {found['digest']}."
    figure.text(0.02, 0.15 / height, f"{BANNER}  {made}", size=7.5, color=QUIET)
