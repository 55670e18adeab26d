"""Emulators: exact on polynomials, honest about what they miss, better where points were added."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from resynapse.calibrate.inference.basis import polynomials, powers
from resynapse.calibrate.inference.emulator import design, emulated, fitted
from resynapse.core.errors import RequestError, SolveError

NAMES = ("a", "b", "c")


def cubic(z):
    a, b, c = z.T
    return np.stack([1 + 2 * a - b * c + 0.3 * a**3, b**2 - a * b * c, np.full(len(z), 4.0)], axis=1)


def wavy(z):
    return np.stack([np.exp(0.5 * z[:, 0]) * np.tanh(z[:, 1]), np.sin(z[:, 0] + 0.4 * z[:, 2])], axis=1)


def test_polynomials_are_met_exactly():
    made = emulated(cubic, NAMES, 80, seed=1)
    z = np.random.default_rng(0).normal(size=(200, 3))
    assert np.asarray(made.predict(z)) == pytest.approx(cubic(z), abs=1e-8)
    assert made.error.largest.max() < 1e-8


def test_the_basis_is_orthonormal_for_normal_scores():
    nodes, weights = np.polynomial.hermite_e.hermegauss(8)
    z = np.stack(np.meshgrid(nodes, nodes), axis=-1).reshape(-1, 2)
    w = np.outer(weights, weights).ravel() / weights.sum() ** 2
    found = np.asarray(polynomials(jnp.asarray(z), powers(2, 3)))
    assert (found.T * w) @ found == pytest.approx(np.eye(10), abs=1e-10)


def test_the_error_that_is_told_is_the_error_at_new_points():
    made = emulated(wavy, NAMES, 150, seed=2)
    new = made.checked(np.random.default_rng(5).normal(size=(500, 3)))
    assert (made.error.explained > 0.98).all()
    assert new.rms == pytest.approx(made.error.rms, rel=1.0)
    assert (made.error.rms < made.error.largest).all()


def test_points_where_they_matter_make_it_better_there():
    made = emulated(wavy, NAMES, 60, seed=2)
    there = np.random.default_rng(6).normal(loc=[1.0, -0.5, 1.0], scale=0.3, size=(60, 3))
    again = made.refined(there[:40])
    assert len(again.z) == 100
    assert (again.checked(there[40:]).rms < 0.7 * made.checked(there[40:]).rms).all()


def test_it_can_be_derived_and_asked_one_point_at_a_time():
    made = emulated(wavy, NAMES, 100, seed=2)
    z = np.array([0.2, -0.1, 0.4])
    slope = jax.grad(lambda x: made.predict(x)[0])(jnp.asarray(z))
    step = 1e-3 * np.eye(3)
    apart = [(made.predict(z + s)[0] - made.predict(z - s)[0]) / 2e-3 for s in step]
    assert np.asarray(slope) == pytest.approx(np.array(apart), rel=1e-3, abs=1e-4)
    assert np.asarray(made.predict(z[None, None])).shape == (1, 1, 2)


def test_the_design_is_reproducible_and_normal():
    z = design(4, 500, seed=3)
    assert (z == design(4, 500, seed=3)).all()
    assert z.mean(axis=0) == pytest.approx(np.zeros(4), abs=0.02)
    assert z.std(axis=0) == pytest.approx(np.ones(4), abs=0.02)


def test_what_cannot_be_emulated_is_refused():
    with pytest.raises(SolveError, match="no finite value"), np.errstate(invalid="ignore"):
        emulated(lambda z: np.log(z[:, :1]), NAMES, 40, seed=1)
    with pytest.raises(RequestError, match="too few points"):
        emulated(wavy, NAMES, 6, seed=1)
    with pytest.raises(RequestError, match="no function"):
        fitted(NAMES, design(3, 40, 1), wavy(design(3, 40, 1))).refined(np.zeros((1, 3)))
