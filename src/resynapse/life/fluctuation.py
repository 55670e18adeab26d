"""The load of life by chance: weeks that hang together and rare events, for one person or for many at once."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from ..compound.fact import Fact, read_facts
from ..core.chance import normals, numbered, uniforms
from ..core.event import Happening, Impulse, Level

Floats = NDArray[np.float64]
WEEK = 168.0
_YEAR = 8766.0
_MOST_EVENTS = 20


@dataclass(frozen=True)
class Loads:
    """What life brings to many people: slots in time that all share, and what each person gets in each of them.

    **Arguments:** `slots` are happenings of unit amount on `load` (weekly levels) and `life_event` (impulses at the
    beginning of a week); `amounts` has shape people x slots.
    """

    slots: tuple[Happening, ...]
    amounts: Floats

    def around(self, mean: Floats) -> Loads:
        """The same lives around each person's own mean load."""
        weekly = np.array([isinstance(slot, Level) for slot in self.slots], dtype=bool)
        return Loads(self.slots, self.amounts + np.asarray(mean)[:, None] * weekly)


def fluctuations(seed: int, people: Iterable[int], hours: float) -> Loads:
    r"""Weekly fluctuation around each person's mean load, and life events, drawn by seed and person.

    $x_0 = \sigma z_0,\; x_{w+1} = e^{-1/\tau} x_w + \sigma \sqrt{1 - e^{-2/\tau}}\, z_{w+1}$ by weeks, and a Poisson
    number of events in each week, felt from its beginning. A longer life begins like a shorter one.

    **Assumes:** all four numbers are this project's own (`fluctuation.toml`). A week's load may fall below nothing:
    support.

    **Raises:** `RequestError` when a person's number is negative.
    """
    who = numbered(people)
    weeks = math.ceil(hours / WEEK)
    levels = [Level("load", WEEK * i, 1.0, WEEK * (i + 1)) for i in range(weeks)]
    impulses = [Impulse("life_event", WEEK * i, 1.0) for i in range(weeks)]
    amounts = [*_levels(seed, who, weeks), *_events(seed, who, weeks)]
    return Loads((*levels, *impulses), np.stack(amounts, axis=1) if weeks else np.zeros((len(who), 0)))


def fluctuation(seed: int, person: int, hours: float) -> tuple[Happening, ...]:
    """The fluctuation and the life events of one person, as happenings: this person's row of `fluctuations`."""
    loads = fluctuations(seed, [person], hours)
    return tuple(replace(slot, amount=float(a)) for slot, a in zip(loads.slots, loads.amounts[0], strict=True))


@cache
def chances() -> Mapping[str, Fact]:
    """The four numbers of the fluctuation, with their provenance."""
    raw = tomllib.loads((files(__package__) / "fluctuation.toml").read_text(encoding="utf-8"))
    return read_facts(raw, "fluctuation.toml")


def _levels(seed: int, who: NDArray[np.int64], weeks: int) -> list[Floats]:
    sd, keep = chances()["sd"].value, math.exp(-1.0 / chances()["correlation_time"].value)
    found: list[Floats] = []
    for week in range(weeks):
        shock = sd * normals((seed, "load", week), who)
        found.append(keep * found[-1] + math.sqrt(1.0 - keep**2) * shock if found else shock)
    return found


def _events(seed: int, who: NDArray[np.int64], weeks: int) -> list[Floats]:
    size, rate = chances()["event_size"].value, chances()["events_per_year"].value * WEEK / _YEAR
    below = np.cumsum([math.exp(-rate) * rate**k / math.factorial(k) for k in range(_MOST_EVENTS)])
    counts = [np.searchsorted(below, uniforms((seed, "life event", week), who)) for week in range(weeks)]
    return [size * count.astype(np.float64) for count in counts]
