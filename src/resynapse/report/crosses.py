"""Benefit against burden: choices as points with a band in both directions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .style import INK, RULE, stroke

Band = tuple[float, float, float]
"""Low end, middle and high end."""


@dataclass(frozen=True)
class Cross:
    """One choice: what it costs (`x`) and what it brings (`y`), each with its band; `group` chooses the colour."""

    label: str
    x: Band
    y: Band
    group: int = 0


@dataclass(frozen=True)
class Crosses:
    """Choices side by side; `rest` is the benefit of doing nothing; `groups` name the colours."""

    title: str
    x_label: str
    y_label: str
    crosses: tuple[Cross, ...]
    rest: float | None = 0.0
    groups: tuple[str, ...] = ()


def draw_crosses(axis: Any, panel: Crosses) -> None:
    """Bands as thin lines, the middle as a dot with its name; choices of one group are joined in their order."""
    if panel.rest is not None:
        axis.axhline(panel.rest, color=RULE, lw=0.8, zorder=0)
    for group in sorted({c.group for c in panel.crosses}):
        own = [c for c in panel.crosses if c.group == group]
        axis.plot([c.x[1] for c in own], [c.y[1] for c in own], color=stroke(group).color, lw=0.8, alpha=0.5)
    for cross in panel.crosses:
        _cross(axis, cross)
    for group, name in enumerate(panel.groups):
        axis.plot([], [], "o-", ms=5, color=stroke(group).color, label=name)
    axis.set_ylabel(panel.y_label, size=8)
    axis.margins(0.08)


def _cross(axis: Any, cross: Cross) -> None:
    own = stroke(cross.group)
    (left, x, right), (low, y, high) = cross.x, cross.y
    axis.plot([left, right], [y, y], color=own.color, lw=1.0, alpha=0.55)
    axis.plot([x, x], [low, high], color=own.color, lw=1.0, alpha=0.55)
    axis.plot([x], [y], "o", ms=5, color=own.color)
    axis.annotate(cross.label, (x, y), xytext=(5, 5), textcoords="offset points", size=7, color=INK)


def extent(crosses: Sequence[Cross]) -> tuple[Band, Band]:
    """Smallest and largest ends along both axes, as `(x low, 0, x high)` and `(y low, 0, y high)`."""
    xs, ys = [v for c in crosses for v in c.x], [v for c in crosses for v in c.y]
    return (min(xs), 0.0, max(xs)), (min(ys), 0.0, max(ys))
