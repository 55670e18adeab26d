"""The commands that list what the project holds: evidence, values, ports, what acts beside a drug, checks."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from .words import NOTICE, check_file, command, print_records, progress, simple


def add_commands(commands: Any) -> None:
    """Adds `evidence`, `parameters`, `chain`, `modifiers`, `manipulations`, `preparations` and `selftest`."""
    _evidence(commands)
    _parameters(commands)
    chain = simple(commands, "chain", "print the ports of a chain and who reads them", _run_chain, species=True)
    _with_tablets(chain)
    simple(commands, "modifiers", "list what can act beside the drug (--with)", _run_modifiers)
    listed = "list what a laboratory can do beside the drug, or tell one of them"
    manipulations = simple(commands, "manipulations", listed, _run_manipulations)
    manipulations.add_argument("name", nargs="?", help="one of them, such as nbqx; default: all")
    simple(commands, "preparations", "list what a dose can be made up as (--formulation)", _run_preparations)
    selftest = simple(commands, "selftest", "check the numbers that this release promises", _run_selftest)
    selftest.add_argument("--out", type=Path, metavar="FILE", help="also store the checks (JSON), for a report")


def _evidence(commands: Any) -> None:
    made = command(commands, "evidence", "list, filter and draw published observations", _run_evidence)
    for word in ("endpoint", "quantity", "statistic", "study", "role", "species", "drug", "route", "mark"):
        made.add_argument(f"--{word}", help=f"keep this {word}")
    made.add_argument("--draw", type=Path, metavar="FILE", help="draw the selection (PNG, SVG or PDF)")
    made.add_argument("--json", action="store_true", help="print JSON")


def _parameters(commands: Any) -> None:
    made = command(commands, "parameters", "list parameter values with their provenance", _run_parameters)
    made.add_argument("--species", default="human", help="human, rat or mouse")
    made.add_argument("--origin", help="keep this origin, such as assumed_here")
    made.add_argument("--body", help="another theory of the body")
    _with_tablets(made)
    made.add_argument("--diff", nargs=2, metavar=("A", "B"), help="compare two species, or two theories of the body")
    made.add_argument("--json", action="store_true", help="print JSON")


def _with_tablets(made: argparse.ArgumentParser) -> None:
    made.add_argument("--tablets", action="store_true", help="the human chain with slow antidepressants as well")


def _run_evidence(words: argparse.Namespace) -> int:
    from ..evidence import library

    names = ("endpoint", "quantity", "statistic", "study", "role", "species", "drug", "route", "mark")
    chosen = library().select(**{n: getattr(words, n) for n in names if getattr(words, n)})
    if words.draw:
        from ..evidence import draw
        from ..report.picture import saved

        print(saved(draw(chosen), words.draw))
        return 0
    columns = ("study", "arm", "quantity", "statistic", "time", "time_unit", "value", "unit", "role", "mark")
    return print_records("observations", chosen.records(), words.json, columns)


def _run_parameters(words: argparse.Namespace) -> int:
    from ..listing import chain_listed, parameter_difference, parameter_records

    if words.diff:
        columns = ("address", "unit", *words.diff)
        return print_records("parameters", parameter_difference(*words.diff), words.json, columns)
    columns = ("address", "value", "unit", "origin", "source", "where", "low", "high")
    chain = chain_listed(words.species, words.body, words.tablets)
    return print_records("parameters", parameter_records(chain, words.origin), words.json, columns)


def _run_chain(words: argparse.Namespace) -> int:
    from ..listing import chain_listed, port_records

    columns = ("room", "port", "unit", "kind", "compartment", "read_by", "meaning")
    chain = chain_listed(words.species, words.body, words.tablets)
    return print_records("ports", port_records(chain), words.json, columns)


def _run_modifiers(words: argparse.Namespace) -> int:
    from ..listing import modifier_records

    return print_records("modifiers", modifier_records(), words.json, ("name", "title", "effect", "factors", "doubt"))


def _run_manipulations(words: argparse.Namespace) -> int:
    from ..listing import manipulation_records

    if words.name and not words.json:
        from ..life.page import told

        print(f"{told(words.name)}\n\n{NOTICE}")
        return 0
    columns = ("name", "title", "acts", "begin", "end", "species", "sources")
    return print_records("manipulations", manipulation_records(words.name), words.json, columns)


def _run_preparations(words: argparse.Namespace) -> int:
    from ..listing import preparation_records

    columns = ("name", "title", "route", "drugs", "numbers", "note")
    return print_records("preparations", preparation_records(), words.json, columns)


def _run_selftest(words: argparse.Namespace) -> int:
    check_file(words.out)
    with progress(quiet=words.json) as tell:
        tell("loading")
        from ..qualify.selftest import check_records

        records = check_records(tell)
    if words.out:
        from .. import __version__

        words.out.parent.mkdir(parents=True, exist_ok=True)
        words.out.write_text(json.dumps({"resynapse_version": __version__, "checks": records}), encoding="utf-8")
    print_records("checks", records, words.json, ("passed", "id", "what", "value", "allowed"))
    return 0 if all(r["passed"] for r in records) else 1
