"""A job that general tools for pharmacometrics can do too: linear kinetics, an effect site, an indirect response.

Eight infusions in four weeks into three compartments; an effect site follows the plasma; what is there inhibits the
production of a response. Two hundred times are read of every person.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from resynapse.core.chain import Chain
from resynapse.core.event import Infusion
from resynapse.core.parameter import parameter
from resynapse.core.port import Port
from resynapse.core.solver import GridPlan, Protocol, protocol
from resynapse.core.solver.kernel import march
from resynapse.core.stage import AbstractLinearStage, AbstractStage, Inputs, Signals, State

Floats = NDArray[np.float64]
DAYS = (0, 3, 7, 10, 14, 17, 21, 24)
DOSE_MG, OVER_H, END_H, READS = 35.0, 2.0 / 3.0, 672.0, 200
VALUES = {"cl": 80.0, "v1": 60.0, "q2": 100.0, "v2": 100.0, "q3": 40.0, "v3": 200.0, "ke0": 0.5}
RESPONSE = {"kin": 2.0, "kout": 0.02, "imax": 0.9, "ic50": 0.05}
SPREAD = 0.3  # coefficient of variation of clearance and central volume between people
PLAN = GridPlan(first=1.0 / 6.0, per_octave=4, longest=4.0)
PORTS = ("response", "c1", "ce")


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
