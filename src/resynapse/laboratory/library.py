"""The published experiments on file."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from ..core.errors import RequestError, nearest
from .design import Design, design_file, read_design


def design_names() -> tuple[str, ...]:
    """The names of the designs on file."""
    folder = files(__package__) / "designs"
    return tuple(sorted(p.name.removesuffix(".yaml") for p in folder.iterdir() if p.name.endswith(".yaml")))


@cache
def design(name: str) -> Design:
    """The design called `name`.

    **Raises:** `RequestError` with the nearest name when there is none, or naming the line that cannot be read.
    """
    known = design_names()
    if name not in known:
        then = "name a file that ends with .yaml for a design of your own"
        near = nearest(name, known)
        raise RequestError("no such experiment on file", given=name, allowed=known, nearest=near, then=then)
    text = (files(__package__) / "designs" / f"{name}.yaml").read_text(encoding="utf-8")
    found = read_design(text, f"{name}.yaml")
    if found.name != name:
        raise RequestError("a design is called like its file", where=f"{name}.yaml", given=found.name)
    return found


def named_or_file(word: str) -> Design:
    """A design on file by its name, or one's own by the name of its file.

    **Raises:** as `design` and `design_file`.
    """
    return design_file(Path(word)) if word.endswith((".yaml", ".yml")) else design(word)
