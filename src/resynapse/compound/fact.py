"""One number that is not a parameter of a stage, with its unit and where it was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..core.errors import ParameterError

_ORIGINS = ("measured", "estimated", "fixed_by_source", "derived", "calibrated_here", "assumed_here")
_MARKS = ("seen", "recalled")


@dataclass(frozen=True)
class Fact:
    """One number with its unit and where it was found.

    **Arguments:** `mark` is `seen` when the number was read in its source and `recalled` when it was not; `range` is
    the plausible range of an assumption, `note` its reason.
    """

    value: float
    unit: str
    origin: str
    where: str
    source: str
    mark: str = "seen"
    note: str = ""
    range: tuple[float, float] | None = None


def read_facts(tables: Mapping[str, Mapping[str, Any]], where: str) -> dict[str, Fact]:
    """Facts by name from TOML tables.

    **Raises:** `ParameterError` when provenance is incomplete.
    """
    return {key: read_fact(table, f"{where}: [{key}]") for key, table in tables.items()}


def read_fact(table: Mapping[str, Any], where: str) -> Fact:
    """One fact from its TOML table.

    **Raises:** `ParameterError` when its provenance is incomplete.
    """
    span = {"range": (float(table["range"][0]), float(table["range"][1]))} if "range" in table else {}
    try:
        fact = Fact(**{**table, "value": float(table["value"]), **span})
    except (KeyError, TypeError) as failure:
        raise ParameterError("this number's provenance is incomplete", where=where, given=str(failure)) from failure
    _check(fact, where)
    return fact


def _check(fact: Fact, where: str) -> None:
    if fact.origin not in _ORIGINS or fact.mark not in _MARKS:
        raise ParameterError(
            "unknown origin or mark", where=where, given=f"{fact.origin}, {fact.mark}", allowed=_ORIGINS + _MARKS
        )
    if fact.origin == "assumed_here" and not (fact.note and fact.range):
        raise ParameterError("an assumption needs a reason (note) and a plausible range", where=where)
