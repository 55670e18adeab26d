"""One thing that is wrong in a trial design, at its place in the document."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """One thing that is wrong in a design, at a place in its document.

    **Arguments:** `place` is keys and positions from the top of the document; the rest are the parts of every refusal.
    """

    place: tuple[str | int, ...]
    what: str
    given: object = None
    allowed: object = None
    nearest: str | None = None
    then: str | None = None
