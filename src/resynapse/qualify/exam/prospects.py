"""Experiments that nobody has done yet, or that nobody has settled: what would they teach?"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from ...calibrate.questions.question import Asked, Question, asked_only


@cache
def prospects() -> tuple[Question, ...]:
    """Every experiment on file in `prospects.toml`, as a question without an observation."""
    raw = tomllib.loads((files(__package__) / "prospects.toml").read_text(encoding="utf-8"))
    return tuple(asked_only(Asked(**table)) for table in raw["prospect"])
