"""What the commands share: how they are declared, how lists are printed, how progress is shown."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

NOTICE = "For research. Not medical advice, and never advice to a patient."


def command(
    commands: Any, name: str, what: str, run: Callable[[argparse.Namespace], int | None]
) -> argparse.ArgumentParser:
    """Declare a command: its name, what it does in one line, and the function that runs it."""
    made: argparse.ArgumentParser = commands.add_parser(name, help=what, description=f"{what.capitalize()}. {NOTICE}")
    made.set_defaults(command=run)
    return made


def family(commands: Any, name: str, what: str) -> Any:
    """Declare a command that only has commands below it, and answers with its help; gives the place for these."""
    made = command(commands, name, what, lambda words: print(made.format_help(), end=""))
    return made.add_subparsers(title="what to do", metavar="WHAT")


def simple(
    commands: Any, name: str, what: str, run: Callable[[argparse.Namespace], int | None], species: bool = False
) -> argparse.ArgumentParser:
    """Declare a command that prints a list, as JSON on request, of one chain where `species` is asked for."""
    made = command(commands, name, what, run)
    made.add_argument("--json", action="store_true", help="print JSON")
    if species:
        made.add_argument("--species", default="human", help="human, rat or mouse")
        made.add_argument("--body", help="another theory of the body")
    return made


def add_knowledge(made: Any, use: str) -> None:
    """Adds `--calibration` and `--draws`; `use` says what becomes of the draws."""
    made.add_argument(
        "--calibration", metavar="NAME", help="values of a calibration: `resynapse calibration list`; several with +"
    )
    made.add_argument(
        "--draws", type=int, metavar="N", help=f"so many posterior draws of it: {use}; default its medians"
    )


def print_records(name: str, records: Sequence[dict[str, Any]], as_json: bool, columns: Sequence[str]) -> int:
    """Print records as a table of some columns, or whole as JSON under `name`."""
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
def progress(quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """A line on the terminal's error stream that says what is being done."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("starting") as status:
        yield lambda text: status.update(text)


def listed(text: str) -> tuple[str, ...]:
    """Words separated by commas."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def numbers(text: str) -> tuple[float, ...]:
    """Numbers separated by commas."""
    return tuple(float(word) for word in listed(text))


def check_folder(folder: Path | None) -> None:
    """Refuse an output that is no folder and cannot become one, before anything is computed for it.

    **Raises:** `RequestError` naming the file that is in the way, or the folder that may not be written to.
    """
    if folder is None:
        return
    from ..core.errors import RequestError

    there = next((path for path in (folder, *folder.parents) if path.exists()), Path())
    if not there.is_dir():
        raise RequestError("the output is not a folder", given=there, then="give a name that is not a file")
    if not os.access(there, os.W_OK):
        then = "name a folder of your own"
        raise RequestError("nothing may be written here", where="--out", given=there, then=then)


def check_own(folder: Path | None, marks: Sequence[str], own: Sequence[str]) -> None:
    """As `check_folder`, and refuse a folder in which anything else lies than what the command itself writes there.

    **Arguments:** names, or patterns such as `exam-*.json`; of the `marks` one at least must be there.

    **Raises:** `RequestError` naming what lies there; nothing is written before.
    """
    check_folder(folder)
    if folder is None or not folder.is_dir():
        return
    there = sorted(path.name for path in folder.iterdir())
    marked = any(fnmatchcase(name, mark) for name in there for mark in marks)
    others = [x for x in there if not (marked and any(fnmatchcase(x, name) for name in (*marks, *own)))]
    if others:
        from ..core.errors import RequestError

        given = ", ".join(others[:3]) + (f" and {len(others) - 3} more" if len(others) > 3 else "")
        then = "name a new or empty folder"
        raise RequestError("this folder holds something else", where=f"--out {folder}", given=given, then=then)


def check_file(file: Path | None) -> None:
    """Refuse an output file that is a folder or cannot lie in one, before anything is computed for it.

    **Raises:** `RequestError` naming what is in the way.
    """
    if file is not None and file.is_dir():
        from ..core.errors import RequestError

        raise RequestError("the output is a folder", given=file, then="give the name of a file")
    check_folder(file.parent if file else None)


def check_drawing(file: Path | None) -> None:
    """Refuse a picture that could not be written, before anything is computed for it.

    **Raises:** `RequestError` as `check_picture` does.
    """
    if file is not None:
        from ..report.picture import check_picture

        check_picture(file)


def check_seed(seed: int) -> None:
    """Refuse a seed that a generator of 32 bits cannot take, before anything is drawn.

    **Raises:** `RequestError` with the seeds that are allowed.
    """
    if not 0 <= seed < 2**32:
        from ..core.errors import RequestError

        raise RequestError("no such seed", where="--seed", given=seed, allowed=f"0 to {2**32 - 1:,}")
