"""The grammar of the command line: what it refuses, in which words, and what it says to somebody who says nothing."""

from __future__ import annotations

import pytest

from resynapse.cli import main

INFUSION = ("--drug", "ketamine", "--route", "iv", "--dose", "0.5 mg/kg", "--over", "40 min")


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What is said on the error stream by a command that is refused; nothing else is printed."""
    try:
        code = main(list(words))
    except SystemExit as stopped:
        code = stopped.code
    said = capsys.readouterr()
    assert code == 2
    assert said.out == ""
    return said.err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("simulate", "--people", "1e6"), ("a whole number", "--people", "1e6", "nearest: 1000000")),
        (("simulate", "--people", "2.5"), ("a whole number", "--people", "2.5")),
        (("simulate", "--people", "many"), ("a whole number", "--people", "many")),
        (("simulate", "--days", "soon"), ("a number", "--days", "soon")),
        (("simulate", "--times", "2,x"), ("numbers, separated by commas", "--times", "2,x")),
        (("simulate", "--people"), ("needs a value", "--people")),
        (("simulate", "--poeple", "3"), ("--poeple", "nearest: --people")),
        (("simulate", "--table", "x.csv"), ("not understood", "--table")),
        (("sensitivity", "--dose", "1 mg"), ("has to be said", "--population", "--quantity", "--time")),
        (("smulate",), ("no such word", "smulate", "nearest: simulate", "`resynapse --help`")),
    ],
)
def test_a_word_that_is_not_understood_is_refused_in_a_few_lines(words, expected, capsys):
    said = refusal(capsys, *words)
    assert all(part in said for part in (*expected, "next:"))
    assert len(said.splitlines()) <= 6
    assert "usage:" not in said


def test_who_says_nothing_is_told_where_to_begin(capsys):
    assert main([]) == 0
    said = capsys.readouterr().out
    assert "For research" in said
    assert "begin with one person" in said


def test_people_of_no_population_are_refused_with_a_name(tmp_path, capsys):
    said = refusal(capsys, "simulate", *INFUSION, "--people", "5", "--out", str(tmp_path / "x"))
    assert "trd_phase3" in said
    assert not (tmp_path / "x").exists()


def test_people_are_not_weighed_by_rats(capsys):
    said = refusal(capsys, "populations", "trd_phase3", "--like", "rat_cohort", "--draw", "50")
    assert "species" in said
    assert "rat_cohort (rat)" in said


def test_a_file_in_the_way_is_refused_before_anybody_is_computed(tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    words = ("simulate", *INFUSION, "--people", "5", "--population", "trd_phase3", "--out", str(tmp_path / "file"))
    assert "not a folder" in refusal(capsys, *words)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_disk_that_refuses_is_no_traceback(tmp_path, capsys, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", str(tmp_path))

    monkeypatch.setattr("resynapse.person.account.population_records", full)
    assert main(["populations"]) == 1
    said = capsys.readouterr().err
    assert "No space left on device" in said
    assert str(tmp_path) in said
