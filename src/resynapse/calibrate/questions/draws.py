"""Draws of what the parameter files do not know: the same numbers for every hypothesis that shares a value.

A value with a range is drawn from a triangle over it whose top is the value itself, on the log scale where the whole
range is positive; one with a standard error from a normal law. Values without either (measured constants without
a printed error, estimates without one, definitions) stay as they are: predictions look surer than they are to
that degree. Weights of drives are choices of a hypothesis and are never drawn; a rate that a drive sets is drawn
around what the drive sets. A candidate may leave the weights of its drives open: then they are drawn too.

Every draw is a standard normal score by address: chance gives it (the prior), or somebody hands it in (the posterior).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import triang

from ...chains import anchored
from ...core.chain import Chain
from ...core.chance import uniforms
from ...core.errors import ParameterError
from ...core.parameter import Entry, tables
from ...core.units import convert
from ...hypothesis.drive import DRIVES

Floats = NDArray[np.float64]
Scores = Mapping[str, Floats]
_CHOSEN = ("_ref", "weight")
OPEN = "drive."
"""What stands before the name of a drive whose weight is drawn."""


@dataclass(frozen=True)
class Draws:
    """Which draws: their numbers, the seed of chance, and scores by address that are used in place of chance."""

    people: range
    seed: int = 1
    scores: Scores = field(default_factory=dict)

    def chance(self, address: str) -> Floats:
        """Numbers between 0 and 1 for one address, one a draw."""
        if address in self.scores:
            return np.asarray(ndtr(self.scores[address][: len(self.people)]))
        return uniforms(("exam", self.seed, address), self.people)

    def weight(self, drive: str) -> Floats:
        """The weight of an open drive: 0 in half of the prior draws, else half-normal with SD 1."""
        return np.asarray(np.maximum(0.0, ndtri(self.chance(OPEN + drive))))


@dataclass(frozen=True)
class Uncertain:
    """One value that is drawn: its address, what its file says, and the factor from the file's unit to the stage's."""

    address: str
    entry: Entry
    factor: float

    def drawn(self, chance: Floats) -> Floats:
        """Values for numbers between 0 and 1, in the stage's unit."""
        return self.factor * law(self.entry, chance)


def law(entry: Entry, chance: Floats) -> Floats:
    """What a file says a value may be, at numbers between 0 and 1, in the file's unit."""
    if entry.error and "se" in entry.error:
        return np.asarray(entry.value + entry.error["se"] * ndtri(chance))
    low, high = entry.range or (entry.value, entry.value)
    if low > 0:
        return np.asarray(np.exp(_triangle(np.log([low, entry.value, high]), chance)))
    return _triangle(np.array([low, entry.value, high]), chance)


def _triangle(corners: Floats, chance: Floats) -> Floats:
    low, top, high = corners
    wide = high - low
    if wide <= 0:
        return np.full(len(chance), top)
    return np.asarray(triang.ppf(chance, (top - low) / wide, loc=low, scale=wide))


def uncertain(chain: Chain) -> tuple[Uncertain, ...]:
    """Every value of a chain that is drawn, in the order of its rooms."""
    found = {u.address: u for u in _uncertain(chain)}
    return tuple(found.values())


def _uncertain(chain: Chain) -> Iterator[Uncertain]:
    declared = chain.declared
    for slot, stage in chain.stages.items():
        for name, entry in ((n, e) for chosen in stage.provenance for n, e in chosen.entries.items()):
            cells = [f"{slot}.{dotted}" for dotted, table in _cells(stage) if dotted[len(table) + 1 :] == name]
            places = [a for a in (f"{slot}.{name}", *cells) if a in declared]
            meant = [a for a in places if _converts(entry, declared[a].unit)] or places
            if meant and _is_drawn(name, entry):
                yield Uncertain(meant[0], entry, _factor(entry, declared[meant[0]].unit, meant[0]))


def _converts(entry: Entry, unit: str) -> bool:
    """Whether an entry can be said in a unit: one name may stand in two tables, as affinity and as efficacy."""
    try:
        convert(1.0, entry.unit, unit, ParameterError, "")
    except ParameterError:
        return False
    return True


def _is_drawn(name: str, entry: Entry) -> bool:
    """Whether a file says how uncertain a value is.

    Weights of drives are chosen, references of mood follow, and a laboratory knob stands where somebody turns it.
    """
    uncertain_here = bool(entry.range or entry.error) and "knob" not in entry.where
    return uncertain_here and not name.startswith("weight_") and not name.endswith(_CHOSEN)


def _cells(stage: Any) -> list[tuple[str, str]]:
    """Cells of the tables of a stage: dotted name and the table that it is in."""
    return [(dotted, table) for dotted, (table, _, _) in tables(stage).items()]


def _factor(entry: Entry, unit: str, address: str) -> float:
    return convert(1.0, entry.unit, unit, ParameterError, address)


def drawn_values(
    chain: Chain, people: range, seed: int, chosen: Mapping[str, float] | None = None
) -> dict[str, Floats]:
    """Values of a chain by address, one a prior draw.

    **Arguments:** `chosen` are values that a hypothesis sets: a pure number stays, a rate is drawn around it.
    """
    return values_at(chain, Draws(people, seed), chosen or {})


def values_at(
    chain: Chain, draws: Draws, chosen: Mapping[str, float], drives: tuple[str, ...] = ()
) -> dict[str, Floats]:
    """Values of a chain by address, one a draw.

    **Arguments:** `drives` are those whose weights are open: they scale the value at full weight, or the drawn rate.
    """
    made: dict[str, Floats] = {}
    for u in uncertain(chain):
        declaration = chain.declared[u.address]
        if u.address in chosen and declaration.unit == "1":
            continue
        values = u.drawn(draws.chance(u.address))
        own = u.factor * u.entry.value
        values = values * (chosen[u.address] / own) if u.address in chosen and own else values
        made[u.address] = np.clip(values, *declaration.range)
    for drive in drives:
        address = DRIVES[drive].address
        weighed = draws.weight(drive) * made.get(address, DRIVES[drive].full)
        made[address] = np.clip(weighed, *chain.declared[address].range)
    return made


def drawn(chain: Chain, draws: Draws, chosen: Mapping[str, float], drives: tuple[str, ...] = ()) -> Chain:
    """The chain with a leading axis of draws, its mood scaled anew to its own depressed state in each of them.

    No people give one row with the values on file: the typical chain.
    """
    if not draws.people:
        typical = {"life.rho": np.reshape(chain.parameters["life.rho"], (1,))}
        return anchored(chain.with_values(typical))
    return anchored(chain.with_values(values_at(chain, draws, chosen, drives)))
