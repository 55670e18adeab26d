"""The scales that a trial can name, with their ranges."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ...core.errors import RequestError, nearest


@dataclass(frozen=True)
class Scale:
    """A scale: what it is called, its lowest and highest score, and who fills it in. On all of them lower is better.

    **Arguments:** `mark` is `seen` where the range was read in its source, `recalled` where it was not.
    """

    name: str
    title: str
    range: tuple[float, float]
    rater: str
    origin: str
    source: str
    where: str
    mark: str


@cache
def scales() -> Mapping[str, Scale]:
    """Every scale on file, by name."""
    tables = tomllib.loads((files(__package__) / "scales.toml").read_text(encoding="utf-8"))
    return {name: Scale(name, **table | {"range": tuple(map(float, table["range"]))}) for name, table in tables.items()}


def scale(name: str) -> Scale:
    """The scale called `name`.

    **Raises:** `RequestError` with the nearest name.
    """
    if name not in scales():
        raise RequestError("no such scale", given=name, allowed=scales(), nearest=nearest(name, scales()))
    return scales()[name]
