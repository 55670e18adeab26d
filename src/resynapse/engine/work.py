"""What is to be computed: a task, for how many people, in pieces of which size."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from ..core.errors import RequestError, RunError
from .columns import Tables

MOST_PEOPLE = 1_000_000_000


class Task(Protocol):
    """Something that can be asked for any range of people, in any process, and always gives them the same numbers.

    It must be picklable. A person's columns may hang on the person's number, never on who else is asked for. With
    whomever it fails it is best to raise a `PeopleError` that names them all: any other failure has them looked for.
    """

    @property
    def request(self) -> Mapping[str, Any]:
        """Everything that the numbers hang on, as plain JSON: two tasks with the same request give the same numbers."""
        ...

    def __call__(self, people: range) -> Tables:
        """The tables of these people: `people` with one row each, others with as many rows a person as they like.

        Every table has a column `person` with their numbers, in ascending order.
        """
        ...


@dataclass(frozen=True)
class Shard:
    """A piece of the people: numbers `first` to `stop` - 1."""

    first: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.first

    @property
    def people(self) -> range:
        """The numbers of its people."""
        return range(self.first, self.stop)

    @property
    def halves(self) -> tuple[Shard, Shard]:
        """The same people in two pieces."""
        middle = (self.first + self.stop) // 2
        return Shard(self.first, middle), Shard(middle, self.stop)

    def without(self, people: Iterable[int]) -> tuple[Shard, ...]:
        """What is left of it without some of its people.

        **Raises:** `RunError` when one of them is not in it.
        """
        gone = sorted(people)
        if not gone or not set(gone) <= set(self.people):
            raise RunError("a task fails with people who were not asked for", given=gone, allowed=self)
        stretches = zip([self.first, *(k + 1 for k in gone)], [*gone, self.stop], strict=True)
        return tuple(Shard(first, stop) for first, stop in stretches if first < stop)


@dataclass(frozen=True)
class Work:
    """A task for people number 0 to `people` - 1.

    **Arguments:** `shard_size` is how many people are computed and stored together; it moves no number. `groups` names
    the tables to be summarised over people, with the columns within whose values that is done. `about` is for readers
    and goes into the manifest as it is.

    **Raises:** `RequestError` for less than one person, or more than anybody could store.
    """

    task: Task
    people: int
    shard_size: int = 1024
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        checked_count("people", self.people)
        checked_count("shard_size", self.shard_size)

    def knowing(self, **more: Any) -> Work:
        """The same, with more to tell readers."""
        return replace(self, about={**self.about, **more})

    @property
    def request(self) -> dict[str, Any]:
        """What is asked for, as plain JSON."""
        return {"task": dict(self.task.request), "people": self.people}

    @property
    def digest(self) -> str:
        """SHA-256 of the request: what tells two runs apart."""
        return digest_of(self.request)

    @property
    def shards(self) -> tuple[Shard, ...]:
        """The people in pieces of `shard_size`; the last may be smaller."""
        return tuple(
            Shard(first, min(first + self.shard_size, self.people)) for first in range(0, self.people, self.shard_size)
        )


def digest_of(record: Mapping[str, Any]) -> str:
    """SHA-256 of a record in its one canonical spelling."""
    text = json.dumps(record, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def checked_count(name: str, count: int) -> int:
    """A number of people, if anybody could compute and store them.

    **Raises:** `RequestError` when it is below 1 or above a thousand million.
    """
    if not 1 <= count <= MOST_PEOPLE:
        raise RequestError("this many cannot be simulated", where=name, given=count, allowed=f"1 to {MOST_PEOPLE}")
    return count
