"""Disinhibition: blocking interneurons more than pyramidal cells lets the prefrontal cortex release glutamate."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array

from ..core.algebra import floored, positive_from_rest
from ..core.parameter import parameter
from ..core.port import Port
from ..core.stage import AbstractStage, Inputs, Signals, State


class Disinhibition(AbstractStage):
    r"""The prefrontal glutamate burst after ketamine, and how close the circuit comes to running away.

    Pyramidal drive above rest, in closed form:
    $x = \eta\beta (B_I - \varepsilon B_E^2) \,/\, (1 + \eta\alpha + \varepsilon\eta\beta B_E^2 - \eta\beta B_I)$
    with the denominator floored smoothly; glutamate follows as $\tau_G \dot G = 1 + x - G$. Chronic excess is a leaky
    mean of what exceeds rest.

    **Reads:** `occupancy_nmdar_interneuron`, `occupancy_nmdar_pyramidal`. **Writes:** `glutamate_pfc` (healthy
    rest = 1). **Shows:** three ways of observing it, `rate_interneuron`, the run-away margin and chronic excess.

    **Assumes:** microdialysis, 13C cycling and the spectroscopy pool see one state through different gains.

    **Leaves out:** gamma power: this closed form cannot carry an oscillation and shows none.

    **Source:** Moghaddam 1997 (inverted U), Gerhard 2020 (1 and 10 umol/L), founding notes for the closed form.
    """

    eta: Array = parameter("1", "gain from interneurons to pyramidal cells", (0.0, 10.0))
    alpha: Array = parameter("1", "gain from pyramidal cells to interneurons", (0.0, 10.0))
    beta: Array = parameter("1", "share of interneuron drive that NMDA receptors carry", (0.0, 1.0))
    eps: Array = parameter("1", "weight of pyramidal block against interneuron block", (0.0, 20.0))
    tau_g: Array = parameter("h", "time constant of extracellular glutamate", (0.01, 10.0))
    floor: Array = parameter("1", "lowest allowed loop denominator", (0.01, 1.0))
    tau_excess: Array = parameter("h", "time over which chronic excess is averaged", (1.0, 1e4))
    gain_cycling: Array = parameter("1", "13C glutamine cycling per unit of overflow", (0.0, 5.0))
    gain_mrs: Array = parameter("1", "spectroscopic Glx pool per unit of overflow", (0.0, 5.0))

    @property
    def reads(self) -> tuple[Port, ...]:
        return (Port("occupancy_nmdar_interneuron", "1"), Port("occupancy_nmdar_pyramidal", "1"))

    @property
    def writes(self) -> tuple[Port, ...]:
        return (Port("glutamate_pfc", "1", "prefrontal glutamate", range=(0.0, 2.0), rest=1.0),)

    @property
    def shows(self) -> tuple[Port, ...]:
        return (
            Port("rate_interneuron", "1", "interneuron firing", range=(0.0, 2.0), rest=1.0),
            Port("glutamate_cycling", "1", "13C glutamine cycling", range=(0.0, 2.0), rest=1.0),
            Port("glx_mrs", "1", "prefrontal Glx pool seen by spectroscopy", range=(0.0, 2.0), rest=1.0),
            Port(
                "excitation_margin", "1", "distance from run-away excitation; 0 where the floor binds", range=(0.0, 2.0)
            ),
            Port("glutamate_excess", "1", "chronic glutamate above rest, leaky mean", range=(0.0, 1.0), rest=0.0),
        )

    def initial(self, ill: bool = False) -> State:
        return {"g": jnp.ones(()), "excess": jnp.zeros(())}

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        above = positive_from_rest(state["g"] - 1.0, 0.0, 0.01)
        return {
            "g": (1.0 + self._drive(inputs) - state["g"]) / self.tau_g,
            "excess": (above - state["excess"]) / self.tau_excess,
        }

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {"glutamate_pfc": state["g"]}

    def readouts(self, t: Array, state: State, inputs: Inputs) -> Signals:
        x = self._drive(inputs)
        return {
            "rate_interneuron": 1.0 + self.alpha * x - self.beta * inputs["occupancy_nmdar_interneuron"] * (1.0 + x),
            "glutamate_cycling": 1.0 + self.gain_cycling * (state["g"] - 1.0),
            "glx_mrs": 1.0 + self.gain_mrs * (state["g"] - 1.0),
            "excitation_margin": floored(self._denominator(inputs) - self.floor, 0.0, 0.01),
            "glutamate_excess": state["excess"],
        }

    def _drive(self, inputs: Inputs) -> Array:
        """Pyramidal activity above rest."""
        block_i, block_e = inputs["occupancy_nmdar_interneuron"], inputs["occupancy_nmdar_pyramidal"]
        push = self.eta * self.beta * (block_i - self.eps * block_e * block_e)
        return push / floored(self._denominator(inputs), self.floor, 0.02)

    def _denominator(self, inputs: Inputs) -> Array:
        block_i, block_e = inputs["occupancy_nmdar_interneuron"], inputs["occupancy_nmdar_pyramidal"]
        loop = self.eta * self.beta
        return 1.0 + self.eta * self.alpha + self.eps * loop * block_e * block_e - loop * block_i
