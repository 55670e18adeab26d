"""How fast a run goes, and how long it will still take."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

from .errand import Receipt


@dataclass
class Pace:
    """People of a run: how many in all, how many were there `before`, how many have been computed `now`."""

    people: int
    before: int
    now: int = 0
    failed: int = 0
    seconds: deque[float] = field(default_factory=lambda: deque(maxlen=1001))
    began: float = field(default_factory=time.monotonic)

    def done(self, receipt: Receipt) -> None:
        """A shard has ended well."""
        self.now += receipt.people
        self.failed += len(receipt.shard) - receipt.people
        self.seconds.append(receipt.seconds)

    @property
    def line(self) -> str:
        """Where the run is, for people to read."""
        rate = max(self.now, 1) / max(time.monotonic() - self.began, 1e-9)
        left = (self.people - self.before - self.now - self.failed) / rate
        bad = f", {self.failed:,} failed" if self.failed else ""
        return f"{self.before + self.now:,} of {self.people:,} people{bad}, {rate:,.0f}/s, {in_words(left)} left"


def in_words(seconds: float) -> str:
    """A time span as a person would say it."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
