"""A fast stand-in for a slow but smooth function of many doubted values, and how far it is off.

Hermite polynomials carry the broad shape, a Gaussian process on what they leave carries the rest. Degree, reach of the
process and its nugget are chosen by what is missed at points that were held out, every point once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.special import ndtri
from scipy.stats import qmc

from ...core.errors import RequestError, SolveError
from .basis import AnyArray, Powers, matern, polynomials, powers, terms

Floats = NDArray[np.float64]
Function = Callable[[Floats], Floats]
_FOLDS = 5
_ENOUGH = 600
_ROOM = 1.5
_LEFT_OUT = 1e-10
_SMALLEST_SCALE = 0.05
_REACHES = (1.0, 2.0, 4.0, 8.0, 16.0)
_NUGGETS = (1e-9, 1e-5, 1e-2)


@dataclass(frozen=True)
class Error:
    """What an emulator misses at points that it had not seen, one number an output, in the output's own unit.

    **Arguments:** `rms` and `largest` are over all points of the design, each held out once; `sd` is how much the
    output itself varies over the design.
    """

    rms: Floats
    largest: Floats
    sd: Floats

    @property
    def explained(self) -> Floats:
        """The share of each output's variance that is met; 1 where it does not vary and is met."""
        return np.asarray(1.0 - (self.rms / np.where(self.sd > 0, self.sd, 1.0)) ** 2)


@dataclass(frozen=True)
class Shape:
    """The kind of an emulator: degree of its polynomials, reach of its Gaussian process (or none), its nugget."""

    degree: int
    reach: float | None
    nugget: float


@dataclass(frozen=True)
class _Law:
    """A fitted emulator of standardised components: coefficients of polynomials and of kernels around the points."""

    exponents: Powers
    coefficients: Floats
    points: Floats | None
    scale: Floats
    weights: Floats

    def __call__(self, z: AnyArray) -> AnyArray:
        broad = polynomials(z, self.exponents) @ self.coefficients
        if self.points is None:
            return broad
        return broad + matern(z * self.scale, self.points * self.scale) @ self.weights


@dataclass(frozen=True)
class Emulator:
    """A stand-in for a function of normal scores.

    **Arguments:** `addresses` name the scores; `z` (points x scores) and `y` (points x outputs) are what it was fitted
    to; `shape` what was chosen; `error` what it misses; `function` computes new points, where it is still at hand.
    """

    addresses: tuple[str, ...]
    z: Floats
    y: Floats
    shape: Shape
    error: Error
    function: Function | None
    _law: _Law
    _center: Floats
    _spread: Floats

    def predict(self, z: Array) -> Array:
        """Outputs at normal scores (... x scores -> ... x outputs), in `jax.numpy`: it may be traced and derived."""
        found: Array = self._center + self._law(jnp.asarray(z)) @ self._spread
        return found

    def refined(self, points: Floats) -> Emulator:
        """The same emulator with more points, such as draws of a posterior, where it then is most exact.

        **Raises:** `RequestError` when the function is no longer at hand.
        """
        if self.function is None:
            raise RequestError("this emulator was read from points and has no function to ask", where="refined")
        y = _finite(points, self.function(points))
        return fitted(self.addresses, np.vstack([self.z, points]), np.vstack([self.y, y]), self.function)

    def checked(self, points: Floats, truth: Floats | None = None) -> Error:
        """What is missed at other points, such as draws of a posterior; `truth` is asked of the function if not given.

        **Raises:** `RequestError` when neither truth nor function is at hand.
        """
        if truth is None and self.function is None:
            raise RequestError("this emulator has no function to ask, so give the truth", where="checked")
        wanted = self.function(points) if truth is None and self.function else truth
        return _error(np.asarray(self.predict(jnp.asarray(points))), np.asarray(wanted))


def emulated(function: Function, laws: Collection[str], n: int, seed: int) -> Emulator:
    """An emulator of a function of normal scores, fitted to `n` points of a scrambled Sobol sequence.

    **Arguments:** `function` takes scores (points x scores) and gives outputs (points x outputs), smooth in the scores:
    logarithms of concentrations rather than concentrations; `laws` are priors by address, or addresses alone; `n` some
    ten points a score or more.

    **Raises:** `SolveError` when an output is not finite, `RequestError` when there are too few points.

    **Assumes:** no noise: the same scores give the same outputs.
    """
    z = design(len(laws), n, seed)
    return fitted(tuple(laws), z, _finite(z, function(z)), function)


def fitted(
    addresses: Collection[str], z: Floats, y: Floats, function: Function | None = None, enough: float = 0.0
) -> Emulator:
    """An emulator of points that were computed before: scores (points x scores) and outputs (points x outputs).

    **Arguments:** polynomials alone are taken where they miss every output by less than `enough` (root mean square):
    they are the fastest.

    **Raises:** `RequestError` when there are too few points for a straight line.
    """
    if len(z) < _ROOM * terms(z.shape[1], 1) + _FOLDS:
        raise RequestError(
            "too few points for an emulator", given=len(z), allowed=f"{2 * terms(z.shape[1], 1)} or more"
        )
    _, spread, components = _components(_finite(z, y))
    scale = _sensitivity(z, components)
    shape = _chosen(z, components, scale, enough / max(float(np.abs(spread).max()), 1e-300))
    return shaped(addresses, z, y, shape, function)


def shaped(
    addresses: Collection[str], z: Floats, y: Floats, shape: Shape, function: Function | None = None
) -> Emulator:
    """An emulator of a shape that was settled before: with many scores, trying others costs more than it gains."""
    center, spread, components = _components(_finite(z, y))
    scale = _sensitivity(z, components) if shape.reach is not None else np.ones(z.shape[1])
    law, missed = _law(z, components, shape, scale), _held_out(z, components, shape, scale)
    predicted = center + (components - missed) @ spread
    return Emulator(tuple(addresses), z, y, shape, _error(predicted, y), function, law, center, spread)


def design(size: int, n: int, seed: int) -> Floats:
    """`n` normal scores that fill the space evenly (points x scores): a scrambled Sobol sequence."""
    engine = qmc.Sobol(size, scramble=True, rng=np.random.default_rng(seed))
    cube = engine.random_base2(max(0, int(np.ceil(np.log2(max(n, 1))))))[:n]
    return np.asarray(ndtri(np.clip(cube, 1e-6, 1 - 1e-6)))


def _components(y: Floats) -> tuple[Floats, Floats, Floats]:
    """Center, loadings (components x outputs) and standardised principal components of outputs in units of their SD."""
    center, sd = y.mean(axis=0), y.std(axis=0)
    left, sizes, right = np.linalg.svd((y - center) / np.where(sd > 0, sd, 1.0), full_matrices=False)
    kept = max(1, int((sizes**2 > _LEFT_OUT * max((sizes**2).sum(), 1e-300)).sum()))
    width = np.maximum(sizes[:kept], 1e-300) / np.sqrt(len(y))
    return center, width[:, None] * right[:kept] * sd, left[:, :kept] * np.sqrt(len(y))


def _sensitivity(z: Floats, components: Floats) -> Floats:
    """How much every score moves the outputs, 1 for the one that moves them most: the scale of the kernel."""
    degree = 2 if len(z) > _ROOM * terms(z.shape[1], 2) else 1
    law = _law(z, components, Shape(degree, None, 0.0), np.ones(z.shape[1]))
    moved = (law.exponents > 0).T @ (law.coefficients**2).sum(axis=1)
    return np.maximum(np.sqrt(moved / max(moved.max(), 1e-300)), _SMALLEST_SCALE)


def _chosen(z: Floats, components: Floats, scale: Floats, enough: float) -> Shape:
    """The shape that misses least at points held out, tried on some of the points when there are many."""
    some = np.unique(np.linspace(0, len(z) - 1, min(len(z), _ENOUGH)).astype(int))
    tried: list[tuple[float, Shape]] = []
    for shape in _shapes(len(some) * (_FOLDS - 1) // _FOLDS, z.shape[1]):
        missed = float((_held_out(z[some], components[some], shape, scale) ** 2).mean(axis=0).sum())
        tried.append((missed, shape))
        if shape.reach is None and missed < enough**2:
            return shape
    return min(tried, key=lambda pair: pair[0])[1]


def _held_out(z: Floats, components: Floats, shape: Shape, scale: Floats) -> Floats:
    """What a shape misses at points held out, every point once."""
    held = np.random.default_rng(0).permutation(len(z)) % _FOLDS
    missed = np.empty_like(components)
    for fold in range(_FOLDS):
        seen = held != fold
        missed[~seen] = components[~seen] - _law(z[seen], components[seen], shape, scale)(z[~seen])
    return missed


def _shapes(points: int, size: int) -> Iterator[Shape]:
    """Shapes that so many points allow, the simplest first."""
    degrees = [d for d in (1, 2, 3) if points > _ROOM * terms(size, d)]
    yield from (Shape(d, None, 0.0) for d in degrees)
    yield from (Shape(d, reach, nugget) for d in degrees for reach in _REACHES for nugget in _NUGGETS)


def _law(z: Floats, components: Floats, shape: Shape, scale: Floats) -> _Law:
    exponents = powers(z.shape[1], shape.degree)
    broad = polynomials(z, exponents)
    if shape.reach is None:
        return _Law(exponents, _least_squares(broad, components), None, scale, components[:0])
    own = scale / shape.reach
    factor = _factor(z * own, shape.nugget)
    coefficients = _least_squares(broad, components, factor)
    weights = cho_solve(factor, components - broad @ coefficients)
    return _Law(exponents, coefficients, z, own, weights)


def _factor(points: Floats, nugget: float) -> tuple[Floats, bool]:
    return cho_factor(matern(points, points) + nugget * np.eye(len(points)), lower=True)


def _least_squares(broad: Floats, components: Floats, factor: tuple[Floats, bool] | None = None) -> Floats:
    """Coefficients of the polynomials, weighted by the inverse of the kernel where there is one."""
    if factor is None:
        return np.asarray(np.linalg.lstsq(broad, components, rcond=None)[0])
    weighed = cho_solve(factor, broad)
    return np.asarray(np.linalg.lstsq(broad.T @ weighed, weighed.T @ components, rcond=None)[0])


def _error(predicted: Floats, truth: Floats) -> Error:
    missed = predicted - truth
    return Error(np.sqrt((missed**2).mean(axis=0)), np.abs(missed).max(axis=0), truth.std(axis=0))


def _finite(z: Floats, y: Floats) -> Floats:
    found = np.asarray(y, dtype=np.float64)
    found = found[:, None] if found.ndim == 1 else found
    bad = np.flatnonzero(~np.isfinite(found).all(axis=1))
    if found.shape[0] != len(z) or bad.size:
        raise SolveError(
            "a function cannot be emulated where it has no finite value",
            given=f"{bad.size} of {len(z)} points, first {bad[:1].tolist()}" if bad.size else f"{found.shape}",
            then="narrow the priors, or leave the output out",
        )
    return found
