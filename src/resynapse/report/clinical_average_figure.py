"""Predictions on the clinical scale under every explanation and averaged: what lies within, and what between them."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from .style import INK, MISS, QUIET, RULE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Record = Mapping[str, Any]
WITHIN, BETWEEN, WHOLE = "#5b9bd0", "#d98f4e", "#c9d3dd"
_BARS = (("band", WHOLE, "90 % band, whole"), ("within", WITHIN, "within"), ("between", BETWEEN, "between"))


def draw_prediction(ax: Axes, one: Record, told: Record, named: bool) -> None:
    """One prediction: a line an explanation, the heaviest on top, and the average with its three bands above them."""
    order = sorted(one["hypotheses"], key=lambda n: told["hypotheses"][n]["weight"])
    for y, name in enumerate(order):
        _explanation(ax, y, one["hypotheses"][name], told["hypotheses"][name]["weight"])
    top = len(order) + 0.8
    for k, (band, colour, _) in enumerate(_BARS):
        ax.plot(one[band], [top + 0.9 * k] * 2, color=colour, lw=6.5, solid_capstyle="butt")
        ax.plot(one["mean"], top + 0.9 * k, "|", color=INK, ms=10, mew=1.6)
    if one["seen"] is not None:
        ax.axvline(one["seen"], color=MISS, lw=1.2, ls=(0, (4, 2)))
        ax.annotate("printed", (one["seen"], top + 2.35), xytext=(3, 0), textcoords="offset points", **_small(MISS))
    ax.axhline(len(order) - 0.1, color=RULE, lw=0.8)
    _labelled(ax, [*order], top, named)
    ax.set_xlabel(one["unit"])
    ax.set_title(fill(one["words"], 46), loc="left", fontsize=8.5)
    ax.set_ylim(-0.7, top + 2.9)


def _explanation(ax: Axes, y: float, one: Record, weight: float) -> None:
    weighs = weight > 0.005
    colour = INK if weighs else QUIET
    ax.plot([one["low"], one["high"]], [y, y], color=colour, lw=1.1, alpha=0.9 if weighs else 0.45)
    ax.plot(one["mean"], y, "o", color=colour, ms=3.5 + 9.0 * float(np.sqrt(weight)), alpha=0.9 if weighs else 0.55)


def _labelled(ax: Axes, order: list[str], top: float, named: bool) -> None:
    ticks = [*range(len(order)), *(top + 0.9 * k for k in range(len(_BARS)))]
    words = [*(n.replace("_", " ") for n in order), *(f"average: {name}" for _, _, name in _BARS)]
    ax.set_yticks(ticks, words if named else [""] * len(ticks), fontsize=8)
    ax.grid(axis="x", color=RULE, lw=0.6)
    ax.tick_params(axis="y", length=0)


def _small(colour: str) -> dict[str, Any]:
    return {"fontsize": 7.5, "color": colour}
