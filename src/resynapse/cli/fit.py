"""The command `fit`: a thin door onto fitting the people of a table."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .words import NOTICE, check_folder, command, listed, progress


def add_commands(commands: Any) -> None:
    """Adds `fit individual`."""
    fit = commands.add_parser("fit", help="fit people's own measurements", description=f"Fit measurements. {NOTICE}")
    kinds = fit.add_subparsers(title="what to fit", required=True, metavar="WHAT")
    what = "most likely parameters, residuals and figures for each person of a table with concentrations"
    made = command(kinds, "individual", what, _run)
    made.add_argument("table", type=Path, help="a NONMEM-style table (CSV) with DV")
    made.add_argument("--body", action="append", help="theory of the body; default kpk1; repeat it to compare theories")
    made.add_argument("--id", help="fit this person only")
    made.add_argument("--posterior", action="store_true", help="also draw from the full posterior")
    made.add_argument("--draws", type=int, help="draws from each posterior and simulated tables; default 1000")
    made.add_argument("--seed", type=int, help="seed of everything that is drawn; default 0")
    made.add_argument("--vpc", action="store_true", help="visual predictive check also for fewer than ten people")
    made.add_argument(
        "--residual-sd", action="append", metavar="[PORT=]SD", help="residual error on the log scale, not the theory's"
    )
    made.add_argument("--with", dest="modifiers", type=listed, metavar="NAMES", help="what else acts: rifampicin, ...")
    made.add_argument("--quantity", help="port that DV measures where the table has no QUANTITY; default venous plasma")
    made.add_argument("--drug", help="where the table does not say: ketamine, esketamine or arketamine")
    made.add_argument("--route", help="where the table does not say")
    made.add_argument("--weight", type=float, help="kg, where the table does not say")
    made.add_argument("--out", type=Path, help="folder for fit.json, predictions.csv, figures and report.html")
    made.add_argument("--json", action="store_true", help="print the fit as JSON")


def _run(words: argparse.Namespace) -> int:
    check_folder(words.out)
    with progress(quiet=words.json) as tell:
        tell("reading the table")
        from ..requests.individuals import FitIndividual

        names = FitIndividual.model_fields.keys() & vars(words).keys()
        record = FitIndividual(**{n: v for n in names if (v := getattr(words, n)) is not None}).run(tell)
        page = _stored(record, words.out, tell)
    if words.json:
        print(json.dumps(record, allow_nan=False))
        return 0
    _print(record, page)
    return 0


def _stored(record: Mapping[str, Any], folder: Path | None, tell: Callable[[str], None]) -> Path | None:
    if folder is None:
        return None
    tell("drawing the report")
    from ..report.fit_page import write_fit

    return write_fit(record, folder)


def _print(record: Mapping[str, Any], page: Path | None) -> None:
    from rich.console import Console

    console = Console(width=None if Console().is_terminal else 140, highlight=False)
    console.print(f"{NOTICE} Never dosing advice.")
    assumed, bodies = len(record["run"]["assumptions"]), ", ".join(t["body"] for t in record["theories"])
    console.print(f"Rests on {assumed} assumed values and on the spread between people of: {bodies}.")
    for note in (n for t in record["theories"] for n in t["notes"]):
        console.print(f"Note: {note}")
    for person in record["people"]:
        _print_person(console, person)
    for theory in record["theories"] if len(record["theories"]) > 1 else ():
        console.print(f"{theory['body']}: log-probability of all measurements {theory['log_evidence']:.2f}")
    if page:
        console.print(f"\n{page}")


def _print_person(console: Any, person: Mapping[str, Any]) -> None:
    from rich.table import Table

    columns = ("parameter", "typical", "most likely", "90 %", "unit", "eta", "SE", "SD between", "variance left")
    table = Table(*columns, box=None, pad_edge=False, header_style="bold", title_justify="left")
    for address, value in person["map"]["parameters"].items():
        span = f"{value['low']:.3g} to {value['high']:.3g}"
        own = [person["map"]["eta"][address], *(person[k][address] for k in ("se", "prior_sd", "shrinkage_variance"))]
        told = (f"{value['typical']:.4g}", f"{value['value']:.4g}", span, value["unit"])
        table.add_row(address, *told, *(f"{v:.3g}" for v in own))
    console.print(f"\nPerson {person['id']}, theory {person['body']}")
    console.print(table)
    if found := person["posterior"]:
        console.print(f"Posterior: {found['effective_draws']:.0f} effective draws, Pareto k {found['pareto_k']:.2f}")
    if person["posterior_refused"]:
        console.print(f"No posterior: {person['posterior_refused']}")
