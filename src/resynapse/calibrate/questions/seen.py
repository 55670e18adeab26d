"""What was observed, as a question needs it: a word or a size."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.errors import RequestError, nearest

HALF = 0.5
"""What is left of an effect below which it is called blocked or lost, and from which it is kept or has rescued."""

SHARE = 0.25
"""Least standard deviation of an observed size, as a share of it."""

SIGNS = ("up", "down", "none")
RELATIVE = ("blocked", "lost", "attenuated", "kept", "rescued")
SIZES = ("size", "at_least")
KINDS = (*SIGNS, *RELATIVE, *SIZES)


@dataclass(frozen=True)
class Seen:
    """What was observed, as a mark needs it: its kind, the tolerance of its port, and a size with its SD."""

    kind: str
    tolerance: float = 0.0
    value: float = 0.0
    sd: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            near = nearest(self.kind, KINDS)
            raise RequestError("no such kind of observation", given=self.kind, allowed=KINDS, nearest=near)
