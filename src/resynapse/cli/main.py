"""The command line: a thin door onto the requests. Nothing heavy is imported before a command is chosen."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import (
    ask,
    calibrations,
    claims,
    compounds,
    experiments,
    fit,
    hypotheses,
    kinetics,
    lists,
    people,
    populations,
    qualify,
    resistance,
    simulate,
    studies,
    trials,
)
from .grammar import Grammar
from .words import NOTICE

if TYPE_CHECKING:
    from ..core.errors import ResynapseError

FAMILIES = (
    simulate,
    people,
    fit,
    kinetics,
    calibrations,
    claims,
    ask,
    compounds,
    hypotheses,
    experiments,
    populations,
    resistance,
    trials,
    studies,
    qualify,
    lists,
)
_FIRST = """begin with one person, then sixty, then a page about them:
  resynapse simulate --drug ketamine --route iv --dose "0.5 mg/kg" --over "40 min" --out runs/one --report
  resynapse simulate --drug ketamine --route iv --dose "0.5 mg/kg" --over "40 min" \\
      --people 60 --population trd_phase3 --out runs/many
  resynapse report runs/many"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0 when all went well, 1 when it failed, 2 for bad input, 3 when people are missing."""
    from ..core.errors import ResynapseError

    grammar = parser()
    words = grammar.parse_args(argv)
    if "command" not in words:
        print(grammar.format_help(), end="")
        return 0
    try:
        return int(words.command(words) or 0)
    except ResynapseError as failure:
        print(f"resynapse: {failure}", file=sys.stderr)
        return failure.exit_code
    except BrokenPipeError:
        return 0
    except OSError as failure:
        print(f"resynapse: {_unwritable(failure)}", file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    """The grammar of the command line."""
    top = Grammar(
        prog="resynapse",
        description=f"Follow a dose from the body to mood. {NOTICE}",
        epilog=_FIRST,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=_version())
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    for family in FAMILIES:
        family.add_commands(commands)
    return top


def _unwritable(failure: OSError) -> ResynapseError:
    """A file that could not be read or written, in the project's words."""
    from ..core.errors import RunError

    then = "make room, or name a place where you may write"
    return RunError("a file cannot be read or written", where=failure.filename, given=failure.strerror, then=then)


def _version() -> str:
    from .. import __version__

    return f"resynapse {__version__}"
