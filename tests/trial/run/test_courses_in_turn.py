"""Doses in turn through the chain: the same doses in other words give the same course; company goes by weight."""

from dataclasses import replace

import numpy as np
import pytest

from resynapse.cohort import Cohort, Reading
from resynapse.core.errors import EventError
from resynapse.dose import InTurn, Part, Regimen
from resynapse.person import population

HOURS = (0.0, 1.0, 24.0, 73.0, 96.0)


def cohort(regimen):
    return Cohort(population("trd_academic"), 1, regimen, Reading(HOURS, ("madrs_total",)), loads=False)


def scores(regimen):
    return cohort(regimen)(range(24))["visits"]["madrs_total"].reshape(24, -1)


def test_doses_in_turn_are_the_regimen_that_says_the_same():
    words = Regimen("ketamine", "iv", "0.5 mg/kg", "40 min", "twice weekly for 1 week")
    turns = InTurn((Part("ketamine", "iv", "0.5 mg/kg", "40 min", (0.0, 3.0)),))
    np.testing.assert_allclose(scores(turns), scores(words), rtol=1e-6)
    more = InTurn((replace(turns.parts[0], at=(0.0,)), Part("ketamine", "iv", "1 mg/kg", "40 min", (3.0,))))
    raised = scores(more)
    np.testing.assert_allclose(raised[:, :3], scores(words)[:, :3], rtol=1e-6)
    assert raised[:, -1].mean() < scores(words)[:, -1].mean() - 0.5


def test_a_companion_is_given_to_each_by_weight():
    given = cohort(InTurn((Part("lanicemine", "iv", "100 mg", "60 min", (0.0, 2.0), beside=True),))).slots
    amounts = given.amounts(np.array([50.0, 100.0]))
    assert amounts.shape == (2, 2)
    np.testing.assert_allclose(amounts[0], 2.0 * amounts[1])
    per_kg = cohort(InTurn((Part("traxoprodil", "iv", "0.75 mg/kg", "90 min", (0.0,), beside=True),))).slots
    same = per_kg.amounts(np.array([50.0, 100.0]))
    np.testing.assert_allclose(same[0], same[1])
    assert given.doses == 2


def test_nothing_in_turn_is_refused():
    with pytest.raises(EventError, match="begin on day 0"):
        InTurn((Part("ketamine", "iv", "0.5 mg/kg", "40 min", (-1.0,)),))
