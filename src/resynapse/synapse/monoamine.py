"""The slow limb: from blocked uptake to a plasticity drive that takes weeks to build."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array

from ..core.parameter import parameter
from ..core.port import Port
from ..core.stage import AbstractStage, Inputs, Signals, State


class SlowMonoamine(AbstractStage):
    r"""How more serotonin and noradrenaline, kept up for weeks, come to drive plasticity.

    Monoamine tone above rest $T = 1 - e^{-s}$ with $s = \sum_j w_j\,i_j$ over transporters, autoreceptors and
    monoamine oxidase, $i_j$ the share out of action. It rises within hours; what it changes follows slowly:
    $\tau_v \dot v = T - v$.

    **Reads:** `inhibition_sert`, `inhibition_net`, `inhibition_dat`, `inhibition_alpha2`, `inhibition_mao`.
    **Writes:** `monoamine_drive` ($v$, 0 to 1). **Shows:** `monoamine_tone` ($T$).

    **Assumes:** one slow step stands for desensitised autoreceptors, gene expression and new protein; no tolerance.

    **Leaves out:** newborn neurons, transporter trafficking, side effects, withdrawal.

    **Source:** Taylor 2006 for the pace (one third of the six-week effect in the first week); weights of this project.
    """

    w_sert: Array = parameter("1", "weight of occupied serotonin transporters", (0.0, 10.0))
    w_net: Array = parameter("1", "weight of occupied noradrenaline transporters", (0.0, 10.0))
    w_dat: Array = parameter("1", "weight of occupied dopamine transporters", (0.0, 10.0))
    w_alpha2: Array = parameter("1", "weight of occupied alpha-2 autoreceptors", (0.0, 10.0))
    w_mao: Array = parameter("1", "weight of inhibited monoamine oxidase", (0.0, 10.0))
    tau_v: Array = parameter("h", "time constant of the slow adaptation", (1.0, 5e3))

    @property
    def reads(self) -> tuple[Port, ...]:
        return tuple(Port(f"inhibition_{site}", "1") for site in self._weights)

    @property
    def writes(self) -> tuple[Port, ...]:
        return (Port("monoamine_drive", "1", "slow plasticity drive of monoamines", range=(0.0, 1.0), rest=0.0),)

    @property
    def shows(self) -> tuple[Port, ...]:
        return (Port("monoamine_tone", "1", "monoamine tone above rest", range=(0.0, 1.0), rest=0.0),)

    def initial(self, ill: bool = False) -> State:
        return {"drive": jnp.zeros(())}

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        return {"drive": (self._tone(inputs) - state["drive"]) / self.tau_v}

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {"monoamine_drive": state["drive"]}

    def readouts(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {"monoamine_tone": self._tone(inputs)}

    @property
    def _weights(self) -> dict[str, Array]:
        return {
            "sert": self.w_sert,
            "net": self.w_net,
            "dat": self.w_dat,
            "alpha2": self.w_alpha2,
            "mao": self.w_mao,
        }

    def _tone(self, inputs: Inputs) -> Array:
        push = jnp.zeros(())
        for site, weight in self._weights.items():
            push = push + weight * inputs[f"inhibition_{site}"]
        return 1.0 - jnp.exp(-push)
