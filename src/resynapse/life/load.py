"""The load of life on the time axis: constant, in words, or fluctuating by chance."""

from __future__ import annotations

import re

import numpy as np

from ..core.errors import EventError
from ..core.event import Happening, Impulse, Level

_PIECE = re.compile(r"^\s*([0-9]*\.?[0-9]+)\s*(?:for\s+([0-9]*\.?[0-9]+)\s*(days?|weeks?))?\s*$")
_HOURS = {"day": 24.0, "week": 168.0}
_WEEK = 168.0
FLUCTUATION_SD = 0.15
FLUCTUATION_WEEKS = 4.0
EVENTS_PER_YEAR = 1.0
EVENT_SIZE = 0.4


def load_levels(words: str | float) -> tuple[Level, ...]:
    """The load in words, such as `"1"` or `"0 for 1 week, 1 for 21 days, then 0"`, as levels on the port `load`.

    **Raises:** `EventError` when a piece cannot be read, is negative, or does not say how long before another follows.
    """
    pieces = [p for p in re.split(r",\s*(?:then\s+)?", str(words).strip()) if p]
    levels: list[Level] = []
    start = 0.0
    for i, piece in enumerate(pieces):
        value, length = _read(piece.removeprefix("then "), last=i == len(pieces) - 1)
        levels.append(Level("load", start, value, start + length))
        start += length
    return tuple(levels)


def fluctuation(seed: int, person: int, hours: float) -> tuple[Happening, ...]:
    """Weekly autocorrelated fluctuation and rare life events of one person, drawn by seed and person.

    Weekly levels have SD 0.15 and a correlation time of four weeks; events come once a year on average and add 0.4.
    All four numbers are this project's own assumptions (`resynapse2026mood`).
    """
    rng = np.random.default_rng(np.random.SeedSequence((seed, person)))
    weeks = int(np.ceil(hours / _WEEK))
    keep = float(np.exp(-1.0 / FLUCTUATION_WEEKS))
    noise = rng.normal(0.0, FLUCTUATION_SD, weeks)
    level = [noise[0]] if weeks else []
    for shock in noise[1:]:
        level.append(keep * level[-1] + np.sqrt(1.0 - keep**2) * shock)
    events = np.sort(rng.uniform(0.0, hours, rng.poisson(EVENTS_PER_YEAR * hours / 8766.0)))
    changes: list[Happening] = [Level("load", _WEEK * i, float(v), _WEEK * (i + 1)) for i, v in enumerate(level)]
    return (*changes, *(Impulse("life_event", float(t), EVENT_SIZE) for t in events))


def _read(piece: str, last: bool) -> tuple[float, float]:
    match = _PIECE.match(piece)
    if match is None or (match.group(2) is None and not last):
        raise EventError(
            "this stress cannot be read",
            given=repr(piece),
            allowed='a number, or pieces such as "0 for 1 week, 1 for 21 days, then 0"; only the last may stay open',
        )
    if match.group(2) is None:
        return float(match.group(1)), float("inf")
    return float(match.group(1)), float(match.group(2)) * _HOURS[match.group(3).rstrip("s")]
