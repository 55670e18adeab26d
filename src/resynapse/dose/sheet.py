"""Reads a comma-separated table line by line, so that every refusal can name file, line, column and value."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import EventError, nearest

COLUMNS = (
    *("ID", "TIME", "AMT", "RATE", "DUR", "EVID", "MDV", "ADDL", "II"),
    *(
        "SS",
        "CMT",
        "DRUG",
        "ROUTE",
        "FORM",
        "DEVICES",
        "WITH",
        "WT",
        "AGE",
        "SEX",
        "ASIAN",
        "JAPANESE",
        "DV",
        "QUANTITY",
        "BLQ",
    ),
)
_MISSING = ("", ".")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_ALSO_CALLED = {
    **{"WEIGHT": "WT", "BW": "WT", "BODYWEIGHT": "WT", "DURATION": "DUR", "DOSE": "AMT", "AMOUNT": "AMT"},
    **{"GENDER": "SEX", "SUBJECT": "ID", "COMPOUND": "DRUG", "INTERVAL": "II", "BLOQ": "BLQ", "DVID": "QUANTITY"},
    **{"FORMULATION": "FORM", "DEVICE": "DEVICES", "MODIFIER": "WITH", "MODIFIERS": "WITH"},
}
_OWN_MEANING = ("RACE", "DATE")


@dataclass(frozen=True)
class Row:
    """One line of the table: its known columns as text, missing ones left out."""

    file: str
    line: int
    cells: Mapping[str, str]

    def where(self, column: str | None = None) -> str:
        """The place, such as `trial.csv, line 7, column AMT`."""
        return f"{self.file}, line {self.line}" + (f", column {column}" if column else "")

    def refuse(self, what: str, column: str, allowed: object = None, then: str | None = None) -> EventError:
        """An error about one cell."""
        given = self.cells.get(column, "nothing")
        return EventError(what, where=self.where(column), given=given, allowed=allowed, then=then)

    def number(self, column: str) -> float | None:
        """The cell as a number; `None` when missing.

        **Raises:** `EventError` when it is not a finite number.
        """
        text = self.cells.get(column)
        if text is None:
            return None
        if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
            raise self.refuse("this cell is not a finite number", column, "a number; `.` when missing")
        return float(text)

    def amount(self, column: str) -> float:
        """The cell as a number that cannot be negative; 0 when missing.

        **Raises:** `EventError` when it is negative or not a number.
        """
        value = self.number(column) or 0.0
        if value < 0:
            raise self.refuse(f"{column} cannot be negative", column, "0 or more")
        return value


@dataclass(frozen=True)
class Sheet:
    """A whole table as written: known columns, columns that are kept out, and rows with their line numbers."""

    path: Path
    columns: tuple[str, ...]
    ignored: tuple[str, ...]
    rows: tuple[Row, ...]


def read_sheet(path: Path) -> Sheet:
    """The table at `path`: comma-separated, one header, lines that start with `#` are comments.

    **Raises:** `EventError` when the file cannot be read, is empty, has doubtful columns or uneven lines.
    """
    lines = _lines(path)
    if len(lines) < 2:
        raise EventError("this table is empty", where=path.name, given=f"{len(lines)} lines that are no comments")
    (number, first), *rest = lines
    header = [cell.upper() for cell in _cells(path, number, first)]
    _check_header(path, number, header)
    rows = tuple(_row(path, n, header, _cells(path, n, text)) for n, text in rest)
    ignored = tuple(c for c in header if c not in COLUMNS)
    return Sheet(path, tuple(c for c in header if c in COLUMNS), ignored, rows)


def _lines(path: Path) -> list[tuple[int, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as failure:
        reason = failure.strerror if isinstance(failure, OSError) else "it is not UTF-8 text"
        raise EventError("this table cannot be read", where=str(path), given=reason) from failure
    numbered = enumerate(text.split("\n"), start=1)
    return [(n, line) for n, line in numbered if line.strip() and not line.lstrip().startswith("#")]


def _cells(path: Path, number: int, line: str) -> list[str]:
    try:
        (cells,) = csv.reader([line], strict=True)
    except (csv.Error, ValueError) as failure:
        where = f"{path.name}, line {number}"
        raise EventError("this line cannot be read", where=where, given=repr(line), then=str(failure)) from failure
    return [cell.strip() for cell in cells]


def _row(path: Path, number: int, header: Sequence[str], cells: Sequence[str]) -> Row:
    if len(cells) != len(header):
        raise EventError(
            "this line has another number of cells than the header",
            where=f"{path.name}, line {number}",
            given=f"{len(cells)} cells",
            allowed=f"{len(header)}: {', '.join(header)}",
            then="write `.` for a missing value and a point, not a comma, in numbers",
        )
    found = zip(header, cells, strict=True)
    return Row(path.name, number, {c: cell for c, cell in found if c in COLUMNS and cell not in _MISSING})


def _check_header(path: Path, number: int, header: Sequence[str]) -> None:
    where = f"{path.name}, line {number}"
    if len(header) == 1:
        then = "separate columns by commas, not by tabs or semicolons"
        raise EventError("this table has one column only", where=where, given=header[0], then=then)
    for column in header:
        if header.count(column) > 1 or not column:
            raise EventError("a column name is empty or written twice", where=where, given=repr(column))
        meant = _near_miss(column, header)
        if meant:
            raise EventError(
                "a column that is not read looks like one that is",
                where=where,
                given=column,
                allowed=COLUMNS,
                nearest=meant,
                then="rename it, or take it out",
            )


def _near_miss(column: str, header: Sequence[str]) -> str | None:
    if column in COLUMNS or column in _OWN_MEANING:
        return None
    plain = re.sub(r"\(.*\)|[^A-Z]", "", column)
    absent = [c for c in COLUMNS if c not in header]
    meant = _ALSO_CALLED.get(plain) or nearest(plain, absent, cutoff=0.7)
    return meant if meant in absent else None
