"""The page of the exam, from its stored record alone: failures first."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .exam_figure import draw_exam
from .page import templates
from .style import BANNER, number

Record = Mapping[str, Any]
ROLES = ("build", "verify")


def write_exam(exam: Record, folder: Path) -> Path:
    """Write `index.html`, `exam.png`, `exam.svg` and `exam.json` into a folder, and return the page."""
    folder.mkdir(parents=True, exist_ok=True)
    figure = draw_exam(exam)
    for kind in ("png", "svg"):
        figure.savefig(folder / f"exam.{kind}", dpi=170)
    (folder / "exam.json").write_text(json.dumps(exam, allow_nan=False), encoding="utf-8")
    picture = base64.b64encode((folder / "exam.png").read_bytes()).decode("ascii")
    page = folder / "index.html"
    told = (
        templates()
        .get_template("exam.html.j2")
        .render(
            banner=BANNER,
            number=number,
            exam=exam,
            picture=picture,
            misses=misses(exam),
            roles=ROLES,
            unbeaten=unbeaten,
        )
    )
    page.write_text(told, encoding="utf-8")
    return page


def misses(exam: Record) -> dict[str, list[dict[str, Any]]]:
    """What every candidate missed of what was seen, build and verify, with its numbers."""
    asked = {q["id"]: q for q in exam["questions"] if q["mark"] == "seen"}
    return {
        name: [{**asked[i], **cell} for i, cell in told["cells"].items() if i in asked and _failed(cell)]
        for name, told in exam["hypotheses"].items()
    }


def _failed(cell: Record) -> bool:
    return cell["verdict"] in ("missed", "wide")


def unbeaten(record: Record, role: str) -> list[str]:
    """What a candidate does not beat on the questions of one role."""
    words = {"random": "random signs", "shuffled": "shuffled evidence", "null": "the null model"}
    return [words[name] for name, found in record["beside"][role].items() if not found["beaten"]]
