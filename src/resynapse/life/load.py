"""The load of life on the time axis, in words."""

from __future__ import annotations

import re

from ..core.errors import EventError
from ..core.event import Level

_PIECE = re.compile(r"^\s*([0-9]*\.?[0-9]+)\s*(?:for\s+([0-9]*\.?[0-9]+)\s*(days?|weeks?))?\s*$")
_HOURS = {"day": 24.0, "week": 168.0}


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
