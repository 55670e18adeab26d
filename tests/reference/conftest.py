"""Whole-chain solutions that several tests look at, solved once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from resynapse.chains import default_chain, happenings, median_load
from resynapse.compound.library import compound
from resynapse.core.chain import Chain, ChainState
from resynapse.core.event import Happening, Level
from resynapse.core.solver import Protocol, Solution, protocol, rest, solve


@dataclass(frozen=True)
class Case:
    """A chain at its depressed rest, and what one person is given."""

    chain: Chain
    start: ChainState
    load: Level

    def dose(self, route: str, mg: float, start: float = 0.0, duration: float = 0.0) -> tuple[Happening, ...]:
        given = {"start": start, "mg": mg, "duration": duration, "devices": 1}
        return happenings(self.chain, compound("ketamine"), route, given)

    def given(self, *people: tuple[Happening, ...]) -> Protocol:
        return protocol(self.chain.external, [(self.load, *person) for person in people])


@dataclass(frozen=True)
class Dosed:
    """A solved course and the protocol that made it."""

    case: Case
    protocol: Protocol
    solution: Solution


def _case(species: str) -> Case:
    chain = default_chain(species)
    load = float(median_load(chain))
    return Case(chain, rest(chain, {"load": load}).state, Level("load", 0.0, load))


@pytest.fixture(scope="session")
def human() -> Case:
    return _case("human")


@pytest.fixture(scope="session")
def mouse() -> Case:
    return _case("mouse")


@pytest.fixture(scope="session")
def infused(human: Case) -> Dosed:
    """0.5 mg/kg of racemic ketamine over 40 min in 70 kg, followed for three days."""
    happened = human.given(human.dose("iv", 35.0, duration=2.0 / 3.0))
    return Dosed(human, happened, solve(human.chain, happened, human.start, (0.0, 72.0)))


@pytest.fixture(scope="session")
def injected(mouse: Case) -> Dosed:
    """10 mg/kg of racemic ketamine into the belly of a mouse, followed for three days."""
    weight = float(mouse.chain.parameters["body.weight"])
    happened = mouse.given(mouse.dose("ip", 10.0 * weight))
    return Dosed(mouse, happened, solve(mouse.chain, happened, mouse.start, (0.0, 72.0)))


@pytest.fixture(scope="session")
def times() -> np.ndarray:
    """From minutes to three days."""
    return np.unique(np.concatenate([[0.0], np.geomspace(0.01, 1.0, 30), np.linspace(1.0, 72.0, 72)]))
