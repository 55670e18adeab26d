"""The page of a stored trial: nothing is simulated again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import __version__
from ..report.trial import TrialResult
from ..report.trial_page import write_trial
from .trial_stored import TOLD, is_trial, stored_trial


def trial_report(folder: Path) -> Path:
    """Writes `report.html` and `figures/` into the folder of a trial, and returns the path of the page.

    **Raises:** `RequestError` when there is no trial, or it is not whole.
    """
    steps = _steps(folder)
    if steps is not None:
        return _steps_page(steps, folder)
    found = stored_trial(folder)
    return write_trial(TrialResult(found.record, found.told, found.tables), folder)


def _steps(folder: Path) -> Mapping[str, Any] | None:
    """What a trial of steps left behind; nothing where it is a trial of arms, or none."""
    if not is_trial(folder):
        return None
    try:
        told: Mapping[str, Any] = json.loads((folder / TOLD).read_text(encoding="utf-8"))
    except ValueError:
        return None  # what is wrong with it is said where it is read as a trial of arms
    return told if "steps" in told else None


def _steps_page(told: Mapping[str, Any], folder: Path) -> Path:
    from ..report.trial_steps import write_steps
    from ..trial.design.library import design
    from ..trial.design.page import sections
    from .trial_steps import lived_assumptions, lived_sources

    found = design(told["given"])
    blocks = {title: list(lines) for title, lines in sections(found)}
    assumed = [f"assumed of the design: {one}" for one in blocks.get("Assumed, not read", [])]
    limits = (*blocks.get("Limits of this release", ()), *blocks.get("Left out of this document", ()))
    drawn = f"--people-bank {told['bank']['people']} --seed {told['seed']}"
    known = {
        "assumptions": list(lived_assumptions()),
        "limits": [*assumed, *limits],
        "sources": list(lived_sources(found)),
        "command": f"resynapse trial run {told['given']} {drawn} --out FOLDER --report",
        "version": __version__,
    }
    return write_steps(told, known, folder)
