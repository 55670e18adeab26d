"""How long it lasts: curves of those who are still well, with people whose end was not seen counted as such."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .style import QUIET, number, stroke

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class Lasting:
    """Times (days) of some people until they relapse or are lost from sight.

    **Arguments:** `seen` says whose relapse was seen; the others were well when last looked at.
    """

    label: str
    days: Floats
    seen: Flags


@dataclass(frozen=True, eq=False)
class Curve:
    """The share who are still well from each of `days` on, with an interval (Kaplan-Meier, log-log)."""

    days: Floats
    share: Floats
    low: Floats
    high: Floats

    @property
    def median(self) -> float:
        """Day from which half of the people are no longer well; infinite when that was not seen."""
        fallen = np.flatnonzero(self.share <= 0.5 + 1e-12)
        return float(self.days[fallen[0]]) if len(fallen) else float("inf")


def curve(lasting: Lasting) -> Curve:
    """The Kaplan-Meier curve of some people.

    **Source:** Kaplan and Meier 1958, Greenwood's variance on the log-log scale (`scipy.stats.ecdf`).
    """
    from scipy.stats import CensoredData, ecdf

    end = float(lasting.days.max())
    if not lasting.seen.any():
        flat = np.ones(2)
        return Curve(np.array([0.0, end]), flat, flat, flat)
    found = ecdf(CensoredData(lasting.days[lasting.seen], right=lasting.days[~lasting.seen])).sf
    with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # no variance where everybody or nobody is left
        band = found.confidence_interval(LEVEL, method="log-log")
    days = np.concatenate([[0.0], found.quantiles, [end]])
    low, high = (_filled(b.probabilities, found.probabilities) for b in (band.low, band.high))
    return Curve(days, _closed(found.probabilities), _closed(low), _closed(high))


def draw_lasting(axis: Any, people: Sequence[Lasting]) -> None:
    """One curve a group with its band; ticks mark people who were still well when last looked at."""
    for i, group in enumerate(people):
        look, found = stroke(i), curve(group)
        axis.fill_between(found.days, found.low, found.high, step="post", color=look.color, alpha=0.15, lw=0)
        pattern: Any = (0, tuple(d / 1.5 for d in look.dash)) if look.dash else "-"
        axis.step(
            found.days, found.share, where="post", color=look.color, lw=1.6, ls=pattern, label=_label(group, found)
        )
        lost = np.unique(group.days[~group.seen])
        height = [float(found.share[np.searchsorted(found.days, d, side="right") - 1]) for d in lost]
        axis.plot(lost, height, "|", color=look.color, ms=5.0, mew=1.0)
    axis.set_ylim(0, 1.04)
    axis.set_xlim(0, max(float(group.days.max()) for group in people))
    axis.set_yticks([0, 0.25, 0.5, 0.75, 1.0], labels=["0", "25 %", "50 %", "75 %", "100 %"])
    axis.axhline(0.5, color="#8b95a1", lw=0.6, ls=(0, (4, 3)), zorder=0)
    axis.legend(frameon=False, fontsize=7.5, loc="upper right", handlelength=2.6, labelcolor=QUIET)


def _label(group: Lasting, found: Curve) -> str:
    middle = f"median {number(found.median, 2)} days" if np.isfinite(found.median) else "median not reached"
    return f"{group.label} (n = {len(group.days)}, {middle})"


def _closed(values: Floats) -> Floats:
    """From 1 at the beginning to the last known value at the end."""
    return np.concatenate([[1.0], values, values[-1:]])


def _filled(band: Floats, share: Floats) -> Floats:
    """A band has no width where everybody is well, and none is known where nobody is left."""
    return np.where(np.isfinite(band), band, share)
