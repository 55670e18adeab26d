"""Documents in YAML, checked against a schema, refused with the line of the file."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from .errors import ResynapseError, nearest
from .lines import Document, DocumentError, Place, document
from .source import source

D = TypeVar("D", bound=BaseModel)


class Part(BaseModel):
    """One table of a document: nothing in it may be misspelt, and nothing of it moves once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_document(text: str, schema: type[D], where: str) -> D:
    """The document that `text` holds.

    **Arguments:** `where` names the file in a refusal.

    **Raises:** `DocumentError` with the line when the text is no YAML, or a word or value does not fit the schema.
    """
    return fitted(document(text, where), schema)


def fitted(found: Document, schema: type[D]) -> D:
    """What a document says, as its schema has it.

    **Raises:** `DocumentError` with the line of a word or value that does not fit.
    """
    try:
        return schema.model_validate(found.data)
    except ValidationError as failure:
        raise _misfit(found, failure, schema) from failure


def cited(key: str) -> str:
    """A source key of a document, which has to be in the bibliography.

    **Raises:** `Refusal` with the nearest key when it is not.
    """
    try:
        source(key)
    except ResynapseError as failure:
        raise Refusal.of(failure) from failure
    return key


def _misfit(found: Document, failure: ValidationError, schema: type[BaseModel]) -> DocumentError:
    """The first thing that does not fit, in the project's words."""
    errors = failure.errors()
    first = next((one for one in errors if one["type"] == "extra_forbidden"), errors[0])
    place: Place = first["loc"]
    named = ".".join(map(str, place)) or "the whole document"
    what, parts = _said(first, place, schema)
    return DocumentError(what, where=found.path, line=found.line(place), entry=named, **parts)


def _said(first: ErrorDetails, place: Place, schema: type[BaseModel]) -> tuple[str, dict[str, Any]]:
    """What is wrong in one sentence, with what was given, allowed, near and next."""
    if first["type"] == "extra_forbidden":
        known = _words(schema, place)
        near = nearest(place[-1], known)
        return "there is no such word here", {"given": place[-1], "allowed": known, "nearest": near}
    if first["type"] == "missing":
        return "something is missing", {"given": "nothing", "then": f"add `{place[-1]}`"}
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, Refusal):
        return cause.what, {"given": cause.given, "allowed": cause.allowed, "nearest": cause.nearest}
    return "this value does not fit", {"given": repr(first["input"]), "allowed": first["msg"].lower()}


class Refusal(ValueError):
    """What a validator of a document says against a value: the parts of a `RequestError` without the place."""

    def __init__(self, what: str, given: object = None, allowed: Any = None):
        super().__init__(what)
        self.what, self.given, self.allowed = what, given, allowed
        known = () if allowed is None or isinstance(allowed, str) else allowed
        self.nearest = nearest(given, known)

    @classmethod
    def of(cls, failure: ResynapseError) -> Refusal:
        """What another part of the project says, said of a value in a document."""
        made = cls(failure.what, failure.given, failure.allowed)
        made.nearest = failure.nearest
        return made


def _words(schema: type[BaseModel], place: Place) -> tuple[str, ...]:
    """The words that a table at this place may hold."""
    here: Any = schema
    for step in place[:-1]:
        if isinstance(step, str) and step in getattr(here, "model_fields", {}):
            here = _part(here.model_fields[step].annotation)
    fields = getattr(here, "model_fields", {})
    return tuple(field.alias or name for name, field in fields.items())


def _part(annotation: Any) -> Any:
    """The schema inside an annotation such as `tuple[Group, ...]` or `Group | None`."""
    inner = [_part(a) for a in getattr(annotation, "__args__", ())]
    return next((a for a in (annotation, *inner) if isinstance(a, type) and issubclass(a, BaseModel)), annotation)
