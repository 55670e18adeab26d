"""Perception: what psychedelics do to it, and how deep sedatives go."""

from __future__ import annotations

from jaxtyping import Array

from ..core.algebra import hill
from ..core.parameter import parameter
from ..core.port import Port
from ..core.stage import AbstractStage, Inputs, Signals, State


class Perception(AbstractStage):
    r"""How strongly perception is changed through 5-HT2A receptors, and how sedated somebody is through GABA-A.

    Both are shares of the largest effect: $act^h / (act^h + half^h)$ of the activated receptors.

    **Reads:** `activation_ht2a`, `activation_gaba_a` (0 to 1). **Writes:** nothing. **Shows:** `perception_change`,
    `sedation_depth` (0 to 1). In rodents the first stands for head twitches.

    **Assumes:** perception follows occupancy by an agonist at once; no tolerance.

    **Leaves out:** dissociation (`AcuteEffects` has it, from NMDA block), set and setting, what somebody expects.

    **Source:** Madsen 2019 (intensity follows occupancy by psilocin); midazolam: sedation by level, assumed.
    """

    ht2a_half: Array = parameter("1", "activated 5-HT2A receptors at half of the largest change", (1e-3, 1.0))
    ht2a_hill: Array = parameter("1", "steepness of the change", (0.5, 8.0))
    gaba_half: Array = parameter("1", "potentiated GABA-A receptors at half of the deepest sedation", (1e-3, 1.0))
    gaba_hill: Array = parameter("1", "steepness of sedation", (0.5, 8.0))

    @property
    def reads(self) -> tuple[Port, ...]:
        return (Port("activation_ht2a", "1"), Port("activation_gaba_a", "1"))

    @property
    def writes(self) -> tuple[Port, ...]:
        return ()

    @property
    def shows(self) -> tuple[Port, ...]:
        return (
            Port("perception_change", "1", "share of the largest change of perception", range=(0.0, 1.0), rest=0.0),
            Port("sedation_depth", "1", "share of the deepest sedation", range=(0.0, 1.0), rest=0.0),
        )

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {}

    def readouts(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {
            "perception_change": hill(inputs["activation_ht2a"], self.ht2a_half, self.ht2a_hill),
            "sedation_depth": hill(inputs["activation_gaba_a"], self.gaba_half, self.gaba_hill),
        }
