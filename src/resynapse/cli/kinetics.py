"""The commands on concentrations: noncompartmental analysis, and theories beside what was observed."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from .words import check_drawing, check_own, check_seed, command, listed, numbers, print_records, progress

_MARKS = ("bodies.json", "exam.json", "exam-*.json", "weights-*.json")
_OWN = ("*.html", "agreement.png", "overlay.png", "exam.png", "exam.svg", "weights.png")


def add_commands(commands: Any) -> None:
    """Adds `nca` and `compare`."""
    _nca(commands)
    _compare(commands)


def _nca(commands: Any) -> None:
    made = command(commands, "nca", "noncompartmental analysis of a stored result or a table", _run_nca)
    made.add_argument("input", type=Path, help="the folder that holds result.nc, or a table with ID,TIME,DV,AMT,EVID")
    made.add_argument("--port", dest="ports", type=listed, help="ports, separated by commas; default: all in plasma")
    made.add_argument("--unit", default="ng/mL", help="unit of DV in a table; default ng/mL")
    made.add_argument("--route", help="route of a table's doses where it has no ROUTE")
    made.add_argument("--limit", type=float, help="limit of quantification; default: a simulated peak over 1000")
    made.add_argument("--area", default="linear-up log-down", help='"linear-up log-down", "linear" or "log"')
    made.add_argument("--partial", type=numbers, default=(), help='further areas from the dose to "6,24" hours')
    made.add_argument("--draw", type=Path, metavar="FILE", help="draw the profiles (PNG, SVG or PDF)")
    made.add_argument("--json", action="store_true", help="print JSON")


def _compare(commands: Any) -> None:
    what = "set theories of the body, or the rival explanations, beside what was observed"
    made = command(commands, "compare", what, _run_compare)
    which = made.add_mutually_exclusive_group(required=True)
    which.add_argument("--bodies", nargs="*", metavar="NAME", help="theories of the body; default: all")
    which.add_argument("--all", action="store_true", help="every hypothesis takes the exam of mechanism observations")
    which.add_argument("--hypothesis", nargs="+", metavar="NAME", help="these hypotheses take the exam")
    which.add_argument("--weights", action="store_true", help="weigh the hypotheses by studies that were not fitted")
    made.add_argument("--draws", type=int, metavar="N", help="exam: draws of uncertain values a cell; default 200")
    made.add_argument("--seed", type=int, default=1, help="exam, weights: seed; default 1")
    made.add_argument("--prior", action="store_true", help="exam: draws that were not conditioned on build")
    made.add_argument("--draw", type=Path, metavar="FILE", help="draw the figure (PNG, SVG or PDF)")
    made.add_argument("--out", type=Path, metavar="DIR", help="folder for pages, figures and JSON")
    made.add_argument("--json", action="store_true", help="print JSON")


def _run_nca(words: argparse.Namespace) -> int:
    check_drawing(words.draw)
    from ..requests.profiles import analysed, draw_analysed, rules, short_rows

    found = analysed(words.input, words.ports, words.unit, words.route, rules(words.area, words.partial, words.limit))
    if words.draw:
        draw_analysed(found, words.draw)
    records = [one.record() for one in found] if words.json else short_rows(found)
    return print_records("nca", records, words.json, tuple(records[0]))


def _run_compare(words: argparse.Namespace) -> int:
    check_drawing(words.draw)
    check_own(words.out, _MARKS, _OWN)
    check_seed(words.seed)
    if words.weights:
        return _run_weights(words)
    return _run_bodies(words) if words.bodies is not None else _run_exam(words)


def _run_weights(words: argparse.Namespace) -> int:
    with progress(quiet=words.json) as tell:
        tell("wiring the hypotheses")
        from ..core.solver import keep_compiled_code
        from ..requests import weights as w

        keep_compiled_code()
        told = w.stacked(words.seed, words.out, tell)
        for file in filter(None, (words.draw, words.out and words.out / "weights.png")):
            w.draw_weighed(told, file)
    if words.json:
        print(json.dumps(told, allow_nan=False))
        return 0
    print_records("weights", w.weight_rows(told), False, w.SHOWN)
    print_records("studies", w.study_rows(told), False, w.STUDIES)
    print_records("predictions", w.clinical_rows(told), False, w.CLINICAL)
    print(w.verdict(told))
    return 0


def _run_exam(words: argparse.Namespace) -> int:
    names = tuple(name for word in words.hypothesis or () for name in listed(word))
    with progress(quiet=words.json) as tell:
        tell("wiring the hypotheses")
        from ..core.solver import keep_compiled_code
        from ..requests.exam import (
            GAINS,
            SHOWN,
            Wanted,
            draw_page,
            gain_rows,
            how_drawn,
            matrix,
            sat,
            score_rows,
            write_page,
        )

        keep_compiled_code()
        exam = sat(Wanted(names or None, words.draws, words.seed, words.prior), words.out, tell)
        if words.draw:
            draw_page(exam, words.draw)
        page = write_page(exam, words.out, tell) if words.out else None
    if words.json:
        print(json.dumps(exam, allow_nan=False))
        return 0
    print(matrix(exam))
    print(how_drawn(exam))
    print_records("hypotheses", score_rows(exam), False, SHOWN)
    print_records("experiments", gain_rows(exam), False, GAINS)
    print(page or "")
    return 0


def _run_bodies(words: argparse.Namespace) -> int:
    from ..requests.bodies import (
        ERRORS,
        SHOWN,
        STUDIES,
        by_study,
        compared,
        draw_compared,
        errors,
        failures_first,
        write_compared,
    )

    names = tuple(name for word in words.bodies for name in listed(word))
    with progress(quiet=words.json) as tell:
        reports = compared(names or None, tell)
        if words.draw:
            draw_compared(reports, words.draw)
        page = write_compared(reports, words.out, tell) if words.out else None
    if words.json:
        print(json.dumps({"bodies": reports}, allow_nan=False))
        return 0
    print_records("rows", failures_first(reports), False, SHOWN)
    print_records("groups", errors(reports), False, ERRORS)
    print_records("studies", by_study(reports), False, STUDIES)
    if page:
        print(page)
    return 0
