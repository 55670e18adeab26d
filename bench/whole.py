"""The whole chain for many people: from eight infusions in four weeks to mood, with twelve values that differ."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from resynapse.chains import anchored, default_chain, happenings, median_load
from resynapse.compound.library import compound
from resynapse.core.chain import Chain, ChainState
from resynapse.core.event import Level
from resynapse.core.solver import GridPlan, Protocol, protocol, resting_state, solve
from resynapse.core.solver.kernel.march import march
from resynapse.core.stage import Signals

Floats = NDArray[np.float64]
DAYS, END_H, READS = (0, 3, 7, 10, 14, 17, 21, 24), 672.0, 40
TIMES = np.linspace(END_H / READS, END_H, READS)
PLAN = GridPlan.coarse()
SPREADS = {
    "body.weight": 0.2,
    "body.cl_int_s": 0.3,
    "body.cl_int_r": 0.3,
    "body.v1": 0.3,
    "body.ke0": 0.3,
    "receptor.k_interneuron": 0.2,
    "circuit.tau_g": 0.2,
    "synapse.k_dis": 0.3,
    "synapse.tau_p": 0.3,
    "synapse.k_n": 0.3,
    "brain.k_off": 0.3,
    "mood.tau_d": 0.3,
}
PORTS = (
    "cv_ketamine",
    "occupancy_nmdar_interneuron",
    "glutamate_pfc",
    "spine_density",
    "lhb_output",
    "stress",
    "despair",
    "madrs_total",
    "cadss_total",
)


@dataclass(frozen=True)
class Crowd:
    """The first `count` people of the job, in a depressed rest; person k is the same in every crowd.

    **Arguments:** `days` (of infusions) and `end` (h) are those of the job unless the cost of either is asked for.
    """

    count: int
    days: tuple[int, ...] = DAYS
    end: float = END_H

    @cached_property
    def chain(self) -> Chain:
        """Everybody's chain."""
        z, plain = np.random.default_rng(2).standard_normal((self.count, len(SPREADS))), default_chain("human")
        typical = {address: float(plain.parameters[address]) for address in SPREADS}
        own = {a: typical[a] * np.exp(s * z[:, i]) for i, (a, s) in enumerate(SPREADS.items())}
        return anchored(plain.with_values(own))

    @cached_property
    def start(self) -> ChainState:
        """Everybody's resting state under the load that keeps them depressed."""
        return jax.tree.map(np.asarray, resting_state(self.chain, {"load": self._load}))

    @cached_property
    def protocol(self) -> Protocol:
        """35 mg over 40 minutes, eight times, under a constant load."""
        plain = default_chain("human")
        dose = {"mg": 35.0, "duration": 2.0 / 3.0, "devices": 1.0}
        given = [happenings(plain, compound("ketamine"), "iv", {**dose, "start": 24.0 * day}) for day in self.days]
        once = protocol(plain.external, [(Level("load", 0.0, self._load), *(h for dose in given for h in dose))])
        return Protocol(once.ports, once.slots, np.repeat(once.amounts, self.count, axis=0))

    @property
    def times(self) -> Floats:
        """When everybody is looked at (h)."""
        return TIMES * (self.end / END_H)

    def printed(self, plan: GridPlan = PLAN, threads: int = 1) -> Signals:
        """All wanted ports, by the printed kernel."""
        return self.marched(plan, threads).signals

    def scanned(self, plan: GridPlan = PLAN) -> Signals:
        """The same by the differentiable path."""
        found = solve(self.chain, self.protocol, self.start, (0.0, self.end), plan).at(self.times)
        return {port: found[port] for port in PORTS}

    @cached_property
    def moving(self) -> tuple[str, ...]:
        """Names of the states that move and that a wanted port feels: what any tool has to integrate."""
        return tuple(self.marched(PLAN, 1).reached)

    def marched(self, plan: GridPlan = PLAN, threads: int = 1) -> Any:
        """What the printed kernel found."""
        given = (self.chain, self.protocol, self.start, (0.0, self.end), self.times, PORTS, plan)
        return march(*given, threads=threads)

    @property
    def _load(self) -> float:
        return float(median_load(default_chain("human")))
