"""Benefit against burden: choices as points with a band in both directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .style import INK, QUIET, RULE, stroke

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
    """Choices side by side; `rest` is the benefit of doing nothing; `groups` name the colours.

    Choices of one group are `joined` where they have an order, such as doses.
    """

    title: str
    x_label: str
    y_label: str
    crosses: tuple[Cross, ...]
    rest: float | None = 0.0
    groups: tuple[str, ...] = ()
    joined: bool = True


def draw_crosses(axis: Any, panel: Crosses) -> None:
    """Bands as thin lines, the middle as a dot with its name."""
    if panel.rest is not None:
        axis.axhline(panel.rest, color=RULE, lw=0.8, zorder=0)
    for group in sorted({c.group for c in panel.crosses if panel.joined}):
        own = [c for c in panel.crosses if c.group == group]
        axis.plot([c.x[1] for c in own], [c.y[1] for c in own], color=stroke(group).color, lw=0.8, alpha=0.5)
    for i, cross in enumerate(panel.crosses):
        _cross(axis, cross, above=i % 2 == 0)
    for group, name in enumerate(panel.groups):
        axis.plot([], [], "o-", ms=5, color=stroke(group).color, label=name)
    axis.set_ylabel(panel.y_label, color=QUIET, size=8)
    axis.margins(0.08)


def _cross(axis: Any, cross: Cross, above: bool) -> None:
    own = stroke(cross.group)
    (left, x, right), (low, y, high) = cross.x, cross.y
    axis.plot([left, right], [y, y], color=own.color, lw=1.0, alpha=0.55)
    axis.plot([x, x], [low, high], color=own.color, lw=1.0, alpha=0.55)
    axis.plot([x], [y], "o", ms=5, color=own.color)
    axis.annotate(cross.label, (x, y), xytext=(4, 4 if above else -9), textcoords="offset points", size=7, color=INK)
