"""Crowded synapses: room for only so many AMPA receptors, so that synthesis fades as the places fill."""

from __future__ import annotations

from jaxtyping import Array

from ..core.algebra import positive_from_rest
from ..core.parameter import parameter
from ..core.stage import Inputs, State
from .plasticity import Plasticity

_SMOOTH = 1e-4


class CrowdedPlasticity(Plasticity):
    r"""`Plasticity` with a ceiling on surface AMPA receptors, as spines have one.

    Synaptic protein is made ever more slowly as its places fill:
    $\dot P = k_P M (1 - g_A P / (A_{max} - 1)) - P/\tau_P$ (only a positive $M$ is braked), so that $1 + g_A P$
    stays below $A_{max}$.
    A small response is that of `Plasticity`; one that lasts for weeks no longer feeds on itself without end.

    **Reads, writes, shows:** as `Plasticity`.

    **Assumes:** that potentiation is shut off as its threshold nears, as adult slices show (Roth-Alpermann 2006), at
    about twice the strength of rest; one ceiling for all synapses.

    **Leaves out:** scaling down of all synapses when activity stays high, which would lower the ceiling with time.

    **Source:** made with the failure of the comparators in view, where surface receptors rose eightfold.
    """

    a_max: Array = parameter("1", "largest surface AMPA receptors", (1.01, 20.0))

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        open_ended = super().rates(t, state, inputs)
        filled = self.g_a * state["protein"] / (self.a_max - 1.0)
        made = positive_from_rest(state["mtorc1"], 0.0, _SMOOTH)
        return {**open_ended, "protein": open_ended["protein"] - self.k_p * made * filled}
