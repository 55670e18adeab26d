"""What an emulator is made of: Hermite polynomials of normal scores, and a Matern kernel between them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement
from math import comb
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

jax.config.update("jax_enable_x64", True)

Powers = NDArray[np.int64]
AnyArray = Any
_TINY = 1e-12


def powers(size: int, degree: int) -> Powers:
    """Exponents of every product of `size` scores up to `degree` (terms x scores), lowest degree first."""
    chosen = [c for d in range(degree + 1) for c in combinations_with_replacement(range(size), d)]
    found = np.zeros((len(chosen), size), dtype=np.int64)
    for row, picked in enumerate(chosen):
        np.add.at(found[row], list(picked), 1)
    return found


def terms(size: int, degree: int) -> int:
    """How many products there are."""
    return comb(size + degree, degree)


def polynomials(z: AnyArray, exponents: Powers) -> AnyArray:
    """Products of orthonormal Hermite polynomials (points x terms): each has mean 0 and variance 1 for normal scores.

    NumPy in, NumPy out: fitting asks too many different sizes for compiled code.
    """
    library, most = _library(z), int(exponents.max(initial=0))
    single = library.stack(_hermite(z, most), axis=-1)
    flat = single.reshape((*z.shape[:-1], -1))
    found = library.ones((*z.shape[:-1], len(exponents)))
    for factor in _factors(exponents, most).T:
        found = found * flat[..., factor]
    return found


def _factors(exponents: Powers, most: int) -> Powers:
    """Places of the factors of every product (terms x degree): few gathers, so that compiling is quick."""
    degree = max(1, int((exponents > 0).sum(axis=1).max(initial=0)))
    found = np.zeros((len(exponents), degree), dtype=np.int64)
    for row, powers_of in enumerate(exponents):
        moved = np.flatnonzero(powers_of)
        found[row, : len(moved)] = moved * (most + 1) + powers_of[moved]
    return found


def matern(one: AnyArray, other: AnyArray) -> AnyArray:
    r"""Matern kernel 5/2 between scaled points: $(1 + r + r^2/3) e^{-r}$ with $r = \sqrt 5\,|x - y|$."""
    apart = (one**2).sum(-1)[..., None] + (other**2).sum(-1) - 2.0 * one @ other.T
    library = _library(one)
    r = library.sqrt(5.0 * library.maximum(apart, 0.0) + _TINY)
    return (1.0 + r + r**2 / 3.0) * library.exp(-r)


def _library(z: AnyArray) -> Any:
    return np if isinstance(z, np.ndarray) else jnp


def _hermite(z: AnyArray, degree: int) -> Sequence[AnyArray]:
    found = [0.0 * z + 1.0, z]
    for k in range(1, degree):
        found.append((z * found[k] - np.sqrt(k) * found[k - 1]) / np.sqrt(k + 1))
    return found[: degree + 1]
