"""People: numbered, with covariates, from which parameter values, occasions and loads of life follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..core.chain import Chain
from ..core.chance import Chance, Numbers, normals
from ..core.errors import RequestError
from ..core.event import Level
from ..life import Loads, fluctuations
from .draw import Size, drawn_occasion, drawn_people
from .effect import Effect

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class People:
    """People of one population.

    **Arguments:** `numbers` say who they are; `covariates` by name, one value a person; `acting` are the effects by
    which covariates move parameters; `fluctuates` says whether life's load changes by chance; `lives` says whose life
    each of them has, by number, their own by default; `chance` gives the deviates of parameters.
    """

    numbers: NDArray[np.int64]
    seed: int
    covariates: Mapping[str, Floats]
    acting: tuple[Effect, ...]
    fluctuates: bool = True
    lives: Numbers | None = None
    chance: Chance = normals

    def __len__(self) -> int:
        return len(self.numbers)

    def values(self, chain: Chain, spreads: Mapping[str, Size] | None = None) -> dict[str, Floats]:
        """Their parameter values by dotted address, ready for `Chain.with_values`.

        What the parameter sets say of spreads is drawn around the chain's own values. A covariate that stands for a
        parameter takes the place of its draw; one that multiplies parameters acts on what was drawn. What the chain
        does not have, such as mood in a body alone, is left out.

        **Arguments:** `chain` may hold values of each person already, around which they are drawn; `spreads` are
        standard deviations between people, by address, that take the place of those in the sets (`drawn_people`).

        **Raises:** `ParameterError` when a spread does not fit the chain; `RequestError` when an effect that belongs to
        one theory of the body meets another.
        """
        found, typical = drawn_people(chain, self.numbers, self.seed, spreads, self.chance), chain.parameters
        for effect in self.acting:
            found |= effect.set_in(chain, self.covariates)
        for effect in self.acting:
            for address, factor in effect.factors_in(chain, self.covariates).items():
                own = (
                    found[address] if address in found else np.broadcast_to(np.asarray(typical[address]), (len(self),))
                )
                found[address] = np.clip(own * factor, *chain.declared[address].range)
        return found

    def occasion(self, chain: Chain, number: int) -> dict[str, Floats]:
        """Their parameter values on one occasion, around each person's own values in `chain`.

        **Arguments:** `chain` holds their own values: `chain.with_values(people.values(chain))`.
        """
        return drawn_occasion(chain, self.numbers, self.seed, number)

    def loads(self, hours: float) -> Loads:
        """What life loads onto each of them, week by week: shared slots, and amounts with shape people x slots.

        The mean is the covariate `load`; where life fluctuates, weeks and life events are drawn by seed and person.

        **Raises:** `RequestError` when these people have no load.
        """
        if "load" not in self.covariates:
            raise RequestError("these people have no load of life", given=", ".join(self.covariates))
        mean = self.covariates["load"]
        if not self.fluctuates:
            return Loads((Level("load", 0.0, 1.0),), mean[:, None])
        return fluctuations(self.seed, self.numbers if self.lives is None else self.lives, hours).around(mean)

    def only(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> People:
        """Some of these people, by flags or positions."""
        some = {name: values[chosen] for name, values in self.covariates.items()}
        lives = None if self.lives is None else self.lives[chosen]
        return replace(self, numbers=self.numbers[chosen], covariates=some, lives=lives)
