"""The person in the middle where a mean was printed, beside whom a theory of the typical person is to be set."""

from __future__ import annotations

from ..calibrate.inference.observed import LogMean
from ..evidence import Observation

_TIMES = ("tmax",)


def middle(o: Observation) -> float:
    r"""The middle person's number over the printed one; 1 where no standard deviation was printed.

    Peaks, areas, clearances, ratios and half-lives differ between people on the logarithm: their mean lies above
    the middle by $\sqrt{1 + (sd / mean)^2}$, as the fit of the body takes it. Times of peaks are left as they are.
    """
    kind, _, amount = o.dispersion.partition(" ")
    if kind != "sd" or not o.value or o.statistic in _TIMES:
        return 1.0
    return LogMean.of(o.value, float(amount), 1.0).value / o.value
