"""Who responds: people in thirds of what they bring with them, and how sure means and shares of them are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from .style import number, unit_text

Floats = NDArray[np.float64]
_Z = NormalDist().inv_cdf(0.975)
_FEWEST = 5
_SEPARATE = 6


@dataclass(frozen=True)
class Estimate:
    """A mean or a share with the range in which it would lie 95 times in 100 with other people."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Stratum:
    """People who are alike in one thing: `label` says how, `n` how many."""

    label: str
    n: int
    mean: Estimate
    share: Estimate


@dataclass(frozen=True)
class Split:
    """All strata of one covariate, and which share of the variance lies between them, chance taken off."""

    covariate: str
    strata: tuple[Stratum, ...]
    explained: float


def mean_of(values: Floats) -> Estimate:
    """The mean with its Monte-Carlo interval."""
    middle = float(values.mean())
    half = _Z * float(values.std(ddof=1)) / len(values) ** 0.5
    return Estimate(middle, middle - half, middle + half)


def share_of(flags: NDArray[np.bool_]) -> Estimate:
    """The share of those flagged, with Wilson's interval, which is right for none and for all as well."""
    n, p = len(flags), float(flags.mean())
    middle = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z * (p * (1 - p) / n + _Z**2 / (4 * n**2)) ** 0.5 / (1 + _Z**2 / n)
    return Estimate(p, max(0.0, middle - half), min(1.0, middle + half))


def split(
    covariate: str, unit: str, values: Floats, levels: Sequence[str], outcome: tuple[Floats, NDArray[np.bool_]]
) -> Split | None:
    """People cut into levels, or into thirds where there are none; nothing when all are alike.

    **Arguments:** `levels` are the words of the values 0, 1, 2...; `outcome` holds what is averaged and who is counted.
    """
    groups = _levels(values, levels) if levels else _thirds(values, unit)
    change, better = outcome
    kept = [(label, who) for label, who in groups if who.sum() >= _FEWEST]
    made = tuple(Stratum(label, int(who.sum()), mean_of(change[who]), share_of(better[who])) for label, who in kept)
    return Split(covariate, made, _explained([change[who] for _, who in kept])) if len(made) > 1 else None


def _explained(groups: Sequence[Floats]) -> float:
    r"""$\epsilon^2$: variance between groups over all variance, less what chance alone would put between them."""
    everybody = np.concatenate(groups)
    within = sum(float(((g - g.mean()) ** 2).sum()) for g in groups)
    total, n, k = float(((everybody - everybody.mean()) ** 2).sum()), len(everybody), len(groups)
    return (total - within - (k - 1) * within / (n - k)) / total if total and n > k else 0.0


def _levels(values: Floats, levels: Sequence[str]) -> list[tuple[str, NDArray[np.bool_]]]:
    return [(word, np.asarray(values == i)) for i, word in enumerate(levels)]


def _thirds(values: Floats, unit: str) -> list[tuple[str, NDArray[np.bool_]]]:
    """Three groups of like size; values that take a few numbers only are kept as they are."""
    known = np.unique(values)
    if len(known) <= _SEPARATE:
        return [(f"{number(v)} {unit_text(unit)}".strip(), np.asarray(values == v)) for v in known]
    low, high = np.quantile(values, [1 / 3, 2 / 3])
    words = (
        f"up to {number(low, 2)}",
        f"{number(low, 2)} to {number(high, 2)}",
        f"above {number(high, 2)} {unit_text(unit)}".strip(),
    )
    return list(zip(words, (values <= low, (values > low) & (values <= high), values > high), strict=True))
