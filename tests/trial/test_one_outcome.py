"""ANCOVA, responders, mediation and multiplicity against R, published tables and closed forms."""

import numpy as np
import pytest

from resynapse.core.errors import RequestError
from resynapse.trial.analysis import (
    Ancova,
    CommonOddsRatio,
    CommonRiskDifference,
    Estimate,
    FixedSequence,
    Hochberg,
    Mediation,
    MiettinenNurminen,
    Newcombe,
    Outcome,
    RiskDifference,
    Sandwich,
)


def counted(*tables):
    """One person a row from responders and people of both arms, a table a stratum."""
    arm, value, stratum = [], [], []
    for k, (a, n, b, m) in enumerate(tables):
        arm += ["drug"] * n + ["control"] * m
        value += [1.0] * a + [0.0] * (n - a) + [1.0] * b + [0.0] * (m - b)
        stratum += [f"site {k}"] * (n + m)
    return Outcome(arm, value, {"site": np.array(stratum)})


def test_ancova_agrees_with_lm_of_r(fev, r_results):
    expected, data = r_results["ancova"], fev.at("VIS4")
    plain = Ancova("TRT", "PBO", ("baseline", "sex")).analyse(data)
    robust = Ancova("TRT", "PBO", ("baseline", "sex"), Sandwich()).analyse(data)
    assert plain.estimate == pytest.approx(expected["estimate"], rel=1e-10)
    assert (plain.se, plain.p) == pytest.approx((expected["se"], expected["p"]), rel=1e-9)
    assert (robust.se, robust.df) == pytest.approx((expected["se_hc3"], expected["df"]), rel=1e-9)


# Newcombe 1998, Statistics in Medicine 17:873, table II
PUBLISHED = [
    ((56, 70, 48, 80), (0.0528, 0.3382), (0.0524, 0.3339)),
    ((9, 10, 3, 10), (0.1700, 0.8406), (0.1705, 0.8090)),
    ((6, 7, 2, 7), (0.0342, 0.8534), (0.0582, 0.8062)),
    ((5, 56, 0, 29), (-0.0326, 0.1933), (-0.0381, 0.1926)),
]


@pytest.mark.parametrize(("counts", "miettinen_nurminen", "newcombe"), PUBLISHED)
def test_intervals_of_a_risk_difference_are_those_published(counts, miettinen_nurminen, newcombe):
    data = counted(counts)
    for interval, expected in ((MiettinenNurminen(), miettinen_nurminen), (Newcombe(), newcombe)):
        found = RiskDifference("drug", "control", interval).analyse(data)
        assert found.estimate == pytest.approx(counts[0] / counts[1] - counts[2] / counts[3])
        assert (round(found.low, 4), round(found.high, 4)) == pytest.approx(expected, abs=1.1e-4)


@pytest.mark.parametrize("counts", [(10, 10, 0, 10), (0, 10, 10, 10), (0, 24, 3, 25), (40, 60, 1, 60), (1, 2, 1, 2)])
def test_the_score_interval_and_the_score_test_agree(counts):
    found = RiskDifference("drug", "control").analyse(counted(counts))
    assert -1.0 <= found.low <= found.estimate <= found.high <= 1.0
    assert (found.p < 0.05) == (found.low > 0.0 or found.high < 0.0)


def test_cochran_mantel_haenszel_on_the_admissions_of_berkeley(r_results):
    expected = r_results["cmh"]
    cells = np.array(expected["table"], int).reshape(6, 2, 2)  # department, gender, admitted or not
    tables = [(c[0, 0], c[0].sum(), c[1, 0], c[1].sum()) for c in cells]
    found = CommonOddsRatio("drug", "control", ("site",)).analyse(counted(*tables))
    assert found.p == pytest.approx(expected["p"], rel=1e-9)
    assert found.estimate == pytest.approx(expected["odds_ratio"], rel=1e-9)
    assert (found.low, found.high) == pytest.approx((expected["low"], expected["high"]), rel=1e-9)


def test_a_common_risk_difference_of_one_stratum_is_the_plain_one():
    found = CommonRiskDifference("drug", "control", ("site",)).analyse(counted((56, 70, 48, 80)))
    assert found.estimate == pytest.approx(0.2)
    # Sato's variance of one table: (d P + Q) / W^2, by hand
    w = 70 * 80 / 150
    p = (70**2 * 48 - 80**2 * 56 + 70 * 80 * (80 - 70) / 2) / 150**2
    q = (56 * 32 + 48 * 14) / (2 * 150)
    assert found.se == pytest.approx(np.sqrt((0.2 * p + q) / w**2))


def test_equal_differences_in_unlike_strata_are_found():
    found = CommonRiskDifference("drug", "control", ("site",)).analyse(counted((30, 100, 10, 100), (90, 200, 50, 200)))
    assert found.estimate == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("asked", "data", "word"),
    [
        (RiskDifference("drug", "control"), counted((0, 10, 0, 10)), "nobody responded"),
        (RiskDifference("drug", "control"), counted((10, 10, 10, 10)), "everybody responded"),
        (RiskDifference("drug", "placebo"), counted((1, 10, 2, 10)), "nobody is in this arm"),
        (CommonOddsRatio("drug", "control"), counted((3, 10, 0, 10)), "zero or infinite"),
        (CommonRiskDifference("drug", "control", ("site",)), counted((3, 10, 0, 0), (0, 0, 1, 9)), "no stratum"),
        (RiskDifference("drug", "control"), Outcome(["drug", "control"], [3.0, 0.0]), "a responder is 1"),
        (Ancova("drug", "control", ()), Outcome(["drug"] * 3 + ["control"] * 3, np.ones(6)), "do not vary"),
        (Ancova("drug", "control", ()), Outcome(["drug", "control"], [1.0, 2.0]), "too few observations"),
        (Ancova("drug", "control", ()), Outcome(["drug"] * 4, [1.0, 2.0, 3.0, 4.0]), "nobody is in this arm"),
        (Ancova("drug", "control", ("site",), Sandwich()), counted((2, 5, 1, 5), (1, 1, 0, 0)), "HC3 is not defined"),
    ],
)
def test_what_cannot_be_estimated_is_refused(asked, data, word):
    with pytest.raises(RequestError, match=word):
        asked.analyse(data)


def confounded(people=400):
    """Exposure moves dissociation and the outcome; dissociation does nothing of its own."""
    chance = np.random.default_rng(8)
    exposure = np.where(np.arange(people) % 2, 10.0, 0.0) * chance.lognormal(0.0, 0.4, people)
    felt = 1.5 * exposure + chance.normal(0.0, 4.0, people)
    score = -0.8 * exposure + chance.normal(0.0, 6.0, people)
    arm = np.where(np.arange(people) % 2, "ketamine", "placebo")
    return Outcome(arm, score, {"exposure": exposure, "dissociation": felt})


def test_mediation_is_the_product_of_two_regressions_and_paths_add_up():
    data = confounded()
    asked = Mediation("ketamine", "placebo", "dissociation", draws=400)
    paths = asked.paths(data)
    arm, felt = (data.arm == "ketamine").astype(float), data.covariates["dissociation"]
    a = np.linalg.lstsq(np.column_stack([np.ones(400), arm]), felt, rcond=None)[0][1]
    direct, b = np.linalg.lstsq(np.column_stack([np.ones(400), arm, felt]), data.value, rcond=None)[0][1:]
    total = data.value[arm == 1].mean() - data.value[arm == 0].mean()
    assert paths["indirect"].estimate == pytest.approx(a * b)
    assert paths["direct"].estimate == pytest.approx(direct)
    assert paths["total"].estimate == pytest.approx(total)
    assert asked.analyse(data) == paths["indirect"]


def test_exposure_as_confounder_takes_away_what_only_seemed_to_run_through_dissociation():
    data = confounded()
    naive = Mediation("ketamine", "placebo", "dissociation", draws=400).analyse(data)
    fair = Mediation("ketamine", "placebo", "dissociation", confounders=("exposure",), draws=400).analyse(data)
    assert naive.significant and naive.estimate < -2.0
    assert fair.low < 0.0 < fair.high


def test_a_real_way_through_dissociation_is_found_with_exposure_as_the_cause():
    data = confounded()
    through = Outcome(data.arm, data.value - 0.5 * data.covariates["dissociation"], data.covariates)
    found = Mediation("ketamine", "placebo", "dissociation", cause="exposure", draws=400).analyse(through)
    assert found.low < 1.5 * -0.5 < found.high


def with_p(p):
    return Estimate("difference", 0.0, 1.0, np.inf, -1.0, 1.0, p, "made up", (), {})


def test_hochberg_steps_up():
    results = {"a": with_p(0.01), "b": with_p(0.02), "c": with_p(0.045), "d": with_p(0.04)}
    decided = Hochberg().decide(results)
    assert all(d.rejected for d in decided.values())  # the largest lies below the whole level
    decided = Hochberg().decide(results | {"c": with_p(0.06)})
    assert [d.rejected for d in decided.values()] == [True, False, False, False]
    assert [d.adjusted for d in decided.values()] == pytest.approx([0.04, 0.06, 0.06, 0.06])


def test_a_fixed_sequence_stops_at_the_first_failure():
    results = {"84 mg": with_p(0.03), "56 mg": with_p(0.2), "28 mg": with_p(0.001)}
    decided = FixedSequence(("84 mg", "56 mg", "28 mg")).decide(results)
    assert [d.rejected for d in decided.values()] == [True, False, False]
    assert [d.adjusted for d in decided.values()] == [0.03, 0.2, 0.2]
    with pytest.raises(RequestError, match="other hypotheses"):
        FixedSequence(("84 mg",)).decide(results)
    with pytest.raises(RequestError, match="no p-value"):
        Hochberg().decide({"curve": with_p(float("nan"))})
