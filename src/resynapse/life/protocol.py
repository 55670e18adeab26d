"""Stress protocols of the animal laboratory: a course of load over days, and how differently it takes hold."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from ..core.chance import normals, uniforms
from ..core.document import Part, Refusal, cited, read_document
from ..core.errors import RequestError, nearest
from ..core.event import Level

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
DAY = 24.0
_LATER = 365.0


class Number(Part):
    """A number of a protocol, with what it rests on."""

    value: float
    origin: Literal["measured", "estimated", "fixed_by_source", "derived", "assumed_here"]
    source: str
    where: str
    range: tuple[float, float] | None = None
    note: str = ""

    @field_validator("source")
    @classmethod
    def _cited(cls, key: str) -> str:
        return cited(key)

    @model_validator(mode="after")
    def _complete(self) -> Number:
        if self.origin == "assumed_here" and not (self.range and self.note):
            raise Refusal("an assumption needs a reason (note) and a plausible range", given=self.value)
        return self


class Stretch(Part):
    """Some days under one load; without `to_day` it lasts to the end of everything."""

    from_day: float = Field(ge=0.0)
    to_day: float | None = None
    load: Number
    what: str


class Split(Part):
    """How a herd divides: the share in which the stress takes hold, and the load of the others relative to theirs."""

    share: Number
    resilient: Number
    spread: Number
    criterion: str


class Protocol(Part):
    """A published way to stress rodents.

    **Arguments:** `course` are stretches of load in order; `ends_day` is when the laboratory stops and treats; `split`
    says which animals it takes hold of; `leaves_out` is what the course of load does not carry.
    """

    schema_version: Literal[1] = Field(alias="schema")
    name: str
    title: str
    species: tuple[Literal["mouse", "rat"], ...]
    control: str
    course: tuple[Stretch, ...] = Field(min_length=1)
    ends_day: float = Field(ge=0.0)
    split: Split | None = None
    sources: tuple[str, ...]
    what_is_done: str
    leaves_out: tuple[str, ...] = Field(min_length=1)

    @field_validator("sources")
    @classmethod
    def _cited(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(cited(key) for key in keys)

    @model_validator(mode="after")
    def _ordered(self) -> Protocol:
        edges = [edge for s in self.course for edge in (s.from_day, _LATER if s.to_day is None else s.to_day)]
        if edges != sorted(edges):
            raise Refusal("the days of a course must follow each other", given=edges)
        return self

    @property
    def ends_h(self) -> float:
        """When the laboratory has done what it does, and treats (h after the first day began)."""
        return DAY * self.ends_day

    @property
    def levels(self) -> tuple[Level, ...]:
        """The load of a susceptible animal on the time axis, from the first day on."""
        return tuple(
            Level("load", DAY * s.from_day, s.load.value, DAY * (_LATER if s.to_day is None else s.to_day))
            for s in self.course
        )

    def susceptible(self, seed: int, animals: NDArray[np.int64]) -> Flags:
        """In which animals the stress takes hold, by seed and number."""
        if self.split is None:
            return np.ones(len(animals), dtype=bool)
        return uniforms((seed, "susceptible", self.name), animals) < self.split.share.value

    def strength(self, seed: int, animals: NDArray[np.int64], only_susceptible: bool = False) -> Floats:
        """By what the load of each animal is multiplied: about one where stress takes hold, less in the resilient.

        **Arguments:** `only_susceptible` gives what animals have that a laboratory chose for being susceptible.

        **Assumes:** factors are normal around the two levels and never below nothing.
        """
        if self.split is None:
            return np.ones(len(animals))
        level = np.where(only_susceptible | self.susceptible(seed, animals), 1.0, self.split.resilient.value)
        return np.maximum(level + self.split.spread.value * normals((seed, "strength", self.name), animals), 0.0)


def protocol_names() -> tuple[str, ...]:
    """The names of the protocols on file."""
    folder = files(__package__) / "protocols"
    return tuple(sorted(p.name.removesuffix(".yaml") for p in folder.iterdir() if p.name.endswith(".yaml")))


@cache
def stress_protocol(name: str) -> Protocol:
    """The protocol called `name`.

    **Raises:** `RequestError` with the nearest name when there is none, or naming the line that cannot be read.
    """
    known = protocol_names()
    if name not in known:
        raise RequestError("no such stress protocol", given=name, allowed=known, nearest=nearest(name, known))
    text = (files(__package__) / "protocols" / f"{name}.yaml").read_text(encoding="utf-8")
    return read_protocol(text, f"{name}.yaml")


def read_protocol(text: str, where: str) -> Protocol:
    """A protocol from its YAML.

    **Raises:** `RequestError` naming the line that cannot be read.
    """
    return read_document(text, Protocol, where)
