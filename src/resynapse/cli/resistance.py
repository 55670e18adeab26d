"""The command that lets people live through courses of slow antidepressants."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from .words import NOTICE, check_drawing, command, progress


def add_commands(commands: Any) -> None:
    """Adds `resistance`."""
    made = command(commands, "resistance", "let people live through courses of antidepressants, and count", _run)
    made.add_argument("--population", default="first_course", help="whose people start; default first_course")
    made.add_argument("--starters", type=int, default=10_000, help="how many start a first course; default 10000")
    made.add_argument("--seed", type=int, default=1, help="seed of the draw; default 1")
    made.add_argument("--draw", type=Path, metavar="FILE", help="also draw the figure (PNG, SVG or PDF)")
    made.add_argument("--json", action="store_true", help="print JSON")


def _run(words: argparse.Namespace) -> int:
    check_drawing(words.draw)
    with progress(quiet=words.json) as tell:
        tell("loading")
        from ..core.solver import keep_compiled_code
        from ..requests.resistance import draw, resistance

        keep_compiled_code()
        found = resistance(words.population, words.starters, words.seed, tell)
    if words.draw:
        draw(found, words.draw)
    if words.json:
        print(json.dumps(found.record, allow_nan=False))
        return 0
    print(f"{NOTICE}\n\n{found.text}")
    if words.draw:
        print(f"\n{words.draw}")
    return 0
