"""People whom two adequate courses failed: found by living, and numbered so that a trial can enrol them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...core.chance import Numbers
from ...core.errors import RequestError
from ..people import People
from ..population import Population
from .lives import BLOCK, Lives, Making, joined
from .sequence import Sequence, stard

Floats = NDArray[np.float64]
_PATIENCE = 40


@dataclass(frozen=True)
class Resistant:
    """Resistant people of a population.

    **Arguments:** `numbers` are their numbers in the population (so `population.sample` makes the same people anew);
    `lives` what they lived through; `starters` how many had to start for that many to be found.
    """

    numbers: Numbers
    lives: Lives
    starters: int

    def people(self, population: Population, seed: int) -> People:
        """The people themselves, as `population.sample` draws them, with `prior_failures` among their covariates."""
        drawn = population.people(self.numbers, seed)
        return replace(drawn, covariates=self.covariates)

    @property
    def prior_failures(self) -> NDArray[np.int64]:
        """How many adequate courses failed each of them."""
        return self.lives.prior_failures

    @property
    def covariates(self) -> Mapping[str, Floats]:
        """Their covariates, with `prior_failures` among them."""
        return {**self.lives.covariates, "prior_failures": self.prior_failures.astype(np.float64)}


def resistant(
    population: Population,
    n: int,
    seed: int,
    sequence: Sequence | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Resistant:
    """The first `n` resistant people of a population, in the order of their numbers.

    **Raises:** `RequestError` for fewer than one person, or when so few are resistant that they cannot be found.
    """
    if n < 1:
        raise RequestError("there is at least one resistant person", given=n, allowed="1 or more")
    made = Making(population, seed, sequence or stard())
    found: list[Lives] = []
    have, first, limit = 0, 0, _PATIENCE * max(n, BLOCK)
    while have < n:
        if first >= limit:
            raise RequestError("too few people of this population become resistant", given=f"{have} of {first}")
        whole = made.block(first)
        some = whole.of(whole.resistant)
        found.append(some)
        have, first = have + len(some.numbers), first + BLOCK
        tell(f"{min(have, n)} of {n} resistant people found among {first}")
    lives = joined(found)
    chosen = lives.of(np.arange(len(lives.numbers)) < n)
    return Resistant(chosen.numbers, chosen, int(chosen.numbers[-1]) + 1)
