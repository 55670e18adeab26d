"""Despair that newborn hippocampal neurons bear on as well."""

from __future__ import annotations

from jaxtyping import Array

from ..core.parameter import parameter
from ..core.port import Port
from ..core.stage import Inputs, Signals
from .despair import Despair


class HippocampalDespair(Despair):
    r"""The mood of `Despair`, whose sum also holds $w_N (1 - N)$ with the newborn neurons $N$ of the hippocampus.

    **Reads:** the ports of `Despair`, and `newborn_neurons`.

    **Parameters:** `w_newborn` is 0 unless a hypothesis says otherwise; then this is the default theory.

    **Assumes:** newborn neurons act on despair alone, not on ideation or anhedonia.

    **Source:** Santarelli 2003 (mice without new neurons do not respond to fluoxetine); against it, Soumier 2016
    (ketamine works without them), and reviews that find no depression from too few of them.
    """

    w_newborn: Array = parameter("1", "weight of newborn neurons in despair", (0.0, 10.0))

    @property
    def reads(self) -> tuple[Port, ...]:
        return (*super().reads, Port("newborn_neurons", "1"))

    def sums(self, inputs: Inputs) -> Signals:
        """The three weighted sums, despair with newborn neurons."""
        sums = super().sums(inputs)
        return sums | {"despair": sums["despair"] + self.w_newborn * (1.0 - inputs["newborn_neurons"])}
