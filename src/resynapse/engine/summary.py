"""Summaries over people, made by DuckDB from the stored columns: how people are cut into shards moves no quantile."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .columns import PERSON
from .manifest import Manifest
from .part import connection, disk_failures, file_sum, quoted, scratch

SUMMARY = "summary.parquet"
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_AT_ONCE = 20_000_000


def summarised(folder: Path, manifest: Manifest, groups: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Write `summary.parquet`: for each column of some tables, within groups, number, mean, SD and quantiles.

    **Arguments:** `groups` names the tables, with the columns that make groups (none: all people together).

    **Returns:** the sum of the file by its name; nothing where nothing is stored.

    **Assumes:** quantiles are exact, between two people on a straight line (type 7); mean and SD are compensated sums,
    whose last digits may hang on the shards.
    """
    tables = {name: by for name, by in groups.items() if any(name in r.files for r in manifest.stored)}
    if not tables:
        return {}
    half = scratch(folder / SUMMARY)
    keys = tuple(dict.fromkeys(key for by in tables.values() for key in by))
    with disk_failures(), connection() as store:
        store.execute("CREATE TEMP TABLE summary AS " + _empty(keys))
        for name, by in tables.items():
            for query in _queries(folder, manifest, name, by):
                store.execute(f"INSERT INTO summary BY NAME {query}")
        order = ", ".join(['"table"', *(f'"{key}"' for key in keys), "column_order"])
        kept = f"SELECT * EXCLUDE (column_order) FROM summary ORDER BY {order}"  # noqa: S608
        store.execute(f"COPY ({kept}) TO {quoted(half)} (FORMAT parquet)")
        store.execute("DROP TABLE summary")
    os.replace(half, folder / SUMMARY)
    return {SUMMARY: file_sum(folder / SUMMARY)}


def read_summary(folder: Path) -> list[dict[str, Any]]:
    """The rows of the summary of a run; none where nobody could be summed up."""
    path = folder / SUMMARY
    if not path.is_file():
        return []
    with connection() as store:
        found = store.execute(f"SELECT * FROM read_parquet({quoted(path)})")  # noqa: S608
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _queries(folder: Path, manifest: Manifest, table: str, by: tuple[str, ...]) -> list[str]:
    """One question a column and slice of groups, so that no more than some million numbers are held at a time."""
    files = f"read_parquet({quoted(folder / table / 'part-*.parquet')})"
    with connection() as store:
        names = [row[0] for row in store.execute(f"DESCRIBE SELECT * FROM {files}").fetchall()]  # noqa: S608
        slices = _slices(store, files, by, manifest.people)
    columns = [name for name in names if name not in (*by, PERSON)]
    return [_query(files, (table, name, i), by, where) for i, name in enumerate(columns) for where in slices]


def _slices(store: object, files: str, by: tuple[str, ...], people: int) -> list[str]:
    """Conditions on the first group column that together hold everything."""
    if not by:
        return ["TRUE"]
    ask = f'SELECT DISTINCT "{by[0]}" AS k FROM {files} ORDER BY k'  # noqa: S608
    values = np.asarray(store.execute(ask).fetchnumpy()["k"])  # type: ignore[attr-defined]
    size = max(1, _AT_ONCE // people)
    pieces = [values[i : i + size] for i in range(0, len(values), size)]
    return [f'"{by[0]}" BETWEEN {piece[0]!r} AND {piece[-1]!r}' for piece in map(np.ndarray.tolist, pieces)]


def _query(files: str, what: tuple[str, str, int], by: tuple[str, ...], where: str) -> str:
    table, column, order = what
    value = f'CAST("{column}" AS DOUBLE)'
    keys = "".join(f'"{key}", ' for key in by)
    quantiles = f"quantile_cont({value}, [{', '.join(map(str, _QUANTILES))}])"
    cells = ", ".join(f"q[{i}] AS p{100 * p:02.0f}" for i, p in enumerate(_QUANTILES, start=1))
    inner = (
        f"SELECT {keys}count(*) AS people, count({value}) AS n, favg({value}) AS mean, "  # noqa: S608
        f"stddev_samp({value}) AS sd, min({value}) AS low, max({value}) AS high, {quantiles} AS q "
        f"FROM {files} WHERE {where}" + (f" GROUP BY {', '.join(keys.rstrip(', ').split(', '))}" if by else "")
    )
    names = f"'{table}' AS \"table\", {keys}'{column}' AS quantity, {order} AS column_order"
    return f"SELECT {names}, people, n, mean, sd, low, {cells}, high FROM ({inner})"  # noqa: S608


def _empty(keys: tuple[str, ...]) -> str:
    numbers = ("mean", "sd", "low", *(f"p{100 * p:02.0f}" for p in _QUANTILES), "high")
    cells = [
        "'' AS \"table\"",
        *(f'0.0::DOUBLE AS "{key}"' for key in keys),
        "'' AS quantity",
        "0 AS column_order",
        "0::BIGINT AS people",
        "0::BIGINT AS n",
        *(f"0.0::DOUBLE AS {name}" for name in numbers),
    ]
    return f"SELECT {', '.join(cells)} WHERE FALSE"
