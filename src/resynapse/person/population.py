"""Populations: presets on file, from which numbered people are drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..core.chance import Chance, normals, numbered
from ..core.errors import ParameterError, RequestError, nearest
from ..core.parameter import Species
from .covariate import DERIVED, Covariate
from .draw import tied
from .effect import Effect, effects
from .people import People
from .specification import PRESETS, Specification, read_specification

Floats = NDArray[np.float64]
MOST_AT_ONCE = 10_000_000


@dataclass(frozen=True)
class Population:
    """People who could be drawn: a specification, and which effects of covariates are believed.

    **Arguments:** `believed` names the effects (`effects.toml`) by which covariates move parameters; `chance` gives the
    deviates of everybody.
    """

    specification: Specification
    believed: tuple[str, ...]
    chance: Chance = normals

    @property
    def name(self) -> str:
        """Its name on file."""
        return self.specification.name

    @property
    def species(self) -> Species:
        """Human, rat or mouse."""
        return self.specification.population.species

    @property
    def digest(self) -> str:
        """A hash of everything that decides who is drawn and what covariates move."""
        moved = "".join(effects()[name].digest for name in self.believed)
        return hashlib.sha256((self.specification.digest + moved).encode()).hexdigest()[:16]

    @property
    def acting(self) -> tuple[Effect, ...]:
        """The effects that are believed and whose covariate these people have."""
        return tuple(
            e for e in map(effects().__getitem__, self.believed) if e.covariate in self.specification.covariate
        )

    @property
    def in_episode(self) -> bool:
        """Whether these are people with a score before treatment, so that response and relapse mean something."""
        return "madrs_baseline" in self.specification.covariate

    @property
    def sources(self) -> tuple[str, ...]:
        """Bibliography keys of the covariates, and of the effects that act."""
        known = self.specification.sources
        return tuple(dict.fromkeys((*known, *(key for effect in self.acting for key in effect.sources))))

    @property
    def assumptions(self) -> tuple[str, ...]:
        """Covariates and pairs of covariates of which something is assumed and not measured."""
        tied = ((" and ".join(c.between), c) for c in self.specification.correlation)
        entries = (*self.specification.covariate.items(), *tied)
        return tuple(name for name, entry in entries if entry.origin == "assumed_here")

    def believing(self, *names: str) -> Population:
        """The same people with further, contested effects of covariates: `cyp2b6`, `female`, `asian`.

        **Raises:** `RequestError` with the nearest name.
        """
        for name in names:
            if name not in effects():
                allowed = effects()
                raise RequestError("no such effect", given=name, allowed=allowed, nearest=nearest(name, allowed))
        return replace(self, believed=tuple(dict.fromkeys((*self.believed, *names))))

    def doubting(self, *names: str) -> Population:
        """The same people without some effects of covariates, such as `val66met`."""
        return replace(self, believed=tuple(name for name in self.believed if name not in names))

    def sample(self, n: int, seed: int, first: int = 0) -> People:
        """People number `first` to `first + n - 1`; a person is the same whoever else is drawn.

        **Raises:** `RequestError` when `n` is not between 1 and ten million, or `first` or `seed` is negative.
        """
        if not 1 <= n <= MOST_AT_ONCE:
            then = "draw people in parts: `first` says where a part begins" if n > MOST_AT_ONCE else None
            raise RequestError("so many people cannot be drawn at once", given=n, allowed="1 to 10,000,000", then=then)
        if first < 0 or seed < 0:
            raise RequestError("seed and first person count from 0", given=f"seed {seed}, first {first}")
        return self.people(range(first, first + n), seed)

    def people(self, numbers: Iterable[int], seed: int) -> People:
        """The people with these numbers, in this order.

        **Raises:** `RequestError` when a number is negative.
        """
        who = numbered(numbers)
        known = self.specification
        free = [self.chance((seed, "covariate", name), who) for name in known.drawn]
        latent = dict(zip(known.drawn, tied(known.factor, free), strict=True))
        found: dict[str, Floats] = {}
        for name, covariate in known.covariate.items():
            found[name] = (
                self._derived(name, found) if covariate.derived else self._drawn(covariate, latent[name], found)
            )
        return People(who, seed, found, self.acting, known.population.fluctuates, chance=self.chance)

    def _derived(self, name: str, found: dict[str, Floats]) -> Floats:
        reads, rule = DERIVED[name]
        return rule(*(found[word] for word in reads))

    def _drawn(self, covariate: Covariate, latent: Floats, found: dict[str, Floats]) -> Floats:
        if covariate.law is not None:
            return covariate.law.of(latent)
        other = self.specification.covariate[str(covariate.by)]
        values = np.empty(len(latent))
        for level, flags in zip(other.levels, other.level_of(found[str(covariate.by)]), strict=True):
            values[flags] = covariate.laws[level].of(latent[flags])
        return values


def population(name: str) -> Population:
    """The population called `name` among the presets, or the one in a file of your own, `people.toml`.

    **Raises:** `RequestError` with the nearest name; `ParameterError` when a file cannot be used.
    """
    if name.endswith(".toml"):
        return of_specification(read_specification(Path(name)))
    allowed = populations()
    if name not in allowed:
        raise RequestError(
            "no population has this name",
            given=name,
            allowed=allowed,
            nearest=nearest(name, allowed),
            then="`resynapse populations` lists them; a file of your own ends with .toml",
        )
    return of_specification(_read(name))


def populations() -> tuple[str, ...]:
    """The names of all presets."""
    return tuple(sorted(p.stem for p in PRESETS.glob("*.toml")))


def of_specification(known: Specification) -> Population:
    """A population with the effects of covariates that are believed unless somebody says otherwise.

    **Raises:** `ParameterError` when a covariate has another unit or other levels than the effects that act on it.
    """
    for effect in effects().values():
        if effect.covariate in known.covariate:
            _check_fits(effect, known.name, known.covariate[effect.covariate])
    return Population(known, tuple(name for name, effect in effects().items() if effect.believed))


def _check_fits(effect: Effect, name: str, covariate: Covariate) -> None:
    where = f"{name}.toml: covariate.{effect.covariate}"
    if effect.levels and covariate.levels != effect.levels:
        given = ", ".join(covariate.levels)
        raise ParameterError(
            "an effect acts on this covariate by other levels", where=where, given=given, allowed=effect.levels
        )
    if effect.unit and covariate.unit != effect.unit:
        raise ParameterError(
            "this covariate stands for a parameter in another unit",
            where=where,
            given=covariate.unit,
            allowed=effect.unit,
        )


@cache
def _read(name: str) -> Specification:
    return read_specification(PRESETS / f"{name}.toml")
