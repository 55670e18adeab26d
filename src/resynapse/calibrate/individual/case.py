"""One person as a question to a theory: which random effects make these measurements likely?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from .likelihood import Measured, log_likelihood, noisy
from .variability import Variability

Values = Mapping[str, Array]


class Predict(Protocol):
    """How a theory answers for one person: from parameter values by address to ports at times fixed beforehand."""

    def __call__(self, values: Values) -> Array:
        """Predictions with axes time and port."""


class Case(eqx.Module):
    r"""One person's measurements, the spreads between people, and the theory's prediction for this person's doses.

    The posterior density of the standard normal numbers z behind the etas is
    $\log p(z | y) = \log p(y | f(z)) - |z|^2/2 + c$.

    **Arguments:** `data` what was measured; `spread` how people differ; `predict` the theory with this person's doses
    and covariates at the times of `data`, which can be swapped for any other.
    """

    data: Measured
    spread: Variability
    predict: Predict

    def at_measurements(self, z: Array) -> Array:
        """Predicted value of every measurement."""
        return self.data.pick(self.predict(self.spread.values(z)))

    def log_density(self, z: Array) -> Array:
        """Log-density of the posterior at `z`, up to the normal prior's constant."""
        return log_likelihood(self.data, self.at_measurements(z)) - 0.5 * jnp.sum(z**2)


@eqx.filter_jit
def predictions(case: Case, z: Array) -> Array:
    """Predicted measurements for many z (draws x measurements)."""
    return jax.lax.map(case.at_measurements, z, batch_size=64)


@eqx.filter_jit
def courses(predict: Predict, spread: Variability, z: Array) -> Array:
    """Whole courses for many z (draws x times x ports)."""
    return jax.lax.map(lambda one: predict(spread.values(one)), z, batch_size=64)


@eqx.filter_jit
def sensitivities(case: Case, z: Array) -> tuple[Array, Array]:
    """Predicted measurements and their derivatives with respect to every z."""
    return case.at_measurements(z), jax.jacfwd(case.at_measurements)(z)


@eqx.filter_jit
def simulated(case: Case, keys: tuple[Array, Array], count: int) -> Array:
    """Measurements of `count` people like this one, drawn anew: other etas, other errors (draws x measurements)."""
    z = jax.random.normal(keys[0], (count, case.spread.size))
    return jax.vmap(noisy, (None, 0, 0))(case.data, predictions(case, z), jax.random.split(keys[1], count))


def told(cases: Sequence[Case]) -> tuple[str, ...]:
    """The parameters that move any measurement of anybody: of the others these measurements tell nothing."""
    spread = cases[0].spread
    moved = np.zeros(spread.size, dtype=bool)
    for case in cases:
        moved |= (np.abs(np.asarray(_slopes(case)))[case.data.known] > 0).any(axis=0)
    return tuple(a for a, kept in zip(spread.addresses, moved, strict=True) if kept)


@eqx.filter_jit
def _slopes(case: Case) -> Array:
    def at(eta: Array) -> Array:
        return case.data.pick(case.predict(case.spread.around(eta)))

    return jax.jacfwd(at)(jnp.zeros(case.spread.size))
