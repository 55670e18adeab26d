"""Reads a design from its file, and says everything that is wrong with it, line by line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ...core.errors import RequestError, nearest
from ...core.lines import Document, DocumentError, Place, document, document_file
from .checks import refusals
from .design import VERSION, Design
from .refusal import Refusal

_ON_FILE = "`resynapse trial list` names the designs on file"


def read_design(path: str | Path) -> Design:
    """The design in a file, checked.

    **Raises:** `DocumentError` with the file and the line of the first thing that is wrong; the rest are its `others`.
    """
    return _design(document_file(Path(path), _ON_FILE))


def design_in(text: str, path: str = "design") -> Design:
    """The design in a text, checked; `path` is what refusals call it.

    **Raises:** as `read_design`.
    """
    return _design(document(text, path))


@contextmanager
def whole_refusal() -> Iterator[None]:
    """Turns the refusal of a design into one that tells all that is wrong, not only what comes first."""
    try:
        yield
    except DocumentError as first:
        if not first.others:
            raise
        later = "\n".join(str(other) for other in first.others)
        raise RequestError(f"{first}\n{later}") from first


def document_of(design: Design) -> str:
    """The document that says the same: YAML, without what is said by default."""
    plain = design.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump({"version": VERSION, **plain}, sort_keys=False, allow_unicode=True, width=120)


def _design(found: Document) -> Design:
    try:
        design = Design.model_validate(found.data)
    except ValidationError as wrong:
        raise _all(found, [_shape(one) for one in _own(wrong.errors())]) from None
    wrong_in = tuple(refusals(design, found))
    if wrong_in:
        raise _all(found, wrong_in)
    return design


def _all(found: Document, wrong: Iterable[Refusal]) -> DocumentError:
    """The refusal on the first line, with those on later lines."""
    listed = sorted(wrong, key=lambda one: found.line(one.place))
    first, rest = _error(found, listed[0]), listed[1:]
    first.others = tuple(_error(found, one) for one in rest)
    return first


def _error(found: Document, one: Refusal) -> DocumentError:
    parts: dict[str, Any] = {"given": one.given, "allowed": one.allowed, "nearest": one.nearest, "then": one.then}
    entry = ".".join(_word(found, one.place))
    return DocumentError(one.what, where=found.path, line=found.line(one.place), entry=entry, **parts)


def _word(found: Document, place: Place) -> list[str]:
    """The address of a place in words: members of lists by their names."""
    words: list[str] = []
    for depth, step in enumerate(place):
        member = found.at(place[: depth + 1])
        named = isinstance(step, int) and isinstance(member, dict) and "name" in member
        words.append(str(member["name"]) if named else str(step + 1 if isinstance(step, int) else step))
    return words


def _own(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """The errors, without those of lists that are only called too short because a member of theirs is wrong."""
    others = {place[:depth] for one in errors for place in [tuple(one["loc"])] for depth in range(len(place))}
    return [one for one in errors if one["type"] != "too_short" or tuple(one["loc"]) not in others]


def _shape(error: ErrorDetails) -> Refusal:
    """What pydantic says of the shape of a document, in the words of a refusal."""
    place, kind = tuple(error["loc"]), error["type"]
    if kind == "extra_forbidden":
        allowed = _entries(place[:-1])
        word = nearest(place[-1], allowed)
        return Refusal(place, "there is no such entry here", place[-1], allowed, word, None)
    if kind == "missing":
        return Refusal(place, "an entry is missing", f"no `{place[-1]}`", then=f"write `{place[-1]}:`")
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'|\b(\d+)\b", str((error.get("ctx") or {}).get("expected", "")))
        words = [one[0] or one[1] for one in allowed]
        return Refusal(place, "there is no such word here", error["input"], words, nearest(error["input"], words))
    if kind == "too_short":
        return Refusal(
            place, "this list needs more members", len(error["input"]), f"{error['ctx']['min_length']} or more"
        )
    message = error["msg"]
    what = f"this has another shape than it needs: {message[0].lower() + message[1:]}"
    return Refusal(place, what, _short(error["input"]))


def _short(given: Any) -> str:
    text = str(given)
    return text if len(text) < 80 else f"{text[:77]}..."


def _entries(place: Place) -> list[str]:
    """The entries that the block at `place` may have."""
    block: Any = Design
    for step in place:
        if isinstance(step, str):
            found = block.model_fields.get(step) if _is_block(block) else None
            block = _inner(found.annotation) if found else None
    return list(block.model_fields) if _is_block(block) else []


def _inner(annotation: Any) -> Any:
    if _is_block(annotation):
        return annotation
    return next((inner for part in get_args(annotation) if (inner := _inner(part)) is not None), None)


def _is_block(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
