r"""What would settle an answer: by how much each of some studies is expected to shrink its variance.

Before a study is done its result $Y$ is a random number: what each draw says it would show, plus its error. The
expected posterior variance of the answer $A$ is $\mathrm{Var}(A) - \mathrm{Var}(E[A \mid Y])$, and $E[A \mid Y]$ is
found by regressing $A$ on simulated results (a quadratic), judged on draws that were held out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_FOLDS, _THROWS, _AGAIN = 5, 20, 200
_LEAST = 1e-12
_TOLD = 0.05


@dataclass(frozen=True, eq=False)
class Study:
    """A study that could be done.

    **Arguments:** `words` say what it is; `signal` (draws x results) is what each draw says it would show on average,
    `error` the standard errors of these results; `shared` is the relative error that all results of one trial
    share, because the drug does more in some trials than in others.
    """

    name: str
    words: str
    signal: Floats
    error: Floats
    shared: float = 0.0


@dataclass(frozen=True)
class Worth:
    """What a study is expected to take away of the answer's variance (0 to 1), with nine in ten resampled draws."""

    name: str
    words: str
    low: float
    share: float
    high: float


def settled(answer: Floats, studies: Sequence[Study], seed: int) -> tuple[Worth, ...]:
    """The studies, the one that narrows the answer most first.

    Draws in which there is no answer are left out.
    """
    found = [_worth(answer, study, seed) for study in studies]
    return tuple(sorted(found, key=lambda w: -w.share))


def _worth(answer: Floats, study: Study, seed: int) -> Worth:
    """The share of the variance that a quadratic in the study's results predicts in draws held out."""
    fit = np.isfinite(answer) & np.isfinite(study.signal).all(axis=1)
    wanted, signal = answer[fit], study.signal[fit]
    spread = float(np.var(wanted)) if fit.sum() > 2 * _FOLDS else 0.0
    if spread < _LEAST:
        return Worth(study.name, study.words, 0.0, 0.0, 0.0)
    chance = np.random.default_rng([seed, len(study.name)])
    strength = 1.0 + study.shared * chance.normal(size=(_THROWS, len(signal), 1))
    thrown = strength * signal + study.error * chance.normal(size=(_THROWS, *signal.shape))
    left, plain = _left(thrown, wanted), (wanted - wanted.mean()) ** 2
    again = chance.integers(0, len(wanted), size=(_AGAIN, len(wanted)))
    shares = np.clip(1.0 - left[again].sum(1) / np.maximum(plain[again].sum(1), _LEAST), 0.0, 1.0)
    share = float(np.clip(1.0 - left.sum() / plain.sum(), 0.0, 1.0))
    low, high = (float(v) for v in np.quantile(shares, (0.05, 0.95)))
    return Worth(study.name, study.words, min(low, share), share, max(high, share))


def _left(thrown: Floats, wanted: Floats) -> Floats:
    """The mean squared error that is left in each draw, predicted from the others."""
    columns = _columns(thrown)
    fold = np.arange(len(wanted)) % _FOLDS
    left = np.zeros(len(wanted))
    for k in range(_FOLDS):
        learnt, judged = columns[:, fold != k], columns[:, fold == k]
        flat = learnt.reshape(-1, columns.shape[-1])
        weights, *_ = np.linalg.lstsq(flat, np.tile(wanted[fold != k], len(thrown)), rcond=None)
        left[fold == k] = np.mean((judged @ weights - wanted[fold == k]) ** 2, axis=0)
    return left


def _columns(thrown: Floats) -> Floats:
    """One, the results, and their products, on a common scale."""
    flat = thrown.reshape(-1, thrown.shape[-1])
    scaled = (thrown - flat.mean(axis=0)) / np.maximum(flat.std(axis=0), _LEAST)
    pairs = combinations_with_replacement(range(scaled.shape[-1]), 2)
    products = [scaled[..., i] * scaled[..., j] for i, j in pairs]
    return np.stack([np.ones(scaled.shape[:-1]), *np.moveaxis(scaled, -1, 0), *products], axis=-1)


def told(answer: str, worth: Sequence[Worth]) -> str:
    """The sentence on what would settle it."""
    best, *others = worth
    if best.share < _TOLD:
        return (
            f"What would settle it: none of the {len(worth)} studies looked at is expected to narrow {answer} by "
            "more than "
            f"{100 * _TOLD:.0f} % of its variance (the best, {best.words}, {100 * best.share:.0f} %)."
        )
    rest = "; ".join(f"{w.words} {100 * w.share:.0f} %" for w in others)
    return (
        f"What would settle it: {best.words} is expected to take away {100 * best.share:.0f} % of the variance of "
        f"{answer} ({100 * best.low:.0f} to {100 * best.high:.0f}); {rest}."
    )
