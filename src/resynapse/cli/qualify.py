"""The command that runs a plan of qualification."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from .words import NOTICE, check_folder, command, print_records, progress

OUT = Path("runs/qualify")
_LATER = """A plan is a YAML document: what is simulated (bodies, trials, exam, contrast) and criteria, each with an id,
`of`, `metric`, a limit, the evidence (`role`), claims that it bears on, and why. Start from the one on file:
src/resynapse/qualify/plan/plans/standard.yaml. A first run takes about ten minutes; one that was cut off goes on
where it was. Exit code 1: a criterion failed, which the page tells first."""


def add_commands(commands: Any) -> None:
    """Adds `qualify`."""
    made = command(commands, "qualify", "run a plan of qualification: what was promised beside what came out", _run)
    made.epilog = _LATER
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.add_argument("--plan", default="standard", metavar="FILE", help="a plan on file or a YAML file")
    made.add_argument("--calibration", metavar="NAME", help="simulate with draws of this calibration on file")
    made.add_argument("--draws", type=int, help="how many of its draws trials take by turns; default as in the plan")
    made.add_argument("--out", type=Path, default=OUT, help=f"folder for what is run and the page; default {OUT}")
    made.add_argument("--tests", type=Path, metavar="FILE", help="a JUnit report of the project's tests, to be counted")
    made.add_argument("--json", action="store_true", help="print JSON")


def _run(words: argparse.Namespace) -> int:
    check_folder(words.out)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small matrices: threads only get into each other's way
    with progress(quiet=words.json) as tell:
        tell("reading the plan")
        from ..qualify.plan.plan import plan
        from ..report.qualification_page import write_qualification
        from ..requests.qualification import SHOWN, Qualification

        chosen = plan(words.plan)
        asked = chosen.under(words.calibration or chosen.calibration, words.draws)
        found = Qualification(asked, words.out, words.tests).run(tell)
        tell("drawing")
        page = write_qualification(found, words.out)
    failed = any(o["verdict"] == "fail" for o in found["outcomes"])
    if words.json:
        print(json.dumps(found, allow_nan=False))
        return int(failed)
    print(f"{NOTICE} Failures first; only verify evidence earns a pass.")
    print_records("criteria", [{**o, "result": o["words"]} for o in found["outcomes"]], False, SHOWN)
    print(f"\n{found['credibility']['conclusion']['words']}.\n{page}")
    return int(failed)
