"""The command, the figure and the guide of the animal laboratory."""

import json
import shlex
from pathlib import Path

import numpy as np
import pytest
from matplotlib.text import Text
from tests.laboratory.test_designs import TEXT

from resynapse.cli import main
from resynapse.hypothesis import names
from resynapse.laboratory import design_names
from resynapse.report.experiment_figure import Bar, Heading, Laboratories, Verdict, draw_experiment
from resynapse.report.style import MISS

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "how-to" / "rerun-a-published-mouse-experiment.md"


def test_the_list_names_experiments_with_their_source(capsys):
    assert main(["experiment", "list", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["experiments"]
    assert {"name", "source", "role", "n_mark"} <= found[0].keys()


def test_a_run_as_json_holds_groups_test_and_what_was_published(capsys):
    assert main(["experiment", "power", "li2010_swim", "--replicates", "50", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["experiment"]
    assert [g["n"] for g in found["groups"]] == [9, 9]
    assert found["power"]["replicates"] == 50
    assert found["published"]["direction"] == "down"
    assert len(found["groups"][0]["readings"]) == 9


def test_bad_input_is_refused_with_two(capsys, tmp_path):
    assert main(["experiment", "run", "li2010_swimm"]) == 2
    assert "li2010_swim" in capsys.readouterr().err
    mine = tmp_path / "mine.yaml"
    mine.write_text(TEXT.replace("forced_swim", "forced_swm"), encoding="utf-8")
    assert main(["experiment", "run", str(mine)]) == 2
    assert "line 16" in capsys.readouterr().err


def test_the_figure_marks_what_was_published_and_says_where_it_differs(tmp_path):
    bars = [Bar("vehicle", (1.0, 1.4, 0.9), 1.2, 1.1), Bar("drug", (2.0, 2.2, 1.7), 2.1, 1.0)]
    told = Verdict("+0.9", "significant in 90 %", "no difference", False, "here p = 0.01")
    figure = draw_experiment(Heading("two groups", "ratio"), bars, (1, 0), told)
    squares = [line for line in figure.axes[0].lines if line.get_marker() == "s"]
    assert [line.get_ydata()[0] for line in squares] == [1.1, 1.0]
    words = {text.get_text(): text.get_color() for text in figure.findobj(Text)}
    assert words["no difference"] == MISS
    figure.savefig(tmp_path / "two.png")


def test_the_figure_draws_every_laboratory_and_fills_what_is_significant():
    bars = [Bar("vehicle", (1.0, 1.4, 0.9), 1.2), Bar("drug", (2.0, 2.2, 1.7), 2.1)]
    found = np.random.default_rng(1).normal(0.8, 0.4, 200)
    told = Verdict("+0.9", "significant in 50 %", "higher", True, "here p = 0.01")
    many = Laboratories(found, found > 0.8, 1.0)
    figure = draw_experiment(Heading("two groups", "ratio"), bars, (1, 0), told, many)
    heights = [[bar.get_height() for bar in drawn] for drawn in figure.subfigs[1].axes[0].containers]
    assert [sum(h) for h in heights] == [200, (found > 0.8).sum()]
    assert "200 laboratories" in " ".join(t.get_text() for t in figure.findobj(Text))


def test_a_single_run_takes_no_number_of_laboratories(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["experiment", "run", "li2010_swim", "--replicates", "50"])
    assert stopped.value.code == 2
    assert "--replicates" in capsys.readouterr().err


def test_the_page_has_a_row_of_every_experiment_and_every_explanation():
    page = (ROOT / "docs" / "reference" / "laboratory.md").read_text("utf-8")
    assert [name for name in (*design_names(), *names()) if f"| `{name}`" not in page] == []


@pytest.mark.parametrize("command", [line for line in GUIDE.read_text("utf-8").splitlines() if line[:9] == "resynapse"])
def test_the_guide_runs(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = GUIDE.read_text("utf-8").split("```yaml\n")[1].split("```")[0]
    Path("mine.yaml").write_text(text, encoding="utf-8")
    words = shlex.split(command.split("#")[0])[1:]
    if words[1] == "power":
        words += ["--replicates", "50"]
    assert main(words) == 0
    assert capsys.readouterr().out
    if "--draw" in words:
        assert Path(words[words.index("--draw") + 1]).stat().st_size > 10_000
