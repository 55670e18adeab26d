"""Questions in free words, and what every answer must have."""

from __future__ import annotations

import json
import math

import pytest

from resynapse.core.errors import RequestError
from resynapse.qualify.answering.terms import Terms
from resynapse.qualify.weighing.many import gathered
from resynapse.qualify.weighing.questions import QUESTIONS, question, question_records


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("best dose", "best dose"),
        ("  Best   DOSE ", "best dose"),
        ("how much should be given?", "best dose"),
        ("who will respond", "who benefits"),
        ("how long does it last", "how long does one dose last"),
        ("how often", "how often"),
        ("by mouth or by nose", "best route"),
    ],
)
def test_free_words_find_their_question(words, key):
    assert question(words).key == key


@pytest.mark.parametrize(
    ("words", "near"), [("best dosee", "best dose"), ("how oftn", "how often"), ("dose often", None)]
)
def test_other_words_are_refused_with_the_nearest(words, near):
    with pytest.raises(RequestError) as refusal:
        question(words)
    assert refusal.value.allowed == ", ".join(QUESTIONS)
    assert near is None or refusal.value.nearest == near


def test_nothing_near_is_nothing():
    with pytest.raises(RequestError) as refusal:
        question("xyzzy")
    assert refusal.value.nearest is None


def test_questions_are_listed():
    assert [one["question"] for one in question_records()] == list(QUESTIONS)


@pytest.mark.parametrize("key", QUESTIONS)
def test_an_answer_is_whole(weighed, key):
    found = weighed(key)
    record = json.loads(json.dumps(found.record, allow_nan=False))
    assert len(found.sentences) == 3
    assert all(s.endswith(".") and "nan" not in s for s in (*found.sentences, found.answer, found.settles))
    assert "seed 3" in found.uncertainty
    assert "no calibration" in found.uncertainty
    assert "cost" in found.missing
    assert record["observed"]
    assert all(0.0 <= w.low <= w.share <= w.high <= 1.0 for w in found.worth)
    assert record["studies"][0]["variance_removed"] == max(s["variance_removed"] for s in record["studies"])
    assert all(len(row) == len(listing.columns) for listing in found.listings for row in listing.rows)


@pytest.mark.parametrize("key", QUESTIONS)
def test_its_figure_has_units_and_the_notice(weighed, key):
    figure = weighed(key).shown.figure()
    assert all(axis.get_xlabel() for axis in figure.axes)
    assert "Not medical advice" in " ".join(t.get_text() for t in figure.texts)
    assert len(figure.axes) >= 3


def test_more_is_felt_more_and_low_doses_bring_less(weighed):
    record = weighed("best dose").record
    falls, felt = record["fall_24_h_points"], record["cadss_peak_points"]
    assert falls["0.1 mg/kg"]["p50"] < falls["0.5 mg/kg"]["p50"] <= falls["1 mg/kg"]["p50"]
    assert felt["0.1 mg/kg"]["p50"] < felt["0.5 mg/kg"]["p50"] < felt["1 mg/kg"]["p50"]
    assert record["hours_in_the_chair"] == {k: pytest.approx(2.0 if "/kg" not in k else 2.667, abs=1e-3) for k in falls}


def test_fewer_doses_keep_less_and_cost_less(weighed):
    record = weighed("how often").record
    relief = [band["p50"] for band in record["relief_beyond_stopping_points"].values()]
    assert relief == sorted(relief, reverse=True)
    assert list(record["sessions"].values()) == [24, 12, 6, 3]


def test_the_effect_of_one_dose_goes_in_days(weighed):
    half = weighed("how long does one dose last").record["half_gone_day"]["0.5 mg/kg"]
    assert 1.0 < half["p05"] <= half["p50"] <= half["p95"] <= 28.0


def test_routes_are_matched_and_muscle_needs_more_than_vein(weighed):
    dose = weighed("best route").record["dose_mg_per_kg"]
    assert dose["vein"] == 0.5 < dose["muscle"] < dose["mouth"]


def test_whoever_cannot_be_asked_is_refused():
    for terms in (Terms(20, population="healthy"), Terms(5000, people=100_000)):
        with pytest.raises(RequestError):
            gathered(terms, "trd_academic")


def test_answers_hold_on_seed_alone(weighed):
    again = QUESTIONS["who benefits"].answer(Terms(draws=24, seed=3, people=20))
    assert again.record == weighed("who benefits").record
    assert math.isfinite(again.worth[0].share)
