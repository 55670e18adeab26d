"""What all requests share: they are frozen, know their own words only, and refuse others as the project's errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from ..core.errors import RequestError, nearest
from ..dose import Person


class Request(BaseModel):
    """A question to the library, checked before anything is computed.

    **Raises:** `RequestError` naming the first word that is unknown, missing or of the wrong kind.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    def __init__(self, **data: Any):
        try:
            super().__init__(**data)
        except ValidationError as failure:
            raise self._refusal(failure.errors()[0]) from failure

    @classmethod
    def _refusal(cls, first: Any) -> RequestError:
        """The first complaint about a request in the project's words."""
        where = ".".join(str(part) for part in first["loc"]) or "request"
        if first["type"] == "missing":
            return RequestError("this has to be said", where=where)
        if first["type"] == "extra_forbidden":
            known = list(cls.model_fields)
            return RequestError("no such word", given=where, allowed=known, nearest=nearest(where, known))
        return RequestError(first["msg"], where=where, given=repr(first.get("input")))


def acted_on(people: Sequence[Person], modifiers: Sequence[str]) -> tuple[Person, ...]:
    """The same people, all the time with `modifiers` beside what acts on each of them anyway; a name acts once."""
    return tuple(_acted_on(person, tuple(modifiers)) for person in people)


def _acted_on(person: Person, more: tuple[str, ...]) -> Person:
    moved = tuple(replace(c, modifiers=_united(c.modifiers, more)) for c in person.changes)
    return replace(person, modifiers=_united(person.modifiers, more), changes=moved)


def _united(own: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*own, *more)))
