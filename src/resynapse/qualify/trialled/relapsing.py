"""What becomes of many people after the last dose: who responds, and when they relapse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...dose import Regimen
from ...mood import rules
from .crowd import Asked, Crowd, crowd

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
ONCE = "once"
SIX = "3 times a week for 2 weeks"
LAST = {ONCE: 0.0, SIX: 11.0}


@dataclass(frozen=True, eq=False)
class Lasting:
    """What became of many people: who responded, and days from the last dose to relapse (infinite: none was seen)."""

    responded: Flags
    days: Floats
    crowd: Crowd

    @property
    def of_responders(self) -> Floats:
        """Days to relapse of those who responded."""
        return self.days[self.responded]

    def relapsed_by(self, day: float) -> float:
        """The share of responders who have relapsed by a day (%)."""
        own = self.of_responders
        return 100.0 * float(np.mean(own <= day)) if own.size else float("nan")

    @property
    def median(self) -> float:
        """Days after which half of the responders have relapsed; infinite where fewer do."""
        return float(np.quantile(self.of_responders, 0.5, method="higher")) if self.responded.any() else float("nan")


def lasting(asked: Asked, dose: str, schedule: str, days: int) -> Lasting:
    """What becomes of people by the rule on despair, followed for so many days from the first dose."""
    last = 24.0 * LAST[schedule]
    hours = np.unique([0.0, *np.arange(last + 24.0, 24.0 * days + 1.0, 24.0)])
    given = Regimen("ketamine", "iv", dose, "40 min", schedule=schedule, days=float(days))
    found = crowd(asked, given, hours, ("despair",))
    rule = rules()["despair"]
    answered = rule.responds(found["despair"]) & (found.hours > last)
    since = np.where(answered.any(axis=1), found.hours[answered.argmax(axis=1)], np.inf)
    ill = rule.relapses(found["despair"], found.hours) & (found.hours > since[:, None])
    times = np.where(ill.any(axis=1), (found.hours[ill.argmax(axis=1)] - last) / 24.0, np.inf)
    early = answered[:, : int(np.searchsorted(found.hours, last + 24.0 * 3 + 1.0))].any(axis=1)
    return Lasting(np.asarray(early), times, found)


def by_chance(share: Floats, n: int) -> tuple[Floats, Floats, Floats]:
    """A share of `n` people (%) and, to either side, 90 % by chance alone."""
    error = 164.0 * np.sqrt(share / 100 * (1 - share / 100) / max(n, 1))
    return np.maximum(share - error, 0.0), share, np.minimum(share + error, 100.0)
