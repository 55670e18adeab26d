"""Why a trial design is refused: the sentence of every refusal of the project, with the line of the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...core.errors import RequestError


class DesignError(RequestError):
    """A design cannot be what it says.

    **Arguments:** `line` is the line of the file, 0 when the file itself cannot be read; `others` are further refusals
    of the same file, in the order of its lines.
    """

    others: tuple[DesignError, ...] = ()

    def __init__(self, what: str, *, where: str, line: int, entry: str = "", **parts: Any):
        self.line, self.entry = line, entry
        said = [where, *([f"line {line}"] if line else []), *([entry] if entry else [])]
        super().__init__(what, where=", ".join(said), **parts)


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
