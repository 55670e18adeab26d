"""Simulation-based calibration: does the machinery give back what was put in, as often as it claims to?

Truths are drawn from the prior, data from the truths, posteriors from the data. If all is right, the rank of each truth
among its posterior's draws is uniform.

**Source:** `talts2018`; the band is that of `saeilynoja2022`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from ...core.errors import RequestError
from .sampling import Plan, Target, sampled

Floats = NDArray[np.float64]
Simulate = Callable[[Floats, np.random.Generator], Floats]
Infer = Callable[[Floats, int], Floats]
Likelihood = Callable[[Array, Array], Array]
_TRIES = 2000
_RANKED = 99
_TOGETHER = Plan(warmup=400, draws=400, starts=16, dense=False)
_SAME = 1e-9


@dataclass(frozen=True)
class Ranks:
    """Ranks of truths among their posterior draws.

    **Arguments:** `ranks` (rounds x unknowns), shares between 0 and 1 of independent draws that lie below the truth.
    """

    names: tuple[str, ...]
    ranks: Floats

    def band(self, share: float = 0.95, seed: int = 1) -> Uniformity:
        """How the ranks lie against a band that holds all of a uniform curve `share` of the time, for all unknowns.

        The share is divided among the unknowns (Bonferroni).
        """
        each = 1.0 - (1.0 - share) / len(self.names)
        found = [_against(self.ranks[:, k], each, seed) for k in range(len(self.names))]
        return Uniformity(self.names, *(np.stack(part) for part in zip(*found, strict=True)))


@dataclass(frozen=True)
class Uniformity:
    """Cumulative curves of ranks (unknowns x points) and the band that uniform ranks would keep to."""

    names: tuple[str, ...]
    at: Floats
    ecdf: Floats
    low: Floats
    high: Floats

    @property
    def outside(self) -> tuple[str, ...]:
        """Unknowns whose ranks leave the band."""
        out = np.maximum(self.low - self.ecdf, self.ecdf - self.high).max(axis=1) > _SAME
        return tuple(n for n, o in zip(self.names, out, strict=True) if o)


def checked(names: tuple[str, ...], simulate: Simulate, infer: Infer, rounds: int, seed: int) -> Ranks:
    """Ranks of `rounds` truths.

    **Arguments:** `simulate` makes data from scores (unknowns) and chance; `infer` gives independent posterior draws
    (draws x unknowns) for data and a seed. Scores are standard normal before.

    **Raises:** `RequestError` for fewer than 20 rounds, which show nothing.
    """
    if rounds < 20:
        raise RequestError("so few rounds show nothing", given=rounds, allowed="20 or more")
    chance = np.random.default_rng(seed)
    rows = []
    for k in range(rounds):
        truth = chance.standard_normal(len(names))
        draws = infer(simulate(truth, chance), seed + 1 + k)
        below = (draws < truth).sum(axis=0)
        rows.append((below + chance.random(len(names))) / (len(draws) + 1.0))
    return Ranks(names, np.stack(rows))


def sampled_together(
    names: tuple[str, ...], simulate: Simulate, log_likelihood: Likelihood, rounds: int, seed: int
) -> Ranks:
    """Ranks of `rounds` truths by the sampler itself, all rounds being independent unknowns of one run.

    **Arguments:** `simulate` makes data from scores and chance; `log_likelihood` takes scores and those data, traced.

    **Raises:** `RequestError` for fewer than 20 rounds, and without NumPyro.
    """
    if rounds < 20:
        raise RequestError("so few rounds show nothing", given=rounds, allowed="20 or more")
    chance = np.random.default_rng(seed)
    truths = chance.standard_normal((rounds, len(names)))
    data = jnp.asarray(np.stack([simulate(truth, chance) for truth in truths]))

    def joint(z: Array) -> Array:
        return jax.vmap(log_likelihood)(z.reshape(truths.shape), data).sum()

    unknowns = tuple(f"{name} {k}" for k in range(rounds) for name in names)
    found = sampled(Target(unknowns, joint), seed, _TOGETHER).thinned(_RANKED)
    below = (found.reshape(-1, *truths.shape) < truths).sum(axis=0)
    return Ranks(names, (below + chance.random(truths.shape)) / (len(found) + 1.0))


def _against(ranks: Floats, share: float, seed: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Points, cumulative curve, lower and upper edge of a simultaneous band for uniform ranks."""
    at = np.linspace(0.0, 1.0, 51)[1:-1]
    curve = _cumulative(ranks[None], at)[0]
    tries = _cumulative(np.random.default_rng(seed).random((_TRIES, len(ranks))), at)
    spread = np.sqrt(at * (1 - at) / len(ranks))
    widest = np.quantile(np.abs((tries - at) / spread).max(axis=1), share)
    return at, curve, at - widest * spread, at + widest * spread


def _cumulative(ranks: Floats, at: Floats) -> Floats:
    return np.asarray((ranks[:, :, None] <= at).mean(axis=1))
