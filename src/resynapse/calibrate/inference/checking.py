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
from .sampling import Plan, Target, many, sampled

Floats = NDArray[np.float64]
Simulate = Callable[[Floats, np.random.Generator], Floats]
Infer = Callable[[Floats, int], Floats]
_TRIES = 2000
_RANKED, _WEIGHED = 99, 999
_TOGETHER = Plan(warmup=200, draws=150, starts=16, dense=False, deepest=5)
_SAME = 1e-9


@dataclass(frozen=True)
class Reduced:
    """A small problem with invented data, made like a stage's own.

    **Arguments:** `names` are the unknowns, whose scores are standard normal before; `simulate` makes data (rounds x
    numbers) from scores (rounds x unknowns) and chance; `predicted` says what scores (unknowns) predict, and
    `log_likelihood` how likely data (numbers) are when this is predicted, both traced.
    """

    names: tuple[str, ...]
    simulate: Simulate
    predicted: Callable[[Array], Array]
    log_likelihood: Callable[[Array, Array], Array]


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
    def reach(self) -> Floats:
        """How far the curve of each unknown goes at most, 1 being the edge of the band."""
        return np.asarray((np.abs(self.ecdf - self.at) / (self.high - self.at)).max(axis=1))

    @property
    def outside(self) -> tuple[str, ...]:
        """Unknowns whose ranks leave the band."""
        return tuple(n for n, far in zip(self.names, self.reach, strict=True) if far > 1.0 + _SAME)


def checked(names: tuple[str, ...], simulate: Simulate, infer: Infer, rounds: int, seed: int) -> Ranks:
    """Ranks of `rounds` truths.

    **Arguments:** `simulate` as in `Reduced`; `infer` gives independent posterior draws (draws x unknowns) for data and
    a seed. Scores are standard normal before.

    **Raises:** `RequestError` for fewer than 20 rounds, which show nothing.
    """
    truths, data, chance = _invented(names, simulate, rounds, seed)
    draws = [infer(seen, seed + 1 + k) for k, seen in enumerate(data)]
    below = np.stack([(d < truth).sum(axis=0) for d, truth in zip(draws, truths, strict=True)])
    return Ranks(names, (below + chance.random(truths.shape)) / (len(draws[0]) + 1.0))


def weighed(problem: Reduced, rounds: int, seed: int, draws: int = 20_000) -> Ranks:
    """Ranks by draws of the prior that data weigh: everything of a stage but its sampler, in seconds.

    **Raises:** `RequestError` for fewer than 20 rounds.

    **Assumes:** data that leave some hundred of these draws likely; where fewer are left, too many truths look extreme.
    """
    prior = np.random.default_rng(seed).standard_normal((draws, len(problem.names)))
    told = jnp.asarray(many(problem.predicted, prior))
    likely = jax.jit(jax.vmap(problem.log_likelihood, in_axes=(0, None)))

    def infer(data: Floats, own: int) -> Floats:
        logs = np.asarray(likely(told, jnp.asarray(data)))
        sums = np.cumsum(np.exp(logs - logs.max()))
        places = (np.random.default_rng(own).random() + np.arange(_WEIGHED)) / _WEIGHED
        return np.asarray(prior[np.searchsorted(sums, places * sums[-1])])

    return checked(problem.names, problem.simulate, infer, rounds, seed)


def sampled_together(problem: Reduced, rounds: int, seed: int) -> Ranks:
    """Ranks of `rounds` truths by the sampler itself, all rounds being independent unknowns of one run.

    **Raises:** `RequestError` for fewer than 20 rounds, and without NumPyro.
    """
    truths, data, chance = _invented(problem.names, problem.simulate, rounds, seed)
    seen = jnp.asarray(data)

    def one(z: Array, own: Array) -> Array:
        return problem.log_likelihood(problem.predicted(z), own)

    def joint(z: Array) -> Array:
        return jax.vmap(one)(z.reshape(truths.shape), seen).sum()

    unknowns = tuple(f"{name} {k}" for k in range(rounds) for name in problem.names)
    found = sampled(Target(unknowns, joint), seed, _TOGETHER).thinned(_RANKED)
    below = (found.reshape(-1, *truths.shape) < truths).sum(axis=0)
    return Ranks(problem.names, (below + chance.random(truths.shape)) / (len(found) + 1.0))


def _invented(
    names: tuple[str, ...], simulate: Simulate, rounds: int, seed: int
) -> tuple[Floats, Floats, np.random.Generator]:
    """Truths, their data, and the chance that made both."""
    if rounds < 20:
        raise RequestError("so few rounds show nothing", given=rounds, allowed="20 or more")
    chance = np.random.default_rng(seed)
    truths = chance.standard_normal((rounds, len(names)))
    return truths, simulate(truths, chance), chance


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
