"""What moves a score without the drug: time, care, visits, a new tablet, hope and disappointment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .values import Placebo

Floats = NDArray[np.float64]
_MONTH = 28.0
ELDER, ADULT = 65.0, 18.0
LEAST_LEFT = 0.02
"""The least share of a score that is thought to be left where everything fell already."""


def nonspecific(value: Placebo, days: Floats, new_drug: bool, inpatient: bool = False) -> Floats:
    """The mean fall (points) without drug and without expectancy, `days` after the first session.

    A part that is there within hours and may fade, and one that grows slowly and reaches its size at day 28.
    """
    since = np.maximum(days, 0.0)
    fast = (value.day1 + (value.inpatient if inpatient else 0.0)) * np.exp(-value.fades * since)
    slow = value.new_drug if new_drug else value.no_new_drug
    grown = (1.0 - np.exp(-since / value.slow_days)) / (1.0 - np.exp(-_MONTH / value.slow_days))
    return np.asarray(fast * (1.0 - np.exp(-24.0 * since / value.onset_h)) + slow * grown)


def seen_often(value: Placebo, days: Floats) -> Floats:
    """The further fall that visits bring beyond one a week and the two of the first days."""
    order = np.cumsum(days > 0.0)
    usual = np.maximum(days, 0.0) / 7.0 + 2.0
    return np.asarray(value.visit * np.maximum(order - usual, 0.0))


def expectancy(value: Placebo, belief: Floats, since: Floats) -> Floats:
    r"""The fall (points) that a belief $b$ brings: hope above one half, disappointment below, steeper than hope.

    $(h + \kappa_+ (b - \frac12)_+ - \kappa_- (\frac12 - b)_+)\,2^{-t/T}$, with $t$ the days since the last session.
    """
    hope = value.hope + value.gain * np.maximum(belief - 0.5, 0.0)
    felt = hope - value.disappointment * np.maximum(0.5 - belief, 0.0)
    return np.asarray(felt * 0.5 ** (np.maximum(since, 0.0) / value.half_life_days))


def pull(value: Placebo, moved: Floats, age: Floats) -> Floats:
    """How much of the mean each person moves with time, care and hope.

    A part of people moves easily, the others little; the mean over adults is 1. Elders move less, by what trials in
    them showed; adolescents as assumed.
    """
    others = value.others_move
    easily = (1.0 - (1.0 - value.easily_moved) * others) / value.easily_moved
    share = np.where(age >= ELDER, value.elder_share, np.where(age < ADULT, value.adolescent_share, 1.0))
    return np.asarray(np.where(moved < value.easily_moved, easily, others) * share)


def room(value: Placebo, start: Floats, fall: Floats) -> Floats:
    r"""What is left for the drug to move, as a share: $(1 - f/s)^o$ of somebody who fell by $f$ from a score $s$.

    **Assumes:** whoever got worse without the drug leaves it no more than the whole.

    **Source:** Kirsch 2000 asks whether effects of drug and placebo add up ($o = 0$).
    """
    left = np.clip(1.0 - fall / np.maximum(start, 1.0), LEAST_LEFT, 1.0)
    return np.asarray(left**value.overlap)


def keeping(value: Placebo, days: Floats, drawn: Floats) -> Floats:
    """What is left of each person's nonspecific fall (people x visits): all, until it is lost at a random day.

    **Assumes:** nothing is lost in the first four weeks, and then at a constant rate.
    """
    lost = _MONTH - np.log(drawn) * value.loss_days / np.log(2.0)
    return np.where(days[None, :] < lost[:, None], 1.0, value.loss_keeps)
