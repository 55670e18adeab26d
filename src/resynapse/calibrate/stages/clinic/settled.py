"""Draws that were settled with the chain itself: what the surrogate missed is put right by importance weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from .posed import Posed

Floats = NDArray[np.float64]
TRUSTED = 0.7
"""The heaviest tail (Pareto's k) with which importance weights can be trusted."""

_SAME = 1e-9


@dataclass(frozen=True)
class Settled:
    """Draws of equal weight.

    **Arguments:** `z` (draws x scores); `reliefs` (draws x outputs and a 0) are the chain's own at these draws.
    """

    z: Floats
    reliefs: Floats


def settled(posed: Posed, z: Floats, seed: int) -> tuple[Settled, dict[str, Any]]:
    """Draws of the surrogate's posterior, resampled by how much likelier the rows are under the chain itself.

    Weights are smoothed in their tail (Pareto); what the surrogate missed and what was left of the draws is told. Where
    the tail is too heavy for weights, draws stay as they are.
    """
    truth = posed.surrogate.asked.told(z[:, : posed.own])
    exact = np.hstack([truth, np.zeros((len(z), 1))])
    rough = _each(posed.relieved, z)
    both = jax.jit(lambda pair: jax.lax.map(lambda p: posed.log_rows(*p).sum(), pair, batch_size=32))
    likelier = np.asarray(both((jnp.asarray(z), jnp.asarray(exact)))) - np.asarray(
        both((jnp.asarray(z), jnp.asarray(rough)))
    )
    draws, told = weighed(z, exact, likelier, seed)
    return draws, {**told, **_missed(posed, z, truth, rough[:, :-1])}


def weighed(z: Floats, exact: Floats, likelier: Floats, seed: int) -> tuple[Settled, dict[str, Any]]:
    """Draws resampled by how much likelier the rows are under the chain itself; where weights cannot be, as they are.

    **Arguments:** `exact` are the chain's own reliefs at scores `z`; `likelier` is the gain in the log likelihood.
    """
    weights, k = _smoothed(likelier)
    trusted = k < TRUSTED
    rows = _resampled(weights, seed) if trusted else np.arange(len(z))
    told = {
        "put_right": bool(trusted),
        "draws": len(z),
        "log_likelihood_missed_sd": round(float(likelier.std()), 3),
        "pareto_k": round(k, 3) if np.isfinite(k) else None,
        "effective_draws": round(float(1.0 / np.sum(weights**2)), 1),
        "distinct_draws": len(np.unique(rows)),
    }
    return Settled(z[rows], exact[rows]), told


def _missed(posed: Posed, z: Floats, truth: Floats, rough: Floats) -> dict[str, float]:
    """What the surrogate missed of group means, in points of MADRS at a score of 36."""
    share = _each(lambda one: posed.known(one)["scale.share"], z)
    away = 36.0 * share[:, None] * (posed.surrogate.means(rough) - posed.surrogate.means(truth))
    rms = np.sqrt((away**2).mean(axis=0))
    return {
        "points_rms_median": round(float(np.median(rms)), 4),
        "points_rms_worst": round(float(rms.max()), 4),
        "points_of_means_worst": round(float(np.abs(away.mean(axis=0)).max()), 4),
    }


def _each(function: Any, z: Floats) -> Floats:
    return np.asarray(jax.jit(lambda some: jax.lax.map(function, some, batch_size=32))(jnp.asarray(z)))


def _smoothed(log_ratio: Floats) -> tuple[Floats, float]:
    """Weights that sum to 1, and the shape of their tail (below 0.7 they can be trusted)."""
    if np.ptp(log_ratio) < _SAME:
        return np.full(len(log_ratio), 1.0 / len(log_ratio)), -np.inf
    smooth, k = _arviz().array_stats.psislw(log_ratio)
    weights = np.exp(smooth - np.max(smooth))
    return weights / weights.sum(), float(k)


def _resampled(weights: Floats, seed: int) -> NDArray[np.int64]:
    """Systematic resampling: as many rows again, each as often as its weight says."""
    count = len(weights)
    places = (np.arange(count) + np.random.default_rng(seed).uniform()) / count
    return np.minimum(np.searchsorted(np.cumsum(weights), places), count - 1)


def _arviz() -> Any:
    from importlib import import_module

    return import_module("arviz_stats.base")
