"""Claims of two lasting states: the kick and what pulls back, slow erosion and sudden collapse."""

from __future__ import annotations

import pytest

IDS = ("C38", "C53")


@pytest.mark.parametrize("id", IDS)
def test_an_answer_is_whole(whole, id):
    whole(id)


_FEEDBACK = ("weak feedback (rho 0.4)", "strong feedback (rho 0.8)")


def test_a_kick_lasts_only_where_two_states_are(asked):
    record = asked("C38").record
    weak, strong = (record["well_at_12_weeks_percent"][f"{k}, six"] for k in _FEEDBACK)
    assert weak < 10 < strong
    assert record["fallen_after_blow_percent"] > 50
    assert record["two_states_now_percent"] < record["two_states_ever_percent"]


def test_onset_is_a_collapse_under_strong_feedback_only(asked):
    record = asked("C53").record
    weak, strong = (record["steepest_week_over_mean"][k]["p50"] for k in _FEEDBACK)
    assert strong > 2 * weak
    assert record["well_four_weeks_after_percent"]["2"] >= record["well_four_weeks_after_percent"]["52"]
