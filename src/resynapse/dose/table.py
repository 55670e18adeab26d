"""Reads a NONMEM-style event table: one line a dose or an observation, one block of lines a person.

Columns (any order, any case; `.` is missing): ID, TIME (h), AMT (mg of base), RATE (mg/h) or DUR (h), EVID, MDV, ADDL
and II (h), DRUG, ROUTE, WT (kg), AGE (years), SEX (0 male, 1 female), DV.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import EventError, nearest
from .amount import check_species, check_weight, device_note, known_drug, known_route
from .event import DoseEvent, Person
from .record import Defaults, check_row, doses, is_dose
from .sheet import Row, Sheet, read_sheet

_REQUIRED = ("ID", "TIME", "AMT", "EVID")
_COVARIATES = {"WT": "weight", "AGE": "age", "SEX": "sex"}
_OLDEST = 120.0


@dataclass(frozen=True)
class Table:
    """A table as people with doses, and what a reader should know about how it was read.

    **Arguments:** `ignored_columns` were not read; `notes` are remarks on doses that are unusual but allowed.
    """

    people: tuple[Person, ...]
    path: Path
    ignored_columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_table(
    path: Path | str,
    species: str = "human",
    drug: str | None = None,
    route: str | None = None,
    weight: float | None = None,
) -> Table:
    """The people of a NONMEM-style table, in the order of the file.

    **Arguments:** `drug`, `route` and `weight` (kg) hold where the table does not say.

    **Raises:** `EventError` naming file, line, column and value when anything would have to be guessed.
    """
    defaults = _checked(Defaults(species, drug, route, weight))
    sheet = read_sheet(Path(path))
    _check_columns(sheet, defaults)
    for row in sheet.rows:
        check_row(row)
    blocks = _blocks(sheet)
    people = tuple(_person(rows, defaults) for rows in blocks)
    return Table(people, sheet.path, sheet.ignored, tuple(_notes(sheet, people, species)))


def _checked(defaults: Defaults) -> Defaults:
    check_species(defaults.species)
    if defaults.weight is not None:
        check_weight(defaults.weight, defaults.species, "weight")
    if defaults.drug is not None:
        drug = known_drug(defaults.drug, "drug")
        if defaults.route is not None:
            known_route(defaults.route, drug, defaults.species, "route")
    return defaults


def _check_columns(sheet: Sheet, defaults: Defaults) -> None:
    needed = {"DRUG": defaults.drug, "ROUTE": defaults.route, "WT": defaults.weight}
    columns = (*_REQUIRED, *(column for column, default in needed.items() if default is None))
    for column in columns:
        if column not in sheet.columns:
            word = {"WT": "weight"}.get(column, column.lower())
            raise EventError(
                f"this table needs the column {column}",
                where=sheet.path.name,
                given=", ".join((*sheet.columns, *sheet.ignored)),
                nearest=nearest(column, sheet.ignored),
                then=f"add it, or give `{word}` for the whole table" if column in needed else "add it",
            )


def _blocks(sheet: Sheet) -> list[list[Row]]:
    for row in sheet.rows:
        if "ID" not in row.cells:
            raise row.refuse("every line needs an ID", "ID")
    blocks = [list(rows) for _, rows in itertools.groupby(sheet.rows, key=lambda row: row.cells["ID"])]
    seen: set[str] = set()
    for first in (rows[0] for rows in blocks):
        if first.cells["ID"] in seen:
            raise first.refuse("this ID comes back after another one", "ID", then="keep the lines of a person together")
        seen.add(first.cells["ID"])
    return blocks


def _person(rows: Sequence[Row], defaults: Defaults) -> Person:
    _check_order(rows)
    covariates = {word: value for column, word in _COVARIATES.items() if (value := _constant(rows, column)) is not None}
    weight = covariates.get("weight", defaults.weight)
    if weight is None:
        raise rows[0].refuse("this ID has no weight, which is needed for body scaling", "WT", "kg")
    covariates["weight"] = check_weight(weight, defaults.species, rows[0].where("WT"))
    _check_age_and_sex(rows[0], covariates)
    events = [event for row in rows if is_dose(row) for event in doses(row, weight, defaults)]
    _check_duplicates(rows, events)
    seen = {row.amount("TIME") for row in rows if not is_dose(row)}
    ordered = tuple(sorted(events, key=lambda event: event.time_h))
    return Person(rows[0].cells["ID"], ordered, covariates, tuple(sorted(seen)))


def _check_order(rows: Sequence[Row]) -> None:
    for before, row in itertools.pairwise(rows):
        if row.amount("TIME") < before.amount("TIME"):
            raise row.refuse("time goes backwards within one ID", "TIME", f"{before.amount('TIME'):g} h or later")


def _constant(rows: Sequence[Row], column: str) -> float | None:
    found = [(row, value) for row in rows if (value := row.number(column)) is not None]
    for row, value in found:
        if value != found[0][1]:
            raise row.refuse(
                f"a {column} that changes within one ID is not read in this release",
                column,
                f"{found[0][1]:g}, as in line {found[0][0].line}",
            )
    return found[0][1] if found else None


def _check_age_and_sex(row: Row, covariates: dict[str, float]) -> None:
    if not 0 <= covariates.get("age", 0.0) <= _OLDEST:
        raise row.refuse("this age is not believable", "AGE", f"0 to {_OLDEST:g} years")
    if covariates.get("sex", 0.0) not in (0.0, 1.0):
        raise row.refuse("SEX must be 0 or 1", "SEX", "0 (male), 1 (female)")


def _check_duplicates(rows: Sequence[Row], events: Sequence[DoseEvent]) -> None:
    seen: dict[tuple[float, str, str], int | None] = {}
    for event in events:
        key = (round(event.time_h, 6), event.drug, event.route)
        if key in seen:
            row = next(r for r in rows if r.line == event.row)
            raise EventError(
                "two doses of the same drug by the same route at the same time",
                where=row.where("TIME"),
                given=f"{event.drug} {event.route} at {event.time_h:g} h, also from line {seen[key]}",
                then="take one out, or add the amounts up in one line",
            )
        seen[key] = event.row


def _notes(sheet: Sheet, people: Sequence[Person], species: str) -> Iterator[str]:
    if sheet.ignored:
        yield f"columns that are not read: {', '.join(sheet.ignored)}"
    if any("DV" in row.cells for row in sheet.rows):
        yield "DV is checked to be numeric and not used"
    events = [event for person in people for event in person.events]
    if not events:
        yield "this table holds no dose"
    bolus = [e.row for e in events if e.route == "iv" and e.duration_h == 0]
    if bolus:
        yield f"{len(bolus)} intravenous doses have no RATE or DUR and are read as bolus (first: line {bolus[0]})"
    yield from dict.fromkeys(filter(None, (_device_note(event, species) for event in events)))


def _device_note(event: DoseEvent, species: str) -> str | None:
    note = device_note(known_drug(event.drug, "drug"), event.route, event.amount_mg, species)
    return f"line {event.row}: {note}" if note else None
