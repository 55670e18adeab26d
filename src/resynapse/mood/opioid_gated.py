"""Mood behind an opioid gate: relief reaches it as far as mu receptors are active."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array

from ..core.parameter import parameter
from ..core.port import Port
from ..core.stage import Inputs, Signals, State
from .despair import Despair


class OpioidGated(Despair):
    r"""The mood of `Despair`, in which a drug's relief passes a gate that endogenous opioids hold open.

    Opioids are released with glutamate: $\tau_o \dot o = 1 + r\,(G - 1) - o$, 1 at rest. They compete at mu receptors
    with what else is there (occupancy $b$ in their absence, of which the share $\epsilon$ acts as they do) and with a
    blocker that leaves $f$ free: $a = (\kappa f o (1-b) + \epsilon b) / (1 + \kappa f o (1-b))$, relative to rest $A$.
    The gate $g = (1 + h) A / (A + h)$ is 1 at rest. What passes is relief, not health:
    $level = Z + g\,(sum/ref - Z)$, since the sum over its reference equals stress $Z$ where no drug acts.

    **Reads:** the ports of `Despair`, `glutamate_pfc`, `occupancy_mor`, `stress`. **Shows:** `opioid_release`,
    `mu_activation` and `opioid_gate` (all 1 at rest).

    **Parameters:** `mu_free` is the laboratory's knob: the share of mu receptors that an antagonist leaves free;
    `agonism` what an occupant that is not an endogenous opioid does.

    **Assumes:** release in step with prefrontal glutamate; one receptor; the gate at mood, not at the synapse. An
    antagonist that comes as a drug of its own counts in `occupancy_mor`, which is right only with `agonism` 0.

    **Leaves out:** kappa receptors (one laboratory needs them instead), desensitisation, reward, pain, withdrawal.

    **Source:** Williams 2018 (naltrexone in 7 responders), Klein 2020 and Jiang 2024 (rodents); against it Yoon 2025.
    """

    mu_free: Array = parameter("1", "mu receptors that an antagonist leaves free", (0.0, 1.0))
    agonism: Array = parameter("1", "efficacy of drugs that occupy mu receptors", (0.0, 1.0))
    kappa_rest: Array = parameter("1", "endogenous opioid over its dissociation constant at rest", (1e-3, 10.0))
    release: Array = parameter("1", "opioids released per unit of glutamate", (0.0, 10.0))
    tau_opioid: Array = parameter("h", "time constant of released opioids", (0.05, 100.0))
    half_gate: Array = parameter("1", "mu activation over rest at which the gate is half of its top", (0.01, 10.0))

    @property
    def reads(self) -> tuple[Port, ...]:
        return (*super().reads, Port("glutamate_pfc", "1"), Port("occupancy_mor", "1"), Port("stress", "1"))

    @property
    def shows(self) -> tuple[Port, ...]:
        return (
            Port("opioid_release", "1", "endogenous opioids released", range=(0.0, 4.0), rest=1.0),
            Port("mu_activation", "1", "mu receptors active, relative to rest", range=(0.0, 4.0), rest=1.0),
            Port("opioid_gate", "1", "share of relief that passes to mood", range=(0.0, 3.0), rest=1.0),
        )

    def initial(self, ill: bool = False) -> State:
        return super().initial(ill) | {"opioid": jnp.ones(())}

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        rates, gate, z = super().rates(t, state, inputs), self._gate(state, inputs), inputs["stress"]
        let = {name: gate * (own - z) + z for name, own in self._levels(inputs).items()}
        speed = {"despair": self.tau_d, "suicidal_ideation": self.tau_ideation, "anhedonia": self.tau_anhedonia}
        gated = {name: (level - state[name]) / speed[name] for name, level in let.items()}
        released = (1.0 + self.release * (inputs["glutamate_pfc"] - 1.0) - state["opioid"]) / self.tau_opioid
        return rates | gated | {"opioid": released}

    def readouts(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {
            "opioid_release": state["opioid"],
            "mu_activation": self._active(state, inputs),
            "opioid_gate": self._gate(state, inputs),
        }

    def _levels(self, inputs: Inputs) -> Signals:
        """What each state would follow with the gate at rest."""
        sums = self.sums(inputs)
        over = {"despair": self.despair_ref, "suicidal_ideation": self.ideation_ref, "anhedonia": self.anhedonia_ref}
        return {name: 1.0 + self.expression * (sums[name] / over[name] - 1.0) for name in sums}

    def _active(self, state: State, inputs: Inputs) -> Array:
        """Mu receptors active, relative to rest."""
        empty = 1.0 - inputs["occupancy_mor"]
        own = self.kappa_rest * self.mu_free * state["opioid"] * empty
        bound = (own + self.agonism * inputs["occupancy_mor"]) / (1.0 + own)
        return bound * (1.0 + self.kappa_rest) / self.kappa_rest

    def _gate(self, state: State, inputs: Inputs) -> Array:
        active = self._active(state, inputs)
        return (1.0 + self.half_gate) * active / (active + self.half_gate)
