"""One line of an event table: which lines are refused, and what doses the others stand for."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from ..compound import Compound, Handling
from ..core.errors import ResynapseError
from .amount import INFUSED_ROUTES, RODENT_ROUTES, check_amount, devices, known_drug, known_route, limits_mg
from .event import DoseEvent, Repeated
from .handling import read_handling
from .sheet import Row

MOST_ADDITIONAL = 10_000
_OBSERVATION, _DOSE, _OTHER, _RESET, _RESET_AND_DOSE = 0.0, 1.0, 2.0, 3.0, 4.0
_KINDS = "0 (observation), 1 (dose), 2 (other), 3 (reset), 4 (reset and dose)"
_DOSE_ONLY = ("AMT", "RATE", "DUR", "ADDL", "II", "SS")
_DOSE_WORDS = ("FORM", "DEVICES")
_ROUNDING = 0.005
_MODELLED: dict[float, Literal["rate", "duration"]] = {-1.0: "rate", -2.0: "duration"}


@dataclass(frozen=True)
class Defaults:
    """What holds for lines that do not say otherwise: species, drug, route, body weight (kg), quantity measured."""

    species: str = "human"
    drug: str | None = None
    route: str | None = None
    weight: float | None = None
    quantity: str | None = None


def check_row(row: Row) -> None:
    """Refuse a line that contradicts itself or would have to be guessed at.

    **Raises:** `EventError` naming file, line, column and value.
    """
    evid = row.number("EVID")
    if evid not in (_OBSERVATION, _DOSE, _OTHER, _RESET, _RESET_AND_DOSE):
        raise row.refuse("EVID must say what the line is", "EVID", _KINDS)
    if "TIME" not in row.cells:
        raise row.refuse("every line needs a TIME", "TIME", "hours, 0 or more")
    row.amount("TIME")
    _check_mdv(row)
    if not is_dose(row):
        _check_no_dose(row)


def is_dose(row: Row) -> bool:
    """Whether the line is a dose (EVID 1), with or without a reset before it (EVID 4)."""
    return row.number("EVID") in (_DOSE, _RESET_AND_DOSE)


def is_reset(row: Row) -> bool:
    """Whether the line empties the person (EVID 3), possibly before a dose (EVID 4)."""
    return row.number("EVID") in (_RESET, _RESET_AND_DOSE)


def is_looked_at(row: Row) -> bool:
    """Whether the line asks for a value at its time: an observation (EVID 0) or another event (EVID 2)."""
    return row.number("EVID") in (_OBSERVATION, _OTHER)


def is_observation(row: Row) -> bool:
    """Whether the line is an observation (EVID 0)."""
    return row.number("EVID") == _OBSERVATION


def doses(row: Row, weight: float, defaults: Defaults) -> Iterator[DoseEvent]:
    """The doses that one line stands for: itself and the ADDL ones, every II hours after it.

    Only the first can be a steady-state dose; only the first follows the reset of an EVID 4.

    **Raises:** `EventError` naming file, line, column and value.
    """
    drug = known_drug(row.cells.get("DRUG", defaults.drug or ""), row.where("DRUG"))
    compartment, route = _where(row, drug, defaults)
    steady = _steady(row)
    amount = _amount(row, _limits(drug, route, weight, defaults.species), weight, steady)
    duration, rate, modelled = _duration(row, amount, route)
    if steady and steady.period_h and duration > steady.period_h * (1 + 1e-12):
        raise _overlap(row, duration)
    time, interval, additional = row.amount("TIME"), row.amount("II"), _additional(row, steady)
    count = devices(drug, route, amount, defaults.species)
    handling = _handling(row, drug, route, count)
    first = DoseEvent(
        time, amount, duration, drug.name, route or str(compartment), count, row.line, compartment, rate, modelled
    )
    first = replace(first, handling=handling, ordered_h=time)
    yield replace(first, steady=steady)
    for k in range(1, 1 + additional):
        yield replace(first, time_h=time + k * interval)


def dose_times(row: Row, route: str) -> tuple[float, tuple[float, ...]]:
    """How long the dose of a line takes (h), and when it and its ADDL ones are given (h), where no theory says it.

    **Raises:** `EventError` naming file, line, column and value.
    """
    duration, _, modelled = _duration(row, row.amount("AMT"), route)
    if modelled:
        raise row.refuse(f"RATE leaves the {modelled} to a theory of the body, and here is none", "RATE", "above 0")
    time, interval, additional = row.amount("TIME"), row.amount("II"), _additional(row, None)
    return duration, tuple(time + k * interval for k in range(1 + additional))


def _handling(row: Row, drug: Compound, route: str, count: int) -> Handling:
    """What the dose was made up as (FORM) and how its nasal devices were used (DEVICES)."""
    made, used = row.cells.get("FORM"), row.cells.get("DEVICES")
    try:
        return read_handling(drug, route, count, made, used)
    except ResynapseError as failure:
        failure.where = row.where("DEVICES" if failure.where == "devices" else "FORM")
        raise


def _check_mdv(row: Row) -> None:
    mdv = row.number("MDV")
    if mdv not in (None, 0.0, 1.0):
        raise row.refuse("MDV must be 0 or 1", "MDV", "0, 1")
    if mdv == 0.0 and not is_observation(row):
        what = "a dose line cannot hold an observation" if is_dose(row) else "only an observation line holds a value"
        raise row.refuse(what, "MDV", "1 or `.` where EVID is not 0")
    if mdv == 0.0 and "DV" not in row.cells:
        raise row.refuse("MDV 0 says that there is a value, and DV is missing", "DV", "a number, or MDV 1")


def _check_no_dose(row: Row) -> None:
    row.number("DV")
    kind = {_OBSERVATION: "an observation line (EVID 0)", _OTHER: "another event (EVID 2)"}
    what = kind.get(row.number("EVID") or 0.0, "a reset (EVID 3)")
    for column in _DOSE_ONLY:
        if row.number(column):
            raise row.refuse(f"{what} cannot hold a dose", column, "`.` or 0", "or write EVID 1")
    for column in (c for c in _DOSE_WORDS if c in row.cells):
        raise row.refuse(f"{what} cannot hold a dose", column, "`.`", "or write EVID 1")
    if row.cells.get("CMT", "0") != "0":
        raise row.refuse(
            f"{what} has no dose compartment",
            "CMT",
            "`.` or 0",
            "say what was measured in QUANTITY, such as cv_ketamine",
        )


def _where(row: Row, drug: Compound, defaults: Defaults) -> tuple[str | None, str]:
    """The compartment, or the route, of a dose."""
    word = row.cells.get("CMT", "0")
    if word == "0":
        return None, known_route(
            row.cells.get("ROUTE", defaults.route or ""), drug, defaults.species, row.where("ROUTE")
        )
    if word.startswith("-"):
        raise row.refuse("a compartment cannot be turned off here", "CMT", "a name or a number of 1 or more")
    if "ROUTE" in row.cells:
        raise row.refuse(
            "a dose goes by a route or into a compartment, not both", "CMT", "`.`", "leave out one of the two"
        )
    return word, ""


def _amount(row: Row, limits: tuple[float, float], weight: float, steady: Repeated | None) -> float:
    if steady and not steady.period_h:
        check_amount(row.amount("RATE"), (0.0, limits[1]), weight, row.where("RATE"))
        return 0.0
    amount = row.amount("AMT")
    if amount == 0.0:
        raise row.refuse("a dose needs an amount above 0", "AMT", "mg of base", "leave a missed dose out")
    return check_amount(amount, limits, weight, row.where("AMT"))


def _limits(drug: Compound, route: str, weight: float, species: str) -> tuple[float, float]:
    """Believable amounts (mg of base) by the route, or by any route when a compartment is named instead."""
    known = tuple(drug.largest) if species == "human" else RODENT_ROUTES
    bounds = [limits_mg(drug, r, weight, species) for r in ((route,) if route else known)]
    return min(low for low, _ in bounds), max(high for _, high in bounds)


def _steady(row: Row) -> Repeated | None:
    """What SS says: 0 or missing nothing, 1 or 3 in place of what is there, 2 added to it."""
    word = row.number("SS") or 0.0
    if word not in (0.0, 1.0, 2.0, 3.0):
        raise row.refuse("SS must be 0, 1, 2 or 3", "SS", "0, 1 (replaces), 2 (adds), 3 (as 1)")
    if not word:
        return None
    period, constant = row.amount("II"), not row.amount("AMT")
    if constant and (period or not row.amount("RATE")):
        raise row.refuse(
            "a steady-state dose without an amount is a constant infusion: RATE above 0 and II 0", "AMT", "mg of base"
        )
    if not constant and not period:
        raise row.refuse("a steady state needs II, the hours between doses, above 0", "II", "hours, above 0")
    return Repeated(period, adds=word == 2.0)


def _overlap(row: Row, duration: float) -> Exception:
    column = "RATE" if "RATE" in row.cells else "DUR"
    return row.refuse(
        f"a steady state of infusions that overlap ({duration:.4g} h each) is not read",
        column,
        f"an infusion of at most II = {row.amount('II'):g} h",
        "write the infusions out with ADDL, or a constant one (AMT 0, II 0)",
    )


def _duration(row: Row, amount: float, route: str) -> tuple[float, float | None, Literal["rate", "duration"] | None]:
    """Duration (h), the rate that was written (mg/h), and what is left to the theory of the body."""
    modelled = _MODELLED.get(row.number("RATE") or 0.0)
    if modelled:
        if row.amount("DUR"):
            raise row.refuse(f"RATE leaves the {modelled} to the model, DUR gives one", "DUR", "`.` or 0")
        return 0.0, None, modelled
    rate, length = row.amount("RATE"), row.amount("DUR")
    if (rate or length) and route and route not in INFUSED_ROUTES:
        raise row.refuse(f"a {route} dose is not infused", "RATE" if rate else "DUR", "`.` or 0")
    if not amount:
        return 0.0, rate, None
    if rate and "DUR" in row.cells and not math.isclose(length, amount / rate, rel_tol=_ROUNDING):
        raise row.refuse("RATE and DUR disagree", "DUR", f"AMT / RATE = {amount / rate:.4g} h", "give one of the two")
    return (amount / rate, rate, None) if rate else (length, None, None)


def _additional(row: Row, steady: Repeated | None) -> int:
    addl, interval = row.number("ADDL"), row.amount("II")
    if addl is None and interval and steady is None:
        raise row.refuse("II without ADDL: how many more doses?", "ADDL", "0, 1, 2, ...")
    if addl is not None and (addl != int(addl) or not 0 <= addl <= MOST_ADDITIONAL):
        raise row.refuse("ADDL must be a whole number", "ADDL", f"0 to {MOST_ADDITIONAL}")
    if addl and not interval:
        raise row.refuse("ADDL needs II, the hours between doses, above 0", "II", "hours, above 0")
    return int(addl or 0)
