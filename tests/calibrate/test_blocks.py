"""Emulators in blocks: every output over the scores that it feels, put together in the right order."""

from __future__ import annotations

import numpy as np
import pytest

from resynapse.calibrate.inference.blocks import feels, in_blocks
from resynapse.calibrate.inference.emulator import design

NAMES = ("a", "b", "c", "idle")


def apart(z):
    a, b, c = z.T[:3]
    return np.stack([a * b, np.tanh(c), a**2 - b, 2 * c], axis=1)


def test_what_an_output_feels_is_found():
    felt = feels(apart, design(4, 3, 1))
    assert felt.tolist() == [[1, 1, 0, 0], [0, 0, 1, 0], [1, 1, 0, 0], [0, 0, 1, 0]]


@pytest.fixture(scope="module")
def made():
    return in_blocks(apart, NAMES, design(4, 60, 1), kinds=["x", "x", "x", "y"], enough=1e-6)


def test_outputs_come_back_in_their_order(made):
    z = np.random.default_rng(2).normal(size=(100, 4))
    right = apart(z)
    found = np.asarray(made.predict(z))
    assert found[:, [0, 2, 3]] == pytest.approx(right[:, [0, 2, 3]], abs=1e-6)
    assert np.sqrt(((found - right)[:, 1] ** 2).mean()) < 0.02
    assert [len(p.outputs) for p in made.parts] == [2, 1, 1]
    assert made.error.rms[0] < 1e-6 < made.error.rms[1]


def test_other_points_take_the_place_of_the_first(made):
    near = np.random.default_rng(3).normal(loc=[0, 0, 1.0, 0], scale=0.2, size=(60, 4))
    moved = made.moved(near, apart(near))
    assert len(moved.z) == 60 and moved.error.largest[1] < 1e-3
    assert len(made.refined(near).z) == 120
