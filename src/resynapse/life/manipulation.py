"""What a laboratory does to an animal or a person beside the drug: blockers, knock-outs, deletions, stimulation.

Each manipulation is data (`manipulations.toml`): which values of a chain it holds and when, which states it cuts, which
drug it gives, what it stands for, and what it cannot say.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import jax.numpy as jnp

from ..compound.fact import Fact, read_fact
from ..core.chain import Chain
from ..core.errors import ParameterError, RequestError, WiringError, nearest
from ..core.source import source

_FACT = ("value", "unit", "origin", "where", "source", "mark", "note", "range")
_WORDS = ("title", "stands_for", "cannot_say", "begin", "end", "needs")


@dataclass(frozen=True)
class Pretreatment:
    """A drug that a manipulation gives, in the words of a regimen, `at_h` hours after the first dose."""

    drug: str
    dose: str
    route: str
    at_h: float


@dataclass(frozen=True)
class Change:
    """One parameter that a manipulation moves, by dotted address.

    **Arguments:** `kind` is `hold` (set to the fact's value), `scale` (multiplied by it), and `where_there` says that
    a chain without this parameter is left as it is: it has no such part.
    """

    address: str
    kind: str
    fact: Fact
    where_there: bool = False


@dataclass(frozen=True)
class Cut:
    """A state, written `slot.state`, that is multiplied by a factor at an hour after the first dose."""

    state: str
    fact: Fact
    at_h: float


@dataclass(frozen=True)
class Manipulation:
    """One manipulation: what it holds, cuts or gives, when, in whom, and what it stands for.

    **Arguments:** `begin` and `end` are hours relative to the first dose (None: since before the resting state, or for
    ever); `needs` gives the theory that a slot must hold; `cannot_say` is what the wiring leaves out.
    """

    name: str
    title: str
    stands_for: str
    cannot_say: str
    species: tuple[str, ...]
    sources: tuple[str, ...]
    begin: float | None = None
    end: float | None = None
    changes: tuple[Change, ...] = ()
    cut_states: tuple[Cut, ...] = ()
    given: tuple[Pretreatment, ...] = ()
    needs: Mapping[str, str] | None = None

    @property
    def holds(self) -> tuple[tuple[str, float], ...]:
        """Addresses and values that hold in every chain while it lasts; `on` adds what depends on the chain."""
        return tuple((c.address, c.fact.value) for c in self.changes if c.kind == "hold" and not c.where_there)

    @property
    def cuts(self) -> tuple[tuple[str, float, float], ...]:
        """States, factors and hours."""
        return tuple((c.state, c.fact.value, c.at_h) for c in self.cut_states)

    @property
    def acts(self) -> list[str]:
        """What it holds, cuts and gives, in words."""
        signs = {"hold": "=", "scale": "x"}
        held = [f"{c.address} {signs[c.kind]} {c.fact.value:g}{_where(c)}" for c in self.changes]
        cut = [f"{c.state} x {c.fact.value:g} at {c.at_h:g} h" for c in self.cut_states]
        return [*held, *cut, *(f"{g.drug} {g.dose} {g.route} at {g.at_h:g} h" for g in self.given)]

    @property
    def note(self) -> str:
        """What it stands for and what it cannot say."""
        return f"{self.stands_for} {self.cannot_say}"

    def on(self, chain: Chain, species: str | None = None) -> tuple[tuple[str, Any], ...]:
        """Addresses and values of this chain while it lasts, for each of its draws or people.

        Nothing, where the chain has no part that the manipulation could act on: what does not exist is not blocked.

        **Raises:** `RequestError` for a species that it was not done in; `WiringError` when a slot holds a theory that
        cannot carry it out.
        """
        self._check(chain, species)
        known = chain.parameters
        there = [c for c in self.changes if c.address in known or not c.where_there]
        for change in there:
            if change.address not in known:
                where = f"manipulation `{self.name}`"
                raise WiringError("this chain has no such value to hold", where=where, given=change.address)
        return tuple((c.address, _moved(c, known[c.address])) for c in there)

    def _check(self, chain: Chain, species: str | None) -> None:
        where = f"manipulation `{self.name}`"
        if species is not None and species not in self.species:
            raise RequestError("not done in this species", where=where, given=species, allowed=self.species)
        for slot, theory in (self.needs or {}).items():
            held = _theories(chain, slot)
            if theory not in held:
                raise WiringError(f"this manipulation needs {theory} in the slot `{slot}`", where=where, given=held[:1])


def _where(change: Change) -> str:
    return " where the chain has it" if change.where_there else ""


def _moved(change: Change, value: Any) -> Any:
    if change.kind == "scale":
        return jnp.asarray(value) * change.fact.value
    return change.fact.value


def _theories(chain: Chain, slot: str) -> tuple[str, ...]:
    """The name of the theory in a slot and of those that it extends."""
    return tuple(c.__name__ for c in type(chain.stages[slot]).__mro__) if slot in chain.stages else ("nothing",)


def manipulation(name: str) -> Manipulation:
    """The manipulation called `name`.

    **Raises:** `RequestError` with the nearest name when there is none.
    """
    known = manipulations()
    if name not in known:
        near = nearest(name, known)
        raise RequestError("no such manipulation on file", given=name, allowed=tuple(known), nearest=near)
    return known[name]


@cache
def manipulations() -> Mapping[str, Manipulation]:
    """Every manipulation on file (`manipulations.toml`), by name."""
    raw = tomllib.loads((files(__package__) / "manipulations.toml").read_text(encoding="utf-8"))
    return {name: _read(name, table) for name, table in raw.items()}


def _read(name: str, table: Mapping[str, Any]) -> Manipulation:
    where = f"manipulations.toml: [{name}]"
    for key in table["sources"]:
        source(key)
    words: dict[str, Any] = {k: table[k] for k in _WORDS if k in table}
    return Manipulation(
        name=name,
        species=tuple(table["species"]),
        sources=tuple(table["sources"]),
        changes=tuple(_change(row, where) for row in table.get("changes", ())),
        cut_states=tuple(_cut(row, where) for row in table.get("cuts", ())),
        given=tuple(Pretreatment(**row) for row in table.get("given", ())),
        **words,
    )


def _change(row: Mapping[str, Any], where: str) -> Change:
    kind = row.get("kind", "hold")
    if kind not in ("hold", "scale"):
        raise ParameterError("a change holds or scales", where=where, given=kind, allowed=("hold", "scale"))
    return Change(row["address"], kind, _fact(row, where), row.get("where_there", False))


def _cut(row: Mapping[str, Any], where: str) -> Cut:
    return Cut(row["state"], _fact(row, where), float(row["at_h"]))


def _fact(row: Mapping[str, Any], where: str) -> Fact:
    fact = read_fact({k: row[k] for k in _FACT if k in row}, where)
    source(fact.source)
    return fact
