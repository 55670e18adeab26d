"""Loads of many people: stationary weeks with their correlation, events at their rate, one grid for all."""

from __future__ import annotations

import math

import numpy as np
import pytest

from resynapse.core.event import Impulse, Level
from resynapse.core.solver import signature
from resynapse.core.source import bibliography
from resynapse.life import fluctuation, fluctuations
from resynapse.life.fluctuation import chances

PEOPLE, WEEKS = 20_000, 26


@pytest.fixture(scope="module")
def lives():
    return fluctuations(5, range(PEOPLE), 168.0 * WEEKS)


def _of(lives, kind):
    return lives.amounts[:, [isinstance(slot, kind) for slot in lives.slots]]


def test_everybody_shares_weekly_slots(lives):
    assert [s.start for s in lives.slots] == [168.0 * i for i in range(WEEKS)] * 2
    assert {s.port for s in lives.slots} == {"load", "life_event"}
    assert lives.amounts.shape == (PEOPLE, 2 * WEEKS)


def test_weeks_are_stationary_and_hang_together_over_four_weeks(lives):
    weeks, sd = _of(lives, Level), chances()["sd"].value
    assert np.abs(weeks.mean(axis=0)).max() < 4.5 * sd / math.sqrt(PEOPLE)
    assert np.abs(weeks.std(axis=0) / sd - 1).max() < 4.5 / math.sqrt(2 * PEOPLE)
    for lag in (1, 2, 4):
        found = np.corrcoef(weeks[:, 3], weeks[:, 3 + lag])[0, 1]
        assert abs(found - math.exp(-lag / 4.0)) < 4 / math.sqrt(PEOPLE)


def test_events_come_once_a_year_as_a_poisson_process(lives):
    counts = _of(lives, Impulse) / chances()["event_size"].value
    assert set(np.unique(counts.round(9))) <= {0.0, 1.0, 2.0, 3.0}
    expected = PEOPLE * WEEKS * 168.0 / 8766.0
    assert abs(counts.sum() - expected) < 4 * math.sqrt(expected)
    a_person = counts.sum(axis=1)
    assert abs(a_person.var() / a_person.mean() - 1) < 0.05


def test_a_person_has_the_same_life_alone_and_a_longer_life_begins_alike(lives):
    alone = fluctuations(5, [17, 3], 168.0 * 5)
    np.testing.assert_array_equal(_of(alone, Level), _of(lives, Level)[[17, 3], :5])
    np.testing.assert_array_equal(_of(alone, Impulse), _of(lives, Impulse)[[17, 3], :5])


def test_one_life_is_a_row_and_shares_the_grid_of_the_others(lives):
    one = fluctuation(5, 17, 168.0 * WEEKS)
    np.testing.assert_array_equal([h.amount for h in one], lives.amounts[17])
    assert signature(one) == signature(fluctuation(5, 18, 168.0 * WEEKS))


def test_around_a_mean_only_levels_move(lives):
    moved = lives.around(np.full(PEOPLE, 0.6))
    np.testing.assert_allclose(_of(moved, Level) - _of(lives, Level), 0.6, atol=1e-12)
    np.testing.assert_array_equal(_of(moved, Impulse), _of(lives, Impulse))


def test_its_four_numbers_are_assumptions_with_a_source():
    assert set(chances()) == {"sd", "correlation_time", "events_per_year", "event_size"}
    assert {fact.origin for fact in chances().values()} == {"assumed_here"}
    assert {fact.source for fact in chances().values()} <= set(bibliography())


def test_a_life_of_no_length_has_no_slots():
    assert fluctuations(1, range(3), 0.0).amounts.shape == (3, 0)
    assert len(fluctuations(1, range(3), 1.0).slots) == 2
