"""Flint 2017: S-ketamine infused for days into ventilated children, and S-norketamine."""

from __future__ import annotations

from jaxtyping import Array

from ..core.parameter import parameter
from ..core.stage import Inputs, State
from .compartments import Tissue, around
from .route import Delivery
from .theory import CARRIED_AS_MASS, AbstractSKetamineBody


class Flint2017(AbstractSKetamineBody):
    r"""S-ketamine infused into a ventilated child for hours to days, and the S-norketamine that it becomes.

    Two compartments of S-ketamine; its whole clearance feeds one apparent compartment of S-norketamine. Volumes scale
    with weight, clearances and flows with weight^0.75. Norketamine's clearance grows by `growth` an hour after the
    first dose; it is held where it stands after `elapsed` hours: $CL_n (1 + growth \cdot elapsed)$.

    **Assumes:** plasma as sampled is what the brain sees; where the samples were drawn was not seen, and they are shown
    as venous.

    **Leaves out:** the growth of norketamine's clearance within one simulation (0.87 % an hour, poorly known; set
    `elapsed` by hand); the delay between arteries and veins; adults; R-ketamine and HNK; every route but the vein;
    illness and other drugs.

    **Source:** `flint2017`, Table 3; 25 children, 86 samples.
    """

    site = "cv"
    substances = ("ketamine", "norketamine")
    compartments = ("central", "peripheral", "nk")
    doses = ("iv_ketamine",)

    weight: Array = parameter("kg", "body weight", (1.0, 300.0))
    v1: Array = parameter("L", "central volume at 70 kg", (0.1, 1e4))
    cl: Array = parameter("L/h", "clearance at 70 kg", (0.1, 1e4))
    v2: Array = parameter("L", "peripheral volume at 70 kg", (0.1, 1e4))
    q: Array = parameter("L/h", "distribution flow at 70 kg", (0.1, 1e4))
    v_nk: Array = parameter("L", "apparent norketamine volume at 70 kg", (0.1, 1e4))
    cl_nk: Array = parameter("L/h", "apparent norketamine clearance at 70 kg, at the first dose", (0.1, 1e4))
    growth: Array = parameter("1/h", "growth of norketamine clearance per hour after the first dose", (0.0, 1.0))
    elapsed: Array = parameter("h", "time after the first dose at which norketamine clearance is held", (0.0, 1e3))

    @property
    def routes(self) -> dict[str, tuple[Delivery, ...]]:
        """How a dose by each route reaches the input ports."""
        return {"iv": (Delivery("iv_ketamine"),)}

    def moves(self, x: State, u: Inputs) -> State:
        size, flow = self.weight / 70.0, (self.weight / 70.0) ** 0.75
        formed = self.cl * flow * x["central"] / (self.v1 * size)
        cleared = self.cl_nk * flow * (1 + self.growth * self.elapsed) * x["nk"] / (self.v_nk * size)
        tissues = (Tissue("peripheral", self.v2 * size, self.q * flow),)
        return around(x, "central", self.v1 * size, tissues, u["iv_ketamine"] - formed) | {"nk": formed - cleared}

    def plasma(self, x: State) -> State:
        size = self.weight / 70.0
        ketamine, norketamine = x["central"] / self.v1, CARRIED_AS_MASS * x["nk"] / self.v_nk
        return {"ketamine": ketamine / size, "norketamine": norketamine / size}
