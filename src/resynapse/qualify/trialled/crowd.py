"""Many drawn people under one regimen: what is read of each of them, kept on disk and found there the next time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...cohort import Cohort, Reading
from ...dose import Regimen
from ...person import population
from ...person.lived.kept import kept

Floats = NDArray[np.float64]
_COVARIATE = "of "


@dataclass(frozen=True, eq=False)
class Asked:
    """Whom is asked about: `people` of `population`, from the first on; `loads` lets life's load change by the week."""

    population: str
    people: int
    seed: int
    loads: bool = False


@dataclass(frozen=True, eq=False)
class Crowd:
    """People with their covariates, and their ports (people x hours)."""

    hours: Floats
    covariates: Mapping[str, Floats]
    ports: Mapping[str, Floats]

    def __getitem__(self, port: str) -> Floats:
        return self.ports[port]

    def at(self, port: str, hour: float) -> Floats:
        """A port at the hour that lies nearest."""
        return np.asarray(self.ports[port][:, int(np.argmin(np.abs(self.hours - hour)))])

    def fall(self, port: str) -> Floats:
        """How far a port has fallen since the beginning."""
        return np.asarray(self.ports[port][:, :1] - self.ports[port])


def crowd(asked: Asked, regimen: Regimen, hours: Sequence[float] | Floats, ports: tuple[str, ...]) -> Crowd:
    """People under a regimen, read at these hours.

    **Raises:** `RequestError` for an unknown population or port; `SolveError` when the grid is too coarse.
    """
    reading = Reading(tuple(float(h) for h in hours), ports)
    one = Cohort(population(asked.population), asked.seed, regimen, reading, loads=asked.loads)
    found = kept(f"crowd-{_key(one, asked.people)}", lambda: _made(one, asked.people))
    shape = (asked.people, len(reading.visits))
    read = {k: np.asarray(v, float).reshape(shape) for k, v in found.items() if not k.startswith(_COVARIATE)}
    own = {k.removeprefix(_COVARIATE): np.asarray(v, float) for k, v in found.items() if k.startswith(_COVARIATE)}
    return Crowd(np.array(reading.visits), own, read)


def _made(one: Cohort, people: int) -> dict[str, NDArray[Any]]:
    certified, _ = one.on_the_coarsest_grid
    tables = certified(range(people))
    known = population(one.population.name).specification.covariate
    who = {f"{_COVARIATE}{k}": v for k, v in tables["people"].items() if k in known}
    keys = ("person", "time_h")
    read = {k: v.astype(np.float32) for k, v in tables["visits"].items() if k not in keys and v.dtype != bool}
    return {**who, **read}


def _key(one: Cohort, people: int) -> str:
    return hashlib.sha256(json.dumps([one.request, people], sort_keys=True, default=str).encode()).hexdigest()[:24]
