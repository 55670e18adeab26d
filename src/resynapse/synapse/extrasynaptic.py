"""Plasticity that tonic receptors hold back: ambient glutamate at extrasynaptic GluN2B silences mTORC1."""

from __future__ import annotations

from jaxtyping import Array

from ..core.parameter import parameter
from ..core.stage import Inputs, State
from .plasticity import Plasticity


class ExtrasynapticPlasticity(Plasticity):
    r"""The synapse of `Plasticity`, in which block of tonic receptors lifts a brake on mTORC1 without BDNF.

    $\tau_M \dot M = \ldots + w_X B_R$, times what is left of mTORC1; $B_R$ is the block of the resting and
    extrasynaptic pool. Without a drug, or with $w_X = 0$, every number is the default theory's.

    **Reads, writes, shows:** the ports of `Plasticity`.

    **Assumes:** the resting pool stands for extrasynaptic GluN2B; the brake is lifted in proportion to block.

    **Leaves out:** ambient glutamate as a state: a burst does not fill what ketamine has not blocked.

    **Source:** Miller 2014 (deletion of GluN2B in cortical principal cells mimics and occludes ketamine).
    """

    weight_tonic: Array = parameter("1", "mTORC1 freed by full block of tonic receptors", (0.0, 5.0))

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        rates = super().rates(t, state, inputs)
        freed = self.mtor_active * self.weight_tonic * inputs["occupancy_nmdar_resting"] / self.tau_m
        return rates | {"mtorc1": rates["mtorc1"] + freed}
