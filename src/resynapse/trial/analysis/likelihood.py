r"""The restricted likelihood of repeated scores, with exact first and second derivatives.

$-2\ell(\theta) = \sum_k n_k \log|\Sigma_k| + \log|X'\Omega^{-1}X| + r'\Omega^{-1}r$ up to a constant, over patterns $k$
of missing visits. Every term is linear in the moments of `moments.py`, so that the cost does not grow with people.

**Source:** `patterson1971`, `kenward1997` for the matrices $P$, $Q$ and $R$.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from .covariance import Covariance
from .moments import Moments

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Point:
    """The likelihood at one covariance.

    **Arguments:** `inverses` are the inverse covariances by pattern, zero where a visit is missing; `effects` are the
    generalised least-squares effects; `phi` is their covariance; `deviance` is minus twice the restricted likelihood.
    """

    theta: Floats
    sigma: Floats
    inverses: Floats
    effects: Floats
    phi: Floats
    deviance: float


@dataclass(frozen=True)
class Derivatives:
    """Derivatives of the deviance, and Kenward and Roger's P: first derivatives of the information on the effects.

    **Arguments:** `observed` and `expected` are Hessians.
    """

    gradient: Floats
    observed: Floats
    expected: Floats
    p: Floats


def at(moments: Moments, structure: Covariance, theta: Floats) -> Point | None:
    """The likelihood at `theta`, or `None` where it gives no covariance (not positive definite)."""
    sigma = structure.matrix(theta)
    if not (np.isfinite(sigma).all() and _positive(sigma)):
        return None
    both = moments.seen[:, :, None] & moments.seen[:, None, :]
    filled = np.where(both, sigma, np.eye(moments.visits))
    inverses = np.where(both, np.linalg.inv(filled), 0.0)
    sums = _contracted(inverses[:, None], moments)[0]
    factor = cho_factor(sums[:-1, :-1], lower=True)
    effects = cho_solve(factor, sums[:-1, -1])
    phi = cho_solve(factor, np.eye(moments.effects))
    logs = moments.people @ np.linalg.slogdet(filled)[1] + 2.0 * np.log(np.diag(factor[0])).sum()
    rest = sums[-1, -1] - sums[:-1, -1] @ effects
    return Point(theta, sigma, inverses, effects, phi, float(logs + rest))


def derivatives(moments: Moments, structure: Covariance, point: Point) -> Derivatives:
    """Exact derivatives of the deviance at a point, observed and expected information alike."""
    slopes, bends = structure.slopes(point.theta), structure.bends(point.theta)
    wd, people, phi = _weighted(point, slopes), moments.people.astype(np.float64), point.phi
    p = _contracted(-wd @ point.inverses[:, None], moments)
    phi_p = phi @ p[:, :-1, :-1]
    sway = np.concatenate([-point.effects, [1.0]])
    pulled = p @ sway
    traces = _paired(wd * people[:, None, None, None], wd)
    crossed = np.tensordot(phi_p, phi_p, axes=([1, 2], [2, 1]))
    (q_phi, r_phi), (q_sway, r_sway) = (
        _sums(moments, point, (wd, bends), m) for m in (_padded(phi), np.outer(sway, sway))
    )
    gradient = people @ np.trace(wd, axis1=2, axis2=3) + np.trace(phi_p, axis1=1, axis2=2) + pulled @ sway
    observed = 2.0 * (q_phi + q_sway) - r_phi - r_sway - traces - crossed
    observed = observed - 2.0 * pulled[:, :-1] @ phi @ pulled[:, :-1].T + _trace_bends(point, bends, people)
    return Derivatives(gradient, observed, traces - 2.0 * q_phi + crossed, p[:, :-1, :-1])


def seconds(moments: Moments, structure: Covariance, point: Point, direction: Floats) -> tuple[Floats, Floats]:
    r"""Kenward and Roger's $x' Q_{hj} x$ and $x' R_{hj} x$ for one direction $x$ of the effects."""
    slopes, bends = structure.slopes(point.theta), structure.bends(point.theta)
    return _sums(moments, point, (_weighted(point, slopes), bends), _padded(np.outer(direction, direction)))


def _weighted(point: Point, slopes: Floats) -> Floats:
    """The product of inverse covariance and slope: pattern, parameter, visit, visit."""
    return point.inverses[:, None] @ slopes[None]


def _sums(moments: Moments, point: Point, turns: tuple[Floats, Floats | None], matrix: Floats) -> tuple[Floats, Floats]:
    """Traces of Q and R with a symmetric matrix, pair by pair of parameters, without forming Q and R."""
    wd, bends = turns
    shadow = (moments.products @ matrix.ravel()).reshape(point.inverses.shape)
    q = _paired(wd, wd @ (point.inverses @ shadow)[:, None])
    if bends is None:
        return q, np.zeros_like(q)
    return q, np.tensordot(bends, (point.inverses @ shadow @ point.inverses).sum(0), axes=2)


def _contracted(weights: Floats, moments: Moments) -> Floats:
    """Sums of products weighted by one matrix a pattern: pattern, any, visit, visit to any, column, column."""
    columns = moments.effects + 1
    by_pattern = weights.reshape(*weights.shape[:2], -1) @ moments.products
    return by_pattern.sum(0).reshape(-1, columns, columns)


def _paired(left: Floats, right: Floats) -> Floats:
    """Traces of the products of two lists of matrices, every pair, summed over patterns."""
    size = left.shape[1]
    rows = left.transpose(1, 0, 2, 3).reshape(size, -1)
    return rows @ right.transpose(1, 0, 3, 2).reshape(size, -1).T


def _trace_bends(point: Point, bends: Floats | None, people: Floats) -> Floats | float:
    return 0.0 if bends is None else np.tensordot(bends, np.tensordot(people, point.inverses, axes=1), axes=2)


def _padded(phi: Floats) -> Floats:
    return np.pad(phi, (0, 1))


def _positive(sigma: Floats) -> bool:
    try:
        np.linalg.cholesky(sigma)
    except np.linalg.LinAlgError:
        return False
    return True
