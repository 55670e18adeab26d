"""What is taken as known about people and courses besides the chain: every number a fact with its source."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from ...compound.fact import Fact, read_facts


@cache
def facts() -> Mapping[str, Fact]:
    """Every number of lived resistance that is not a parameter of a stage, by name."""
    text = (files(__package__) / "values.toml").read_text(encoding="utf-8")
    return read_facts(tomllib.loads(text), "person/lived/values.toml")


def value(name: str) -> float:
    """The number called `name`."""
    return facts()[name].value
