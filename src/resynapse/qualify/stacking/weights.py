r"""Weights of explanations from how well each predicts evidence that it never saw.

Stacking: the weights on the simplex that make the mixture's log score of the studies highest,
$\max_w \sum_i \log \sum_k w_k p_{ik}$; a convex problem, climbed by expectation and maximisation from equal weights.
Each step shares every study among the explanations by what they gave it. Pseudo-BMA with a Bayesian bootstrap weighs
by the exponential of total scores, averaged over random weights of the studies: it ranks, where stacking complements.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from ...core.errors import RequestError

Floats = NDArray[np.float64]
_STEPS, _STILL = 5000, 1e-10


def stacked(logs: Floats, counts: Floats | None = None) -> Floats:
    """Stacking weights (explanations, sum 1) from log predictive densities (studies x explanations).

    **Arguments:** `counts` say how often each study counts; once when left out. Where two explanations say the same
    of everything, they share a weight equally.

    **Raises:** `RequestError` without studies or explanations, or with a density that is not a number.

    **Source:** `yao2018`.
    """
    own = _checked(logs)
    often = np.ones(len(own)) if counts is None else np.asarray(counts, dtype=float)
    density = np.exp(own - own.max(axis=1, keepdims=True))
    weights = np.full(own.shape[1], 1.0 / own.shape[1])
    for _ in range(_STEPS):
        shares = density * weights
        new = often @ (shares / shares.sum(axis=1, keepdims=True)) / often.sum()
        if np.abs(new - weights).max() < _STILL:
            break
        weights = new
    return np.asarray(new / new.sum())


def pseudo_bma(logs: Floats, seed: int = 1, times: int = 1000) -> Floats:
    """Pseudo-BMA weights with a Bayesian bootstrap of the studies (explanations, sum 1).

    **Source:** `yao2018`.
    """
    own = _checked(logs)
    often = np.random.default_rng(seed).dirichlet(np.ones(len(own)), size=times) * len(own)
    totals = often @ own
    raw = np.exp(totals - totals.max(axis=1, keepdims=True))
    return np.asarray((raw / raw.sum(axis=1, keepdims=True)).mean(axis=0))


def bootstrapped(logs: Floats, seed: int = 1, times: int = 1000) -> Floats:
    """Stacking weights of studies drawn anew with replacement (times x explanations): how far they hang on which."""
    own = _checked(logs)
    chance = np.random.default_rng(seed)
    counts = chance.multinomial(len(own), np.full(len(own), 1.0 / len(own)), size=times)
    return np.stack([stacked(own, c.astype(float)) for c in counts])


def mixed(logs: Floats, weights: Floats) -> Floats:
    """The log score of the mixture in each study."""
    with np.errstate(divide="ignore"):
        return np.asarray(logsumexp(logs + np.log(weights), axis=1))


@dataclass(frozen=True)
class LeftOut:
    """Every study left out in turn: what weights from the others say of it (studies), and those weights."""

    scores: Floats
    weights: Floats


def left_out(logs: Floats) -> LeftOut:
    """The average judged fairly: each study scored by weights that the other studies gave.

    **Raises:** `RequestError` with fewer than two studies.
    """
    own = _checked(logs)
    if len(own) < 2:
        raise RequestError("leaving a study out needs two studies at least", given=len(own))
    weights = np.stack([stacked(np.delete(own, i, axis=0)) for i in range(len(own))])
    return LeftOut(np.array([mixed(own[i : i + 1], weights[i])[0] for i in range(len(own))]), weights)


def _checked(logs: Floats) -> Floats:
    own = np.asarray(logs, dtype=float)
    if own.ndim != 2 or not own.size:
        raise RequestError("weights need studies by explanations", given=f"{own.shape}", allowed="at least 1 x 1")
    if np.isnan(own).any() or np.isposinf(own).any() or np.isneginf(own).all(axis=1).any():
        what = "each study needs densities that are numbers, one above 0 at least"
        raise RequestError(what, where="weights", given="a density that is none")
    return own
