r"""What explanations predict together, and where the doubt comes from: within each of them, or between them.

The law of total variance: $\sum_k w_k \sigma_k^2$ lies within, $\sum_k w_k (\mu_k - \bar\mu)^2$ between. Bands come
from the mixture itself: draws of every explanation, each weighing as much as its explanation does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...core.errors import RequestError

Floats = NDArray[np.float64]
LEVEL = 0.9


@dataclass(frozen=True)
class Averaged:
    """One prediction, averaged (every field: places, such as times).

    **Arguments:** `mean`; `within` and `between` are variances that add up to the whole; `low` and `high` bound the
    mixture's band; `inside` bounds what is left where all explanations agree on the mean, `across` the means of
    explanations alone, each with its weight; `apart` are the lowest and highest mean of one that has weight.
    """

    mean: Floats
    within: Floats
    between: Floats
    low: Floats
    high: Floats
    inside: tuple[Floats, Floats]
    across: tuple[Floats, Floats]
    apart: tuple[Floats, Floats]

    @property
    def share(self) -> Floats:
        """How much of the variance lies between explanations; 0 where nothing is in doubt."""
        whole = self.within + self.between
        return np.asarray(np.where(whole > 0, self.between / np.where(whole > 0, whole, 1.0), 0.0))


def averaged(draws: Mapping[str, Floats], weights: Mapping[str, float], level: float = LEVEL) -> Averaged:
    """Predictions (draws x places) by explanation, averaged with weights, which are divided by their sum.

    **Raises:** `RequestError` when an explanation with weight predicts nothing.
    """
    own = {n: w for n, w in weights.items() if w > 0}
    missing = [n for n in own if n not in draws]
    if missing or not own:
        what = "an average needs a prediction of every explanation that has weight"
        raise RequestError(what, given=missing or "no weight", allowed=tuple(draws))
    share = np.array(list(own.values())) / sum(own.values())
    means = np.stack([draws[n].mean(axis=0) for n in own])
    mean = share @ means
    within = share @ np.stack([draws[n].var(axis=0) for n in own])
    low, high = _band([draws[n] for n in own], share, level)
    inside = _band([draws[n] - m + mean for n, m in zip(own, means, strict=True)], share, level)
    across = _band([m[None] for m in means], share, level)
    between = share @ (means - mean) ** 2
    return Averaged(mean, within, between, low, high, inside, across, (means.min(axis=0), means.max(axis=0)))


def _band(draws: Sequence[Floats], share: Floats, level: float) -> tuple[Floats, Floats]:
    """Quantiles of the mixture, place by place."""
    everything = np.concatenate(draws)
    weight = np.concatenate([np.full(len(d), s / len(d)) for d, s in zip(draws, share, strict=True)])
    order = np.argsort(everything, axis=0, kind="stable")
    below = np.cumsum(weight[order], axis=0)
    sorted_ = np.take_along_axis(everything, order, axis=0)
    ends = ((1.0 - level) / 2.0, (1.0 + level) / 2.0)
    places = [np.minimum((below < end * below[-1]).sum(axis=0), len(everything) - 1) for end in ends]
    low, high = (np.take_along_axis(sorted_, p[None], axis=0)[0] for p in places)
    return low, high
