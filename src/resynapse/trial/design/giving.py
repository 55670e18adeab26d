"""Arms: what is given, how much, when, beside what, against what, and to how many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, PositiveInt

from ...dose.regimen import Regimen
from ...dose.schedule import schedule_times
from .block import Block

BLANKS = ("saline", "placebo")
"""What is given and holds no drug: an infusion of salt water, a spray or tablet without drug."""

Control = Literal["drug", "saline", "midazolam", "subdose", "masked", "placebo_spray", "placebo_tablet"]


class Flexible(Block):
    """A dose that the trial may change, and by which rule.

    **Arguments:** `doses` are the steps; the regimen's own `dose` is the first one taken. `raise_unless` names what
    keeps the dose where it is, `until` is the last day of a change.
    """

    doses: tuple[str, ...] = Field(min_length=2)
    raise_unless: Literal["response", "remission", "never"] = "response"
    until: float


class Dosing(Block):
    """One regimen: a compound, a route, a dose, and when.

    **Arguments:** `compound` is a drug on file, or `saline` or `placebo`, which have no dose; `start` is the day of the
    first dose, day 0 being randomisation; `schedule` is in words, such as `twice weekly for 4 weeks`, and `days` cuts
    it off; `name` is what a period of a crossover is called in its analysis.
    """

    compound: str
    route: str
    dose: str | None = None
    over: str | None = None
    schedule: str = "once"
    start: float = 0.0
    days: float | None = None
    formulation: str | None = None
    flexible: Flexible | None = None
    name: str | None = None

    @property
    def blank(self) -> bool:
        """Whether it holds no drug."""
        return self.compound in BLANKS

    @property
    def given_on(self) -> tuple[float, ...]:
        """The days of its doses, day 0 being randomisation."""
        return tuple(self.start + hour / 24.0 for hour in schedule_times(self.schedule, self.days))

    @property
    def regimen(self) -> Regimen:
        """The regimen as the rooms of dose and body read it; `start` is not in it.

        **Raises:** `EventError` when it is blank or the compound refuses it.
        """
        return Regimen(
            self.compound,
            self.route,
            self.dose or "",
            self.over,
            self.schedule,
            self.days,
            formulation=self.formulation,
        )


class Background(Block):
    """The oral antidepressant beside the trial's drug: begun with it, or carried on.

    **Arguments:** `drugs` are the choices; without them any is meant.
    """

    status: Literal["new", "continued"]
    drugs: tuple[str, ...] = ()
    note: str = ""


class Arm(Block):
    """One arm of a trial.

    **Arguments:** `n` is how many were randomised ; `control` says what the arm is for;
    `background` is nothing, or the oral antidepressant; `step_after` says who of the arm before enters this step.
    """

    name: str
    n: PositiveInt
    control: Control
    regimens: tuple[Dosing, ...] = ()
    background: Background | None = None
    step_after: Literal["not_remitted", "not_responded"] | None = None
    title: str = ""

    @property
    def active(self) -> tuple[Dosing, ...]:
        """The regimens that hold a drug."""
        return tuple(one for one in self.regimens if not one.blank)


class Stratum(Block):
    """What randomisation is balanced over: a covariate of the population, with cuts where it is a number."""

    by: str
    cuts: tuple[float, ...] = ()


class Allocation(Block):
    """How people come into arms.

    **Arguments:** `ratio` by arm; `total` is everybody randomised, the sum of the arms; `strata` and `block` say how
    randomisation is balanced.
    """

    total: PositiveInt
    ratio: Mapping[str, float]
    strata: tuple[Stratum, ...] = ()
    block: PositiveInt | None = None
