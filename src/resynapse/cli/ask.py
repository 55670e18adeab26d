"""The command that weighs an open question: best dose, who benefits, how long, how often."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from .words import NOTICE, check_drawing, check_folder, check_seed, command, print_records, progress

_LIST = "list"


def add_commands(commands: Any) -> None:
    """Adds `ask`."""
    made = command(commands, "ask", "weigh an open question: benefit against burden, and what would settle it", _run)
    made.add_argument("words", nargs="+", metavar="QUESTION", help='"best dose", "how often", ...; or `list`')
    made.add_argument("--draws", type=int, help="how many draws of what is not known; default 200")
    made.add_argument("--people", type=int, help="how many people in each draw; the question's own number by default")
    made.add_argument("--population", help="whose people; default trd_academic")
    made.add_argument("--calibration", metavar="NAME", help="use this calibration; default those on file")
    made.add_argument("--ranges", action="store_true", help="draw from the ranges beside the values, uncalibrated")
    made.add_argument("--seed", type=int, default=1, help="seed of draws and people; default 1")
    made.add_argument("--out", type=Path, metavar="FOLDER", help="write page, figure (PNG and SVG) and numbers here")
    made.add_argument("--draw", type=Path, metavar="FILE", help="draw the figure alone (PNG, SVG or PDF)")
    made.add_argument("--json", action="store_true", help="print JSON")


def _run(words: argparse.Namespace) -> int:
    asked = " ".join(words.words)
    if asked.strip().lower() == _LIST:
        return _print_questions(words.json)
    check_folder(words.out)
    check_drawing(words.draw)
    check_seed(words.seed)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small matrices: threads only get into each other's way
    with progress(quiet=words.json) as tell:
        tell("loading")
        from ..qualify.answering.terms import Terms
        from ..requests.asking import Asking, write_asked

        terms = Terms(words.draws, words.seed, words.people, words.population)
        found = Asking(asked, terms, words.calibration, words.ranges).run(tell)
        page = write_asked(found, words.out) if words.out else None
    if words.draw:
        from ..report.picture import saved

        saved(found.shown.figure(), words.draw)
    print(json.dumps(found.record, allow_nan=False) if words.json else found.text)
    if page and not words.json:
        print(f"\n{page}")
    return 0


def _print_questions(as_json: bool) -> int:
    from ..qualify.weighing.questions import question_records

    if not as_json:
        print(f'Ask one of these, or say it in your own words: resynapse ask "best dose". {NOTICE}\n')
    return print_records("questions", question_records(), as_json, ("question", "words"))
