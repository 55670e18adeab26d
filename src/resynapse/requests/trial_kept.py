"""Results of many trials in a folder: they are never written over those of another run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..core.errors import RequestError
from .trial_runs import Asked, identity

Record = dict[str, Any]


def run_of(asked: Sequence[Asked], words: str) -> str:
    """What a run is known by: everything that was asked for, as a hash."""
    told = [words, *({**identity(one), "replicates": one.replicates} for one in asked)]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def kept(make: Callable[[], Record], run: str, file: Path | None) -> Record:
    """What is made, with what its run is known by; written where a file is named.

    **Raises:** `RequestError` when the file holds another run, before anything is made.
    """
    if file is not None:
        _check_free(file, run)
    found = {**make(), "run": run}
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(found, indent=1, allow_nan=False), encoding="utf-8")
    return found


def _check_free(file: Path, run: str) -> None:
    if not file.exists():
        return
    try:
        there = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        there = None
    if not isinstance(there, dict) or there.get("run") != run:
        then = "name another folder with --out, or remove this file"
        raise RequestError("this folder holds another run", where=str(file), then=then)
