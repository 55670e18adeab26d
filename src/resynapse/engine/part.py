"""Part files: the columns of one shard in Parquet, written whole or not at all, knowing what they hold."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from ..core.errors import RunError
from .columns import Columns
from .work import Shard

REFUSED = (errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT, errno.EPERM)
"""What the system says when a disk takes nothing more, whoever tries again."""
_NOTE = "resynapse"


def part_path(folder: Path, table: str, shard: Shard) -> Path:
    """Where the columns of a shard lie."""
    return folder / table / f"part-{shard.first:010d}-{shard.stop:010d}.parquet"


def write_part(path: Path, columns: Columns, note: Mapping[str, Any]) -> None:
    """Write columns and a note about them: under another name first, forced to the disk, then renamed.

    **Raises:** `OSError` when the disk does not take them.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    half = scratch(path.with_name(f"{path.name}.{os.getpid()}"))
    try:
        _copy(half, columns, note)
        _forced(half)
        os.replace(half, path)
        _forced(path.parent)
    finally:
        half.unlink(missing_ok=True)


def read_part(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Columns of a part file, and the note that was stored with them.

    **Raises:** `RunError` when it is not readable, or no part file.
    """
    try:
        with connection() as store:
            found = store.execute(f"SELECT * FROM read_parquet({quoted(path)})").fetchnumpy()  # noqa: S608
            notes = store.execute(f"SELECT key, value FROM parquet_kv_metadata({quoted(path)})").fetchall()  # noqa: S608
        note = json.loads(next(value for key, value in notes if key == _NOTE.encode()))
    except (duckdb.Error, StopIteration, ValueError, OSError) as failure:
        raise RunError("this part file cannot be read", where=str(path), given=_first_line(failure)) from failure
    return {name: _filled(values) for name, values in found.items()}, note


def file_sum(path: Path) -> str:
    """SHA-256 of the bytes of a file."""
    with path.open("rb") as stored:
        return hashlib.file_digest(stored, "sha256").hexdigest()


def connection() -> duckdb.DuckDBPyConnection:
    """A view onto this process's own in-memory database, one thread wide; close it after use."""
    return _store().cursor()


def quoted(path: Path) -> str:
    """A path as DuckDB reads it."""
    return "'" + str(path).replace("'", "''") + "'"


def replaced(path: Path, text: str) -> None:
    """Write a text file whole or not at all.

    **Raises:** `OSError` when the disk does not take it.
    """
    half = scratch(path)
    try:
        half.write_text(text, encoding="utf-8")
        _forced(half)
        os.replace(half, path)
        _forced(path.parent)
    finally:
        half.unlink(missing_ok=True)


def scratch(path: Path) -> Path:
    """Under which name a file is written before it is whole."""
    return path.with_name(f".{path.name}.tmp")


@contextmanager
def disk_failures() -> Iterator[None]:
    """What DuckDB says of a disk, as the system would say it.

    **Raises:** `OSError`, with the system's number where DuckDB's words are the system's.
    """
    try:
        yield
    except duckdb.IOException as failure:
        told = str(failure)
        number = next((n for n in REFUSED if os.strerror(n) in told), errno.EIO)
        raise OSError(number, _first_line(failure)) from failure


@cache
def _store() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


def _copy(path: Path, columns: Columns, note: Mapping[str, Any]) -> None:
    told = json.dumps(note, sort_keys=True).replace("'", "''")
    how = f"FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{_NOTE}: '{told}'}}"
    with disk_failures(), connection() as store:
        store.register("held", dict(columns))
        store.execute(f"COPY (SELECT * FROM held) TO {quoted(path)} ({how})")  # noqa: S608


def _filled(values: Any) -> Any:
    """A column as it was given: a missing number is NaN."""
    return np.ma.filled(values, np.nan) if values.dtype.kind == "f" else np.ma.getdata(values)


def _forced(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _first_line(failure: Exception) -> str:
    return next(iter(str(failure).splitlines()), type(failure).__name__)
