"""The lateral habenula, centre of disappointment: bursting under stress, quieted by ketamine that stays trapped."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array

from ..core.algebra import positive
from ..core.parameter import parameter
from ..core.port import Port
from ..core.stage import AbstractStage, Inputs, Signals, State

_SMOOTH = 0.001  # relative to the threshold; a tenth or ten times of it moves the 24 h mood by under 0.2 %


class Habenula(AbstractStage):
    r"""The share of habenula neurons that fire in bursts, which needs both NMDA receptors and T-type channels.

    $burst = (L_0 + d_L Z)\,T\,(1 - (1 - N (1 - B))/\theta)_+$ with $N$ the NMDA receptors and $T$ the T-type
    channels that are left. Block enters when channels open and leaves slowly when they are silent, so it outlasts the
    drug:
    $\dot B = k_{on} C (a_T + burst/burst_{ill})(1-B) - k_{off}(r_0 + burst/burst_{ill}) B$.

    **Reads:** `ce_nmdar` (umol/L), `stress`. **Writes:** `lhb_burst_fraction` (0 to 1) and `lhb_output`, the same on a
    scale where health is 0 and full stress is 1. **Shows:** `occupancy_lhb`.

    **Assumes:** a mean field; block is asymmetric between silent and bursting cells, which is sufficient for a day
    of suppression and not shown to be necessary.

    **Leaves out:** single neurons, astrocytes, theta synchrony; one laboratory finds the lasting effect
    independent of the habenula (Zhou 2021).

    **Source:** Yang 2018 (fractions recalled), Ma 2023 (trapping), founding notes for the rates.
    """

    l0: Array = parameter("1", "burst fraction of a healthy animal", (0.0, 0.9))
    dl: Array = parameter("1", "burst fraction added by full stress", (1e-3, 0.9))
    k_on: Array = parameter("L/umol/h", "binding rate", (0.0, 1e3))
    a_t: Array = parameter("1", "binding in silent cells relative to bursting ones", (0.0, 10.0))
    k_off: Array = parameter("1/h", "unbinding rate", (0.0, 1e3))
    r0: Array = parameter("1", "unbinding in silent cells relative to bursting ones", (0.0, 10.0))
    theta: Array = parameter("1", "block at which bursting stops", (0.01, 1.0))
    nmdar_left: Array = parameter("1", "NMDA receptors left open by other means", (0.0, 1.0))
    t_type_left: Array = parameter("1", "T-type channels left open", (0.0, 1.0))

    @property
    def reads(self) -> tuple[Port, ...]:
        return (Port("ce_nmdar", "umol/L"), Port("stress", "1"))

    @property
    def writes(self) -> tuple[Port, ...]:
        return (
            Port("lhb_burst_fraction", "1", "bursting neurons", range=(0.0, 1.0), rest=0.07),
            Port("lhb_output", "1", "habenula output, 0 in health, 1 under full stress", range=(-1.0, 1.0), rest=0.0),
        )

    @property
    def shows(self) -> tuple[Port, ...]:
        return (Port("occupancy_lhb", "1", "habenula NMDA receptors blocked", range=(0.0, 1.0), rest=0.0),)

    @property
    def substeps(self) -> int:
        return 3

    def initial(self, ill: bool = False) -> State:
        return {"block": jnp.zeros(())}

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        relative = self._burst(state, inputs) / (self.l0 + self.dl)
        bound = self.k_on * inputs["ce_nmdar"] * (self.a_t + relative) * (1.0 - state["block"])
        return {"block": bound - self.k_off * (self.r0 + relative) * state["block"]}

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        burst = self._burst(state, inputs)
        return {"lhb_burst_fraction": burst, "lhb_output": (burst - self.l0) / self.dl}

    def readouts(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {"occupancy_lhb": state["block"]}

    def _burst(self, state: State, inputs: Inputs) -> Array:
        lost = 1.0 - self.nmdar_left * (1.0 - state["block"])
        left = positive(1.0 - lost / self.theta, _SMOOTH) / positive(jnp.ones(()), _SMOOTH)
        return (self.l0 + self.dl * inputs["stress"]) * self.t_type_left * left
