"""A design laid out in time: who is given what on which day, what is read of the bank, and at which days scores are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...core.errors import RequestError
from ..bank import Order
from ..design import Design, LeadIn
from .dosed import Dosed, given
from .paths import Path, paths

Floats = NDArray[np.float64]
_WEEK = 7.0


@dataclass(frozen=True)
class Look:
    """One visit in the time of the trial: its name, its period (counted from 0), its day, and the scales asked.

    **Arguments:** `stage` is the place of the phase of the lead-in that it judges, -1 for none.
    """

    name: str
    period: int
    day: float
    scales: tuple[str, ...]
    central: bool
    stage: int = -1


@dataclass(frozen=True)
class Plan:
    """A design laid out.

    **Arguments:** `looks` are all visits in order of time, those of a lead-in with negative days first;
    `arms` gives what each arm receives when nothing changes; `before` what all receive in the lead-in; `paths` are the
    ways through each arm, the lead-in among them.
    """

    design: Design
    looks: tuple[Look, ...]
    arms: Mapping[str, tuple[Dosed, ...]]
    before: tuple[Dosed, ...]
    paths: Mapping[str, tuple[Path, ...]]

    @cached_property
    def days(self) -> Floats:
        """The day of each visit."""
        return np.array([look.day for look in self.looks])

    @cached_property
    def first(self) -> float:
        """The day on which treatment with drug in the lead-in, or else the trial, begins."""
        return min((one.start for one in self.before if one.drug), default=0.0)

    @cached_property
    def entry(self) -> float:
        """The day on which people are first looked at."""
        return min(float(self.days[0]), 0.0)

    @cached_property
    def led(self) -> bool:
        """Whether people are looked at in a lead-in that gives no drug of the trial."""
        return self.entry < 0.0 and self.first == 0.0

    @cached_property
    def stages(self) -> tuple[tuple[LeadIn, tuple[int, ...]], ...]:
        """The phases of the lead-in that are looked at, with the places of the looks that judge each."""
        found = [(k, phase) for k, phase in enumerate(watched(self.design))]
        return tuple((phase, tuple(i for i, x in enumerate(self.looks) if x.stage == k)) for k, phase in found)

    @cached_property
    def origin(self) -> Floats:
        """For each visit, the day from which its nonspecific course is counted: its period, or the lead-in."""
        starts = [p.start for p in self.design.periods] or [self.first]
        return np.array([starts[look.period] for look in self.looks])

    @cached_property
    def baseline(self) -> NDArray[np.intp]:
        """For each visit, the visit that is its baseline: the first one of its period, from randomisation on."""
        own = [next(i for i, x in enumerate(self.looks) if x.period == k.period and x.day >= 0) for k in self.looks]
        return np.array(own, dtype=np.intp)

    @property
    def orders(self) -> tuple[Order, ...]:
        """What the bank has to know."""
        every = (one.order for ways in self.paths.values() for one in ways if one.order is not None)
        return tuple(dict.fromkeys(every))

    def sessions(self, arm: str) -> Floats:
        """The days of all sessions of somebody in this arm, lead-in included."""
        return np.array(sorted(day for one in (*self.before, *self.arms[arm]) for day in one.sessions))

    def column(self, visit: str, period: int = 0) -> int:
        """The place of a visit."""
        return next(i for i, x in enumerate(self.looks) if x.name == visit and x.period == period)


def plan(design: Design) -> Plan:
    """A design laid out in time.

    **Assumes:** phases before randomisation that give no drug and ask for no response happen before anybody is
    looked at; others are looked at on the first day of the lead-in and on the last days of each phase.

    **Raises:** `RequestError` for a drug that no file describes, and for steps.
    """
    if design.kind == "steps":
        then = "people live through them: `resynapse trial run` does it, and `resynapse resistance` tells more"
        raise RequestError("steps are not laid out as arms", where=design.name, given=design.kind, then=then)
    looks = (*_led_in(design), *_looks(design))
    before = tuple(_before(design))
    arms = {arm.name: tuple(given(one, 0.0) for one in arm.regimens) for arm in design.arms}
    days = {i: look.day for i, look in enumerate(looks)}
    ways = {arm.name: paths(design, arm, (*before, *arms[arm.name]), days) for arm in design.arms}
    return Plan(design, looks, arms, before, ways)


def watched(design: Design) -> tuple[LeadIn, ...]:
    """The phases before randomisation in which people are looked at."""
    return tuple(phase for phase in design.lead_in if phase.regimens or phase.keep)


def scaled(design: Design, people: int) -> Design:
    """The same design with about as many people, in the same proportions; each arm has at least two."""
    factor = people / design.n
    arms = tuple(arm.model_copy(update={"n": max(2, round(arm.n * factor))}) for arm in design.arms)
    total = sum(arm.n for arm in arms)
    allocation = design.allocation.model_copy(update={"total": total})
    return design.model_copy(update={"arms": arms, "allocation": allocation})


def _looks(design: Design) -> Iterator[Look]:
    starts = [p.start for p in design.periods] or [0.0]
    for period, start in enumerate(starts):
        for visit in design.visits:
            who = visit.rater or design.masking.raters
            yield Look(visit.name, period, start + visit.day, visit.scales, who == "central")


def _led_in(design: Design) -> Iterator[Look]:
    phases = watched(design)
    central = design.masking.raters == "central"
    end = -sum(phase.days for phase in phases)
    if phases:
        yield Look("entry", 0, end, ("madrs_total",), central)
    for place, phase in enumerate(phases):
        end += phase.days
        last = place == len(phases) - 1
        for k in range(_times(phase) if phase.keep or last else 0, 0, -1):
            name = f"lead-in {k}" if last else f"{phase.name} {k}"
            yield Look(name, 0, end - _WEEK * (k - 1) - 0.5, ("madrs_total",), central, place)


def _times(phase: LeadIn) -> int:
    """How often a phase is judged: as often as its rule says, and as it has weeks for."""
    wanted = phase.keep.visits_in_a_row if phase.keep else 1
    return max(1, min(wanted, int((phase.days - 0.5) // _WEEK) + 1))


def _before(design: Design) -> Iterator[Dosed]:
    phases = watched(design)
    begin = -sum(phase.days for phase in phases)
    for phase in phases:
        yield from (given(one, begin, phase.days) for one in phase.regimens)
        begin += phase.days
