"""The commands about calibrations: which there are, and what one of them saw, knows and leaves open."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from .words import NOTICE, check_drawing, family, print_records, progress, simple

_SHOWN = 12


def add_commands(commands: Any) -> None:
    """Adds `calibration` and what it can do."""
    below = family(commands, "calibration", "see what was fitted to evidence, and how sure of it one can be")
    simple(below, "list", "list the calibrations on file", _run_list)
    shown = simple(below, "show", "tell one calibration: rows, priors, diagnostics, values, what stays open", _run_show)
    shown.add_argument("name", help="a name of `resynapse calibration list`, several with +, or the path of a folder")
    shown.add_argument("--figure", type=Path, metavar="FILE", help="draw priors and posteriors (PNG, SVG or PDF)")


def _run_list(words: argparse.Namespace) -> int:
    with progress(quiet=words.json) as tell:
        tell("reading the calibrations")
        from ..requests.calibrations import calibration_records

        listed = calibration_records()
    shown = [{**one, "converged": "yes" if one["converged"] else "no"} for one in listed]
    columns = ("name", "title", "method", "draws", "values", "rows", "converged", "digest")
    return print_records("calibrations", listed if words.json else shown, words.json, columns)


def _run_show(words: argparse.Namespace) -> int:
    check_drawing(words.figure)
    with progress(quiet=words.json) as tell:
        tell("reading the calibration")
        from ..requests.calibrations import calibration_record

        found = calibration_record(words.name)
    if words.figure is not None:
        from ..report.picture import saved
        from ..report.priors_figure import draw_priors

        print(saved(draw_priors(found), words.figure))
        return 0
    if words.json:
        print(json.dumps({"calibration": found}, allow_nan=False, default=str))
        return 0
    _tell(found)
    return 0


def _tell(found: dict[str, Any]) -> None:
    head = f"{found['name']}: {found['title']}\n{found['draws']:,} draws by {found['method']}, seed {found['seed']}, "
    print(f"{head}digest {found['digest']}\n{_sentence(found['verdict'])}.\n")
    columns = ("address", "unit", "mean", "sd", "rhat", "ess_bulk", "ess_tail", "prior")
    print_records("values", found["values"], False, columns)
    open_ = ", ".join(found["not_identified"]) or "nothing, by its own account"
    print(f"\nThe data say next to nothing about: {open_}.")
    tied = found["correlations"]
    for one in tied[:_SHOWN]:
        print(f"  {' and '.join(one['between'])} hang together: {one['correlation']:+.2f}")
    if len(tied) > _SHOWN:
        print(f"  and {len(tied) - _SHOWN} further pairs, which --json lists")
    print()
    print_records("rows", found["data"], False, ("row", "what", "value", "unit", "sd", "scale", "note"))
    print("\n".join([*(f"note: {note}" for note in found["notes"]), NOTICE]))


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
