"""What the published theories of S-ketamine share: plasma read-outs and one link to the brain."""

from __future__ import annotations

import abc
from typing import ClassVar

import jax.numpy as jnp
from jaxtyping import Array

from ..core.parameter import parameter
from ..core.port import Port
from ..core.stage import AbstractLinearStage, Inputs, Signals, State
from .plasma import MOLAR_MASS, effect_site_ports, plasma_meaning
from .route import Delivery

# Sources that carry S-ketamine's milligrams into the metabolite fit its volumes to ng/mL of norketamine: per litre
# of such a volume, one umol of S-ketamine reads as this many umol of norketamine.
CARRIED_AS_MASS = MOLAR_MASS["ketamine"] / MOLAR_MASS["norketamine"]


class AbstractSKetamineBody(AbstractLinearStage):
    r"""A published theory of S-ketamine in plasma, joined to the brain by this project's effect-site link.

    The source gives total plasma concentrations $c$ (umol/L); the brain follows unbound plasma,
    $\dot b = k_{e0} (f_u K_{p,uu}\, c - b)$, norketamine times `nk_entry`. No source has such a link: its values are
    those of KPK-1.

    **Assumes:** the site where the source sampled, artery or vein, is what the brain sees.

    **Attributes:** `site` is `ca` (artery) or `cv` (vein); `substances` are those that the source models;
    `compartments` its states (umol); `doses` its input ports, without the mirror form.
    """

    site: ClassVar[str]
    substances: ClassVar[tuple[str, ...]]
    compartments: ClassVar[tuple[str, ...]]
    doses: ClassVar[tuple[str, ...]]

    fu_s: Array = parameter("1", "unbound share of S-ketamine in plasma", (0.0, 1.0))
    kp_uu: Array = parameter("1", "unbound brain over unbound plasma, ketamine and HNK", (0.0, 10.0))
    nk_entry: Array = parameter("1", "brain entry of norketamine relative to ketamine", (0.0, 1.0))
    ke0: Array = parameter("1/h", "effect-site equilibration rate", (0.01, 1e3))

    @property
    @abc.abstractmethod
    def routes(self) -> dict[str, tuple[Delivery, ...]]:
        """How a dose by each route reaches the input ports."""

    @abc.abstractmethod
    def moves(self, x: State, u: Inputs) -> State:
        """Rates of the compartments (umol/h) under the doses `u` (umol/h)."""

    @abc.abstractmethod
    def plasma(self, x: State) -> State:
        """Total plasma concentration of each substance that the source models (umol/L)."""

    @property
    def reads(self) -> tuple[Port, ...]:
        return tuple(Port(f"{name}_s", "umol/h", "dose input") for name in self.doses)

    @property
    def writes(self) -> tuple[Port, ...]:
        return effect_site_ports()

    @property
    def shows(self) -> tuple[Port, ...]:
        names = [f"{self.site}_{what}{form}" for form in ("", "_s") for what in self.substances]
        return tuple(Port(name, "ng/mL", plasma_meaning(name), range=(0.0, 100.0), rest=0.0) for name in names)

    @property
    def absent(self) -> tuple[str, ...]:
        modelled = {f"ce_{what}_s" for what in self.substances}
        return tuple(p.name for p in self.writes if p.name not in modelled)

    def initial(self, ill: bool = False) -> State:
        sites = tuple(f"brain_{what}" for what in self.substances)
        return dict.fromkeys((*self.compartments, *sites), jnp.zeros(()))

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        return self.moves(state, {name: inputs[f"{name}_s"] for name in self.doses}) | self._brain(state)

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        found = {f"ce_{what}_s": state[f"brain_{what}"] for what in self.substances}
        return dict.fromkeys(self.absent, jnp.zeros(())) | found

    def readouts(self, t: Array, state: State, inputs: Inputs) -> Signals:
        found = {what: c * MOLAR_MASS[what] for what, c in self.plasma(state).items()}
        return {f"{self.site}_{what}{form}": value for what, value in found.items() for form in ("", "_s")}

    def _brain(self, state: State) -> State:
        free = self.fu_s * self.kp_uu
        gain = {"ketamine": free, "norketamine": free * self.nk_entry, "hnk": free}
        return {
            f"brain_{what}": self.ke0 * (gain[what] * c - state[f"brain_{what}"])
            for what, c in self.plasma(state).items()
        }
