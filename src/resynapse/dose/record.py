"""One line of an event table: which lines are refused, and what doses the others stand for."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from .amount import INFUSED_ROUTES, check_amount, devices, known_drug, known_route, limits_mg
from .event import DoseEvent
from .sheet import Row

MOST_ADDITIONAL = 10_000
_DOSE_ONLY = ("AMT", "RATE", "DUR", "ADDL")
_ROUNDING = 0.005


@dataclass(frozen=True)
class Defaults:
    """What holds for lines that do not say otherwise: species, drug, route and body weight (kg)."""

    species: str = "human"
    drug: str | None = None
    route: str | None = None
    weight: float | None = None


def check_row(row: Row) -> None:
    """Refuse a line that this release does not read, or that contradicts itself.

    **Raises:** `EventError` naming file, line, column and value.
    """
    if row.number("SS"):
        raise row.refuse("SS (steady state) is not read yet (the next release)", "SS", "0", "write the doses out")
    if "CMT" in row.cells:
        raise row.refuse("CMT is not read yet (the next release)", "CMT", "`.`", "say where the dose goes in ROUTE")
    _check_evid(row)
    if "TIME" not in row.cells:
        raise row.refuse("every line needs a TIME", "TIME", "hours, 0 or more")
    row.amount("TIME")
    if row.number("MDV") not in (None, 0.0, 1.0):
        raise row.refuse("MDV must be 0 or 1", "MDV", "0, 1")
    if is_dose(row) and row.number("MDV") == 0.0:
        raise row.refuse("a dose line cannot hold an observation", "MDV", "1 or `.` where EVID is 1")
    if not is_dose(row):
        _check_observation(row)


def is_dose(row: Row) -> bool:
    """Whether the line is a dose (EVID 1) and not an observation (EVID 0)."""
    return row.number("EVID") == 1.0


def doses(row: Row, weight: float, defaults: Defaults) -> Iterator[DoseEvent]:
    """The doses that one line stands for: itself and the ADDL ones, every II hours after it.

    **Raises:** `EventError` naming file, line, column and value.
    """
    species = defaults.species
    drug = known_drug(row.cells.get("DRUG", defaults.drug or ""), row.where("DRUG"))
    route = known_route(row.cells.get("ROUTE", defaults.route or ""), drug, species, row.where("ROUTE"))
    amount = row.amount("AMT")
    if amount == 0.0:
        raise row.refuse("a dose needs an amount above 0", "AMT", "mg of base", "leave a missed dose out")
    check_amount(amount, limits_mg(drug, route, weight, species), weight, row.where("AMT"))
    duration, interval = _duration(row, amount, route), row.amount("II")
    count = devices(drug, route, amount, species)
    for k in range(1 + _additional(row)):
        yield DoseEvent(row.amount("TIME") + k * interval, amount, duration, drug.name, route, count, row.line)


def _check_evid(row: Row) -> None:
    evid = row.number("EVID")
    if evid in (2.0, 3.0, 4.0):
        raise row.refuse("this EVID is not read yet (the next release)", "EVID", "0 (observation), 1 (dose)")
    if evid not in (0.0, 1.0):
        raise row.refuse("EVID must say what the line is", "EVID", "0 (observation), 1 (dose)")


def _check_observation(row: Row) -> None:
    row.number("DV")
    for column in _DOSE_ONLY:
        if row.number(column):
            raise row.refuse("an observation line (EVID 0) cannot hold a dose", column, "`.` or 0", "or write EVID 1")


def _duration(row: Row, amount: float, route: str) -> float:
    if row.number("RATE") in (-1.0, -2.0):
        raise row.refuse("a modelled rate or duration is not read yet (the next release)", "RATE", "mg/h, above 0")
    rate, length = row.amount("RATE"), row.amount("DUR")
    if (rate or length) and route not in INFUSED_ROUTES:
        raise row.refuse(f"a {route} dose is not infused", "RATE" if rate else "DUR", "`.` or 0")
    if rate and "DUR" in row.cells and not math.isclose(length, amount / rate, rel_tol=_ROUNDING):
        raise row.refuse("RATE and DUR disagree", "DUR", f"AMT / RATE = {amount / rate:.4g} h", "give one of the two")
    return amount / rate if rate else length


def _additional(row: Row) -> int:
    addl, interval = row.number("ADDL"), row.amount("II")
    if addl is None and interval:
        raise row.refuse("II without ADDL: how many more doses?", "ADDL", "0, 1, 2, ...")
    if addl is not None and (addl != int(addl) or not 0 <= addl <= MOST_ADDITIONAL):
        raise row.refuse("ADDL must be a whole number", "ADDL", f"0 to {MOST_ADDITIONAL}")
    if addl and not interval:
        raise row.refuse("ADDL needs II, the hours between doses, above 0", "II", "hours, above 0")
    return int(addl or 0)
