"""The figure of weighed explanations: weights and how far they hang on which studies; predictions, averaged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .clinical_average_figure import BETWEEN, WITHIN, draw_prediction
from .style import BANNER, INK, QUIET, RULE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Record = Mapping[str, Any]
_WEIGHT, _OTHER, _THIRD = "#1b5e9e", "#c2571a", "#0b7a63"
_DAY = 24.0
_TELLING = 0.05  # weight from which an explanation is named in the course


def draw_weights(told: Record) -> Figure:
    """Weights by all studies and by each kind alone; relief after one infusion; predictions on the clinical scale."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(15.0, 12.0), layout="constrained")
    halves = figure.add_gridspec(2, 1, height_ratios=(1.15, 1.0))
    above, below = figure.add_subfigure(halves[0]), figure.add_subfigure(halves[1])
    grid = above.add_gridspec(2, 2, width_ratios=(1.15, 1.0), height_ratios=(1.5, 1.0))
    _weights(above.add_subplot(grid[:, 0]), told)
    course = above.add_subplot(grid[0, 1])
    _course(course, told)
    _variance(above.add_subplot(grid[1, 1], sharex=course), told["prediction"])
    places = below.subplots(1, len(told["clinical"]))
    for k, (ax, one) in enumerate(zip(np.atleast_1d(places), told["clinical"].values(), strict=True)):
        draw_prediction(ax, one, told, named=k == 0)
    figure.supxlabel(BANNER, fontsize=7.5, color=QUIET)
    return figure


def _weights(ax: Axes, told: Record) -> None:
    own = sorted(told["hypotheses"].items(), key=lambda pair: pair[1]["weight"])
    for y, (_, one) in enumerate(own):
        ax.plot([one["low"], one["high"]], [y, y], color=_WEIGHT, lw=5, alpha=0.3, solid_capstyle="butt")
        ax.plot(one["weight"], y, "o", color=_WEIGHT, ms=7)
        ax.plot(one["mechanism"], y + 0.18, "s", color=_OTHER, ms=5, mfc="none")
        ax.plot(one["clinic"], y - 0.18, "^", color=_THIRD, ms=5.5, mfc="none")
    ax.plot([], [], "o", color=_WEIGHT, label="stacking weight, all studies")
    ax.plot([], [], color=_WEIGHT, lw=5, alpha=0.3, label="90 % when studies are drawn anew")
    ax.plot([], [], "s", color=_OTHER, mfc="none", label="by the mechanism's studies alone")
    ax.plot([], [], "^", color=_THIRD, mfc="none", label="by trials in people alone")
    ax.set_yticks(range(len(own)), [name.replace("_", " ") for name, _ in own])
    ax.set_xlim(-0.03, 1.03)
    ax.set_xlabel("weight (share of 1)")
    ax.grid(axis="x", color=RULE, lw=0.6)
    ax.set_title(
        f"Explanations weighed by {len(told['studies'])} studies that were not fitted", loc="left", fontsize=10
    )
    ax.legend(loc="lower right", frameon=False, fontsize=8.5)


def _course(ax: Axes, told: Record) -> None:
    one = told["prediction"]
    days = np.array(one["hours"]) / _DAY
    ax.fill_between(days, one["low"], one["high"], color=WITHIN, alpha=0.45, lw=0, label="90 % band of the average")
    for name, mean in one["hypotheses"].items():
        weighs = told["hypotheses"][name]["weight"] >= _TELLING
        ax.plot(days, mean, color=QUIET, lw=1.3 if weighs else 0.6, alpha=0.9 if weighs else 0.5)
        if weighs:
            _name(ax, name, days, np.array(mean))
    ax.plot([], [], color=QUIET, lw=0.8, label="mean of each explanation")
    ax.plot(days, one["mean"], color=INK, lw=2, label="average")
    ax.axhline(0.0, color=RULE, lw=0.8)
    ax.set_ylabel("relief of despair\n(1 from depressed to well)")
    ax.set_title(f"One prediction, averaged: {one['of']}", loc="left", fontsize=9)
    ax.legend(frameon=False, fontsize=8)


def _name(ax: Axes, name: str, days: Any, mean: Any) -> None:
    """The name of an explanation beside the top of its course."""
    top = int(mean.argmax())
    ax.annotate(
        name.replace("_", " "),
        (days[top], mean[top]),
        xytext=(5, 2),
        textcoords="offset points",
        fontsize=7.5,
        color=QUIET,
    )


def _variance(ax: Axes, one: Record) -> None:
    days = np.array(one["hours"]) / _DAY
    ax.stackplot(
        days,
        one["within"],
        one["between"],
        colors=(WITHIN, BETWEEN),
        labels=("within explanations", "between explanations"),
    )
    ax.set_xlabel("days after the infusion")
    ax.set_ylabel("variance of relief")
    ax.legend(frameon=False, fontsize=8)
