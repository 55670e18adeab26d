"""Sampling a posterior: a start that was looked for everywhere, four chains of NUTS, and whether to believe them.

Every unknown is a standard normal score, so that prior and scale are the same for all; `prior` says what a score means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from ...core.errors import RequestError, SolveError
from ..recorded import Diagnostic
from .emulator import design

jax.config.update("jax_enable_x64", True)

Floats = NDArray[np.float64]
_TOGETHER = 256
_JITTER = 0.1
_LOWER = 10.0
_DEEPEST = 10
_TAILS = (0.05, 0.95)


@dataclass(frozen=True)
class Target:
    """What is to be sampled.

    **Arguments:** `names` are the unknowns; `log_likelihood` takes their scores (unknowns) and may be traced; the
    prior is standard normal in each of them.
    """

    names: tuple[str, ...]
    log_likelihood: Callable[[Array], Array]

    def log_density(self, z: Array) -> Array:
        """Log-density of the posterior, up to a constant."""
        return self.log_likelihood(z) - 0.5 * jnp.sum(z**2)


@dataclass(frozen=True)
class Plan:
    """How to sample: chains, warm-up and kept draws of each, target acceptance, points that are tried for a start.

    **Arguments:** `dense` learns how all unknowns go together, which many unknowns that are nearly as before need not;
    paths double their steps at most `deepest` times.
    """

    chains: int = 4
    warmup: int = 1000
    draws: int = 1000
    accept: float = 0.9
    starts: int = 1024
    dense: bool = True
    deepest: int = _DEEPEST


@dataclass(frozen=True)
class Sampled:
    """Draws of a posterior and how well they mix.

    **Arguments:** `z` (chains x draws x unknowns); `divergences` of all chains; `tops` are the log-densities of the
    tops that starts climbed to, highest first; `saturated` is the share of draws whose path was cut short.
    """

    names: tuple[str, ...]
    z: Floats
    divergences: int
    tops: tuple[float, ...]
    saturated: float

    @property
    def flat(self) -> Floats:
        """All draws of all chains (draws x unknowns)."""
        return self.z.reshape(-1, self.z.shape[-1])

    @property
    def diagnostics(self) -> dict[str, Diagnostic]:
        """Rank R-hat and effective sizes of every unknown's score."""
        return diagnostics(self.names, self.z)

    @property
    def converged(self) -> bool:
        """R-hat below 1.01, effective sizes above 400, and not one divergence."""
        return self.divergences == 0 and all(d.good for d in self.diagnostics.values())

    def thinned(self, n: int) -> Floats:
        """`n` draws evenly spread over all chains (draws x unknowns), or all when there are fewer."""
        return self.flat[np.linspace(0, len(self.flat) - 1, min(n, len(self.flat))).round().astype(int)]


def sampled(target: Target, seed: int, plan: Plan | None = None) -> Sampled:
    """Draws of a posterior by the No-U-Turn sampler, begun at the highest tops that were found.

    **Raises:** `RequestError` without NumPyro and ArviZ; `SolveError` when no start has a finite density.

    **Source:** `hoffman2014`, as in NumPyro (`phan2019`).
    """
    plan = plan or Plan()
    infer = _numpyro()
    starts, tops = begun(target, seed, plan)
    kernel = infer.NUTS(
        potential_fn=lambda z: -target.log_density(z),
        dense_mass=plan.dense,
        target_accept_prob=plan.accept,
        max_tree_depth=plan.deepest,
    )
    mcmc = infer.MCMC(
        kernel,
        num_warmup=plan.warmup,
        num_samples=plan.draws,
        num_chains=plan.chains,
        chain_method="vectorized",
        progress_bar=False,
    )
    chance = jax.random.split(jax.random.PRNGKey(seed), plan.chains) if plan.chains > 1 else jax.random.PRNGKey(seed)
    mcmc.run(chance, init_params=jnp.asarray(starts if plan.chains > 1 else starts[0]), extra_fields=("num_steps",))
    told = mcmc.get_extra_fields()
    z = np.asarray(mcmc.get_samples(group_by_chain=True), dtype=np.float64)
    saturated = float(np.mean(np.asarray(told["num_steps"]) >= 2**plan.deepest - 1))
    return Sampled(target.names, z, int(np.sum(np.asarray(told["diverging"]))), tops, saturated)


def begun(target: Target, seed: int, plan: Plan) -> tuple[Floats, tuple[float, ...]]:
    """Where the chains begin (chains x unknowns), and the tops that were climbed to.

    The best of many prior points climb by L-BFGS; chains begin near the highest tops, and all near the highest one
    where the others lie far below.

    **Raises:** `SolveError` when no prior point has a finite density.
    """
    points = design(len(target.names), plan.starts, seed)
    densities = many(target.log_density, points)
    best = np.argsort(-np.where(np.isfinite(densities), densities, -np.inf))[: 2 * plan.chains]
    if not np.isfinite(densities[best[0]]):
        raise SolveError("no point of the prior has a finite density", then="check the data and the priors")
    slope = jax.jit(jax.value_and_grad(lambda z: -target.log_density(z)))
    climbed = sorted((_climbed(slope, points[k]) for k in best if np.isfinite(densities[k])), key=lambda t: -t[1])
    near = [z for z, top in climbed if climbed[0][1] - top < _LOWER]
    chosen = np.stack([near[c % len(near)] for c in range(plan.chains)])
    jitter = _JITTER * np.random.default_rng(seed).standard_normal(chosen.shape)
    return chosen + jitter, tuple(round(top, 3) for _, top in climbed)


def many(function: Callable[[Array], Array], points: Floats) -> Floats:
    """A traced function of one point at many points, some at a time."""
    together = jax.jit(lambda z: jax.lax.map(function, z, batch_size=_TOGETHER))
    return np.asarray(together(jnp.asarray(points)))


def diagnostics(names: tuple[str, ...], draws: Floats) -> dict[str, Diagnostic]:
    """Rank R-hat and effective sizes (draws: chains x draws x names).

    **Source:** `vehtari2021`, as in ArviZ.
    """
    stats = _arviz()
    axes = {"chain_axis": 0, "draw_axis": 1}
    found = {}
    for k, name in enumerate(names):
        one = draws[..., k]
        found[name] = Diagnostic(
            rhat=_told(stats.rhat(one, method="rank", **axes)),
            ess_bulk=_told(stats.ess(one, method="bulk", **axes)),
            ess_tail=_told(stats.ess(one, method="tail", prob=_TAILS, **axes)),
        )
    return found


def worst(found: Mapping[str, Diagnostic]) -> Diagnostic:
    """The largest R-hat and the smallest effective sizes of all."""
    return Diagnostic(
        rhat=max(d.rhat for d in found.values()),
        ess_bulk=min(d.ess_bulk for d in found.values()),
        ess_tail=min(d.ess_tail for d in found.values()),
    )


def _climbed(slope: Callable[[Array], tuple[Array, Array]], start: Floats) -> tuple[Floats, float]:
    from scipy.optimize import minimize

    def down(z: Floats) -> tuple[float, Floats]:
        value, gradient = slope(jnp.asarray(z))
        return (float(value), np.asarray(gradient)) if np.isfinite(value) else (1e30, np.zeros_like(z))

    found = minimize(down, start, jac=True, method="L-BFGS-B", options={"maxiter": 500})
    return np.asarray(found.x), -float(found.fun)


def _told(number: Any) -> float:
    return round(float(number), 4)


def _numpyro() -> Any:
    return _library("numpyro.infer", "NumPyro")


def _arviz() -> Any:
    return _library("arviz_stats.base", "ArviZ").array_stats


def _library(module: str, name: str) -> Any:
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError as failure:
        raise RequestError(
            f"calibrations need {name}, which is not installed",
            given="the extra `infer` is missing",
            then='pip install "resynapse[infer]"',
        ) from failure
