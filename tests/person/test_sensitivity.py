"""Indices equal those that are known in closed form, through the same path as every request."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest
from scipy.special import ndtr

from resynapse.core.errors import RequestError
from resynapse.person.sensitivity import Inputs, morris, sobol, tornado, typical

ONE_EACH = Inputs({name: name for name in "abc"})


def ishigami(scores):
    """Ishigami's function (a 7, b 0.1), each score pushed onto -pi to pi."""
    x, y, z = (np.pi * (2.0 * ndtr(scores[name]) - 1.0) for name in "abc")
    return np.sin(x) + 7.0 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x)


def lognormal(scores):
    """A product of lognormals: the logarithm is a sum, so that indices of its own scale are known."""
    return np.exp(0.4 * scores["a"] - 0.2 * scores["b"])


ANALYTIC = {"a": (0.3139, 0.5576), "b": (0.4424, 0.4424), "c": (0.0, 0.2437)}


def test_sobol_indices_of_ishigamis_function_equal_the_known_ones():
    found = {index.group: index for index in sobol(ONE_EACH, ishigami, 4096, 1)}
    for name, (first, total) in ANALYTIC.items():
        assert found[name].first == pytest.approx(first, abs=0.02)
        assert found[name].total == pytest.approx(total, abs=0.02)
        assert abs(found[name].first - first) <= 1.5 * found[name].first_half + 1e-3
        assert abs(found[name].total - total) <= 1.5 * found[name].total_half + 1e-3


def test_indices_come_in_order_of_the_total_and_intervals_shrink():
    few, many = sobol(ONE_EACH, ishigami, 128, 1), sobol(ONE_EACH, ishigami, 4096, 1)
    assert [i.group for i in many] == ["a", "b", "c"]
    assert sum(i.total_half for i in many) < 0.5 * sum(i.total_half for i in few)


def test_sobol_indices_of_a_product_of_lognormals_equal_the_closed_form():
    v = {"a": math.expm1(0.4**2), "b": math.expm1(0.2**2)}
    everything = (1 + v["a"]) * (1 + v["b"]) - 1
    found = {index.group: index for index in sobol(ONE_EACH, lognormal, 4096, 3)}
    assert found["a"].first == pytest.approx(v["a"] / everything, abs=0.02)
    assert found["a"].total == pytest.approx(v["a"] * (1 + v["b"]) / everything, abs=0.02)
    assert found["b"].total == pytest.approx(v["b"] * (1 + v["a"]) / everything, abs=0.02)
    assert found["c"].total == pytest.approx(0.0, abs=1e-12)


def test_scores_of_a_group_are_exchanged_together():
    grouped = Inputs({"a": "a", "b": "b and c", "c": "b and c"})
    found = {index.group: index for index in sobol(grouped, ishigami, 2048, 1)}
    assert grouped.groups == ("a", "b and c")
    assert found["b and c"].first == pytest.approx(0.4424, abs=0.03)
    assert found["b and c"].total == pytest.approx(0.4424 + 0.2437, abs=0.03)


def test_elementary_effects_of_a_sum_are_its_weights():
    found = {e.group: e for e in morris(ONE_EACH, lambda s: 3.0 * ndtr(s["a"]) - ndtr(s["b"]), 16, 1)}
    width = 0.96  # levels lie between the 2 % and the 98 % quantile
    assert found["a"].mu_star == pytest.approx(3.0 * width, rel=1e-6)
    assert found["b"].mu_star == pytest.approx(1.0 * width, rel=1e-6)
    assert found["a"].sigma == pytest.approx(0.0, abs=1e-6)
    assert found["c"].mu_star == 0.0


def test_the_tornado_has_the_longest_swing_first_and_the_right_signs():
    swings = tornado(ONE_EACH, lognormal)
    assert [s.score for s in swings] == ["a", "b", "c"]
    assert swings[0].low < typical(ONE_EACH, lognormal) < swings[0].high
    assert swings[1].low > 1.0 > swings[1].high
    assert swings[2].low == swings[2].high == 1.0
    assert swings[0].high == pytest.approx(math.exp(0.4 * 1.6448536269514722))


def test_one_correlated_input_moves_alone():
    factor = np.linalg.cholesky(np.array([[1.0, 0.6], [0.6, 1.0]]))
    tied = Inputs({"a": "both", "b": "both"}, factor)
    deviates = tied.alone(1.5) @ factor.T
    np.testing.assert_allclose(deviates, 1.5 * np.eye(2), atol=1e-12)


@pytest.mark.parametrize("n", [0, 8, 100])
def test_a_number_of_samples_that_is_no_power_of_two_is_refused(n):
    with pytest.raises(RequestError, match="power of two"):
        sobol(ONE_EACH, ishigami, n, 1)


def test_what_never_differs_is_refused():
    for method in (sobol, morris):
        with pytest.raises(RequestError, match="nothing here differs"):
            method(ONE_EACH, lambda s: np.full(len(s["a"]), 7.0), 16, 1)


def test_a_missing_library_is_told_with_the_extra_that_brings_it(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("SALib")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "SALib", None)
    with pytest.raises(RequestError, match=r"resynapse\[sensitivity\]"):
        sobol(ONE_EACH, ishigami, 64, 1)
