"""Least squares on log-factors, where the best factors are known."""

from __future__ import annotations

import numpy as np
import pytest

from resynapse.calibrate.fit import best_factors


def test_the_best_factors_are_those_of_the_closed_form():
    design = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 2.0]])
    wanted = np.array([0.5, 0.1, -0.6])
    found = best_factors(lambda factors: np.log(factors) @ design.T - wanted, 2)
    best, *_ = np.linalg.lstsq(design, wanted, rcond=None)
    assert found.factors == pytest.approx(np.exp(best), rel=1e-4)
    assert found.left == pytest.approx(design @ best - wanted, abs=1e-4)
    assert found.before == pytest.approx(-wanted)
