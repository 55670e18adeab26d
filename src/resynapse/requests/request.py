"""What all requests share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..dose import Person


def acted_on(people: Sequence[Person], modifiers: Sequence[str]) -> tuple[Person, ...]:
    """The same people, all the time with `modifiers` beside what acts on each of them anyway; a name acts once."""
    return tuple(_acted_on(person, tuple(modifiers)) for person in people)


def _acted_on(person: Person, more: tuple[str, ...]) -> Person:
    moved = tuple(replace(c, modifiers=_united(c.modifiers, more)) for c in person.changes)
    return replace(person, modifiers=_united(person.modifiers, more), changes=moved)


def _united(own: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*own, *more)))
