"""Preparations and nasal devices: words become times and shares, and nothing is guessed."""

from __future__ import annotations

import pytest

from resynapse.chains import body_chain
from resynapse.compound import compound, formulation, formulations
from resynapse.core.errors import EventError, RequestError
from resynapse.core.source import bibliography
from resynapse.dose import Person, Regimen
from resynapse.requests import Simulate
from resynapse.timeline import preparations, timeline


def handled(words, dose="84 mg"):
    (event,) = Regimen("esketamine", "nasal", dose, devices=words).events(70.0)
    return event.handling


@pytest.mark.parametrize(
    ("words", "between", "kept"),
    [
        (None, 0.0, ()),
        ("together", 0.0, ()),
        ("spaced", 5 / 60, ()),
        ("10 min apart", 10 / 60, ()),
        ("missed 2", 0.0, (1.0, 0.0, 1.0)),
        ("Spaced, sneeze after 1", 5 / 60, (0.5, 1.0, 1.0)),
        ("spaced, sneeze after 1, missed 3", 5 / 60, (0.5, 1.0, 0.0)),
    ],
)
def test_words_for_devices(words, between, kept):
    found = handled(words)
    assert (found.between, found.kept) == (pytest.approx(between), kept)


@pytest.mark.parametrize(
    ("words", "reason"),
    [("missed 4", "no such device"), ("slowly", "cannot be read"), ("-5 min apart", "negative"), ("missed", "cannot")],
)
def test_words_that_cannot_be_read_are_refused(words, reason):
    with pytest.raises(EventError, match=reason):
        handled(words)


def test_devices_belong_to_the_nasal_spray():
    with pytest.raises(EventError, match="no devices"):
        Regimen("ketamine", "nasal", "50 mg", devices="spaced").events(70.0)


def test_a_preparation_fits_its_drug_and_route():
    (event,) = Regimen("ketamine", "oral", "80 mg", formulation="Prolonged-release tablet").events(70.0)
    assert event.handling.formulation.release.value == 10.0
    with pytest.raises(RequestError, match="is taken by the oral route"):
        formulation("prolonged_release_tablet", "ketamine", "rectal")
    with pytest.raises(RequestError) as caught:
        formulation("sublingual_waffer", "ketamine", "sublingual")
    assert caught.value.nearest == "sublingual_wafer"


def test_every_preparation_has_a_source_and_a_drug_on_file():
    for found in formulations().values():
        assert {found.source, *(f.source for f in found.facts.values())} <= bibliography().keys()
        assert all(found.route in compound(drug).largest for drug in found.drugs)


def test_a_nebuliser_needs_its_running_time():
    with pytest.raises(EventError, match="needs the time it is given over"):
        Regimen("esketamine", "inhaled", "50 mg")
    (event,) = Regimen("esketamine", "inhaled", "50 mg", "20 min").events(70.0)
    assert event.duration_h == pytest.approx(1 / 3)


def test_devices_minutes_apart_reach_the_body():
    events = tuple(Regimen("esketamine", "nasal", "84 mg", devices="spaced, sneeze after 1").events(70.0))
    given = timeline(body_chain("human"), Person("1", events, {"weight": 70.0}, ())).happenings
    nose = [(h.port, round(60 * h.start), h.amount) for h in given if h.port.startswith("nasal")]
    device = compound("esketamine").micromoles(28.0)
    assert nose == [
        ("nasal_first_ketamine_s", 0, pytest.approx(device / 2)),
        ("nasal_later_ketamine_s", 5, pytest.approx(device)),
        ("nasal_later_ketamine_s", 10, pytest.approx(device)),
    ]


def test_a_preparation_reaches_the_body():
    events = tuple(Regimen("ketamine", "oral", "80 mg", formulation="prolonged_release_tablet").events(70.0))
    person = Person("1", events, {"weight": 70.0}, ())
    assert {h.duration for h in timeline(body_chain("human"), person).happenings} == {10.0}
    assert [f.name for f in preparations(person)] == ["prolonged_release_tablet"]


def test_a_table_says_its_own_doses():
    with pytest.raises(RequestError, match="a table already says"):
        Simulate(table="people.csv", formulation="tablet")
