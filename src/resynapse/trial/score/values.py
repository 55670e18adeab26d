"""The numbers of the measured score, from their files, with provenance."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...compound.fact import Fact, read_fact
from ...core.calibrated import CALIBRATED, UNCALIBRATED, left_by
from ...core.errors import RequestError, nearest
from ...core.source import source
from .sensations import SENSATIONS, in_one_session

FILES = ("placebo", "measuring", "felt", "between", "scales")
_PARAMETERS = Path(str(files(__package__))) / "parameters"


@dataclass(frozen=True)
class Placebo:
    """The nonspecific course and expectancy (points of MADRS); every field is explained in `placebo.toml`."""

    day1: float
    onset_h: float
    new_drug: float
    no_new_drug: float
    slow_days: float
    inpatient: float
    visit: float
    elder_share: float
    adolescent_share: float
    easily_moved: float
    others_move: float
    hope: float
    gain: float
    disappointment: float
    half_life_days: float
    loss_days: float
    loss_keeps: float
    fades: float
    overlap: float


@dataclass(frozen=True)
class Measuring:
    """What wobbles in people and what raters add (points of MADRS)."""

    wobble_sd: float
    wobble_days: float
    rater_sd: float
    central_sd: float
    inflation: float
    rater_bias: float


@dataclass(frozen=True)
class Between:
    """What everybody in a trial shares and other trials do not, and what comes of stopping treatment."""

    day1_sd: float
    day28_sd: float
    drug_sd: float
    shared: float
    valence: float
    after_stop_days: float
    lack_of_effect: float
    accrual_days: float
    event_leaves: float
    leave_for_lack: float
    leave_for_events: float


@dataclass(frozen=True)
class Trust:
    """How people weigh what they feel."""

    dispersion: float
    trust: float
    novelty: float
    unsure: float


@dataclass(frozen=True)
class Sensing:
    """How sensations come back to the same people: `prone` is the share of their liability that stays with a person.

    **Arguments:** `sessions` is how many the shares on file, and those of the chain, are counted over.
    """

    prone: float
    sessions: float

    def in_one_session(self, share: NDArray[np.float64]) -> NDArray[np.float64]:
        """The chance in one session of what this share of people had at least once in `sessions`."""
        return in_one_session(share, self.prone, int(self.sessions))


@dataclass(frozen=True)
class Feel:
    """What a session feels like on average: dissociation (points), and chances of the other sensations."""

    cadss: float
    dizziness: float
    nausea: float
    sedation: float


@dataclass(frozen=True)
class Values:
    """Everything that the measured score hangs on, besides people and their drug."""

    placebo: Placebo
    measuring: Measuring
    between: Between
    trust: Trust
    sensing: Sensing

    def knowing(self, numbers: Mapping[str, float]) -> Values:
        """The same with some fields at other values, whichever of the four groups they are in.

        **Raises:** `RequestError` with the nearest field when there is none of a name.
        """
        groups = {f.name: getattr(self, f.name) for f in fields(self)}
        home = {f.name: group for group, held in groups.items() for f in fields(held)}
        for name in numbers.keys() - home.keys():
            raise RequestError("no value of the score has this name", given=name, nearest=nearest(name, home))
        moved = {group: {n: float(v) for n, v in numbers.items() if home[n] == group} for group in groups}
        return Values(**{group: replace(held, **moved[group]) for group, held in groups.items()})


@cache
def values(calibration: str = CALIBRATED) -> Values:
    """The values on file, as a calibration left them (`UNCALIBRATED`: as they were before)."""
    return Values(
        _of(Placebo, facts("placebo", calibration)),
        _of(Measuring, facts("measuring", calibration)),
        _of(Between, facts("between", calibration)),
        _of(Trust, _group("felt", "belief", calibration)),
        sensing(),
    )


@cache
def sensing() -> Sensing:
    """How sensations come back, as on file."""
    return _of(Sensing, _group("felt", "sensing", UNCALIBRATED))


@cache
def feel(kind: str) -> Feel:
    """What one session of `drug`, `saline`, `midazolam`, `spray` or `tablet` feels like, as it is told."""
    counted = _of(Feel, _group("felt", kind, UNCALIBRATED))
    once = sensing().in_one_session(np.array([getattr(counted, name) for name in SENSATIONS]))
    return Feel(counted.cadss, *map(float, once))


@cache
def facts(name: str, calibration: str = CALIBRATED) -> Mapping[str, Fact]:
    """The numbers of one file with their provenance, groups written `group.name`, as a calibration left them.

    **Raises:** `ParameterError` when provenance is incomplete.
    """
    tables = dict(_flat(_read(name))) | _left(name, calibration)
    found = {key: read_fact(table, f"{name}.toml: [{key}]") for key, table in tables.items()}
    for fact in found.values():
        source(fact.source)
    return found


def homes() -> Mapping[str, tuple[str, str]]:
    """The file of every field of the values, and its key there."""
    plain = {"placebo": Placebo, "measuring": Measuring, "between": Between}
    found = {f.name: (file, f.name) for file, kind in plain.items() for f in fields(kind)}
    return found | {f.name: ("felt", f"belief.{f.name}") for f in fields(Trust)}


def left_values(calibration: str) -> Path:
    """Where a calibration keeps the values that it left of those on file."""
    return _PARAMETERS / f"{left_by(calibration, 'values')}.toml"


@cache
def digest() -> str:
    """A hash of every file, so that two runs can be told apart."""
    left = left_values(CALIBRATED)
    text = "".join(_text(name) for name in FILES) + (left.read_text(encoding="utf-8") if left.is_file() else "")
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _left(name: str, calibration: str) -> dict[str, Mapping[str, Any]]:
    """What a calibration left of one file, by key; nothing where it left none."""
    path = left_values(calibration)
    if not (calibration and path.is_file()):
        return {}
    return dict(_flat(tomllib.loads(path.read_text(encoding="utf-8")).get(name, {})))


def _group(name: str, group: str, calibration: str) -> Mapping[str, Fact]:
    own = facts(name, calibration)
    return {key.partition(".")[2]: fact for key, fact in own.items() if key.startswith(f"{group}.")}


def _of(kind: type[Any], found: Mapping[str, Fact]) -> Any:
    return kind(**{f.name: found[f.name].value for f in fields(kind)})


def _flat(tables: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    rows: list[tuple[str, Mapping[str, Any]]] = []
    for name, table in tables.items():
        grouped = "value" not in table
        rows += [(f"{name}.{key}", one) for key, one in table.items()] if grouped else [(name, table)]
    return rows


def _read(name: str) -> Mapping[str, Any]:
    return tomllib.loads(_text(name))


def _text(name: str) -> str:
    return (_PARAMETERS / f"{name}.toml").read_text(encoding="utf-8")
