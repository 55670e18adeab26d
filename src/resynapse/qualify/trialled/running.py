"""Trials of the library, run again and again for a claim: their arms at every look, with something let act or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...banked import banked
from ...core.errors import RequestError
from ...trial.design import Design
from ...trial.design.course import Visit
from ...trial.run import Trial
from ..answering.terms import Terms

Floats = NDArray[np.float64]
PEOPLE, REPLICATES = 1000, 200
FEWEST, MOST = 100, 100_000
FADES = (
    "in this chain two fifths of a dose's effect are gone after three days, sooner than in trials, low doses do almost "
    "nothing, and repeated sprays do twice too much in the middle: known misses, narrowed by the calibration and left"
)


def people(terms: Terms, usual: int = PEOPLE) -> int:
    """How many people are drawn or banked.

    **Raises:** `RequestError` for so few that shares say nothing, or so many that nobody waits for them.
    """
    count = usual if terms.people is None else terms.people
    if not FEWEST <= count <= MOST:
        allowed = f"{FEWEST} to {MOST:,}"
        raise RequestError("so many people cannot be asked about here", where="--people", given=count, allowed=allowed)
    return count


def replicates(terms: Terms, usual: int = REPLICATES) -> int:
    """How often a trial is run."""
    return terms.draws or usual


def looked_at(design: Design, days: Iterable[float], scales: tuple[str, ...] = ("madrs_total",)) -> Design:
    """The same trial with other visits."""
    visits = tuple(Visit(name=f"day {d:g}", day=d, scales=scales) for d in days)
    return design.model_copy(update={"visits": visits, "days": max(v.day for v in visits)})


def trial(design: Design, terms: Terms) -> Trial:
    """The trial with its people banked."""
    laid, bank = banked(design, people(terms), terms.seed)
    return Trial(laid, bank, terms.seed)


def weakened(one: Trial, share: float) -> Trial:
    """The same trial where the drug moves everybody's score by a share of what the chain says."""
    courses = {order: replace(c, madrs=share * c.madrs) for order, c in one.bank.courses.items()}
    return Trial(one.plan, replace(one.bank, courses=courses), one.seed, one.switches, one.values)


@dataclass(frozen=True, eq=False)
class Runs:
    """A trial run several times; nothing is analysed but means and shares."""

    one: Trial
    count: int

    @property
    def days(self) -> Floats:
        """The days of the looks."""
        return self.one.plan.days

    @cached_property
    def scores(self) -> Mapping[str, list[Floats]]:
        """The score at every look (people x looks), arm by arm, replicate by replicate."""
        found: dict[str, list[Floats]] = {arm.name: [] for arm in self.one.plan.design.arms}
        for k in range(self.count):
            run = self.one.replicate(k)
            for place, name in enumerate(found):
                found[name].append(run.score[run.arm == place])
        return found

    def changes(self, arm: str) -> Floats:
        """Mean change since the first look (replicates x looks)."""
        return np.stack([np.nanmean(s - s[:, :1], axis=0) for s in self.scores[arm]])

    def contrast(self, arm: str, control: str) -> Floats:
        """Change in one arm less that in another (replicates x looks)."""
        return self.changes(arm) - self.changes(control)

    def responded(self, arm: str, day: float) -> Floats:
        """The share who lost half of the score by a day, replicate by replicate."""
        at = self.at(day)
        return np.array([np.mean(s[:, at] <= 0.5 * s[:, 0]) for s in self.scores[arm]])

    def at(self, day: float) -> int:
        """The look nearest to a day."""
        return int(np.argmin(np.abs(self.days - day)))
