"""The ledger of claims, and the model asked about one of them."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from .words import NOTICE, check_drawing, check_file, command, print_records, progress, simple


def add_commands(commands: Any) -> None:
    """Adds `claims` and `claim`."""
    made = simple(commands, "claims", "print the ledger of claims and who has to answer them", _run_claims)
    made.add_argument("--html", action="store_true", help="write the ledger with all answers on file as one page")
    made.add_argument("--out", type=Path, metavar="FILE", help="where the page goes; default claims.html")
    _claim(commands)


def _claim(commands: Any) -> None:
    made = command(commands, "claim", "ask the model about one claim of the ledger", _run_claim)
    made.add_argument("id", help="the number of the claim, such as C16")
    made.add_argument("--draws", type=int, help="how many draws of doubted values, or runs of a trial")
    made.add_argument("--people", type=int, help="how many people to draw, where the claim is about people")
    made.add_argument("--population", help="whose people: trd_phase3, ...; where the claim is about people")
    made.add_argument("--seed", type=int, default=1, help="seed of the draw; default 1")
    made.add_argument("--draw", type=Path, metavar="FILE", help="also draw the figure (PNG, SVG or PDF)")
    made.add_argument("--json", action="store_true", help="print JSON")


def _run_claims(words: argparse.Namespace) -> int:
    if words.html:
        return _write_page(words)
    if words.out is not None:
        from ..core.errors import RequestError

        raise RequestError("only the page goes into a file", where="--out", given=words.out, then="say `--html` too")
    from ..qualify.claims import ledger_records

    return print_records("claims", ledger_records(), words.json, ("id", "claim", "rooms", "status", "verdict"))


def _write_page(words: argparse.Namespace) -> int:
    file = words.out or Path("claims.html")
    check_file(file)
    with progress(quiet=words.json) as tell:
        tell("joining claims, answers and evidence")
        from .. import __version__
        from ..qualify.ledger.lines import lines
        from ..report.ledger import render_ledger

        found = lines()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(render_ledger(found, __version__), encoding="utf-8")
    stale = [line.id for line in found if line.stale]
    told = {"page": str(file), "claims": len(found), "stale": stale}
    print(
        json.dumps(told) if words.json else f"{file}: {len(found)} claims; {len(stale)} answers out of date. {NOTICE}"
    )
    return 0


def _run_claim(words: argparse.Namespace) -> int:
    check_drawing(words.draw)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small matrices: threads only get into each other's way
    with progress(quiet=words.json) as tell:
        tell("loading")
        from ..core.solver import keep_compiled_code
        from ..qualify.answering.terms import Terms
        from ..qualify.answers import answer

        keep_compiled_code()
        terms = Terms(words.draws, words.seed, words.people, words.population, tell)
        tell("asking the model")
        found = answer(words.id, terms)
    if words.draw:
        from ..report.picture import saved

        saved(found.draw(), words.draw)
    print(json.dumps(found.record, allow_nan=False) if words.json else found.text)
    return 0
