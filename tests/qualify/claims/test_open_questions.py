"""Claims that are open questions: dose, route, frequency, who benefits; asked with few draws."""

from __future__ import annotations

import pytest

from resynapse.qualify.answers import WAYS, WEIGHED

IDS = sorted(id for id, way in WAYS.items() if way.room == WEIGHED)


@pytest.mark.parametrize("id", IDS)
def test_an_answer_is_whole(whole, id):
    whole(id)


def test_none_of_them_gives_one_number_without_doubt(asked):
    for id in IDS:
        assert asked(id).verdict == "answered with wide doubt"
    least = asked("C10").record["least_dose_for_nine_tenths_mg_per_kg"]["24 h"]
    assert least["p05"] < least["p50"] < least["p95"]


def test_who_benefits_says_what_orders_people_and_what_does_not(asked):
    record = asked("C14").record
    assert "family_history_alcohol" in record["fall_apart_points"]
    assert "family history of alcohol use disorder" not in record["orders_people"]
    known = record["explained_percent"]
    assert known["p05"] < known["p50"] < known["p95"] < 100.0
