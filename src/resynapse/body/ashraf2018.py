"""Ashraf 2018: S-ketamine by mouth and vein, with gut wall and liver for it and for norketamine, in venous plasma."""

from __future__ import annotations

from jaxtyping import Array

from ..core.parameter import parameter
from ..core.stage import Inputs, State
from .compartments import Tissue, around
from .route import Delivery
from .theory import CARRIED_AS_MASS, AbstractSKetamineBody


class Ashraf2018(AbstractSKetamineBody):
    r"""S-ketamine swallowed or injected, in venous plasma; gut wall and liver take a share of it and its metabolite.

    Gut wall, portal vein and liver are in steady state with what reaches them. With liver blood flow
    $Q_h = q_{h}\,W^{0.75}$ and unbound shares in blood $f$, $E = f CL_{int} / (Q_h + f CL_{int})$ for each substance;
    the gut wall lets $F_g = Q_g / (Q_g + CL_{int,g})$ pass, where $1/Q_g = 1/Q_{villi} + 1/CL_{perm}$ for S-ketamine
    and $Q_g = Q_{villi}$ for norketamine. All S-ketamine that gut wall or liver takes becomes norketamine, which
    passes gut wall and liver itself before it reaches plasma.

    **Assumes:** the samples are venous (where they were drawn was not read) and what the brain sees; all metabolised
    S-ketamine becomes norketamine, whose values are apparent and carry milligrams; the first pass uses the source's
    unbound share (0.70), the brain link this project's.

    **Leaves out:** ticlopidine, the inhibitor for which the source was made; weight other than through blood flow; the
    delay between arteries and veins, so that the brain is driven by venous plasma; R-ketamine and HNK; age and sex.

    **Source:** `ashraf2018`, Tables 1 and 2; 41 healthy people in five studies, mostly by mouth.
    """

    site = "cv"
    substances = ("ketamine", "norketamine")
    compartments = ("oral", "central", "peripheral1", "peripheral2", "nk", "nk_peripheral")
    doses = ("iv_ketamine", "oral_ketamine")

    weight: Array = parameter("kg", "body weight", (1.0, 300.0))
    ka_po: Array = parameter("1/h", "oral absorption rate", (0.01, 1e3))
    v1: Array = parameter("L", "central volume", (0.1, 1e4))
    q1: Array = parameter("L/h", "flow to the first peripheral compartment", (0.1, 1e4))
    v2: Array = parameter("L", "first peripheral volume", (0.1, 1e4))
    q2: Array = parameter("L/h", "flow to the second peripheral compartment", (0.1, 1e4))
    v3: Array = parameter("L", "second peripheral volume", (0.1, 1e4))
    cl_int: Array = parameter("L/h", "intrinsic liver clearance of S-ketamine", (0.1, 1e4))
    cl_int_gut: Array = parameter("L/h", "intrinsic gut-wall clearance of S-ketamine", (0.0, 1e4))
    cl_perm: Array = parameter("L/h", "permeability clearance of S-ketamine into the gut wall", (0.01, 1e3))
    v_nk: Array = parameter("L", "apparent norketamine central volume", (0.1, 1e4))
    q_nk: Array = parameter("L/h", "apparent norketamine distribution flow", (0.1, 1e4))
    vp_nk: Array = parameter("L", "apparent norketamine peripheral volume", (0.1, 1e4))
    cl_int_nk: Array = parameter("L/h", "apparent intrinsic liver clearance of norketamine", (0.1, 1e4))
    cl_int_gut_nk: Array = parameter("L/h", "apparent intrinsic gut-wall clearance of norketamine", (0.0, 1e4))
    unbound: Array = parameter("1", "unbound share of S-ketamine in plasma, for the first pass", (0.0, 1.0))
    unbound_nk: Array = parameter("1", "unbound share of norketamine in plasma, for the first pass", (0.0, 1.0))
    blood_ratio: Array = parameter("1", "blood over plasma concentration of S-ketamine", (0.01, 10.0))
    blood_ratio_nk: Array = parameter("1", "blood over plasma concentration of norketamine", (0.01, 10.0))
    qh: Array = parameter("L/h/kg**0.75", "liver blood flow per kg^0.75 of body weight", (0.1, 100.0))
    intestinal: Array = parameter("1", "share of liver blood flow that comes from the intestine", (0.0, 1.0))
    mucosal: Array = parameter("1", "share of intestinal flow that goes through the mucosa", (0.0, 1.0))
    villous: Array = parameter("1", "share of mucosal flow that goes through the villi", (0.0, 1.0))

    @property
    def routes(self) -> dict[str, tuple[Delivery, ...]]:
        """How a dose by each route reaches the input ports."""
        return {"iv": (Delivery("iv_ketamine"),), "oral": (Delivery("oral_ketamine"),)}

    @property
    def liver_flow(self) -> Array:
        """Blood that flows through the liver (L/h)."""
        return self.qh * self.weight**0.75

    @property
    def extraction(self) -> Array:
        """Share of S-ketamine that the liver takes in one pass."""
        return _taken(self.cl_int * self.unbound / self.blood_ratio, self.liver_flow)

    @property
    def extraction_nk(self) -> Array:
        """Share of norketamine that the liver takes in one pass."""
        return _taken(self.cl_int_nk * self.unbound_nk / self.blood_ratio_nk, self.liver_flow)

    @property
    def f_gut(self) -> Array:
        """Share of swallowed S-ketamine that passes the gut wall."""
        through = self._villous_flow * self.cl_perm / (self._villous_flow + self.cl_perm)
        return 1.0 - _taken(self.cl_int_gut, through)

    @property
    def f_gut_nk(self) -> Array:
        """Share of the norketamine formed in the gut wall that leaves it."""
        return 1.0 - _taken(self.cl_int_gut_nk, self._villous_flow)

    def moves(self, x: State, u: Inputs) -> State:
        absorbed = self.ka_po * x["oral"]
        reaching = self.liver_flow * x["central"] / self.v1 + self.f_gut * absorbed
        reaching_nk = self.liver_flow * x["nk"] / self.v_nk + self.f_gut_nk * (1 - self.f_gut) * absorbed
        formed = self.extraction * reaching
        return {
            "oral": u["oral_ketamine"] - absorbed,
            **self._parent(x, u["iv_ketamine"] + self.f_gut * absorbed - formed),
            **self._metabolite(x, reaching_nk + formed),
        }

    def plasma(self, x: State) -> State:
        return {"ketamine": x["central"] / self.v1, "norketamine": CARRIED_AS_MASS * x["nk"] / self.v_nk}

    def _parent(self, x: State, gain: Array) -> State:
        tissues = (Tissue("peripheral1", self.v2, self.q1), Tissue("peripheral2", self.v3, self.q2))
        return around(x, "central", self.v1, tissues, gain)

    def _metabolite(self, x: State, reaching: Array) -> State:
        """Norketamine in plasma, of which `reaching` (umol/h) enters the liver, old and new together."""
        gain = (1 - self.extraction_nk) * reaching - self.liver_flow * x["nk"] / self.v_nk
        return around(x, "nk", self.v_nk, (Tissue("nk_peripheral", self.vp_nk, self.q_nk),), gain)

    @property
    def _villous_flow(self) -> Array:
        return self.intestinal * self.mucosal * self.villous * self.liver_flow


def _taken(clearance: Array, flow: Array) -> Array:
    """Share that an organ takes from the blood that flows through it once."""
    return clearance / (flow + clearance)
