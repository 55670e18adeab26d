"""A trial that lies in a folder: read again, with a clear word when it is not there or not whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import RequestError
from .trial_record import RECORD, TABLES, VERSION

if TYPE_CHECKING:
    import pandas as pd

TOLD = "trial.json"
_TABLES = ("doses", "sessions", "times", "analysed", "periods", "replicates")
_OWN = ("subjects", "visits")
_WORDS = (
    "arm",
    "reason",
    "stopped_at",
    "rescued_at",
    "ended",
    "visit",
    "scale",
    "compound",
    "route",
    "dose",
    "endpoint",
    "treatment",
    "name",
)


@dataclass(frozen=True, eq=False)
class StoredTrial:
    """What `trial run --out` wrote: `record`, `told`, and the tables by name."""

    folder: Path
    record: Mapping[str, Any]
    told: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]


def is_trial(folder: Path) -> bool:
    """Whether a trial was run into this folder."""
    return (folder / TOLD).is_file()


def stored_trial(folder: Path) -> StoredTrial:
    """The trial in a folder.

    **Raises:** `RequestError` when there is none, it was stored by another version, or a file is missing or damaged.
    """
    again = "run it again: `resynapse trial run DESIGN --out FOLDER`"
    if not is_trial(folder):
        raise RequestError("there is no trial here", given=folder, then="name a folder that `trial run --out` wrote")
    paths = [folder / f"{n}.csv" for n in _OWN] + [folder / TABLES / f"{n}.csv" for n in _TABLES]
    missing = [str(path) for path in (folder / RECORD, *paths) if not path.is_file()]
    if missing:
        raise RequestError("this trial is not whole", where=str(folder), given=", ".join(missing), then=again)
    try:
        record, told = (json.loads((folder / name).read_text(encoding="utf-8")) for name in (RECORD, TOLD))
        tables = {path.stem: _table(path) for path in paths}
    except ValueError as damage:
        raise RequestError("this trial cannot be read", where=str(folder), given=str(damage), then=again) from damage
    if record.get("version") != VERSION or record["design"]["name"] != told["design"]:
        raise RequestError("this trial was stored by another version", where=str(folder), then=again)
    return StoredTrial(folder, record, told, tables)


def _table(path: Path) -> pd.DataFrame:
    import pandas as pd

    found = pd.read_csv(path, keep_default_na=False, na_values={})
    for name in found.columns:
        if name in _WORDS:
            found[name] = found[name].astype(str)
        elif found[name].dtype == object or str(found[name].dtype) in ("str", "string"):
            found[name] = _numbers(found[name])
    return found


def _numbers(column: Any) -> Any:
    """Numbers where an empty cell is a missing one; words stay words."""
    import pandas as pd

    try:
        return pd.to_numeric(column.replace("", float("nan")))
    except ValueError:
        return column
