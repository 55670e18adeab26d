"""One dose, and one person with all doses: what every regimen and every table turns into."""

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
class Person:
    """One person: doses in time order, covariates, and the times at which they are looked at.

    **Arguments:** `covariates` holds `weight` (kg) and, where known, `age` (years) and `sex` (0 male, 1 female).
    """

    id: str
    events: tuple[DoseEvent, ...]
    covariates: Mapping[str, float]
    observation_times_h: tuple[float, ...]
