"""A job that general tools for pharmacometrics can do too: linear kinetics, an effect site, an indirect response.

Eight infusions in four weeks into three compartments; an effect site follows the plasma; what is there inhibits the
production of a response. Two hundred times are read of every person.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from resynapse.core.chain import Chain
from resynapse.core.event import Infusion
from resynapse.core.parameter import parameter
from resynapse.core.port import Port
from resynapse.core.solver import GridPlan, Protocol, solve
from resynapse.core.solver.kernel.march import march
from resynapse.core.stage import AbstractLinearStage, AbstractStage, Inputs, Signals, State

Floats = NDArray[np.float64]
DAYS = (0, 3, 7, 10, 14, 17, 21, 24)
DOSE_MG, OVER_H, END_H, READS = 35.0, 2.0 / 3.0, 672.0, 200
VALUES = {"cl": 80.0, "v1": 60.0, "q2": 100.0, "v2": 100.0, "q3": 40.0, "v3": 200.0, "ke0": 0.5}
RESPONSE = {"kin": 2.0, "kout": 0.02, "imax": 0.9, "ic50": 0.05}
SPREAD = 0.3  # coefficient of variation of clearance and central volume between people
PLAN = GridPlan(first=1.0 / 6.0, per_octave=4, longest=4.0)
PORTS = ("response", "c1", "ce")
TIMES = np.linspace(0.0, END_H, READS)


class ThreeCompartments(AbstractLinearStage):
    """Amounts in three compartments, and the concentration at an effect site that follows the first one."""

    cl: Array = parameter("L/h", "clearance", (1e-3, 1e4))
    v1: Array = parameter("L", "central volume", (1e-3, 1e4))
    q2: Array = parameter("L/h", "flow to the second compartment", (1e-3, 1e4))
    v2: Array = parameter("L", "second volume", (1e-3, 1e4))
    q3: Array = parameter("L/h", "flow to the third compartment", (1e-3, 1e4))
    v3: Array = parameter("L", "third volume", (1e-3, 1e4))
    ke0: Array = parameter("1/h", "rate to the effect site", (1e-3, 1e3))

    @property
    def reads(self) -> tuple[Port, ...]:
        return (Port("infused", "mg/h"),)

    @property
    def writes(self) -> tuple[Port, ...]:
        return (Port("ce", "mg/L", "at the effect site", range=(0.0, 0.1)),)

    @property
    def shows(self) -> tuple[Port, ...]:
        return (Port("c1", "mg/L", "in plasma", range=(0.0, 0.4)),)

    def initial(self, ill: bool = False) -> State:
        return dict.fromkeys(("a1", "a2", "a3", "ce"), jnp.zeros(()))

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        c1 = state["a1"] / self.v1
        out2, out3 = self.q2 * (c1 - state["a2"] / self.v2), self.q3 * (c1 - state["a3"] / self.v3)
        effect = self.ke0 * (c1 - state["ce"])
        return {"a1": inputs["infused"] - self.cl * c1 - out2 - out3, "a2": out2, "a3": out3, "ce": effect}

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {"ce": state["ce"]}

    def readouts(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {"c1": state["a1"] / self.v1}


class IndirectResponse(AbstractStage):
    """A response whose production is inhibited by what is at the effect site."""

    kin: Array = parameter("1/h", "production", (1e-6, 1e3))
    kout: Array = parameter("1/h", "loss", (1e-6, 1e3))
    imax: Array = parameter("1", "largest inhibition", (0.0, 1.0))
    ic50: Array = parameter("mg/L", "concentration at half of it", (1e-6, 1e3))

    @property
    def reads(self) -> tuple[Port, ...]:
        return (Port("ce", "mg/L"),)

    @property
    def writes(self) -> tuple[Port, ...]:
        return (Port("response", "1", range=(0.0, 100.0)),)

    def initial(self, ill: bool = False) -> State:
        return {"r": self.kin / self.kout}

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        inhibited = self.imax * inputs["ce"] / (self.ic50 + inputs["ce"])
        return {"r": self.kin * (1.0 - inhibited) - self.kout * state["r"]}

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {"response": state["r"]}


CHAIN = Chain(
    {
        "body": ThreeCompartments(**{k: jnp.asarray(v) for k, v in VALUES.items()}),
        "effect": IndirectResponse(**{k: jnp.asarray(v) for k, v in RESPONSE.items()}),
    },
    (Port("infused", "mg/h"),),
)


@dataclass(frozen=True)
class Crowd:
    """The first `count` people of the job; person k is the same in every crowd."""

    count: int

    @cached_property
    def values(self) -> dict[str, Floats]:
        """Clearance and central volume of everybody."""
        z = np.random.default_rng(1).standard_normal((self.count, 2))
        spread = np.sqrt(np.log1p(SPREAD**2))
        return {name: VALUES[name] * np.exp(spread * z[:, i]) for i, name in enumerate(("cl", "v1"))}

    @cached_property
    def chain(self) -> Chain:
        """Everybody's chain."""
        return CHAIN.with_values({f"body.{name}": v for name, v in self.values.items()})

    @cached_property
    def protocol(self) -> Protocol:
        """Everybody's doses."""
        slots = tuple(Infusion("infused", 24.0 * day, 1.0, OVER_H) for day in DAYS)
        return Protocol(("infused",), slots, np.full((self.count, len(slots)), DOSE_MG))

    def printed(self, plan: GridPlan = PLAN) -> Signals:
        """All wanted ports, by the printed kernel."""
        return march(self.chain, self.protocol, CHAIN.initial(), (0.0, END_H), TIMES, PORTS, plan).signals

    def scanned(self, plan: GridPlan = PLAN) -> Signals:
        """The same by the differentiable path."""
        found = solve(self.chain, self.protocol, CHAIN.initial(), (0.0, END_H), plan).at(TIMES)
        return {port: found[port] for port in PORTS}


def errors(found: Signals, reference: Signals) -> dict[str, float]:
    """Largest error by port: relative to the response itself; of concentrations, to each person's own peak."""
    count = len(reference["response"])
    apart = {port: np.abs(found[port][:count] - reference[port]) for port in PORTS}
    scale = {"response": reference["response"]} | {p: reference[p].max(axis=1, keepdims=True) for p in ("c1", "ce")}
    return {port: float((apart[port] / scale[port]).max()) for port in PORTS}
