"""Observation models have the densities that their names promise, and read the evidence as it was meant."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from resynapse.calibrate.inference.observed import Band, Count, Curve, Direction, LogMean, Mean, Points, Ratio, Scatter
from resynapse.calibrate.inference.reading import cohort, counted_once, is_pooled, only_build, scatter, seen, used
from resynapse.core.errors import EvidenceError
from resynapse.evidence import library


def density(model, *predicted):
    return float(model.log_density(*predicted))


def test_means_are_normal():
    assert density(Mean(5.0, 2.0), 4.0) == pytest.approx(stats.norm(4, 2).logpdf(5))
    assert Mean.of(5.0, 8.0, 16) == Mean(5.0, 2.0)


def test_kinetics_are_normal_in_the_logarithm():
    assert density(LogMean(50.0, 0.2), np.log(40)) == pytest.approx(stats.norm(np.log(40), 0.2).logpdf(np.log(50)))
    sample = np.random.default_rng(1).lognormal(np.log(30), 0.4, 400000)
    made = LogMean.of(sample.mean(), sample.std(), 25)
    assert made.value == pytest.approx(30, rel=0.01) and made.sd == pytest.approx(0.4 / 5, rel=0.01)


def test_a_standard_deviation_is_chi_squared():
    sd, n, truth = 3.0, 12, 2.5
    exact = stats.chi2(n - 1).logpdf((n - 1) * sd**2 / truth**2) + np.log(2 * (n - 1) * sd / truth**2)
    assert density(Scatter(sd, n), truth) == pytest.approx(exact)
    grid = np.linspace(0.01, 12, 4000)
    mass = np.trapezoid([np.exp(density(Scatter(s, n), truth)) for s in grid[::10]], grid[::10])
    assert mass == pytest.approx(1.0, abs=1e-3)


def test_a_curve_is_multivariate_normal():
    hours, values = [0.5, 1, 2, 4], [10.0, 40.0, 30.0, 8.0]
    model, predicted = Curve.of(Points(hours, values), reach=1.0, floor=0.01), np.log([12.0, 38.0, 31.0, 7.0])
    t, v = np.array(hours), np.array(values)
    wider = np.sqrt(1 + (0.1 * 40 / v) ** 2)
    covariance = 0.15**2 * np.outer(wider, wider) * (0.8 * np.exp(-np.abs(t[:, None] - t)) + 0.2 * np.eye(4))
    exact = stats.multivariate_normal(predicted, covariance).logpdf(np.log(v))
    assert density(model, predicted, 0.15) == pytest.approx(exact)


def test_counts_are_binomial_and_shares_are_counts():
    assert density(Count(12, 40), 0.25) == pytest.approx(stats.binom(40, 0.25).logpmf(12))
    assert Count.of(0.305, 40) == Count(12, 40)
    assert np.isfinite(density(Count(0, 10), 0.0))


def test_ratios_are_normal_in_the_logarithm():
    model = Ratio(0.49, 0.29, 0.84)
    sd = np.log(0.84 / 0.29) / (2 * 1.959964)
    assert density(model, np.log(0.6)) == pytest.approx(stats.norm(np.log(0.6), sd).logpdf(np.log(0.49)))


def test_directions_are_chances():
    assert density(Direction(1, 2.0), 3.0) == pytest.approx(stats.norm.logcdf(1.5))
    assert density(Direction(-1, 2.0), 3.0) == pytest.approx(stats.norm.logcdf(-1.5))
    none = np.log(stats.norm.cdf(2 - 0.5) - stats.norm.cdf(-2 - 0.5))
    assert density(Direction(0, 2.0), 1.0) == pytest.approx(none)


def test_a_meta_analysis_is_a_band_and_no_likelihood():
    (row, *_) = (o for o in library() if o.study.name == "dean2021" and o.value is not None)
    assert is_pooled(row) and isinstance(seen(row), Band)
    assert not hasattr(seen(row), "log_density")
    assert counted_once([row]) == ()
    assert Band(1.0, 2.0).holds(1.5) and not Band(1.0, 2.0).holds(2.5)


def rows(**wanted):
    return library().build.select(**wanted).observations


def test_rows_are_read_as_what_they_are():
    (clearance,) = rows(study="hasan2021", statistic="clearance", quantity="cv_ketamine_s")
    logsd = np.sqrt(np.log1p((22.8 / 97.2) ** 2))
    assert seen(clearance).sd == pytest.approx(logsd / np.sqrt(15))
    assert scatter(clearance) == Scatter(pytest.approx(logsd), 15)
    changes = rows(endpoint="efficacy", quantity="madrs_total", statistic="change")
    one = next(o for o in changes if o.dispersion.startswith("sd") and (o.n or o.arm.n))
    n = float(one.n or one.arm.n)
    assert seen(one) == Mean(one.value, pytest.approx(float(one.dispersion.split()[1]) / np.sqrt(n)))
    rate = next(o for o in rows(statistic="response_rate") if (o.n or o.arm.n) and not is_pooled(o))
    assert isinstance(seen(rate), Count)
    hazard = next(o for o in rows(statistic="hazard_ratio") if o.low)
    assert isinstance(seen(hazard), Ratio)


def test_a_row_that_is_not_sure_is_refused():
    (film,) = rows(study="simons2022", quantity="ca_ketamine_s", arm="film50", statistic="cmax")
    with pytest.raises(EvidenceError, match="how sure it is"):
        seen(film)
    with pytest.raises(EvidenceError, match="how far people lay apart"):
        scatter(film)


def test_the_same_people_are_counted_once():
    (first, *_) = rows(study="hasan2021")
    smaller = replace(first, n=5, row="again")
    assert counted_once([smaller, first]) == (first,)
    other = next(o for o in rows(study="greifswaldabstract"))
    assert cohort(first) == cohort(other) == "greifswald15"


def test_verification_is_refused():
    kept = library().verify.observations[0]
    with pytest.raises(EvidenceError, match="must not be fitted"):
        only_build([kept])


def test_a_record_names_its_row():
    (clearance,) = rows(study="hasan2021", statistic="clearance", quantity="cv_ketamine_s")
    told = used(clearance, 0.06, "log")
    assert told.row == "pharmacokinetics/hasan2021 3 iv5" and told.value == 97.2 and told.unit == "L/h"
