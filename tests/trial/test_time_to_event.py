"""Survival against Freireich's 42 children (1963), worked by hand and by R, and against R's ovarian data."""

import numpy as np
import pytest
from scipy import stats

from resynapse.core.errors import RequestError
from resynapse.trial.analysis import CombinedLogRank, Cox, KaplanMeier, LogRank, MaxCombo, Survival

DRUG = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
SEEN = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
ARMS = ("6-MP", "placebo")


@pytest.fixture
def children():
    event = np.array(SEEN + [1] * 21, bool)
    entered = np.random.default_rng(0).uniform(0.0, 30.0, 42)
    return Survival(["6-MP"] * 21 + ["placebo"] * 21, np.array(DRUG + PLACEBO, float), event, {}, entered)


@pytest.fixture
def ovarian(r_results):
    women = r_results["survival"]["ovarian"]
    covariates = {"residual": np.array(women["stratum"]), "age": np.array(women["age"])}
    arm = np.array(women["arm"]).astype(int).astype(str)
    return Survival(arm, np.array(women["time"]), np.array(women["event"]) == 1, covariates)


def test_the_curve_of_kaplan_and_meier_by_hand(children):
    curve = KaplanMeier("6-MP", 10.0).curve(children)
    by_hand = np.cumprod([1 - 3 / 21, 1 - 1 / 17, 1 - 1 / 15, 1 - 1 / 12, 1 - 1 / 11, 1 - 1 / 7, 1 - 1 / 6])
    np.testing.assert_allclose(curve.share, by_hand, rtol=1e-12)
    assert curve.time.tolist() == [6, 7, 10, 13, 16, 22, 23]
    np.testing.assert_allclose(curve.se[0], np.sqrt(18 / 21 * 3 / 21 / 21), rtol=1e-12)


def test_the_curve_and_its_bands_agree_with_survfit(children, r_results):
    curve, expected = KaplanMeier("6-MP", 10.0).curve(children), r_results["survival"]
    for name in ("share", "se", "low", "high"):
        np.testing.assert_allclose(getattr(curve, name), expected[name], rtol=1e-10)
    assert curve.median[:2] == pytest.approx(expected["median"][:2])
    assert expected["median"][2] is None and np.isinf(curve.median[2])
    at_ten = KaplanMeier("6-MP", 12.9).analyse(children)
    assert (at_ten.estimate, at_ten.low) == pytest.approx((expected["share"][2], expected["low"][2]))
    assert KaplanMeier("6-MP", 5.0).analyse(children).estimate == 1.0


def test_the_log_rank_test_agrees_with_the_textbook_and_with_r(children, r_results):
    found = LogRank(*ARMS).analyse(children)
    assert stats.chi2.isf(found.p, 1) == pytest.approx(r_results["survival"]["log_rank"], rel=1e-9)
    assert round(stats.chi2.isf(found.p, 1), 2) == 16.79  # Kleinbaum and Klein, Survival Analysis, chapter 2
    excess, variance = np.log(found.estimate) / found.se**2, found.se**-2
    assert excess == pytest.approx(9 - 19.25, abs=0.005)
    assert variance == pytest.approx(6.257, abs=0.001)


def test_weights_and_strata_agree_with_r(children, ovarian, r_results):
    weighted = LogRank(*ARMS, weights=(1.0, 0.0)).analyse(children)
    assert stats.chi2.isf(weighted.p, 1) == pytest.approx(r_results["survival"]["fleming_harrington_1_0"], rel=1e-9)
    stratified = LogRank("2", "1", ("residual",)).analyse(ovarian)
    expected = r_results["survival"]["ovarian"]["stratified_log_rank"]
    assert stats.chi2.isf(stratified.p, 1) == pytest.approx(expected, rel=1e-9)


def test_cox_agrees_with_coxph(children, ovarian, r_results):
    found, expected = Cox(*ARMS).analyse(children), r_results["survival"]["cox"]
    assert (np.log(found.estimate), found.se) == pytest.approx((expected["log_ratio"], expected["se"]), rel=1e-6)
    adjusted, other = Cox("2", "1", ("age",), ("residual",)).analyse(ovarian), r_results["survival"]["ovarian"]
    assert (np.log(adjusted.estimate), adjusted.se) == pytest.approx(
        (other["cox_log_ratio"], other["cox_se"]), rel=1e-5
    )


def test_the_largest_statistic_costs_more_than_one_and_less_than_all(children):
    weights = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0))
    each = [LogRank(*ARMS, weights=w).analyse(children).p for w in weights]
    together = MaxCombo(*ARMS, weights=weights).analyse(children)
    assert min(each) < together.p < 4.0 * min(each)
    assert together.estimate < 0.0
    alone = MaxCombo(*ARMS, weights=((0.0, 0.0),)).analyse(children)
    assert alone.p == pytest.approx(each[0], rel=1e-4)


def test_the_largest_of_two_statistics_has_the_bivariate_normal_tail(children):
    from resynapse.trial.analysis.logrank import _largest

    for rho in (0.0, 0.5, 0.9):
        correlation = np.array([[1.0, rho], [rho, 1.0]])
        box = np.array([2.2, 2.2])
        expected = 1.0 - stats.multivariate_normal.cdf(box, cov=correlation, lower_limit=-box)
        assert _largest(2.2, correlation) == pytest.approx(expected, rel=2e-3)


def test_stages_weighted_by_their_information_give_the_plain_log_rank_test(children):
    plain = LogRank(*ARMS).analyse(children)
    calendar = np.sort((children.entered + children.time)[children.event])[14]
    first = LogRank(*ARMS).analyse(children.until(calendar))
    share = first.se**-2 / plain.se**-2
    combined = CombinedLogRank(*ARMS, 15, weight=share).analyse(children)
    assert (combined.p, combined.estimate, combined.low) == pytest.approx(
        (plain.p, plain.estimate, plain.low), rel=1e-9
    )
    assert CombinedLogRank(*ARMS, 15, weight=0.5).analyse(children).p != pytest.approx(plain.p, rel=1e-3)


def test_units_of_time_the_order_of_people_and_exchanged_arms(children):
    order = np.random.default_rng(1).permutation(42)
    other = Survival(children.arm[order], 7.0 * children.time[order], children.event[order])
    for asked in (LogRank, Cox):
        plain, turned = asked(*ARMS).analyse(children), asked(*ARMS[::-1]).analyse(other)
        assert (turned.estimate, turned.p) == pytest.approx((1.0 / plain.estimate, plain.p), rel=1e-6)


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        (KaplanMeier("6-MP", 50.0), "watched so long"),
        (KaplanMeier("6-TG", 5.0), "nobody"),
        (LogRank("6-MP", "plcebo"), "nobody is in this arm"),
        (Cox(*ARMS, ("age",)), "no such covariate"),
        (CombinedLogRank(*ARMS, 400), "before the last event"),
        (CombinedLogRank(*ARMS, 15, weight=1.5), "between 0 and 1"),
    ],
)
def test_what_cannot_be_estimated_is_refused(children, asked, word):
    with pytest.raises(RequestError, match=word):
        asked.analyse(children)


def test_arms_without_events_and_times_that_cannot_be_are_refused(children):
    nothing = Survival(children.arm, children.time, children.event & (children.arm == "placebo"))
    for asked in (Cox(*ARMS), KaplanMeier("6-MP", 5.0)):
        with pytest.raises(RequestError, match="has no event"):
            asked.analyse(nothing)
    with pytest.raises(RequestError, match="no event was seen"):
        LogRank(*ARMS).analyse(Survival(children.arm, children.time, np.zeros(42)))
    with pytest.raises(RequestError, match="negative or missing"):
        Survival(["a"], [-1.0], [True])
    with pytest.raises(RequestError, match="calendar time"):
        CombinedLogRank(*ARMS, 15).analyse(nothing)
