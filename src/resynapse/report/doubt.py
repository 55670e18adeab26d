"""What draws of a calibration leave open, in sentences: a change of the score with the middle of all draws."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from .result import Result
from .style import clock

_SCORE = "madrs_total"
_LOOKS = (2.0, 24.0, 168.0, 336.0)


def doubt(result: Result) -> list[str]:
    """The change of the depression score at some looks: of the calibration's medians, and of 90 % of its draws."""
    drawn = result.drawn(_SCORE)
    if drawn is None or _SCORE not in result.signals:
        return []
    first = result.doses[0].time if result.doses else float(result.times[0])
    return [_told(result, drawn[:, :, 0], first, after) for after in _looks(result, first)]


def about(result: Result) -> str:
    """Under which calibration a result was computed; nothing where under none."""
    known = result.json("calibration", {})
    if not known:
        return ""
    draws = f"{known['draws']} of its draws" if known["draws"] > 1 else "at its medians, without the doubt that it left"
    warned = "" if known["converged"] else " Its sampling had not converged: tails are rough."
    return f"Calibration {known['calibration']} ({draws}; digest {known['digest']}).{warned}"


def _looks(result: Result, first: float) -> Iterator[float]:
    end = float(result.times[-1])
    yield from (after for after in _LOOKS if first + after <= end + 1e-9)


def _told(result: Result, drawn: np.ndarray, first: float, after: float) -> str:
    typical = _change(result, result.signals[_SCORE][0].typical, first, after)
    each = np.array([_change(result, course, first, after) for course in drawn])
    low, high = np.quantile(each, (0.05, 0.95))
    return f"MADRS at {clock(after)}: {typical:+.1f} points (90 % of draws {low:+.1f} to {high:+.1f})"


def _change(result: Result, course: np.ndarray, first: float, after: float) -> float:
    known = np.isfinite(course)
    if not known.any():
        return math.nan
    before, later = np.interp([first, first + after], result.times[known], course[known])
    return float(later - before)
