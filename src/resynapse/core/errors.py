"""Errors that say what is wrong, where, what was given, what is allowed, what is nearest, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from string import digits


class ResynapseError(Exception):
    """A refusal with a reason that a person can act on.

    The message is composed of six optional parts, in this order: what happened, where, what was given, what is
    allowed, the nearest valid word, and the next step.

    **Arguments:** `what` is one sentence; `where` names the file, row, port or stage; `given` is the offending value;
    `allowed` lists valid values or a range; `nearest` is the closest valid word; `then` is the next step.
    """

    exit_code = 2

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        given: object = None,
        allowed: object = None,
        nearest: str | None = None,
        then: str | None = None,
    ):
        self.what, self.where, self.given = what, where, given
        self.allowed, self.nearest, self.then = _listed(allowed), nearest, then
        super().__init__(self.message)

    def __str__(self) -> str:
        return self.message

    @property
    def message(self) -> str:
        """The whole message, one part a line."""
        parts = [
            ("where", self.where),
            ("given", self.given),
            ("allowed", self.allowed),
            ("nearest", self.nearest),
            ("next", self.then),
        ]
        lines = [f"  {label + ':':<9}{value}" for label, value in parts if value is not None]
        return "\n".join([self.what, *lines])


class WiringError(ResynapseError):
    """Stages do not fit together: a missing writer, two writers, a unit or dims mismatch, an instantaneous loop."""


class ParameterError(ResynapseError):
    """A parameter value lacks provenance, lies outside its range, or has an unknown address."""


class EvidenceError(ResynapseError):
    """An observation is incomplete, its source is unknown, or a role would be broken."""


class EventError(ResynapseError):
    """A dose, a schedule or an event table cannot be read without guessing."""


class RequestError(ResynapseError):
    """A request asks for something that does not exist or does not fit together."""


class SolveError(ResynapseError):
    """The solution is not finite, or its numerical error is above the budget.

    `people` are the places of those whose states are not finite, where that is known.
    """

    exit_code = 1
    people: tuple[int, ...] = ()


class RunError(ResynapseError):
    """A run of many people cannot go on: its workers die, its files cannot be written, or its task is broken."""

    exit_code = 1


class PeopleError(ResynapseError):
    """Some of the people who were asked for cannot be computed, and it is known who.

    **Arguments:** `people` says by their numbers why.
    """

    def __init__(self, people: Mapping[int, Exception]):
        self.people = dict(people)
        super().__init__("some people cannot be computed", given=", ".join(map(str, self.people)))


def nearest(word: object, valid: Iterable[str], cutoff: float = 0.5) -> str | None:
    """The valid word closest to `word`, or `None` when nothing is close.

    Of words that differ from it in their numbers only, as two forms of one scale do, the first in the list is nearest.
    """
    words = {v.lower(): v for v in valid}
    given = str(word).lower()
    numbered = [v for v in words if given not in words and _numberless(v) == given]
    matches = numbered or get_close_matches(given, list(words), n=1, cutoff=cutoff)
    return words[matches[0]] if matches else None


def _numberless(word: str) -> str:
    return word.translate(str.maketrans("", "", digits))


def _listed(allowed: object) -> str | None:
    if allowed is None or isinstance(allowed, str):
        return allowed
    if isinstance(allowed, Iterable):
        return ", ".join(str(a) for a in allowed)
    return str(allowed)
