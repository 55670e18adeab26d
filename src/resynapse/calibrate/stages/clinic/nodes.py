"""The people on whom the stage is fitted: few of a population, chosen so that their means are those of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ....core.chain import Chain
from ....core.chance import normals
from ....person import People, population

Floats = NDArray[np.float64]
SEED = 1


@dataclass(frozen=True)
class Nodes:
    """Some people of a population, by their numbers under one seed: the same people that any other door draws."""

    population: str
    numbers: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def people(self) -> People:
        """Who they are."""
        return population(self.population).people(self.numbers, SEED)

    def deviates(self, address: str) -> Floats:
        """Where each of them stands between people in one value, as a normal score."""
        return normals((SEED, "between people", address), self.numbers)

    def values(
        self, chain: Chain, drawn: Mapping[str, Floats], spreads: Mapping[str, Floats]
    ) -> tuple[dict[str, Floats], Floats]:
        """Values of every pair of draw and person (draws times people, person fastest), and everybody's load.

        **Arguments:** `drawn` are typical values and `spreads` lognormal standard deviations, by address, one a draw.

        **Assumes:** what people's covariates and spreads do to a value multiplies its drawn typical value.
        """
        own, typical = self.people.values(chain), chain.parameters
        draws = max((len(v) for v in (*drawn.values(), *spreads.values())), default=1)
        found = {a: np.tile(v, draws) for a, v in own.items()}
        for address, values in drawn.items():
            share = own[address] / float(typical[address]) if address in own else np.ones(len(self))
            found[address] = np.outer(values, share).ravel()
        for address, omega in spreads.items():
            known = found.get(address, np.full(draws * len(self), float(typical[address])))
            found[address] = known * np.exp(np.outer(omega, self.deviates(address)).ravel())
        inside = {a: np.clip(v, *chain.declared[a].range) for a, v in found.items()}
        return inside, np.tile(self.people.covariates["load"], draws)


def first(name: str, count: int) -> Nodes:
    """The first people of a population."""
    return Nodes(name, tuple(range(count)))


def chosen(name: str, features: Floats, count: int, tries: int = 4000) -> Nodes:
    """The people among many whose mean features lie closest to the means of all: the best of many random handfuls.

    **Arguments:** `features` (people x features) are what must be met on average, one row a person from number 0.
    """
    scale = features.std(axis=0)
    scaled = (features - features.mean(axis=0)) / np.where(scale > 0, scale, 1.0)
    chance = np.random.default_rng(SEED)
    handfuls = [chance.choice(len(features), count, replace=False) for _ in range(tries)]
    best = min(handfuls, key=lambda h: float((scaled[h].mean(axis=0) ** 2).sum()))
    return Nodes(name, _improved(scaled, best, chance))


def _improved(scaled: Floats, handful: NDArray[np.int64], chance: np.random.Generator) -> tuple[int, ...]:
    """The handful after swaps of one person for another that bring its means closer."""
    inside, total = list(handful), scaled[handful].sum(axis=0)
    for _ in range(20 * len(inside)):
        place, other = int(chance.integers(len(inside))), int(chance.integers(len(scaled)))
        if other in inside:
            continue
        moved = total - scaled[inside[place]] + scaled[other]
        if (moved**2).sum() < (total**2).sum():
            inside[place], total = other, moved
    return tuple(sorted(int(i) for i in inside))


def features(signals: Sequence[Floats]) -> Floats:
    """Features of people from courses (draws x people x times each): every draw's and time's despair."""
    return np.concatenate([np.moveaxis(s, 1, 0).reshape(s.shape[1], -1) for s in signals], axis=1)
