"""The command line: a thin door onto the requests. Nothing heavy is imported before a command is chosen."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .cli_fit import add_fit

NOTICE = "For research. Not medical advice, and never advice to a patient."


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0 when all went well, 1 when solving failed, 2 when the input cannot be used."""
    from .core.errors import ResynapseError

    words = parser().parse_args(argv)
    try:
        return int(words.command(words) or 0)
    except ResynapseError as failure:
        print(f"resynapse: {failure}", file=sys.stderr)
        return failure.exit_code
    except BrokenPipeError:
        return 0


def parser() -> argparse.ArgumentParser:
    """The grammar of the command line."""
    top = argparse.ArgumentParser(prog="resynapse", description=f"Follow a dose from the body to mood. {NOTICE}")
    top.add_argument("--version", action="version", version=_version())
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _simulate(commands)
    add_fit(commands, _progress)
    _report(commands)
    _evidence(commands)
    _parameters(commands)
    _cite(commands)
    _nca(commands)
    _compare(commands)
    _simple(commands, "chain", "print the stages of a chain, their ports and who reads them", _run_chain, species=True)
    _simple(commands, "claims", "print the ledger of claims and who has to answer them", _run_claims)
    _claim(commands)
    selftest = _simple(commands, "selftest", "check the numbers that this release promises", _run_selftest)
    selftest.add_argument("--out", type=Path, metavar="FILE", help="also store the checks (JSON), for a report")
    return top


def _command(
    commands: Any, name: str, what: str, run: Callable[[argparse.Namespace], int | None]
) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(name, help=what, description=f"{what.capitalize()}. {NOTICE}")
    made.set_defaults(command=run)
    return made


def _simple(
    commands: Any, name: str, what: str, run: Callable[[argparse.Namespace], int | None], species: bool = False
) -> argparse.ArgumentParser:
    made = _command(commands, name, what, run)
    made.add_argument("--json", action="store_true", help="print JSON")
    if species:
        made.add_argument("--species", default="human", help="human, rat or mouse")
        made.add_argument("--body", help="another theory of the body")
    return made


def _simulate(commands: Any) -> None:
    made = _command(commands, "simulate", "simulate a regimen or an event table", _run_simulate)
    made.add_argument("table", nargs="?", type=Path, help="a NONMEM-style event table (CSV)")
    made.add_argument("--drug", help="ketamine, esketamine, arketamine, norketamine, hydroxynorketamine_r or _s")
    made.add_argument("--route", help="iv, nasal, oral, im, sc, sublingual, inhaled, rectal; rodents: iv, ip, sc")
    made.add_argument("--dose", help='with its unit: "0.5 mg/kg", "84 mg"')
    made.add_argument(
        "--formulation", help='preparation, such as "prolonged_release_tablet"; default: none in particular'
    )
    made.add_argument("--devices", help='use of nasal devices: "spaced, sneeze after 1, missed 3"; default: together')
    made.add_argument(
        "--with",
        dest="modifiers",
        type=_listed,
        metavar="NAMES",
        help="what else changes the body: rifampicin, rhinitis, ... separated by commas; default: nothing",
    )
    made.add_argument("--over", help='length of an infusion: "40 min"')
    made.add_argument("--schedule", default="once", help='"twice weekly for 4 weeks, then weekly"; default: once')
    made.add_argument("--days", type=float, help="days to follow; default 14, or 14 after a table's last dose")
    made.add_argument("--weight", type=float, help="kg; default 70, rat 0.25, mouse 0.025")
    made.add_argument("--age", type=float, help="years")
    made.add_argument("--species", default="human", help="human, rat or mouse")
    made.add_argument("--body", help="theory of the body; default kpk1, or the rodent's own")
    made.add_argument("--stress", help='load of life: a number, or "0 for 1 week, 1 for 21 days"')
    made.add_argument("--life-seed", type=int, help="draw a fluctuating load and life events with this seed")
    made.add_argument("--ports", type=_listed, help="ports to report, separated by commas")
    made.add_argument("--times", type=_numbers, help='hours to report: "0,1,2,24"')
    made.add_argument("--covariates", default="nocb", help="a table's changing covariates: nocb (as NONMEM) or locf")
    made.add_argument("--start", type=Path, help="a stored result to continue from")
    made.add_argument("--out", type=Path, help="folder for the result (result.nc, signals.csv, request.json)")
    made.add_argument("--report", action="store_true", help="also write report.html and figures into the folder")
    made.add_argument(
        "--checks", type=Path, metavar="FILE", help="stored checks (selftest --out) to show in the report"
    )
    made.add_argument("--json", action="store_true", help="print the result as JSON")


def _report(commands: Any) -> None:
    made = _command(commands, "report", "draw the report of a stored result again", _run_report)
    made.add_argument("result", type=Path, help="the folder that holds result.nc")


def _evidence(commands: Any) -> None:
    made = _command(commands, "evidence", "list, filter and draw published observations", _run_evidence)
    for word in ("endpoint", "quantity", "statistic", "study", "role", "species", "drug", "route", "mark"):
        made.add_argument(f"--{word}", help=f"keep this {word}")
    made.add_argument("--draw", type=Path, metavar="FILE", help="draw the selection (PNG or SVG)")
    made.add_argument("--json", action="store_true", help="print JSON")


def _parameters(commands: Any) -> None:
    made = _command(commands, "parameters", "list parameter values with their provenance", _run_parameters)
    made.add_argument("--species", default="human", help="human, rat or mouse")
    made.add_argument("--origin", help="keep this origin, such as assumed_here")
    made.add_argument("--body", help="another theory of the body")
    made.add_argument("--diff", nargs=2, metavar=("A", "B"), help="compare two species, or two theories of the body")
    made.add_argument("--json", action="store_true", help="print JSON")


def _claim(commands: Any) -> None:
    made = _command(commands, "claim", "ask the model about one claim of the ledger", _run_claim)
    made.add_argument("id", help="the number of the claim, such as C16")
    made.add_argument("--people", type=int, default=2000, help="how many people to draw; default 2000")
    made.add_argument("--seed", type=int, default=1, help="seed of the draw; default 1")
    made.add_argument("--draw", type=Path, metavar="FILE", help="also draw the figure (PNG or SVG)")
    made.add_argument("--json", action="store_true", help="print JSON")


def _cite(commands: Any) -> None:
    made = _command(commands, "cite", "print the BibTeX of the sources that a run used", _run_cite)
    made.add_argument("result", type=Path, help="the folder that holds result.nc")
    made.add_argument("--json", action="store_true", help="print JSON")


def _nca(commands: Any) -> None:
    made = _command(commands, "nca", "noncompartmental analysis of a stored result or a table", _run_nca)
    made.add_argument("input", type=Path, help="the folder that holds result.nc, or a table with ID,TIME,DV,AMT,EVID")
    made.add_argument("--port", dest="ports", type=_listed, help="ports, separated by commas; default: all in plasma")
    made.add_argument("--unit", default="ng/mL", help="unit of DV in a table; default ng/mL")
    made.add_argument("--route", help="route of a table's doses where it has no ROUTE")
    made.add_argument("--limit", type=float, help="limit of quantification; default: a simulated peak over 1000")
    made.add_argument("--area", default="linear-up log-down", help='"linear-up log-down", "linear" or "log"')
    made.add_argument("--partial", type=_numbers, default=(), help='further areas from the dose to "6,24" hours')
    made.add_argument("--draw", type=Path, metavar="FILE", help="draw the profiles (PNG, SVG or PDF)")
    made.add_argument("--json", action="store_true", help="print JSON")


def _compare(commands: Any) -> None:
    made = _command(commands, "compare", "set theories of the body beside what was observed", _run_compare)
    made.add_argument("--bodies", nargs="*", required=True, metavar="NAME", help="theories of the body; default: all")
    made.add_argument("--draw", type=Path, metavar="FILE", help="draw predicted against observed (PNG, SVG or PDF)")
    made.add_argument("--out", type=Path, metavar="DIR", help="folder for a page a theory, figures and bodies.json")
    made.add_argument("--json", action="store_true", help="print JSON")


def _run_simulate(words: argparse.Namespace) -> int:
    from .core.errors import RequestError

    if words.report and words.out is None:
        raise RequestError("a report needs a folder", given="--report without --out", then="add --out runs/name")
    if words.out is not None and words.out.exists() and not words.out.is_dir():
        raise RequestError("the output is not a folder", given=words.out)
    with _progress(quiet=words.json) as tell:
        tell("reading the request")
        from .requests import Simulate
        from .store import store

        names = Simulate.model_fields.keys() & vars(words).keys()
        request = Simulate(**{n: getattr(words, n) for n in names if getattr(words, n) is not None})
        tree = request.run(tell)
        folder = store(tree, words.out, words.report, tell) if words.out else None
    if words.json:
        from .result import json_record

        print(json.dumps(json_record(tree), allow_nan=False))
        return 0
    from .headline import print_headline

    print_headline(tree, folder, words.report)
    return 0


def _run_report(words: argparse.Namespace) -> int:
    from .store import stored_result

    with _progress() as tell:
        tell("drawing")
        tree = stored_result(words.result)
        from .report import write_report

        page = write_report(tree, words.result if words.result.is_dir() else words.result.parent)
    print(page)
    return 0


def _run_evidence(words: argparse.Namespace) -> int:
    from .evidence import library

    names = ("endpoint", "quantity", "statistic", "study", "role", "species", "drug", "route", "mark")
    chosen = library().select(**{n: getattr(words, n) for n in names if getattr(words, n)})
    if words.draw:
        from .evidence import draw

        draw(chosen).savefig(words.draw, dpi=200)
        print(words.draw)
        return 0
    columns = ("study", "arm", "quantity", "statistic", "time", "time_unit", "value", "unit", "role", "mark")
    return _print_records("observations", chosen.records(), words.json, columns)


def _run_parameters(words: argparse.Namespace) -> int:
    from .listing import parameter_difference, parameter_records

    if words.diff:
        columns = ("address", "unit", *words.diff)
        return _print_records("parameters", parameter_difference(*words.diff), words.json, columns)
    columns = ("address", "value", "unit", "origin", "source", "where", "low", "high")
    return _print_records("parameters", parameter_records(words.species, words.origin, words.body), words.json, columns)


def _run_cite(words: argparse.Namespace) -> int:
    from .core.source import bibliography
    from .store import stored_result

    keys = [s["key"] for s in json.loads(stored_result(words.result).attrs["sources"])]
    found = [bibliography()[key] for key in keys]
    if words.json:
        return _print_records("sources", [_source_record(s) for s in found], True, ())
    print("\n".join(s.bibtex for s in found))
    return 0


def _run_nca(words: argparse.Namespace) -> int:
    from .noncompartmental import analysed, draw_analysed, listed, rules

    found = analysed(words.input, words.ports, words.unit, words.route, rules(words.area, words.partial, words.limit))
    if words.draw:
        draw_analysed(found, words.draw)
    records = [one.record() for one in found] if words.json else listed(found)
    return _print_records("nca", records, words.json, tuple(records[0]))


def _run_compare(words: argparse.Namespace) -> int:
    from .comparing import ERRORS, SHOWN, compared, draw_compared, errors, listed, write_compared

    names = tuple(name for word in words.bodies for name in _listed(word))
    with _progress(quiet=words.json) as tell:
        reports = compared(names or None, tell)
        if words.draw:
            draw_compared(reports, words.draw)
        page = write_compared(reports, words.out, tell) if words.out else None
    if words.json:
        print(json.dumps({"bodies": reports}, allow_nan=False))
        return 0
    _print_records("rows", listed(reports), False, SHOWN)
    _print_records("groups", errors(reports), False, ERRORS)
    if page:
        print(page)
    return 0


def _source_record(source: Any) -> dict[str, str]:
    return {"key": source.key, "text": source.text, "url": source.url, "bibtex": source.bibtex}


def _run_chain(words: argparse.Namespace) -> int:
    from .listing import port_records

    columns = ("room", "port", "unit", "kind", "read_by", "meaning")
    return _print_records("ports", port_records(words.species, words.body), words.json, columns)


def _run_claims(words: argparse.Namespace) -> int:
    from .qualify.claims import ledger_records

    return _print_records("claims", ledger_records(), words.json, ("id", "claim", "rooms", "status", "verdict"))


def _run_claim(words: argparse.Namespace) -> int:
    with _progress(quiet=words.json) as tell:
        tell("loading")
        from .core.solver import keep_compiled_code
        from .qualify.answers import answer

        keep_compiled_code()
        found = answer(words.id, words.people, words.seed)
    if words.draw:
        found.draw().savefig(words.draw, dpi=200)
    print(json.dumps(found.record, allow_nan=False) if words.json else found.text)
    return 0


def _run_selftest(words: argparse.Namespace) -> int:
    with _progress(quiet=words.json) as tell:
        tell("loading")
        from .qualify.selftest import check_records

        records = check_records(tell)
    if words.out:
        from . import __version__

        words.out.parent.mkdir(parents=True, exist_ok=True)
        words.out.write_text(json.dumps({"resynapse_version": __version__, "checks": records}), encoding="utf-8")
    _print_records("checks", records, words.json, ("passed", "id", "what", "value", "allowed"))
    return 0 if all(r["passed"] for r in records) else 1


def _print_records(name: str, records: Sequence[dict[str, Any]], as_json: bool, columns: Sequence[str]) -> int:
    if as_json:
        print(json.dumps({name: list(records)}, allow_nan=False, default=str))
        return 0
    from rich.console import Console
    from rich.table import Table

    wide = Console(width=None if sys.stdout.isatty() else 200)
    table = Table(*columns, box=None, pad_edge=False, header_style="bold", caption=f"{len(records)} {name}. {NOTICE}")
    for record in records:
        table.add_row(*(_cell(record.get(c)) for c in columns))
    wide.print(table)
    return 0


def _cell(value: Any) -> str:
    from rich.markup import escape

    if isinstance(value, bool):
        return "pass" if value else "FAIL"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return ", ".join(str(v) for v in value)
    return "" if value is None else escape(str(value))


@contextmanager
def _progress(quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """A line on the terminal's error stream that says what is being done."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("starting") as status:
        yield lambda text: status.update(text)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(float(word) for word in _listed(text))


def _version() -> str:
    from . import __version__

    return f"resynapse {__version__}"
