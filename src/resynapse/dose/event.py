"""One dose, one measurement, and one person with all of them: what every regimen and every table turns into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class DoseEvent:
    """One dose: when, how much, for how long, of what, and by which route.

    **Arguments:** `time_h` is the start (h); `amount_mg` is mg of base; `duration_h` is 0 for a bolus or a swallowed or
    sprayed dose; `devices` counts the applicators that share the amount; `row` is the line of the table it came from.
    """

    time_h: float
    amount_mg: float
    duration_h: float
    drug: str
    route: str
    devices: int = 1
    row: int | None = None


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

    **Arguments:** `covariates` holds `weight` (kg) and, where known, `age` (years) and `sex` (0 male, 1 female);
    `observation_times_h` are times to be reported; `measurements` are values that were found.
    """

    id: str
    events: tuple[DoseEvent, ...]
    covariates: Mapping[str, float]
    observation_times_h: tuple[float, ...]
    measurements: tuple[Measurement, ...] = ()
