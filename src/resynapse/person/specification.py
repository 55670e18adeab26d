"""Specifications of populations: TOML files, read and checked before anybody is drawn."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from ..core.errors import ParameterError, nearest
from ..core.parameter import Species
from ..core.source import source
from ..core.units import parse
from .covariate import DERIVED, Correlation, Covariate

Floats = NDArray[np.float64]
PRESETS = Path(str(files(__package__))) / "populations"


class Head(BaseModel):
    """Whom a population stands for.

    **Arguments:** `people` says who they are, `ancestry` where genotype frequencies come from; `fluctuates` says that
    life's load changes by chance around each person's mean, which it does not in a cage.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    title: str
    species: Species
    people: str
    ancestry: str = ""
    fluctuates: bool = True
    note: str = ""


class Specification(BaseModel):
    """A population on paper: who, covariates with their laws, and how covariates hang together.

    **Arguments:** `source` describes, by key, sources that the bibliography of the project does not have.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    population: Head
    covariate: Mapping[str, Covariate]
    correlation: tuple[Correlation, ...] = ()
    source: Mapping[str, str] = {}

    @model_validator(mode="after")
    def _fits(self) -> Specification:
        for name, covariate in self.covariate.items():
            self._check_reads(name, covariate)
        for pair in self.correlation:
            self._check_pair(pair)
        _ = self.factor
        return self

    @property
    def drawn(self) -> tuple[str, ...]:
        """Covariates that are drawn, in the order of the file."""
        return tuple(name for name, covariate in self.covariate.items() if not covariate.derived)

    @cached_property
    def factor(self) -> Floats:
        """The lower factor of the correlation matrix of what is drawn."""
        matrix = np.eye(len(self.drawn))
        for pair in self.correlation:
            i, j = (self.drawn.index(name) for name in pair.between)
            matrix[i, j] = matrix[j, i] = pair.value
        try:
            return np.asarray(np.linalg.cholesky(matrix))
        except np.linalg.LinAlgError as failure:
            raise ValueError("correlation: no people could have these correlations together") from failure

    @property
    def sources(self) -> tuple[str, ...]:
        """Bibliography keys of everything in it, without repetition and without sources of its own."""
        keys = [*(k for c in self.covariate.values() for k in c.sources), *(c.source for c in self.correlation)]
        return tuple(key for key in dict.fromkeys(keys) if key not in self.source)

    @property
    def digest(self) -> str:
        """SHA-256 of everything that was read, so that two populations can be told apart."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _check_reads(self, name: str, covariate: Covariate) -> None:
        if covariate.derived and name not in DERIVED:
            raise ValueError(f"{name}: nothing is known from which this could be derived; {', '.join(DERIVED)} can")
        before = list(self.covariate)[: list(self.covariate).index(name)]
        reads = DERIVED[name][0] if covariate.derived else filter(None, [covariate.by])
        for word in reads:
            if word not in before:
                raise ValueError(f"{name}: needs `{word}`, which must stand before it")
        if covariate.by and set(covariate.laws) != set(self.covariate[covariate.by].levels):
            raise ValueError(f"{name}: laws for {', '.join(covariate.laws)}, levels of `{covariate.by}` differ")

    def _check_pair(self, pair: Correlation) -> None:
        same = [c for c in self.correlation if set(c.between) == set(pair.between)]
        if len(same) > 1 or len(set(pair.between)) < 2:
            raise ValueError(f"correlation: {' and '.join(pair.between)} must be two covariates, tied once")
        for name in pair.between:
            if name not in self.drawn:
                hint = nearest(name, self.drawn)
                raise ValueError(f"correlation: `{name}` is not drawn" + (f"; nearest: {hint}" if hint else ""))


def read_specification(path: Path) -> Specification:
    """Read and check one population.

    A file may name another one beside it, or a preset, in `inherits`: covariates and correlations of its own take the
    place of those of the same name, those in `without` are left out, and `published` numbers stay with the parent.

    **Raises:** `ParameterError` naming file, field and what is wrong with it.
    """
    try:
        found = Specification(**{"name": path.stem, **_raw(path, ())})
    except (ValidationError, TypeError) as failure:
        first, told = _first(failure)
        raise ParameterError("this population cannot be drawn", where=f"{path.name}: {first}", given=told) from failure
    for key in found.sources:
        source(key)
    for covariate in found.covariate.values():
        parse(covariate.unit)
    return found


def _raw(path: Path, seen: tuple[str, ...]) -> dict[str, Any]:
    """The tables of a file, laid over those of the file that it inherits from."""
    raw = _toml(path, seen)
    head = raw.get("population", {})
    if not isinstance(head, dict) or "inherits" not in head:
        return raw
    parent = _raw(_beside(path, head.pop("inherits")), (*seen, path.stem))
    left_out, inherited = head.pop("without", ()), parent.get("covariate", {})
    _check_known(path, left_out, inherited)
    covariates = {name: _handed_on(table) for name, table in inherited.items() if name not in left_out}
    own = raw.get("correlation", [])
    kept = [c for c in parent.get("correlation", []) if _kept(c, own, left_out)]
    sources = {**parent.get("source", {}), **raw.get("source", {})}
    return {
        **raw,
        "source": sources,
        "covariate": {**covariates, **raw.get("covariate", {})},
        "correlation": [*kept, *own],
    }


def _beside(path: Path, name: str) -> Path:
    """The file called `name` beside `path`, or the preset of this name."""
    own, preset = path.parent / f"{name}.toml", PRESETS / f"{name}.toml"
    return preset if preset.is_file() and not own.is_file() else own


def _handed_on(table: dict[str, Any]) -> dict[str, Any]:
    """An inherited covariate: what was printed of the parent's people is not said of the child's."""
    return {key: value for key, value in table.items() if key != "published"}


def _kept(pair: dict[str, Any], own: list[dict[str, Any]], left_out: Sequence[str]) -> bool:
    between = set(pair["between"])
    return not between & set(left_out) and between not in [set(c.get("between", ())) for c in own]


def _check_known(path: Path, left_out: Sequence[str], inherited: Mapping[str, Any]) -> None:
    for name in left_out:
        if name not in inherited:
            raise ParameterError(
                "what is left out is not there",
                where=f"{path.name}: population.without",
                given=name,
                nearest=nearest(name, inherited),
            )


def _toml(path: Path, seen: tuple[str, ...]) -> dict[str, Any]:
    beside = sorted(p.stem for p in path.parent.glob("*.toml"))
    if path.stem in seen:
        raise ParameterError("this population inherits from itself", where=path.name, given=" from ".join(seen))
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as failure:
        hint = nearest(path.stem, beside)
        raise ParameterError("there is no such population", given=path.name, allowed=beside, nearest=hint) from failure
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as failure:
        raise ParameterError("this file is not TOML", where=path.name, given=str(failure)) from failure


def _first(failure: ValidationError | TypeError) -> tuple[str, str]:
    """Field and message of the first mistake."""
    if isinstance(failure, TypeError):
        return "top", str(failure)
    error = failure.errors()[0]
    return ".".join(map(str, error["loc"])) or "as a whole", error["msg"].removeprefix("Value error, ")
