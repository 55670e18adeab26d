"""The page of a small study: assumptions first, then figures with their numbers, and where all of it comes from."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .figures import saved
from .page import asset, templates
from .sections import SHOWN, assumption_row, web_address
from .style import BANNER

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


@dataclass(frozen=True)
class Table:
    """A table: a caption, names of columns, rows of words."""

    caption: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, eq=False)
class Plate:
    """A figure with its heading, what it says in words, and the tables beside it."""

    name: str
    title: str
    text: str
    figure: Figure
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, eq=False)
class Study:
    """What a page of a study holds.

    **Arguments:** `kicker` says what kind of study it is; `run` holds assumptions, sources, parameter sets, notes and
    the request, as every run has them; `foot` stands beside every figure.
    """

    kicker: str
    title: str
    summary: str
    facts: tuple[tuple[str, str], ...]
    plates: tuple[Plate, ...]
    foot: str
    notes: tuple[str, ...]
    run: Mapping[str, Any]


def write_study(study: Study, record: Mapping[str, Any], name: str, folder: Path) -> Path:
    """Writes `NAME.json`, `figures/` and `report.html` into the folder, and returns the path of the page."""
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(record, allow_nan=False) + "\n", encoding="utf-8")
    pictures = {}
    for plate in study.plates:
        _, vector = saved(plate.figure, folder / "figures" / plate.name)
        pictures[plate.name] = base64.b64encode(vector.read_bytes()).decode("ascii")
    page = folder / "report.html"
    page.write_text(render_study(study, pictures), encoding="utf-8")
    return page


def render_study(study: Study, pictures: Mapping[str, str]) -> str:
    """The whole page as text; `pictures` are SVG files in base64 by the name of their plate."""
    run = study.run
    return (
        templates()
        .get_template("study.html.j2")
        .render(
            banner=BANNER,
            policy=_POLICY,
            styles=asset("report.css"),
            study=study,
            pictures=pictures,
            title=study.title,
            assumptions=[assumption_row(a) for a in run["assumptions"]],
            shown=SHOWN,
            notes=[*study.notes, *run["notes"]],
            parameter_sets=run["parameter_sets"],
            version=f"{run['resynapse_version']} {run['git_hash']}".strip(),
            request=json.dumps(run["request"], indent=2),
            sources=[{**s, "url": web_address(s.get("url") or "")} for s in run["sources"]],
        )
    )
