"""Populations on the command line: what it prints, what it refuses, and that nobody is lost between commands."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import duckdb
import pytest

from resynapse.cli import main

ROOT = Path(__file__).parents[2]
BODY = ["--drug", "ketamine", "--route", "iv", "--over", "40 min", "--days", "2", "--ports", "cv_ketamine"]
ADULTS = [*BODY, "--dose", "0.5 mg/kg", "--population", "healthy", "--backend", "serial"]


@pytest.fixture(autouse=True, scope="module")
def _shared_cache(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESYNAPSE_CACHE", str(tmp_path_factory.getbasetemp() / "compiled"))
        patch.setattr("resynapse.engine.cluster._PATIENCE_S", 1.0)
        yield


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("people") / "run"
    assert main(["simulate", *ADULTS, "--people", "40", "--out", str(out), "--json"]) == 0
    return out


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict]:
    capsys.readouterr()
    code = main([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_population_is_stored_summed_up_and_sound(stored, capsys):
    code, found = answer(capsys, "verify", str(stored))
    assert (code, found["people"], found["missing"], found["problems"]) == (0, 40, 0, [])
    assert len(found["digest"]) == 64
    people = duckdb.read_parquet(f"{stored}/people/*.parquet").fetchnumpy()
    assert people["person"].tolist() == list(range(40))
    about = json.loads((stored / "manifest.json").read_text())["about"]
    assert about["request"]["people"] == 40
    assert {"title", "assumptions", "sources", "parameter_sets", "numerical_error", "notes"} <= about.keys()
    assert max(about["numerical_error"].values()) < 1e-4


def test_resume_computes_only_what_is_missing(stored, capsys):
    _, before = answer(capsys, "verify", str(stored))
    code, found = answer(capsys, "resume", str(stored))
    assert (code, found["computed"], found["digest"]) == (0, 0, before["digest"])
    next(stored.glob("visits/*.parquet")).unlink()
    code, hurt = answer(capsys, "verify", str(stored))
    assert (code, hurt["digest"], hurt["missing"]) == (1, None, 40)
    code, found = answer(capsys, "resume", str(stored), "--backend", "serial")
    assert (code, found["computed"], found["digest"]) == (0, 40, before["digest"])


def test_the_same_words_say_the_same_and_print_a_table(stored, capsys):
    capsys.readouterr()
    assert main(["simulate", *ADULTS, "--people", "40", "--out", str(stored)]) == 0
    said = capsys.readouterr().out
    assert "cv_ketamine  ng/mL" in said
    assert "For research" in said
    assert "40 of 40 people" in said
    assert "cv_ketamine" in said
    assert "Not medical advice" in said


def test_people_for_whom_the_dose_makes_no_sense_are_listed_and_the_others_stored(tmp_path, capsys):
    words = [*BODY, "--dose", "4 mg", "--population", "trd_phase3", "--backend", "serial", "--out", str(tmp_path / "x")]
    code, found = answer(capsys, "simulate", *words, "--people", "60", "--seed", "4")
    assert code == 3
    assert 0 < found["missing"] < 20
    assert all("far too small" in failure["error"] for failure in found["failures"])
    weights = duckdb.read_parquet(f"{tmp_path}/x/people/*.parquet").fetchnumpy()["weight"]
    assert len(weights) == 60 - found["missing"]
    assert weights.max() <= 100.0
    code, seen = answer(capsys, "verify", str(tmp_path / "x"))
    assert (code, seen["missing"], seen["digest"]) == (3, found["missing"], found["digest"])


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--people", "0"], "cannot be simulated"),
        (["--people", "-5"], "cannot be simulated"),
        (["--people", "1000000000000"], "cannot be simulated"),
        (["--people", "5", "--population", "trd_phase4"], r"no population(?s:.)*trd_phase3"),
        (["--people", "5", "--backend", "tcp://127.0.0.1:9"], "no scheduler answers"),
        (["--people", "5", "--backend", "locl"], r"no such back end(?s:.)*local"),
        (["--people", "5", "--backend", "tpc://localhost:8786"], r"no scheduler(?s:.)*nearest: +tcp"),
        (["--people", "5", "--workers", "2"], "number of workers"),
        (["--people", "5", "--workers", "0", "--backend", "local"], "somebody must work"),
        (["--people", "5", "--shard-size", "0"], "cannot be simulated"),
        (["--people", "5", "--seed", "-1"], "seed"),
        (["--people", "5", "--ports", "cv_ketamin"], "cv_ketamine"),
        (["--people", "5", "--times", "0,900"], "beyond the end"),
        (["--people", "5", "--weight", "70"], "not with --people"),
        (["--people", "5", "--report"], "not with --people"),
        (["--population", "healthy"], "say how many"),
    ],
)
def test_what_cannot_be_done_is_refused_and_leaves_nothing(tmp_path, capsys, more, message):
    assert main(["simulate", *ADULTS, "--out", str(tmp_path / "run"), *more]) == 2
    said = capsys.readouterr()
    assert re.search(message, said.err), said.err
    assert said.out == ""
    assert not list(tmp_path.iterdir())


def test_people_need_a_folder_of_their_own_and_no_table(stored, tmp_path, capsys):
    assert main(["simulate", *ADULTS, "--people", "5"]) == 2
    assert "people need a folder" in capsys.readouterr().err
    assert main(["simulate", *ADULTS, "--people", "41", "--out", str(stored)]) == 2
    assert "holds another run" in capsys.readouterr().err
    table = ROOT / "examples" / "trd_iv_ketamine.csv"
    assert main(["simulate", str(table), "--people", "5", "--out", str(tmp_path / "x")]) == 2
    assert "not a table" in capsys.readouterr().err
    assert main(["verify", str(tmp_path)]) == 2
    assert main(["resume", str(tmp_path)]) == 2
    assert "there is no run here" in capsys.readouterr().err


def test_the_how_to_works_as_it_is_written(tmp_path, monkeypatch, capsys):
    text = (ROOT / "docs" / "how-to" / "simulate-a-population.md").read_text()
    lines = re.sub(r"\\\n\s+", "", text).splitlines()
    commands = [shlex.split(line) for line in lines if line.startswith("    resynapse ")]
    assert len(commands) >= 4
    monkeypatch.chdir(tmp_path)
    for words in commands:
        assert main(words[1:]) == 0, words
    queries = re.findall(r"```sql\n(.*?)```", text, flags=re.DOTALL)
    assert queries
    for query in queries:
        assert duckdb.sql(query).fetchall()
    assert capsys.readouterr().err == ""
