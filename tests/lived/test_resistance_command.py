"""The door: `resynapse resistance`."""

from __future__ import annotations

import json

import pytest

from resynapse.cli import main


def test_both_quantities_beside_what_was_published(capsys, tmp_path):
    file = tmp_path / "figure.png"
    assert main(["resistance", "--starters", "600", "--draw", str(file)]) == 0
    text = capsys.readouterr().out
    for words in ("step 4", "13.0%", "Resistance", "tetrachoric", "phi", "band 25.0% to 35.0%"):
        assert words in text
    assert file.stat().st_size > 10_000


def test_as_plain_data(capsys):
    assert main(["resistance", "--starters", "600", "--seed", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["starters"] == 600
    assert [row["what"] for row in found["beside"]][:2] == ["step 1", "step 2"]
    assert found["beside"][0]["published"] == pytest.approx(0.368)
    assert 0.0 < found["failures"]["phi"]["error"] < 0.2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--starters", "0"], "starters"),
        (["--starters", "10000000"], "1,000,000"),
        (["--population", "first_curse"], "first_course"),
        (["--population", "trd_academic"], "lived, not drawn"),
        (["--draw", "figure.docx"], ".png"),
    ],
)
def test_what_cannot_be_asked_is_refused(words, told, capsys):
    assert main(["resistance", *words]) == 2
    assert told in capsys.readouterr().err


def test_the_slow_chain_is_listed_with_its_assumptions(capsys):
    assert main(["parameters", "--tablets", "--origin", "calibrated_here", "--json"]) == 0
    found = {row["address"]: row for row in json.loads(capsys.readouterr().out)["parameters"]}
    assert found["synapse.k_v"]["source"] == "linde2015"
    assert main(["chain", "--tablets", "--json"]) == 0
    ports = {row["port"]: row for row in json.loads(capsys.readouterr().out)["ports"]}
    assert ports["monoamine_drive"]["read_by"] == ["synapse"]
    assert main(["parameters", "--tablets", "--species", "rat"]) == 2
    assert "only people" in capsys.readouterr().err
