"""`resynapse qualify`: what cannot be run is refused, what was run is kept, the same plan gives the same numbers."""

from __future__ import annotations

import json

import pytest

from resynapse.cli import main
from resynapse.qualify.plan.plan import plan
from resynapse.requests import qualification
from resynapse.requests.qualification import Qualification

MINE = """version: 1
name: mine
title: One trial
trials: {people: 100, replicates: 20, studies: [murrough_2013]}
criteria:
  - {id: inside, of: trials, metric: coverage_90, role: build, why: it was fitted}
  - {id: also, of: trials, metric: coverage_90, why: nothing here was kept}
"""
DONE = {
    "selftest": {"run": 1, "passed": 1, "failing": []},
    "chance": {"same": True, "moves": True, "replicates": 2, "error": 0.1},
    "numerics": {
        "ways": {
            name: {"port": "x", "error": 0.0, "budget": 1.0, "holds": True}
            for name in ("halved grid", "adaptive solver", "printed code")
        },
        "seconds": 0.0,
    },
}


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A small plan, of which only the trial is run."""
    path = tmp_path / "mine.yaml"
    path.write_text(MINE, "utf-8")
    monkeypatch.setattr(qualification, "executed", lambda tell: DONE)
    monkeypatch.setattr(qualification, "body_reports", lambda *_: ())
    return plan(str(path))


def test_what_cannot_be_run_is_refused_in_a_few_lines(tmp_path, capsys):
    path = tmp_path / "mine.yaml"
    path.write_text(MINE.replace("murrough_2013", "murrough_2014"), "utf-8")
    for words in (["--plan", str(path)], ["--plan", "standart"], ["--draws", "1"], ["--calibration", "nobody"]):
        assert main(["qualify", "--out", str(tmp_path / "out"), *words]) == 2
        told = capsys.readouterr()
        assert not told.out and told.err.startswith("resynapse: ")
    assert not (tmp_path / "out").exists()


def test_what_was_run_is_kept_and_comes_out_the_same(mine, tmp_path, monkeypatch):
    first = Qualification(mine, tmp_path / "one").run()
    again = Qualification(mine, tmp_path / "two").run()
    assert "pass" not in {o["verdict"] for o in first["outcomes"]}  # build alone earns nothing
    assert not first["credibility"]["conclusion"]["adequate"]
    file = tmp_path / "two" / "trials" / "murrough_2013.json"
    file.write_text(file.read_text("utf-8")[:100], "utf-8")  # cut off in the middle of a line
    mended = Qualification(mine, tmp_path / "two").run()
    monkeypatch.setattr(qualification.Sweep, "rows", lambda *_: pytest.fail("it was run already"))
    kept = Qualification(mine, tmp_path / "one").run()
    for found in (again, mended, kept):
        assert {**found, "seconds": 0} == {**first, "seconds": 0}
    json.dumps(first, allow_nan=False)
