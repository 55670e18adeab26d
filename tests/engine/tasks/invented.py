"""Invented tasks for the engine, in a light module that spawned workers can import."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from resynapse.core.errors import PeopleError

VISITS = np.array([0.0, 24.0, 168.0])


@dataclass(frozen=True)
class Invented:
    """Numbers that hang on the person's number alone, some of them missing, and three visits a person."""

    seed: int = 1

    @property
    def request(self) -> dict[str, Any]:
        return {"invented": self.seed}

    def __call__(self, people: range) -> dict[str, dict[str, Any]]:
        who = np.arange(people.start, people.stop)
        draws = np.array([np.random.default_rng([self.seed, k]).normal(size=4) for k in who])
        visits = {
            "person": np.repeat(who, 3),
            "time_h": np.tile(VISITS, len(who)),
            "score": (30 + 5 * draws[:, 1:]).ravel(),
        }
        late = np.where(draws[:, 0] > 0, np.abs(draws[:, 1]), np.nan)
        own = {"person": who, "weight": 70 + 9 * draws[:, 0], "late": late, "many": who % 7, "tall": draws[:, 0] > 0.3}
        return {"people": own, "visits": visits}


@dataclass(frozen=True)
class Poisoned(Invented):
    """The same, but it fails with some people."""

    bad: tuple[int, ...] = ()

    def __call__(self, people: range) -> dict[str, dict[str, Any]]:
        for person in set(self.bad) & set(people):
            raise ValueError(f"person {person} cannot be solved")
        return super().__call__(people)


@dataclass(frozen=True)
class Choosy(Poisoned):
    """The same, but it says at once with whom it fails."""

    def __call__(self, people: range) -> dict[str, dict[str, Any]]:
        if mine := sorted(set(self.bad) & set(people)):
            raise PeopleError({k: ValueError(f"person {k} cannot be solved") for k in mine})
        return Invented.__call__(self, people)


@dataclass(frozen=True)
class Troubled(Invented):
    """The same, slowly, and with accidents: each happens as often as its folder has no mark of it yet.

    **Arguments:** `kill` and `hang` are people with whom the process dies or sleeps, `times` how often; `always` is one
    with whom it dies whenever it is asked; `pause` slows every shard down (s).
    """

    marks: Path = Path()
    kill: tuple[int, ...] = ()
    hang: tuple[int, ...] = ()
    times: int = 1
    always: int | None = None
    pause: float = 0.0

    def __call__(self, people: range) -> dict[str, dict[str, Any]]:
        time.sleep(self.pause)
        for person in people:
            if person == self.always or (person in self.kill and self._happens("kill", person)):
                os.kill(os.getpid(), signal.SIGKILL)
            if person in self.hang and self._happens("hang", person):
                time.sleep(600)
        return super().__call__(people)

    def _happens(self, what: str, person: int) -> bool:
        before = len(list(self.marks.glob(f"{what}-{person}-*")))
        if before < self.times:
            (self.marks / f"{what}-{person}-{before}").touch()
        return before < self.times


@dataclass(frozen=True)
class Broken(Invented):
    """A task that loses people, warns, or fails with everybody."""

    how: str = "loses"

    def __call__(self, people: range) -> dict[str, dict[str, Any]]:
        tables = super().__call__(people)
        if self.how == "loses":
            return {name: {k: v[:-1] for k, v in columns.items()} for name, columns in tables.items()}
        if self.how == "warns":
            np.log(np.zeros(1) + (people.start < 0))
            return tables
        if self.how == "disk":
            raise OSError(28, "No space left on device")
        raise ValueError("nobody can be solved")
