"""Newborn neurons of the hippocampus: a pool that slow antidepressants fill over weeks."""

from __future__ import annotations

from jaxtyping import Array

from ..core.parameter import parameter
from ..core.port import Port
from ..core.stage import AbstractStage, Inputs, Signals, State


class NewbornNeurons(AbstractStage):
    r"""Young granule cells and those of them that have become part of the circuit, both 1 at healthy rest.

    $\tau_Y \dot Y = (1 + k_v v)(1 - s_N Z) - (1 + k_q B)\,Y$ and $\tau_N \dot N = (1 + k_q B)\,Y - N$ with the slow
    monoamine drive $v$, stress $Z$ and block $B$ of resting NMDA receptors, which makes young cells mature sooner.

    **Reads:** `monoamine_drive`, `stress`, `occupancy_nmdar_resting`. **Writes:** `newborn_neurons` ($N$).
    **Shows:** `young_neurons` ($Y$).

    **Assumes:** birth rises with the slow drive, in weeks; a dose of ketamine only speeds maturation while it lasts.

    **Leaves out:** what the cells do (mood weighs them only where a hypothesis says so), age, the four weeks of
    proliferation seen in rats after one dose of S-ketamine.

    **Source:** Malberg 2000 (chronic, not acute, treatment), Soumier 2016 (S-ketamine and maturation in rats);
    contested: Navailles 2008 (two strains of mice without any effect of fluoxetine in adults).
    """

    tau_young: Array = parameter("h", "time constant of young neurons", (24.0, 5e3))
    tau_newborn: Array = parameter("h", "time constant of newborn neurons in the circuit", (24.0, 1e4))
    k_birth: Array = parameter("1", "births added by full slow monoamine drive", (0.0, 5.0))
    s_birth: Array = parameter("1", "share of births lost at full stress", (0.0, 0.95))
    k_mature: Array = parameter("1", "maturation added by full block of resting receptors", (0.0, 10.0))

    @property
    def reads(self) -> tuple[Port, ...]:
        return (Port("monoamine_drive", "1"), Port("stress", "1"), Port("occupancy_nmdar_resting", "1"))

    @property
    def writes(self) -> tuple[Port, ...]:
        return (Port("newborn_neurons", "1", "newborn neurons in the circuit", range=(0.0, 3.0), rest=1.0),)

    @property
    def shows(self) -> tuple[Port, ...]:
        return (Port("young_neurons", "1", "young neurons", range=(0.0, 3.0), rest=1.0),)

    def initial(self, ill: bool = False) -> State:
        level = 1.0 - self.s_birth * (1.0 if ill else 0.0)
        return {"young": level, "newborn": level}

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        born = (1.0 + self.k_birth * inputs["monoamine_drive"]) * (1.0 - self.s_birth * inputs["stress"])
        grown = (1.0 + self.k_mature * inputs["occupancy_nmdar_resting"]) * state["young"]
        return {
            "young": (born - grown) / self.tau_young,
            "newborn": (grown - state["newborn"]) / self.tau_newborn,
        }

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {"newborn_neurons": state["newborn"]}

    def readouts(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {"young_neurons": state["young"]}
