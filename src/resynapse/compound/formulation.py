"""Preparations: what a dose is made up as, and how one dose is handled by the person who takes it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from ..core.errors import RequestError, nearest
from .fact import Fact, read_fact, read_facts

_FILE = "formulations.toml"


@dataclass(frozen=True)
class Formulation:
    """A preparation of a drug, such as a prolonged-release tablet.

    **Arguments:** `route` is how it is taken and `drugs` what it may hold; `release` is the time over which it is given
    off at a constant rate (h); `sneeze_loss` is the share of a nasal device that a sneeze expels; `parameters` are
    values of the body that hold for a person who takes it; `source` is a bibliography key.
    """

    name: str
    title: str
    route: str
    drugs: tuple[str, ...]
    source: str
    note: str
    release: Fact | None = None
    sneeze_loss: Fact | None = None
    parameters: Mapping[str, Fact] = field(default_factory=dict, compare=False)

    @property
    def facts(self) -> dict[str, Fact]:
        """Every number of the preparation by name."""
        own = {"release": self.release, "sneeze_loss": self.sneeze_loss, **self.parameters}
        return {name: fact for name, fact in own.items() if fact}


@dataclass(frozen=True)
class Handling:
    """How one dose is handled: the preparation, the rest between nasal devices, and what each device delivers.

    **Arguments:** `between` is the time from one device to the next (h); `kept` is the share that each device delivers
    (0 for a missed one), empty when all deliver what they hold.
    """

    formulation: Formulation | None = None
    between: float = 0.0
    kept: tuple[float, ...] = ()


@cache
def formulations() -> Mapping[str, Formulation]:
    """Every preparation on file, by name."""
    raw = tomllib.loads((files(__package__) / _FILE).read_text(encoding="utf-8"))
    return {name: _read(name, table) for name, table in raw.items()}


def formulation(name: str, drug: str, route: str) -> Formulation:
    """The preparation called `name`, if it holds the drug and is taken by the route.

    **Raises:** `RequestError` with the nearest name, or with the preparations of this drug and route.
    """
    word = name.strip().lower().replace(" ", "_").replace("-", "_")
    known = formulations()
    found = known.get(word)
    if found is None:
        raise RequestError(
            "no such preparation on file", given=repr(name), allowed=sorted(known), nearest=nearest(word, known)
        )
    if drug not in found.drugs or route != found.route:
        raise RequestError(
            f"a {found.title} holds {' or '.join(found.drugs)} and is taken by the {found.route} route",
            given=f"{drug}, {route}",
            allowed=[f.name for f in known.values() if drug in f.drugs and f.route == route] or None,
        )
    return found


def _read(name: str, table: dict[str, Any]) -> Formulation:
    where = f"compound/{_FILE}: {name}"
    words: dict[str, Any] = {key: table[key] for key in ("title", "route", "source", "note")}
    single: dict[str, Any] = {
        key: read_fact(table[key], f"{where}.{key}") for key in ("release", "sneeze_loss") if key in table
    }
    parameters = read_facts(table.get("parameters", {}), where)
    return Formulation(name, drugs=tuple(table["drugs"]), parameters=parameters, **single, **words)
