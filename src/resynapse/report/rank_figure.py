"""Ranks of truths among their posterior draws, as curves that should stay in a band around 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .figures import look
from .style import BANNER, MISS, QUIET, RULE, stroke

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Curves:
    """One check: cumulative curves of ranks less the uniform one, by unknown, and the edge of the band.

    **Arguments:** `at` are ranks between 0 and 1; `edge` is how far a curve may lie from 0 there, to either side.
    """

    title: str
    at: Sequence[float]
    curves: Sequence[Sequence[float]]
    edge: Sequence[float]

    def outside(self, curve: Sequence[float]) -> bool:
        """Whether a curve leaves the band."""
        return any(abs(v) > e for v, e in zip(curve, self.edge, strict=True))


def draw_ranks(checks: Sequence[Sequence[Curves]]) -> Figure:
    """One row of panels a way to check, one column a stage."""
    from matplotlib.figure import Figure

    with look():
        figure = Figure(figsize=(3.6 * len(checks[0]), 2.6 * len(checks) + 0.4), layout="constrained")
        grid = figure.subplots(len(checks), len(checks[0]), sharey="row", sharex=True, squeeze=False)
        for axes, row in zip(grid, checks, strict=True):
            for axis, one in zip(axes, row, strict=True):
                _panel(axis, one)
            axes[0].set_ylabel("share below, less rank", size=8)
        for axis in grid[-1]:
            axis.set_xlabel("rank of the truth among draws", size=8)
        words = "Band: 95 of 100 checks of what is right keep all their curves inside."
        figure.supxlabel(f"{words}  {BANNER}", fontsize=7, color=QUIET)
    return figure


def _panel(axis: Any, one: Curves) -> None:
    axis.fill_between(one.at, [-e for e in one.edge], one.edge, color=RULE, lw=0, alpha=0.7)
    axis.axhline(0.0, color=QUIET, lw=0.6)
    for curve in one.curves:
        axis.plot(one.at, curve, color=MISS if one.outside(curve) else stroke(0).color, lw=1.0)
    axis.set_title(one.title, size=8, loc="left")
