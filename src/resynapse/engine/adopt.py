"""What an earlier driver left on the disk: kept where it is sound, cleared away where it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from ..core.errors import RunError
from .columns import PEOPLE, checksum
from .errand import Failure, Receipt, Stored
from .manifest import Manifest, Row
from .part import file_sum, part_path, read_part
from .work import Shard


def adopted(folder: Path, manifest: Manifest, tell: Callable[[str], None]) -> Manifest:
    """The manifest with what is really there: sound files of waiting shards are taken in, damaged ones made to wait."""
    changed: dict[Shard, tuple[Row, ...]] = {}
    for row in manifest.rows:
        now = _looked_at(folder, manifest.run, row)
        if now != row:
            tell(f"people {row.shard.first} to {row.shard.stop - 1}: {now.state}")
            changed[row.shard] = (now,)
    return replace(manifest.with_rows(changed), result={}) if changed or manifest.waiting else manifest


def swept(folder: Path, manifest: Manifest) -> None:
    """Remove what was left half written, and part files of shards that this run no longer has or has given up."""
    for path in (*folder.glob(".*.tmp"), *folder.glob("*/.part-*.tmp")):
        path.unlink(missing_ok=True)
    for path in set(folder.glob("*/part-*.parquet")) - expected(folder, manifest):
        path.unlink(missing_ok=True)


def expected(folder: Path, manifest: Manifest) -> set[Path]:
    """Every part file that the run has or may still get."""
    tables = {path.name for path in folder.iterdir() if path.is_dir()}
    shards = [row.shard for row in manifest.rows if row.state != "failed"]
    return {part_path(folder, table, shard) for shard in shards for table in tables}


def sound(folder: Path, receipt: Receipt) -> bool:
    """Whether the files of a shard are, byte by byte, those that were stored."""
    return all(
        (path := part_path(folder, table, receipt.shard)).is_file() and file_sum(path) == stored.file_sum
        for table, stored in receipt.files.items()
    )


def _looked_at(folder: Path, run: str, row: Row) -> Row:
    if row.receipt and sound(folder, row.receipt):
        return row
    found = self_told(folder, run, row.shard) if row.receipt is None else None
    if found:
        return Row(row.shard, "stored", row.attempts, found)
    return Row(row.shard)


def self_told(folder: Path, run: str, shard: Shard) -> Receipt | None:
    """The receipt of a shard from its files alone, or `None` where they are not whole or not of this run."""
    try:
        _, note = read_part(part_path(folder, PEOPLE, shard))
        files = {table: _checked(folder, run, shard, table) for table in note["tables"]}
        failures = tuple(Failure(**failure) for failure in note["failures"])
    except (RunError, KeyError, TypeError, OSError):
        return None
    return Receipt(shard, files, failures, tuple(note["warnings"]))


def _checked(folder: Path, run: str, shard: Shard, table: str) -> Stored:
    """The sums of a part file that says of itself what it is.

    **Raises:** `RunError` when it says something else, or holds other columns than it says.
    """
    path = part_path(folder, table, shard)
    columns, note = read_part(path)
    own = {"run": run, "table": table, "checksum": checksum(columns), **asdict(shard)}
    if any(note.get(key) != value for key, value in own.items()):
        raise RunError("this part file is not what it says", where=str(path))
    return Stored(len(next(iter(columns.values()))), file_sum(path), own["checksum"])
