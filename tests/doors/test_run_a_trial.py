"""The walk from a design to a page, to data sets and back to the analysis works as it is written."""

import json
import re
import shlex
from pathlib import Path

import pytest

from resynapse.cli.main import main

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "run-a-virtual-trial.md"


@pytest.mark.slow
def test_the_how_to_works_as_it_is_written(tmp_path, monkeypatch, capsys):
    text = GUIDE.read_text(encoding="utf-8")
    commands = [shlex.split(line) for line in text.splitlines() if line.startswith("    resynapse ")]
    assert len(commands) == 5
    monkeypatch.chdir(tmp_path)
    for words in commands:
        assert main(words[1:]) == 0, words
    assert "not medical advice" in capsys.readouterr().out.lower()
    (code,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    exec(code, {})  # noqa: S102
    said = capsys.readouterr().out
    told = json.loads((tmp_path / "runs" / "murrough" / "trial.json").read_text())["endpoints"]["change at 24 hours"]
    assert f"{told['estimate']:.4g}" in said
    page = (tmp_path / "runs" / "murrough" / "report.html").read_text(encoding="utf-8")
    assert "Simulated beside published" in page
