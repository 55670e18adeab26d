"""What was printed of a trial, looked up in the evidence."""

from __future__ import annotations

from dataclasses import dataclass

from ...evidence import Observation, library
from .design import Design
from .outcome import Published


@dataclass(frozen=True)
class Printed:
    """A published number, with the endpoint of the design that it belongs to.

    **Arguments:** `of` are arms of the design, treatment before control; `observation` is the row of the evidence, with
    its role, `build` or `verify`.
    """

    endpoint: str
    of: tuple[str, ...]
    observation: Observation


def printed(design: Design, *roles: str) -> tuple[Printed, ...]:
    """The published numbers of a design, of these roles only when some are named."""
    joined = (Printed(entry.endpoint, entry.of, one) for entry in design.published for one in found(entry))
    return tuple(one for one in joined if not roles or one.observation.role in roles)


def role_of(design: Design) -> str:
    """`build`, `verify`, both, or nothing for a design without published numbers."""
    return " and ".join(sorted({one.observation.role for one in printed(design)}))


def found(entry: Published) -> tuple[Observation, ...]:
    """The rows of the evidence that an entry names; one, when the entry is complete."""
    wanted = {"arm": entry.arm, "quantity": entry.quantity, "statistic": entry.statistic}
    named = {name: word for name, word in wanted.items() if word is not None}
    rows = (one for one in library() if one.study.where == f"efficacy/{entry.study}" and one.row == entry.row)
    return tuple(one for one in rows if all(_word(one, name) == word for name, word in named.items()))


def rows_of(study: str) -> tuple[str, ...]:
    """The row identifiers of a study of efficacy; nothing when there is no such study."""
    return tuple(dict.fromkeys(one.row for one in library() if one.study.where == f"efficacy/{study}"))


def _word(one: Observation, name: str) -> str:
    return one.arm.name if name == "arm" else str(getattr(one, name))
