"""A design laid out in time: who is given what on which day, what is read of the bank, and at which days scores are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...core.errors import RequestError
from ...dose import Regimen
from ..bank import Order
from ..design import Arm, Design
from ..design.giving import Dosing
from ..score import Feel, feel

Floats = NDArray[np.float64]
_MIDAZOLAM = "midazolam"
_BLANK = {"nasal": "spray", "oral": "tablet"}
_WEEK = 7.0


@dataclass(frozen=True)
class Given:
    """One regimen of an arm in the time of the trial: its first day, its doses, and its order at the bank, if any."""

    dosing: Dosing
    start: float
    sessions: tuple[float, ...]
    orders: tuple[Order, ...]

    @property
    def feel(self) -> Feel:
        """What it is told to feel like where the bank does not know."""
        if self.dosing.compound == _MIDAZOLAM:
            return feel(_MIDAZOLAM)
        return feel(_BLANK.get(self.dosing.route, "saline") if self.dosing.blank else "drug")


@dataclass(frozen=True)
class Look:
    """One visit in the time of the trial: its name, its period (counted from 0), its day, and the scales asked."""

    name: str
    period: int
    day: float
    scales: tuple[str, ...]
    central: bool


@dataclass(frozen=True)
class Plan:
    """A design laid out.

    **Arguments:** `looks` are all visits in order of time, those of a lead-in with negative days first;
    `arms` gives what each arm receives; `before` what all receive in the lead-in.
    """

    design: Design
    looks: tuple[Look, ...]
    arms: Mapping[str, tuple[Given, ...]]
    before: tuple[Given, ...]

    @cached_property
    def days(self) -> Floats:
        """The day of each visit."""
        return np.array([look.day for look in self.looks])

    @cached_property
    def first(self) -> float:
        """The day on which treatment in the lead-in, or else the trial, begins."""
        return min((one.start for one in self.before), default=0.0)

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
        every = (order for one in self._given for order in one.orders)
        return tuple(dict.fromkeys(every))

    @property
    def _given(self) -> Iterator[Given]:
        yield from self.before
        for arm in self.arms.values():
            yield from arm

    def sessions(self, arm: str) -> Floats:
        """The days of all sessions of somebody in this arm, lead-in included."""
        return np.array(sorted(day for one in (*self.before, *self.arms[arm]) for day in one.sessions))

    def column(self, visit: str, period: int = 0) -> int:
        """The place of a visit."""
        return next(i for i, x in enumerate(self.looks) if x.name == visit and x.period == period)


def plan(design: Design) -> Plan:
    """A design laid out in time.

    **Assumes:** phases before randomisation that give no drug and ask for no response happen before anybody is
    looked at; a lead-in with drug is looked at on its first day and on the last days before randomisation.

    **Raises:** `RequestError` for a drug that no file describes, and for steps.
    """
    if design.kind == "steps":
        then = "`resynapse resistance` lets people live through steps of antidepressants"
        raise RequestError("a trial of steps is not run here", where=design.name, given=design.kind, then=then)
    looks = (*_led_in(design), *_looks(design))
    days = tuple(look.day for look in looks)
    before = tuple(_before(design, days))
    arms = {arm.name: tuple(_given(one, 0.0, days) for one in _of(arm)) for arm in design.arms}
    return Plan(design, looks, arms, before)


def scaled(design: Design, people: int) -> Design:
    """The same design with about as many people, in the same proportions; each arm has at least two."""
    factor = people / design.n
    arms = tuple(arm.model_copy(update={"n": max(2, round(arm.n * factor))}) for arm in design.arms)
    total = sum(arm.n for arm in arms)
    allocation = design.allocation.model_copy(update={"total": total})
    return design.model_copy(update={"arms": arms, "allocation": allocation})


def _of(arm: Arm) -> tuple[Dosing, ...]:
    return arm.regimens


def _looks(design: Design) -> Iterator[Look]:
    starts = [p.start for p in design.periods] or [0.0]
    for period, start in enumerate(starts):
        for visit in design.visits:
            who = visit.rater or design.masking.raters
            yield Look(visit.name, period, start + visit.day, visit.scales, who == "central")


def _led_in(design: Design) -> Iterator[Look]:
    treated = [phase for phase in design.lead_in if phase.regimens]
    if not treated:
        return
    last = treated[-1].keep.visits_in_a_row if treated[-1].keep else 1
    length = sum(phase.days for phase in treated)
    central = design.masking.raters == "central"
    yield Look("entry", 0, -length, ("madrs_total",), central)
    for k in range(last, 0, -1):
        yield Look(f"lead-in {k}", 0, -_WEEK * (k - 1) - 0.5, ("madrs_total",), central)


def _before(design: Design, days: tuple[float, ...]) -> Iterator[Given]:
    treated = [phase for phase in design.lead_in if phase.regimens]
    begin = -sum(phase.days for phase in treated)
    for phase in treated:
        for one in phase.regimens:
            yield _given(one, begin, days, phase.days)
        begin += phase.days


def _given(one: Dosing, shift: float, days: tuple[float, ...], cut: float | None = None) -> Given:
    start = shift + one.start
    given = one if cut is None or one.days is not None else one.model_copy(update={"days": cut})
    sessions = tuple(shift + day for day in given.given_on)
    if given.blank or given.compound == _MIDAZOLAM:
        return Given(given, start, sessions, ())
    doses = given.flexible.doses if given.flexible else (given.dose or "",)
    return Given(given, start, sessions, tuple(_order(given, dose, start, sessions, days) for dose in doses))


def _order(one: Dosing, dose: str, start: float, sessions: tuple[float, ...], days: tuple[float, ...]) -> Order:
    try:
        words = one.model_copy(update={"dose": dose}).regimen
    except RequestError as refused:
        then = "this trial can be listed and checked, and not yet simulated"
        raise RequestError("nothing on file describes this drug", given=one.compound, then=then) from refused
    read = tuple(sorted({0.0, *(max(day - start, 0.0) for day in days)}))
    return Order(_until(words, read[-1]), read, tuple(day - start for day in sessions))


def _until(words: Regimen, last: float) -> Regimen:
    """The regimen with an end, which people are followed to."""
    return words if words.days is not None else replace(words, days=max(last, 1.0))
