"""A calibration as one figure: what was thought before beside what is known now, what was seen beside what is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any

from .figures import look
from .style import BANNER, INK, MISS, QUIET, RULE, number, stroke

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ROW = 0.2
Band = tuple[float, float, float]
"""5 %, middle, 95 %."""


@dataclass(frozen=True)
class Known:
    """One value: its bands before and after, in its unit; `learned` says whether the data told anything of it."""

    name: str
    unit: str
    before: Band
    after: Band
    learned: bool


@dataclass(frozen=True)
class Met:
    """One row, or one curve: observed over predicted, point by point, and the band in which such a ratio should lie."""

    name: str
    ratios: tuple[float, ...]
    band: tuple[float, float]

    @property
    def misses(self) -> bool:
        """Whether most of its points lie outside the band."""
        out = sum(not self.band[0] <= r <= self.band[1] for r in self.ratios)
        return 2 * out > len(self.ratios)


def draw_calibration(title: str, known: Sequence[Known], met: Sequence[Met], note: str = "") -> Figure:
    """Values on the left, in units of their middle before the data; rows on the right, observed over predicted."""
    from matplotlib.figure import Figure

    rows = max(len(known), len(met))
    height = 1.6 + _ROW * rows
    with look():
        figure = Figure(figsize=(11.0, height))
        top, bottom = 1.0 - 0.75 / height, 0.8 / height
        left = figure.add_axes((0.135, bottom, 0.3, top - bottom))
        right = figure.add_axes((0.66, bottom, 0.32, top - bottom))
        _values(left, known)
        _rows(right, met)
        figure.text(0.01, 1.0 - 0.12 / height, fill(title, 120), size=11, weight="bold", color=INK, va="top")
        figure.text(0.01, 0.1 / height, f"{note}  {BANNER}".strip(), size=7, color=QUIET)
    return figure


def _values(axis: Any, known: Sequence[Known]) -> None:
    for y, one in enumerate(known):
        scale, color = one.before[1], stroke(0).color if one.learned else QUIET
        axis.plot([one.before[0] / scale, one.before[2] / scale], [y, y], color=RULE, lw=5, solid_capstyle="butt")
        axis.plot([one.after[0] / scale, one.after[2] / scale], [y, y], color=color, lw=1.8, solid_capstyle="butt")
        axis.plot(one.after[1] / scale, y, "o", ms=4, color=color, mfc=color if one.learned else "white")
    labels = [f"{one.name}  {number(one.after[1])} {'' if one.unit == '1' else one.unit}".strip() for one in known]
    _frame(axis, labels, "value over its middle before the data")
    axis.set_title("pale: before, 90 %   line: after, 90 %   hollow: not learned", size=7.5, color=QUIET, loc="left")


def _rows(axis: Any, met: Sequence[Met]) -> None:
    for y, one in enumerate(met):
        color = MISS if one.misses else stroke(0).color
        axis.plot(one.band, [y, y], color=RULE, lw=5, solid_capstyle="butt")
        axis.plot(one.ratios, [y] * len(one.ratios), "o", ms=3.4, mfc="none", mec=color, mew=1.0)
    _frame(axis, [fill(one.name, 60) for one in met], "observed over predicted (middle of the posterior)")
    axis.set_title("pale: where 90 % should lie   red: outside", size=7.5, color=QUIET, loc="left")


def _frame(axis: Any, labels: Sequence[str], words: str) -> None:
    from matplotlib.ticker import FixedLocator, NullLocator

    axis.set_xscale("log")
    low, high = axis.get_xlim()
    ticks = [t for t in (0.1, 0.2, 0.33, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0, 10.0) if low <= t <= high]
    axis.xaxis.set_major_locator(FixedLocator(ticks))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.set_xticklabels([number(t) for t in ticks], size=7)
    axis.axvline(1.0, color=QUIET, lw=0.7, zorder=0)
    axis.set_yticks(range(len(labels)), labels=labels, size=7)
    axis.set_ylim(len(labels) - 0.4, -0.6)
    axis.set_xlabel(words, size=7.5, color=QUIET)
