"""What each person was given, told together where people were treated alike."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .style import clock, number, route_text

_TOLD = 4
_PLURALS = {"person": "people", "mouse": "mice"}


@dataclass(frozen=True)
class Regimen:
    """People who received equally many doses of the same drugs by the same routes.

    **Arguments:** `given` names every drug with its route; `amounts` (mg), `durations` (h) and `spans` (h from the
    first to the last dose) are the least and the most.
    """

    people: int
    doses: int
    given: tuple[tuple[str, str], ...]
    amounts: tuple[float, float]
    durations: tuple[float, float]
    spans: tuple[float, float]

    @property
    def amount(self) -> str:
        """The amount of one dose in mg, as a range where it differs."""
        low, high = self.amounts
        return f"{number(high)} mg" if math.isclose(low, high, rel_tol=0.005) else f"{number(low)}–{number(high)} mg"

    @property
    def text(self) -> str:
        """The doses in words: `6 doses of 35 mg ketamine, intravenous, over 40 min each, within 11 days`."""
        drugs = " and ".join(f"{drug}, {route_text(route)}" for drug, route in self.given)
        over = f", over {_between(self.durations)}" if self.durations[1] > 0 else ""
        if self.doses == 1:
            return f"{self.amount} {drugs}{over}"
        each = f"{over} each" if over else ""
        return f"{self.doses} doses of {self.amount} {drugs}{each}, within {_between(self.spans)}"


def regimens(rows: Iterable[Mapping[str, Any]]) -> tuple[Regimen, ...]:
    """The regimens in a table of doses, the one of most people first."""
    groups: dict[tuple[Any, ...], list[list[Mapping[str, Any]]]] = {}
    for doses in _by_person(rows).values():
        groups.setdefault((len(doses), _given(doses)), []).append(doses)
    found = [_regimen(count, given, people) for (count, given), people in groups.items()]
    return tuple(sorted(found, key=lambda r: (-r.people, r.doses, r.given)))


def told(found: Sequence[Regimen], people: int, species: str) -> str:
    """One sentence: who received what, group by group where people were treated differently."""
    noun = "person" if species == "human" else species
    who = f"One virtual {noun}" if people == 1 else f"{counted(people, f'virtual {noun}')}"
    none = people - sum(r.people for r in found)
    if not found:
        return f"{who} received no drug."
    if len(found) == 1 and none == 0:
        return f"{who} received {found[0].text}."
    parts = [f"{counted(r.people, noun)}: {_dosed(r)}" for r in found[:_TOLD]]
    rest = sum(r.people for r in found[_TOLD:])
    parts += [f"{counted(rest, noun)}: other doses"] if rest else []
    parts += [f"{counted(none, noun)}: no drug"] if none else []
    return f"{who} were treated differently. {'; '.join(parts)}."


def counted(people: int, noun: str) -> str:
    """A number of people or animals in words: `1 person`, `6 virtual people`, `3 mice`."""
    *before, last = noun.split(" ")
    return f"{people} {' '.join([*before, last if people == 1 else _PLURALS.get(last, f'{last}s')])}"


def _dosed(regimen: Regimen) -> str:
    return f"1 dose of {regimen.text}" if regimen.doses == 1 else regimen.text


def _by_person(rows: Iterable[Mapping[str, Any]]) -> dict[Any, list[Mapping[str, Any]]]:
    people: dict[Any, list[Mapping[str, Any]]] = {}
    for row in rows:
        people.setdefault(row["person"], []).append(row)
    return people


def _given(doses: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys((str(d["drug"]), str(d["route"])) for d in sorted(doses, key=lambda d: d["time_h"])))


def _regimen(count: int, given: tuple[tuple[str, str], ...], people: Sequence[Sequence[Mapping[str, Any]]]) -> Regimen:
    doses = [d for own in people for d in own]
    times = [[float(d["time_h"]) for d in own] for own in people]
    return Regimen(
        people=len(people),
        doses=count,
        given=given,
        amounts=_ends(float(d["amount_mg"]) for d in doses),
        durations=_ends(float(d["duration_h"]) for d in doses),
        spans=_ends(max(own) - min(own) for own in times),
    )


def _ends(values: Iterable[float]) -> tuple[float, float]:
    known = list(values)
    return min(known), max(known)


def _between(ends: tuple[float, float]) -> str:
    low, high = (clock(e) for e in ends)
    return high if low == high else f"{low} to {high}"
