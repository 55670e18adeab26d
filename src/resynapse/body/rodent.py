"""Rodent body: from mg/kg to free brain concentration in rats and mice, by one compartment per substance."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array

from ..core.parameter import parameter
from ..core.port import Port
from ..core.stage import AbstractLinearStage, Inputs, Signals, State
from .plasma import ENANTIOMERS
from .route import Delivery

_INPUTS = ("iv_ketamine", "ip_ketamine", "sc_ketamine", "iv_hnk", "ip_hnk")
_STATES = ("ip", "sc", "ketamine", "norketamine", "ip_hnk", "hnk")


class RodentBody(AbstractLinearStage):
    r"""Ketamine in a rat or a mouse: absorbed from belly or skin, seen by the brain, turned into norketamine and HNK.

    Per enantiomer (umol): depot -> ketamine -> norketamine -> HNK, each one compartment whose apparent volume
    (L/kg) turns the amount per kg into free brain concentration: $C = A / (V\,W)$, $\dot A = in - k A$.

    **Reads:** dose ports such as `ip_ketamine_s` (umol/h). **Writes:** `ce_*` (umol/L, free in brain).
    Plasma is not modelled.

    **Assumes:** both enantiomers alike; linear kinetics up to anaesthetic doses.

    **Leaves out:** plasma, sex, strain; a plasma read-out is flagged as not modelled rather than written.

    **Source:** founding notes on rodent exposure (`resynapse2026mechanism`), half-lives as noted there.
    """

    weight: Array = parameter("kg", "body weight", (0.005, 2.0))
    half_life: Array = parameter("h", "half-life of ketamine", (0.01, 10.0))
    volume: Array = parameter("L/kg", "apparent volume of free brain ketamine", (0.1, 1e3))
    ka_ip: Array = parameter("1/h", "intraperitoneal absorption rate", (0.1, 1e3))
    f_ip: Array = parameter("1", "intraperitoneal bioavailability to the brain", (0.0, 1.0))
    ka_sc: Array = parameter("1/h", "subcutaneous absorption rate", (0.1, 1e3))
    f_sc: Array = parameter("1", "subcutaneous bioavailability to the brain", (0.0, 1.0))
    fm: Array = parameter("1", "share of ketamine that becomes norketamine", (0.0, 1.0))
    half_life_nk: Array = parameter("h", "half-life of norketamine", (0.01, 24.0))
    volume_nk: Array = parameter("L/kg", "apparent volume of free brain norketamine", (0.1, 1e4))
    f_hnk: Array = parameter("1", "share of norketamine that becomes HNK", (0.0, 1.0))
    half_life_hnk: Array = parameter("h", "half-life of HNK", (0.01, 24.0))
    volume_hnk: Array = parameter("L/kg", "apparent volume of free brain HNK", (0.1, 1e3))

    @property
    def reads(self) -> tuple[Port, ...]:
        return tuple(Port(f"{name}_{e}", "umol/h", "dose input") for e in ENANTIOMERS for name in _INPUTS)

    @property
    def writes(self) -> tuple[Port, ...]:
        return tuple(
            Port(f"ce_{what}_{e}", "umol/L", f"free {what} ({e.upper()}) in the brain", range=(0.0, 1.0), rest=0.0)
            for e in ENANTIOMERS
            for what in ("ketamine", "norketamine", "hnk")
        )

    @property
    def routes(self) -> dict[str, tuple[Delivery, ...]]:
        """How a dose by each route reaches the input ports."""
        return {route: (Delivery(f"{route}_ketamine"),) for route in ("iv", "ip", "sc")}

    def initial(self, ill: bool = False) -> State:
        return dict.fromkeys([f"{name}_{e}" for e in ENANTIOMERS for name in _STATES], jnp.zeros(()))

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        moved: State = {}
        for e in ENANTIOMERS:
            x = {name: state[f"{name}_{e}"] for name in _STATES}
            u = {name: inputs[f"{name}_{e}"] for name in _INPUTS}
            moved |= {f"{name}_{e}": rate for name, rate in self._one(x, u).items()}
        return moved

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        volumes = {"ketamine": self.volume, "norketamine": self.volume_nk, "hnk": self.volume_hnk}
        return {
            f"ce_{what}_{e}": state[f"{what}_{e}"] / (volume * self.weight)
            for what, volume in volumes.items()
            for e in ENANTIOMERS
        }

    def _one(self, x: State, u: Inputs) -> State:
        lost = jnp.log(2.0) / self.half_life * x["ketamine"]
        lost_nk = jnp.log(2.0) / self.half_life_nk * x["norketamine"]
        lost_hnk = jnp.log(2.0) / self.half_life_hnk * x["hnk"]
        absorbed = self.ka_ip * x["ip"] + self.ka_sc * x["sc"]
        return {
            "ip": self.f_ip * u["ip_ketamine"] - self.ka_ip * x["ip"],
            "sc": self.f_sc * u["sc_ketamine"] - self.ka_sc * x["sc"],
            "ketamine": u["iv_ketamine"] + absorbed - lost,
            "norketamine": self.fm * lost - lost_nk,
            "ip_hnk": u["ip_hnk"] - self.ka_ip * x["ip_hnk"],
            "hnk": u["iv_hnk"] + self.ka_ip * x["ip_hnk"] + self.f_hnk * lost_nk - lost_hnk,
        }
