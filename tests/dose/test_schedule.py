from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resynapse.core.errors import EventError
from resynapse.dose import schedule_times

NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def days(words, horizon=None):
    return [t / 24 for t in schedule_times(words, horizon)]


@pytest.mark.parametrize(
    ("words", "horizon", "expected"),
    [
        ("once", None, [0]),
        ("once", 1, [0]),
        ("twice weekly for 2 weeks", None, [0, 3, 7, 10]),
        ("Twice a week for two weeks", None, [0, 3, 7, 10]),
        ("three times weekly for 2 weeks", None, [0, 2, 4, 7, 9, 11]),
        ("thrice weekly for 1 week", None, [0, 2, 4]),
        ("every 3 days for 12 days", None, [0, 3, 6, 9]),
        ("every other day for 1 week", None, [0, 2, 4, 6]),
        ("daily for 5 days", None, [0, 1, 2, 3, 4]),
        ("twice daily for 1 day", None, [0, 0.5]),
        ("every 8 hours for 1 day", None, [0, 1 / 3, 2 / 3]),
        ("weekly", 21, [0, 7, 14]),
        ("once every 2 weeks", 29, [0, 14, 28]),
        ("twice weekly for 1 week, then weekly", 28, [0, 3, 7, 14, 21]),
        ("weekly for 2 weeks then every 2 weeks for 8 weeks", None, [0, 7, 14, 28, 42, 56]),
        ("daily for 2 days, then once", None, [0, 1, 2]),
        ("twice weekly for 4 weeks", 8, [0, 3, 7]),
        ("every 3 days for 2.5 days", None, [0]),
    ],
)
def test_dose_days(words, horizon, expected):
    assert days(words, horizon) == pytest.approx(expected)


def test_the_label_schedule_of_nasal_esketamine():
    words = "twice weekly for 4 weeks, then weekly for 4 weeks, then every 2 weeks"
    assert len(days(words, 7 * 52)) == 8 + 4 + 22


@pytest.mark.parametrize(
    ("words", "piece", "nearest"),
    [
        ("twice weakly for 4 weeks", "weakly for 4 weeks", "weekly"),
        ("dayly for 5 days", "dayly for 5 days", "daily"),
        ("weekly for 4 weks", "weks", "weeks"),
        ("weekly for 4 weeks, than daily", "than daily", "then"),
        ("weekly fro 4 weeks", "fro 4 weeks", "for"),
        ("2.5 times weekly", "2.5 times weekly", None),
        ("every 0 days for 1 week", "0 days for 1 week", None),
        ("three weekly", "weekly", None),
        ("weekly for 2 weeks, then", "", None),
        ("", "", None),
        ("sometimes", "sometimes", "times"),
    ],
)
def test_an_unreadable_schedule_names_the_piece(words, piece, nearest):
    with pytest.raises(EventError) as caught:
        schedule_times(words, 100)
    assert caught.value.given == repr(piece or words)
    assert repr(words) in caught.value.where
    assert caught.value.allowed
    if nearest:
        assert caught.value.nearest == nearest


@pytest.mark.parametrize(
    ("words", "horizon", "reason"),
    [
        ("weekly", None, "never ends"),
        ("weekly, then daily for 2 days", 30, "needs an end"),
        ("once, then weekly", 30, "needs an end"),
        ("four times weekly", 30, "days of the week"),
        ("30 times daily", 30, "too many doses a day"),
        ("every 1 hour", 1e6, "too many doses"),
        ("weekly", 0, "horizon"),
        ("weekly", float("nan"), "horizon"),
    ],
)
def test_schedules_without_an_answer_are_refused(words, horizon, reason):
    with pytest.raises(EventError, match=reason):
        schedule_times(words, horizon)


rhythms = st.sampled_from([("weekly", 7, 1), ("twice weekly", 7, 2), ("three times weekly", 7, 3), ("daily", 1, 1)])


@settings(deadline=None)
@given(st.lists(st.tuples(rhythms, st.integers(1, 12)), min_size=1, max_size=4), st.integers(1, 200))
def test_times_are_sorted_unique_counted_and_within_the_horizon(parts, horizon):
    words = ", then ".join(f"{name} for {NUMBERS[weeks - 1]} weeks" for (name, _, _), weeks in parts)
    everything = schedule_times(words)
    assert len(everything) == sum(count * (7 * weeks // period) for (_, period, count), weeks in parts)
    assert list(everything) == sorted(set(everything))
    assert everything[0] == 0
    assert schedule_times(words, horizon) == tuple(t for t in everything if t < 24 * horizon)


@settings(deadline=None)
@given(st.integers(1, 30), st.integers(1, 400))
def test_an_interval_fills_its_length(interval, length):
    times = days(f"every {interval} days for {length} days")
    assert times == [k * interval for k in range(-(-length // interval))]


@settings(deadline=None)
@given(st.text(alphabet="adefhikloprtuvwy0123456789 ,.", max_size=30))
def test_any_words_give_times_or_an_event_error(words):
    try:
        assert schedule_times(words, 50)
    except EventError as refused:
        assert refused.where
