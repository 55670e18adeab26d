"""The command that exports a stored trial as ADaM-shaped data sets."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from .words import NOTICE, check_folder, command, progress

_FORMATS = ("parquet", "csv")


def add_commands(below: Any) -> None:
    """Adds `export` to what `trial` can do."""
    made = command(below, "export", "write a stored trial as ADaM-shaped data sets with their metadata", _run)
    made.add_argument("trial", type=Path, help="the folder that `trial run --out` wrote")
    made.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="a new or empty folder")
    made.add_argument("--format", default="parquet", help=f"{' or '.join(_FORMATS)}; default parquet")
    made.add_argument("--json", action="store_true", help="print JSON")


def _run(words: argparse.Namespace) -> int:
    _check(words.format)
    check_folder(words.out)
    with progress(quiet=words.json) as tell:
        tell("exporting")
        from ..requests.trial_export import export_trial

        found = export_trial(words.trial, words.out, words.format)
    if words.json:
        print(json.dumps({"exported": found}, allow_nan=False))
        return 0
    lines = [f"{one['name']}: {one['rows']} rows, {len(one['variables'])} variables" for one in found["datasets"]]
    print("\n".join([NOTICE, "", *lines, f"metadata: {words.out / 'define.json'}"]))
    return 0


def _check(word: str) -> None:
    from ..core.errors import RequestError, nearest

    if word not in _FORMATS:
        near = nearest(word, _FORMATS)
        raise RequestError("no such format", where="--format", given=word, allowed=_FORMATS, nearest=near)
