from __future__ import annotations

import pytest

from resynapse.core.errors import EventError
from resynapse.dose import DoseEvent, Regimen


def only(regimen, weight=70.0):
    (event,) = regimen.events(weight)
    return event


def test_the_usual_infusion():
    event = only(Regimen("ketamine", "iv", "0.5 mg/kg", "40 min"))
    assert event == DoseEvent(0.0, 35.0, 40 / 60, "ketamine", "iv")


def test_a_course_keeps_amount_and_duration():
    events = Regimen("Ketamine", "IV", "0.5 mg/kg", "40 min", "three times weekly for 2 weeks").events(80.0)
    assert [e.time_h / 24 for e in events] == [0, 2, 4, 7, 9, 11]
    assert {(e.amount_mg, e.duration_h, e.drug, e.route) for e in events} == {(40.0, 40 / 60, "ketamine", "iv")}


@pytest.mark.parametrize(
    ("dose", "mg"),
    [
        ("84 mg", 84.0),
        ("0.084 g", 84.0),
        ("500 mcg/kg", 35.0),
        ("500 µg / kg", 35.0),
        ("0.5 mg/kg base", 35.0),
        ("0.5 mg/kg HCl", 35.0 * 0.867),
        ("0.5 mg/kg hydrochloride", 35.0 * 0.867),
    ],
)
def test_doses_become_mg_of_base(dose, mg):
    assert only(Regimen("ketamine", "oral", dose)).amount_mg == pytest.approx(mg)


@pytest.mark.parametrize(
    ("drug", "dose", "count", "noted"),
    [
        ("esketamine", "28 mg", 1, False),
        ("Spravato", "56 mg", 2, False),
        ("esketamine", "84 mg", 3, False),
        ("esketamine", "32.3 mg HCl", 2, True),
        ("esketamine", "40 mg", 2, True),
        ("esketamine", "112 mg", 4, True),
        ("ketamine", "50 mg", 1, False),
    ],
)
def test_nasal_devices(drug, dose, count, noted):
    regimen = Regimen(drug, "nasal", dose)
    assert only(regimen).devices == count
    assert bool(regimen.notes(70.0)) is noted


def test_a_bolus_must_be_written():
    assert only(Regimen("esketamine", "iv", "0.5 mg/kg", "0 min")).duration_h == 0.0
    with pytest.raises(EventError, match="needs the time it is given over"):
        Regimen("esketamine", "iv", "0.5 mg/kg")


def test_a_slow_subcutaneous_infusion_is_allowed():
    assert only(Regimen("ketamine", "sc", "0.5 mg/kg", "2 h")).duration_h == 2.0


def test_a_mouse():
    event = only(Regimen("arketamine", "ip", "10 mg/kg", species="mouse"), 0.025)
    assert event.amount_mg == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("words", "reason", "nearest"),
    [
        ({"drug": "esketamin"}, "unknown drug", "esketamine"),
        ({"route": "nasel"}, "unknown route", "nasal"),
        ({"route": "ip"}, "unknown route", None),
        ({"drug": "arketamine", "route": "oral"}, "on file", None),
        ({"over": "40 min"}, "not infused", None),
        ({"dose": "lots"}, "not a number", None),
        ({"dose": "0.5"}, "needs a unit", None),
        ({"dose": "0.5 mgkg"}, "not known", "mg/kg"),
        ({"dose": "0.5 mg/kg/h"}, "not known", "mg/kg"),
        ({"dose": "0.5 mg/kg HCL salt"}, "base or salt", "hcl"),
        ({"dose": "0 mg"}, "above 0", None),
        ({"dose": "-5 mg"}, "above 0", None),
        ({"schedule": "dayly for 5 days"}, "cannot be read", "daily"),
        ({"schedule": "weekly"}, "never ends", None),
        ({"species": "mice"}, "unknown species", None),
        ({"route": "iv", "over": "40"}, "needs a unit", None),
        ({"route": "iv", "over": "-40 min"}, "negative", None),
        ({"route": "iv", "over": "40 mg"}, "measures something else", None),
    ],
)
def test_what_cannot_be_read_is_refused_when_it_is_written(words, reason, nearest):
    usual = {"drug": "ketamine", "route": "nasal", "dose": "50 mg"}
    with pytest.raises(EventError, match=reason) as caught:
        Regimen(**{**usual, **words})
    if nearest:
        assert caught.value.nearest == nearest


@pytest.mark.parametrize(
    ("dose", "weight", "hint"),
    [("0.5 mg", 70.0, "0.5 times the weight is 35 mg"), ("35 mg/kg", 70.0, "divided by the weight is 35 mg")],
)
def test_mg_against_mg_per_kg(dose, weight, hint):
    with pytest.raises(EventError, match="looks like mg against mg/kg") as caught:
        Regimen("ketamine", "iv", dose, "40 min").events(weight)
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("species", "weight"), [("human", 0.5), ("human", 400.0), ("mouse", 25.0), ("rat", float("nan"))]
)
def test_weights_that_cannot_be(species, weight):
    with pytest.raises(EventError, match="body weight"):
        Regimen("ketamine", "sc", "10 mg/kg", species=species).events(weight)
