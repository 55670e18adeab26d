"""What a rodent laboratory would measure of despair: time immobile when forced to swim, preference for sugar."""

from __future__ import annotations

from jaxtyping import Array

from ..core.algebra import logistic
from ..core.parameter import parameter
from ..core.port import Port
from ..core.stage import AbstractStage, Inputs, Signals, State


class RodentAssays(AbstractStage):
    r"""The expected reading of two behavioural tests in one animal, without laboratory noise.

    Immobility $= i_{max}\,S(a + b\,d)$ and sucrose preference $= p_{max} - \Delta p\,h$ with despair $d$ and
    anhedonia $h$ (depressed state = 1), $S$ the logistic.

    **Reads:** `despair`, `anhedonia`. **Writes:** nothing. **Shows:** `fst_immobility` (share of the time),
    `sucrose_preference` (0 to 1).

    **Assumes:** one despair axis for immobility; despair and anhedonia are not one axis.

    **Leaves out:** locomotion, laboratories, noise, sex and strain.

    **Source:** founding notes on mechanism (`resynapse2026mechanism`).
    """

    immobility_max: Array = parameter("1", "largest share of the time immobile", (0.0, 1.0))
    immobility_offset: Array = parameter("1", "logit of immobility without despair", (-10.0, 10.0))
    immobility_slope: Array = parameter("1", "logit of immobility per unit of despair", (0.0, 10.0))
    sucrose_healthy: Array = parameter("1", "sucrose preference of a healthy animal", (0.0, 1.0))
    sucrose_lost: Array = parameter("1", "sucrose preference lost with full anhedonia", (0.0, 1.0))

    @property
    def reads(self) -> tuple[Port, ...]:
        return (Port("despair", "1"), Port("anhedonia", "1"))

    @property
    def writes(self) -> tuple[Port, ...]:
        return ()

    @property
    def shows(self) -> tuple[Port, ...]:
        return (
            Port("fst_immobility", "1", "time immobile in the forced swim test", range=(0.0, 1.0)),
            Port("sucrose_preference", "1", "preference for sucrose over water", range=(0.0, 1.0)),
        )

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {}

    def readouts(self, t: Array, state: State, inputs: Inputs) -> Signals:
        logit = self.immobility_offset + self.immobility_slope * inputs["despair"]
        sucrose = self.sucrose_healthy - self.sucrose_lost * inputs["anhedonia"]
        return {"fst_immobility": self.immobility_max * logistic(logit), "sucrose_preference": sucrose.clip(0.0, 1.0)}
