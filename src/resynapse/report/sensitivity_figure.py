"""What drives the spread: variance shares with their intervals, and a tornado of one input at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any

from .figures import look
from .ribbons import around
from .style import INK, RULE, number, stroke

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_ROWS = 11
_ROW = 0.34


@dataclass(frozen=True)
class Share:
    """One group of inputs.

    **Arguments:** `total` is low, middle and high of what is measured: the share of the variance with all interactions,
    or the size of an effect; `first` is the share without interactions, where it is known.
    """

    name: str
    first: tuple[float, float, float] | None
    total: tuple[float, float, float]


@dataclass(frozen=True)
class Swing:
    """One input at its 5 % and its 95 % quantile, in words, and what the quantity then is."""

    name: str
    low_words: str
    high_words: str
    low: float
    high: float


@dataclass(frozen=True)
class Driven:
    """What is drawn.

    **Arguments:** `quantity` with its time, in words, `unit` its unit; `typical` the answer for the typical person;
    `measure` names what the left half shows.
    """

    quantity: str
    unit: str
    typical: float
    measure: str
    shares: tuple[Share, ...]
    swings: tuple[Swing, ...]


def draw_sensitivity(found: Driven, title: str, foot: str) -> Figure:
    """Shares of the variance on the left, the tornado on the right; what matters most stands above."""
    from matplotlib.figure import Figure

    shares, swings = found.shares[:MOST_ROWS], found.swings[:MOST_ROWS]
    rows = max(len(shares), len(swings))
    height = _ROW * rows + 2.0
    with look():
        figure = Figure(figsize=(12.0, height))
        box = {"bottom": 1.05 / height, "top": 1 - 0.92 / height}
        left = figure.add_gridspec(1, 1, left=0.235, right=0.45, **box)
        right = figure.add_gridspec(1, 1, left=0.735, right=0.935, **box)
        _shares(figure.add_subplot(left[0, 0]), shares, found.measure, rows)
        _tornado(figure.add_subplot(right[0, 0]), swings, found, rows)
        alone = "open circle: alone, dot: with interactions   " if any(s.first for s in shares) else ""
        key = f"bar: 95 % interval   {alone}tornado: one input at a time, others typical"
        around(figure, title, key, foot)
    return figure


def _shares(axis: Any, shares: Sequence[Share], measure: str, rows: int) -> None:
    color = stroke(0).color
    for y, share in enumerate(shares):
        for offset, found, face in ((-0.14, share.first, "white"), (0.14, share.total, color)):
            if found is not None:
                low, middle, high = found
                axis.plot([low, high], [y + offset] * 2, color=color, lw=1.3, solid_capstyle="butt")
                axis.plot(middle, y + offset, "o", ms=4.8, mec=color, mfc=face, mew=1.1, zorder=3, clip_on=False)
        _name(axis, -0.03, y, share.name)
    _frame(axis, rows)
    axis.axvline(0, color="#8b95a1", lw=0.8, zorder=0)
    axis.set_xlim(left=min(-0.02 * axis.get_xlim()[1], *(s.first[0] for s in shares if s.first), 0.0))
    axis.set_title(measure, loc="left", size=8.5, color=INK)


def _tornado(axis: Any, swings: Sequence[Swing], found: Driven, rows: int) -> None:
    low_look, high_look = stroke(0).color, stroke(1).color
    for y, swing in enumerate(swings):
        for value, color in ((swing.low, low_look), (swing.high, high_look)):
            axis.barh(y, value - found.typical, 0.56, left=found.typical, color=color, alpha=0.75, lw=0)
        _name(axis, -0.26, y, swing.name)
        _ends(axis, y, swing)
    axis.axvline(found.typical, color=INK, lw=0.9)
    _frame(axis, rows)
    wide = max((abs(v - found.typical) for s in swings for v in (s.low, s.high)), default=1.0) or 1.0
    axis.set_xlim(found.typical - 1.1 * wide, found.typical + 1.1 * wide)
    words = f"{found.quantity}, {found.unit}" if found.unit else found.quantity
    axis.set_title(f"{words} (typical: {number(found.typical)})", loc="left", size=8.5, color=INK)
    box, height = axis.get_position(), axis.figure.get_figheight()
    for x, side, label, color in (
        (box.x0, "left", "input at its 5 % quantile", low_look),
        (box.x1, "right", "at its 95 %", high_look),
    ):
        axis.figure.text(x, box.y0 - 0.4 / height, label, color=color, size=7.5, va="center", ha=side)


def _name(axis: Any, x: float, y: float, name: str) -> None:
    words = fill(name, 44, max_lines=2, placeholder=" …")
    axis.text(x, y, words, transform=axis.get_yaxis_transform(), size=7.6, va="center", ha="right", linespacing=1.05)


def _ends(axis: Any, y: float, swing: Swing) -> None:
    """The input's two values, on the side where each of them leads."""
    left, right = (
        (swing.low_words, swing.high_words) if swing.low <= swing.high else (swing.high_words, swing.low_words)
    )
    colors = (stroke(0).color, stroke(1).color) if swing.low <= swing.high else (stroke(1).color, stroke(0).color)
    place = axis.get_yaxis_transform()
    axis.text(-0.015, y, left, transform=place, size=7, color=colors[0], va="center", ha="right")
    axis.text(1.015, y, right, transform=place, size=7, color=colors[1], va="center", ha="left")


def _frame(axis: Any, rows: int) -> None:
    axis.set_ylim(rows - 0.4, -0.6)
    axis.set_yticks([])
    axis.spines["left"].set_visible(False)
    axis.grid(axis="x", color=RULE, lw=0.5)
    axis.set_axisbelow(True)
    axis.locator_params(axis="x", nbins=5)
