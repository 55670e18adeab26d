"""Coverage, interval scores and CRPS against closed forms, and the models to beat against hand computations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import solve_ivp

from resynapse.qualify.forecast.rows import Dosed, Row
from resynapse.qualify.forecast.scores import coverage, crps, interval, interval_score, pit
from resynapse.qualify.forecast.spread import even, spread
from resynapse.qualify.forecast.turnover import PRIOR, VALUES, drug_effect, fall, turnover

NORMAL = stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000)


ONCE = (Dosed(1.0, (0.0,), (35.0,)),)


def row(value, statistic="change", role="build", arms=ONCE, width=1.0):
    unit = "1" if statistic.endswith("rate") else "points"
    told = {"value": value, "statistic": statistic, "role": role, "unit": unit, "of": ["a"], "endpoint": "e"}
    return Row(told, arms, 34.0, np.zeros(30), width)


def test_the_interval_of_a_normal_sample_is_that_of_the_law():
    assert interval(2.0 + 3.0 * NORMAL, 0.9) == pytest.approx(stats.norm(2.0, 3.0).interval(0.9), abs=1e-3)


def test_the_interval_score_charges_two_over_alpha_for_every_point_outside():
    assert interval_score(1.0, 4.0, 2.0, 0.9) == pytest.approx(3.0)
    assert interval_score(1.0, 4.0, 4.5, 0.9) == pytest.approx(3.0 + 0.5 * 2 / 0.1)
    assert interval_score(1.0, 4.0, 0.0, 0.5) == pytest.approx(3.0 + 1.0 * 2 / 0.5)


@pytest.mark.parametrize("value", [-1.3, 0.0, 2.5])
def test_crps_of_a_normal_sample_is_the_closed_form(value):
    closed = value * (2 * stats.norm.cdf(value) - 1) + 2 * stats.norm.pdf(value) - 1 / np.sqrt(np.pi)
    assert crps(NORMAL, value) == pytest.approx(closed, abs=2e-3)


def test_crps_of_one_draw_is_the_distance():
    assert crps([3.0], 5.0) == pytest.approx(2.0)


def test_the_place_among_draws_is_uniform_where_prediction_and_truth_have_one_law():
    rng = np.random.default_rng(1)
    places = [pit(rng.normal(size=200), rng.normal()) for _ in range(500)]
    assert stats.kstest(places, "uniform").pvalue > 0.01
    assert pit([1.0, 2.0, 3.0], 2.0) == pytest.approx(0.5)


def test_coverage_has_the_exact_binomial_interval():
    found = coverage([True] * 7 + [False] * 3, 0.9)
    low, high = stats.beta.ppf(0.025, 7, 4), stats.beta.ppf(0.975, 8, 3)
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.share == pytest.approx(0.7)
    assert found.holds and not coverage([True] * 5 + [False] * 5, 0.9).holds
    assert not coverage([], 0.9).holds


def test_mean_and_sd_speak_of_build_rows_of_the_same_kind_alone():
    rows = [row(v) for v in (-10.0, -14.0, -18.0)] + [row(40.0, role="verify"), row(-5.0, arms=(Dosed(1.0),))]
    told = spread(rows)
    sample = told.sample(row(-14.0))
    assert float(np.median(sample)) == pytest.approx(-14.0)
    high = -14.0 + 4.0 * np.sqrt(1 + 1 / 3) * stats.t.ppf(even()[-1], 2)
    assert sample[-1] == pytest.approx(high)
    assert told.sample(row(-5.0, arms=(Dosed(1.0),))) is None


def test_mean_and_sd_of_a_share_stay_between_none_and_all():
    told = spread([row(v, "response_rate") for v in (0.1, 0.5, 0.9)])
    sample = told.sample(row(0.5, "response_rate"))
    assert sample.min() == 0.0 and sample.max() == 1.0


@pytest.mark.parametrize("given", [Dosed(1.0, (0.0,), (35.0,)), Dosed(15.0, (0.0, 3.0, 7.0), (56.0, 84.0, 84.0), True)])
def test_turnover_follows_its_differential_equations(given):
    values = np.exp(PRIOR)
    emax, half, empties, out, other = values[:5]
    share = other if given.other_route else 1.0

    def rates(t, state):
        store = sum(
            share * mg * np.exp(-empties * (t - d)) for d, mg in zip(given.days, given.mg, strict=True) if t >= d
        )
        return [out * (emax * store / (half + store) - state[0])]

    state = [0.0]
    for begin, end in zip(given.days, [*given.days[1:], given.day], strict=True):
        state = solve_ivp(rates, (begin, end), state, rtol=1e-9, atol=1e-9).y[:, -1]
    assert drug_effect(values, given) == pytest.approx(state[0], rel=5e-3)


def test_a_control_falls_by_hope_and_by_its_tablet():
    values = np.exp(PRIOR)
    by = dict(zip(VALUES, values, strict=True))
    assert fall(values, Dosed(7.0)) == pytest.approx(by["hope"], rel=1e-3)
    assert fall(values, Dosed(14.0, new_tablet=True)) == pytest.approx(
        by["hope"] + by["tablet"] * (1 - np.exp(-1)), rel=1e-3
    )


def test_turnover_is_fitted_to_build_rows_alone():
    arms = [(Dosed(1.0, (0.0,), (mg,)),) for mg in (7.0, 14.0, 35.0, 70.0)]
    truth = [-fall(np.exp(PRIOR), a[0]) for a in arms] * 3
    rows = [row(v, arms=a) for v, a in zip(truth, arms * 3, strict=True)]
    poisoned = [*rows, row(50.0, role="verify", arms=arms[0])]
    one, other = turnover(rows), turnover(poisoned)
    assert np.array_equal(one.best, other.best)
    assert one.best == pytest.approx(PRIOR, abs=1e-3)
    assert float(np.median(one.sample(rows[2]))) == pytest.approx(truth[2], abs=1e-2)
    assert one.sample(row(0.5, "hazard_ratio")) is None


def test_a_difference_of_another_scale_is_told_in_its_own_points():
    arms = (Dosed(1.0, (0.0,), (35.0,)), Dosed(1.0))
    rows = [row(v, "difference", arms=arms) for v in (-6.0, -8.0, -10.0)]
    other = row(-3.0, "difference", arms=arms, width=0.5)
    assert float(np.median(spread(rows).sample(other))) == pytest.approx(-4.0)
