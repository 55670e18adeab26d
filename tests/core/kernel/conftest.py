from __future__ import annotations

from dataclasses import dataclass, replace

import jax
import numpy as np
import pytest

from resynapse.chains import default_chain, happenings, median_load
from resynapse.compound.library import compound
from resynapse.core.chain import Chain, ChainState
from resynapse.core.event import Happening, Impulse, Level
from resynapse.core.solver import GridPlan, Protocol, Solution, protocol, rest, solve
from resynapse.core.solver.kernel import March, march

_PLAN = GridPlan(first=1.0 / 16.0, per_octave=4, longest=0.5)


@dataclass(frozen=True)
class Case:
    """People, what happens to them, and where they begin."""

    chain: Chain
    protocol: Protocol
    start: ChainState
    span: tuple[float, float]
    times: np.ndarray
    plan: GridPlan = _PLAN

    @property
    def people(self) -> int:
        return len(self.protocol.amounts)

    def march(self, ports=None, **kept) -> March:
        return march(self.chain, self.protocol, self.start, self.span, self.times, ports, self.plan, **kept)

    def solve(self) -> Solution:
        return solve(self.chain, self.protocol, self.start, self.span, self.plan)

    def some(self, rows: np.ndarray) -> Case:
        """The same for some of the people, in another order if so asked."""
        chain = jax.tree.map(lambda v: v[rows] if np.ndim(v) else v, self.chain)
        return replace(self, chain=chain, protocol=replace(self.protocol, amounts=self.protocol.amounts[rows]))

    def infusion(self, start: float, mg: float, over: float) -> tuple[Happening, ...]:
        """One more infusion of ketamine, as it happens in this chain."""
        return given(self.chain, "ketamine", "iv", start, mg, over)

    def given(self, amounts: np.ndarray) -> Case:
        """The same people with other amounts in the same slots."""
        return replace(self, protocol=replace(self.protocol, amounts=amounts))


def people_of(chain: Chain, count: int, seed: int = 0) -> Chain:
    """Several people who differ in body, synapse, mood and life."""
    draw = np.random.default_rng(seed)
    differs = ("body.weight", "body.cl_int_s", "synapse.k_dis", "mood.expression", "brain.k_off")
    names = [a for a in differs if a in chain.declared]
    base = chain.parameters
    return chain.with_values({a: np.asarray(base[a]) * draw.lognormal(0.0, 0.2, count) for a in names})


def given(chain: Chain, name: str, route: str, start: float, mg: float, over: float = 0.0) -> tuple[Happening, ...]:
    dose = {"start": start, "mg": mg, "duration": over, "devices": 3.0 if route == "nasal" else 1.0}
    return happenings(chain, compound(name), route, dose)


def case(species: str, doses: tuple[tuple[str, str, float, float, float], ...], count: int, end: float) -> Case:
    """People of one species with doses, a load that changes, a life event; every third person misses the last dose."""
    chain = default_chain(species)
    load = float(median_load(chain))
    lived = [Level("load", 0.0, load), Level("load", 20.0, 0.2, 30.0), Impulse("life_event", 26.0, 2.0)]
    everything = [*lived, *(h for d in doses for h in given(chain, *d))]
    happened = protocol(chain.external, [everything] * count)
    amounts = happened.amounts * np.random.default_rng(1).uniform(0.5, 1.5, (count, 1))
    dose = [not isinstance(s, Level) and s.port != "life_event" for s in happened.slots]
    amounts[::3, np.flatnonzero(dose)[-1]] = 0.0
    happened = Protocol(happened.ports, happened.slots, amounts)
    times = np.concatenate([[0.0, 0.3, 2.0, 26.0], np.random.default_rng(2).uniform(0.0, end, 9), [end]])
    return Case(people_of(chain, count), happened, rest(chain, {"load": load}).state, (0.0, end), times)


_TWICE = (("esketamine", "nasal", 0.0, 84.0, 0.0), ("ketamine", "oral", 24.0, 50.0, 0.0))
_MOUSE = (("ketamine", "ip", 1.0, 0.3, 0.0), ("hydroxynorketamine_r", "ip", 12.0, 0.3, 0.0))
CASES = {
    "six infusions": ("human", tuple(("ketamine", "iv", 6.0 * i, 35.0, 2 / 3) for i in range(6)), 11, 48.0),
    "nose, then mouth": ("human", _TWICE, 11, 48.0),
    "muscle": ("human", (("ketamine", "im", 1.0, 35.0, 0.0),), 11, 36.0),
    "a rat": ("rat", (("ketamine", "ip", 1.0, 3.0, 0.0),), 11, 36.0),
    "a mouse": ("mouse", _MOUSE, 11, 36.0),
}


@pytest.fixture(scope="module", params=CASES)
def some_case(request: pytest.FixtureRequest) -> Case:
    return case(*CASES[request.param])


@pytest.fixture(scope="session")
def infused() -> Case:
    return case("human", (("ketamine", "iv", 0.0, 35.0, 2 / 3),), 19, 30.0)
