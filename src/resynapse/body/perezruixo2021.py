"""Perez-Ruixo 2021: esketamine by nose, mouth and vein, and noresketamine, in venous plasma."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array

from ..core.parameter import parameter
from ..core.stage import Inputs, State
from .compartments import Tissue, around
from .route import Delivery, by_devices
from .theory import CARRIED_AS_MASS, AbstractSKetamineBody


class PerezRuixo2021(AbstractSKetamineBody):
    r"""Esketamine from nose, gut or vein to venous plasma, with a liver that takes its share first, and noresketamine.

    Three compartments and a well-stirred liver of volume $V_h$, from which $k_{el}$ and $k_{met}$ (to noresketamine,
    two apparent compartments) lead: $E = V_h (k_{el} + k_{met}) / (Q_h + V_h (k_{el} + k_{met}))$,
    $F_{oral} = F_{gut} (1 - E)$, $F_{nasal} = FR_n + (1 - FR_n) F_{gut} (1 - E)$. The nose absorbs `later_device` as
    much of a second or later device as of the first; the rest is swallowed over `d_sw`.

    **Assumes:** venous plasma is what the brain sees; noresketamine volumes are apparent and carry milligrams.

    **Leaves out:** body weight and sex (screened and not kept by the source); the delay between arteries and veins, so
    that the brain is driven by venous plasma; R-ketamine and HNK; an area of noresketamine over 24 h as printed by the
    source, which its own equations exceed 1.38 to 1.56 times (disputed).

    **Source:** `perezruixo2021`, Table 3; 820 people, of whom 18 gave the intravenous and oral data.
    """

    site = "cv"
    substances = ("ketamine", "norketamine")
    compartments = (
        *("nasal", "swallowed", "oral"),
        *("central", "peripheral1", "peripheral2", "liver", "nk", "nk_peripheral"),
    )
    doses = (
        "iv_ketamine",
        "nasal_first_ketamine",
        "nasal_later_ketamine",
        "swallowed_first_ketamine",
        "swallowed_later_ketamine",
        "oral_ketamine",
    )

    age: Array = parameter("year", "age", (0.0, 110.0))
    asian: Array = parameter("1", "1 for a person of Asian descent, else 0", (0.0, 1.0))
    japanese: Array = parameter("1", "1 for a person of Japanese descent (who is also `asian`), else 0", (0.0, 1.0))
    v1: Array = parameter("L", "central volume", (0.1, 1e4))
    q1: Array = parameter("L/h", "flow to the first peripheral compartment", (0.1, 1e4))
    v2: Array = parameter("L", "first peripheral volume", (0.1, 1e4))
    q2: Array = parameter("L/h", "flow to the second peripheral compartment", (0.1, 1e4))
    v3: Array = parameter("L", "second peripheral volume", (0.1, 1e4))
    qh: Array = parameter("L/h", "apparent liver plasma flow up to 60 years", (1.0, 1e4))
    flow_loss: Array = parameter("L/h/year", "liver flow lost per year above 60", (0.0, 10.0))
    vh: Array = parameter("L", "liver volume", (0.1, 1e4))
    k_el: Array = parameter("1/h", "rate out of the liver to other metabolites", (0.0, 100.0))
    k_met: Array = parameter("1/h", "rate out of the liver to noresketamine", (0.0, 100.0))
    k_el_asian: Array = parameter("1", "`k_el` in people of Asian descent relative to others", (0.0, 10.0))
    v_nk: Array = parameter("L", "apparent central volume of noresketamine", (0.1, 1e4))
    cl_nk: Array = parameter("L/h", "apparent clearance of noresketamine", (0.1, 1e4))
    cl_nk_asian: Array = parameter("1", "`cl_nk` in people of Asian descent relative to others", (0.0, 10.0))
    vp_nk: Array = parameter("L", "apparent peripheral volume of noresketamine", (0.1, 1e4))
    q_nk: Array = parameter("L/h", "apparent distribution flow of noresketamine", (0.1, 1e4))
    f_gut: Array = parameter("1", "share of swallowed esketamine that passes the gut wall", (0.0, 1.0))
    fr_n: Array = parameter("1", "share of a first nasal device that the nose absorbs", (0.0, 1.0))
    fr_n_japanese: Array = parameter("1", "`fr_n` in people of Japanese descent relative to others", (0.0, 10.0))
    later_device: Array = parameter("1", "nasal share of a later device relative to the first", (0.0, 2.0))
    ka_n: Array = parameter("1/h", "nasal absorption rate", (0.01, 1e3))
    d_sw: Array = parameter("h", "time over which the nasal remainder is swallowed", (0.01, 24.0))
    ka_sw: Array = parameter("1/h", "absorption rate of the swallowed nasal remainder", (0.01, 1e3))
    d_po: Array = parameter("h", "time over which an oral solution reaches the gut", (0.01, 24.0))
    ka_po: Array = parameter("1/h", "oral absorption rate", (0.01, 1e3))

    @property
    def routes(self) -> dict[str, tuple[Delivery, ...]]:
        """How a dose by each route reaches the input ports."""
        return {
            "iv": (Delivery("iv_ketamine"),),
            "nasal": by_devices(self.d_sw),
            "oral": (Delivery("oral_ketamine", over=self.d_po),),
        }

    @property
    def extraction(self) -> Array:
        """Share of esketamine that the liver takes in one pass."""
        cl_int = self.vh * (self._k_el + self.k_met)
        return cl_int / (self._liver_flow + cl_int)

    def moves(self, x: State, u: Inputs) -> State:
        depots, gut = self._absorption(x, u)
        return depots | self._parent(x, u["iv_ketamine"] + self.ka_n * x["nasal"], gut) | self._metabolite(x)

    def plasma(self, x: State) -> State:
        return {"ketamine": x["central"] / self.v1, "norketamine": CARRIED_AS_MASS * x["nk"] / self.v_nk}

    def _absorption(self, x: State, u: Inputs) -> tuple[State, Array]:
        """Depots, and what passes the gut wall (umol/h)."""
        first = jnp.minimum(self.fr_n * _where(self.japanese, self.fr_n_japanese), 1.0)
        later = first * self.later_device
        depots = {
            "nasal": first * u["nasal_first_ketamine"] + later * u["nasal_later_ketamine"] - self.ka_n * x["nasal"],
            "swallowed": (1 - first) * u["swallowed_first_ketamine"]
            + (1 - later) * u["swallowed_later_ketamine"]
            - self.ka_sw * x["swallowed"],
            "oral": u["oral_ketamine"] - self.ka_po * x["oral"],
        }
        return depots, self.f_gut * (self.ka_sw * x["swallowed"] + self.ka_po * x["oral"])

    def _parent(self, x: State, entering: Array, gut: Array) -> State:
        returned = self._liver_flow * (x["liver"] / self.vh - x["central"] / self.v1)
        tissues = (Tissue("peripheral1", self.v2, self.q1), Tissue("peripheral2", self.v3, self.q2))
        liver = gut - returned - (self._k_el + self.k_met) * x["liver"]
        return around(x, "central", self.v1, tissues, entering + returned) | {"liver": liver}

    def _metabolite(self, x: State) -> State:
        cleared = self.cl_nk * _where(self.asian, self.cl_nk_asian) * x["nk"] / self.v_nk
        tissue = Tissue("nk_peripheral", self.vp_nk, self.q_nk)
        return around(x, "nk", self.v_nk, (tissue,), self.k_met * x["liver"] - cleared)

    @property
    def _liver_flow(self) -> Array:
        return self.qh - self.flow_loss * jnp.maximum(self.age - 60.0, 0.0)

    @property
    def _k_el(self) -> Array:
        return self.k_el * _where(self.asian, self.k_el_asian)


def _where(person: Array, factor: Array) -> Array:
    """The factor for a person to whom it applies (1), and one for others (0)."""
    return 1.0 + person * (factor - 1.0)
