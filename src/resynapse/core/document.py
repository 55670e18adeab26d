"""Documents in YAML, checked against a schema, refused with the line of the file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from .errors import RequestError, ResynapseError, nearest
from .source import source

Place = tuple[str | int, ...]
D = TypeVar("D", bound=BaseModel)


class Part(BaseModel):
    """One table of a document: nothing in it may be misspelt, and nothing of it moves once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_document(text: str, schema: type[D], where: str) -> D:
    """The document that `text` holds.

    **Arguments:** `where` names the file in a refusal.

    **Raises:** `RequestError` with the line when the text is no YAML, or a word or value does not fit the schema.
    """
    try:
        return schema.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as failure:
        mark = getattr(failure, "problem_mark", None)
        place = f"{where}, line {mark.line + 1}" if mark else where
        then = "indent with spaces, and put words with a colon in quotation marks"
        raise RequestError("this file is not YAML", where=place, given=_problem(failure), then=then) from failure
    except ValidationError as failure:
        raise _misfit(text, failure, schema, where) from failure


def cited(key: str) -> str:
    """A source key of a document, which has to be in the bibliography.

    **Raises:** `Refusal` with the nearest key when it is not.
    """
    try:
        source(key)
    except ResynapseError as failure:
        raise Refusal.of(failure) from failure
    return key


def line_of(text: str, place: Sequence[str | int]) -> int:
    """The line (from 1) on which a place of a YAML document stands, or the deepest part of it that exists."""
    node, line = yaml.compose(text), 1
    for step in place:
        found = _inside(node, step)
        if found is None:
            break
        line, node = found
    return line


def _inside(node: Any, step: str | int) -> tuple[int, Any] | None:
    if isinstance(node, yaml.MappingNode):
        pairs = [(key, value) for key, value in node.value if key.value == str(step)]
        return (pairs[0][0].start_mark.line + 1, pairs[0][1]) if pairs else None
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark.line + 1, node.value[step]
    return None


def _misfit(text: str, failure: ValidationError, schema: type[BaseModel], where: str) -> RequestError:
    """The first thing that does not fit, in the project's words."""
    found = failure.errors()
    first = next((one for one in found if one["type"] == "extra_forbidden"), found[0])
    place: Place = first["loc"]
    named = ".".join(map(str, place)) or "the whole document"
    at = f"{where}, line {line_of(text, place)}: {named}"
    if first["type"] == "extra_forbidden":
        known = _words(schema, place)
        near = nearest(place[-1], known)
        return RequestError("there is no such word here", where=at, given=place[-1], allowed=known, nearest=near)
    if first["type"] == "missing":
        return RequestError("something is missing", where=at, given="nothing", then=f"add `{place[-1]}`")
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, Refusal):
        return RequestError(cause.what, where=at, given=cause.given, allowed=cause.allowed, nearest=cause.nearest)
    return RequestError("this value does not fit", where=at, given=repr(first["input"]), allowed=first["msg"].lower())


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
    return tuple(getattr(here, "model_fields", {}))


def _part(annotation: Any) -> Any:
    """The schema inside an annotation such as `tuple[Group, ...]` or `Group | None`."""
    inner = [_part(a) for a in getattr(annotation, "__args__", ())]
    return next((a for a in (annotation, *inner) if isinstance(a, type) and issubclass(a, BaseModel)), annotation)


def _problem(failure: yaml.YAMLError) -> str:
    return str(getattr(failure, "problem", None) or failure)
