"""Back ends as values: who computes the shards. A crew is what one of them is while a run lasts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from .errand import Errand, Receipt
from .work import Shard


@dataclass(frozen=True)
class Ended:
    """How an attempt at a shard ended: with a receipt, or with what went wrong."""

    shard: Shard
    found: Receipt | BaseException


class Crew(Protocol):
    """Workers that have been told their errand."""

    @property
    def room(self) -> int:
        """How many more shards they would begin at once."""
        ...

    def begin(self, shard: Shard) -> None:
        """Give them a shard."""
        ...

    def wait(self, seconds: float) -> list[Ended]:
        """What ended since the last call; waits for something to end, but not for long."""
        ...

    def drop(self, shard: Shard) -> None:
        """Give up an attempt that takes too long; it then ends with a `TimeoutError`."""
        ...


class Backend(Protocol):
    """Who computes the shards."""

    @property
    def record(self) -> dict[str, Any]:
        """What it is, as plain JSON."""
        ...

    def crew(self, errand: Errand) -> AbstractContextManager[Crew]:
        """Workers for one run, who are sent home at its end.

        **Raises:** `RequestError` when they cannot be had.
        """
        ...


@dataclass(frozen=True)
class Serial:
    """This process, one shard after the other. A shard that hangs hangs the run."""

    @property
    def record(self) -> dict[str, Any]:
        return {"name": "serial"}

    @contextmanager
    def crew(self, errand: Errand) -> Iterator[Crew]:
        yield _Alone(errand)


class _Alone:
    def __init__(self, errand: Callable[[Shard], Receipt]):
        self._errand = errand
        self._next: list[Shard] = []

    @property
    def room(self) -> int:
        return 1 - len(self._next)

    def begin(self, shard: Shard) -> None:
        self._next.append(shard)

    def wait(self, seconds: float) -> list[Ended]:
        done = [Ended(shard, attempted(self._errand, shard)) for shard in self._next]
        self._next.clear()
        return done

    def drop(self, shard: Shard) -> None:
        """Nothing can be dropped here: it has ended before anybody could ask."""


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def attempted(errand: Callable[[Shard], Receipt], shard: Shard) -> Receipt | Exception:
    """The receipt, or the failure as a value."""
    try:
        return errand(shard)
    except Exception as failure:
        return failure
