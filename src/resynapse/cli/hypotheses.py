"""The command that lists the rival explanations, and tells one of them in full."""

from __future__ import annotations

import argparse
import json
from typing import Any

from .words import command, print_records, progress


def add_commands(commands: Any) -> None:
    """Adds `hypotheses`."""
    made = command(commands, "hypotheses", "list the rival explanations of the drug, or tell one in full", _run)
    made.add_argument("name", nargs="?", help="one of them, such as disinhibition; default: all")
    made.add_argument("--json", action="store_true", help="print JSON")


def _run(words: argparse.Namespace) -> int:
    with progress(quiet=words.json) as tell:
        tell("wiring the hypotheses")
        from ..core.solver import keep_compiled_code
        from ..hypothesis.account import hypothesis_record, hypothesis_records
        from ..hypothesis.library import hypothesis
        from ..hypothesis.page import told

        keep_compiled_code()
        found = hypothesis_record(hypothesis(words.name)) if words.name else {}
        listed = [] if words.name else hypothesis_records()
    if not words.name:
        return print_records("hypotheses", listed, words.json, ("name", "claim", "predicts", "unmet", "sources"))
    print(json.dumps({"hypothesis": found}, allow_nan=False) if words.json else told(found))
    return 0
