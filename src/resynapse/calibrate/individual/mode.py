"""The most likely person: the mode of the posterior, and how sharp it is."""

from __future__ import annotations

from dataclasses import dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray
from scipy.optimize import minimize

from ...core.errors import SolveError
from .case import Case, sensitivities
from .likelihood import Measured, log_likelihood

Floats = NDArray[np.float64]
_STARTS = 4
_FLAT = 1e-4  # the largest slope (log-density per prior standard deviation) that still counts as the top
_SAME = 1e-3  # two tops whose log-densities differ by less are one


@dataclass(frozen=True)
class Mode:
    """The most likely random effects of one person (maximum a posteriori).

    **Arguments:** `z` on the standard normal scale; `covariance` of z, the inverse curvature at the mode; `density` the
    log-density there; `other_tops` are log-densities of other modes that further starts ended in.
    """

    z: Floats
    covariance: Floats
    density: float
    other_tops: tuple[float, ...]


def most_likely(case: Case, seed: int = 0) -> Mode:
    """The mode of one person's posterior: Newton's method in a trust region, from several starts.

    **Raises:** `SolveError` when no start ends on a top with finite curvature.
    """
    chance = np.random.default_rng(seed)
    starts = [np.zeros(case.spread.size), *chance.standard_normal((_STARTS - 1, case.spread.size))]
    tops = sorted((t for s in starts if (t := _climbed(case, s))), key=lambda t: -t.density)
    if not tops:
        raise SolveError(
            "no most likely parameters were found for this person",
            then="check doses, units and times of the measurements, or choose another theory (--body)",
        )
    others = [t.density for t in tops if tops[0].density - t.density > _SAME]
    return Mode(tops[0].z, tops[0].covariance, tops[0].density, tuple(others))


def laplace_evidence(case: Case, mode: Mode) -> float:
    """Log-probability of all measurements under this theory, whatever the person's parameters (Laplace)."""
    return mode.density + 0.5 * float(np.linalg.slogdet(mode.covariance)[1])


def _climbed(case: Case, start: Floats) -> Mode | None:
    found = minimize(
        lambda z: _loss_and_slope(case, z)[0],
        start,
        jac=lambda z: _loss_and_slope(case, z)[1],
        hess=lambda z: _curvature(case, z),
        method="trust-exact",
        options={"gtol": _FLAT / 100, "maxiter": 200},
    )
    slope, curvature = _loss_and_slope(case, found.x)[1], _curvature(case, found.x)
    if not np.isfinite(curvature).all() or np.abs(slope).max() > _FLAT or np.linalg.eigvalsh(curvature)[0] <= 0:
        return None
    return Mode(found.x, np.asarray(np.linalg.inv(curvature), dtype=np.float64), -float(found.fun), ())


def _loss_and_slope(case: Case, z: Floats) -> tuple[float, Floats]:
    predicted, moved = sensitivities(case, jnp.asarray(z))
    fit, pull = _fit_and_pull(case.data, predicted)
    return 0.5 * float(z @ z) - float(fit), z - np.asarray(pull) @ np.asarray(moved)


def _curvature(case: Case, z: Floats) -> Floats:
    return np.asarray(_hessian(case, jnp.asarray(z)))


@eqx.filter_jit
def _fit_and_pull(data: Measured, predicted: Array) -> tuple[Array, Array]:
    """The log-likelihood and how every prediction pulls at it; the theory is compiled once, for its sensitivities."""
    return jax.value_and_grad(lambda f: log_likelihood(data, f))(predicted)


@eqx.filter_jit
def _hessian(case: Case, z: Array) -> Array:
    return jax.hessian(lambda v: -case.log_density(v))(z)
