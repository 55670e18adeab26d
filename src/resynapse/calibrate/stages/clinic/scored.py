r"""What a group's measured scores look like, written out: no person is drawn.

A person's score at a day is $B - f - \bar B g\,r\,q(f) - l + e_t$ with baseline $B$, fall $f = p\,(n(t) + h)$ of pull
$p$ (two kinds of people), nonspecific part $n$ and hope $h$ of `trial.score`, share $g$ (logit-normal between people),
weighed relief $r$ of the chain, room $q$ that the fall leaves, leaning $l$ of raters and errors $e$. Means, spreads and
shares follow by sums over bins of relief, three shares and two kinds, everything else being normal.

**Assumes:** what hope adds to or takes from single people changes their room too little to matter; its mean counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from ....trial.score import LEAST_LEFT, Values
from .cells import MONTH, START_SD, Cells
from .laws import below

Floats = NDArray[np.float64]
Known = Mapping[str, Any]
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(3)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


@dataclass(frozen=True)
class Studies:
    """What all arms of a study share: early and late shift (points), and by what its drug effect is multiplied."""

    early: Array
    late: Array
    strength: Array


def no_studies(count: int) -> Studies:
    """Studies like the mean of all studies."""
    return Studies(jnp.zeros(count), jnp.zeros(count), jnp.ones(count))


@dataclass(frozen=True)
class Scores:
    """Scores of every cell: `middle` (cells x bins x shares x kinds) with weights, and variances around it.

    **Arguments:** `middle` is the mean score at the day given bin, share and kind, `drugless` (cells x kinds) that
    without drug; `relieved` (cells x bins) is the relief, of which `left` (cells x kinds) comes about; `start` the mean
    score before treatment;
    `around` (cells x kinds) is the variance of hope; `wobble`, `kept` and `rater` describe errors.
    """

    middle: Array
    drugless: Array
    relieved: Array
    left: Array
    kinds: Array
    weights: Array
    start: Array
    around: Array
    wobble: Array
    kept: Array
    rater: Array
    error0: Array
    inflation: Array
    rated: Array

    def level(self) -> Array:
        """The mean score at the day, never below 0."""
        sd = jnp.sqrt(self.around + START_SD**2 + (self.wobble**2 + self.rater**2)[:, None])[:, None, None, :]
        return (self.weights * _cut(self.middle, sd)).sum((1, 2, 3))

    def change(self) -> Array:
        """The mean change from the first score as it was rated."""
        return self.level() - self.rated

    def spread(self) -> Array:
        """The standard deviation of changes."""
        moved = self.middle - self.start[:, None, None, None]
        mean = (self.weights * moved).sum((1, 2, 3), keepdims=True)
        between = (self.weights * ((moved - mean) ** 2 + self.around[:, None, None, :])).sum((1, 2, 3))
        return jnp.sqrt(between + 2.0 * self.wobble**2 * (1.0 - self.kept) + 2.0 * self.rater**2)

    def response(self) -> Array:
        """The share whose score is half of the first one or less."""
        half = self.middle - 0.5 * self.start[:, None, None, None]
        first = (0.5 * (self.error0 + self.inflation))[:, None, None, None]
        error = self.wobble**2 * (1.25 - self.kept) + 1.25 * self.rater**2 + 0.25 * START_SD**2
        sd = jnp.sqrt(self.around + error[:, None])[:, None, None, :]
        return (self.weights * below((0.25 - half + first) / sd)).sum((1, 2, 3))

    def at_most(self, most: Array) -> Array:
        """The share whose score is this or less."""
        error = self.wobble**2 + self.rater**2 + START_SD**2
        sd = jnp.sqrt(self.around + error[:, None])[:, None, None, :]
        return (self.weights * below((most[:, None, None, None] + 0.5 - self.middle) / sd)).sum((1, 2, 3))

    def only(self, rows: NDArray[np.int64]) -> Scores:
        """Some cells, in this order."""
        return Scores(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def with_relief(self, relieved: Array) -> Scores:
        """The same cells with other reliefs (cells x bins), for paths; middles stay as they were."""
        return replace(self, relieved=relieved)


def scores(at: Cells, reliefs: Array, known: Known, studies: Studies, value: Values) -> Scores:
    """Scores of every cell.

    **Arguments:** `reliefs` (cells x bins); `known` holds the fitted values of the score by name.
    """
    relieved = reliefs * studies.strength[at.study][:, None]
    moved = relieved[:, :, None] * shares(known)[None, None, :] * at.start[:, None, None]
    pulls, kinds = _pulls(at, known, value)
    fall, around = _fallen(at, known, studies, value)
    first = at.start - known["rater_bias"] * at.lean + _kept(at, known, value) * at.error0
    drugless = jnp.asarray(first[:, None] - pulls * fall[:, None])
    left = jnp.clip(1.0 - pulls * fall[:, None] / at.start[:, None], LEAST_LEFT, 1.0) ** known["overlap"]
    middle = jnp.asarray(drugless[:, None, None, :] - moved[..., None] * left[:, None, None, :])
    weights = _WEIGHTS[None, None, :, None] * kinds[None, None, None, :] / relieved.shape[1]
    one = jnp.ones(len(at))
    return Scores(
        middle,
        drugless,
        relieved,
        left,
        jnp.broadcast_to(kinds, drugless.shape),
        jnp.broadcast_to(jnp.asarray(weights), middle.shape),
        jnp.asarray(at.start),
        pulls**2 * around[:, None],
        known["wobble_sd"] * one,
        jnp.exp(-at.day / value.measuring.wobble_days),
        jnp.asarray(at.rater),
        jnp.asarray(at.error0),
        jnp.asarray(at.inflation),
        jnp.asarray(at.rated),
    )


def shares(known: Known, normal: Any = _NODES) -> Array:
    """Shares of the score that the drug can move, at normal scores between people."""
    middle = known["scale.share"]
    return 1.0 / (1.0 + (1.0 - middle) / middle * jnp.exp(-known["spread.scale.share"] * jnp.asarray(normal)))


def _pulls(at: Cells, known: Known, value: Values) -> tuple[Array, Array]:
    """Pull of both kinds of people (cells x kinds), and how many there are of each."""
    easily, others = known["easily_moved"], value.placebo.others_move
    kinds = jnp.stack([(1.0 - (1.0 - easily) * others) / easily, others * jnp.ones(())])
    share = at.elder * known["elder_share"] + at.young * value.placebo.adolescent_share + (1 - at.elder - at.young)
    return share[:, None] * kinds[None, :], jnp.stack([easily, 1.0 - easily])


def _fallen(at: Cells, known: Known, studies: Studies, value: Values) -> tuple[Array, Array]:
    """The mean fall of somebody with a pull of 1, and the variance of hope."""
    fast = (known["day1"] + at.inpatient * known["inpatient"]) * jnp.exp(-known["fades"] * at.day)
    slow = jnp.where(at.new_drug > 0, known["new_drug"], known["no_new_drug"])
    days = value.placebo.slow_days
    grown = (1.0 - np.exp(-at.day / days)) / (1.0 - np.exp(-MONTH / days))
    mean = fast * (1.0 - jnp.exp(-24.0 * at.day / known["onset_h"])) + slow * grown
    late = np.minimum(at.day / MONTH, 1.0)
    mean = mean + studies.early[at.study] * (1.0 - late) + studies.late[at.study] * late
    left = 0.5 ** (at.since / known["half_life_days"])
    up, down = known["gain"], known["disappointment"]
    hope = (known["hope"] + up * at.above - down * at.below) * left
    around = (up**2 * at.above_var + down**2 * at.below_var + 2.0 * up * down * at.above * at.below) * left**2
    return mean + hope, around


def _kept(at: Cells, known: Known, value: Values) -> Array:
    """How much of the first rating's mean error is still there at the day: the part that wobbles slowly."""
    wobble = known["wobble_sd"] ** 2
    return jnp.exp(-at.day / value.measuring.wobble_days) * wobble / (wobble + at.rater**2)


def _cut(mean: Array, sd: Array) -> Array:
    """The mean of what is normal, and 0 where it would be less."""
    far = mean / sd
    return mean * below(far) + sd * jnp.exp(-0.5 * far**2) / np.sqrt(2.0 * np.pi)
