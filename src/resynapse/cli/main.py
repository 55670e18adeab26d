"""The command line: a thin door onto the requests. Nothing heavy is imported before a command is chosen."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from . import claims, fit, hypotheses, kinetics, lists, people, populations, resistance, simulate, studies
from .words import NOTICE


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0 when all went well, 1 when it failed, 2 for bad input, 3 when people are missing."""
    from ..core.errors import ResynapseError

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
    for family in (simulate, people, fit, kinetics, claims, hypotheses, populations, resistance, studies, lists):
        family.add_commands(commands)
    return top


def _version() -> str:
    from .. import __version__

    return f"resynapse {__version__}"
