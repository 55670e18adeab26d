"""What differs between the people of a population, as independent scores: covariates and spreads, in groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag

from ..core.chain import Chain
from ..core.chance import Stream, numbered
from .covariate import DERIVED
from .draw import spreads_of
from .people import People
from .population import Population
from .sensitivity import Inputs, Scores

Floats = NDArray[np.float64]
_BETWEEN, _COVARIATE = "between people", "covariate"


@dataclass(frozen=True, eq=False)
class Chosen:
    """Scores that somebody chose, one a person and stream, in the place of chance; what was not chosen is typical."""

    scores: Scores

    def __call__(self, stream: Stream, people: Iterable[int]) -> Floats:
        """The scores of these people in a stream."""
        who, name = numbered(people), _stream_name(stream)
        return self.scores[name][who] if name in self.scores else np.zeros(len(who))


def drivers(population: Population, chain: Chain) -> Inputs:
    """The scores behind everything that differs between people and reaches a chain.

    What is correlated makes a group, whose scores are exchanged together. Left out are covariates that move nothing
    and that nothing hangs on, and spreads that a covariate takes the place of.
    """
    known, spread = population.specification, spreads_of(chain)
    names = [*(f"{_COVARIATE} {n}" for n in known.drawn), *(f"{_BETWEEN} {a}" for a in spread.spread)]
    ties = [*(tuple(f"{_COVARIATE} {n}" for n in pair.between) for pair in known.correlation)]
    ties += [tuple(f"{_BETWEEN} {a}" for a in pair) for pair in spread.covariance]
    group, reaching = _grouped(names, ties), _reaching(population, chain)
    felt = {group[name] for name in reaching if name in group}
    kept = [i for i, name in enumerate(names) if group[name] in felt]
    factor = block_diag(known.factor, spread.factor)[np.ix_(kept, kept)]
    return Inputs({names[i]: group[names[i]] for i in kept}, factor)


def chosen_people(population: Population, scores: Scores) -> People:
    """The people whose scores these are, numbered from 0."""
    count = len(next(iter(scores.values())))
    return replace(population, chance=Chosen(scores)).people(range(count), 0)


def input_values(population: Population, chain: Chain, scores: Scores) -> dict[str, Floats]:
    """What each score stands for, in people with these scores: the covariate, or the parameter, by the score's name."""
    people = chosen_people(population, scores)
    own = people.values(chain)
    made = {f"{_COVARIATE} {name}": values for name, values in people.covariates.items()}
    made |= {f"{_BETWEEN} {address}": values for address, values in own.items()}
    return {name: made[name] for name in scores}


def input_words(population: Population, chain: Chain, score: str) -> tuple[str, str]:
    """What a score stands for: its meaning and its unit."""
    kind, _, name = score.rpartition(" ")
    if kind == _COVARIATE:
        covariate = population.specification.covariate[name]
        return covariate.meaning, covariate.unit
    return chain.declared[name].meaning, chain.declared[name].unit


def input_levels(population: Population, score: str) -> tuple[str, ...]:
    """The words of a covariate's values 0, 1, 2..., where it has such."""
    kind, _, name = score.rpartition(" ")
    covariate = population.specification.covariate.get(name) if kind == _COVARIATE else None
    return () if covariate is None or getattr(covariate.law, "values", None) else covariate.levels


def _stream_name(stream: Stream) -> str:
    return f"{stream[1]} {stream[-1]}"


def _reaching(population: Population, chain: Chain) -> set[str]:
    """Scores that move something: of acting covariates with all on which they hang, and of spreads that are drawn."""
    known, found = population.specification.covariate, set[str]()
    waiting = [*(effect.covariate for effect in population.acting), "load"]
    while waiting:
        name = waiting.pop()
        if name in known and name not in found:
            found.add(name)
            waiting += [*(DERIVED[name][0] if known[name].derived else ()), *filter(None, [known[name].by])]
    set_by = {effect.sets for effect in population.acting}
    drawn = {f"{_BETWEEN} {a}" for a in spreads_of(chain).spread if a not in set_by}
    return drawn | {f"{_COVARIATE} {name}" for name in found}


def _grouped(names: list[str], ties: list[tuple[str, ...]]) -> Mapping[str, str]:
    """The first name of the group of each score."""
    group = {name: name for name in names}
    for first, second in ties:
        if first in group and second in group:
            old, new = sorted((group[first], group[second]), key=names.index, reverse=True)
            group = {name: new if own == old else own for name, own in group.items()}
    return group
