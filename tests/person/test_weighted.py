"""Weights: closed forms, contradictions, how many people are left to speak."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from resynapse.core.errors import RequestError
from resynapse.person import Mean, Moments, Quantile, Share, population, weighted

EVEN = stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000)


def test_a_normal_crowd_moved_by_its_mean_is_tilted_exponentially():
    """For N(0, 1) and mean m: weights are exp(m x), the entropy m^2/2, the effective share exp(-m^2)."""
    m = 0.5
    found = weighted({"x": EVEN}, [Mean("x", m)])
    slope = np.polyfit(EVEN, np.log(found.values), 1)
    assert slope[0] == pytest.approx(m, rel=2e-3)
    np.testing.assert_allclose(np.log(found.values), np.polyval(slope, EVEN), atol=1e-8)
    assert found.mean(EVEN) == pytest.approx(m, abs=1e-6)
    assert found.divergence == pytest.approx(m**2 / 2, rel=5e-3)
    assert found.effective / len(EVEN) == pytest.approx(np.exp(-(m**2)), rel=5e-3)


def test_two_levels_are_reweighted_by_the_ratio_of_their_shares():
    level = np.repeat([0.0, 1.0], [750, 250])
    found = weighted({"sex": level}, [Share("sex", 1, 0.6)])
    np.testing.assert_allclose(found.values[level == 1], 0.6 / 250, rtol=1e-6)
    np.testing.assert_allclose(found.values[level == 0], 0.4 / 750, rtol=1e-6)
    assert found.effective == pytest.approx(1 / (0.36 / 250 + 0.16 / 750), rel=1e-6)


def test_targets_that_are_met_already_leave_everybody_equal():
    found = weighted({"x": EVEN}, [Mean("x", 0.0)])
    np.testing.assert_allclose(found.values, 1 / len(EVEN), rtol=1e-6)
    assert found.divergence == pytest.approx(0.0, abs=1e-9)
    assert found.effective == pytest.approx(len(EVEN))


def test_many_targets_of_a_population_at_once():
    known = population("trd_phase3").sample(20_000, 2).covariates
    targets = [Moments("age", 40.1, 13.0), Share("sex", 1, 0.608), Quantile("weight", 0.5, 85.0)]
    found = weighted(known, [*targets, Moments("madrs_baseline", 40.4, 5.82)])
    assert found.values.sum() == pytest.approx(1.0)
    assert found.mean(known["age"]) == pytest.approx(40.1, abs=1e-4)
    assert found.sd(known["madrs_baseline"]) == pytest.approx(5.82, abs=1e-4)
    assert found.quantile(known["weight"], 0.5) == pytest.approx(85.0, abs=0.1)
    assert all(abs(m.weighted - m.wanted) < 1e-4 * max(1.0, abs(m.wanted)) for m in found.matched)
    assert 0.1 < found.effective / 20_000 < 1


def test_a_simulated_output_is_matched_like_a_covariate():
    rng = np.random.default_rng(1)
    known = {"age": rng.normal(46, 11, 5000), "response": (rng.random(5000) < 0.3).astype(float)}
    found = weighted(known, [Share("response", 1, 0.45), Mean("age", 46.0)])
    assert found.mean(known["response"]) == pytest.approx(0.45, abs=1e-6)


@pytest.mark.parametrize(
    ("targets", "told"),
    [
        ([Mean("x", 9.0)], "among these people"),
        ([Share("x", 99.0, 0.1)], "among these people"),
        ([Mean("x", 1.0), Quantile("x", 1.0, 0.0)], "contradict"),
        ([Mean("x", 0.0), Mean("x", 0.5)], "contradict"),
        ([Mean("x", 3.0)], "effective sample size"),
        ([Mean("y", 0.0)], "nearest: x|no such quantity"),
        ([], "at least one"),
    ],
)
def test_targets_that_cannot_be_met_are_refused(targets, told):
    with pytest.raises(RequestError, match=told):
        weighted({"x": EVEN[::10]}, targets)


def test_values_that_are_no_numbers_are_refused():
    with pytest.raises(RequestError, match="finite"):
        weighted({"x": np.array([1.0, np.nan])}, [Mean("x", 1.0)])
