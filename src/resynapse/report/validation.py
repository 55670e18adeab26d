"""Validation pages: what a theory of the body is, how far it is from what was observed, failures first."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .bodies import Record, draw_agreement, draw_overlay
from .style import BANNER, number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Reports = Mapping[str, Record]


def write_validation(
    reports: Reports,
    panels: Sequence[Record],
    folder: Path,
    verdict: Callable[[Record], str],
    errors: Callable[[Reports], list[dict[str, Any]]],
) -> Path:
    """Write `index.html`, a page a theory, `agreement.png`, `overlay.png` and `bodies.json`; return the index.

    Every page is self-contained: it opens from a disk, without a network.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = list(reports)
    draw_agreement(reports).savefig(folder / "agreement.png", dpi=160)
    draw_overlay(panels, names).savefig(folder / "overlay.png", dpi=160)
    (folder / "bodies.json").write_text(json.dumps({"bodies": reports}, allow_nan=False, default=str), "utf-8")
    for name, report in reports.items():
        own = [_only(panel, name) for panel in panels if name in panel["curves"]]
        pictures = [_inline(draw_agreement({name: report}))] + ([_inline(draw_overlay(own, names))] if own else [])
        told = {"name": name, "report": report, "errors": errors({name: report}), "verdict": verdict}
        (folder / f"{name}.html").write_text(_page("body.html.j2", pictures=pictures, **told), "utf-8")
    pictures = [_file(folder / "agreement.png"), _file(folder / "overlay.png")]
    index = folder / "index.html"
    index.write_text(_page("bodies.html.j2", reports=reports, errors=errors(reports), pictures=pictures), "utf-8")
    return index


def _only(panel: Record, name: str) -> Record:
    return {**panel, "curves": {name: panel["curves"][name]}}


def _inline(figure: Figure) -> str:
    held = io.BytesIO()
    figure.savefig(held, format="png", dpi=140)
    return base64.b64encode(held.getvalue()).decode("ascii")


def _file(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode("ascii")


def _page(template: str, **context: Any) -> str:
    return _templates().get_template(template).render(banner=BANNER, number=number, **context)


@cache
def _templates() -> Environment:
    loader = FileSystemLoader(Path(__file__).parent / "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
