"""Doses, measurements and everything else that a table can say of one person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..compound import Handling


@dataclass(frozen=True)
class Repeated:
    """A dose as the next of an endless series (steady state).

    **Arguments:** `period_h` is the time between doses (h), 0 for an infusion that has always been running; `adds` adds
    what the series leaves behind to what is there instead of replacing it.
    """

    period_h: float
    adds: bool = False


@dataclass(frozen=True)
class DoseEvent:
    """One dose: when, how much, for how long, of what, and by which route.

    **Arguments:** `time_h` is the start (h); `amount_mg` is mg of base; `duration_h` is 0 for a bolus or a swallowed or
    sprayed dose; `devices` counts the applicators that share the amount; `row` is the line of the table it came from.
    `compartment` is where the dose goes when it does not come by a route (a name or a number of the body's own);
    `rate_mg_h` is the rate that was written: it is kept when only a share of the dose arrives, and the duration
    shrinks; `modelled` says what is left to the theory of the body; `steady` makes it one of an endless series;
    `ordered_h` is the time of the record that ordered it, from which a reset can still call it off; `handling` says
    what it was made up as and how its nasal devices were used.
    """

    time_h: float
    amount_mg: float
    duration_h: float
    drug: str
    route: str
    devices: int = 1
    row: int | None = None
    compartment: str | None = None
    rate_mg_h: float | None = None
    modelled: Literal["rate", "duration"] | None = None
    steady: Repeated | None = None
    ordered_h: float | None = field(default=None, compare=False)
    handling: Handling = field(default_factory=Handling)


@dataclass(frozen=True)
class Reset:
    """Everything that is in the person is gone at `time_h`, and what was still to come of earlier doses with it."""

    time_h: float
    row: int | None = None


@dataclass(frozen=True)
class CovariateChange:
    """From `time_h` on, covariates have other values, and what acts beside the drug (`modifiers`) may be another."""

    time_h: float
    covariates: Mapping[str, float] = field(compare=False)
    row: int | None = None
    modifiers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measurement:
    """One measured value of a port, such as a concentration in a blood sample.

    **Arguments:** `time_h` (h); `port` is what was measured, `value` in the port's own unit; `below` is true when the
    value is the limit below which nothing could be told; `row` is the line of the table it came from.
    """

    time_h: float
    port: str
    value: float
    below: bool = False
    row: int | None = None


@dataclass(frozen=True)
class Person:
    """One person: doses in time order, covariates, and when they are looked at.

    **Arguments:** `covariates` holds `weight` (kg) and, where known, `age` (years) and `sex` (0 male, 1 female), as
    they are at first; `observation_times_h` are times to be reported; `measurements` are values that were found;
    `modifiers` act beside the drug at first (a cold, another drug); `resets` and `changes` come in time order.
    """

    id: str
    events: tuple[DoseEvent, ...]
    covariates: Mapping[str, float]
    observation_times_h: tuple[float, ...]
    measurements: tuple[Measurement, ...] = ()
    modifiers: tuple[str, ...] = ()
    resets: tuple[Reset, ...] = ()
    changes: tuple[CovariateChange, ...] = ()

    @property
    def departures(self) -> int:
        """How often the course departs from plain doses: resets, changes, steady states, devices used unusually."""
        unusual = sum(e.steady is not None or bool(e.handling.kept or e.handling.between) for e in self.events)
        return len(self.resets) + len(self.changes) + unusual
