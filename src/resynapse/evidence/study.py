"""One study, its arms, and the observations that were read in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Role = Literal["build", "verify"]

MARKS = ("seen", "recalled", "digitised", "model_based")
"""How a number came here: read in its source, from memory, from a drawn curve, or from the source's own model."""

SPREADS = ("sd", "se", "gsd", "log_sd", "relative")
"""Kinds of dispersion that carry one amount, written as `"sd 4.5"`."""

INTERVALS = ("95%CI", "90%CI", "80%CI", "range")
"""Kinds of dispersion whose two ends stand in the columns `low` and `high`."""


@dataclass(frozen=True)
class Arm:
    """One group of people or animals: what was given, how much, how, and against what.

    **Arguments:** `drug` and `dose` hold several entries where an arm pools them or where the dose is flexible
    (`dose_said` is then the printed text); `given_with` is a companion treatment; `n` is the largest number seen.
    """

    name: str
    label: str
    drug: tuple[str, ...] = ()
    given_with: str = ""
    dose: tuple[float, ...] = ()
    unit: str = ""
    dose_said: str = ""
    route: str = ""
    over: str = ""
    regimen: str = ""
    comparator: str = ""
    n: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Reading:
    """What was read and how: the mark and the places."""

    mark: str
    where: str


@dataclass(frozen=True)
class Study:
    """One published study as it was entered: who took part, what was done, and what to beware of.

    **Arguments:** `source` is its key in `sources.bib`; studies that share an `overlap` group share people, so that
    they must be counted once.
    """

    endpoint: str
    name: str
    source: str
    citation: str
    species: tuple[str, ...]
    design: str = ""
    population: str = ""
    doi: str = ""
    registry: str = ""
    identifiers: tuple[str, ...] = ()
    overlap: tuple[str, ...] = ()
    notes: str = ""
    read: tuple[Reading, ...] = ()
    arms: Mapping[str, Arm] = field(default_factory=dict, compare=False)

    @property
    def where(self) -> str:
        """The study's folder, such as `efficacy/lii2023`."""
        return f"{self.endpoint}/{self.name}"


@dataclass(frozen=True)
class Observation:
    """One number, or one direction, with its unit, its spread, its mark and its role.

    **Arguments:**

    - `quantity`: the model's own port name wherever the observation is that port.
    - `statistic`: what the number is, such as `mean`, `cmax`, `response_rate`; `direction` when there is no number.
    - `dispersion`: `"sd 4.5"` and its kin, or the kind of the interval in `low` and `high`.
    - `row`: the identifier of the original row; rows that were split share it.
    - `reference_prediction`: what the reference fit predicted, as printed.
    """

    study: Study
    arm: Arm
    role: Role
    quantity: str
    statistic: str
    value: float | None
    unit: str
    time: float | None
    time_unit: str
    low: float | None
    high: float | None
    dispersion: str
    n: int | None
    direction: str
    mark: str
    where: str
    row: str
    note: str
    reference_prediction: str

    @property
    def interval(self) -> tuple[float, float] | None:
        """The two ends of the printed interval, or one spread to either side; `None` when no spread was printed."""
        if self.value is None:
            return None
        kind, _, amount = self.dispersion.partition(" ")
        if kind in SPREADS:
            return _around(self.value, kind, float(amount))
        return None if self.low is None or self.high is None else (self.low, self.high)

    def record(self) -> dict[str, Any]:
        """The observation as one flat row, ready for a table or for JSON."""
        own = {name: getattr(self, name) for name in _OWN}
        study, arm = self.study, self.arm
        return {
            "endpoint": study.endpoint,
            "study": study.name,
            "source": study.source,
            "role": self.role,
            "species": ", ".join(study.species),
            "overlap": ", ".join(study.overlap),
            "arm": arm.name,
            "drug": ", ".join(arm.drug),
            "given_with": arm.given_with,
            "dose": ", ".join(f"{dose:g}" for dose in arm.dose),
            "dose_unit": arm.unit,
            "route": arm.route,
            "over": arm.over,
            "regimen": arm.regimen,
            **own,
        }


_OWN = (
    *("time", "time_unit", "quantity", "statistic", "value", "unit", "low", "high", "dispersion", "n"),
    *("direction", "mark", "where", "row", "note", "reference_prediction"),
)


def _around(value: float, kind: str, amount: float) -> tuple[float, float]:
    if kind in ("gsd", "log_sd"):
        factor = amount if kind == "gsd" else math.exp(amount)
        return value / factor, value * factor
    step = abs(value) * amount if kind == "relative" else amount
    return value - step, value + step
