"""Stress: what life loads onto a person, and what the person's own rumination adds."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array

from ..core.algebra import logistic
from ..core.parameter import parameter
from ..core.port import Port
from ..core.stage import AbstractStage, Inputs, Signals, State


class StressLoad(AbstractStage):
    r"""The stress a person carries: 0 in health, 1 in the depressed state that the other rooms are scaled to.

    $\tau_Z \dot Z = L(t) + E + \rho\,s(d) - Z$, where $L$ is the load of life, $E$ the fading trace of life events, $d$
    despair relative to the ill state, and $s(d) = S(k(d-c))/S(k(1-c))$ with the logistic $S$: rumination that switches
    off when despair falls, which is what makes two resting states possible.

    **Reads:** `load`, `life_event` (1/h, impulses) and `despair` (ill state = 1). **Writes:** `stress`.

    **Assumes:** all values of the feedback are this project's own; two states need $\rho$ above about 0.72 at
    $k = 8, c = 0.6$.

    **Source:** founding notes on mood (`resynapse2026mood`).
    """

    tau_z: Array = parameter("h", "time constant of stress", (1.0, 1e4))
    rho: Array = parameter("1", "strength of rumination", (0.0, 1.0))
    k: Array = parameter("1", "steepness of rumination", (0.1, 50.0))
    c: Array = parameter("1", "despair at which rumination turns over", (0.0, 2.0))
    tau_event: Array = parameter("h", "time constant with which a life event fades", (1.0, 1e5))

    @property
    def reads(self) -> tuple[Port, ...]:
        return (*EXTERNAL, Port("despair", "1"))

    @property
    def writes(self) -> tuple[Port, ...]:
        return (Port("stress", "1", "stress", range=(0.0, 2.0), rest=0.0),)

    def initial(self, ill: bool = False) -> State:
        return {"z": jnp.asarray(1.0 if ill else 0.0), "event": jnp.zeros(())}

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        load = inputs["load"] + state["event"] + self.rho * self._rumination(inputs["despair"])
        return {
            "z": (load - state["z"]) / self.tau_z,
            "event": inputs["life_event"] - state["event"] / self.tau_event,
        }

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {"stress": state["z"]}

    def _rumination(self, despair: Array) -> Array:
        return logistic(self.k * (despair - self.c)) / logistic(self.k * (1.0 - self.c))


EXTERNAL = (
    Port("load", "1", "what life demands", soft=True),
    Port("life_event", "1/h", "life events, as impulses", soft=True),
)
