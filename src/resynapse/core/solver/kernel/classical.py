"""The classical fourth-order step, and the course between its nodes, as printed values."""

from __future__ import annotations

from collections.abc import Callable

from .dual import Value
from .lanes import Lanes
from .program import Node

Slopes = tuple[dict[Node, Value], ...]


def classical(
    slopes: Callable[[int, dict[Node, Value]], dict[Node, Value]], h: Lanes, y: dict[Node, Value]
) -> tuple[dict[Node, Value], Slopes]:
    """The classical step, from slopes at start (0), middle (1, twice) and end (2); gives the four slopes too."""
    k1 = slopes(0, y)
    k2 = slopes(1, {s: y[s] + (0.5 * h) * k1[s] for s in y})
    k3 = slopes(1, {s: y[s] + (0.5 * h) * k2[s] for s in y})
    k4 = slopes(2, {s: y[s] + h * k3[s] for s in y})
    sixth = h * (1.0 / 6.0)
    return {s: y[s] + sixth * ((k1[s] + k4[s]) + 2.0 * (k2[s] + k3[s])) for s in y}, (k1, k2, k3, k4)


def parabola(s: float, start: Value, middle: Value, end: Value) -> Value:
    """The value at share `s` of a step whose start, middle and end are known."""
    return (2 * s - 1) * (s - 1) * start + 4 * s * (1 - s) * middle + s * (2 * s - 1) * end
