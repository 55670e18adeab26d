"""The ten items of MADRS that sum to a total, with thoughts of suicide and loss of feeling tied to the chain."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from .values import facts

Floats = NDArray[np.float64]
ITEMS = (
    "apparent_sadness",
    "reported_sadness",
    "inner_tension",
    "reduced_sleep",
    "reduced_appetite",
    "concentration",
    "lassitude",
    "inability_to_feel",
    "pessimistic_thoughts",
    "suicidal_thoughts",
)
_TOP = 6.0
_HALVINGS = 40


def items(total: Floats, beyond: tuple[Floats, Floats], spread: Floats) -> NDArray[np.int64]:
    """Items of 0 to 6 whose sum is the total, exactly.

    Each item wants 6 times a logistic of its own place, the same shift for all bringing the sum to the total; then
    items are rounded down and the rest goes to those that lost most.

    **Arguments:** `total` (whole numbers, any shape); `beyond` is how far the chain's ideation and anhedonia stand
    above its despair; `spread` are normal numbers, shape of `total` and ten.
    """
    known = facts("scales")
    place = _profile() + known["item.spread"].value * spread
    place[..., 9] += known["ideation.pull"].value * beyond[0]
    place[..., 7] += known["anhedonia.pull"].value * beyond[1]
    wanted = _TOP * expit(place + _shift(total, place)[..., None])
    return _rounded(wanted, total.astype(np.int64))


def _shift(total: Floats, place: Floats) -> Floats:
    """By how much all places must move for the items to sum to the total."""
    aim = logit(np.clip(total / 60.0, 1e-9, 1.0 - 1e-9))
    low, high = aim - 12.0, aim + 12.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        over = _TOP * expit(place + middle[..., None]).sum(-1) > total
        low, high = np.where(over, low, middle), np.where(over, middle, high)
    return np.asarray(0.5 * (low + high))


def _rounded(wanted: Floats, total: NDArray[np.int64]) -> NDArray[np.int64]:
    floor = np.minimum(np.floor(wanted), _TOP).astype(np.int64)
    rest = (total - floor.sum(-1))[..., None]
    lost = np.where(floor < int(_TOP), wanted - floor, -1.0)
    rank = (-lost).argsort(-1, kind="stable").argsort(-1, kind="stable")
    return floor + (rank < rest)


@cache
def _profile() -> Floats:
    known = facts("scales")
    return np.array([known[f"items.{name}"].value for name in ITEMS])
