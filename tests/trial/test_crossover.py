"""A crossover against the closed form, a mixed model, and what differs between periods."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from resynapse.core.errors import RequestError
from resynapse.trial.analysis import Crossover, Outcome

ASKED = Crossover("drug", "placebo")


def crossed(n=14, effect=-4.0, period=6.0, seed=1):
    chance = np.random.default_rng(seed)
    person = np.repeat(np.arange(n), 2)
    order = (np.arange(n) % 2)[person]
    when = np.tile([0, 1], n)
    drug = (when == 0) == (order == 0)
    own = chance.normal(0.0, 8.0, n)[person]
    value = own + effect * drug + period * when + chance.normal(0.0, 2.0, 2 * n)
    return Outcome(np.where(drug, "drug", "placebo"), value, {"subject": person, "period": when})


def test_it_is_the_mixed_model_with_person_period_and_treatment():
    data = crossed()
    table = pd.DataFrame({"y": data.value, "drug": data.arm == "drug", **data.covariates})
    table["drug"] = table["drug"].astype(float)
    fixed = smf.ols("y ~ drug + C(period) + C(subject)", table).fit()
    found = ASKED.analyse(data)
    assert found.estimate == pytest.approx(fixed.params["drug"], rel=1e-9)
    assert (found.se, found.df) == pytest.approx((fixed.bse["drug"], fixed.df_resid), rel=1e-9)
    assert found.p == pytest.approx(fixed.pvalues["drug"], rel=1e-6)


def test_a_difference_between_periods_drops_out_when_orders_are_unequal():
    data = crossed(period=0.0)
    kept = ~np.isin(data.covariates["subject"], [1, 3])

    def shifted(by):
        value = data.value + by * data.covariates["period"]
        known = {name: x[kept] for name, x in data.covariates.items()}
        return ASKED.analyse(Outcome(data.arm[kept], value[kept], known)).estimate

    assert shifted(0.0) == pytest.approx(shifted(100.0))


def test_who_has_one_period_is_left_out_and_carry_over_is_told():
    data = crossed()
    whole = ASKED.analyse(Outcome(data.arm[1:], data.value[1:], {k: x[1:] for k, x in data.covariates.items()}))
    assert sum(whole.n.values()) == 13
    assert "carried over" in whole.assumed[1]


def test_it_errs_as_often_as_it_says():
    p = np.array([ASKED.analyse(crossed(effect=0.0, seed=k)).p for k in range(400)])
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=0.033)


def test_people_and_periods_are_needed():
    data = crossed()
    with pytest.raises(RequestError, match="by person and period"):
        ASKED.analyse(Outcome(data.arm, data.value))
    with pytest.raises(RequestError, match="two people in each order"):
        few = data.covariates["subject"] < 2
        ASKED.analyse(Outcome(data.arm[few], data.value[few], {k: x[few] for k, x in data.covariates.items()}))
