"""Simulation-based calibration of the body's stage on a reduced problem: four values, five rows, invented data."""

from __future__ import annotations

from functools import cache

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from ...inference.checking import Reduced
from ...inference.emulator import Emulator, emulated
from ...inference.observed import normal
from ...inference.prior import values_at
from . import told
from .predicted import Asked, answers

Floats = NDArray[np.float64]
VALUES = ("body.v1", "body.q1", "body.qh", "body.cl_int_s")
ROWS = (
    Asked("iv5", "cv_ketamine_s", "cmax"),
    Asked("iv5", "cv_ketamine_s", "clearance"),
    Asked("iv20", "ca_ketamine_s", "cmax"),
    Asked("iv20", "ca_ketamine_s", "at", 0.75),
    Asked("iv20", "ca_ketamine_s", "at", 2.0),
)
_SD = np.array([0.1, 0.06, 0.05, 0.1, 0.1])
_POINTS = 120


def reduced() -> Reduced:
    """The problem; data come from the exact solver, posteriors from its stand-in."""
    stand_in = _emulator()

    def log_likelihood(told: Array, data: Array) -> Array:
        return normal(data, told, jnp.asarray(_SD)).sum()  # type: ignore[arg-type]

    def simulate(truths: Floats, chance: np.random.Generator) -> Floats:
        return np.asarray(_exact(truths) + _SD * chance.standard_normal((len(truths), len(ROWS))))

    return Reduced(VALUES, simulate, stand_in.predict, log_likelihood)


@cache
def _emulator() -> Emulator:
    return emulated(_exact, VALUES, _POINTS, seed=1)


def _exact(z: Floats) -> Floats:
    laws = {a: told.laws()[a] for a in VALUES}
    return answers(ROWS, values_at(laws, z, told.chain()))
