"""The manifest: what was asked for, which shards are stored, and what became of the others. The driver alone writes it.

It is JSON, replaced whole, and carries the sum of its own content.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from ..core.errors import RequestError
from .errand import Failure, Receipt, Stored
from .part import replaced
from .work import Shard, digest_of

MANIFEST = "manifest.json"
_FORMAT = 1
State = Literal["waiting", "stored", "failed"]


@dataclass(frozen=True)
class Row:
    """What is known of a shard.

    **Arguments:** `state` is `waiting`, `stored` or, after too many attempts, `failed` with its last `error`;
    `attempts` are those that ended badly; `receipt` is the worker's word, with the sums of the files.
    """

    shard: Shard
    state: State = "waiting"
    attempts: int = 0
    receipt: Receipt | None = None
    error: str | None = None


@dataclass(frozen=True)
class Manifest:
    """A run, as it stands.

    **Arguments:** `request` and its digest `run` say what is computed; `people`, `shard_size` and `identity` as they
    were when it began; `rows` are the shards in order of their people; `result` holds the digest of all columns and
    the sums of the summaries once everything has been tried; `about` is for readers (who began it when, with what).
    """

    request: Mapping[str, Any]
    run: str
    people: int
    shard_size: int
    identity: Mapping[str, str]
    rows: tuple[Row, ...]
    about: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)

    @property
    def waiting(self) -> tuple[Shard, ...]:
        """Shards that have not been computed."""
        return tuple(row.shard for row in self.rows if row.state == "waiting")

    @property
    def stored(self) -> tuple[Receipt, ...]:
        """What is on the disk, in order of people."""
        return tuple(row.receipt for row in self.rows if row.receipt)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """People who could not be computed."""
        whole = [Failure(r.shard.first, r.shard.stop, str(r.error)) for r in self.rows if r.state == "failed"]
        return tuple(sorted([*whole, *(f for r in self.stored for f in r.failures)], key=lambda f: f.first))

    @property
    def missing(self) -> int:
        """How many people are not on the disk, tried or not."""
        return self.people - sum(receipt.people for receipt in self.stored)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings that were given while shards were computed, each once."""
        return tuple(dict.fromkeys(w for receipt in self.stored for w in receipt.warnings))

    def with_rows(self, changed: Mapping[Shard, tuple[Row, ...]]) -> Manifest:
        """The same with other rows in the place of some shards'."""
        return replace(self, rows=tuple(new for row in self.rows for new in changed.get(row.shard, (row,))))

    def save(self, folder: Path) -> None:
        """Write it into the folder of its run, whole or not at all."""
        record = {"format": _FORMAT, **asdict(self)}
        text = json.dumps({**record, "checksum": digest_of(_plain(record))}, indent=1, allow_nan=False)
        replaced(folder / MANIFEST, text + "\n")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the run in a folder.

    **Raises:** `RequestError` when there is none, it is damaged, or another version wrote it.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise RequestError("there is no run here", given=folder, then="name a folder that `simulate --people` wrote")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        checksum, number = record.pop("checksum"), record["format"]
    except (ValueError, KeyError, TypeError, AttributeError) as failure:
        raise _damaged(path) from failure
    if checksum != digest_of(record):
        raise _damaged(path)
    if number != _FORMAT:
        raise RequestError("another version wrote this manifest", where=str(path), given=number, allowed=_FORMAT)
    known = {key: value for key, value in record.items() if key not in ("format", "rows")}
    return Manifest(rows=tuple(_row(row) for row in record["rows"]), **known)


def receipt_from(record: Mapping[str, Any]) -> Receipt:
    """A receipt from plain data."""
    return Receipt(
        Shard(**record["shard"]),
        {name: Stored(**stored) for name, stored in record["files"].items()},
        tuple(Failure(**failure) for failure in record["failures"]),
        tuple(record["warnings"]),
        record["seconds"],
    )


def _row(record: Mapping[str, Any]) -> Row:
    told = record["receipt"]
    return Row(
        Shard(**record["shard"]),
        record["state"],
        record["attempts"],
        receipt_from(told) if told else None,
        record["error"],
    )


def _plain(record: Mapping[str, Any]) -> Any:
    return json.loads(json.dumps(record, allow_nan=False))


def _damaged(path: Path) -> RequestError:
    return RequestError(
        "this manifest is damaged", where=str(path), then="begin again in an empty folder: shards cannot be trusted"
    )
