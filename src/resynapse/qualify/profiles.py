"""Profiles for noncompartmental analysis: from a stored result, and from a table of measured concentrations."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ..body.area import LINEAR_UP_LOG_DOWN, AreaRule, Floats
from ..body.exposure import steady_state
from ..body.nca import Analysis, Metric, analyse
from ..body.profile import Administration, Bolus, Extravascular, Formed, Infused, Profile
from ..compound.library import compound
from ..core.errors import EventError, RequestError, nearest
from ..dose.amount import HUMAN_ROUTES, RODENT_ROUTES, known_drug, route_among
from ..dose.record import dose_times, is_dose, is_observation, is_reset
from ..dose.sheet import Row, read_sheet
from ..dose.table import people_lines

NEGLIGIBLE = 1e-3
"""A simulated value below this share of its peak counts as not measurable: assays seldom span more."""

_PLASMA = ("cv_", "ca_")
_DV = "DV"
_ROUTES = tuple(dict.fromkeys((*HUMAN_ROUTES, *RODENT_ROUTES)))
_COLUMNS = ("ID", "TIME", "DV", "AMT", "EVID")
_SAME = 1e-9
_SUBSTANCES = (("hydroxynorketamine", "hnk"), ("norketamine", "norketamine"), ("ketamine", "ketamine"))


@dataclass(frozen=True)
class Rules:
    """How profiles are analysed.

    **Arguments:** `area` is the rule for areas; `partial` are times (h) for further areas from the dose; `limit` is the
    limit of quantification in the unit of the values: `None` for no limit in a table, and for a thousandth of the
    peak in a simulated result.
    """

    area: AreaRule = LINEAR_UP_LOG_DOWN
    partial: tuple[float, ...] = ()
    limit: float | None = None


@dataclass(frozen=True)
class Dosed:
    """One dose of one person: when (h), how much (mg of base), of what, by which route, over how long (h)."""

    time: float
    amount: float
    duration: float
    drug: str
    route: str


@dataclass(frozen=True, eq=False)
class Analysed:
    """One dosing interval of one person and port, and what was found in it.

    **Arguments:** `interval` is the time to the next dose (h), `None` after the last; `repeated` are the metrics of
    that interval, which describe a steady state only where one is reached.
    """

    person: str
    port: str
    dose: Dosed
    found: Analysis
    interval: float | None = None

    @property
    def repeated(self) -> dict[str, Metric]:
        """Metrics of the interval up to the next dose; none after the last dose."""
        return {} if self.interval is None else steady_state(self.found, self.interval)

    def record(self) -> dict[str, object]:
        """Everything as plain data, ready for JSON."""
        named = {"person": self.person, "port": self.port, "dose_time_h": self.dose.time}
        given = {"drug": self.dose.drug, "route": self.dose.route, "dose_mg": self.dose.amount}
        until = {name: metric.record() for name, metric in self.repeated.items()}
        return {**named, **given, "interval_h": self.interval, **self.found.record(), **until}


def profiles_of(tree: xr.DataTree, ports: Sequence[str] | None, rules: Rules) -> tuple[Analysed, ...]:
    """Every person, port and dosing interval of a stored result; by default every plasma port (`cv_*`, `ca_*`).

    **Raises:** `RequestError` when the result has no doses or no such port, or a dose stands for a steady state.
    """
    signals = tree["signals"].to_dataset()
    chosen = _ports(signals, ports)
    found: list[Analysed] = []
    for person in map(str, signals["person"].values):
        doses = _stored_doses(tree, person)
        one = signals.sel(person=person)
        times = np.asarray(one["time"].values, dtype=float)
        for port in chosen:
            series = (times, np.asarray(one[port].values, dtype=float))
            found += _intervals(person, port, doses, series, str(one[port].attrs.get("units", "1")), rules)
    if not found:
        raise RequestError("this result holds no dose to analyse", where="group /doses")
    return tuple(found)


def profiles_in(path: Path, unit: str, route: str | None, rules: Rules) -> tuple[Analysed, ...]:
    """Every person and dosing interval of a table with the columns ID, TIME (h), DV, AMT (mg), EVID.

    Lines are checked as those of an event table are; a weight and a drug may be missing.

    DUR (h) or RATE (mg/h) make a dose an infusion, ADDL and II repeat it; lines with MDV 1 are passed over. A value
    that is 0, below the limit, or marked by BLQ counts as not measurable. QUANTITY tells several analytes apart.

    **Arguments:** `unit` is that of DV; `route` holds where the table has no ROUTE.

    **Raises:** `EventError` naming file, line and column for what would have to be guessed.
    """
    sheet = read_sheet(path)
    for column in (*_COLUMNS, *(() if route else ("ROUTE",))):
        if column not in sheet.columns:
            then = "add it, or give --route" if column == "ROUTE" else "add it"
            raise EventError(f"this table needs the column {column}", where=path.name, given=sheet.columns, then=then)
    given = None if route is None else route_among(_ROUTES, route, "--route")
    people = people_lines(sheet)
    found = [one for rows in people for one in _person(rows, unit, given, rules)]
    if not found:
        raise EventError("this table holds no concentrations after a dose", where=path.name)
    return tuple(found)


def _ports(signals: xr.Dataset, wanted: Sequence[str] | None) -> tuple[str, ...]:
    curves = tuple(str(n) for n, v in signals.data_vars.items() if set(v.dims) == {"person", "time"})
    for name in wanted or ():
        if name not in curves:
            raise RequestError("this result has no such port", given=name, nearest=nearest(name, curves))
    chosen = tuple(wanted or (name for name in curves if name.startswith(_PLASMA)))
    if not chosen:
        raise RequestError("this result holds no plasma concentration", given=curves, then="name one with --port")
    return chosen


def _stored_doses(tree: xr.DataTree, person: str) -> tuple[Dosed, ...]:
    if "doses" not in tree.children:
        return ()
    rows: dict[str, Any] = {str(name): column.values for name, column in tree["doses"].to_dataset().items()}
    columns = ("time_h", "amount_mg", "duration_h", "drug", "route")
    mine = [i for i, who in enumerate(rows["person"]) if str(who) == person]
    _check_not_steady(person, [float(rows["time_h"][i]) for i in mine if "steady" in rows and rows["steady"][i]])
    told = [tuple(rows[c][i] for c in columns) for i in mine]
    return tuple(Dosed(float(t), float(a), float(d), str(drug), str(route)) for t, a, d, drug, route in told)


def _check_not_steady(person: str, times: Sequence[float]) -> None:
    """Doses of an endless series are no dosing interval whose beginning was simulated."""
    for time in times:
        raise RequestError(
            "a steady state is not analysed",
            where=f"person {person}, dose at {time:g} h",
            given="a steady-state dose (SS)",
            then="simulate the doses written out, with ADDL and II",
        )


def _person(rows: Sequence[Row], unit: str, route: str | None, rules: Rules) -> list[Analysed]:
    _check_kinds(rows)
    ordered = [(row, _reset(rows[i + 1 :])) for i, row in enumerate(rows) if is_dose(row)]
    doses = [dose for row, stop in ordered for dose in _doses(row, route) if dose.time < stop]
    samples = [row for row in rows if is_observation(row) and row.number("MDV") != 1.0]
    person, found = rows[0].cells["ID"], list[Analysed]()
    for quantity in dict.fromkeys(row.cells.get("QUANTITY", _DV) for row in samples):
        mine = [row for row in samples if row.cells.get("QUANTITY", _DV) == quantity]
        _check_order(mine)
        series = (np.array([row.amount("TIME") for row in mine]), np.array([_measured(row) for row in mine]))
        found += _intervals(person, quantity, doses, series, unit, replace(rules, limit=rules.limit or 0.0))
    return found


def _measured(row: Row) -> float:
    """The value of a sample: `NaN` when missing, 0 when it is below the limit of quantification."""
    told = row.number("BLQ") or 0.0
    if told not in (0.0, 1.0):
        raise row.refuse("BLQ must be 0 or 1", "BLQ", "0, or 1 where DV is the limit of quantification")
    return 0.0 if told else np.nan if row.number("DV") is None else row.amount("DV")


def _check_kinds(rows: Sequence[Row]) -> None:
    for row in rows:
        if not (is_dose(row) or is_observation(row)):
            raise row.refuse("this line is neither a dose nor a sample", "EVID", "0 (sample), 1 or 4 (dose)")
        if row.number("SS"):
            raise row.refuse("a steady state is not analysed: write the doses out", "SS", "0 or `.`")


def _check_order(samples: Sequence[Row]) -> None:
    for before, row in itertools.pairwise(samples):
        if row.amount("TIME") <= before.amount("TIME"):
            raise row.refuse("samples of one person follow each other in time", "TIME", "a later time than before")


def _doses(row: Row, route: str | None) -> tuple[Dosed, ...]:
    amount, name, told = row.amount("AMT"), row.cells.get("DRUG", ""), row.cells.get("ROUTE", route)
    if amount == 0:
        raise row.refuse("a dose needs an amount above 0", "AMT", "mg of base", "leave a missed dose out")
    if row.cells.get("CMT", "0") != "0":
        raise row.refuse("a dose is analysed by its route, not its compartment", "CMT", "`.` or 0", "say its ROUTE")
    if told is None:
        raise row.refuse("by which route was this dose given?", "ROUTE", _ROUTES)
    way = route_among(_ROUTES, told, row.where("ROUTE"))
    duration, times = dose_times(row, way)
    drug = known_drug(name, row.where("DRUG")).name if name else ""
    return tuple(Dosed(time, amount, duration, drug, way) for time in times)


def _reset(later: Sequence[Row]) -> float:
    """When a reset calls off what was still to be given; infinite when none follows."""
    return min((row.amount("TIME") for row in later if is_reset(row)), default=float("inf"))


def _intervals(
    person: str, port: str, doses: Iterable[Dosed], series: tuple[Floats, Floats], unit: str, rules: Rules
) -> Iterator[Analysed]:
    """Every dosing interval that holds a sample; doses at one time are one."""
    ordered = sorted(doses, key=lambda dose: dose.time)
    together = [list(same) for _, same in itertools.groupby(ordered, key=lambda dose: round(dose.time, 9))]
    for number, same in enumerate(together):
        following = together[number + 1][0] if number + 1 < len(together) else None
        sampled = _sampled(series, same[0].time, following)
        if sampled[0].size:
            found = analyse(
                _profile(sampled, unit, number > 0, port, rules), _given(port, same), rules.area, rules.partial
            )
            yield Analysed(person, port, same[0], found, following.time - same[0].time if following else None)


def _sampled(series: tuple[Floats, Floats], start: float, following: Dosed | None) -> tuple[Floats, Floats]:
    """Samples from the dose to the next one; a bolus leaves no doubt-free sample at its own time."""
    times, values = series
    inside = times >= start - _SAME
    if following is not None:
        jumps = following.route == "iv" and following.duration == 0
        inside &= times < following.time - _SAME if jumps else times <= following.time + _SAME
    return np.maximum(times[inside] - start, 0.0), values[inside]


def _profile(sampled: tuple[Floats, Floats], unit: str, later: bool, port: str, rules: Rules) -> Profile:
    times, values = sampled
    known = values[np.isfinite(values)]
    highest = float(known.max()) if known.size else 0.0
    limit = NEGLIGIBLE * highest if rules.limit is None else rules.limit
    before = float(known[known > 0].min()) if later and (known > 0).any() else 0.0
    return Profile(times, np.maximum(values, 0.0), unit, values < limit, before, port)


def _given(port: str, doses: Sequence[Dosed]) -> Administration:
    """How the analyte of a port came in: it was given itself, or formed from what was given."""
    shares = [_share(port, dose.drug) for dose in doses]
    if len(doses) > 1 or not shares[0] or not doses[0].route:
        return Formed()
    dose, amount = doses[0], doses[0].amount * shares[0]
    if dose.route != "iv":
        return Extravascular(amount)
    return Infused(amount, hours=dose.duration) if dose.duration else Bolus(amount)


def _share(port: str, drug: str) -> float:
    """The share of a dose that is the analyte itself: all of it in a table, half of a racemate for one mirror form."""
    if port == _DV or not drug:
        return 1.0
    words = port.split("_")[1:]
    given = next((substance for word, substance in _SUBSTANCES if word in drug.lower()), "")
    if not words or words[0] != given:
        return 0.0
    parts = {"s": compound(drug).fraction_s, "r": compound(drug).fraction_r}
    return float(parts[words[1]].value) if words[1:] else 1.0
