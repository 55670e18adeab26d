"""Reads a NONMEM-style event table: one line a dose or an observation, one block of lines a person.

Columns (any order, any case; `.` is missing): ID, TIME (h), AMT (mg of base), RATE (mg/h) or DUR (h), EVID, MDV, CMT,
ADDL, II (h), SS, DRUG, ROUTE, WT (kg), AGE (years), SEX (0 male, 1 female), ASIAN, JAPANESE, DV, QUANTITY, BLQ. The
rules, and what is refused, stand in docs/reference/event-tables.md.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import EventError, nearest
from .amount import check_species, check_weight, device_note, known_drug, known_route
from .covariates import NOCB, Carrying, changes, covariates, modifiers
from .event import DoseEvent, Measurement, Person, Reset
from .record import Defaults, check_row, doses, is_dose, is_looked_at, is_observation, is_reset
from .sheet import Row, Sheet, read_sheet

_REQUIRED = ("ID", "TIME", "AMT", "EVID")
_BEFORE = 1e-6  # hours: a sample that stands before a dose of the same time was taken so much earlier


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
    quantity: str | None = None,
    carrying: Carrying = NOCB,
) -> Table:
    """The people of a NONMEM-style table, in the order of the file.

    **Arguments:** `drug`, `route`, `weight` (kg) and `quantity` (the port that DV measures) hold where the table does
    not say; `carrying` says between which lines a covariate that changes holds.

    **Raises:** `EventError` naming file, line, column and value when anything would have to be guessed.
    """
    defaults = _checked(Defaults(species, drug, route, weight, quantity))
    sheet = read_sheet(Path(path))
    _check_columns(sheet, defaults)
    blocks = people_lines(sheet)
    people = tuple(_person(rows, defaults, carrying) for rows in blocks)
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
    needed = {"DRUG": defaults.drug, "ROUTE": defaults.route or _by_compartment(sheet), "WT": defaults.weight}
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


def _by_compartment(sheet: Sheet) -> str | None:
    """Whether every dose says its compartment, so that no route is needed."""
    return "CMT" if all(row.cells.get("CMT", "0") != "0" for row in sheet.rows if is_dose(row)) else None


def people_lines(sheet: Sheet) -> list[list[Row]]:
    """The lines of every person: each line checked, the lines of a person together.

    **Raises:** `EventError` naming file, line, column and value.
    """
    for row in sheet.rows:
        check_row(row)
    return _blocks(sheet)


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


def _person(rows: Sequence[Row], defaults: Defaults, carrying: Carrying) -> Person:
    _check_order(rows)
    first = covariates(rows, defaults)
    dosed = [(row, row.number("WT") or first["weight"]) for row in rows if is_dose(row)]
    events = [event for row, weight in dosed for event in doses(row, weight, defaults)]
    _check_duplicates(rows, events)
    return Person(
        id=rows[0].cells["ID"],
        events=tuple(sorted(events, key=lambda event: event.time_h)),
        covariates=first,
        observation_times_h=tuple(sorted({_looked_at(rows, i) for i, row in enumerate(rows) if is_looked_at(row)})),
        measurements=tuple(measurements(rows, defaults)),
        modifiers=modifiers(rows),
        resets=tuple(Reset(row.amount("TIME"), row.line) for row in rows if is_reset(row)),
        changes=changes(rows, carrying),
    )


def measurements(rows: Sequence[Row], defaults: Defaults) -> Iterator[Measurement]:
    """The values that were measured: observation lines whose DV counts and whose quantity is known."""
    for i, row in enumerate(rows):
        quantity, value = row.cells.get("QUANTITY", defaults.quantity), row.number("DV")
        if is_observation(row) and value is not None and row.number("MDV") != 1.0 and quantity:
            yield Measurement(_looked_at(rows, i), quantity, value, _below(row), row.line)


def _below(row: Row) -> bool:
    told = row.number("BLQ") or 0.0
    if told not in (0.0, 1.0):
        raise row.refuse("BLQ must be 0 or 1", "BLQ", "0, or 1 where DV is the limit of quantification")
    return told == 1.0


def _looked_at(rows: Sequence[Row], i: int) -> float:
    """The time of a line; a little earlier, even than 0, when a dose or reset of the same time stands further down."""
    time = rows[i].amount("TIME")
    later = any(row.amount("TIME") == time and (is_dose(row) or is_reset(row)) for row in rows[i + 1 :])
    return time - _BEFORE if later else time


def _check_order(rows: Sequence[Row]) -> None:
    for before, row in itertools.pairwise(rows):
        if row.amount("TIME") < before.amount("TIME"):
            raise row.refuse(
                "time goes backwards within one ID",
                "TIME",
                f"{before.amount('TIME'):g} h or later",
                "a person has one clock: give a reset its real time" if is_reset(row) else None,
            )


def _check_duplicates(rows: Sequence[Row], events: Sequence[DoseEvent]) -> None:
    seen: dict[tuple[float, str, str], int | None] = {}
    for event in (e for e in events if not _called_off(rows, e)):
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


def _called_off(rows: Sequence[Row], event: DoseEvent) -> bool:
    """Whether a later record of this person calls an additional dose off before it is due."""
    anew = [r for r in rows if is_reset(r) or (is_dose(r) and (r.number("SS") or 2.0) != 2.0)]
    return any(r.line > (event.row or 0) and r.amount("TIME") <= event.time_h for r in anew)


def _notes(sheet: Sheet, people: Sequence[Person], species: str) -> Iterator[str]:
    if sheet.ignored:
        yield f"columns that are not read: {', '.join(sheet.ignored)}"
    if any("DV" in row.cells for row in sheet.rows) and not any(person.measurements for person in people):
        yield "DV is checked to be numeric and not used: no QUANTITY says what was measured"
    events = [event for person in people for event in person.events]
    if not events:
        yield "this table holds no dose"
    for route, words in (("iv", "intravenous"), ("inhaled", "inhaled")):
        bolus = [e.row for e in events if e.route == route and e.duration_h == 0 and not (e.steady or e.modelled)]
        if bolus:
            yield f"{len(bolus)} {words} doses have no RATE or DUR and are read as bolus (first: line {bolus[0]})"
    yield from dict.fromkeys(filter(None, (_device_note(event, species) for event in events)))


def _device_note(event: DoseEvent, species: str) -> str | None:
    note = device_note(known_drug(event.drug, "drug"), event.route, event.amount_mg, species)
    return f"line {event.row}: {note}" if note else None
