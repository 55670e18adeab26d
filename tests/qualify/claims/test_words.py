"""The ledger and the command: which words a claim understands, what is judged, and that draws repeat."""

from __future__ import annotations

import json

import pytest

from resynapse.cli import main
from resynapse.core.errors import RequestError
from resynapse.qualify.answering.terms import Terms
from resynapse.qualify.answers import TRIALS, WAYS, answer
from resynapse.qualify.claims import claims

OPEN = ("C10", "C11", "C12", "C14")
IDS = sorted(id for id, way in WAYS.items() if id != "C16" and way.room != TRIALS)


def test_draws_do_not_hang_on_how_many_there_are():
    one, more = (answer("C25", Terms(draws=n, seed=5)) for n in (20, 40))
    assert one.record["interneurons_blocked"] != more.record["interneurons_blocked"]
    assert one.record == answer("C25", Terms(draws=20, seed=5)).record


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["C26", "--people", "50"], "--draws"),
        (["C26", "--population", "trd_phase3"], "not asked of a population"),
        (["C16", "--draws", "50"], "--people"),
        (["C26", "--draws", "3"], "20 to 5000"),
        (["C50"], "its owner is"),
        (["C15", "--population", "trd_phase3"], "not asked of a population"),
        (["C03", "--draws", "50"], "--people"),
    ],
)
def test_words_that_mean_nothing_for_a_claim_are_refused_with_those_that_do(capsys, words, said):
    assert main(["claim", *words]) == 2
    assert said in capsys.readouterr().err


def test_the_command_prints_json_and_draws(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("RESYNAPSE_CACHE", "off")
    drawn = tmp_path / "c25.svg"
    assert main(["claim", "C25", "--draws", "20", "--seed", "5", "--json", "--draw", str(drawn)]) == 0
    assert json.loads(capsys.readouterr().out)["claim"] == "C25"
    assert drawn.stat().st_size > 10_000


def test_every_claim_of_the_rivals_is_judged_and_says_why():
    own = [c for c in claims() if c.owner == "rivals"]
    assert all(c.judged and c.judged.why for c in own)
    assert {c.id for c in own if c.answer} == set(IDS) - set(OPEN)
    assert all((c.judged.word == "not yet askable") == (c.answer is None) for c in own)


@pytest.mark.parametrize("words", [{"people": 0}, {"people": 10**9}, {"people": 60, "population": "mouse_cohort"}])
def test_people_who_cannot_be_drawn_are_refused(words):
    with pytest.raises(RequestError, match="people"):
        answer("C38", Terms(**words))


def test_every_claim_of_the_trials_is_judged_and_can_be_asked():
    own = {c.id: c for c in claims() if c.owner == "trials"}
    assert set(own) == {id for id, way in WAYS.items() if way.room == TRIALS}
    assert all(c.answer == f"resynapse claim {id}" and c.judged for id, c in own.items())
