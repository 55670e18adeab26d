"""Covariates of one person in an event table: constant, or changing from line to line."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ..core.errors import RequestError, nearest
from .amount import check_weight
from .event import CovariateChange
from .record import Defaults
from .sheet import Row

COLUMNS = {"WT": "weight", "AGE": "age", "SEX": "sex", "ASIAN": "asian", "JAPANESE": "japanese"}
_OLDEST = 120.0
_YES_OR_NO = ("SEX", "ASIAN", "JAPANESE")
_Value = TypeVar("_Value", float, str)


@dataclass(frozen=True)
class NextCarriedBackward:
    """A line's covariates hold from the line before up to the line itself, as in NONMEM."""

    def change(self, before: Row, row: Row) -> float:
        """When the value of `row` begins to hold (h)."""
        return before.amount("TIME")


@dataclass(frozen=True)
class LastCarriedForward:
    """A line's covariates hold from the line itself up to the next one."""

    def change(self, before: Row, row: Row) -> float:
        """When the value of `row` begins to hold (h)."""
        return row.amount("TIME")


Carrying = NextCarriedBackward | LastCarriedForward
NOCB = NextCarriedBackward()
_WORDS: dict[str, Carrying] = {"nocb": NOCB, "locf": LastCarriedForward()}


def known_carrying(word: str) -> Carrying:
    """What `nocb` or `locf` stands for.

    **Raises:** `RequestError` for another word.
    """
    if word not in _WORDS:
        raise RequestError(
            "unknown way to carry covariates", given=word, allowed=tuple(_WORDS), nearest=nearest(word, _WORDS)
        )
    return _WORDS[word]


def covariates(rows: Sequence[Row], defaults: Defaults) -> dict[str, float]:
    """The covariates of a person at first: the values of the first line, or the only ones that are given.

    **Raises:** `EventError` when there is no weight, a value is not believable, or a changing one is missing somewhere.
    """
    found = {word: value for column, word in COLUMNS.items() if (value := _first(rows, column)) is not None}
    weight = found.get("weight", defaults.weight)
    if weight is None:
        raise rows[0].refuse("this ID has no weight, which is needed for body scaling", "WT", "kg")
    for row in rows:
        _check(row, defaults)
    return {**found, "weight": check_weight(weight, defaults.species, rows[0].where("WT"))}


def changes(rows: Sequence[Row], carrying: Carrying) -> tuple[CovariateChange, ...]:
    """When covariates change within one person, and to what."""
    return tuple(_changes(rows, carrying))


def modifiers(rows: Sequence[Row]) -> tuple[str, ...]:
    """What acts beside the drug at first: the names in WITH, joined by `+`; `none` and a missing one are nothing."""
    return _names(_agreed(rows, [row.cells.get("WITH") for row in rows], "WITH"))


def _changes(rows: Sequence[Row], carrying: Carrying) -> Iterator[CovariateChange]:
    for before, row in itertools.pairwise(rows):
        moved = {
            word: value
            for column, word in COLUMNS.items()
            if (value := row.number(column)) is not None and value != _value(rows, before, column)
        }
        acting, acted = (_names(r.cells.get("WITH") or _all_with(rows)) for r in (row, before))
        if moved or acting != acted:
            yield CovariateChange(carrying.change(before, row), moved, row.line, acting)


def _all_with(rows: Sequence[Row]) -> str | None:
    return next((row.cells["WITH"] for row in rows if "WITH" in row.cells), None)


def _names(cell: str | None) -> tuple[str, ...]:
    words = [word.strip().lower() for word in (cell or "").split("+")]
    return tuple(word for word in words if word not in ("", "none"))


def _value(rows: Sequence[Row], row: Row, column: str) -> float | None:
    own = row.number(column)
    return _first(rows, column) if own is None else own


def _first(rows: Sequence[Row], column: str) -> float | None:
    return _agreed(rows, [row.number(column) for row in rows], column)


def _agreed(rows: Sequence[Row], values: Sequence[_Value | None], column: str) -> _Value | None:
    """The first value; a missing one is filled only where all that are given agree."""
    given = [value for value in values if value is not None]
    if len(set(given)) > 1 and len(given) < len(rows):
        missing = next(row for row, value in zip(rows, values, strict=True) if value is None)
        then = "write its value on every line of the ID"
        raise missing.refuse(f"{column} changes within this ID and is missing here", column, then=then)
    return given[0] if given else None


def _check(row: Row, defaults: Defaults) -> None:
    if not 0 <= (row.number("AGE") or 0.0) <= _OLDEST:
        raise row.refuse("this age is not believable", "AGE", f"0 to {_OLDEST:g} years")
    for column in _YES_OR_NO:
        if (row.number(column) or 0.0) not in (0.0, 1.0):
            words = "0 (male), 1 (female)" if column == "SEX" else "0 (no), 1 (yes)"
            raise row.refuse(f"{column} must be 0 or 1", column, words)
    weight = row.number("WT")
    if weight is not None:
        check_weight(weight, defaults.species, row.where("WT"))
