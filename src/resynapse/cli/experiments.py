"""The commands of the animal laboratory: published experiments listed, run again, and their power."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from .words import NOTICE, check_drawing, command, print_records, progress


def add_commands(commands: Any) -> None:
    """Adds `experiment` with `list`, `run` and `power`."""
    made = command(commands, "experiment", "run a published experiment on rodents again", _list)
    kinds = made.add_subparsers(title="what", metavar="WHAT")
    listed = command(kinds, "list", "list the published experiments on file", _list)
    listed.add_argument("--json", action="store_true", help="print JSON")
    _rerun(command(kinds, "run", "run one experiment once: its animals, its test (`power` repeats it)", _run))
    power = command(kinds, "power", "run one experiment many times: how often it finds something", _run)
    _rerun(power)
    power.add_argument("--replicates", type=int, default=1000, help="how many laboratories repeat it; default 1000")
    made.set_defaults(json=False)


def _rerun(made: argparse.ArgumentParser) -> None:
    made.add_argument("name", metavar="NAME_OR_FILE", help="an experiment on file, or a design of your own (.yaml)")
    made.add_argument("--hypothesis", help="which explanation of the drug runs it; default: the default chain")
    made.add_argument("--seed", type=int, default=1, help="seed of animals, laboratories and readings; default 1")
    made.add_argument("--draw", type=Path, metavar="FILE", help="also draw the figure (PNG, SVG or PDF)")
    made.add_argument("--json", action="store_true", help="print JSON")
    made.set_defaults(replicates=1)


def _list(words: argparse.Namespace) -> int:
    from ..requests.experiments import listed

    columns = ("name", "species", "readout", "hours", "animals", "n_mark", "role", "published", "source")
    return print_records("experiments", listed(), words.json, columns)


def _run(words: argparse.Namespace) -> int:
    check_drawing(words.draw)
    with progress(quiet=words.json) as tell:
        tell("drawing animals and following them")
        from ..core.solver import keep_compiled_code
        from ..requests.experiments import draw, rerun, told

        keep_compiled_code()
        found = rerun(words.name, words.hypothesis, words.seed, words.replicates)
    if words.draw:
        draw(found, words.draw)
    if words.json:
        print(json.dumps({"experiment": found.record}, allow_nan=False))
        return 0
    print(f"{NOTICE}\n\n{told(found)}" + (f"\n\n{words.draw}" if words.draw else ""))
    return 0
