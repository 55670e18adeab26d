"""The variables of the data sets, as they are written down once in `variables.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ...core.errors import ParameterError

NAME, LABEL = 8, 40
TYPES = ("text", "integer", "float")


@dataclass(frozen=True)
class Variable:
    """One column: its name, label, type and unit, its list of codes if it has one, and where its value comes from.

    **Raises:** `ParameterError` when a limit of CDISC (8 characters a name, 40 a label) is broken.
    """

    name: str
    label: str
    type: str
    origin: str
    unit: str = ""
    codes: str = ""

    def __post_init__(self) -> None:
        well = 0 < len(self.name) <= NAME and self.name.isalnum() and self.name == self.name.upper()
        if not well or not 0 < len(self.label) <= LABEL or self.type not in TYPES or not self.origin:
            allowed = f"a name of {NAME} and a label of {LABEL} characters, type one of {', '.join(TYPES)}, an origin"
            raise ParameterError("this variable is not in order", where="variables.toml", given=self, allowed=allowed)

    def record(self) -> dict[str, str]:
        """The variable as plain values; what does not apply is left out."""
        known = {"name": self.name, "label": self.label, "type": self.type, "unit": self.unit, "codelist": self.codes}
        return {key: value for key, value in known.items() if value} | {"origin": self.origin}


@dataclass(frozen=True)
class DataSet:
    """One data set: what it is, what a record is, which variables tell records apart, and its columns in order."""

    name: str
    label: str
    structure: str
    keys: tuple[str, ...]
    variables: tuple[Variable, ...]


@cache
def datasets() -> Mapping[str, DataSet]:
    """Every data set, by name."""
    table = _table()
    return {name: _dataset(name, one, table) for name, one in table["datasets"].items()}


@cache
def codes() -> Mapping[str, Mapping[str, str]]:
    """Every list of codes: what stands in a column, and what it means."""
    return {name: {str(k): str(v) for k, v in one.items()} for name, one in _table()["codes"].items()}


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files(__package__) / "variables.toml").read_text(encoding="utf-8"))


def _dataset(name: str, one: Mapping[str, Any], table: Mapping[str, Any]) -> DataSet:
    own = table.get(name, {})
    found = tuple(_variable(column, own.get(column) or table[column]) for column in one["variables"])
    return DataSet(name, one["label"], one["structure"], tuple(one["keys"]), found)


def _variable(name: str, one: Mapping[str, Any]) -> Variable:
    return Variable(name, one["label"], one["type"], one["from"], one.get("unit", ""), one.get("codes", ""))
