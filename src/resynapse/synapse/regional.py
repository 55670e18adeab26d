"""Plasticity by region: what stress takes from cortex and hippocampus it adds to reward and fear circuits."""

from __future__ import annotations

from jaxtyping import Array

from ..core.parameter import parameter
from ..core.port import Port
from ..core.stage import Inputs, Signals, State
from .plasticity import Plasticity

REGIONS = ("hippocampus", "reward", "amygdala")


class RegionalPlasticity(Plasticity):
    r"""The synapse of `Plasticity`, whose spines are prefrontal, with spines of three more regions to look at.

    $\tau_S \dot S_r = 1 + \sigma_r Z + \gamma_r\,g_f P_2 - S_r$ for hippocampus, nucleus accumbens (reward) and
    amygdala, with stress $Z$ and the late synaptic protein $P_2$ of a dose. $\sigma$ is negative in hippocampus and
    positive in the other two; a dose reaches region $r$ to the share $\gamma_r$.

    **Reads, writes:** the ports of `Plasticity`. **Shows:** also `spine_density_hippocampus`, `_reward`, `_amygdala`
    (healthy rest = 1).

    **Assumes:** one pool a region; the directions were seen in rodents, every size is assumed; ketamine acts on
    prefrontal cortex, partly on hippocampus, and not on the accumbens.

    **Leaves out:** what these regions do to mood; cell types (in the accumbens D2 cells gain spines, D1 cells differ);
    amygdala cells that do not project to prefrontal cortex and those that do.

    **Source:** Fox 2020 (accumbens D2), Zhang 2019 (amygdala), Li 2011 (prefrontal), founding notes for the sizes.
    """

    stress_hippocampus: Array = parameter("1", "hippocampal spines at full stress, above rest", (-0.9, 0.0))
    stress_reward: Array = parameter("1", "reward spines at full stress, above rest", (0.0, 1.0))
    stress_amygdala: Array = parameter("1", "amygdala spines at full stress, above rest", (0.0, 1.0))
    reach_hippocampus: Array = parameter("1", "share of a dose's protein that reaches hippocampus", (0.0, 1.0))
    reach_reward: Array = parameter("1", "share of a dose's protein that reaches the accumbens", (-1.0, 1.0))
    reach_amygdala: Array = parameter("1", "share of a dose's protein that reaches the amygdala", (-1.0, 1.0))
    tau_region: Array = parameter("h", "time constant of spines in these regions", (1.0, 5e3))

    @property
    def shows(self) -> tuple[Port, ...]:
        return (*super().shows, *(_spines(region) for region in REGIONS))

    def initial(self, ill: bool = False) -> State:
        z = 1.0 if ill else 0.0
        own = {f"spines_{r}": 1.0 + stress * z for r, (stress, _) in self._regions.items()}
        return super().initial(ill) | own

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        grown = self.g_f * state["protein_late"]
        own = {
            f"spines_{r}": (1.0 + stress * inputs["stress"] + reach * grown - state[f"spines_{r}"]) / self.tau_region
            for r, (stress, reach) in self._regions.items()
        }
        return super().rates(t, state, inputs) | own

    def readouts(self, t: Array, state: State, inputs: Inputs) -> Signals:
        own = {f"spine_density_{r}": state[f"spines_{r}"] for r in REGIONS}
        return super().readouts(t, state, inputs) | own

    @property
    def _regions(self) -> dict[str, tuple[Array, Array]]:
        """Effect of full stress and reach of a dose, by region."""
        return {
            "hippocampus": (self.stress_hippocampus, self.reach_hippocampus),
            "reward": (self.stress_reward, self.reach_reward),
            "amygdala": (self.stress_amygdala, self.reach_amygdala),
        }


def _spines(region: str) -> Port:
    return Port(f"spine_density_{region}", "1", f"spines of the {region}", range=(0.0, 2.0), rest=1.0)
