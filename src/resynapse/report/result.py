"""A stored result as a report reads it: attributes, signals with their typical course, doses, observations, checks."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from resynapse.core.errors import RequestError

from .regimen import Regimen, regimens
from .style import clock, number, route_text

Array = NDArray[np.float64]
TYPICAL = "typical"
BANDS = (0.05, 0.25, 0.75, 0.95)
_CONCENTRATIONS = ("cv_", "ca_", "ce_")
_UNBOUND = re.compile(r"unbound (\w+) \(([SR])\) at the effect site")


@dataclass(frozen=True, eq=False)
class Signal:
    """One curve of a report: a port (or one label of its dimension), for every person, over time.

    **Arguments:** `values` has shape (person, time), `NaN` where a person was not observed; `typical` is the row that
    is drawn in bold; `rest` is the healthy rest value or `None`; `part` names the label of a further dimension;
    `bands` are the 5, 25, 75 and 95 % of draws of the bold course (4 x time), nothing without draws.
    """

    port: str
    name: str
    unit: str
    room: str
    rest: float | None
    values: Array
    typical: Array
    part: str = ""
    bands: Array | None = None

    @property
    def label(self) -> str:
        """The name in print, with the label of a further dimension where there is one."""
        return f"{self.name}: {self.part}" if self.part else self.name

    @property
    def place(self) -> str:
        """Where a concentration is found, as its name says after the comma; empty for everything else."""
        return self.label.rpartition(", ")[2] if self.port.startswith(_CONCENTRATIONS) and ", " in self.label else ""

    @property
    def size(self) -> float:
        """The largest absolute value of the typical course."""
        return float(np.nanmax(np.abs(self.typical), initial=0.0))


@dataclass(frozen=True)
class Dose:
    """One dose as it is drawn and told; amounts are a range when people received different amounts."""

    time: float
    duration: float
    least: float
    most: float
    drug: str
    route: str
    people: int = 1

    @property
    def amount(self) -> str:
        """The amount in mg, as a range when it differs between people."""
        same = math.isclose(self.least, self.most, rel_tol=0.005)
        return f"{number(self.most)} mg" if same else f"{number(self.least)}–{number(self.most)} mg"

    @property
    def text(self) -> str:
        """The dose in words: `35 mg ketamine, intravenous, over 40 min`."""
        over = f", over {clock(self.duration)}" if self.duration > 0 else ""
        return f"{self.amount} {self.drug}, {route_text(self.route)}{over}"


class Result:
    """One stored result, opened for reading.

    **Raises:** `RequestError` when the tree has no `signals` group with dimensions person and time.
    """

    def __init__(self, tree: xr.DataTree):
        if "signals" not in tree.children or not {"person", "time"} <= set(tree["signals"].dims):
            raise RequestError(
                "this result has no signals to report",
                where="group /signals",
                given=", ".join(sorted(tree.children)) or "an empty tree",
                allowed="a tree with /signals over person and time",
                then="store the result of a simulation and report that",
            )
        self.tree = tree
        self._order = np.argsort(np.asarray(tree["signals"]["time"].values, float), kind="stable")

    def text(self, name: str, default: str = "") -> str:
        """A root attribute as text."""
        stored = self.tree.attrs.get(name, default)
        return str(stored) if isinstance(stored, str | int | float | np.generic) else default

    def json(self, name: str, default: Any) -> Any:
        """A root attribute that holds JSON, decoded; `default` when it is absent or empty."""
        stored = self.tree.attrs.get(name)
        return json.loads(stored) if isinstance(stored, str) and stored.strip() else default

    @cached_property
    def times(self) -> Array:
        """Output times in hours, ascending."""
        return np.asarray(self.tree["signals"]["time"].values, float)[self._order]

    @cached_property
    def people(self) -> tuple[str, ...]:
        """Identifiers of the people, in stored order."""
        return tuple(str(p) for p in np.asarray(self.tree["signals"]["person"].values))

    @cached_property
    def typical_name(self) -> str:
        """Who is drawn in bold: the person called typical, the only person, or the median of all."""
        named = [p for p in self.people if p.lower() == TYPICAL]
        if named or len(self.people) == 1:
            return (named or list(self.people))[0]
        different = " with different doses" if self.treated_differently else ""
        return f"median of {len(self.people)} people{different}"

    @cached_property
    def regimens(self) -> tuple[Regimen, ...]:
        """What was given to whom, one entry for people who were treated alike."""
        return regimens(self.rows("doses"))

    @property
    def treated_differently(self) -> bool:
        """Whether people received different doses, or only some received any."""
        dosed = sum(r.people for r in self.regimens)
        return len(self.regimens) > 1 or 0 < dosed < len(self.people)

    @property
    def departures(self) -> int:
        """How often the run departs from plain doses: steady states, resets, changes, devices used unusually."""
        return int(self.tree.attrs.get("departures", 0))

    @cached_property
    def signals(self) -> dict[str, tuple[Signal, ...]]:
        """Every port with its curves: one, or one for every label of a further dimension."""
        data = self.tree["signals"].to_dataset()
        return {str(port): self._curves(str(port), data[port]) for port in data.data_vars if _drawable(data[port])}

    @cached_property
    def doses(self) -> tuple[Dose, ...]:
        """Doses in time order; equal doses of several people are one entry."""
        groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
        for row in self.rows("doses"):
            key = (round(row["time_h"], 4), round(row["duration_h"], 4), row["drug"], row["route"])
            groups.setdefault(key, []).append(row)
        return tuple(_dose(rows) for _, rows in sorted(groups.items(), key=lambda item: item[0]))

    def rows(self, group: str) -> list[dict[str, Any]]:
        """A table group as a list of rows; empty when the group is absent."""
        if group not in self.tree.children:
            return []
        data = self.tree[group].to_dataset().reset_coords()
        columns = {str(k): v.values.tolist() for k, v in data.data_vars.items() if v.ndim == 1}
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def _curves(self, port: str, data: xr.DataArray) -> tuple[Signal, ...]:
        extra = [d for d in data.dims if d not in ("person", "time")]
        block = np.asarray(data.transpose("person", "time", *extra).values, float)[:, self._order]
        block = block.reshape(*block.shape[:2], -1)
        parts = _parts(data, extra) or [""]
        bands = self._bands(port, len(parts))
        return tuple(
            replace(self._signal(port, data, block[:, :, i], part), bands=band)
            for i, (part, band) in enumerate(zip(parts, bands, strict=True))
        )

    @cached_property
    def draws(self) -> int:
        """How many draws of a calibration everybody was followed under; 0 without."""
        return int(self.tree["draws"].sizes["draw"]) if "draws" in self.tree.children else 0

    def drawn(self, port: str) -> Array | None:
        """The bold course under each draw (draw x time x labels); nothing where draws were not followed."""
        if not self.draws or port not in self.tree["draws"]:
            return None
        data = self.tree["draws"][port]
        extra = [d for d in data.dims if d not in ("person", "draw", "time")]
        block = np.asarray(data.transpose("person", "draw", "time", *extra).values, float)[:, :, self._order]
        block = block.reshape(*block.shape[:3], -1)
        if self.typical_name in self.people:
            return np.asarray(block[self.people.index(self.typical_name)])
        return np.asarray(np.median(block, axis=0))

    def _bands(self, port: str, parts: int) -> list[Array] | list[None]:
        """The bands of each label of a port."""
        drawn = self.drawn(port)
        return [None] * parts if drawn is None else list(np.moveaxis(np.quantile(drawn, BANDS, axis=0), -1, 0))

    def _signal(self, port: str, data: xr.DataArray, values: Array, part: str) -> Signal:
        rest = float(data.attrs.get("rest", math.nan))
        return Signal(
            port=port,
            name=_short(str(data.attrs.get("long_name", port))),
            unit=str(data.attrs.get("units", "1")),
            room=str(data.attrs.get("room", "")),
            rest=rest if math.isfinite(rest) else None,
            values=values,
            typical=self._typical(values),
            part=part,
        )

    def _typical(self, values: Array) -> Array:
        if self.typical_name in self.people:
            return np.asarray(values[self.people.index(self.typical_name)])
        seen = np.isfinite(values).any(axis=0)
        course = np.full(values.shape[1], math.nan)
        course[seen] = np.nanmedian(values[:, seen], axis=0)
        return course


def opened(result: xr.DataTree | Path | str) -> Result:
    """The result behind a tree, or behind the NetCDF file that stores one."""
    if isinstance(result, xr.DataTree):
        return Result(result)
    with xr.open_datatree(result, engine="h5netcdf") as stored:
        return Result(stored.load())


def _short(name: str) -> str:
    """A name short enough to stand beside a curve: `S-HNK, effect site`."""
    unbound = _UNBOUND.fullmatch(name)
    if unbound is None:
        return name
    substance, form = unbound.groups()
    return f"{form}-{substance.upper() if substance.endswith('hnk') else substance}, effect site"


def _drawable(data: xr.DataArray) -> bool:
    return {"person", "time"} <= set(data.dims) and np.issubdtype(data.dtype, np.number)


def _parts(data: xr.DataArray, extra: list[Hashable]) -> list[str]:
    names = [""]
    for dim in extra:
        names = [f"{n} {label}".strip() for n in names for label in data[dim].values]
    return names if extra else []


def _dose(rows: list[dict[str, Any]]) -> Dose:
    amounts = [float(r["amount_mg"]) for r in rows]
    first = rows[0]
    return Dose(
        time=float(first["time_h"]),
        duration=float(first["duration_h"]),
        least=min(amounts),
        most=max(amounts),
        drug=str(first["drug"]),
        route=str(first["route"]),
        people=len({r["person"] for r in rows}),
    )
