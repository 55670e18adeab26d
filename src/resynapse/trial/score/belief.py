"""Which treatment somebody thinks to have had, from what they felt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from .sensations import SENSATIONS, Felt
from .values import Feel, Trust

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Told:
    """What people were told: how drug and control feel, and the chance of the drug."""

    drug: Feel
    control: Feel
    chance: float


def expected_of(cadss: Floats, chances: Floats) -> Feel:
    """What a drug feels like on average, from what the people of a trial will feel of it."""
    mean = np.clip(np.nanmean(chances, axis=(0, 1)), 0.01, 0.99)
    return Feel(max(float(np.nanmean(cadss)), 0.05), *(float(x) for x in mean))


def weigh(felt: Felt, told: Told, trust: Trust) -> Floats:
    r"""The logarithm of the likelihood ratio of drug over control for each session, as a perfect statistician has it.

    Dissociation $s$ with means $\mu_1$, $\mu_0$ and size $k$: $s \ln\frac{\mu_1 (\mu_0 + k)}{\mu_0 (\mu_1 + k)} +
    k \ln\frac{\mu_0 + k}{\mu_1 + k}$; each sensation with chances $p_1$, $p_0$ in the usual way.

    **Assumes:** people take sensations as independent given the treatment.
    """
    one, zero, k = told.drug, told.control, trust.dispersion
    slope = np.log(one.cadss * (zero.cadss + k) / (zero.cadss * (one.cadss + k)))
    ratio = felt.cadss * slope + k * np.log((zero.cadss + k) / (one.cadss + k))
    for i, name in enumerate(SENSATIONS):
        p, q = getattr(one, name), getattr(zero, name)
        there = felt.events[..., i]
        ratio = ratio + there * np.log(p / q) + (1.0 - there) * np.log((1.0 - p) / (1.0 - q))
    return np.asarray(ratio)


def believe(ratio: Floats, chance: float, trust: Trust) -> Floats:
    """The chance that each person gives to having had the drug after each session.

    Bayes' rule on the chance they were told, with the evidence of session $k$ weighted by `trust novelty^k`.
    """
    weight = trust.trust * trust.novelty ** np.arange(ratio.shape[1])
    return np.asarray(expit(logit(chance) + np.cumsum(ratio * weight, axis=1)))


def guesses(belief: Floats, drawn: Floats, unsure: float) -> NDArray[np.int64]:
    """What people say when asked: 1 drug, 0 control, -1 do not know.

    The share `4 unsure b (1 - b)` does not know, which is `unsure` at even odds; the others say drug with chance `b`.
    """
    silent = 4.0 * unsure * belief * (1.0 - belief)
    said = (drawn - silent < belief * (1.0 - silent)).astype(np.int64)
    return np.where(drawn < silent, -1, said)


def bang(said: NDArray[np.int64], had: int) -> float:
    """Bang's index of one arm: share of right less share of wrong guesses; 0 is chance, 1 everybody knows.

    **Source:** `bang2004`.
    """
    wrong = (said >= 0) & (said != had)
    return float((said == had).mean() - wrong.mean()) if said.size else float("nan")
