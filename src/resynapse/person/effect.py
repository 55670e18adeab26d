"""How covariates move parameters of a chain, and which of them move nothing."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..body.modifier import factors, modifier
from ..compound.fact import Fact, read_fact
from ..core.chain import Chain
from ..core.errors import ParameterError
from ..core.source import source

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Step:
    """A level of a covariate at which some parameters are multiplied."""

    level: str
    parameters: tuple[str, ...]
    factor: Fact


@dataclass(frozen=True)
class Effect:
    """How one covariate moves parameters of the chain.

    **Arguments:** `sets` is the address of the parameter that the covariate stands for, in `unit`; `steps` multiply
    parameters at a level; `modifiers` name what the body's modifiers say of a level; with none of the three it moves
    nothing. `believed` says whether it acts unless somebody doubts it; `levels` are the words for the values 0, 1, 2...
    """

    name: str
    covariate: str
    why: str
    believed: bool = False
    sets: str | None = None
    unit: str | None = None
    levels: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    modifiers: tuple[tuple[str, str], ...] = ()

    @property
    def moves(self) -> tuple[str, ...]:
        """What it moves, in words."""
        own = (self.sets,) if self.sets else ()
        stepped = (f"{p} x {s.factor.value:g} ({s.level})" for s in self.steps for p in s.parameters)
        return (*own, *stepped, *(f"modifier {name} ({level})" for level, name in self.modifiers))

    @property
    def sources(self) -> tuple[str, ...]:
        """Bibliography keys of its numbers."""
        beside = (key for _, name in self.modifiers for key in modifier(name).sources)
        return tuple(dict.fromkeys((*(s.factor.source for s in self.steps), *beside)))

    @property
    def digest(self) -> str:
        """A hash of what it does."""
        acting = [modifier(name).changes for _, name in self.modifiers]
        return hashlib.sha256(repr((self.sets, self.levels, self.steps, self.modifiers, acting)).encode()).hexdigest()

    def set_in(self, chain: Chain, covariates: Mapping[str, Floats]) -> dict[str, Floats]:
        """The parameter that the covariate stands for, where the chain has it."""
        return {self.sets: covariates[self.covariate]} if self.sets in chain.declared else {}

    def factors_in(self, chain: Chain, covariates: Mapping[str, Floats]) -> dict[str, Floats]:
        """By what each parameter of the chain is multiplied, one factor a person.

        **Raises:** `RequestError` when a modifier belongs to another theory of the body.
        """
        values = covariates[self.covariate]
        found: dict[str, Floats] = {}
        for level, address, factor in self._multiplied(chain):
            own = np.where(values == self.levels.index(level), factor, 1.0)
            found[address] = found.get(address, np.ones(len(values))) * own
        return found

    def _multiplied(self, chain: Chain) -> list[tuple[str, str, float]]:
        stepped = [(s.level, p, s.factor.value) for s in self.steps for p in s.parameters if p in chain.declared]
        acting = [(level, *pair) for level, name in self.modifiers for pair in factors(chain, [name]).items()]
        return [*stepped, *acting]


@cache
def effects() -> Mapping[str, Effect]:
    """Every effect on file, by name."""
    raw = tomllib.loads((files(__package__) / "effects.toml").read_text(encoding="utf-8"))
    return {name: _read(name, table) for name, table in raw.items()}


def _read(name: str, table: Mapping[str, Any]) -> Effect:
    where = f"effects.toml: [{name}]"
    rest = {key: value for key, value in table.items() if key not in ("step", "modifiers", "levels")}
    steps = tuple(_step(t, where) for t in table.get("step", ()))
    modifiers = tuple(table.get("modifiers", {}).items())
    try:
        read = Effect(name, steps=steps, modifiers=modifiers, levels=tuple(table.get("levels", ())), **rest)
    except TypeError as failure:
        raise ParameterError("this effect is incomplete", where=where, given=str(failure)) from failure
    for level in (*(s.level for s in steps), *(level for level, _ in modifiers)):
        if level not in read.levels:
            raise ParameterError("this effect has no such level", where=where, given=level, allowed=read.levels)
    for key in read.sources:
        source(key)
    return read


def _step(table: Mapping[str, Any], where: str) -> Step:
    fact = {key: value for key, value in table.items() if key not in ("level", "parameters")}
    return Step(table["level"], tuple(table["parameters"]), read_fact(fact, where))
