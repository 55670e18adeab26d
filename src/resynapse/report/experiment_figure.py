"""A group experiment as a journal would print it: every animal, means with their error, and what was published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .figures import look
from .style import BANNER, INK, MISS, QUIET, number, stroke

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TALL, _BELOW = 4.3, 2.3


@dataclass(frozen=True)
class Bar:
    """One group: its readings, what the median animal is expected to read, and a published mean where one was read."""

    name: str
    readings: tuple[float, ...]
    expected: float
    published: float | None = None


@dataclass(frozen=True)
class Verdict:
    """The deciding comparison in words: this run, its power, what was published (red where they differ), bracket."""

    here: str
    power: str
    published: str
    agrees: bool | None
    bracket: str


@dataclass(frozen=True)
class Heading:
    """The title of a figure, and what its readings are, with their unit."""

    title: str
    reading: str


@dataclass(frozen=True)
class Laboratories:
    """The deciding difference in every laboratory, whether it was significant there, and the published difference."""

    differences: NDArray[np.float64]
    significant: NDArray[np.bool_]
    published: float | None = None


def draw_experiment(
    head: Heading, bars: Sequence[Bar], between: tuple[int, int], told: Verdict, repeated: Laboratories | None = None
) -> Figure:
    """Groups side by side on the left, what they say on the right; below them the laboratories, where there are many.

    **Arguments:** `between` are the places of the two groups that decide.
    """
    from matplotlib.figure import Figure

    with look():
        below = _BELOW if repeated else 0.0
        figure = Figure(figsize=(max(7.2, 3.6 + 1.15 * len(bars)), _TALL + below))
        parts: Any = (
            figure.subfigures(2, 1, squeeze=False, height_ratios=(_TALL, below))[:, 0] if repeated else (figure,)
        )
        upper = parts[0]
        plot = upper.add_axes((0.09, 0.2, 0.52, 0.62))
        for place, bar in enumerate(bars):
            _group(plot, place, bar)
        _deciding(plot, bars, between, told.bracket)
        plot.set_xticks(range(len(bars)), labels=[_label(bar) for bar in bars], size=7.5)
        plot.set_xlim(-0.6, len(bars) - 0.4)
        plot.set_ylabel(head.reading, size=8, color=QUIET)
        upper.text(0.02, 0.955, fill(head.title, 86), size=11, weight="bold", color=INK, va="top")
        _side(upper, told, any(bar.published is not None for bar in bars))
        if repeated:
            _laboratories(parts[1], repeated, f"{bars[between[0]].name} less {bars[between[1]].name}", head.reading)
        figure.text(0.02, 0.01 if repeated else 0.02, BANNER, size=7, color=QUIET)
    return figure


def _laboratories(figure: Any, found: Laboratories, pair: str, reading: str) -> None:
    """How many laboratories find which difference, those that call it significant filled."""
    axis = figure.add_axes((0.09, 0.27, 0.52, 0.6))
    edges = np.histogram_bin_edges(found.differences, bins=min(40, max(8, found.differences.size // 12)))
    axis.hist(found.differences, edges, color="none", edgecolor=stroke(0).color, lw=0.8)
    axis.hist(found.differences[found.significant], edges, color=stroke(0).color, edgecolor=stroke(0).color, lw=0.8)
    axis.axvline(0.0, color=QUIET, lw=0.8)
    axis.axvline(np.median(found.differences), color=INK, lw=1.2, ls=(0, (5, 3)))
    if found.published is not None:
        axis.axvline(found.published, color=stroke(2).color, lw=1.6)
    axis.set_xlabel(f"{pair}: {reading}", size=8, color=QUIET)
    axis.set_ylabel("laboratories", size=8, color=QUIET)
    inner = np.quantile(found.differences, (0.05, 0.95))
    words = f"{found.differences.size} laboratories, each with its own animals, level and reach. "
    words += f"Median {number(float(np.median(found.differences)))}, nine in ten from {number(float(inner[0]))} "
    words += f"to {number(float(inner[1]))}."
    marks = "filled: significant   outlined: not\ndashed: median   grey: no difference"
    marks += "" if found.published is None else "\ngreen: published difference"
    figure.text(0.64, 0.9, "The laboratories", size=8, weight="bold", color=INK, va="top")
    figure.text(0.64, 0.81, fill(words, 44), size=8, color=INK, va="top", linespacing=1.25)
    figure.text(0.64, 0.27, marks, size=7, color=QUIET, va="bottom", linespacing=1.3)


def _group(axis: Any, place: int, bar: Bar) -> None:
    values = np.array(bar.readings)
    color, mean = stroke(0).color, values.mean()
    spread = 0.3 * (np.arange(len(values)) * 0.618034 % 1.0 - 0.5)
    axis.plot(place - 0.08 + spread, values, "o", ms=3.6, mfc="none", mec=color, mew=0.9, alpha=0.75)
    sem = values.std(ddof=1) / np.sqrt(len(values))
    axis.errorbar(place + 0.2, mean, sem, fmt="_", ms=14, color=INK, lw=1.3, capsize=3, mew=1.6)
    axis.plot(place + 0.34, bar.expected, "D", ms=4, color=stroke(1).color, mec="none")
    if bar.published is not None:
        axis.plot(place + 0.2, bar.published, "s", ms=5, color=stroke(2).color, mec="none")


def _label(bar: Bar) -> str:
    return f"{fill(bar.name, 13)}\nn = {len(bar.readings)}"


def _deciding(axis: Any, bars: Sequence[Bar], between: tuple[int, int], words: str) -> None:
    """A bracket over the two groups that decide."""
    low, high = min(min(b.readings) for b in bars), max(max(b.readings) for b in bars)
    reach = high - low or 1.0
    top, drop = high + 0.08 * reach, 0.03 * reach
    a, b = sorted(between)
    axis.plot([a, a, b, b], [top - drop, top, top, top - drop], color=INK, lw=0.9)
    axis.text((a + b) / 2, top + 0.02 * reach, words, size=7.5, ha="center", color=INK)
    axis.set_ylim(min(low - 0.08 * reach, low if low > 0 else 0.0), top + 0.12 * reach)


def _side(figure: Any, told: Verdict, published: bool) -> None:
    """The words beside the plot, and the legend of the marks."""
    colors = [INK, INK, MISS if told.agrees is False else INK]
    heads = ("In this run", "Over replicates", "Published")
    y = 0.84
    for head, words, color in zip(heads, (told.here, told.power, told.published), colors, strict=True):
        text = fill(words, 44)
        figure.text(0.64, y, head, size=8, weight="bold", color=color, va="top")
        figure.text(0.64, y - 0.045, text, size=8, color=color, va="top", linespacing=1.25)
        y -= 0.085 + 0.035 * (text.count("\n") + 1)
    marks = "circles: single animals   bar: mean and standard error\ndiamond: median animal expected"
    marks += "   square: published mean" if published else ""
    figure.text(0.64, 0.1, marks, size=7, color=QUIET, va="top", linespacing=1.3)


def told_number(value: float, unit: str) -> str:
    """A difference with its sign and unit."""
    return f"{'+' if value > 0 else ''}{number(value)} {'' if unit == '1' else unit}".strip()
