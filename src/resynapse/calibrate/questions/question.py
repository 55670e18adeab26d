"""Questions: rows of the mechanism observations as something that can be asked of a chain."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from ...core.errors import EvidenceError, nearest
from ...core.parameter import Species
from ...evidence import Observation, library
from ...hypothesis.experiment import Experiment, Given
from .seen import SHARE, SIGNS, Seen

_CLOSED = ConfigDict(extra="forbid", frozen=True)
_WINDOW = 9


class Place(BaseModel):
    """Where an observation stands in the evidence library: study, arm, quantity, statistic, and time where needed."""

    model_config = _CLOSED
    study: str
    arm: str
    quantity: str
    statistic: str = "direction"
    time: float | None = None


class Other(BaseModel):
    """Another drug in a question."""

    model_config = _CLOSED
    drug: str
    dose: str
    route: str = "ip"
    over: str | None = None
    at_h: float = 0.0


class Setting(BaseModel):
    """An experiment in a question; what is left out is a stressed mouse that is given ketamine, 10 mg/kg."""

    model_config = _CLOSED
    species: Species = "mouse"
    drug: str = "ketamine"
    route: str = "ip"
    dose: str = "10 mg/kg"
    over: str | None = None
    stress: float = 1.0
    under: tuple[str | tuple[str, float], ...] = ()
    beside: tuple[Other, ...] = ()

    @property
    def experiment(self) -> Experiment:
        """The experiment itself."""
        own = self.model_dump(exclude={"beside", "drug"})
        given = tuple(Given(**o.model_dump()) for o in self.beside)
        return Experiment(**own, drug=None if self.drug == "none" else self.drug, beside=given)


class Asked(BaseModel):
    """One question as it is written in `questions.toml`.

    **Arguments:** `observed` are the observations that it answers, all of one role; `ports` are averaged; `hours` are
    a moment or a window, of which `reads` takes the mean or the largest; `against` is what the
    experiment is compared with: a vehicle, `nothing` (a level), or another experiment; `reference` is an experiment
    whose own effect stands beside, or the `deficit` of stress, or the same effect `earlier`, at `reference_hours`;
    `better` is the direction of relief; `not_askable` says why nobody can be asked; `kind` replaces the
    word of the observation where it is not one of the kinds; `share_of_reference` divides the effect by its reference;
    `doses` ask for a correlation over doses between the port and another one, `along`.
    """

    model_config = _CLOSED
    id: str
    asks: str
    observed: tuple[Place, ...] = ()
    ports: tuple[str, ...] = ()
    hours: tuple[float, float] = (24.0, 24.0)
    reads: Literal["mean", "max"] = "mean"
    experiment: Setting = Setting()
    against: Literal["vehicle", "nothing"] | Setting = "vehicle"
    reference: Setting | Literal["deficit", "earlier"] | None = None
    reference_hours: tuple[float, float] | None = None
    better: Literal["up", "down"] = "up"
    kind: str | None = None
    tolerance: float | None = None
    doses: tuple[str, ...] = ()
    along: str = ""
    along_hours: tuple[float, float] = (0.2, 0.5)
    share_of_reference: bool = False
    not_askable: str = ""
    note: str = ""


@dataclass(frozen=True)
class Look:
    """One number for each draw: some ports of one experiment, averaged, over a window."""

    experiment: Experiment
    ports: tuple[str, ...]
    hours: tuple[float, float]
    reads: str = "mean"

    @property
    def times(self) -> tuple[float, ...]:
        """When the ports are read (h)."""
        begin, end = self.hours
        return (begin,) if begin == end else tuple(float(t) for t in np.linspace(begin, end, _WINDOW))


@dataclass(frozen=True)
class Contrast:
    """A look against another one, absolute or as a share of the other."""

    look: Look
    against: Look | None
    relative: bool = False
    sign: float = 1.0


@dataclass(frozen=True)
class Question:
    """A question joined with what was observed: contrasts, what would meet it, and its role from the evidence."""

    asked: Asked
    observations: tuple[Observation, ...]
    seen: Seen
    effect: Contrast | None
    reference: Contrast | None = None
    series: tuple[tuple[Contrast, Contrast], ...] = ()

    @property
    def id(self) -> str:
        """The name of the question."""
        return self.asked.id

    @property
    def row(self) -> str:
        """The row of the evidence that it came from."""
        return self.observations[0].row

    @property
    def role(self) -> str:
        """`build` or `verify`, from the evidence."""
        return self.observations[0].role

    @property
    def mark(self) -> str:
        """`seen` or `recalled`, from the evidence; recalled when any part is."""
        return "recalled" if any(o.mark == "recalled" for o in self.observations) else self.observations[0].mark

    @property
    def species(self) -> Species:
        """Who is asked."""
        return self.asked.experiment.species

    @property
    def contrasts(self) -> tuple[Contrast, ...]:
        """Every contrast that has to be followed."""
        single = tuple(c for c in (self.effect, self.reference) if c is not None)
        return (*single, *(c for pair in self.series for c in pair))

    @property
    def looks(self) -> tuple[Look, ...]:
        """Every look that has to be taken."""
        return tuple(look for c in self.contrasts for look in (c.look, c.against) if look is not None)

    @property
    def beside(self) -> bool:
        """Whether a reference stands beside the effect when it is marked."""
        return self.reference is not None and not self.asked.share_of_reference


@cache
def questions() -> tuple[Question, ...]:
    """Every question on file, in the order of its rows.

    **Raises:** `EvidenceError` when a question names no observation, or several of different roles.
    """
    raw = tomllib.loads((files(__package__) / "questions.toml").read_text(encoding="utf-8"))
    tolerance: Mapping[str, float] = raw["tolerance"]
    return tuple(joined(Asked(**table), tolerance) for table in raw["question"])


def joined(asked: Asked, tolerance: Mapping[str, float]) -> Question:
    """A question with its observations from the evidence."""
    observations = tuple(_observation(asked.id, place) for place in asked.observed)
    if len({o.role for o in observations}) != 1:
        raise EvidenceError("a question has observations of one role", where=asked.id)
    own = asked.tolerance if asked.tolerance is not None else tolerance.get(asked.ports[0] if asked.ports else "", 0.0)
    return _question(asked, observations, _seen(asked, observations, own))


def asked_only(asked: Asked) -> Question:
    """A question that nothing was observed of: an experiment to come."""
    return _question(asked, (), Seen(asked.kind or "up", asked.tolerance or 0.0))


def _question(asked: Asked, observations: tuple[Observation, ...], seen: Seen) -> Question:
    if asked.not_askable:
        return Question(asked, observations, seen, None)
    if asked.doses:
        return Question(asked, observations, seen, None, series=_series(asked))
    relative = any(o.statistic == "percent_change" for o in observations) and asked.against != "nothing"
    return Question(asked, observations, seen, _effect(asked, seen, relative), _reference(asked, seen))


def _observation(where: str, place: Place) -> Observation:
    """The one observation at a place."""
    wanted = place.model_dump(exclude={"study"})
    found = [
        o
        for o in library()
        if o.study.where == f"mechanism/{place.study}"
        and all(v is None or _of(o, name) == v for name, v in wanted.items())
    ]
    if len(found) != 1:
        arms = [a for o in library() if o.study.name == place.study for a in o.study.arms]
        what = "no observation stands there" if not found else "several observations stand there"
        raise EvidenceError(what, where=where, given=place, nearest=nearest(place.arm, arms))
    return found[0]


def _of(o: Observation, name: str) -> Any:
    return o.arm.name if name == "arm" else getattr(o, name)


def _seen(asked: Asked, observations: tuple[Observation, ...], tolerance: float) -> Seen:
    """What counts: the word of the observation, or its number with its SD."""
    if asked.kind in SIGNS and observations[0].value is not None:
        return Seen(asked.kind or "", tolerance)
    o = observations[0]
    if o.value is None:
        return Seen(asked.kind or o.direction, tolerance)
    value = o.value / 100.0 if o.unit == "percent" else o.value
    return Seen(asked.kind or "size", tolerance, value, _sd(o))


def _sd(o: Observation) -> float:
    """The larger of the printed standard error and a quarter of the value; a printed range is two SD to either side."""
    value = o.value or 0.0
    interval = o.interval
    printed = 0.0 if interval is None else (interval[1] - interval[0]) / (4.0 if o.dispersion == "range" else 2.0)
    found = max(printed, SHARE * abs(value))
    return (found or _NO_SPREAD) / (100.0 if o.unit == "percent" else 1.0)


_NO_SPREAD = 2.5  # per cent: the SD of an observed zero without a printed spread, as that of the range of +-5 %


def _effect(asked: Asked, seen: Seen, relative: bool) -> Contrast:
    own = asked.experiment.experiment
    sign = -1.0 if asked.better == "down" and seen.kind not in (*SIGNS, "size") else 1.0
    return Contrast(_look(asked, own), _other(asked, own), relative, sign)


def _other(asked: Asked, own: Experiment) -> Look | None:
    if asked.against == "nothing":
        return None
    return _look(asked, own.control if asked.against == "vehicle" else asked.against.experiment)


def _look(asked: Asked, experiment: Experiment, hours: tuple[float, float] | None = None) -> Look:
    return Look(experiment, asked.ports, hours or asked.hours, asked.reads)


def _reference(asked: Asked, seen: Seen) -> Contrast | None:
    sign = -1.0 if asked.better == "down" and seen.kind not in (*SIGNS, "size") else 1.0
    own = asked.experiment.experiment
    if asked.reference is None:
        return None
    if asked.reference == "deficit":
        healthy = Setting(species=own.species, drug="none", stress=0.0).experiment.control
        return Contrast(_look(asked, healthy), _look(asked, own.control), sign=sign)
    other = own if asked.reference == "earlier" else asked.reference.experiment
    hours = asked.reference_hours
    return Contrast(_look(asked, other, hours), _look(asked, other.control, hours), sign=sign)


def _series(asked: Asked) -> tuple[tuple[Contrast, Contrast], ...]:
    """For each dose the change of the port, as relief, and of the port along which it is set."""
    made = []
    for dose in asked.doses:
        own = asked.experiment.model_copy(update={"dose": dose}).experiment
        sign = -1.0 if asked.better == "down" else 1.0
        answer = Contrast(_look(asked, own), _look(asked, own.control), sign=sign)
        along = (asked.along,)
        hours = asked.along_hours
        made.append((answer, Contrast(Look(own, along, hours), Look(own.control, along, hours))))
    return tuple(made)
