"""People under draws of a calibration: what is not known of their mean, apart from how people differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .population import Separated, StoredPopulation
from .ribbons import QUANTILES, SHOWN_PEOPLE, Ribbon, draw_ribbons
from .style import clock

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FIRST = ("madrs_total", "despair")
_KEY = (
    "line: median of draws   dark band: 25 to 75 %   pale band: 5 to 95 % of draws   thin lines: single draws   each "
    "is the mean of the same people   triangles: doses"
)
_LEVELS = (0.05, 0.5, 0.95)


def draw_doubt(run: StoredPopulation, ports: Mapping[str, Any], doses: Sequence[float], foot: str) -> Figure:
    """The mean of everybody under each draw, one row a quantity.

    **Arguments:** `ports` are quantities in words (title, scale, rest).
    """
    made = []
    for port, told in ports.items():
        found = run.under_draws(port)
        lines = found.means[:SHOWN_PEOPLE]
        made.append(Ribbon(told.title, told.scale, found.hours, found.quantiles(QUANTILES), lines, told.rest))
    return draw_ribbons(made, doses, f"What is not known: means under {run.draws} draws", foot, _KEY)


def doubt_record(run: StoredPopulation, ports: Sequence[str]) -> dict[str, Any]:
    """Doubt and spread apart, as plain data: of each quantity, at each visit."""
    found = {port: run.under_draws(port) for port in ports}
    known = dict(run.task["knowledge"])
    rows = [_row(port, one, k) for port, one in found.items() for k in range(len(one.hours))]
    return {**known, "people": run.people // run.draws, "rows": rows}


def _row(port: str, found: Separated, k: int) -> dict[str, Any]:
    names = ("p05", "p50", "p95")
    means, changes = found.means[:, k], found.changes[:, k]
    return {
        "quantity": port,
        "time_h": float(found.hours[k]),
        "mean": float(means.mean()),
        "mean_over_draws": dict(zip(names, np.quantile(means, _LEVELS).tolist(), strict=True)),
        "change_over_draws": dict(zip(names, np.quantile(changes, _LEVELS).tolist(), strict=True)),
        "sd_of_change_between_draws": float(changes.std(ddof=1)),
        "sd_of_change_between_people": float(found.within[k]),
    }


def doubt_words(run: StoredPopulation, ports: Sequence[str]) -> list[str]:
    """The change of mood by each look, in sentences: doubt about the mean, and how people differ."""
    port = next((p for p in _FIRST if p in ports), None)
    if port is None:
        return []
    found = run.under_draws(port)
    return [_told(port, found, k) for k in range(1, len(found.hours))]


def _told(port: str, found: Separated, k: int) -> str:
    low, middle, high = np.quantile(found.changes[:, k], _LEVELS)
    doubt = f"mean change {middle:+.2f} (90 % of draws {low:+.2f} to {high:+.2f})"
    spread = f"SD {found.changes[:, k].std(ddof=1):.2f} between draws, {found.within[k]:.2f} between people"
    return f"{port} at {clock(float(found.hours[k]))}: {doubt}; {spread}"
