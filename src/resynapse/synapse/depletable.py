"""The slow limb with stores that can be emptied: what AMPT, PCPA, reserpine or a tryptophan-free drink do."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array

from ..core.parameter import parameter
from ..core.port import Port
from ..core.stage import Inputs, Signals, State
from .monoamine import SlowMonoamine


class DepletableMonoamine(SlowMonoamine):
    r"""The slow limb of `SlowMonoamine`, whose tone is what the stores can still give.

    Stores $\tau_m \dot m = m_{left} - m$, 1 at rest; tone $T = m\,(2 - e^{-s}) - 1$, which is the default theory's
    $1 - e^{-s}$ with full stores and below zero when they are empty: blocked uptake cannot save what is not released.

    **Reads:** the ports of `SlowMonoamine`. **Writes:** `monoamine_drive`, which may fall below 0, and
    `monoamine_lack` ($1 - m$). **Shows:** `monoamine_tone`.

    **Parameters:** `store_left` is the laboratory's knob: the share of the stores that is left.

    **Assumes:** one store for serotonin and noradrenaline; emptying and filling at one speed.

    **Leaves out:** which monoamine; receptors that adapt to emptiness.

    **Source:** Ruhe 2007 for what depletion does and does not do to mood; the structure is this project's own.
    """

    store_left: Array = parameter("1", "share of monoamine stores left (depletion lowers)", (0.0, 1.0))
    tau_store: Array = parameter("h", "time constant of emptying and filling the stores", (0.5, 1e3))

    @property
    def writes(self) -> tuple[Port, ...]:
        return (
            Port("monoamine_drive", "1", "slow plasticity drive of monoamines", range=(-1.0, 1.0), rest=0.0),
            Port("monoamine_lack", "1", "monoamine stores that are empty", range=(0.0, 1.0), rest=0.0),
        )

    @property
    def shows(self) -> tuple[Port, ...]:
        return (Port("monoamine_tone", "1", "monoamine tone above rest", range=(-1.0, 1.0), rest=0.0),)

    def initial(self, ill: bool = False) -> State:
        return super().initial(ill) | {"store": jnp.ones(())}

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        return {
            "drive": (self._given(state, inputs) - state["drive"]) / self.tau_v,
            "store": (self.store_left - state["store"]) / self.tau_store,
        }

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return super().outputs(t, state, inputs) | {"monoamine_lack": 1.0 - state["store"]}

    def readouts(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {"monoamine_tone": self._given(state, inputs)}

    def _given(self, state: State, inputs: Inputs) -> Array:
        """Tone above rest that the stores can give."""
        return state["store"] * (1.0 + self._tone(inputs)) - 1.0
