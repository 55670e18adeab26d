"""The commands of small studies: what drives a spread, and one person living many lives."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .words import NOTICE, check_folder, command, listed, progress


def add_commands(commands: Any) -> None:
    """Adds `sensitivity` and `relapse`."""
    _sensitivity(commands)
    _relapse(commands)


def _sensitivity(commands: Any) -> None:
    made = command(commands, "sensitivity", "ask what drives the spread of a quantity between people", _run_sensitivity)
    made.add_argument("--population", required=True, help="whose spreads: trd_phase3, ... (`resynapse populations`)")
    made.add_argument("--quantity", required=True, help="a port, such as madrs_total (`resynapse chain`)")
    made.add_argument("--time", required=True, type=float, help="hours after the first dose")
    made.add_argument("--drug", required=True, help="ketamine, esketamine, ...")
    made.add_argument("--route", required=True, help="iv, nasal, oral, ...")
    made.add_argument("--dose", required=True, help='with its unit: "0.5 mg/kg", "84 mg"')
    made.add_argument("--over", help='length of an infusion: "40 min"')
    made.add_argument("--schedule", help='"twice weekly for 4 weeks"; default: once')
    made.add_argument("--days", type=float, help="days to follow; default as many as --time needs")
    made.add_argument("--body", help="theory of the body; default kpk1")
    made.add_argument("--with", dest="modifiers", type=listed, metavar="NAMES", help="what else acts in everybody")
    made.add_argument("--method", help="sobol (shares of the variance) or morris (a cheap screen); default sobol")
    made.add_argument("--n", type=int, help="base samples, a power of two (512), or trajectories (32)")
    _shared(made, "seed of the sequence; default 1")


def _relapse(commands: Any) -> None:
    made = command(
        commands, "relapse", "let one person live many lives and see when each of them relapses", _run_relapse
    )
    made.add_argument("--population", required=True, help="whose people: trd_academic, ... (`resynapse populations`)")
    made.add_argument("--person", required=True, type=int, help="the person's number, from 0")
    made.add_argument("--draws", type=int, help="how many lives: draws of the load; default 200")
    made.add_argument("--quantity", help="whose rule of relapse counts: despair (default) or madrs_total")
    made.add_argument("--drug", help="default ketamine")
    made.add_argument("--route", help="default iv")
    made.add_argument("--dose", help='default "0.5 mg/kg"')
    made.add_argument("--over", help='default "40 min"')
    made.add_argument("--schedule", help='default "3 times a week for 2 weeks"')
    made.add_argument("--days", type=float, help="days to follow; default 182")
    made.add_argument("--among", type=int, help="people searched for two others and counted; default 500")
    _shared(made, "seed of the people and of their lives; default 1")


def _shared(made: argparse.ArgumentParser, seed: str) -> None:
    made.add_argument("--seed", type=int, help=seed)
    made.add_argument("--out", type=Path, help="folder for the numbers (JSON), figures and report.html")
    made.add_argument("--json", action="store_true", help="print JSON")


def _run_sensitivity(words: argparse.Namespace) -> int:
    check_folder(words.out)
    with progress(quiet=words.json) as tell:
        tell("reading the request")
        from ..requests.sensitivity import Sensitivity
        from ..requests.sensitivity_report import sensitivity_lines, write_sensitivity

        found = Sensitivity(**_said(words, Sensitivity)).run(tell)
        page = write_sensitivity(found, words.out) if words.out else None
    return _told(found.record, words.json, page, lambda: sensitivity_lines(found))


def _run_relapse(words: argparse.Namespace) -> int:
    check_folder(words.out)
    with progress(quiet=words.json) as tell:
        tell("reading the request")
        from ..requests.relapse import Relapse
        from ..requests.relapse_report import relapse_lines, write_relapse

        found = Relapse(**_said(words, Relapse)).run(tell)
        page = write_relapse(found, words.out) if words.out else None
    return _told(found.record, words.json, page, lambda: relapse_lines(found))


def _said(words: argparse.Namespace, request: Any) -> dict[str, Any]:
    """The words that were said, for a request."""
    names = request.model_fields.keys() & vars(words).keys()
    return {name: getattr(words, name) for name in names if getattr(words, name) is not None}


def _told(record: Any, as_json: bool, page: Path | None, lines: Callable[[], list[str]]) -> int:
    if as_json:
        print(json.dumps(record, allow_nan=False))
        return 0
    print("\n".join([NOTICE, *lines()]))
    if page:
        print(f"\n{page}")
    return 0
