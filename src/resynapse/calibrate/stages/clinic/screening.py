"""Which values of a chain move what the clinic saw, and are worth fitting there."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from ....core.chain import Chain
from ....core.solver import GridPlan
from ...inference.emulator import design
from ...inference.prior import Afterwards, Law, uncertain, values_at
from ...posterior import Posterior

Floats = NDArray[np.float64]
Follow = Callable[[Mapping[str, Floats]], Floats]
ROOMS = ("receptor", "circuit", "synapse", "brain", "mood", "life")
"""Rooms whose values the clinic may move: the body has a stage of its own, the score's values are fitted beside."""
OF_PEOPLE = ("life.rho",)
"""Values that a population draws as covariates."""
_ENDS = (0.05, 0.95)
_STABLE = 2.7


def doubted(chain: Chain) -> dict[str, Law]:
    """Every value of these rooms whose file states a range, as far as the coarse grid can follow it.

    A time constant that may lie below the longest step over 2.7 is left out: the method would be unstable there.
    """
    shortest = GridPlan.coarse().longest / _STABLE
    found: dict[str, Law] = {}
    for u in uncertain(chain):
        fast = u.entry.unit == "h" and u.entry.range is not None and u.entry.range[0] < shortest
        if u.address.split(".")[0] in ROOMS and u.address not in OF_PEOPLE and not fast:
            found[u.address] = u
    return found


def chained(laws: Mapping[str, Law], before: Posterior | None) -> dict[str, Law]:
    """The same laws, with what an earlier stage learned in place of what the files say, value by value."""
    if before is None:
        return dict(laws)
    learned = [a for a in laws if a in before.addresses and bool((before.of(a) > 0.0).all())]
    return {**laws, **{a: Afterwards.of(before.name, before.of(a)) for a in learned}}


def effects(follow: Follow, laws: Mapping[str, Law], chain: Chain, seed: int, count: int = 4) -> dict[str, Floats]:
    """How far each value moves every group mean, from the 5th to the 95th hundredth of its prior, at some base points.

    **Arguments:** `follow` gives group means (draws x outputs) for drawn values; so many base points (`count`) are
    draws of the prior.
    """
    names, low_high = tuple(laws), ndtri(np.array(_ENDS))
    bases = design(len(names), count, seed)
    z = np.repeat(bases[:, None], 2 * len(names), axis=1)
    for k in range(len(names)):
        z[:, 2 * k : 2 * k + 2, k] = low_high
    means = follow(values_at(laws, z.reshape(-1, len(names)), chain)).reshape(count, len(names), 2, -1)
    by = means[:, :, 1] - means[:, :, 0]
    return {name: by[:, k].ravel() for k, name in enumerate(names)}


def picked(found: Mapping[str, Floats], count: int) -> dict[str, float]:
    """The values that move the outputs most, each by what those before it cannot move: pivoted Gram and Schmidt.

    Beside each stands the size of that effect: the root of its mean square over outputs and base points.
    """
    left, chosen = dict(found), dict[str, float]()
    while left and len(chosen) < count:
        best = max(left, key=lambda a: float(np.linalg.norm(left[a])))
        own = left.pop(best)
        chosen[best] = float(np.sqrt(np.mean(own**2)))
        unit = own / max(float(np.linalg.norm(own)), 1e-300)
        left = {a: v - (v @ unit) * unit for a, v in left.items()}
    return chosen
