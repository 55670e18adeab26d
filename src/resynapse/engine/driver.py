"""The driver: gives out shards, writes the manifest, tries again what failed, and never loses a person silently."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..core.errors import RequestError, RunError
from .adopt import adopted, swept
from .backend import Backend, Crew, Ended
from .errand import Errand, Failure, Receipt, described
from .identity import identity
from .lock import LOCK, locked
from .manifest import MANIFEST, Manifest, Row, read_manifest
from .pace import Pace
from .part import REFUSED, scratch
from .summary import summarised
from .verdict import total
from .work import Shard, Work

Tell = Callable[[str], None]
_TICK_S = 0.5
_SAVE_S = 1.0
_FEW = 3


@dataclass(frozen=True)
class Limits:
    """When a shard is given up.

    **Arguments:** `attempts` that may end with a dead worker or a refused disk before a shard is cut in two, and, when
    it is one person, given up; an attempt is ended when it takes longer than `patience` times the median and longer
    than `least_s` seconds. Before three shards have ended, `least_s` takes the place of the median.
    """

    attempts: int = 3
    patience: float = 20.0
    least_s: float = 120.0


@dataclass(frozen=True)
class Outcome:
    """What became of a run.

    **Arguments:** `folder`; `people` asked for; `missing` among them; `failures` names them; `digest` of all columns in
    person order; `warnings` that were given; `computed` says how many people were computed now, not found on the disk.
    """

    folder: Path
    people: int
    missing: int
    failures: tuple[Failure, ...]
    digest: str
    warnings: tuple[str, ...]
    computed: int

    @property
    def record(self) -> dict[str, Any]:
        """All of it as plain JSON."""
        failures = [asdict(failure) for failure in self.failures]
        return {**asdict(self), "folder": str(self.folder), "failures": failures, "warnings": list(self.warnings)}

    @property
    def exit_code(self) -> int:
        """0 when everybody is there, 3 when somebody is missing."""
        return 3 if self.missing else 0


def run(work: Work, out: Path, backend: Backend, tell: Tell = lambda _: None, limits: Limits | None = None) -> Outcome:
    """Compute and store everybody; what a former run of the same work left in the folder is kept where it is sound.

    **Raises:** `RequestError` when the folder holds something else, another version began the run or another process
    is at work in it; `RunError` when it cannot go on.
    """
    with _disk_in_words(), _made(out), locked(out), _nothing_left_when_refused(out):
        _check_free(out)
        manifest = _opened(work, out, backend)
        swept(out, manifest)
        manifest = adopted(out, manifest, tell)
        manifest.save(out)
        errand = Errand(work.task, out.resolve(), manifest.run, manifest.identity)
        tour = _Tour(out, manifest, limits or Limits(), tell, Pace(work.people, work.people - manifest.missing))
        if manifest.waiting:
            tell("waiting for workers")
            with backend.crew(errand) as crew:
                tour.go(crew)
        return _finished(work, out, tour)


class _Tour:
    """One pass over all shards that wait; holds the manifest while it changes."""

    def __init__(self, out: Path, manifest: Manifest, limits: Limits, tell: Tell, pace: Pace):
        self.out, self.manifest, self.limits, self.tell, self.pace = out, manifest, limits, tell, pace
        self.waiting = list(reversed(manifest.waiting))
        self.began: dict[Shard, float] = {}
        self.attempts = {row.shard: row.attempts for row in manifest.rows}
        self.saved = time.monotonic()
        self.changed: dict[Shard, tuple[Row, ...]] = {}

    def go(self, crew: Crew) -> None:
        """Until nothing waits and nothing runs; whatever happens, the manifest is written."""
        try:
            while self.waiting or self.began:
                self._give(crew)
                for ended in crew.wait(_TICK_S):
                    self._settle(ended)
                for shard in self._late():
                    self.tell(f"people {shard.first} to {shard.stop - 1} take too long: tried again")
                    crew.drop(shard)
                self._save(every=_SAVE_S)
        finally:
            self._save(every=0.0)

    def _give(self, crew: Crew) -> None:
        while self.waiting and crew.room > 0:
            shard = self.waiting.pop()
            self.began[shard] = time.monotonic()
            crew.begin(shard)

    def _settle(self, ended: Ended) -> None:
        shard, found = ended.shard, ended.found
        self.began.pop(shard, None)
        if isinstance(found, Receipt):
            self.pace.done(found)
            self.tell(self.pace.line)
            self.changed[shard] = (Row(shard, "stored", self.attempts[shard], found),)
            return
        _refuse_hopeless(found)
        self._again(shard, described(found))

    def _again(self, shard: Shard, error: str) -> None:
        """Try once more; after too many attempts with one half at a time, so that the rest is saved."""
        attempts = self.attempts[shard] = self.attempts[shard] + 1
        if attempts < self.limits.attempts:
            self.changed[shard] = (Row(shard, "waiting", attempts, error=error),)
            self.waiting.append(shard)
        elif len(shard) > 1:
            halves = shard.halves
            self._save(every=0.0)
            self.attempts |= {half: attempts - 1 if len(half) > 1 else 0 for half in halves}
            rows = tuple(Row(half, attempts=self.attempts[half], error=error) for half in halves)
            self.manifest = self.manifest.with_rows({shard: rows})
            self.waiting += reversed(halves)
        else:
            self.pace.failed += len(shard)
            self.changed[shard] = (Row(shard, "failed", attempts, error=error),)

    def _late(self) -> list[Shard]:
        """Shards whose attempt takes too long, which counts from now on as begun anew."""
        now, longest = time.monotonic(), self._longest
        late = [shard for shard, since in self.began.items() if now - since > longest]
        self.began |= dict.fromkeys(late, now)
        return late

    @property
    def _longest(self) -> float:
        """How long an attempt may take (s); while hardly any shard has ended, the least limit stands for their pace."""
        known = self.pace.seconds
        usual = statistics.median(known) if len(known) >= _FEW else self.limits.least_s
        return max(self.limits.least_s, self.limits.patience * usual)

    def _save(self, every: float) -> None:
        now = time.monotonic()
        if self.changed and now - self.saved >= every:
            self.manifest = self.manifest.with_rows(self.changed)
            self.changed, self.saved = {}, now
            self.manifest.save(self.out)


def _finished(work: Work, out: Path, tour: _Tour) -> Outcome:
    """Sum up what is stored: the digest of everything, and summaries over people."""
    manifest, tell = tour.manifest, tour.tell
    if not manifest.result:
        swept(out, manifest)
        tell("digest of all columns")
        digest = total(out, manifest)
        tell("summaries over people")
        sums = summarised(out, manifest, work.groups)
        ended = datetime.now(UTC).isoformat(timespec="seconds")
        result = {"digest": digest, "missing": manifest.missing, "summaries": sums, "ended": ended}
        manifest = replace(manifest, result=result)
        manifest.save(out)
    return Outcome(
        out,
        manifest.people,
        manifest.missing,
        manifest.failures,
        str(manifest.result["digest"]),
        manifest.warnings,
        tour.pace.now,
    )


def _opened(work: Work, out: Path, backend: Backend) -> Manifest:
    """The manifest of the folder when it is of the same work, or a new one."""
    if not (out / MANIFEST).exists():
        begun = datetime.now(UTC).isoformat(timespec="seconds")
        about = {**work.about, "backend": backend.record, "begun": begun}
        rows = tuple(Row(shard) for shard in work.shards)
        return Manifest(work.request, work.digest, work.people, work.shard_size, identity(), rows, about)
    found = read_manifest(out)
    if found.run != work.digest:
        raise RequestError(
            "this folder holds another run",
            where=str(out),
            given=_difference(found.request, work.request),
            then="name another folder, or `resynapse resume` what is there",
        )
    _check_same_versions(found)
    return found


@contextmanager
def _disk_in_words() -> Iterator[None]:
    """A disk that takes nothing more ends the run in a way that says so."""
    try:
        yield
    except OSError as failure:
        _refuse_hopeless(failure)
        raise


@contextmanager
def _made(out: Path) -> Iterator[None]:
    """The folder, made if need be, and gone again when it is refused and empty."""
    made = _make(out)
    try:
        yield
    except RequestError:
        with suppress(OSError):  # somebody else has put something there meanwhile
            for folder in made:
                folder.rmdir()
        raise


def _make(out: Path) -> list[Path]:
    """Make a folder, and tell which folders were not there before, the innermost first."""
    try:
        made = [path for path in (out, *out.parents) if not path.exists()]
        out.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as failure:
        raise RequestError("the output is not a folder", given=out, then="give a name that is not a file") from failure
    except OSError as failure:
        why = f"{out}: {failure.strerror}"
        raise RequestError("the output folder cannot be made", given=why, then="name another folder") from failure
    return made


@contextmanager
def _nothing_left_when_refused(out: Path) -> Iterator[None]:
    """No trace of a new run that is refused before its first shard. Only who holds the lock may clear away."""
    new = not (out / MANIFEST).exists()
    try:
        yield
    except RequestError:
        if new and not list(out.glob("*/part-*")):
            for name in (MANIFEST, LOCK):
                (out / name).unlink(missing_ok=True)
        raise


def _check_free(out: Path) -> None:
    """Refuse a folder that holds anything but a run."""
    found = {path.name for path in out.iterdir()} - {LOCK, scratch(out / MANIFEST).name}
    if found and MANIFEST not in found:
        raise RequestError(
            "this folder holds something else", where=str(out), given=sorted(found)[0], then="name an empty folder"
        )


def _check_same_versions(found: Manifest) -> None:
    here = identity()
    other = [f"{k} {v}" for k, v in found.identity.items() if here.get(k) != v]
    if other:
        raise RequestError(
            "this run was begun with other versions, which would make other numbers",
            given=", ".join(f"{k} {here.get(k)}" for k in found.identity if here.get(k) != found.identity[k]),
            allowed=", ".join(other),
            then="resume it with those versions, or begin again in another folder",
        )


def _difference(there: Mapping[str, Any], here: Mapping[str, Any]) -> str:
    """The first word in which two requests differ."""
    one, other = _flat(there), _flat(here)
    key = next(k for k in sorted(one | other) if one.get(k) != other.get(k))
    return f"{key} = {other.get(key)} instead of {one.get(key)}"


def _flat(record: Any, prefix: str = "") -> dict[str, Any]:
    if not isinstance(record, Mapping):
        return {prefix: record}
    return {
        k: v for name, inner in record.items() for k, v in _flat(inner, f"{prefix}.{name}" if prefix else name).items()
    }


def _refuse_hopeless(found: BaseException) -> None:
    """Go no further when another attempt would end alike: a disk that takes nothing, a worker of another kind."""
    if isinstance(found, RunError):
        raise found
    if isinstance(found, OSError) and found.errno in REFUSED:
        raise RunError(
            "the results cannot be written", given=str(found), then="make room on the disk, and resume"
        ) from found
