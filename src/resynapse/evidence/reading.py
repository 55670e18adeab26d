"""Reads the study folders and refuses what is incomplete: no number without a unit, a mark, a role and a source."""

from __future__ import annotations

import csv
import math
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, cast

from ..core.errors import EvidenceError, nearest
from ..core.source import bibliography
from .study import INTERVALS, MARKS, SPREADS, Arm, Observation, Reading, Role, Study

COLUMNS = (
    *("arm", "time", "time_unit", "quantity", "statistic", "value", "unit", "low", "high", "dispersion", "n"),
    *("direction", "mark", "where", "row", "note", "reference_prediction"),
)
"""The columns of every `data.csv`, in this order."""

_ROLES = ("build", "verify")
_LISTS = ("drug", "dose", "species", "identifiers", "overlap")


def read_library(folder: Path | Traversable) -> tuple[Observation, ...]:
    """All observations under `folder`, checked.

    **Raises:** `EvidenceError` naming the file and the row that is incomplete.
    """
    roles = tomllib.loads((folder / "roles.toml").read_text(encoding="utf-8"))
    found: list[Observation] = []
    for endpoint, study_folder in _study_folders(folder):
        study = _study(endpoint, study_folder)
        found += _observations(study, study_folder, roles.get(endpoint, {}).get(study.name))
    _check_roles(roles, found)
    return tuple(found)


def _study_folders(folder: Path | Traversable) -> Iterator[tuple[str, Path | Traversable]]:
    for endpoint in sorted((f for f in folder.iterdir() if f.is_dir()), key=lambda f: f.name):
        for study in sorted((f for f in endpoint.iterdir() if f.is_dir()), key=lambda f: f.name):
            yield endpoint.name, study


def _study(endpoint: str, folder: Path | Traversable) -> Study:
    where = f"{endpoint}/{folder.name}/study.toml"
    said = tomllib.loads((folder / "study.toml").read_text(encoding="utf-8"))
    arms = {name: Arm(name, **_tuples(fields)) for name, fields in said.pop("arm", {}).items()}
    read = tuple(Reading(**reading) for reading in said.pop("read", []))
    source = said.get("source", "")
    if source not in bibliography():
        raise EvidenceError(
            "this source is not in the bibliography",
            where=where,
            given=source or None,
            nearest=nearest(source, bibliography()),
            then="add an entry with this key to sources.bib",
        )
    return Study(endpoint, folder.name, read=read, arms=arms, **_tuples(said))


def _tuples(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else (v,) if k in _LISTS else v for k, v in fields.items()}


def _observations(study: Study, folder: Path | Traversable, role: Any) -> Iterator[Observation]:
    where = f"{study.where}/data.csv"
    lines = csv.DictReader((folder / "data.csv").read_text(encoding="utf-8").splitlines())
    if tuple(lines.fieldnames or ()) != COLUMNS:
        raise EvidenceError("these are not the columns of an evidence table", where=where, allowed=COLUMNS)
    for number, line in enumerate(lines, start=2):
        yield _observation(
            study, line, _role_of(role, line["row"], where), f"{where}, line {number} (row {line['row']})"
        )


def _role_of(role: Any, row: str, where: str) -> Role:
    """The study's role, or the row's own where roles.toml lists it as an exception."""
    said = role if isinstance(role, dict) else {"role": role}
    own = next((other for other in _ROLES if row in said.get(other, ())), said.get("role"))
    return cast(Role, _among(own, _ROLES, "every study needs a role in roles.toml", where))


def _observation(study: Study, line: Mapping[str, str], role: Role, where: str) -> Observation:
    arm = study.arms[_among(line["arm"], tuple(study.arms), "this arm is not in study.toml", where)]
    _check_line(line, where)
    numbers = {name: _number(line[name], name, where) for name in ("value", "time", "low", "high", "n")}
    if numbers["time"] is not None and numbers["time"] < 0:
        raise EvidenceError("an observation cannot be earlier than the first dose", where=where, given=line["time"])
    texts = {name: line[name] for name in COLUMNS if name not in numbers and name != "arm"}
    n = None if numbers["n"] is None else int(numbers["n"])
    return Observation(study, arm, role, **(texts | numbers | {"n": n}))  # type: ignore[arg-type]


def _check_line(line: Mapping[str, str], where: str) -> None:
    _among(line["mark"], MARKS, "this mark is not known", where)
    for name in ("quantity", "statistic", "row"):
        if not line[name]:
            raise EvidenceError(f"an observation needs a {name}", where=where)
    if not line["value"] and not line["direction"]:
        raise EvidenceError("an observation needs a value or a direction", where=where)
    if line["value"] and not line["unit"]:
        raise EvidenceError("a value needs a unit", where=where, given=line["value"], then='write "1" when it has none')
    if line["time"] and not line["time_unit"]:
        raise EvidenceError("a time needs a unit", where=where, given=line["time"])
    _check_dispersion(line, where)


def _check_dispersion(line: Mapping[str, str], where: str) -> None:
    kind, _, amount = line["dispersion"].partition(" ")
    if kind:
        _among(kind, (*SPREADS, *INTERVALS), "this kind of dispersion is not known", where)
    if kind in SPREADS and _number(amount, "dispersion", where) is None:
        raise EvidenceError("this dispersion needs an amount", where=where, given=kind, allowed=f'such as "{kind} 4.5"')
    if kind in INTERVALS and not (line["low"] and line["high"]):
        raise EvidenceError("an interval needs both ends, low and high", where=where, given=kind)


def _number(text: str, name: str, where: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise EvidenceError(f"this {name} is not a number", where=where, given=text)
    return value


def _among(word: Any, allowed: tuple[str, ...], what: str, where: str) -> str:
    if word not in allowed:
        raise EvidenceError(what, where=where, given=word, allowed=allowed, nearest=nearest(word, allowed))
    return str(word)


def _check_roles(roles: Mapping[str, Any], found: list[Observation]) -> None:
    """Every study and every row that roles.toml names must exist, or a typing slip would change a role in silence."""
    rows: dict[str, set[str]] = {}
    for o in found:
        rows.setdefault(o.study.where, set()).add(o.row)
    for study, said in ((f"{e}/{s}", said) for e, group in roles.items() for s, said in group.items()):
        if study not in rows:
            raise EvidenceError("roles.toml names a study that is not there", given=study, nearest=nearest(study, rows))
        listed = {row for name in _ROLES if isinstance(said, dict) for row in said.get(name, ())}
        for row in sorted(listed - rows[study]):
            raise EvidenceError(
                "roles.toml names a row that is not there", where=study, given=row, nearest=nearest(row, rows[study])
            )
