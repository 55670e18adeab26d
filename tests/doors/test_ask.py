"""The doors of open questions and of the ledger's page."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from resynapse.cli.main import main

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "ask.md"


def test_questions_are_listed(capsys):
    assert main(["ask", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["questions"]
    assert "best dose" in [one["question"] for one in listed]
    assert main(["ask", "list"]) == 0
    assert "medical advice" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["ask", "best", "dosee"], "nearest: best dose"),
        (["ask", "dose or often"], "several questions"),
        (["ask", "how often", "--draws", "3"], "20 to 5000"),
        (["ask", "how often", "--people", "2"], "20 to 100,000"),
        (["ask", "how often", "--population", "trd_phase33"], "trd_phase3"),
        (["ask", "how often", "--population", "healthy", "--draws", "20"], "episode"),
        (["ask", "how often", "--calibration", "none_such"], "no such calibration"),
        (["ask", "how often", "--calibration", "a", "--ranges"], "either a calibration or ranges"),
        (["ask", "how often", "--seed", "-1"], "no such seed"),
        (["ask", "how often", "--draw", "x.txt"], ".png"),
        (["claims", "--out", "x.html"], "--html"),
    ],
)
def test_what_cannot_be_asked_is_refused(words, told, capsys):
    assert main(words) == 2
    assert told in capsys.readouterr().err


def test_the_ledger_becomes_one_page(tmp_path, capsys):
    file = tmp_path / "new" / "ledger.html"
    assert main(["claims", "--html", "--out", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["claims"] == 55
    assert file.read_text(encoding="utf-8").count("<article") == 55
    assert main(["claims", "--html", "--out", str(tmp_path)]) == 2


def test_the_how_to_works_as_it_is_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^    (resynapse .*?)(?:  #.*)?$", GUIDE.read_text(encoding="utf-8"), re.M)
    assert len(commands) >= 4
    for command in commands:
        words = shlex.split(command)[1:]
        assert main([*words, *_few(words)]) == 0
    out = capsys.readouterr().out
    assert "What would settle it" in out
    assert (tmp_path / "runs" / "dose" / "report.html").is_file()
    assert {f.suffix for f in (tmp_path / "runs" / "dose" / "figures").iterdir()} == {".png", ".svg"}
    record = json.loads((tmp_path / "runs" / "dose" / "answer.json").read_text(encoding="utf-8"))
    assert record["studies"][0]["variance_removed"] >= record["studies"][-1]["variance_removed"]
    assert "Not medical advice" in (tmp_path / "runs" / "dose" / "report.html").read_text(encoding="utf-8")


def _few(words: list[str]) -> list[str]:
    """Few draws, so that a test is quick."""
    asked = words[0] == "ask" and words[1] != "list"
    return ["--draws", "30", "--people", "20"] if asked and "--draws" not in words else []
