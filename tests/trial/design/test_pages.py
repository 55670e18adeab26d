"""The pages about designs say what the schema says, and what they show works."""

import re
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest

from resynapse.cli import main
from resynapse.trial.design import Design, read_design, scales
from resynapse.trial.design.block import Block
from resynapse.trial.design.library import designs

DOCS = Path(__file__).parents[3] / "docs"
REFERENCE = (DOCS / "reference" / "trial-designs.md").read_text(encoding="utf-8")
HOW_TO = (DOCS / "how-to" / "write-a-trial-design.md").read_text(encoding="utf-8")


def inside(annotation: Any) -> list[Any]:
    return [annotation, *(inner for part in get_args(annotation) for inner in inside(part))]


def blocks(top: type[Block]) -> dict[str, type[Block]]:
    kinds = [kind for field in top.model_fields.values() for kind in inside(field.annotation)]
    below = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Block)]
    return {top.__name__: top} | {name: kind for one in below for name, kind in blocks(one).items()}


def rows(name: str) -> dict[str, list[str]]:
    text = REFERENCE.split(f"(`{name}`)\n", 1)[1].split("\n#", 1)[0]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| `")]
    return {row[0].strip("`"): row[1:] for row in cells}


@pytest.mark.parametrize("name", blocks(Design))
def test_the_reference_has_every_entry_its_words_and_whether_it_is_needed(name):
    block, listed = blocks(Design)[name], rows(name)
    assert list(listed) == list(block.model_fields)
    for entry, field in block.model_fields.items():
        needed, words, _ = listed[entry]
        literals = [kind for kind in inside(field.annotation) if get_origin(kind) is Literal]
        assert (needed == "yes") == field.is_required()
        assert re.findall(r"`([^`]+)`", words) == [str(word) for kind in literals for word in get_args(kind)]


def test_the_reference_lists_scales_and_designs():
    assert all(f"| `{name}` | {one.range[0]:g} to {one.range[1]:g} |" in REFERENCE for name, one in scales().items())
    assert all(f"| `{name}` |" in REFERENCE for name in designs())
    bad = (Path(__file__).parent / "bad.yaml").read_text(encoding="utf-8").count("\n- name:")
    assert f"The {bad}\nbad documents" in REFERENCE


def test_the_how_to_works(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    whole, added = re.findall(r"```yaml\n(.*?)```", HOW_TO, re.DOTALL)
    file = tmp_path / "my_trial.yaml"
    file.write_text(whole + "\n" + re.sub(r"^   ", "", added, flags=re.MULTILINE), encoding="utf-8")
    for command in re.findall(r"^ *resynapse (.*)$", HOW_TO, re.MULTILINE):
        assert main(command.split()) == 0
    assert "my_trial is in order." in capsys.readouterr().out
    assert read_design("my_trial.yaml").n == 60


def test_the_refusal_of_the_how_to_is_what_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    whole = re.findall(r"```yaml\n(.*?)```", HOW_TO, re.DOTALL)[0]
    (tmp_path / "my_trial.yaml").write_text(whole.replace("    visit: day 1", "    visit: day 10"), encoding="utf-8")
    assert main(["trial", "check", "my_trial.yaml"]) == 2
    shown = re.findall(r"```text\n(.*?)```", HOW_TO, re.DOTALL)[0]
    assert capsys.readouterr().err.split() == shown.split()


def test_the_python_of_the_how_to_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_trial.yaml").write_text(re.findall(r"```yaml\n(.*?)```", HOW_TO, re.DOTALL)[0], encoding="utf-8")
    code = re.findall(r"```python\n(.*?)```", HOW_TO, re.DOTALL)[0]
    exec(re.sub(r"^   ", "", code, flags=re.MULTILINE), {})  # noqa: S102
    assert capsys.readouterr().out.split() == ["60", "0.5", "[(0.0,),", "(0.0,)]"]
