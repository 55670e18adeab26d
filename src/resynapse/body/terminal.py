"""The last, log-linear part of a curve: which samples belong to it, and how fast it falls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .area import Floats

FEWEST = 3
"""A terminal slope rests on at least so many samples."""

TOLERANCE = 1e-4
"""Windows whose adjusted r2 lies this close to the best are equally good; the one with most samples is taken."""


@dataclass(frozen=True)
class TerminalPhase:
    r"""A straight line through the logarithms of the last samples: $\ln c = a - \lambda_z t$.

    **Arguments:** `rate` is $\lambda_z$ (1/h); `intercept` is $a$; `start` and `end` are the window (h); `points`
    counts the samples in it; `r2` and `r2_adjusted` say how straight it is.
    """

    rate: float
    intercept: float
    start: float
    end: float
    points: int
    r2: float
    r2_adjusted: float

    @property
    def half_life(self) -> float:
        r"""Hours in which the concentration halves: $\ln 2 / \lambda_z$."""
        return float(np.log(2.0) / self.rate)

    @property
    def span_ratio(self) -> float:
        """Length of the window in half-lives; below 2 the slope is poorly known."""
        return (self.end - self.start) / self.half_life

    def at(self, time: float) -> float:
        """The concentration on the line at a time (h)."""
        return float(np.exp(self.intercept - self.rate * time))


def line_through(times: Floats, values: Floats) -> TerminalPhase | None:
    """The line through all these samples; `None` with fewer than three, or when it does not fall."""
    if times.size < FEWEST or not (values > 0).all():
        return None
    x, y = times - times.mean(), np.log(values)
    spread = float(y.var())
    slope = float((x * y).sum() / (x**2).sum())
    if slope >= 0 or spread == 0:
        return None
    r2 = 1.0 - float(((y - y.mean() - slope * x) ** 2).mean()) / spread
    adjusted = 1.0 - (1.0 - r2) * (times.size - 1) / (times.size - 2)
    intercept = float(y.mean() - slope * times.mean())
    return TerminalPhase(-slope, intercept, float(times[0]), float(times[-1]), times.size, r2, adjusted)


def best_line(times: Floats, values: Floats) -> TerminalPhase | None:
    """Of all windows that end with the last sample, the one with the best adjusted r2, more samples before fewer.

    **Arguments:** only samples that may belong to the terminal phase: those after the peak, for a bolus from the peak.

    **Source:** Phoenix WinNonlin's best-fit rule, as in `bae2020noncompart`.
    """
    lines = [line_through(times[i:], values[i:]) for i in range(times.size - FEWEST + 1)]
    falling = [line for line in lines if line is not None]
    if not falling:
        return None
    best = max(line.r2_adjusted for line in falling)
    good = [line for line in falling if best - line.r2_adjusted < TOLERANCE]
    return max(good, key=lambda line: line.points)


def line_within(times: Floats, values: Floats, start: float, end: float) -> TerminalPhase | None:
    """The line through the positive samples of a window that was fixed beforehand (h)."""
    inside = (times >= start) & (times <= end) & (values > 0)
    return line_through(times[inside], values[inside])
