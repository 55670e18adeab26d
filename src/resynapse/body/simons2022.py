"""Simons 2022: S-ketamine by film on the oral mucosa or by vein, norketamine and HNK, in arterial plasma."""

from __future__ import annotations

from jaxtyping import Array

from ..core.parameter import parameter
from ..core.stage import Inputs, State
from .compartments import Tissue, around, delay
from .route import Delivery
from .theory import AbstractSKetamineBody


class Simons2022(AbstractSKetamineBody):
    r"""S-ketamine from a film in the mouth or into a vein, to arterial plasma, with norketamine and HNK.

    Three compartments of S-ketamine; what they clear passes two delays (mean time `mtt_nk`), `f_nk` of it becomes
    S-norketamine (two compartments, the first as large as S-ketamine's), what that clears passes two more (`mtt_hnk`),
    and `f_hnk` of it becomes S-HNK (two compartments). The mucosa absorbs `f_sl` of a film into plasma; `f_slsw` is
    swallowed and goes, after `mtt_gut`, straight into the delays before norketamine and never to plasma as ketamine.

    **Assumes:** volumes scale with weight, clearances and flows with weight^0.75 (the source says "at 70 kg" and prints
    no exponents); a film under the tongue and one in the cheek are alike.

    **Leaves out:** R-ketamine; other routes; any ketamine from the swallowed part of a film. `f_sl` and `f_slsw` sum
    to 1.42, so that a film is not in mole balance, and its bioavailability does not fall with dose as was observed.

    **Source:** `simons2022`, Table 4; 20 healthy people, two visits.
    """

    site = "ca"
    substances = ("ketamine", "norketamine", "hnk")
    compartments = (
        *("mucosa", "swallowed", "gut", "central", "peripheral1", "peripheral2"),
        *("to_nk1", "to_nk2", "nk", "nk_peripheral", "to_hnk1", "to_hnk2", "hnk", "hnk_peripheral"),
    )
    doses = ("iv_ketamine", "mucosa_ketamine", "mucosa_swallowed_ketamine")

    weight: Array = parameter("kg", "body weight", (1.0, 300.0))
    f_sl: Array = parameter("1", "share of a film that the mucosa absorbs", (0.0, 1.0))
    d_sl: Array = parameter("h", "time over which a film enters the mucosa", (0.01, 24.0))
    ka_sl: Array = parameter("1/h", "mucosal absorption rate", (0.01, 1e3))
    f_slsw: Array = parameter("1", "share of a film that is swallowed and metabolised", (0.0, 2.0))
    d_slsw: Array = parameter("h", "time over which the swallowed share enters the gut", (0.01, 24.0))
    ka_slsw: Array = parameter("1/h", "absorption rate of the swallowed share", (0.01, 1e3))
    mtt_gut: Array = parameter("h", "mean time from gut to liver", (0.001, 24.0))
    v1: Array = parameter("L", "central volume of ketamine, and of norketamine, at 70 kg", (0.1, 1e4))
    v2: Array = parameter("L", "first peripheral volume at 70 kg", (0.1, 1e4))
    v3: Array = parameter("L", "second peripheral volume at 70 kg", (0.1, 1e4))
    cl: Array = parameter("L/h", "clearance at 70 kg", (0.1, 1e4))
    q1: Array = parameter("L/h", "flow to the first peripheral compartment at 70 kg", (0.1, 1e4))
    q2: Array = parameter("L/h", "flow to the second peripheral compartment at 70 kg", (0.1, 1e4))
    mtt_nk: Array = parameter("h", "mean time from ketamine to norketamine", (0.001, 24.0))
    f_nk: Array = parameter("1", "share of metabolised ketamine that forms norketamine", (0.0, 1.0))
    vp_nk: Array = parameter("L", "norketamine peripheral volume at 70 kg", (0.1, 1e4))
    cl_nk: Array = parameter("L/h", "norketamine clearance at 70 kg", (0.1, 1e4))
    q_nk: Array = parameter("L/h", "norketamine distribution flow at 70 kg", (0.1, 1e4))
    mtt_hnk: Array = parameter("h", "mean time from norketamine to HNK", (0.001, 24.0))
    f_hnk: Array = parameter("1", "share of metabolised norketamine that forms HNK", (0.0, 1.0))
    v_hnk: Array = parameter("L", "HNK central volume at 70 kg", (0.1, 1e4))
    vp_hnk: Array = parameter("L", "HNK peripheral volume at 70 kg", (0.1, 1e4))
    cl_hnk: Array = parameter("L/h", "HNK clearance at 70 kg", (0.1, 1e4))
    q_hnk: Array = parameter("L/h", "HNK distribution flow at 70 kg", (0.1, 1e4))

    @property
    def routes(self) -> dict[str, tuple[Delivery, ...]]:
        """How a dose by each route reaches the input ports."""
        film = (
            Delivery("mucosa_ketamine", over=self.d_sl),
            Delivery("mucosa_swallowed_ketamine", over=self.d_slsw),
        )
        return {"iv": (Delivery("iv_ketamine"),), "sublingual": film}

    def moves(self, x: State, u: Inputs) -> State:
        c = self.plasma(x)
        film, from_gut = self._film(x, u)
        parent = self._ketamine(x, u["iv_ketamine"] + self.ka_sl * x["mucosa"], c["ketamine"])
        to_nk, into_nk = delay(x, ("to_nk1", "to_nk2"), self.mtt_nk, self.cl * self._flow * c["ketamine"] + from_gut)
        cleared_nk = self.cl_nk * self._flow * c["norketamine"]
        to_hnk, into_hnk = delay(x, ("to_hnk1", "to_hnk2"), self.mtt_hnk, cleared_nk)
        cleared_hnk = self.cl_hnk * self._flow * c["hnk"]
        return {
            **film,
            **parent,
            **to_nk,
            **around(x, "nk", self._volume(self.v1), self._nk_tissue, self.f_nk * into_nk - cleared_nk),
            **to_hnk,
            **around(x, "hnk", self._volume(self.v_hnk), self._hnk_tissue, self.f_hnk * into_hnk - cleared_hnk),
        }

    def plasma(self, x: State) -> State:
        volumes = {"ketamine": self.v1, "norketamine": self.v1, "hnk": self.v_hnk}
        held = {"ketamine": "central", "norketamine": "nk", "hnk": "hnk"}
        return {what: x[held[what]] / self._volume(v) for what, v in volumes.items()}

    def _film(self, x: State, u: Inputs) -> tuple[State, Array]:
        """Depots of a film, and what its swallowed share gives to metabolism (umol/h)."""
        gut, given = delay(x, ("gut",), self.mtt_gut, self.ka_slsw * x["swallowed"])
        depots = {
            "mucosa": self.f_sl * u["mucosa_ketamine"] - self.ka_sl * x["mucosa"],
            "swallowed": self.f_slsw * u["mucosa_swallowed_ketamine"] - self.ka_slsw * x["swallowed"],
        }
        return depots | gut, given

    def _ketamine(self, x: State, entering: Array, c: Array) -> State:
        tissues = (
            self._tissue("peripheral1", self.v2, self.q1),
            self._tissue("peripheral2", self.v3, self.q2),
        )
        return around(x, "central", self._volume(self.v1), tissues, entering - self.cl * self._flow * c)

    @property
    def _nk_tissue(self) -> tuple[Tissue, ...]:
        return (self._tissue("nk_peripheral", self.vp_nk, self.q_nk),)

    @property
    def _hnk_tissue(self) -> tuple[Tissue, ...]:
        return (self._tissue("hnk_peripheral", self.vp_hnk, self.q_hnk),)

    def _tissue(self, name: str, volume: Array, flow: Array) -> Tissue:
        return Tissue(name, self._volume(volume), flow * self._flow)

    def _volume(self, volume: Array) -> Array:
        return volume * self.weight / 70.0

    @property
    def _flow(self) -> Array:
        return (self.weight / 70.0) ** 0.75
