"""The arms and rows of the stage: what `arms.toml` says, with every number looked up among rows of role `build`."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from ....core.errors import EvidenceError
from ....dose import InTurn
from ....dose.in_turn import Part
from ....evidence import Observation, library

ASSUMED_SD = 10.0
"""SD of changes (points) where a mean came without one; the build arms that print one lie between 7 and 15."""
RELAPSE = {"relapse": (22.0, 1), "relapse_median": (20.0, 2)}
"""Score at which somebody has relapsed, and at how many visits in a row, by kind of row."""
LATER = {"relapse": (5.0, 7.0, 14.0), "relapse_median": (16.0, 21.0, 26.0, 31.0)}
"""Visits (days after the first dose) at which relapse is looked for, by kind of row."""


Open = Callable[[str, str, str], Observation]
"""Finds an observation by study, row and quantity."""


@dataclass(frozen=True)
class Arm:
    """One arm of one study.

    **Arguments:** `regimen` is empty for a control; `feel` is what a control feels like; `start` the mean score before
    treatment as it was rated; `chance` what people were told; `entry` the least score that let them in, 0 for none.
    """

    study: str
    name: str
    regimen: str
    people: str
    feel: str
    start: float
    chance: float
    open: bool
    new_drug: bool
    inpatient: bool
    central: bool
    entry: float

    @property
    def key(self) -> tuple[str, str]:
        """Study and arm."""
        return self.study, self.name


@dataclass(frozen=True)
class Row:
    """One number to be met.

    **Arguments:** `reads` is its kind; `arms` are those it is of (pooled), `against` the control of a difference; `day`
    after the first dose; `value` with its error `sd`, or a share of `n` people; `below` is a threshold of remission;
    `weight` below 1 where the same people have spoken before.
    """

    id: str
    study: str
    reads: str
    arms: tuple[str, ...]
    against: str
    day: float
    value: float
    sd: float
    n: float
    below: float
    weight: float
    note: str
    unit: str

    @property
    def counted(self) -> bool:
        """Whether it is a share of people."""
        return self.reads in ("response", "remission", *RELAPSE)

    @property
    def words(self) -> str:
        """What it is, in a few words."""
        arms = " and ".join(self.arms) + (f" against {self.against}" if self.against else "")
        return f"{self.study}, {arms}: {self.reads.replace('_', ' ')}, day {self.day:g}"


@dataclass(frozen=True)
class Evidence:
    """Everything the stage is shown: arms by study and name, rows, regimens, and who is given them."""

    arms: Mapping[tuple[str, str], Arm]
    rows: tuple[Row, ...]
    regimens: Mapping[str, InTurn]
    given_to: Mapping[str, str]
    also: Mapping[str, tuple[float, ...]]
    populations: Mapping[str, str]

    @property
    def studies(self) -> tuple[str, ...]:
        """The studies, each with effects of its own."""
        return tuple(dict.fromkeys(study for study, _ in self.arms))

    def days(self, regimen: str) -> tuple[float, ...]:
        """Every day on which somebody on this regimen is looked at, the beginning first."""
        keys = {arm.key for arm in self.arms.values() if arm.regimen == regimen}
        fitted = {d for row in self.rows for d in looked(row) if _touches(row, keys)}
        return tuple(sorted({0.0, *fitted, *self.also[regimen]}))


def looked(row: Row) -> tuple[float, ...]:
    """The days that a row hangs on."""
    return (row.day, *LATER.get(row.reads, ()))


def _touches(row: Row, keys: set[tuple[str, str]]) -> bool:
    return any((row.study, arm) in keys for arm in (*row.arms, row.against))


@cache
def evidence() -> Evidence:
    """The arms on file.

    **Raises:** `EvidenceError` when a row is not among those that calibration may open.
    """
    return read_arms(tomllib.loads((files(__package__) / "arms.toml").read_text(encoding="utf-8")), opened)


def read_arms(told: Mapping[str, Any], opened: Open) -> Evidence:
    """Arms and rows as a file like `arms.toml` declares them; `opened` finds the observations, of whatever role."""
    arms = {arm.key: arm for name, study in told["studies"].items() for arm in _arms(name, study, opened)}
    rows = tuple(_row(name, one, opened) for name, study in told["studies"].items() for one in study["rows"])
    regimens = {name: InTurn(tuple(_part(p) for p in one["parts"])) for name, one in told["regimens"].items()}
    given = {name: one["people"] for name, one in told["regimens"].items()}
    also = {name: tuple(map(float, one["also"])) for name, one in told["regimens"].items()}
    return Evidence(arms, rows, regimens, given, also, told["people"])


def opened(study: str, row: str, quantity: str = "") -> Observation:
    """One observation of role `build`.

    **Raises:** `EvidenceError` when there is none: rows that judge cannot be reached from here.
    """
    found = [o for o in library().build if o.row == row and o.value is not None and quantity in ("", o.quantity)]
    if not found:
        raise EvidenceError("calibration may not open this row, or there is none", given=f"{study} {row} {quantity}")
    return found[0]


def _part(told: Mapping[str, Any]) -> Part:
    days = tuple(float(d) for d in told["at"])
    return Part(told["drug"], told["route"], told["dose"], told.get("over"), days)


def _arms(study: str, told: Mapping[str, Any], opened: Open) -> list[Arm]:
    def start(arm: str) -> float:
        known = told["start"].get("rows", {})
        if not known:
            return float(told["start"]["mean"])
        return _value(opened(study, known.get(arm, next(iter(known.values()))), ""))

    def flag(name: str) -> bool:
        return bool(told.get(name, False))

    return [
        Arm(
            study,
            name,
            regimen,
            told.get("people", "adults"),
            told.get("feel", "saline"),
            start(name),
            float(told.get("chance", 0.98)),
            flag("open"),
            flag("new_drug"),
            flag("inpatient"),
            flag("central"),
            float(told.get("entry", 0.0)),
        )
        for name, regimen in told["arms"].items()
    ]


def _row(study: str, told: Mapping[str, Any], opened: Open) -> Row:
    source = told.get("study", study)
    ids = tuple(told.get("ids", (told.get("id"),)))
    seen = [opened(source, i, told.get("quantity", "")) for i in ids]
    value, sd, n = _together(seen, told)
    return Row(
        " and ".join(ids),
        study,
        told["reads"],
        tuple(told.get("arms", (told.get("arm"),))),
        told.get("against", ""),
        float(told["day"]),
        value,
        sd,
        n,
        float(told.get("below", 0.0)),
        float(told.get("weight", 1.0)),
        told.get("note", ""),
        seen[0].unit,
    )


def _together(seen: list[Observation], told: Mapping[str, Any]) -> tuple[float, float, float]:
    """Value, its error and the number of people, of one row or of several groups together."""
    n = np.array([float(o.n or told.get("n", 0)) for o in seen])
    n = np.array([float(told["n"])]) if "n" in told else n
    values = np.array([_value(o) for o in seen])
    value = float((values * n).sum() / n.sum()) if len(values) > 1 else float(values[0])
    if told["reads"] == "relapse_median":
        return 0.5, 0.0, float(n.sum())
    if told["reads"] in ("response", "remission", "relapse"):
        return value, 0.0, float(n.sum())
    return _measured(seen, told["reads"], value, float(n.sum()))


def _measured(seen: list[Observation], reads: str, value: float, n: float) -> tuple[float, float, float]:
    """A mean, a difference, an effect size or a spread with its error."""
    own = [s for s in (_spread(o) for o in seen) if s]
    between = float(np.var([_value(o) for o in seen])) if reads != "spread" else 0.0
    sd = float(np.sqrt(np.mean(np.square(own)) + between)) if own else ASSUMED_SD
    if reads == "spread":
        return sd, sd / np.sqrt(2.0 * (n - 1.0)), n
    if reads == "cohen_d":
        return value, float(np.sqrt(4.0 / n + value**2 / (2.0 * n))), n
    low, high = seen[0].low, seen[0].high
    if low is not None and high is not None and seen[0].dispersion.startswith("95"):
        return value, (high - low) / 3.92, n
    if reads == "difference" and not own:
        return value, 2.0 * ASSUMED_SD / np.sqrt(n), n
    return value, sd / np.sqrt(n), n


def _spread(o: Observation) -> float | None:
    kind, _, amount = o.dispersion.partition(" ")
    return float(amount) if kind == "sd" else None


def _value(o: Observation) -> float:
    return float(o.value if o.value is not None else np.nan)
