"""The claims ledger is complete, honest about what cannot be asked, and easy to look things up in."""

from __future__ import annotations

import json

import pytest

from resynapse.core.errors import EvidenceError, RequestError
from resynapse.qualify import claim, claims, ledger_records
from resynapse.qualify.claims import _read

ROOMS = {
    *("dose", "body", "receptor", "circuit", "synapse", "brain", "mood"),
    *("safety", "person", "trial", "care", "hypothesis"),
}
HEADER = "id,claim,kind,rooms,question,status,owner,answer"


def test_all_55_claims_are_there_once_and_in_order():
    assert [c.id for c in claims()] == [f"C{n:02d}" for n in range(1, 56)]


def test_every_claim_names_rooms_of_the_model():
    assert all(c.rooms and set(c.rooms) <= ROOMS for c in claims())


def test_contested_open_and_weak_claims_stand_beside_supported_ones():
    assert {"supported", "contested", "open", "weak"} <= {c.status for c in claims()}


def test_nothing_is_called_askable_before_it_has_an_answer():
    for record in ledger_records():
        assert (record["answer"] is None) == str(record["verdict"]).startswith("not yet askable (owner: ")


def test_records_survive_json():
    records = ledger_records()
    assert json.loads(json.dumps(records)) == records
    assert {"id", "claim", "owner", "answer", "kind", "rooms", "status", "question", "verdict"} <= set(records[0])


@pytest.mark.parametrize("id", ["C26", "c26", " C26 "])
def test_lookup_forgives_case_and_blanks(id):
    assert claim(id).claim.startswith("Ketamine causes a burst of prefrontal glutamate")


def test_lookup_of_an_unknown_claim_says_what_is_near_and_what_is_allowed():
    with pytest.raises(RequestError) as refusal:
        claim("C550")
    assert refusal.value.nearest == "C55"
    assert refusal.value.allowed == "C01 to C55"


def test_an_answer_makes_a_claim_askable():
    (entry,) = _read(f"{HEADER}\nC56,It works,efficacy,dose mood,Does it?,supported,trials,resynapse simulate\n")
    assert entry.rooms == ("dose", "mood")
    assert entry.verdict == "askable: resynapse simulate"


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("id,claim\nC01,It works\n", "id"),
        (f"{HEADER}\nC01,,efficacy,mood,Does it?,supported,trials,\n", "nothing in claim"),
        (f"{HEADER}\n" + 2 * "C01,It works,efficacy,mood,Does it?,supported,trials,\n", "C01"),
    ],
)
def test_a_broken_ledger_is_refused(text, given):
    with pytest.raises(EvidenceError, match=given):
        _read(text)
