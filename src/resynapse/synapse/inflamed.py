"""Plasticity under inflammation: stress inflames, inflammation wears synapses down, ketamine and HNK calm it."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array

from ..core.algebra import hill
from ..core.parameter import parameter
from ..core.port import Port
from ..core.stage import Inputs, Signals, State
from .plasticity import Plasticity


class InflamedPlasticity(Plasticity):
    r"""The synapse of `Plasticity`, which feels a part of stress through cytokines that a drug can lower.

    $\tau_Y \dot Y = Z (1 - c\,q) - Y$ with $q = 1 - (1 - B_R)(1 - h)$, $h$ the HNK effect; synapses feel
    $(1 - \varsigma) Z + \varsigma Y$ in place of stress $Z$. Without a drug $Y$ follows $Z$, so that rest is the
    default theory's.

    **Reads, writes:** the ports of `Plasticity`. **Shows:** also `cytokines` (0 in health, 1 at full stress).

    **Assumes:** one cytokine state for IL-1, IL-6 and TNF; production is lowered while the drug is there.

    **Leaves out:** kynurenine, microglia, the vagus, inflammation that stress did not cause.

    **Source:** Kopra 2021 (a review: strong in rodents, uneven in patients); the coupling is this project's own.
    """

    calming: Array = parameter("1", "share of cytokine production that full drug effect stops", (0.0, 1.0))
    inflamed_share: Array = parameter("1", "share of the synapse's stress that cytokines carry", (0.0, 1.0))
    tau_y: Array = parameter("h", "time constant of cytokines", (0.5, 1e3))

    @property
    def shows(self) -> tuple[Port, ...]:
        return (*super().shows, Port("cytokines", "1", "cytokines, full stress = 1", range=(0.0, 1.0), rest=0.0))

    def initial(self, ill: bool = False) -> State:
        return super().initial(ill) | {"cytokines": jnp.asarray(1.0 if ill else 0.0)}

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        calmed = 1.0 - (1.0 - inputs["occupancy_nmdar_resting"]) * (1.0 - hill(inputs["ce_hnk_r"], self.ec_hnk))
        made = inputs["stress"] * (1.0 - self.calming * calmed)
        own = {"cytokines": (made - state["cytokines"]) / self.tau_y}
        return super().rates(t, state, self._felt(state, inputs)) | own

    def readouts(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return super().readouts(t, state, self._felt(state, inputs)) | {"cytokines": state["cytokines"]}

    def _felt(self, state: State, inputs: Inputs) -> Inputs:
        """The inputs with stress as far as synapses feel it."""
        z = inputs["stress"]
        return {**inputs, "stress": z + self.inflamed_share * (state["cytokines"] - z)}
