"""The page: one self-contained HTML file that opens from a disk, without a network and without the program."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any

import xarray as xr
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from . import sections
from .anatomy import PLOT_HEIGHT, PLOT_WIDTH, stations
from .figures import CHAIN, write_figures
from .further import further_panels
from .headline import compared, summary
from .observations import observations
from .panels import panels_of
from .payload import payload
from .result import Result, opened
from .style import BANNER

_HERE = Path(__file__).parent
_CODE = re.compile(r"`([^`]+)`")
_PYTHON = """\
from pathlib import Path
import resynapse

request = resynapse.Simulate.model_validate_json(Path("request.json").read_text())
result = request.run()"""
_COMMAND = "resynapse simulate request.json --out again --report"


def write_report(tree: xr.DataTree | Path | str, directory: Path | str) -> Path:
    """Writes `report.html` and the folder `figures/` from one stored result, and returns the path of the page.

    **Arguments:** `tree` is a stored result or the NetCDF file that holds one; `directory` is made when missing.

    **Raises:** `RequestError` when the result has no signals.
    """
    result = opened(tree)
    folder = Path(directory)
    figures = write_figures(result.tree, folder / "figures")
    rooms = {path.stem: path.read_bytes() for path in figures if path.suffix == ".svg" and path.stem != CHAIN}
    page = folder / "report.html"
    page.write_text(render(result, rooms), encoding="utf-8")
    return page


def render(result: Result, pictures: dict[str, bytes]) -> str:
    """The whole page as text; `pictures` are SVG files by room, shown in print and where scripts do not run."""
    scripts = [asset("uPlot.iife.min.js"), asset("report.js")]
    context: dict[str, Any] = {
        "banner": BANNER,
        "title": result.text("title") or "Result of a simulation",
        "styles": asset("uPlot.min.css") + asset("report.css"),
        "scripts": scripts,
        "policy": policy(scripts),
        "static": [(room, base64.b64encode(svg).decode("ascii")) for room, svg in pictures.items()],
    }
    return templates().get_template("page.html.j2").render(context | _parts(result))


def _parts(result: Result) -> dict[str, Any]:
    panels, further = panels_of(result), further_panels(result)
    seen = observations(result)
    return {
        "summary": summary(result),
        "stations": stations(result, panels),
        "plot_size": (PLOT_WIDTH, PLOT_HEIGHT),
        "assumptions": sections.assumption_rows(result),
        "shown": sections.SHOWN,
        "plots": [sections.plot(p, result) for p in panels],
        "further": [sections.plot(p, result) for p in further],
        "data": payload(result, panels + further, seen),
        "people": result.people,
        "draws": result.draws,
        "typical": result.typical_name,
        "doses": result.doses,
        "evidence": sections.evidence_rows(result),
        "tally": compared(result),
        "undrawn": sum(not o.drawable for o in seen),
        "checks": sections.check_rows(result),
        "notes": result.json("notes", []),
        "errors": sections.error_rows(result),
        "parameter_sets": result.json("parameter_sets", []),
        "provenance": sections.provenance(result),
        "request": sections.request_text(result),
        "command": result.text("command") or _COMMAND,
        "python": result.text("python") or _PYTHON,
        "sources": sections.source_rows(result),
    }


@cache
def templates() -> Environment:
    """The templates of all pages."""
    loader = FileSystemLoader(_HERE / "templates")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters["words"] = words
    return made


def words(text: str) -> Markup:
    """A text for a page, in which what stands between backticks is code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 (escaped before)


def asset(name: str) -> str:
    """The text of a style sheet or script."""
    return (_HERE / "assets" / name).read_text(encoding="utf-8").replace("\r\n", "\n").strip()


def policy(scripts: list[str]) -> str:
    """A content policy under which the page can run its own two scripts and fetch nothing."""
    sums = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode("ascii") for s in scripts]
    return "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src " + " ".join(
        f"'sha256-{s}'" for s in sums
    )
