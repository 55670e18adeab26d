"""A stored trial written as ADaM-shaped data sets: nothing is simulated again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..interop.adam import Study, write_study
from .trial_stored import stored_trial


def export_trial(trial: Path, folder: Path, word: str = "parquet") -> dict[str, Any]:
    """Writes ADSL, ADQS, ADAE, ADTTE, ADPPK and `define.json` into a new folder; the answer is the metadata.

    **Raises:** `RequestError` when there is no trial, or the folder holds something else.
    """
    found = stored_trial(trial)
    return write_study(Study(found.record, found.told, found.tables), folder, word)
