"""Noppers 2011: S-ketamine infused into a vein, in arterial plasma."""

from __future__ import annotations

from jaxtyping import Array

from ..core.parameter import parameter
from ..core.stage import Inputs, State
from .compartments import Tissue, around
from .route import Delivery
from .theory import AbstractSKetamineBody


class Noppers2011(AbstractSKetamineBody):
    """S-ketamine infused into a vein, in arterial plasma: three compartments, without metabolites.

    Volumes scale with weight, clearance and flows with weight^0.75.

    **Assumes:** the placebo arm, without rifampicin.

    **Leaves out:** norketamine: the source models it behind three delays, but its values were not at hand; variability
    between people, for the same reason; R-ketamine and HNK; every route but the vein; age and sex (men only).

    **Source:** `noppers2011`, S-ketamine part; healthy men, 20 or 40 mg per 70 kg and hour for 2 h.
    """

    site = "ca"
    substances = ("ketamine",)
    compartments = ("central", "peripheral1", "peripheral2")
    doses = ("iv_ketamine",)

    weight: Array = parameter("kg", "body weight", (1.0, 300.0))
    v1: Array = parameter("L", "central volume at 70 kg", (0.1, 1e4))
    v2: Array = parameter("L", "first peripheral volume at 70 kg", (0.1, 1e4))
    v3: Array = parameter("L", "second peripheral volume at 70 kg", (0.1, 1e4))
    cl: Array = parameter("L/h", "clearance at 70 kg", (0.1, 1e4))
    q1: Array = parameter("L/h", "flow to the first peripheral compartment at 70 kg", (0.1, 1e4))
    q2: Array = parameter("L/h", "flow to the second peripheral compartment at 70 kg", (0.1, 1e4))

    @property
    def routes(self) -> dict[str, tuple[Delivery, ...]]:
        """How a dose by each route reaches the input ports."""
        return {"iv": (Delivery("iv_ketamine"),)}

    def moves(self, x: State, u: Inputs) -> State:
        size, flow = self.weight / 70.0, (self.weight / 70.0) ** 0.75
        tissues = (
            Tissue("peripheral1", self.v2 * size, self.q1 * flow),
            Tissue("peripheral2", self.v3 * size, self.q2 * flow),
        )
        cleared = self.cl * flow * self.plasma(x)["ketamine"]
        return around(x, "central", self.v1 * size, tissues, u["iv_ketamine"] - cleared)

    def plasma(self, x: State) -> State:
        return {"ketamine": x["central"] / (self.v1 * self.weight / 70.0)}
