"""The commands around one run: simulate it, draw it again, cite its sources."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from .people import add_words, is_about_many, run_many
from .words import add_knowledge, check_folder, command, listed, numbers, print_records, progress


def add_commands(commands: Any) -> None:
    """Adds `simulate`, `report` and `cite`."""
    _simulate(commands)
    _report(commands)
    _cite(commands)


def _simulate(commands: Any) -> None:
    made = command(commands, "simulate", "simulate a regimen or an event table", _run_simulate)
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
        type=listed,
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
    made.add_argument("--hypothesis", help="another explanation of the drug: see `resynapse hypotheses`")
    made.add_argument("--stress", help='load of life: a number, or "0 for 1 week, 1 for 21 days"')
    made.add_argument("--life-seed", type=int, help="draw a fluctuating load and life events with this seed")
    made.add_argument("--ports", type=listed, help="ports to report, separated by commas")
    made.add_argument("--times", type=numbers, help='hours to report: "0,1,2,24"')
    made.add_argument("--covariates", default="nocb", help="a table's changing covariates: nocb (as NONMEM) or locf")
    made.add_argument("--start", type=Path, help="a stored result to continue from")
    made.add_argument("--out", type=Path, help="folder for the result (result.nc, signals.csv, request.json)")
    made.add_argument("--report", action="store_true", help="also write report.html and figures into the folder")
    made.add_argument(
        "--checks", type=Path, metavar="FILE", help="stored checks (selftest --out) to show in the report"
    )
    made.add_argument("--json", action="store_true", help="print the result as JSON")
    add_knowledge(made, "everybody is followed under each")
    add_words(made)


def _report(commands: Any) -> None:
    made = command(commands, "report", "draw the report of a stored result again", _run_report)
    made.add_argument("result", type=Path, help="the folder that holds result.nc, a run of many people, or a trial")


def _cite(commands: Any) -> None:
    made = command(commands, "cite", "print the BibTeX of the sources that a run used", _run_cite)
    made.add_argument("result", type=Path, help="the folder that holds result.nc")
    made.add_argument("--json", action="store_true", help="print JSON")


def _run_simulate(words: argparse.Namespace) -> int:
    from ..core.errors import RequestError

    if is_about_many(words):
        return run_many(words)
    if words.report and words.out is None:
        raise RequestError("a report needs a folder", given="--report without --out", then="add --out runs/name")
    check_folder(words.out)
    with progress(quiet=words.json) as tell:
        tell("reading the request")
        from ..requests.simulate import Simulate
        from ..store import store

        names = Simulate.model_fields.keys() & vars(words).keys()
        request = Simulate(**{n: getattr(words, n) for n in names if getattr(words, n) is not None})
        tree = request.run(tell)
        folder = store(tree, words.out, words.report, tell) if words.out else None
    if words.json:
        from ..result import json_record

        print(json.dumps(json_record(tree), allow_nan=False))
        return 0
    from ..headline import print_headline

    print_headline(tree, folder, words.report)
    return 0


def _run_report(words: argparse.Namespace) -> int:
    with progress() as tell:
        tell("drawing")
        page = _page(words.result)
    print(page)
    return 0


def _page(folder: Path) -> Path:
    """The page of whatever lies in the folder: a run of many people, a trial, or one result."""
    if (folder / "manifest.json").is_file():
        return _page_of_many(folder)
    if (folder / "trial.json").is_file():
        from ..requests.trial_report import trial_report

        return trial_report(folder)
    return _page_of_one(folder)


def _page_of_many(folder: Path) -> Path:
    from ..requests.population_report import population_report

    return population_report(folder)


def _page_of_one(result: Path) -> Path:
    from ..store import stored_result

    tree = stored_result(result)
    from ..report import write_report

    return write_report(tree, result if result.is_dir() else result.parent)


def _run_cite(words: argparse.Namespace) -> int:
    from ..core.source import bibliography

    keys = [s["key"] for s in _sources(words.result)]
    found = [bibliography()[key] for key in keys]
    if words.json:
        return print_records("sources", [_source_record(s) for s in found], True, ())
    print("\n".join(s.bibtex for s in found))
    return 0


def _sources(result: Path) -> list[dict[str, str]]:
    """The sources of a stored result, of one person or of many."""
    from ..engine.manifest import MANIFEST, read_manifest
    from ..store import stored_result

    if (result / MANIFEST).is_file():
        return list(read_manifest(result).about["sources"])
    return list(json.loads(stored_result(result).attrs["sources"]))


def _source_record(source: Any) -> dict[str, str]:
    return {"key": source.key, "text": source.text, "url": source.url, "bibtex": source.bibtex}
