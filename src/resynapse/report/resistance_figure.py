"""Lived resistance as one figure: remission by step beside the published trial, who is resistant, and who they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .figures import look
from .style import BANNER, INK, MISS, QUIET, RULE, number, stroke

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Beside:
    """A share of people found, with its Monte-Carlo error, beside a published band."""

    name: str
    found: float
    error: float
    low: float
    high: float
    published: float | None = None

    @property
    def within(self) -> bool:
        """Whether it lies in the band."""
        return self.low <= self.found <= self.high


@dataclass(frozen=True)
class Trait:
    """How far resistant people lie from the others in something, in SDs of everybody, with its Monte-Carlo error."""

    name: str
    apart: float
    error: float


def draw_resistance(steps: Sequence[Beside], shares: Sequence[Beside], traits: Sequence[Trait], foot: str) -> Figure:
    """Remission by step and the shares with their published bands on the left, traits of the resistant on the right."""
    from matplotlib.figure import Figure

    with look():
        figure = Figure(figsize=(10.0, 4.6))
        grid = figure.add_gridspec(1, 3, width_ratios=[1.0, 0.7, 1.65], left=0.06, right=0.985, top=0.8, bottom=0.2)
        grid.update(wspace=0.4)
        _shares(figure.add_subplot(grid[0]), steps, "In remission, of those who entered the step")
        _shares(figure.add_subplot(grid[1]), shares, "Resistance, of starters; response")
        _traits(figure.add_subplot(grid[2]), traits)
        figure.text(0.02, 0.94, "Resistance that is lived, not drawn", size=13, weight="bold", color=INK)
        figure.text(0.02, 0.03, foot, size=7.5, color=QUIET)
        figure.text(0.98, 0.94, BANNER, size=7.5, color=QUIET, ha="right")
    return figure


def _shares(axis: Any, rows: Sequence[Beside], title: str) -> None:
    for i, row in enumerate(rows):
        color = stroke(0).color if row.within else MISS
        axis.add_patch(_band(i, row))
        if row.published is not None:
            axis.plot([i - 0.28, i + 0.28], [100 * row.published] * 2, color=QUIET, lw=1.4)
        axis.errorbar(i, 100 * row.found, 196 * row.error, fmt="o", ms=6, color=color, lw=1.2)
        axis.text(i + 0.12, 100 * row.found + 1.2, f"{100 * row.found:.1f}", size=8, color=color)
    axis.set_xticks(range(len(rows)), labels=[row.name for row in rows], size=7.5)
    axis.set_xlim(-0.6, len(rows) - 0.4)
    axis.set_ylim(0, max(70 if any(r.high > 0.5 for r in rows) else 50, 0))
    axis.set_ylabel("%", color=QUIET, size=8, rotation=0)
    axis.set_title(title, loc="left", size=8.5, color=INK)


def _band(place: int, row: Beside) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((place - 0.28, 100 * row.low), 0.56, 100 * (row.high - row.low), color=RULE, lw=0, zorder=0)


def _traits(axis: Any, traits: Sequence[Trait]) -> None:
    order = sorted(traits, key=lambda t: abs(t.apart))
    values, errors = (np.array([(t.apart, 1.96 * t.error) for t in order])).T
    axis.barh(range(len(order)), values, height=0.5, color=stroke(0).color, alpha=0.85)
    axis.errorbar(values, range(len(order)), xerr=errors, fmt="none", ecolor=INK, lw=1.0)
    axis.axvline(0.0, color=RULE, lw=0.8)
    reach = max(0.4, 1.5 * float((np.abs(values) + errors).max()))
    axis.set_xlim(-reach, reach)
    axis.set_yticks([])
    for i, trait in enumerate(order):
        _named(axis, i, trait, 0.03 * reach)
    axis.spines["left"].set_visible(False)
    axis.set_xlabel("SDs above or below those who are not resistant", size=8, color=QUIET)
    axis.set_title("Who the resistant are, beside the others", loc="left", size=8.5, color=INK)


def _named(axis: Any, place: int, trait: Trait, gap: float) -> None:
    """The name on the empty side of zero, the number beyond the bar."""
    side = -1 if trait.apart < 0 else 1
    words, far = {"va": "center", "size": 7.5}, gap + 1.96 * trait.error
    axis.text(-side * far, place, trait.name, ha="right" if side > 0 else "left", **words)
    told = number(trait.apart, 2) if abs(trait.apart) >= trait.error else "≈ 0"
    axis.text(trait.apart + side * far, place, told, ha="left" if side > 0 else "right", color=QUIET, **words)
