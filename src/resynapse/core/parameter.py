"""Parameters and their provenance: no value without a unit, an origin, a place and a source.

Values live in TOML files beside the stage that uses them, one file per source. A stage declares each parameter once,
with its unit, meaning and allowed range; loading a set checks all of them.
"""

from __future__ import annotations

import dataclasses
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from .errors import ParameterError, nearest
from .population import Population
from .source import source
from .units import convert
from .variability import Correlation, Covariance, Residual, Spread

jax.config.update("jax_enable_x64", True)

Origin = Literal["measured", "estimated", "fixed_by_source", "derived", "calibrated_here", "assumed_here"]
Species = Literal["human", "rat", "mouse"]
_Beside = TypeVar("_Beside", Correlation, Covariance, Residual, Population)


class Entry(BaseModel):
    """One value with its provenance, as written in a TOML table."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    value: float
    unit: str
    origin: Origin
    where: str
    source: str
    measured_in: Species
    translation: str | None = None
    spread: Spread | None = None
    occasion: Spread | None = None
    error: dict[str, float] | None = None
    range: tuple[float, float] | None = None
    said_as: str | None = None
    note: str | None = None
    calibration: str | None = None

    @model_validator(mode="after")
    def _complete(self) -> Entry:
        if not (self.unit and self.where and self.source):
            raise ValueError("unit, where and source must not be empty")
        if self.origin == "assumed_here" and not (self.note and self.range):
            raise ValueError("an assumption needs a reason (note) and a plausible range")
        if self.origin == "calibrated_here" and not self.calibration:
            raise ValueError("a calibrated value names its calibration run (calibration)")
        if self.range and not self.range[0] <= self.value <= self.range[1]:
            raise ValueError(f"the value lies outside its own range {self.range}")
        return self


@dataclass(frozen=True)
class ParameterSet:
    """All values of one stage from one source, for one species.

    **Arguments:** `name` is the file's stem; `title` says what the set is; `entries` maps parameter names to entries;
    `digest` is the SHA-256 of everything that was read, so two runs can be told apart; `covariances` tie spreads
    between people together; `residuals` maps ports to the error of their measurement; `population` says whom the set
    was built on; `correlations` say which values a calibration knows only together.
    """

    name: str
    title: str
    species: Species
    entries: Mapping[str, Entry] = dataclasses.field(compare=False)
    digest: str
    path: Path = dataclasses.field(compare=False)
    covariances: tuple[Covariance, ...] = dataclasses.field(default=(), compare=False)
    residuals: Mapping[str, Residual] = dataclasses.field(default_factory=dict, compare=False)
    population: Population | None = dataclasses.field(default=None, compare=False)
    correlations: tuple[Correlation, ...] = dataclasses.field(default=(), compare=False)

    @property
    def assumptions(self) -> dict[str, Entry]:
        """The entries that this project assumed rather than found."""
        return {k: e for k, e in self.entries.items() if e.origin == "assumed_here"}

    @property
    def sources(self) -> tuple[str, ...]:
        """Bibliography keys of every entry, without repetition."""
        beside: list[Correlation | Covariance | Residual] = [
            *self.correlations,
            *self.covariances,
            *self.residuals.values(),
        ]
        return tuple(dict.fromkeys([*(e.source for e in self.entries.values()), *(b.source for b in beside)]))


@dataclass(frozen=True)
class Declaration:
    """What a stage says of one of its parameters: unit, meaning and the range that a value may have."""

    unit: str
    meaning: str
    range: tuple[float, float]


def parameter(unit: str, meaning: str, range: tuple[float, float] = (0.0, float("inf"))) -> Any:
    """Declare a parameter as a field of a stage: a float64 array with a unit, a meaning and an allowed range."""
    return eqx.field(converter=_float64, metadata={"parameter": Declaration(unit, meaning, range)})


def parameter_table(unit: str, meaning: str, range: tuple[float, float] = (0.0, float("inf"))) -> Any:
    """Declare a table of parameters as a field of a stage: a dictionary of float64 scalars keyed by tuples of words."""
    converter = _float64_table
    return eqx.field(converter=converter, metadata={"table": Declaration(unit, meaning, range)})


def tables(stage: eqx.Module) -> dict[str, tuple[str, tuple[str, ...], Declaration]]:
    """Every cell of the tables of a stage: dotted name -> field, key, declaration."""
    declared = {f.name: f.metadata["table"] for f in dataclasses.fields(stage) if "table" in f.metadata}
    return {
        ".".join((name, *key)): (name, key, declaration)
        for name, declaration in declared.items()
        for key in getattr(stage, name)
    }


def declarations(stage: type | eqx.Module) -> dict[str, Declaration]:
    """The parameters that a stage declares, by field name."""
    fields = dataclasses.fields(stage)
    return {f.name: f.metadata["parameter"] for f in fields if "parameter" in f.metadata}


def read_set(path: Path) -> ParameterSet:
    """Read and check one TOML parameter set.

    A set may name another one in `inherits`; inherited values that were measured in another species are refused
    unless the set, or the entry, gives a `translation`. A parent of the same species keeps its own translations.

    **Raises:** `ParameterError` naming file, entry and what is missing.
    """
    head, entries, beside = _tables(path)
    species = head["species"]
    for name, entry in entries.items():
        _check_translation(path, name, entry, species)
    covariances = tuple(beside.get("covariance", ()))
    residuals = beside.get("residual", {})
    correlations = tuple(beside.get("correlation", ()))
    pairs = {" ".join(c.between): c for c in covariances} | {" and ".join(c.between): c for c in correlations}
    digest = _digest({**entries, **residuals, **pairs})
    title, population = head.get("title", path.stem), beside.get("population")
    shared = (species, entries, digest, path, covariances, residuals, population, correlations)
    return ParameterSet(path.stem, title, *shared)


def read_grouped(path: Path, species: Species) -> ParameterSet:
    """Read a TOML file of tables within tables, such as `[ligand.target]`, into entries named `ligand.target`.

    **Raises:** `ParameterError` as `read_set` does.
    """
    raw = _toml(path)
    head = {**raw.pop("set"), "species": species}
    flat = {f"{group}.{name}": table for group, inner in raw.items() for name, table in inner.items()}
    shared = {"translation": head["translation"]} if "translation" in head else {}
    entries = {name: _entry(path, head, name, {**shared, **table}) for name, table in flat.items()}
    for name, entry in entries.items():
        _check_translation(path, name, entry, species)
    return ParameterSet(f"{path.parent.name}/{path.stem}", head["title"], species, entries, _digest(entries), path)


def values_for(stage: type, chosen: ParameterSet) -> dict[str, float]:
    """The values of `chosen` that `stage` declares, in the stage's own units.

    **Raises:** `ParameterError` when a value is missing, unknown, out of range, or in a unit that does not convert.
    """
    declared = declarations(stage)
    for extra in chosen.entries.keys() - declared.keys():
        raise ParameterError(
            f"`{stage.__name__}` has no such parameter",
            where=str(chosen.path.name),
            given=extra,
            nearest=nearest(extra, declared),
        )
    for missing in declared.keys() - chosen.entries.keys():
        raise ParameterError(f"`{stage.__name__}` needs this parameter", where=chosen.path.name, given=missing)
    return {name: _in_range(chosen, name, declaration) for name, declaration in declared.items()}


def _in_range(chosen: ParameterSet, name: str, declaration: Declaration) -> float:
    entry = chosen.entries[name]
    where = f"{chosen.path.name}: [{name}]"
    value = convert(entry.value, entry.unit, declaration.unit, ParameterError, where)
    low, high = declaration.range
    if not low <= value <= high:
        raise ParameterError(
            "this value lies outside the range that the stage declares",
            where=where,
            given=f"{value} {declaration.unit}",
            allowed=f"{low} to {high}",
        )
    return value


def _tables(path: Path) -> tuple[dict[str, Any], dict[str, Entry], dict[str, Any]]:
    """Head, entries, and what stands beside them: lists of `covariance` and `correlation`, `residual`, `population`."""
    raw = _toml(path)
    head = raw.pop("set", {})
    if "species" not in head:
        raise ParameterError("a parameter set needs [set] with a species", where=path.name)
    covariances, residuals, population = (raw.pop(name, None) for name in ("covariance", "residual", "population"))
    correlations = raw.pop("correlation", None)
    entries: dict[str, Entry] = {}
    beside: dict[str, Any] = {}
    if "inherits" in head:
        parent, inherited, beside = _tables(path.parent / f"{head['inherits']}.toml")
        own = {} if parent["species"] == head["species"] else {"translation": head.get("translation")}
        entries |= {k: e.model_copy(update=own) for k, e in inherited.items()}
    entries |= {name: _entry(path, head, name, table) for name, table in raw.items()}
    if covariances is not None:
        beside = beside | {"covariance": [_covariance(path, head, entries, table) for table in covariances]}
    if correlations is not None:
        beside = beside | {"correlation": [_correlation(path, head, entries, table) for table in correlations]}
    if residuals is not None:
        beside = beside | {
            "residual": {port: _beside(Residual, path, head, table) for port, table in residuals.items()}
        }
    if population is not None:
        beside = beside | {"population": _beside(Population, path, head, population)}
    return head, entries, beside


def _covariance(path: Path, head: dict[str, Any], entries: Mapping[str, Entry], table: Any) -> Covariance:
    found = _beside(Covariance, path, head, table)
    for name in found.between:
        if name not in entries or entries[name].spread is None:
            raise ParameterError(
                "a covariance needs two parameters that have a spread",
                where=f"{path.name}: [[covariance]]",
                given=name,
                nearest=nearest(name, [k for k, e in entries.items() if e.spread]),
            )
    return found


def _correlation(path: Path, head: dict[str, Any], entries: Mapping[str, Entry], table: Any) -> Correlation:
    found = _beside(Correlation, path, head, table)
    for name in found.between:
        if name not in entries:
            where = f"{path.name}: [[correlation]]"
            raise ParameterError(
                "a correlation needs two parameters", where=where, given=name, nearest=nearest(name, entries)
            )
    return found


def _beside(kind: type[_Beside], path: Path, head: dict[str, Any], table: Any) -> _Beside:
    try:
        found = kind(**{"source": head.get("source"), **table})
    except (ValidationError, TypeError) as failure:
        where = f"{path.name}: {kind.__name__.lower()}"
        raise ParameterError("this table is incomplete", where=where, given=_reason(failure)) from failure
    source(found.source)
    return found


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as failure:
        beside = [p.stem for p in path.parent.glob("*.toml")]
        raise ParameterError(
            "there is no such set", given=path.name, allowed=beside, nearest=nearest(path.stem, beside)
        ) from failure
    except tomllib.TOMLDecodeError as failure:
        raise ParameterError("this file is not TOML", where=path.name, given=str(failure)) from failure


def _entry(path: Path, head: dict[str, Any], name: str, table: Any) -> Entry:
    if not isinstance(table, dict):
        raise ParameterError(
            "a parameter is a table with value, unit, origin and where", where=f"{path.name}: {name}", given=table
        )
    shared = {"source": head.get("source"), "measured_in": head.get("measured_in", head["species"])}
    if table.get("origin") == "calibrated_here" and "calibration" in head:
        shared["calibration"] = head["calibration"]
    where = f"{path.name}: [{name}]"
    try:
        entry = Entry(**{**shared, **table})
    except (ValidationError, TypeError) as failure:
        raise ParameterError(
            "this parameter's provenance is incomplete", where=where, given=_reason(failure)
        ) from failure
    source(entry.source)
    return entry


def _digest(entries: Mapping[str, BaseModel]) -> str:
    text = repr(sorted((name, entry.model_dump()) for name, entry in entries.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _reason(failure: Exception) -> str:
    if not isinstance(failure, ValidationError):
        return str(failure)
    return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}".lstrip(": ") for e in failure.errors())


def _check_translation(path: Path, name: str, entry: Entry, species: str) -> None:
    if entry.measured_in == species or entry.translation:
        return
    raise ParameterError(
        "this value was found in another species and has no translation",
        where=f"{path.name}: [{name}]",
        given=f"measured in {entry.measured_in}, used in {species}",
        then="add `translation` with the reason why it carries over",
    )


def _float64_table(table: Mapping[tuple[str, ...], Any]) -> dict[tuple[str, ...], Array]:
    return {key: _float64(value) for key, value in table.items()}


def _float64(value: Any) -> Array:
    return jnp.asarray(value, dtype=jnp.float64)
