"""Concentrations on the page of the qualification: every blind row, why it is missed, and what was put right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..qualify.comparing import misses, repairs
from ..qualify.plan.judging import BLIND

Run = Mapping[str, Any]
KEPT = ("row", "study", "arm", "statistic", "port", "unit", "observed", "middle", "predicted", "fold", "foreseen")
"""What the project's records keep of a row."""

_MISSED = 1.5

_HEAD = """## Concentrations: every blind number, the worst first

Predicted by KPK-1 with the values of the first run. *Observed* is the middle person where mean and SD were printed. The
interval is where nine in ten such numbers should lie when everything that the calibration `body` leaves open is drawn:
values, how far people lie apart, how far laboratories differ (HNK by a factor of 2.5 either way), and the chance of so
many people (as printed, else as drawn; ten where no number is printed). It is centred on the calibration, the fold on
the values on file. Modifiers and allometry are not in doubt there, so that ratios between such people have no interval.
Intervals that miss are bold; reasons stand where a number is more than 1.5-fold off.
"""

_RIGHT = """## What was set beside the wrong thing, and is not any more

Errors of comparison, found by going through the rows that were more than 1.5-fold off. Each was put right for all rows
of its kind, in the way that the source says, whichever way they moved. Nobody looked as hard at rows that agree.
"""


def judged_rows(rows: Sequence[Run]) -> list[dict[str, Any]]:
    """The blind verify rows that are counted, lean."""
    own = [r for r in rows if r["group"] == BLIND and not (r["contested"] or r["twice"])]
    return [{name: r.get(name) for name in KEPT} for r in own]


def kinetic_section(runs: Mapping[str, Run]) -> Iterator[str]:
    """The section, from the first run; nothing where it kept no rows."""
    body: Run = next(iter(next(iter(runs.values()))["kinetics"].values()), {})
    rows = sorted(body.get("rows", ()), key=_error, reverse=True)
    if not rows:
        return
    yield f"{_HEAD}\n| study | what | observed | predicted | fold | 90 % interval | why it is missed |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    yield from (_line(row) for row in rows)
    yield f"\n{_RIGHT}\n| was | is | rows | what the source says |\n| --- | --- | --- | --- |"
    yield from (f"| {r.what} | {r.now} | {', '.join(r.rows)} | {r.says} ({r.where}) |" for r in repairs())
    yield ""


def _error(row: Run) -> float:
    return float(max(row["fold"], 1 / row["fold"]))


def _line(row: Run) -> str:
    why = misses().get(row["row"], "") if _error(row) > _MISSED else ""
    what = f"{row['arm']}: {row['statistic'].replace('_', ' ')} of {row['port']}"
    number = f"{row['middle']:.3g} {'' if row['unit'] == '1' else row['unit']}".strip()
    return f"| {row['study']} | {what} | {number} | {row['predicted']:.3g} | {row['fold']:.2f} | {_span(row)} | {why} |"


def _span(row: Run) -> str:
    told = row["foreseen"]
    if not told:
        return "–"
    low, high = told["interval_90"]
    return f"{low:.3g} to {high:.3g}" if told["inside_90"] else f"**{low:.3g} to {high:.3g}**"
