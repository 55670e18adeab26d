"""Body theories beside the observations, for the doors: the table, the figures, and a page a theory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..qualify.bodies import body_reports
from ..qualify.overlay import panels

Tell = Callable[[str], None]
SHOWN = (
    *("theory", "row", "study", "role", "mark", "port", "statistic"),
    *("observed", "predicted", "unit", "fold", "verdict"),
)
"""What a screen shows of a row."""

STUDIES = ("theory", "group", "analyte", "site", "kind", "study", "n", "gmfe")
"""What a screen shows of one study within a group of rows."""

ERRORS = ("theory", "group", "analyte", "site", "kind", "n", "gmfe", "within_1.25", "within_1.5", "within_2")
"""What a screen shows of a group of rows."""


def compared(names: Sequence[str] | None, tell: Tell) -> dict[str, dict[str, Any]]:
    """Every theory (or those named) beside what it can be asked, as plain data by name.

    **Raises:** `RequestError` for a name that is no theory of the human body.
    """
    return {report.name: report.record() for report in body_reports(names, tell)}


def failures_first(reports: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One short line a row for a screen, failures first within each theory."""
    return [{"theory": name, **row, "verdict": verdict(row)} for name, told in reports.items() for row in told["rows"]]


def errors(reports: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One line a group of rows: theory, group, analyte, site and kind, with count and geometric mean fold error."""
    return [
        {"theory": name, "group": group, "analyte": analyte, "site": site, "kind": kind, **counts}
        for name, told in reports.items()
        for group, analytes in told["gmfe"].items()
        for analyte, sites in analytes.items()
        for site, kinds in sites.items()
        for kind, counts in kinds.items()
    ]


def by_study(reports: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One line a study within each group of rows, with count and geometric mean fold error."""
    return [{"theory": name, **line} for name, told in reports.items() for line in told["studies"]]


def verdict(row: Mapping[str, Any]) -> str:
    """How a row came out: `contested`, `told twice`, `misses its aim`, `failed` (beyond 1.25) or `within 1.25`."""
    if row["contested"] or row["twice"]:
        return "contested" if row["contested"] else "told twice"
    return "misses its aim" if row["misses_aim"] else "failed" if row["failed"] else "within 1.25"


def draw_compared(reports: Mapping[str, Mapping[str, Any]], file: Path) -> None:
    """Draw predicted against observed for every theory into one file."""
    from ..report.bodies import draw_agreement
    from ..report.picture import saved

    saved(draw_agreement(reports), file)


def write_compared(reports: Mapping[str, Mapping[str, Any]], folder: Path, tell: Tell) -> Path:
    """Write a page a theory, an index, the two figures and `bodies.json` into a folder, and return the index."""
    from ..report.validation import write_validation

    tell("drawing")
    drawn = [panel.record() for panel in panels(tuple(reports))]
    return write_validation(reports, drawn, folder, verdict, errors)
