"""The grammar of a command, whose refusals are those of the whole project: what, where, given, nearest, next."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from re import Match
from typing import Any, NoReturn

_KINDS = {"int": "a whole number", "float": "a number", "numbers": "numbers, separated by commas"}


class Grammar(argparse.ArgumentParser):
    """A parser that refuses in a few lines, and exits with 2."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As the library does, but a word that nobody knows is refused here, where its neighbours are known."""
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {unknown[0]}")
        return found, unknown

    def error(self, message: str) -> NoReturn:
        """Say what was wrong with a word, and where to look."""
        from ..core.errors import RequestError

        known = re.findall(r"--[a-z][a-z-]*", self.format_help())
        then = f"`{self.prog} --help` lists what can be said"
        refused = next((say(found, known) for form, say in _FORMS if (found := re.fullmatch(form, message))), None)
        words = refused or {"what": message}
        self.exit(2, f"resynapse: {RequestError(**{'then': then, **words})}\n")


def _value(found: Match[str], _: list[str]) -> dict[str, Any]:
    what = f"this has to be {_KINDS.get(found['kind'], found['kind'])}"
    return {"what": what, "where": found["where"], "given": found["given"].strip("'")} | _as_digits(found)


def _as_digits(found: Match[str]) -> dict[str, Any]:
    """A whole number that was written otherwise, such as 1e6, as it would be understood."""
    try:
        number = float(found["given"].strip("'"))
    except ValueError:
        return {}
    return {"nearest": f"{number:.0f}"} if found["kind"] == "int" and abs(number) < 1e15 else {}


def _choice(found: Match[str], _: list[str]) -> dict[str, Any]:
    from ..core.errors import nearest

    allowed = [word.strip(" '") for word in found["allowed"].split(",")]
    given = found["given"].strip("'")
    return {
        "what": "there is no such word here",
        "where": found["where"],
        "given": given,
        "allowed": allowed,
        "nearest": nearest(given, allowed),
    }


def _unknown(found: Match[str], known: list[str]) -> dict[str, Any]:
    from ..core.errors import nearest

    given = found["given"].partition("=")[0]
    return {"what": "this is not understood here", "given": given, "nearest": nearest(given, known, 0.7)}


_FORMS: tuple[tuple[str, Callable[[Match[str], list[str]], dict[str, Any]]], ...] = (
    (r"argument (?P<where>.+?): invalid (?P<kind>\w+) value: (?P<given>.*)", _value),
    (r"argument (?P<where>.+?): invalid choice: (?P<given>.*?) \(choose from (?P<allowed>.*)\)", _choice),
    (r"unrecognized arguments: (?P<given>.*)", _unknown),
    (r"argument (?P<where>.+?): expected .*", lambda m, _: {"what": "this needs a value", "where": m["where"]}),
    (
        r"the following arguments are required: (?P<where>.*)",
        lambda m, _: {"what": "this has to be said", "where": m["where"]},
    ),
)
