"""Otto 2021: S-ketamine by vein, as Fanta 2015 had it, and S-norketamine, in venous plasma."""

from __future__ import annotations

from jaxtyping import Array

from ..core.parameter import parameter
from ..core.stage import Inputs, State
from .compartments import Tissue, around
from .route import Delivery
from .theory import CARRIED_AS_MASS, AbstractSKetamineBody


class Otto2021(AbstractSKetamineBody):
    r"""S-ketamine infused into a vein, in venous plasma, and the S-norketamine that all of it becomes.

    Three compartments of S-ketamine (`fanta2015`, fixed) and two of S-norketamine, into which the whole clearance
    $CL\,c$ flows. Central volumes scale with weight, clearances with weight^0.75; peripheral volumes and flows do not.

    **Assumes:** venous plasma is what the brain sees; all S-ketamine becomes norketamine, whose volumes are apparent
    and carry milligrams.

    **Leaves out:** every route but the vein: Fanta's oral bioavailability (8 %) was seen, its absorption and its
    presystemic formation of norketamine were not; the delay between arteries and veins, so that the brain is driven by
    venous plasma; R-ketamine and HNK; age and sex.

    **Source:** `otto2021`, Table 3 and supplementary control stream; 48 healthy people.
    """

    site = "cv"
    substances = ("ketamine", "norketamine")
    compartments = ("central", "peripheral1", "peripheral2", "nk", "nk_peripheral")
    doses = ("iv_ketamine",)

    weight: Array = parameter("kg", "body weight", (1.0, 300.0))
    v1: Array = parameter("L", "central volume at 70 kg", (0.1, 1e4))
    cl: Array = parameter("L/h", "clearance at 70 kg", (0.1, 1e4))
    v2: Array = parameter("L", "first peripheral volume", (0.1, 1e4))
    q1: Array = parameter("L/h", "flow to the first peripheral compartment", (0.1, 1e4))
    v3: Array = parameter("L", "second peripheral volume", (0.1, 1e4))
    q2: Array = parameter("L/h", "flow to the second peripheral compartment", (0.1, 1e4))
    v_nk: Array = parameter("L", "norketamine central volume at 70 kg", (0.1, 1e4))
    cl_nk: Array = parameter("L/h", "norketamine clearance at 70 kg", (0.1, 1e4))
    vp_nk: Array = parameter("L", "norketamine peripheral volume", (0.1, 1e4))
    q_nk: Array = parameter("L/h", "norketamine distribution flow", (0.1, 1e4))

    @property
    def routes(self) -> dict[str, tuple[Delivery, ...]]:
        """How a dose by each route reaches the input ports."""
        return {"iv": (Delivery("iv_ketamine"),)}

    def moves(self, x: State, u: Inputs) -> State:
        v1, v_nk, flow = self.v1 * self._size, self.v_nk * self._size, self._size**0.75
        formed = self.cl * flow * x["central"] / v1
        cleared = self.cl_nk * flow * x["nk"] / v_nk
        tissues = (Tissue("peripheral1", self.v2, self.q1), Tissue("peripheral2", self.v3, self.q2))
        parent = around(x, "central", v1, tissues, u["iv_ketamine"] - formed)
        return parent | around(x, "nk", v_nk, (Tissue("nk_peripheral", self.vp_nk, self.q_nk),), formed - cleared)

    def plasma(self, x: State) -> State:
        ketamine, norketamine = x["central"] / self.v1, CARRIED_AS_MASS * x["nk"] / self.v_nk
        return {"ketamine": ketamine / self._size, "norketamine": norketamine / self._size}

    @property
    def _size(self) -> Array:
        return self.weight / 70.0
