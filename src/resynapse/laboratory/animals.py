"""Animals of one group, drawn by seed and number, stressed, dosed and followed through the chain to the test."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..chains import default_chain
from ..core.chain import Chain
from ..core.chance import Numbers
from ..core.errors import ResynapseError
from ..core.event import Happening
from ..core.solver import Protocol, resting_state
from ..core.solver.kernel.march import march
from ..hypothesis.legs import Leg, cut, legs_of
from ..hypothesis.library import hypothesis
from ..life.protocol import stress_protocol
from ..mood.readout import AXES
from ..person.population import population
from .design import Design, Group
from .given import dosed, holding
from .interference import holds_of, pretreatments

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Treatment:
    """What happens to the animals of a group: shared slots, and amounts with shape animals x slots."""

    slots: tuple[Happening, ...]
    amounts: Floats


@cache
def chain_of(species: str, name: str | None) -> Chain:
    """The chain of a hypothesis for one species; the default chain without a name.

    **Raises:** `RequestError` for an unknown hypothesis, or one that says nothing about this species.
    """
    return hypothesis(name).chain(species) if name else default_chain(species)


def followed(design: Design, group: Group, numbers: Numbers, seed: int, name: str | None) -> dict[str, Floats]:
    """Despair, anhedonia and stress of each animal of a group when it is tested.

    **Arguments:** `numbers` say which animals; `name` is the hypothesis.

    **Assumes:** animals differ in weight (so in dose) and in how far stress takes hold of them; nothing else of the
    chain has a spread between animals.

    **Raises:** `RequestError` naming the group when this chain cannot be given what the group gets.
    """
    people = population(design.population).people(numbers, seed)
    weights = people.covariates["weight"]
    try:
        chain = holding(chain_of(design.species, name), drugs_of(group))
        given = _given(design, group, chain, weights, numbers, seed)
        stretches = _legs(design, group, chain)
        return _marched(chain, given, weights, dose_hour(design, group), stretches)
    except ResynapseError as failure:
        failure.where = f"{design.name}, group `{group.name}`" + (f", {failure.where}" if failure.where else "")
        raise


def dose_hour(design: Design, group: Group) -> float:
    """When the group is dosed (h after the first day of its protocol)."""
    return stress_protocol(design.protocol_of(group)).ends_h + design.dose_after_h


def _given(design: Design, group: Group, chain: Chain, weights: Floats, numbers: Numbers, seed: int) -> Treatment:
    """Loads by how far stress takes hold, and doses by weight."""
    stress, at = stress_protocol(design.protocol_of(group)), dose_hour(design, group)
    only = design.enrolled == "susceptible"
    strength = stress.strength(seed, numbers, only)
    parts = [(tuple(_unit(level) for level in stress.levels), _loads(stress.levels, strength))]
    if group.drug and group.dose:
        parts.append(dosed(chain, design.species, (group.drug, group.route, group.dose), at, weights))
    parts += [dosed(chain, design.species, words, at + later, weights) for later, words in _others(group)]
    amounts = np.hstack([amount for _, amount in parts])
    return Treatment(tuple(slot for found, _ in parts for slot in found), amounts)


def drugs_of(group: Group) -> tuple[str, ...]:
    """Every drug that a group gets."""
    return (*((group.drug,) if group.drug else ()), *(drug for _, (drug, _, _) in _others(group)))


def _others(group: Group) -> list[tuple[float, tuple[str, str, str]]]:
    """Other drugs of a group: hours after the dose, and drug, route and dose."""
    beside = [(-o.hours_before, (o.drug, o.route, o.dose)) for o in group.beside]
    return beside + [(g.at_h, (g.drug, g.route, g.dose)) for g in pretreatments(group.manipulations)]


def _unit(happening: Happening) -> Happening:
    return replace(happening, amount=1.0)


def _loads(levels: tuple[Happening, ...], strength: Floats) -> Floats:
    return np.stack([level.amount * strength for level in levels], axis=1)


def _legs(design: Design, group: Group, chain: Chain) -> tuple[Leg, ...]:
    """The stretches from the first day to the test, in hours around the dose."""
    holds = holds_of(group.manipulations, group.values, chain, design.species)
    return legs_of(holds, -dose_hour(design, group), design.reading.hours_after_dose)


def _marched(
    chain: Chain, given: Treatment, weights: Floats, at: float, stretches: tuple[Leg, ...]
) -> dict[str, Floats]:
    """The axes of mood at the end of the last stretch."""
    ports = tuple(p.name for p in chain.external)
    asked = Protocol(ports, given.slots, given.amounts)
    first = dict(stretches[0].holds) | {"body.weight": float(weights[0])}
    state = resting_state(chain.with_values(first), {}, "well")
    for leg in stretches:
        held = chain.with_values({"body.weight": weights, **dict(leg.holds)})
        wanted = np.array([leg.end + at]) if leg.last else np.zeros(0)
        found = march(held, asked, cut(state, leg.cuts), (leg.begin + at, leg.end + at), wanted, AXES)
        state = state if leg.last else found.last_state
    return {name: found.signals[name][:, 0] for name in AXES}


def noted(design: Design) -> tuple[str, ...]:
    """What a reader must know of a run besides its numbers."""
    test, hours = design.readout, design.reading.hours_after_dose
    moving = test.locomotion and hours <= 2.0 and any(g.drug for g in design.groups)
    said = ["blinding is recorded; no bias of scorers who know the group is simulated"]
    if moving:
        said.append(f"{hours:g} h after the dose ketamine also moves animals about; this is not simulated")
    if design.n_mark == "assumed":
        said.append(f"numbers of animals are assumed: {design.n_basis}")
    return tuple(said)
