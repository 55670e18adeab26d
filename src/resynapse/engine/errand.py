"""What a worker does: compute a shard, set aside the people with whom that fails, store the rest."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..core.errors import PeopleError, RunError
from .columns import PEOPLE, Columns, checksum, joined, tidied
from .identity import identity
from .part import file_sum, part_path, write_part
from .work import Shard, Task

_MOST_FAILURES = 16
_NOT_THEIRS = (OSError, MemoryError, ImportError)  # a shard that fails with one of these is tried again as it is


@dataclass(frozen=True)
class Failure:
    """People for whom a task fails, numbers `first` to `stop` - 1, and how."""

    first: int
    stop: int
    error: str


@dataclass(frozen=True)
class Stored:
    """A part file: how many rows, the sum of its bytes, and the sum of its columns."""

    rows: int
    file_sum: str
    checksum: str


@dataclass(frozen=True)
class Receipt:
    """What a worker says of a shard that it has stored.

    **Arguments:** `files` by table, empty when every person failed; `failures` lists people who are not in them;
    `warnings` were given on the way; `seconds` it took.
    """

    shard: Shard
    files: Mapping[str, Stored]
    failures: tuple[Failure, ...] = ()
    warnings: tuple[str, ...] = ()
    seconds: float = field(default=0.0, compare=False)

    @property
    def people(self) -> int:
        """How many people are stored."""
        return len(self.shard) - sum(f.stop - f.first for f in self.failures)


@dataclass(frozen=True)
class Errand:
    """What all workers of a run are told: the task, where results go, which run it is, and with what it was begun."""

    task: Task
    folder: Path
    run: str
    identity: Mapping[str, str]

    def __call__(self, shard: Shard) -> Receipt:
        """Compute and store one shard.

        **Raises:** `RunError` on a machine that would make other numbers or does not see the folder; `OSError` and
        `MemoryError` as they come.
        """
        began = time.perf_counter()
        self._check_here()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("default")
            tables, failures = isolated(self.task, shard)
        told = tuple(dict.fromkeys(f"{w.category.__name__}: {w.message}" for w in caught))
        files = self._stored(shard, tables, failures, told)
        return Receipt(shard, files, failures, told, time.perf_counter() - began)

    def _check_here(self) -> None:
        here = identity()
        other = [f"{k} {here.get(k)} instead of {v}" for k, v in self.identity.items() if here.get(k) != v]
        if other:
            raise RunError(
                "this worker would make other numbers than the run was begun with",
                given=", ".join(other),
                then="give all workers the same versions",
            )
        if not self.folder.is_dir():
            raise RunError(
                "this worker does not see the folder of the run",
                given=self.folder,
                then="give a folder on a disk that driver and workers share",
            )

    def _stored(
        self, shard: Shard, tables: Mapping[str, Columns], failures: tuple[Failure, ...], told: tuple[str, ...]
    ) -> dict[str, Stored]:
        """Store the tables, that of people last: a shard that has it is complete."""
        order = sorted(tables, key=lambda name: (name == PEOPLE, name))
        sums = {name: checksum(tables[name]) for name in order}
        note = {"run": self.run, "tables": order, "failures": [asdict(f) for f in failures], "warnings": told}
        files = {}
        for name in order:
            path = part_path(self.folder, name, shard)
            write_part(path, tables[name], {**note, **asdict(shard), "table": name, "checksum": sums[name]})
            rows = len(next(iter(tables[name].values())))
            files[name] = Stored(rows, file_sum(path), sums[name])
        return files


def isolated(task: Task, shard: Shard) -> tuple[dict[str, dict[str, Any]], tuple[Failure, ...]]:
    """The tables of a shard without the people for whom the task fails.

    Where the task does not name them they are found by halving the shard again and again. When many fail and nobody
    does not, the others are given up untried, and listed as such.
    """
    pieces: list[dict[str, dict[str, Any]]] = []
    named, found = list[Failure](), list[Failure]()
    waiting = [shard]
    while waiting:
        piece = waiting.pop()
        if len(found) >= _MOST_FAILURES and not pieces:
            found.append(Failure(piece.first, piece.stop, "not tried: everybody before them in this shard fails"))
            continue
        try:
            pieces.append(tidied(task(piece.people), piece.people))
        except _NOT_THEIRS:
            raise
        except PeopleError as failure:
            named += [Failure(k, k + 1, described(why)) for k, why in failure.people.items()]
            waiting += reversed(piece.without(failure.people))
        except Exception as failure:
            if len(piece) > 1:
                waiting += reversed(piece.halves)
            else:
                found.append(Failure(piece.first, piece.stop, described(failure)))
    return joined(pieces), tuple(sorted([*named, *found], key=lambda f: f.first))


def described(failure: BaseException) -> str:
    """An exception in one line."""
    return f"{type(failure).__name__}: {' '.join(str(failure).split())}"


def worker_environment() -> dict[str, str]:
    """What a worker's environment adds: every library keeps to one thread, for the workers share the cores."""
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
    eigen = "--xla_cpu_multi_thread_eigen=false"
    return dict.fromkeys(threads, "1") | {"XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')} {eigen}".strip()}
