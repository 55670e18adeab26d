"""Writes the data sets and their metadata into a folder of their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import RequestError, nearest
from .events import adae, adppk, adtte
from .scores import adqs
from .study import Study
from .subjects import adsl
from .variable import DataSet, Variable, codes, datasets

Columns = Mapping[str, NDArray[Any]]
FORMATS: Mapping[str, str] = {"parquet": "FORMAT parquet, COMPRESSION zstd", "csv": "FORMAT csv, HEADER"}
DEFINE = "define.json"
NOTICE = "Simulated people. For research. Not medical advice, and no data of any patient."
_MAKERS: Mapping[str, Callable[[Study], Columns]] = {
    "ADSL": adsl,
    "ADQS": adqs,
    "ADAE": adae,
    "ADTTE": adtte,
    "ADPPK": adppk,
}
_NUMBERS = {"integer": "BIGINT", "float": "DOUBLE"}


def write_study(study: Study, folder: Path, word: str = "parquet") -> dict[str, Any]:
    """Writes every data set and `define.json`; the answer is what stands in it.

    **Raises:** `RequestError` for an unknown format, or a folder that holds something else.
    """
    if word not in FORMATS:
        raise RequestError("no such format", given=word, allowed=tuple(FORMATS), nearest=nearest(word, FORMATS))
    check_empty(folder, study.name)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    everything = made(study)
    told = [_write(datasets()[name], columns, folder, word) for name, columns in everything.items()]
    define = _define(study, told, {**codes(), "PARAM": _parameters(everything.values())})
    (folder / DEFINE).write_text(json.dumps(define, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return define


def made(study: Study) -> dict[str, Columns]:
    """Every data set as columns, in the order of its variables; what the run does not know is left out."""
    found: dict[str, Columns] = {}
    for name, make in _MAKERS.items():
        columns = make(study)
        found[name] = {v.name: columns[v.name] for v in datasets()[name].variables if v.name in columns}
    return found


def check_empty(folder: Path, study: str) -> None:
    """Refuse a folder that holds anything but an earlier export of the same study.

    **Raises:** `RequestError` naming what is in the way.
    """
    if not folder.exists() or not any(folder.iterdir()):
        return
    ours = {DEFINE, *(f"{name.lower()}.{word}" for name in _MAKERS for word in FORMATS)}
    others = sorted(path.name for path in folder.iterdir() if path.name not in ours or not path.is_file())
    then = "name a new folder"
    if others:
        raise RequestError(
            "this folder holds something else", where=str(folder), given=", ".join(others[:5]), then=then
        )
    before = _named(folder / DEFINE)
    if before != study:
        raise RequestError(
            "this folder holds another export", where=str(folder), given=before or "no metadata", then=then
        )


def _named(path: Path) -> str:
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["study"]["name"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _write(dataset: DataSet, columns: Columns, folder: Path, word: str) -> dict[str, Any]:
    import duckdb

    path = folder / f"{dataset.name.lower()}.{word}"
    known = [v for v in dataset.variables if v.name in columns]
    how = FORMATS[word]
    if word == "parquet":
        labels = json.dumps({v.name: v.label for v in known}).replace("'", "''")
        how = f"{how}, KV_METADATA {{labels: '{labels}'}}"
    chosen = ", ".join(_selected(v) for v in known)
    quoted = str(path).replace("'", "''")
    with duckdb.connect(config={"threads": 1}) as store:
        store.register("held", {name: _plain(values) for name, values in columns.items()})
        store.execute(f"COPY (SELECT {chosen} FROM held) TO '{quoted}' ({how})")  # noqa: S608
    return _told(dataset, known, path.name, len(columns["STUDYID"]))


def _selected(one: Variable) -> str:
    """A column in its type, what is missing as nothing."""
    if one.type == "text":
        return f'NULLIF(CAST("{one.name}" AS VARCHAR), \'\') AS "{one.name}"'
    kind = _NUMBERS[one.type]
    return f'CAST(CASE WHEN isnan("{one.name}") THEN NULL ELSE "{one.name}" END AS {kind}) AS "{one.name}"'


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    return values if values.dtype == object else np.asarray(values, np.float64)


def _told(dataset: DataSet, known: list[Variable], file: str, rows: int) -> dict[str, Any]:
    return {
        "name": dataset.name,
        "label": dataset.label,
        "structure": dataset.structure,
        "keys": list(dataset.keys),
        "file": file,
        "rows": rows,
        "variables": [v.record() for v in known],
    }


def _parameters(every: Iterable[Columns]) -> dict[str, str]:
    """What each parameter code of this study stands for."""
    found: dict[str, str] = {}
    for columns in every:
        if "PARAMCD" in columns:
            found |= dict(zip(columns["PARAMCD"], columns["PARAM"], strict=True))
    return found


def _define(study: Study, told: list[dict[str, Any]], lists: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    run, design = study.told, study.record["design"]
    used = {v["codelist"] for one in told for v in one["variables"] if "codelist" in v}
    return {
        "notice": NOTICE,
        "study": {"name": study.name, "title": design["title"], "kind": design["kind"], "source": design["source"]},
        "shape": "after CDISC ADaM; not a validated submission",
        "made_from": {
            "design": design["name"],
            "design_digest": study.record["digest"],
            "seed": run["seed"],
            "bank": run["bank"],
            "score": run["score"],
            "resynapse": study.record["resynapse"],
        },
        "notes": run["notes"],
        "datasets": told,
        "codelists": {name: dict(lists[name]) for name in sorted(used)},
    }
