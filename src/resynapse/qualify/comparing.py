"""What was set beside the wrong thing among rows of kinetics, what the source says of it, and why misses are misses."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Repair:
    """One comparison that was put right.

    **Arguments:** `what` was compared wrongly, `now` is what is compared; `says` is what the source says, in other
    words, and `where` the place; `rows` are the rows that it holds for, whichever way they moved.
    """

    what: str
    now: str
    says: str
    where: str
    rows: tuple[str, ...]


@cache
def repairs() -> tuple[Repair, ...]:
    """Every comparison that was put right."""
    return tuple(Repair(**{**one, "rows": tuple(one["rows"])}) for one in _tables()["repair"])


@cache
def misses() -> Mapping[str, str]:
    """Rows that are missed although they are set beside the right thing, each with the reason."""
    return {row: one["why"] for one in _tables()["miss"] for row in one["rows"]}


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("comparing.toml").read_text("utf-8"))
