"""The course of a trial: who is let in, what comes before, who is told what, visits, leaving, rescue, relapse."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .block import Block
from .giving import Background, Dosing

Share = Annotated[float, Field(ge=0.0, lt=1.0)]


class Eligibility(Block):
    """Who is let in, by rules on what the population knows of a person.

    **Arguments:** `failures` says whether prior failures are drawn with the person or lived before the trial;
    `suicidal_ideation` is `required`, `excluded` or of no account; a least score on another scale is in `scores`.
    """

    age: tuple[float, float] | None = None
    madrs_at_least: float | None = None
    scores: dict[str, float] = Field(default_factory=dict)
    prior_failures_at_least: int | None = None
    prior_failures_at_most: int | None = None
    failures: Literal["drawn", "lived"] = "drawn"
    suicidal_ideation: Literal["required", "excluded"] | None = None
    note: str = ""


class Keep(Block):
    """Who goes on from a phase before randomisation: those at or below, or at or above, a score; or by their fall."""

    scale: str
    at_most: float | None = None
    at_least: float | None = None
    fall_at_least: Share | None = None
    fall_less_than: Share | None = None
    visits_in_a_row: int = 1


class LeadIn(Block):
    """A phase before randomisation: tablets taken away, placebo for all, or treatment that decides who goes on."""

    name: str
    kind: Literal["washout", "placebo", "treatment", "observation"]
    days: Annotated[float, Field(gt=0)]
    regimens: tuple[Dosing, ...] = ()
    background: Background | None = None
    keep: Keep | None = None
    told: Literal["masked", "open"] = "open"


class Masking(Block):
    """Who knows what.

    **Arguments:** `participants` are `masked`, `open`, or `asleep` while the drug is given; `raters` see the person and
    the record (`open`), only the person (`masked`), or are elsewhere and know nothing of the visit (`central`); `guess`
    are the visits at which people are asked what they had; `told` is what they were told of the chance of the drug.
    """

    participants: Literal["masked", "open", "asleep"]
    raters: Literal["open", "masked", "central"]
    guess: tuple[str, ...] = ()
    told: str = ""


class Visit(Block):
    """A visit: its name, its day (0 is randomisation, before the first dose), its window in days, and what is asked.

    **Arguments:** `rater` is who scores, where it differs from `masking`.
    """

    name: str
    day: float
    scales: tuple[str, ...] = ()
    window: Annotated[float, Field(ge=0)] = 0.0
    rater: Literal["open", "masked", "central"] | None = None


class Period(Block):
    """A period of a crossover: its name and the day on which it begins; visits are counted from there."""

    name: str
    start: float
    carry_on_if: Keep | None = None


class Dropout(Block):
    """How many leave treatment by the end, for what reasons, and whether they are still seen afterwards.

    **Arguments:** `share` by the last visit in every arm, or by arm in `arms`; `reasons` are shares of those who leave.
    """

    share: Share = 0.0
    arms: dict[str, Share] = Field(default_factory=dict)
    reasons: dict[Literal["adverse_event", "lack_of_effect", "other"], float] = Field(default_factory=dict)
    followed: bool = False


class Rescue(Block):
    """Help that the trial gives to those who do not improve: at which visit, on which score, and what."""

    visit: str
    scale: str
    at_least: float | None = None
    fall_less_than: Share | None = None
    give: str
    regimens: tuple[Dosing, ...] = ()


class Relapse(Block):
    """When somebody who was well counts as ill again, and how many such events end the trial.

    **Arguments:** `visits_in_a_row` at or above `at_least`; `hospital` counts admission as well; `events` ends an
    event-driven trial; `among` says who can relapse.
    """

    scale: str
    at_least: float
    visits_in_a_row: int = 1
    hospital: bool = False
    events: int | None = None
    among: Literal["responders", "remitters", "all"] = "all"
