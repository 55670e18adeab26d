"""What was observed, joined from the evidence and never typed again: rows for the record, points for the figure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...evidence import Observation, library
from ...report.claim_figure import Mark

_KEPT = (
    "time",
    "time_unit",
    "quantity",
    "statistic",
    "value",
    "unit",
    "low",
    "high",
    "direction",
    "mark",
    "row",
    "note",
)
_WORDS = {"up": "rose", "down": "fell", "none": "unchanged"}


def rows(**wanted: str | Iterable[str]) -> tuple[Observation, ...]:
    """Observations that match, in the order of the library.

    **Raises:** `EvidenceError` when nothing matches a word.
    """
    return tuple(library().select(**wanted))


def records(observed: Iterable[Observation]) -> list[dict[str, Any]]:
    """The observations beside an answer, ready for JSON."""
    return [
        {"study": o.study.name, "role": o.role, "arm": o.arm.label, **{k: getattr(o, k) for k in _KEPT}}
        for o in observed
    ]


def cited(o: Observation) -> str:
    """Study and arm, marked when the number was not read in its source."""
    return f"{o.study.name}{'' if o.mark == 'seen' else f', {o.mark}'}"


def told(observed: Sequence[Observation]) -> str:
    """Observations in words: `ketamine 10 mg/kg: glutamate pfc rose at 1 h (moghaddam1997)`."""
    return "; ".join(f"{o.arm.label}: {_what(o)} {_finding(o)}{_when(o)} ({cited(o)})" for o in observed)


def _what(o: Observation) -> str:
    return o.quantity.replace("_", " ")


def _when(o: Observation) -> str:
    return f" at {o.time:g} {o.time_unit}" if o.time else ""


def _finding(o: Observation) -> str:
    if o.value is None:
        return _WORDS.get(o.direction, o.direction)
    unit = {"percent": " %", "1": ""}.get(o.unit, f" {o.unit}")
    return f"{o.value:+g}{unit}" if o.statistic == "percent_change" else f"{o.value:g}{unit}"


def relative(o: Observation, x: float) -> Mark:
    """A percentage change as a point on a scale whose rest is 1; a direction as an arrow."""
    ends = o.interval or (None, None)
    low, high = (None if v is None else 1.0 + v / 100.0 for v in ends)
    value = None if o.value is None or o.statistic != "percent_change" else 1.0 + o.value / 100.0
    return Mark(x, cited(o), value, low, high, o.direction, o.mark != "seen")


def arrow(o: Observation, x: float) -> Mark:
    """Only the direction."""
    return Mark(x, cited(o), direction=o.direction, recalled=o.mark != "seen")
