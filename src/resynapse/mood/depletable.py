"""Despair that a lack of monoamines pushes up as well."""

from __future__ import annotations

from jaxtyping import Array

from ..core.parameter import parameter
from ..core.port import Port
from ..core.stage import Inputs, State
from .despair import Despair


class DepletableDespair(Despair):
    r"""The mood of `Despair`, in which empty monoamine stores push despair and anhedonia up by $w_{lack}\,(1 - m)$.

    The push is the same for everybody. Who falls ill under it is not put in: it follows from load and rumination, which
    carry some people over the edge and leave others where they were.

    **Reads:** the ports of `Despair`, and `monoamine_lack`.

    **Parameters:** `w_lack`, despair added by empty stores, 1 being the whole way from health to depression. With 1
    monoamines are all there is to mood; with 0 this is the default theory.

    **Assumes:** the push is felt within the time constant of despair.

    **Source:** Ruhe 2007: no change of mood in healthy people, some in remitted or vulnerable ones.
    """

    w_lack: Array = parameter("1", "despair added by empty monoamine stores", (0.0, 2.0))

    @property
    def reads(self) -> tuple[Port, ...]:
        return (*super().reads, Port("monoamine_lack", "1"))

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        rates, push = super().rates(t, state, inputs), self.w_lack * inputs["monoamine_lack"]
        pushed = {
            "despair": rates["despair"] + push / self.tau_d,
            "anhedonia": rates["anhedonia"] + push / self.tau_anhedonia,
        }
        return rates | pushed
