"""Simulation-based calibration of this stage on a reduced problem: two trials, few values, invented numbers.

Rows are those of two studies with their weights put at 1, so that a number can be drawn from its own likelihood. Data
come from the chain itself, posteriors from its stand-in.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from ....chains import prior_chain
from ...inference.checking import Reduced, Simulate
from ...inference.prior import priors
from .arms import Evidence, Row, evidence
from .nodes import first
from .posed import Posed
from .question import followed
from .stage import posing
from .surrogate import Asked, emulated

Floats = NDArray[np.float64]
STUDIES = ("murrough2013a", "su2017")
VALUES = ("receptor.k_interneuron", "mood.w_l")
SCORE = ("scale.share", "day1", "hope", "drug_sd")
_PEOPLE, _POINTS = 32, 48


def reduced() -> Reduced:
    """The problem; what is not open (most values of the score) is held at its middle."""
    posed, places = _posed(), _places()

    def predicted(z: Array) -> Array:
        whole = jnp.zeros(posed.size).at[places].set(z)
        return posed.predicted(whole, posed.relieved(whole))

    def log_likelihood(told: Array, data: Array) -> Array:
        return posed.sheet.log_rows(told, data).sum()

    return Reduced(_open(), _simulating(posed, places), predicted, log_likelihood)


def _simulating(posed: Posed, places: NDArray[np.int64]) -> Simulate:
    """Invented numbers of all rows by the chain itself."""
    told = jax.jit(jax.vmap(posed.predicted))

    def simulate(truths: Floats, chance: np.random.Generator) -> Floats:
        whole = np.zeros((len(truths), posed.size))
        whole[:, places] = truths
        reliefs = np.pad(posed.surrogate.asked.told(whole[:, : posed.own]), ((0, 0), (0, 1)))
        means = np.asarray(told(jnp.asarray(whole), jnp.asarray(reliefs)))
        columns = [_printed(row, mean, chance) for row, mean in zip(posed.rows, means.T, strict=True)]
        return np.stack(columns, axis=1)

    return simulate


def _printed(row: Row, means: Floats, chance: np.random.Generator) -> Floats:
    """What studies would print of one row, one of each mean."""
    if row.counted:
        return np.asarray(chance.binomial(round(row.n), np.clip(means, 0.0, 1.0)) / round(row.n))
    return np.asarray(means + row.sd * chance.standard_normal(len(means)))


@cache
def _posed() -> Posed:
    told, chain = _few(evidence()), prior_chain()
    who = {name: first(of, _PEOPLE) for name, of in told.populations.items()}
    asked = Asked(chain, followed(told, who), priors(chain, VALUES), {}, float(chain.parameters["scale.worst"]))
    return posing(emulated(asked, _POINTS, seed=3), told)


def _few(whole: Evidence) -> Evidence:
    arms = {key: arm for key, arm in whole.arms.items() if key[0] in STUDIES}
    given = {arm.regimen for arm in arms.values()}
    rows = tuple(replace(row, weight=1.0) for row in whole.rows if row.study in STUDIES)
    regimens = {name: one for name, one in whole.regimens.items() if name in given}
    return replace(whole, arms=arms, rows=rows, regimens=regimens, also=dict.fromkeys(regimens, ()))


def _open() -> tuple[str, ...]:
    """The scores that are open: some values, and whatever is a study's own."""
    own = tuple(n for n in _posed().names if n.rpartition(".")[2] in STUDIES)
    return (*VALUES, *SCORE, *own)


def _places() -> NDArray[np.int64]:
    return np.array([_posed().names.index(name) for name in _open()])
