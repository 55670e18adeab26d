"""Monoamine uptake: how far the slow antidepressants hold transporters, autoreceptors and monoamine oxidase."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array

from ..core.parameter import parameter, parameter_table
from ..core.port import Port
from ..core.stage import AbstractStage, Inputs, Signals, State

Site = tuple[str, str]
REVERSIBLE = ("sert", "net", "dat", "alpha2")
MONOAMINE_SITES = (*REVERSIBLE, "mao")
_MEANING = {
    "sert": "serotonin transporters occupied",
    "net": "noradrenaline transporters occupied",
    "dat": "dopamine transporters occupied",
    "alpha2": "alpha-2 autoreceptors occupied",
    "mao": "monoamine oxidase A inhibited",
}


class MonoamineUptake(AbstractStage):
    r"""What share of each site that ends or restrains monoamine signalling a slow antidepressant takes out of action.

    Reversible sites: $occ = \ell / (1 + \ell)$ with $\ell = \sum_i c_i / EC_{50,i}$, total plasma concentration over
    the one that occupies half in the living brain. Monoamine oxidase is inhibited for good and made anew:
    $\tau_{mao} \dot m = 1 - m (1 + \ell_{mao})$ with $m$ the enzyme left.

    **Reads:** `cp_<ligand>` (ng/mL) for every ligand of the table. **Writes:** `inhibition_<site>` (0 to 1).

    **Parameters:** `ec50` is a table, one row a pair of ligand and site, from `compound/<name>/uptake.toml`.

    **Assumes:** brain in step with plasma (days, not minutes); ligands compete for one site each.

    **Source:** occupancies in patients by PET (Meyer 2004, Takano 2014), named beside each value.
    """

    ec50: dict[Site, Array] = parameter_table(
        "ng/mL", "plasma concentration that takes out half of a site", (1e-3, 1e5)
    )
    tau_mao: Array = parameter("h", "time constant with which monoamine oxidase is made anew", (1.0, 1e4))

    @property
    def ligands(self) -> tuple[str, ...]:
        """Every ligand of the table, in order."""
        return tuple(dict.fromkeys(ligand for ligand, _ in self.ec50))

    @property
    def reads(self) -> tuple[Port, ...]:
        return tuple(Port(f"cp_{ligand}", "ng/mL") for ligand in self.ligands)

    @property
    def writes(self) -> tuple[Port, ...]:
        return tuple(
            Port(f"inhibition_{site}", "1", _MEANING[site], range=(0.0, 1.0), rest=0.0) for site in MONOAMINE_SITES
        )

    def initial(self, ill: bool = False) -> State:
        return {"mao": jnp.ones(())}

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        return {"mao": (1.0 - state["mao"] * (1.0 + self._load("mao", inputs))) / self.tau_mao}

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        loads = {site: self._load(site, inputs) for site in REVERSIBLE}
        held = {f"inhibition_{site}": load / (1.0 + load) for site, load in loads.items()}
        return held | {"inhibition_mao": 1.0 - state["mao"]}

    def _load(self, site: str, inputs: Inputs) -> Array:
        """Sum over ligands of concentration over half-effective concentration."""
        load = jnp.zeros(())
        for (ligand, place), half in self.ec50.items():
            load = load + inputs[f"cp_{ligand}"] / half if place == site else load
        return load
