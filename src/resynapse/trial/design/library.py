"""The designs on file: published trials, build and verify, positive and null."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ...core.errors import RequestError, nearest
from ...core.lines import document_file
from .design import Design
from .reading import read_design

LIBRARY = Path(__file__).parent.parent / "library"
SUFFIXES = (".yaml", ".yml")


@cache
def designs() -> Mapping[str, Design]:
    """Every design on file, by name. Their shape is read here; that they pass every check is what the tests prove."""
    found = (Design.model_validate(document_file(path).data) for path in sorted(LIBRARY.glob("*.yaml")))
    return {design.name: design for design in found}


def design(word: str) -> Design:
    """The design on file called `word`, or the one in the file at that path, checked.

    **Raises:** `RequestError` with the nearest name; `DocumentError` for a file that is no design.
    """
    if word in designs():
        return designs()[word]
    if word.endswith(SUFFIXES) or Path(word).exists():
        return read_design(word)
    then = "name one of these, or the path of a file that ends in .yaml"
    near = nearest(word, designs())
    raise RequestError("no such design on file", given=repr(word), allowed=tuple(designs()), nearest=near, then=then)
