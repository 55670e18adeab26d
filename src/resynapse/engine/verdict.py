"""Is what lies in a folder what was computed? Every file is read again, and compared with the manifest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..core.errors import RunError
from .adopt import expected
from .columns import PEOPLE, PERSON, Digest, checksum
from .errand import Failure, Receipt, Stored
from .manifest import Manifest, read_manifest
from .part import file_sum, part_path, read_part


@dataclass(frozen=True)
class Verdict:
    """What was found in the folder of a run.

    **Arguments:** `digest` of all columns in person order, made from the files, or `None` where they are not sound;
    `people` asked for; `missing` among them: not stored, or stored in a file that is not sound; `failures` lists those
    who could not be computed; `problems` says which file is not what it should be.
    """

    digest: str | None
    people: int
    missing: int
    failures: tuple[Failure, ...]
    problems: tuple[str, ...]

    @property
    def record(self) -> dict[str, Any]:
        """All of it as plain JSON."""
        failures = [asdict(failure) for failure in self.failures]
        return {**asdict(self), "failures": failures, "problems": list(self.problems)}

    @property
    def exit_code(self) -> int:
        """0 when everything is there and sound, 1 when a file is not, 3 when people are missing."""
        return 1 if self.problems else 3 if self.missing else 0


def verify(folder: Path) -> Verdict:
    """Read a whole run again: every byte, every column, everybody.

    **Raises:** `RequestError` when there is no run, or its manifest is damaged.
    """
    manifest = read_manifest(folder)
    bad = [(receipt, told) for receipt in manifest.stored if (told := tuple(_damage(folder, receipt)))]
    problems = [*(p for _, told in bad for p in told), *_strangers(folder, manifest), *_gaps(manifest)]
    problems += _summaries(folder, manifest)
    digest, lost = None, sum(receipt.people for receipt, _ in bad)
    if not problems:
        try:
            digest = total(folder, manifest)
        except RunError as failure:
            problems.append(f"{failure.where}: {failure.what}")
    known = manifest.result.get("digest", digest)
    if digest and known != digest:
        problems.append(f"the digest of all columns is {digest}, the manifest says {known}")
    return Verdict(digest, manifest.people, manifest.missing + lost, manifest.failures, tuple(problems))


def total(folder: Path, manifest: Manifest) -> str:
    """The digest of all columns of all people, read from the files one shard after the other.

    **Raises:** `RunError` naming a file whose columns are not those that were stored.
    """
    digest = Digest()
    for receipt in manifest.stored:
        digest.feed({table: _columns(folder, receipt, table, told) for table, told in receipt.files.items()})
    return digest.value


def _columns(folder: Path, receipt: Receipt, table: str, told: Stored) -> Any:
    path = part_path(folder, table, receipt.shard)
    columns, _ = read_part(path)
    if checksum(columns) != told.checksum:
        raise RunError("its columns are not those that were stored", where=str(path))
    failed = {k for f in receipt.failures for k in range(f.first, f.stop)}
    if table == PEOPLE and [k for k in receipt.shard.people if k not in failed] != columns[PERSON].tolist():
        raise RunError("it does not hold the people of its shard", where=str(path))
    return columns


def _damage(folder: Path, receipt: Receipt) -> Iterator[str]:
    for table, told in receipt.files.items():
        path = part_path(folder, table, receipt.shard)
        name = path.relative_to(folder)
        if not path.is_file():
            yield f"{name}: is missing"
        elif file_sum(path) != told.file_sum:
            yield f"{name}: is not what was stored"


def _strangers(folder: Path, manifest: Manifest) -> list[str]:
    """Part files that the manifest does not know, under whatever name."""
    known = {part_path(folder, table, r.shard) for r in manifest.stored for table in r.files}
    found = {p for p in folder.glob("*/*.parquet") if not p.name.startswith(".")}
    waiting = expected(folder, manifest) - known if not manifest.result else set()
    return [f"{p.relative_to(folder)}: is no part of this run" for p in sorted(found - known - waiting)]


def _gaps(manifest: Manifest) -> list[str]:
    """Shards that do not follow one another from the first person to the last."""
    edges = [(row.shard.first, row.shard.stop) for row in manifest.rows]
    ends = [0, *(stop for _, stop in edges)]
    told = [f"people {a} to {b}: the shard table has a gap" for (b, _), a in zip(edges, ends, strict=False) if a != b]
    return told + ([] if ends[-1] == manifest.people else ["the shard table does not end with the last person"])


def _summaries(folder: Path, manifest: Manifest) -> list[str]:
    sums = manifest.result.get("summaries", {})
    return [
        f"{name}: is not what was stored"
        for name, known in sums.items()
        if not (folder / name).is_file() or file_sum(folder / name) != known
    ]
