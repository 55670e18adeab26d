"""Laws that are cut off: the moments of who is left, against scipy's own truncated law and by drawing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from resynapse.person.law import LogitnormalLaw, LognormalLaw, NormalLaw
from resynapse.person.truncation import lognormal_of, normal_of

LATENT = stats.norm.ppf((np.arange(200_000) + 0.5) / 200_000)


@pytest.mark.parametrize(
    ("mean", "sd", "low", "high"),
    [(46.0, 11.5, 18, 65), (37.4, 5.6, 28, 60), (70.0, 4.5, 65, 95), (40.1, 13.0, 18, 65), (16.0, 1.4, 13, 19)],
)
def test_the_part_that_is_left_has_the_published_moments(mean, sd, low, high):
    law = normal_of(mean, sd, low, high)
    same = stats.truncnorm(*law.cuts, loc=law.mean, scale=law.sd)
    assert same.mean() == pytest.approx(mean, rel=1e-6)
    assert same.std() == pytest.approx(sd, rel=1e-5)
    values = law.of(LATENT)
    np.testing.assert_allclose(values[::1000], same.ppf(stats.norm.cdf(LATENT[::1000])), rtol=1e-9)
    assert low <= values.min() < values.max() <= high


def test_a_lognormal_law_that_is_cut():
    values = LognormalLaw(kind="lognormal", mean=28.0, sd=5.8, within=(16, 45)).of(LATENT)
    assert values.mean() == pytest.approx(28.0, rel=1e-4)
    assert values.std() == pytest.approx(5.8, rel=1e-3)
    assert (values >= 16).all()
    assert (values <= 45).all()


def test_uncut_laws_in_closed_form():
    assert normal_of(3.0, 2.0, -np.inf, np.inf).mean == 3.0
    law = lognormal_of(10.0, 4.0, 0.0, np.inf)
    assert law.sd == pytest.approx(np.sqrt(np.log(1.16)))
    assert law.mean == pytest.approx(np.log(10.0) - law.sd**2 / 2)
    share = LogitnormalLaw(kind="logitnormal", median=0.4, logit_sd=1.0)
    assert share.of(np.zeros(1))[0] == pytest.approx(0.4)
    assert share.of(np.ones(1))[0] == pytest.approx(0.4 / (0.4 + 0.6 * np.exp(-1)))


@pytest.mark.parametrize(("mean", "sd"), [(15.0, 1.4), (18.0, 1.0), (12.0, 0.5)])
def test_moments_that_no_cut_law_has_are_refused(mean, sd):
    with pytest.raises(ValueError, match="no law of this kind"):
        NormalLaw(kind="normal", mean=mean, sd=sd, within=(13, 17))


def test_values_rise_with_the_latent_number():
    for law in (normal_of(70.0, 4.5, 65, 95), normal_of(37.4, 5.6, 28, 60)):
        assert (np.diff(law.of(LATENT)) >= 0).all()
