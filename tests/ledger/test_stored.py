"""Answers on file know what they hang on, and say when it has changed."""

from __future__ import annotations

import ast
import json
from dataclasses import replace

import numpy as np
import pytest

from resynapse.core.errors import EvidenceError
from resynapse.qualify.answer import Answer
from resynapse.qualify.answers import WAYS
from resynapse.qualify.claims import claim
from resynapse.qualify.ledger import hanging
from resynapse.qualify.ledger.hanging import digest, reach
from resynapse.qualify.ledger.refresh import outdated
from resynapse.qualify.ledger.stored import store, stored
from resynapse.report.claim_figure import Curves, Mark, Ribbon, Row, Rows, Shown
from resynapse.report.claim_plain import plain, shown_of
from resynapse.report.crosses import Cross, Crosses

X = np.array([1.0, 2.0, 4.0])
PANELS = (
    Curves(
        "A course", "days", "points", (Ribbon("drug", X, X - 0.5, X, X + 0.5),), (Mark(2.0, "a2020", 2.2),), True, X
    ),
    Rows("Effects", "%", (Row("one", 1.0, 2.0, 3.0, "seen", 1), Row("two", -1.0, 0.0, 1.0)), 0.0, ("a", "b")),
    Crosses("Weighed", "burden", "benefit", (Cross("0.5", (1.0, 2.0, 3.0), (4.0, 5.0, 6.0)),)),
)


def _answer() -> Answer:
    shown = Shown(PANELS, "C37: quiet", "made here")
    return Answer(claim("C37"), ("One.", "Two.", "Three."), "seed 1.", {"a": 1.23456789, "observed": []}, lambda: shown)


def test_an_answer_comes_back_as_it_was_stored(tmp_path):
    store(_answer(), tmp_path)
    found = stored("C37", tmp_path)
    assert found.sentences == ("One.", "Two.", "Three.")
    assert found.details["a"] == 1.23456789
    assert not found.stale
    assert stored("C38", tmp_path) is None


def test_panels_come_back_as_they_were(tmp_path):
    shown = Shown(PANELS, "title", "foot")
    again = shown_of(json.loads(json.dumps(plain(shown))))
    assert plain(again) == plain(shown)
    assert np.allclose(again.panels[0].ribbons[0].high, X + 0.5)
    assert again.panels[0].marks == PANELS[0].marks
    assert len(again.figure().axes) == 3


def test_other_values_make_an_answer_stale(tmp_path):
    store(_answer(), tmp_path)
    assert replace(stored("C37", tmp_path), digest="another").stale
    assert "C37" not in outdated(tmp_path)
    assert "C26" in outdated(tmp_path)


def test_a_broken_file_is_refused_with_what_to_do(tmp_path):
    (tmp_path / "C37.json").write_text("{", encoding="utf-8")
    with pytest.raises(EvidenceError, match=r"ledger\.refresh C37"):
        stored("C37", tmp_path)


def test_an_answer_hangs_on_the_rooms_that_it_runs_through_and_on_no_door():
    found = reach("qualify.answering.habenula")
    assert {"chains", "brain.habenula", "qualify.answering.ensemble", "evidence"} <= found
    assert not [name for name in found if name.partition(".")[0] in ("core", "report", "cli", "requests")]
    assert "trial.score.values" in reach("qualify.trialled.onset")
    assert "trial.score.values" not in found


def test_different_answers_hang_on_different_things():
    ways = {f"qualify.{w.room}.{w.module}" for w in WAYS.values()}
    assert len({digest(module) for module in ways}) == len(ways)


def test_words_and_comments_move_no_digest():
    bare = [hanging._Bare().visit(ast.parse(text)) for text in ('"""Told."""\nx = 1  # why\n', "x = 1\n", "x = 2\n")]
    assert ast.dump(bare[0]) == ast.dump(bare[1]) != ast.dump(bare[2])


def test_every_answer_that_can_be_asked_is_on_file():
    assert not [id for id in WAYS if stored(id) is None]
