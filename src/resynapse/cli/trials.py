"""The commands of virtual trials: the designs on file, one of them on a page, and a design checked line by line."""

from __future__ import annotations

import argparse
import json
from typing import Any

from . import trial_export, trial_runs
from .words import NOTICE, family, print_records, progress, simple


def add_commands(commands: Any) -> None:
    """Adds `trial` and what it can do."""
    below = family(commands, "trial", "look at the designs of trials, and check one of your own")
    simple(below, "list", "list the designs on file", _run_list)
    shown = simple(below, "show", "tell one design on a page", _run_show)
    shown.add_argument("design", help="a name of `resynapse trial list`, or the path of a YAML file")
    checked = simple(below, "check", "check a design, and say by line what is wrong with it", _run_check)
    checked.add_argument("file", help="the path of a YAML file")
    trial_runs.add_commands(below)
    trial_export.add_commands(below)


def _run_list(words: argparse.Namespace) -> int:
    with progress(quiet=words.json) as tell:
        tell("reading the designs")
        from ..trial.design.account import design_records

        listed = design_records()
    return print_records("designs", listed, words.json, ("name", "kind", "arms", "n", "role", "source"))


def _run_show(words: argparse.Namespace) -> int:
    with progress(quiet=words.json) as tell:
        tell("reading the design")
        from ..trial.design.account import design_record
        from ..trial.design.library import design
        from ..trial.design.page import told

        found = design(words.design)
        text = json.dumps({"design": design_record(found)}, allow_nan=False) if words.json else told(found)
    print(text if words.json else f"{text}\n\n{NOTICE}")
    return 0


def _run_check(words: argparse.Namespace) -> int:
    with progress(quiet=words.json) as tell:
        tell("checking the design")
        from ..trial.design.limits import limits
        from ..trial.design.reading import read_design, whole_refusal

        with whole_refusal():
            found = read_design(words.file)
        unable = limits(found)
    if words.json:
        print(json.dumps({"checked": {"name": found.name, "file": words.file, "limits": list(unable)}}))
        return 0
    print("\n".join([f"{found.name} is in order.", *(f"  limit: {one}" for one in unable), NOTICE]))
    return 0
