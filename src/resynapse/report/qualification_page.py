"""The page of a qualification, from its stored record alone: failures first."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .page import templates
from .qualification_figure import draw_calibration, draw_intervals, draw_kinetics, draw_scores, family_scores
from .style import BANNER, number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Record = Mapping[str, Any]
SIGNS = {"fail": "FAIL", "not measured": "NOT MEASURED", "not a pass": "NOT A PASS", "pass": "pass"}
"""How a verdict is written."""


def write_qualification(found: Record, folder: Path) -> Path:
    """Write `index.html` and `qualification.json` into a folder, and return the page."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "qualification.json").write_text(json.dumps(found, allow_nan=False) + "\n", encoding="utf-8")
    page = folder / "index.html"
    page.write_text(render(found), encoding="utf-8")
    return page


def render(found: Record) -> str:
    """The whole page as text, figures inside."""
    rows = found["trials"]["rows"]
    template = templates().get_template("qualification.html.j2")
    return template.render(
        banner=BANNER,
        number=number,
        found=found,
        signs=SIGNS,
        misses=misses(rows),
        rows=rows,
        families=family_scores(rows),
        pictures={name: _inline(figure) for name, figure in _figures(found).items()},
        kinetics=kinetic_misses(found),
        claims=by_claim(found["outcomes"]),
        tally=tally(found["outcomes"]),
    )


def tally(outcomes: Sequence[Record]) -> dict[str, int]:
    """How many criteria ended with each verdict."""
    return {name: sum(o["verdict"] == name for o in outcomes) for name in SIGNS}


def misses(rows: Sequence[Record]) -> list[Record]:
    """Verify numbers of trials outside their 90 % interval, the farthest first."""
    outside = [r for r in rows if r["role"] == "verify" and not r["model"]["inside_90"]]
    return sorted(outside, key=lambda r: -abs(r["value"] - r["model"]["predicted"]) / r["scale"])


def kinetic_misses(found: Record) -> dict[str, list[Record]]:
    """Blind verify rows of kinetics more than twofold off, by theory of the body."""
    return {
        name: [r for r in told["rows"] if r["group"] == "verify" and not r["within_2"] and not _apart(r)]
        for name, told in found["kinetics"].items()
    }


def _apart(row: Record) -> bool:
    return bool(row["contested"] or row["twice"])


def by_claim(outcomes: Sequence[Record]) -> dict[str, list[Record]]:
    """The criteria that bear on each claim of the ledger, in its order."""
    ids = sorted({c for o in outcomes for c in o["claims"]})
    return {c: [o for o in outcomes if c in o["claims"]] for c in ids}


def _figures(found: Record) -> dict[str, Figure]:
    rows = found["trials"]["rows"]
    body = next(iter(found["kinetics"].values()))
    return {
        "verify": draw_intervals(rows, "verify"),
        "calibration": draw_calibration(rows),
        "scores": draw_scores(rows),
        "kinetics": draw_kinetics(body["rows"]),
        "build": draw_intervals(rows, "build"),
    }


def _inline(figure: Figure) -> str:
    held = io.BytesIO()
    figure.savefig(held, format="png", dpi=130)
    return base64.b64encode(held.getvalue()).decode("ascii")
