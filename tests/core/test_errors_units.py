"""Refusals that a person can act on, and units at the boundary."""

from __future__ import annotations

import pytest

from resynapse.core.errors import (
    EventError,
    EvidenceError,
    ParameterError,
    RequestError,
    ResynapseError,
    SolveError,
    WiringError,
    nearest,
)
from resynapse.core.units import convert, hours, parse, split


def test_a_message_has_six_parts_in_a_fixed_order():
    error = ResynapseError(
        "this is wrong", then="do that", nearest="ape", allowed=["a", "b"], given="aep", where="file: row 3"
    )
    assert error.message.splitlines() == [
        "this is wrong",
        "  where:   file: row 3",
        "  given:   aep",
        "  allowed: a, b",
        "  nearest: ape",
        "  next:    do that",
    ]
    assert str(error) == error.message


def test_parts_that_are_not_given_are_not_shown():
    assert ResynapseError("only this").message == "only this"
    assert ResynapseError("zero is a value", given=0).message.endswith("given:   0")


@pytest.mark.parametrize(
    ("allowed", "shown"),
    [("0 to 1", "0 to 1"), (("ill", "well"), "ill, well"), ({"a": 1, "b": 2}, "a, b"), (3, "3"), (None, None)],
)
def test_what_is_allowed_is_listed_in_words(allowed, shown):
    assert ResynapseError("x", allowed=allowed).allowed == shown


@pytest.mark.parametrize("kind", [WiringError, ParameterError, EvidenceError, EventError, RequestError])
def test_bad_input_and_failed_work_have_different_exit_codes(kind):
    assert issubclass(kind, ResynapseError)
    assert (kind.exit_code, SolveError.exit_code) == (2, 1)


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("ketamin", "ketamine"),
        ("KETAMINE", "ketamine"),
        ("esketamin", "Esketamine"),
        ("xyz", None),
        (42, None),
        ("", None),
    ],
)
def test_the_nearest_word_is_close_or_absent(word, found):
    assert nearest(word, ["ketamine", "Esketamine", "midazolam"]) == found


def test_nothing_is_near_when_nothing_is_valid():
    assert nearest("ketamine", []) is None


def test_of_words_that_differ_in_numbers_only_the_first_is_nearest():
    assert nearest("hamd_total", ["madrs_total", "hamd17_total", "hamd6_total"]) == "hamd17_total"
    assert nearest("hamd_total", ["hamd6_total", "hamd_total"]) == "hamd_total"


@pytest.mark.parametrize(
    ("phrase", "number", "unit"),
    [
        ("0.5 mg/kg", 0.5, "mg/kg"),
        ("40min", 40.0, "min"),
        (" -1.5e-3  L ", -1.5e-3, "L"),
        (".5 h", 0.5, "h"),
        ("7", 7.0, ""),
    ],
)
def test_a_phrase_is_a_number_and_a_unit(phrase, number, unit):
    assert split(phrase) == (number, unit)


@pytest.mark.parametrize("phrase", ["", "mg", "half an hour", "mg 5", "nan h", "inf h"])
def test_a_phrase_without_a_number_in_front_is_refused(phrase):
    with pytest.raises(EventError) as caught:
        split(phrase, EventError, "row 2")
    assert (caught.value.where, caught.value.given) == ("row 2", repr(phrase))


@pytest.mark.parametrize(
    ("value", "unit", "to", "wanted"),
    [
        (40.0, "min", "h", 2.0 / 3.0),
        (1.9, "L/min", "L/h", 114.0),
        (1.0, "mol/L", "umol/L", 1e6),
        (184.0, "ng/mL", "mg/L", 0.184),
        (25.0, "percent", "1", 0.25),
        (3.0, "points", "points", 3.0),
        (1.0, "mmHg", "kPa", 0.133322),
        (2.0, "week", "h", 336.0),
    ],
)
def test_units_convert(value, unit, to, wanted):
    assert convert(value, unit, to) == pytest.approx(wanted, rel=1e-5)


def test_the_same_unit_is_not_touched():
    assert convert(0.1 + 0.2, "L/h", "L/h") == 0.1 + 0.2


@pytest.mark.parametrize(("unit", "to"), [("mg", "umol"), ("h", "L"), ("1", "points/h"), ("USD", "points")])
def test_units_that_measure_different_things_are_refused(unit, to):
    with pytest.raises(EventError, match="measures something else") as caught:
        convert(1.0, unit, to, EventError, "row 5")
    assert (caught.value.where, caught.value.given) == ("row 5", unit)
    assert to in caught.value.allowed


def test_an_unknown_unit_is_refused_where_it_stands():
    with pytest.raises(EventError, match="unknown unit") as caught:
        convert(1.0, "furlongs_per_fortnite", "h", EventError, "row 5")
    assert (caught.value.where, caught.value.given) == ("row 5", "'furlongs_per_fortnite'")
    with pytest.raises(ParameterError, match="unknown unit"):
        parse("furlongs_per_fortnite")


@pytest.mark.parametrize(
    ("phrase", "wanted"), [("40 min", 2 / 3), ("2h", 2.0), ("1 day", 24.0), ("3 weeks", 504.0), ("36 s", 0.01)]
)
def test_durations_in_words_become_hours(phrase, wanted):
    assert hours(phrase) == pytest.approx(wanted, rel=1e-12)


def test_a_duration_without_a_unit_is_refused_with_two_suggestions():
    with pytest.raises(EventError, match="needs a unit") as caught:
        hours("40", EventError, "row 7")
    assert caught.value.where == "row 7"
    assert caught.value.then == 'write "40 min" or "40 h"'


@pytest.mark.parametrize("phrase", ["40 mg", "40 foo", "soon"])
def test_what_is_no_duration_is_refused(phrase):
    with pytest.raises(EventError):
        hours(phrase, EventError)
