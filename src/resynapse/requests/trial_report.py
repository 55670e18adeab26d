"""The page of a stored trial: nothing is simulated again."""

from __future__ import annotations

from pathlib import Path

from ..report.trial import TrialResult
from ..report.trial_page import write_trial
from .trial_stored import stored_trial


def trial_report(folder: Path) -> Path:
    """Writes `report.html` and `figures/` into the folder of a trial, and returns the path of the page.

    **Raises:** `RequestError` when there is no trial, or it is not whole.
    """
    found = stored_trial(folder)
    return write_trial(TrialResult(found.record, found.told, found.tables), folder)
