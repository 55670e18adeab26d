"""Draws of what the parameter files do not know: the same numbers for every hypothesis that shares a value.

The laws are those of `calibrate.inference.prior`. Weights of drives are choices of a hypothesis and are never drawn; a
rate that a drive sets is drawn around what the drive sets. A candidate may leave the weights of its drives open: then
they are drawn too.

Every draw is a standard normal score by address: chance gives it (the prior), or somebody hands it in (the posterior).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from ...chains import anchored
from ...core.chain import Chain
from ...core.chance import uniforms
from ...hypothesis.drive import DRIVES
from ..inference.prior import uncertain

Floats = NDArray[np.float64]
Scores = Mapping[str, Floats]
OPEN = "drive."
"""What stands before the name of a drive whose weight is drawn."""


@dataclass(frozen=True)
class Draws:
    """Which draws: their numbers, the seed of chance, and scores by address that are used in place of chance."""

    people: range
    seed: int = 1
    scores: Scores = field(default_factory=dict)

    def chance(self, address: str) -> Floats:
        """Numbers between 0 and 1 for one address, one a draw."""
        if address in self.scores:
            return np.asarray(ndtr(self.scores[address][: len(self.people)]))
        return uniforms(("exam", self.seed, address), self.people)

    def weight(self, drive: str) -> Floats:
        """The weight of an open drive: 0 in half of the prior draws, else half-normal with SD 1."""
        return np.asarray(np.maximum(0.0, ndtri(self.chance(OPEN + drive))))


def drawn_values(
    chain: Chain, people: range, seed: int, chosen: Mapping[str, float] | None = None
) -> dict[str, Floats]:
    """Values of a chain by address, one a prior draw.

    **Arguments:** `chosen` are values that a hypothesis sets: a pure number stays, a rate is drawn around it.
    """
    return values_at(chain, Draws(people, seed), chosen or {})


def values_at(
    chain: Chain, draws: Draws, chosen: Mapping[str, float], drives: tuple[str, ...] = ()
) -> dict[str, Floats]:
    """Values of a chain by address, one a draw.

    **Arguments:** `drives` are those whose weights are open: they scale the value at full weight, or the drawn rate.
    """
    made: dict[str, Floats] = {}
    for u in uncertain(chain):
        declaration = chain.declared[u.address]
        if u.address in chosen and declaration.unit == "1":
            continue
        values = u.drawn(draws.chance(u.address))
        own = u.factor * u.entry.value
        values = values * (chosen[u.address] / own) if u.address in chosen and own else values
        made[u.address] = np.clip(values, *declaration.range)
    for drive in drives:
        address = DRIVES[drive].address
        weighed = draws.weight(drive) * made.get(address, DRIVES[drive].full)
        made[address] = np.clip(weighed, *chain.declared[address].range)
    return made


def drawn(chain: Chain, draws: Draws, chosen: Mapping[str, float], drives: tuple[str, ...] = ()) -> Chain:
    """The chain with a leading axis of draws, its mood scaled anew to its own depressed state in each of them.

    No people give one row with the values on file: the typical chain.
    """
    if not draws.people:
        typical = {"life.rho": np.reshape(chain.parameters["life.rho"], (1,))}
        return anchored(chain.with_values(typical))
    return anchored(chain.with_values(values_at(chain, draws, chosen, drives)))
