"""The table of doses follows the way that each person took."""

from resynapse.trial.design import design_in
from resynapse.trial.run.dataset import DataSet
from resynapse.trial.run.tables import doses, sessions

from .test_ways import FLEXIBLE, RESCUE


def weighed(trial):
    """The same trial with a weight for everybody, which doses need."""
    trial.bank.covariates["weight"] = trial.bank.start * 0.0 + 70.0
    return DataSet(trial, trial.replicate(0))


def test_a_raised_dose_stands_from_when_it_was_raised(made):
    data = weighed(made(design_in(FLEXIBLE), fall=0.0))
    table = doses(data)
    some = next(i for i in range(60) if data.found.level[i] == 2 and data.found.stopped[i] == 4)
    given = table[table["subject"] == some].sort_values("day")["dose"].tolist()
    assert given[0] == "0.5 mg/kg" and given[-1] == "1 mg/kg" and "0.75 mg/kg" in given


def test_a_rescue_is_in_the_doses_and_sessions_of_who_was_helped(made):
    data = weighed(made(design_in(RESCUE), fall=0.0))
    some = next(i for i in range(60) if data.found.rescued[i] < 4 and data.arms[i] == "control")
    own = doses(data)
    own = own[(own["subject"] == some) & (own["blank"] == 0)]
    assert own["day"].tolist() == [14.0] and own["mg"].tolist() == [70.0]
    felt = sessions(data)
    assert felt[felt["subject"] == some]["day"].tolist() == [0.0, 7.0, 14.0]
