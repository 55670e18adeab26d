"""No fit sees what is kept for verification: every verify number is moved in a copy, and nothing of any fit moves."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import resynapse
from resynapse.evidence import library

PACKAGE, SCRIPT = Path(resynapse.__file__).parent, Path(__file__).with_name("seen_by_fits.py")
pytestmark = pytest.mark.slow
ASKED_BY_MISFIT = {"resynapse.calibrate.questions.question": "questions of the exam"}
"""What reads both roles and picks those of build afterwards, by the name under which it is asked."""

OTHERWISE = {"up": "down", "down": "up", "none": "up"}


def moved(text: str) -> str:
    """Another number than the one written."""
    return f"{3.0 * float(text) + 7.0:.6g}" if text else text


def poison_table(path: Path, where: str, kept: set[tuple[str, str]]) -> int:
    """Move every verify number of one table of evidence, and say how many rows were moved."""
    lines = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    own = [line for line in lines if (where, line["row"]) in kept]
    for line in own:
        line |= {name: moved(line[name]) for name in ("value", "low", "high")}
        line["direction"] = OTHERWISE.get(line["direction"], line["direction"])
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, lines[0].keys(), lineterminator="\n")
        table.writeheader()
        table.writerows(lines)
    return len(own)


def poison_ratios(path: Path) -> int:
    """Move every verify ratio in the file of modifiers of the body."""
    blocks = re.split(r"(?m)^(?=\[)", path.read_text("utf-8"))
    own = [k for k, block in enumerate(blocks) if 'role = "verify"' in block and re.search(r"(?m)^ratio = ", block)]
    for k in own:
        blocks[k] = re.sub(r"(?m)^ratio = (.+)$", lambda m: f"ratio = {moved(m[1])}", blocks[k])
    path.write_text("".join(blocks), "utf-8")
    return len(own)


def seen(root: Path) -> dict[str, str]:
    """What the fits of the package below `root` see, as hashes."""
    environment = {**os.environ, "PYTHONPATH": str(root)}
    run = subprocess.run([sys.executable, SCRIPT], env=environment, capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], dict[str, str]]:
    """What fits see as the evidence stands, and when every verify number is another."""
    root = tmp_path_factory.mktemp("poisoned")
    shutil.copytree(PACKAGE, root / "resynapse", ignore=shutil.ignore_patterns("__pycache__"))
    kept = {(o.study.where, o.row) for o in library().verify}
    tables = sorted((root / "resynapse" / "evidence" / "data").glob("*/*/data.csv"))
    count = sum(poison_table(p, f"{p.parent.parent.name}/{p.parent.name}", kept) for p in tables)
    assert count >= len(library().verify)
    assert poison_ratios(root / "resynapse" / "body" / "modifiers.toml") > 5
    return seen(PACKAGE.parent), seen(root)


def test_the_poison_reaches_what_is_kept_for_verification(both):
    clean, poisoned = both
    assert clean["verify"] != poisoned["verify"]


def test_no_data_no_likelihood_and_no_result_of_a_fit_moves(both):
    clean, poisoned = ({name: told[name] for name in told if name != "verify"} for told in both)
    assert clean == poisoned


def test_every_fit_that_opens_evidence_is_asked(both):
    """A fit that reads the library offers what it reads, in the module itself or, a stage, in its folder."""
    asked = {name.rpartition(".")[0] for name in both[0]}
    for path in sorted((PACKAGE / "calibrate").rglob("*.py")):
        if re.search(r"\blibrary\(\)", path.read_text("utf-8")):
            module = ".".join(("resynapse", *path.relative_to(PACKAGE).with_suffix("").parts))
            folder = module.rpartition(".")[0]
            stage = folder.startswith("resynapse.calibrate.stages.")
            if module in ASKED_BY_MISFIT:
                assert ASKED_BY_MISFIT[module] in both[0]
                continue
            assert module in asked or (stage and any(name.startswith(f"{folder}.") for name in asked)), module
