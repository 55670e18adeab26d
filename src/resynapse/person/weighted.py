"""A weighted virtual population: weights so that people match published distributions, as near to equal as can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog, minimize
from scipy.special import logsumexp

from ..core.errors import RequestError
from .target import Feature, Target

Floats = NDArray[np.float64]
_CLOSE = 1e-6
_LEAST = 30.0


@dataclass(frozen=True)
class Matched:
    """One target, what the people had before they were weighted, and what they have now."""

    name: str
    wanted: float
    plain: float
    weighted: float


@dataclass(frozen=True)
class Weights:
    """Weights of people, which add up to 1.

    **Arguments:** `matched` sets every target beside what was reached; `divergence` is the relative entropy of the
    weights against equal ones, in nats (0 when nothing had to be done).
    """

    values: Floats
    matched: tuple[Matched, ...]
    divergence: float

    @property
    def effective(self) -> float:
        r"""Kish's effective sample size, $1 / \sum w_k^2$: so many equally weighted people would say as much."""
        return float(1.0 / np.sum(self.values**2))

    def mean(self, quantity: Floats) -> float:
        """Weighted mean of a quantity, one value a person."""
        return float(self.values @ np.asarray(quantity, dtype=np.float64))

    def sd(self, quantity: Floats) -> float:
        """Weighted standard deviation of a quantity."""
        x = np.asarray(quantity, dtype=np.float64)
        return float(np.sqrt(self.values @ (x - self.mean(x)) ** 2))

    def quantile(self, quantity: Floats, share: float) -> float:
        """The smallest value up to which this share of the weight lies."""
        order = np.argsort(quantity, kind="stable")
        reached = np.searchsorted(np.cumsum(self.values[order]), share * (1.0 - 1e-12))
        return float(np.asarray(quantity, dtype=np.float64)[order][min(int(reached), len(order) - 1)])


def weighted(known: Mapping[str, Floats], targets: Sequence[Target], least: float = _LEAST) -> Weights:
    r"""The weights nearest to equal ones under which people match the targets.

    Among all weights that match, those with the least relative entropy: $w_k \propto \exp(\lambda \cdot f_k)$ for the
    features $f$ of the targets, with $\lambda$ from the convex dual $\min_\lambda \log \sum_k \exp(\lambda \cdot
    (f_k - t))$ by a trust-region Newton method.

    **Arguments:** `known` are covariates or simulated outputs, one value a person; `least` is the smallest effective
    sample size that is still of use.

    **Raises:** `RequestError` when a target lies outside what the people have, when targets contradict one another, or
    when so few people would carry the weight that nothing could be said.
    """
    features = [f for target in targets for f in target.features(known)]
    if not features:
        raise RequestError("weights need at least one target")
    for feature in features:
        _check_reachable(feature)
    scaled = np.stack([_scaled(f) for f in features], axis=1)
    values = _tilted(scaled)
    if not (np.abs(values @ scaled) < _CLOSE).all():
        _refuse(scaled, features)
    found = Weights(values, tuple(_matched(f, values) for f in features), _divergence(values))
    _check_effective(found, least)
    return found


def _scaled(feature: Feature) -> Floats:
    """The feature with the wanted value at 0, in units of its own spread."""
    spread = float(feature.values.std())
    return (feature.values - feature.wanted) / (spread or 1.0)


def _tilted(scaled: Floats) -> Floats:
    def dual(slope: Floats) -> float:
        return float(logsumexp(scaled @ slope))

    def weights(slope: Floats) -> Floats:
        exponent = scaled @ slope
        return np.asarray(np.exp(exponent - logsumexp(exponent)))

    def gradient(slope: Floats) -> Floats:
        return np.asarray(weights(slope) @ scaled)

    def curvature(slope: Floats) -> Floats:
        w = weights(slope)
        mean = w @ scaled
        return np.asarray((scaled * w[:, None]).T @ scaled - np.outer(mean, mean))

    start = np.zeros(scaled.shape[1])
    options = {"gtol": _CLOSE / 100, "maxiter": 500}
    found = minimize(dual, start, jac=gradient, hess=curvature, method="trust-exact", options=options)
    return weights(found.x)


def _check_reachable(feature: Feature) -> None:
    low, high = float(feature.values.min()), float(feature.values.max())
    if not low <= feature.wanted <= high:
        raise RequestError(
            "no weights can match this target",
            where=feature.name,
            given=f"{feature.wanted:g}",
            allowed=f"{low:g} to {high:g} among these people",
            then="draw more people, or people who are nearer to the target",
        )


def _refuse(scaled: Floats, features: Sequence[Feature]) -> None:
    possible = linprog(
        np.zeros(len(scaled)),
        A_eq=np.vstack([scaled.T, np.ones(len(scaled))]),
        b_eq=np.append(np.zeros(scaled.shape[1]), 1.0),
        bounds=(0.0, None),
        method="highs",
    ).success
    raise RequestError(
        "only a few people at the edge could match these targets together"
        if possible
        else "these targets contradict one another for these people",
        given="; ".join(f"{f.name} {f.wanted:g}" for f in features),
        then="draw more people, people who are nearer to the targets, or leave a target out",
    )


def _check_effective(found: Weights, least: float) -> None:
    if found.effective < least:
        raise RequestError(
            "the targets are matched by so few people that nothing could be said",
            given=f"an effective sample size of {found.effective:.1f} among {len(found.values)} people",
            allowed=f"{least:g} or more",
            then="draw more people, or people who are nearer to the targets",
        )


def _matched(feature: Feature, weights: Floats) -> Matched:
    return Matched(feature.name, feature.wanted, float(feature.values.mean()), float(weights @ feature.values))


def _divergence(weights: Floats) -> float:
    some = weights[weights > 0]
    return float(np.sum(some * np.log(some * len(weights))))
