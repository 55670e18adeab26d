"""A stored population as a report reads it: the manifest, and columns out of Parquet files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import RequestError

Floats = NDArray[np.float64]
MANIFEST, SUMMARY = "manifest.json", "summary.parquet"
_QUANTILES = ("p05", "p25", "p50", "p75", "p95")


@dataclass(frozen=True)
class Failed:
    """People who could not be computed, and why."""

    who: str
    count: int
    why: str


@dataclass(frozen=True, eq=False)
class Separated:
    """One quantity of people who were all followed under the same draws.

    **Arguments:** `hours` are visits; `means` of everybody under each draw (draw x visit); `within` is the SD between
    people of one draw in what has changed since the first visit.
    """

    hours: Floats
    means: Floats
    within: Floats

    @property
    def changes(self) -> Floats:
        """By how much the mean has changed since the first visit (draw x visit): the same people under each draw."""
        return np.asarray(self.means - self.means[:, :1])

    def quantiles(self, levels: Sequence[float]) -> Floats:
        """Quantiles over draws of the mean of these people (levels x visit)."""
        return np.asarray(np.quantile(self.means, levels, axis=0))


@dataclass(frozen=True)
class StoredPopulation:
    """A run of many people on disk. Nothing is read before it is asked for, and no more than that."""

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def about(self) -> Mapping[str, Any]:
        """What the run says of itself."""
        return dict(self.manifest["about"])

    @property
    def task(self) -> Mapping[str, Any]:
        """What was computed: population, seed, regimen, reading, ..."""
        return dict(self.manifest["request"]["task"])

    @property
    def people(self) -> int:
        """How many people were asked for."""
        return int(self.manifest["people"])

    @property
    def draws(self) -> int:
        """Under how many draws of a calibration everybody was followed; 1 where nothing is in doubt."""
        return int(self.task.get("knowledge", {}).get("draws", 1))

    @property
    def digest(self) -> str:
        """The digest of all columns; empty while the run is not finished."""
        return str(self.manifest["result"].get("digest") or "")

    @cached_property
    def failed(self) -> tuple[Failed, ...]:
        """People who are missing."""
        shards = [(r["shard"], r["error"]) for r in self.manifest["rows"] if r["state"] == "failed"]
        single = [(f, f["error"]) for r in self.manifest["rows"] if r["receipt"] for f in r["receipt"]["failures"]]
        found = sorted([*shards, *single], key=lambda row: int(row[0]["first"]))
        return tuple(_failed(where, str(why)) for where, why in found)

    @property
    def waiting(self) -> int:
        """How many people have not been tried yet."""
        rows = [r["shard"] for r in self.manifest["rows"] if r["state"] == "waiting"]
        return sum(int(s["stop"]) - int(s["first"]) for s in rows)

    def columns(self, names: Sequence[str]) -> dict[str, NDArray[Any]]:
        """Columns of the table of people, one value a person."""
        chosen = ", ".join(f'"{name}"' for name in names)
        return self._asked(f"SELECT {chosen} FROM {self._parts('people')} ORDER BY person")  # noqa: S608

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Columns of the table of people."""
        found = self._asked(f"SELECT column_name FROM (DESCRIBE SELECT * FROM {self._parts('people')})")  # noqa: S608
        return tuple(map(str, found["column_name"]))

    def quantiles(self, quantity: str) -> tuple[Floats, Floats]:
        """Visits (h), and the 5, 25, 50, 75 and 95 % quantiles there (5 x visits)."""
        found = self._asked(
            f"SELECT time_h, {', '.join(_QUANTILES)} FROM read_parquet({_quoted(self.folder / SUMMARY)}) "  # noqa: S608
            f"WHERE \"table\" = 'visits' AND quantity = '{quantity}' ORDER BY time_h"
        )
        return found["time_h"], np.array([found[name] for name in _QUANTILES])

    def courses(self, quantity: str, people: int) -> Floats:
        """The visits of the first people, person x visit."""
        found = self._asked(
            f'SELECT person, "{quantity}" AS v FROM {self._parts("visits")} '  # noqa: S608
            f"WHERE person IN (SELECT person FROM {self._parts('people')} ORDER BY person LIMIT {people}) "
            "ORDER BY person, time_h"
        )
        count = len(np.unique(found["person"]))
        return np.asarray(found["v"], dtype=np.float64).reshape(count, -1)

    def under_draws(self, quantity: str) -> Separated:
        """One quantity at visits, with the doubt about values apart from the spread between people."""
        value = f'CAST(v."{quantity}" AS DOUBLE)'
        rows = (
            f"SELECT p.draw AS draw, v.time_h AS time_h, {value} AS here, "  # noqa: S608
            f"first_value({value}) OVER (PARTITION BY v.person ORDER BY v.time_h) AS first "
            f"FROM {self._parts('visits')} v JOIN {self._parts('people')} p ON v.person = p.person"
        )
        found = self._asked(
            "SELECT draw, time_h, avg(here) AS mean, var_samp(here - first) AS within "  # noqa: S608
            f"FROM ({rows}) GROUP BY draw, time_h ORDER BY draw, time_h"
        )
        hours = np.unique(found["time_h"])
        means, within = (np.asarray(found[k], np.float64).reshape(-1, len(hours)) for k in ("mean", "within"))
        return Separated(hours, means, np.sqrt(within.mean(axis=0)))

    def _parts(self, table: str) -> str:
        return f"read_parquet({_quoted(self.folder / table / 'part-*.parquet')})"

    def _asked(self, query: str) -> dict[str, NDArray[Any]]:
        import duckdb

        try:
            with duckdb.connect(config={"threads": 1}) as store:
                found = store.execute(query).fetchnumpy()
        except duckdb.Error as failure:
            told = str(failure).splitlines()[0]
            then = "`resynapse verify` says which files are damaged"
            raise RequestError("this run cannot be read", where=str(self.folder), given=told, then=then) from failure
        return {name: _filled(values) for name, values in found.items()}


def stored_population(folder: Path) -> StoredPopulation:
    """The run of many people in a folder.

    **Raises:** `RequestError` when there is none, or nobody has been computed.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise RequestError("there is no run here", given=folder, then="name a folder that `simulate --people` wrote")
    try:
        found = StoredPopulation(folder, json.loads(path.read_text(encoding="utf-8")))
        nobody = not any(row["receipt"] for row in found.manifest["rows"])
    except (ValueError, KeyError, TypeError) as failure:
        raise RequestError("this manifest is damaged", where=str(path), given=str(failure)) from failure
    if nobody or not (folder / SUMMARY).is_file():
        raise RequestError("this run is not finished", given=folder, then="`resynapse resume` goes on with it")
    return found


def _failed(where: Mapping[str, Any], why: str) -> Failed:
    first, stop = int(where["first"]), int(where["stop"])
    who = f"person {first}" if stop == first + 1 else f"people {first} to {stop - 1}"
    return Failed(who, stop - first, why)


def _filled(values: Any) -> NDArray[Any]:
    return np.ma.filled(values, np.nan) if values.dtype.kind == "f" else np.ma.getdata(values)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
