"""The command that lists the compounds on file, and tells one of those that are given as company."""

from __future__ import annotations

import argparse
import json
from typing import Any

from .words import NOTICE, command, print_records


def add_commands(commands: Any) -> None:
    """Adds `compounds`."""
    made = command(commands, "compounds", "list the compounds on file, or tell one of them", _run)
    made.add_argument("name", nargs="?", help="one of them, such as memantine; default: all")
    made.add_argument("--json", action="store_true", help="print JSON")


def _run(words: argparse.Namespace) -> int:
    from ..listing import compound_records

    records = compound_records()
    _check(words.name, tuple(r["name"] for r in records))
    listed = [r for r in records if words.name in (None, r["name"])]
    if words.name is None or (listed and listed[0]["door"] != "company"):
        return print_records("compounds", listed, words.json, ("name", "title", "kind", "door", "species", "routes"))
    return _tell(words)


def _check(word: str | None, known: tuple[str, ...]) -> None:
    from ..core.errors import RequestError, nearest

    if word is not None and word not in known:
        near, then = nearest(word, known), "`resynapse compounds` lists them"
        raise RequestError("no such compound on file", given=word, allowed=known, nearest=near, then=then)


def _tell(words: argparse.Namespace) -> int:
    if words.json:
        from ..listing import companion_record

        print(json.dumps({"compound": companion_record(words.name)}, allow_nan=False))
        return 0
    from ..compound.companion import companion
    from ..qualify.comparators_page import told

    print(told(companion(words.name)))
    print(f'\nIn Python: with_company(chain, ["{companion(words.name).name}"]) and company_happenings. {NOTICE}')
    return 0
