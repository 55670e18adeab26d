"""Processes on this machine: one that dies is replaced, and only the shard that it had is tried again."""

from __future__ import annotations

import multiprocessing as mp
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from threading import Thread
from typing import Any

from ..core.errors import RequestError, RunError
from .backend import Crew, Ended, attempted, cores
from .errand import Errand, worker_environment
from .work import Shard

_MOST_STILLBORN = 3
_READY = "ready"


@dataclass(frozen=True)
class Local:
    """Spawned processes, one thread each; by default as many as this process may use cores.

    **Raises:** `RequestError` for less than one.
    """

    workers: int | None = None

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise RequestError("somebody must work", where="workers", given=self.workers, allowed="1 or more")

    @property
    def record(self) -> dict[str, Any]:
        return {"name": "local", "workers": self.workers}

    @contextmanager
    def crew(self, errand: Errand) -> Iterator[Crew]:
        team = _Team(errand, self.workers or cores())
        try:
            yield team
        finally:
            team.send_home()


class _Worker:
    """One process, the pipe to it, and the shard that it has."""

    def __init__(self, errand: Errand):
        context = mp.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, errand), daemon=True)
        with _environment(worker_environment()), _uninterrupted():
            self.process.start()
        theirs.close()
        self.ready = False
        self.late = False
        self.shard: Shard | None = None

    @property
    def free(self) -> bool:
        return self.ready and self.shard is None

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


class _Team:
    def __init__(self, errand: Errand, size: int):
        self._errand = errand
        self._stillborn = 0
        self._workers = [_Worker(errand) for _ in range(size)]

    @property
    def room(self) -> int:
        return sum(w.free for w in self._workers)

    def begin(self, shard: Shard) -> None:
        worker = next(w for w in self._workers if w.free)
        worker.shard = shard
        with suppress(OSError):  # it has just died: `wait` will say so
            worker.pipe.send(shard)

    def wait(self, seconds: float) -> list[Ended]:
        wait([*(w.pipe for w in self._workers), *(w.process.sentinel for w in self._workers)], seconds)
        return [end for i, worker in enumerate(self._workers) for end in self._heard(i, worker)]

    def drop(self, shard: Shard) -> None:
        for worker in (w for w in self._workers if w.shard == shard):
            worker.late = True
            worker.process.kill()

    def send_home(self) -> None:
        for worker in self._workers:
            worker.kill()

    def _heard(self, i: int, worker: _Worker) -> list[Ended]:
        """What a worker says, or, when it is dead, what it leaves behind; a dead one is replaced."""
        try:
            said = worker.pipe.recv() if worker.pipe.poll() else None
        except (EOFError, OSError):
            return self._buried(i, worker)
        if said is None:
            return [] if worker.process.is_alive() or worker.pipe.poll() else self._buried(i, worker)
        if said == _READY:
            worker.ready, self._stillborn = True, 0
            return []
        shard, worker.shard = worker.shard, None
        return [Ended(shard, said)] if shard else []

    def _buried(self, i: int, worker: _Worker) -> list[Ended]:
        worker.kill()
        self._stillborn += not worker.ready
        if self._stillborn >= _MOST_STILLBORN:
            raise RunError(
                "workers die before they begin",
                given=_how(worker.process.exitcode),
                then='look above for their own words; a script that starts a run needs `if __name__ == "__main__":`',
            )
        self._workers[i] = _Worker(self._errand)
        died = TimeoutError("took too long, and its worker was ended") if worker.late else None
        lost = died or ChildProcessError(f"its worker died: {_how(worker.process.exitcode)}")
        return [Ended(worker.shard, lost)] if worker.shard else []


def _serve(pipe: Connection, errand: Errand) -> None:
    """The life of a worker: shard after shard, until the driver has no more of them or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_the_driver, daemon=True).start()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        pipe.send(_READY)
        while True:
            pipe.send(attempted(errand, pipe.recv()))


def _end_with_the_driver() -> None:
    """End this process, whatever it does, when the driver is gone: nobody would hear of what it stores."""
    driver = mp.parent_process()
    if driver is not None:
        driver.join()
        os._exit(1)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """A process that is started meanwhile does not hear Ctrl-C, which is for the driver, while it still wakes up."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _environment(more: Mapping[str, str]) -> Iterator[None]:
    """A process that is started meanwhile inherits these words."""
    before = {name: os.environ.get(name) for name in more}
    os.environ.update(more)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _how(code: int | None) -> str:
    if code is not None and code < 0:
        return f"signal {signal.Signals(-code).name}" + (" (out of memory?)" if code == -signal.SIGKILL else "")
    return f"exit code {code}"
