"""Laboratory manipulations of a group: values of the chain that hold from one hour to another around the dose."""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ..core.source import source

EVER = float("inf")


@dataclass(frozen=True)
class Hold:
    """Values that hold from `begin` to `end` (h after the dose); infinite: since before the stress, and for ever."""

    values: Mapping[str, float]
    begin: float = -EVER
    end: float = EVER


@dataclass(frozen=True)
class Leg:
    """A stretch of an experiment (h from the first day) with the values that hold in it."""

    begin: float
    end: float
    values: Mapping[str, float]


@dataclass(frozen=True)
class Manipulation:
    """One manipulation on file, with what it rests on."""

    name: str
    title: str
    hold: Hold
    source: str
    note: str


@cache
def manipulations() -> Mapping[str, Manipulation]:
    """The manipulations on file, by name."""
    raw = tomllib.loads((files(__package__) / "manipulations.toml").read_text(encoding="utf-8"))
    return {name: _manipulation(name, table) for name, table in raw.items()}


def holds_of(names: Iterable[str], values: Mapping[str, float]) -> tuple[Hold, ...]:
    """Everything that holds in a group: values for the whole time, and manipulations by name."""
    whole = (Hold(dict(values)),) if values else ()
    return (*whole, *(manipulations()[name].hold for name in names))


def legs(holds: tuple[Hold, ...], dose_h: float, until: float) -> tuple[Leg, ...]:
    """The stretches from the first day to `until`, cut where something begins or ends to hold."""
    moments = {dose_h + m for h in holds for m in (h.begin, h.end)}
    edges = [0.0, *sorted(m for m in moments if 0.0 < m < until), until]
    return tuple(
        Leg(a, b, {k: v for h in holds if dose_h + h.begin <= a < dose_h + h.end for k, v in h.values.items()})
        for a, b in itertools.pairwise(edges)
    )


def _manipulation(name: str, table: Mapping[str, object]) -> Manipulation:
    begin, end = (float(str(table.get(word, edge))) for word, edge in (("begin", -EVER), ("end", EVER)))
    values = {str(k): float(v) for k, v in dict(table["values"]).items()}  # type: ignore[call-overload]
    found = Manipulation(name, str(table["title"]), Hold(values, begin, end), str(table["source"]), str(table["note"]))
    source(found.source)
    return found
