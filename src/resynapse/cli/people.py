"""The commands on populations: simulate one, go on with it, see whether it is sound."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .words import NOTICE, check_folder, command, progress

_ONE = ("table", "hypothesis", "weight", "age", "species", "stress", "life_seed", "start", "report", "checks")
_MANY = ("population", "seed", "backend", "workers", "shard_size", "trajectories", "no_loads", "no_occasions")


def add_commands(commands: Any) -> None:
    """Adds `resume` and `verify`."""
    resume = command(commands, "resume", "go on with a run of many people that was interrupted", _run_resume)
    resume.add_argument("folder", type=Path, help="the folder that `simulate --people` wrote")
    _workers(resume, "default: as the run was begun")
    resume.add_argument("--json", action="store_true", help="print JSON")
    verify = command(commands, "verify", "read a run of many people again and compare every sum", _run_verify)
    verify.add_argument("folder", type=Path, help="the folder that `simulate --people` wrote")
    verify.add_argument("--json", action="store_true", help="print JSON")


def add_words(simulate: argparse.ArgumentParser) -> None:
    """Adds to `simulate` what only a population needs."""
    many = simulate.add_argument_group("many people")
    many.add_argument("--people", type=int, help="how many people of a population, instead of a typical one")
    many.add_argument("--population", help="who they are: trd_phase3, ... (`resynapse populations`)")
    many.add_argument("--seed", type=int, help="seed of everything that is drawn; default 0")
    _workers(many, "default local")
    many.add_argument("--shard-size", type=int, help="people that are computed and stored together; default 1024")
    many.add_argument("--trajectories", action="store_true", help="also store everybody's whole course")
    many.add_argument("--no-loads", action="store_true", help="everybody's load stays at their own mean")
    many.add_argument("--no-occasions", action="store_true", help="nothing differs from dose to dose")


def is_about_many(words: argparse.Namespace) -> bool:
    """Whether `simulate` is asked for a population.

    **Raises:** `RequestError` when words for one person and for many are mixed.
    """
    from ..core.errors import RequestError

    given = [name for name in (_MANY if words.people is None else _ONE) if _said(words, name)]
    if given and words.people is None:
        raise RequestError(
            "this belongs to a population", given=_option(given[0]), then="say how many with --people, or leave it out"
        )
    if given:
        then = "leave --people out" if given[0] == "table" else "leave it out: a population brings its own"
        what = "a population is given a regimen in words, not a table" if given[0] == "table" else "not with --people"
        raise RequestError(what, given=_option(given[0]), then=then)
    return words.people is not None


def run_many(words: argparse.Namespace) -> int:
    """Simulate a population into a folder."""
    from ..core.errors import RequestError

    if words.out is None:
        raise RequestError("people need a folder", given="--people without --out", then="add --out runs/name")
    if words.population is None:
        raise RequestError(
            "people come from a population",
            given="--people without --population",
            then="add --population trd_phase3, or one that `resynapse populations` lists",
        )
    check_folder(words.out)
    with progress(quiet=words.json) as tell:
        tell("reading the request")
        from ..requests.people import SimulatePeople, backend_named

        names = SimulatePeople.model_fields.keys() & vars(words).keys()
        said: dict[str, Any] = {n: getattr(words, n) for n in names if getattr(words, n) is not None}
        said |= {"seed": words.seed or 0, "loads": not words.no_loads, "occasions": not words.no_occasions}
        request = SimulatePeople(**said)
        backend = backend_named(words.backend or "local", words.workers)
        size = 1024 if words.shard_size is None else words.shard_size
        outcome = _unless_stopped(words.out, lambda: request.run(words.out, backend, tell, size))
    return _told(outcome, words.json)


def _workers(made: Any, default: str) -> None:
    made.add_argument("--backend", help=f"local, serial, dask, or a scheduler such as tcp://HOST:8786; {default}")
    made.add_argument("--workers", type=int, help="how many processes; default one a core")


def _said(words: argparse.Namespace, name: str) -> bool:
    usual = {"species": "human"}
    return getattr(words, name) not in (None, False, usual.get(name))


def _option(name: str) -> str:
    return "a table" if name == "table" else f"--{name.replace('_', '-')}"


def _run_resume(words: argparse.Namespace) -> int:
    with progress(quiet=words.json) as tell:
        tell("reading the manifest")
        from ..requests.people import backend_named, resumed

        name = words.backend or ("local" if words.workers else None)
        backend = backend_named(name, words.workers) if name else None
        outcome = _unless_stopped(words.folder, lambda: resumed(words.folder, backend, tell))
    return _told(outcome, words.json)


def _run_verify(words: argparse.Namespace) -> int:
    with progress(quiet=words.json) as tell:
        tell("reading every file again")
        from ..engine.verdict import verify

        found = verify(words.folder)
    if words.json:
        print(json.dumps(found.record, allow_nan=False))
        return found.exit_code
    for problem in found.problems:
        print(problem)
    _print_failures(found)
    print(f"{found.people - found.missing:,} of {found.people:,} people are here and sound.")
    print(f"Digest: {found.digest or 'none, files are damaged: `resynapse resume` computes them again'}")
    print(NOTICE)
    return found.exit_code


def _unless_stopped(folder: Path, go: Callable[[], Any]) -> Any:
    """What `go` gives; somebody who stops it is told how to go on."""
    from ..core.errors import RunError

    try:
        return go()
    except KeyboardInterrupt:
        raise RunError("stopped", where=str(folder), then=f"resynapse resume {folder}") from None


def _told(outcome: Any, as_json: bool) -> int:
    """Say what became of a run."""
    if as_json:
        print(json.dumps({**outcome.record, **_doubt(outcome.folder)}, allow_nan=False))
        return int(outcome.exit_code)
    _print_summary(outcome.folder)
    _print_doubt(outcome.folder)
    _print_failures(outcome)
    for warning in outcome.warnings:
        print(f"Warning from a worker: {warning}")
    print(f"{outcome.people - outcome.missing:,} of {outcome.people:,} people in {outcome.folder}")
    print(f"Digest: {outcome.digest}")
    print(NOTICE)
    return int(outcome.exit_code)


def _doubt(folder: Path) -> dict[str, Any]:
    """Doubt and spread apart, where everybody was followed under draws."""
    from ..report.population import stored_population
    from ..report.population_doubt import doubt_record

    if not (folder / "summary.parquet").is_file() or (run := stored_population(folder)).draws == 1:
        return {}
    return {"doubt": doubt_record(run, run.task["reading"]["ports"])}


def _print_doubt(folder: Path) -> None:
    from ..report.population import stored_population
    from ..report.population_doubt import doubt_words

    if (folder / "summary.parquet").is_file() and (run := stored_population(folder)).draws > 1:
        print(f"Rows are {run.people // run.draws:,} people x {run.draws} draws; doubt apart from people:")
        print("\n".join(f"  {line}" for line in doubt_words(run, run.task["reading"]["ports"])))


def _print_failures(found: Any) -> None:
    for failure in found.failures[:20]:
        who = f"person {failure.first}"
        who = who if failure.stop == failure.first + 1 else f"people {failure.first} to {failure.stop - 1}"
        print(f"Missing: {who}: {failure.error}")
    if len(found.failures) > 20:
        print(f"Missing: {len(found.failures) - 20} more, listed in manifest.json")


def _print_summary(folder: Path) -> None:
    """The median person and the middle 90 % at some visits, as many as fit side by side."""
    from rich.console import Console
    from rich.table import Table

    from ..engine.manifest import read_manifest
    from ..engine.summary import read_summary
    from ..report.style import clock, unit_text

    screen = Console(width=None if Console().is_terminal else 202)
    units = read_manifest(folder).about.get("units", {})
    rows = [row for row in read_summary(folder) if row["table"] == "visits" and "." not in row["quantity"]]
    looks = _some({row["time_h"] for row in rows}, max(2, (screen.width - 40) // 27))
    table = Table("", "unit", *map(clock, looks), box=None, header_style="bold", title="median (5 % to 95 %)")
    table.columns[0].no_wrap = True
    for name in dict.fromkeys(row["quantity"] for row in rows):
        cells = {row["time_h"]: row for row in rows if row["quantity"] == name}
        scale = max(abs(row["p95"]) for row in cells.values())
        table.add_row(name, unit_text(units.get(name, "")), *(_cell(cells[t], scale) for t in looks))
    screen.print(table)


def _some(times: set[float], count: int) -> list[float]:
    """So many of the times, the first and the last among them."""
    found = sorted(times)
    if len(found) <= count:
        return found
    return [found[round(i * (len(found) - 1) / (count - 1))] for i in range(count)]


def _cell(row: dict[str, Any], scale: float) -> str:
    """Median and middle 90 %; far below the largest value of its row a number is only written as about zero."""
    middle, low, high = (
        "~0" if 0 < abs(v) < 1e-4 * scale else f"{v:.3g}" for v in (row["p50"], row["p05"], row["p95"])
    )
    return middle if low == high else f"{middle} ({low} to {high})"
