"""Trials in which nothing works: 500 here, 10,000 in `make nulls`."""

import pytest
from scipy import stats

NAMES = (
    "MMRM, Kenward-Roger",
    "MMRM, Satterthwaite",
    "ANCOVA",
    "ANCOVA, HC3",
    "risk difference",
    "common risk difference",
    "Cochran-Mantel-Haenszel",
    "log-rank, stratified",
    "Fleming-Harrington (0, 1)",
    "MaxCombo",
    "weighted combination log-rank",
    "Cox",
    "Hochberg, family-wise",
    "fixed sequence, family-wise",
    "crossover",
    "mediation, indirect",
)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_called_significant_more_or_less_often_than_promised(null_trials, name):
    count = null_trials.rejected(name, range(500))
    low, high = null_trials.interval(500)
    assert low <= count <= high


def test_every_analysis_is_asked(null_trials):
    assert tuple(null_trials.NULLS) == NAMES


def test_the_interval_is_the_exact_binomial_one(null_trials):
    low, high = null_trials.interval(500)
    assert (low, high) == (13, 38)
    assert stats.binom.cdf(low - 1, 500, 0.05) <= 0.005 < stats.binom.cdf(low, 500, 0.05)
    assert stats.binom.sf(high, 500, 0.05) <= 0.005 < stats.binom.sf(high - 1, 500, 0.05)
