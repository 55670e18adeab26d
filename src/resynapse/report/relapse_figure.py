"""One person living many lives: courses under drawn loads, when each of them relapses, and the basins behind it."""

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
from .style import INK, QUIET, RULE, number, stroke

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_LINES = 40
_GREY = "#8b95a1"


@dataclass(frozen=True, eq=False)
class Lives:
    """One person under many draws of the load.

    **Arguments:** `name` and `words` say who; `days` since the first dose; `courses` (draw x day); `steady` is the
    course without fluctuation, `steady_relapse` the day on which it relapses after the last dose, or `None`;
    `lasting` holds the days to relapse after the last dose.
    """

    name: str
    words: str
    days: Floats
    courses: Floats
    steady: Floats
    steady_relapse: float | None
    lasting: Lasting


@dataclass(frozen=True, eq=False)
class RestingCurve:
    """All resting states of one person over the load of life: `load` and `level` follow the curve.

    **Arguments:** `own` is the person's mean load, `folds` the loads at which a state vanishes, or NaN.
    """

    name: str
    load: Floats
    level: Floats
    own: float
    folds: tuple[float, float]


@dataclass(frozen=True, eq=False)
class BasinMap:
    """Where two lasting states exist, over rumination and load, and where the people of a population lie.

    **Arguments:** `rho` with the loads of both folds (`low`, `high`; NaN where there is one state); `people_rho`,
    `people_load` and `people_two` are people of the population; `marked` are the persons of the figure.
    """

    rho: Floats
    low: Floats
    high: Floats
    people_rho: Floats
    people_load: Floats
    people_two: Flags
    marked: Sequence[tuple[str, float, float]]


def draw_relapse(lives: Sequence[Lives], scale: tuple[str, float, str], title: str, foot: str) -> Figure:
    """Courses of every person on the left, the share of lives still well on the right.

    **Arguments:** `scale` names the quantity, the level that counts as relapse, and the rule in words.
    """
    from matplotlib.figure import Figure

    height = 1.75 * len(lives) + 1.9
    with look():
        figure = Figure(figsize=(11.0, height))
        box = {"top": 1 - 0.95 / height, "bottom": 1.0 / height}
        left = figure.add_gridspec(len(lives), 1, left=0.23, right=0.56, hspace=0.34, **box)
        axes = [figure.add_subplot(left[i, 0]) for i in range(len(lives))]
        low, high = _range(lives)
        for i, (axis, one) in enumerate(zip(axes, lives, strict=True)):
            _courses(axis, one, i, scale[1])
            axis.set_ylim(low, high)
            axis.tick_params(labelbottom=axis is axes[-1])
        axes[0].set_title(scale[0], loc="left", size=8.5)
        axes[-1].set_xlabel("days after the first dose", color=QUIET, size=8)
        right = figure.add_subplot(figure.add_gridspec(1, 1, left=0.645, right=0.98, **box)[0, 0])
        _still_well(right, lives, scale[2])
        key = "thin: single lives   thick: the same without fluctuation   dashes: relapse level   band: 95 % interval"
        around(figure, title, key, foot)
    return figure


def draw_basins(curves: Sequence[RestingCurve], found: BasinMap, scale: str, title: str, foot: str) -> Figure:
    """Resting states over the load of a few people, and the map of who has two of them."""
    from matplotlib.figure import Figure

    with look():
        figure = Figure(figsize=(11.0, 5.0))
        grid = figure.add_gridspec(1, 2, left=0.07, right=0.98, top=0.8, bottom=0.21, wspace=0.2)
        _curves(figure.add_subplot(grid[0, 0]), curves, scale)
        _map(figure.add_subplot(grid[0, 1]), found)
        key = "lines: lasting states   dots: the border between them   rings: folds   triangles: own mean load"
        around(figure, title, key, foot)
    return figure


def _range(lives: Sequence[Lives]) -> tuple[float, float]:
    values = np.concatenate([np.r_[one.courses[:_LINES].ravel(), one.steady] for one in lives])
    low, high = float(values.min()), float(values.max())
    return low - 0.05 * (high - low), high + 0.05 * (high - low)


def _courses(axis: Any, one: Lives, index: int, level: float) -> None:
    color = stroke(index).color
    axis.plot(one.days, one.courses[:_LINES].T, color=color, lw=0.4, alpha=0.35)
    axis.plot(one.days, one.steady, color=INK, lw=1.7)
    axis.axhline(level, color=_GREY, lw=0.8, ls=(0, (4, 3)))
    axis.set_xlim(0, float(one.days[-1]))
    axis.locator_params(axis="y", nbins=4)
    place, height = axis.get_position(), axis.figure.get_figheight()
    axis.figure.text(0.02, place.y1, one.name, weight="bold", size=8.5, va="top", color=color)
    axis.figure.text(
        0.02, place.y1 - 0.19 / height, fill(one.words, 31), size=7.5, va="top", color=QUIET, linespacing=1.2
    )


def _still_well(axis: Any, lives: Sequence[Lives], rule: str) -> None:
    draw_lasting(axis, [one.lasting for one in lives])
    for i, one in enumerate(lives):
        if one.steady_relapse is not None:
            axis.plot(one.steady_relapse, 1.02, "v", color=stroke(i).color, ms=6, mec="none", clip_on=False, zorder=4)
    axis.set_xlabel("days after the last dose", color=QUIET, size=8)
    axis.set_title("Share of lives still well (triangles: without fluctuation)", loc="left", size=8.5, pad=9)
    axis.set_ylabel("")
    axis.text(
        0.99, 0.70, fill(f"relapse: {rule}", 44), transform=axis.transAxes, size=7, color=QUIET, ha="right", va="top"
    )


def _curves(axis: Any, curves: Sequence[RestingCurve], scale: str) -> None:
    for i, one in enumerate(curves):
        color, falls = stroke(i).color, np.gradient(one.load) < 0
        axis.plot(one.load, np.where(falls, np.nan, one.level), color=color, lw=1.8, label=one.name)
        axis.plot(one.load, np.where(falls, one.level, np.nan), color=color, lw=1.2, ls=(0, (1, 1.6)))
        _folds(axis, one, color)
        axis.plot(
            one.own,
            0.0,
            "^",
            color=color,
            ms=7,
            mec="white",
            mew=0.6,
            clip_on=False,
            zorder=5,
            transform=axis.get_xaxis_transform(),
        )
    axis.set_xlim(0, max(1.0, *(1.15 * one.own for one in curves)))
    axis.set_ylim(-0.05 * _tall(curves), 1.18 * _tall(curves))
    axis.set_xlabel("load of life", color=QUIET, size=8)
    axis.set_title(scale, loc="left", size=8.5)
    axis.legend(frameon=False, fontsize=7.5, loc="lower right", labelcolor=INK)


def _tall(curves: Sequence[RestingCurve]) -> float:
    return max(float(np.interp(min(1.0, one.own), one.load, one.level)) for one in curves)


def _folds(axis: Any, one: RestingCurve, color: str) -> None:
    if not np.isfinite(one.folds[0]):
        return
    slope = np.diff(one.load)
    falls = np.flatnonzero(slope < 0)
    for i, load in ((falls[-1] + 1, one.folds[0]), (falls[0], one.folds[1])):
        axis.plot(load, one.level[i], "o", ms=6.5, mec=color, mfc="white", mew=1.3, zorder=4)


def _map(axis: Any, found: BasinMap) -> None:
    color = stroke(1).color
    axis.fill_between(found.rho, found.low, found.high, color=color, alpha=0.2, lw=0)
    for edge in (found.low, found.high):
        axis.plot(found.rho, edge, color=color, lw=1.2)
    two, shown = found.people_two, 600
    for flags, look_ in ((~two, {"color": _GREY, "alpha": 0.5}), (two, {"color": color, "alpha": 0.8})):
        axis.plot(found.people_rho[flags][:shown], found.people_load[flags][:shown], ".", ms=3.2, mec="none", **look_)
    for i, (name, rho, load) in enumerate(found.marked):
        axis.plot(rho, load, "os^Dvp"[i], ms=8, color=stroke(i).color, mec="white", mew=1.0, zorder=5, label=name)
    axis.set_xlim(0, 1)
    axis.set_ylim(0, min(1.3, 1.05 * float(found.people_load.max())))
    axis.set_xlabel("strength of rumination", color=QUIET, size=8)
    axis.set_ylabel("mean load of life", color=QUIET, size=8)
    share = f"{100 * float(two.mean()):.0f} %"
    axis.set_title(
        f"Who has two lasting states: {share} of {number(len(two), 6)} people (orange)", loc="left", size=8.5
    )
    axis.grid(color=RULE, lw=0.4)
    axis.set_axisbelow(True)
    axis.legend(frameon=False, fontsize=7.5, loc="lower left", labelcolor=INK)
    _explain(axis, found)


def _explain(axis: Any, found: BasinMap) -> None:
    """Words at both edges of the region, in its widest place."""
    known = np.flatnonzero(np.isfinite(found.low))
    if not len(known):
        return
    i = known[int(0.62 * len(known))]
    arrow = {"arrowstyle": "-", "color": QUIET, "lw": 0.6}
    words = {"size": 7, "color": QUIET, "va": "center", "ha": "left", "arrowprops": arrow, "linespacing": 1.1}
    inside = (0.93, 0.5 * float(np.interp(0.93, found.rho, found.low) + np.interp(0.93, found.rho, found.high)))
    axis.annotate("two lasting states:\na push can switch", inside, (0.83, 0.44), **words)
    axis.annotate(
        "more load than this: only the\nill state lasts, a sudden collapse",
        (found.rho[i], found.high[i]),
        (0.56, 0.66),
        **words,
    )
    axis.annotate(
        "less load than this: only the\nwell state lasts, it comes by itself",
        (found.rho[i], found.low[i]),
        (0.3, 0.06),
        **words,
    )
