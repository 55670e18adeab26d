"""Competitive binding: how much of each receptor the ligands that are present occupy together."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array

from ..core.parameter import parameter, parameter_table
from ..core.port import Port
from ..core.stage import AbstractStage, Inputs, Signals, State

Site = tuple[str, str]
POOLS = ("interneuron", "pyramidal", "resting")


class CompetitiveBinding(AbstractStage):
    r"""What share of each receptor is held by ketamine and its metabolites, all competing for the same site.

    At the NMDA channel the ligands act as one racemate-equivalent concentration
    $C = K_{rac} \sum_i c_i / K_i$ with $1/K_{rac} = (1/K_S + 1/K_R)/2$; each of three receptor pools has its own
    apparent affinity, $occ = C / (C + K_{pool})$. At every other target
    $occ = \sum_i c_i/K_i \,/\, (1 + \sum_i c_i/K_i)$.

    **Reads:** `ce_<ligand>` (umol/L) for every ligand of the table. **Writes:** `ce_nmdar` (umol/L), the occupancy of
    the three NMDA pools and of every target of the table (0 to 1).

    **Parameters:** `affinities` is a table of dissociation constants, one row a pair of ligand and target, from
    `compound/<name>/targets.toml`.

    **Assumes:** equilibrium within minutes; one site per target; no trapping (a rival theory gates both rates).

    **Source:** Ebert 1997 (Ki), Gerhard 2020 (half block at 1 and 80 % at 10 umol/L, two pools).
    """

    affinities: dict[Site, Array] = parameter_table(
        "umol/L", "dissociation constant of a ligand at a target", (1e-6, 1e6)
    )
    k_interneuron: Array = parameter("umol/L", "half-occupying racemate, NMDA receptors of interneurons", (1e-3, 1e3))
    k_pyramidal: Array = parameter(
        "umol/L", "half-occupying racemate, synaptic NMDA receptors of pyramidal cells", (1e-3, 1e3)
    )
    k_resting: Array = parameter(
        "umol/L", "half-occupying racemate, resting and extrasynaptic NMDA receptors", (1e-3, 1e3)
    )

    @property
    def ligands(self) -> tuple[str, ...]:
        """Every ligand of the table, in order."""
        return tuple(dict.fromkeys(ligand for ligand, _ in self.affinities))

    @property
    def targets(self) -> tuple[str, ...]:
        """Every target of the table besides the NMDA channel, in order."""
        return tuple(t for t in dict.fromkeys(target for _, target in self.affinities) if t != "nmdar")

    @property
    def reads(self) -> tuple[Port, ...]:
        return tuple(Port(f"ce_{ligand}", "umol/L") for ligand in self.ligands)

    @property
    def writes(self) -> tuple[Port, ...]:
        pools = tuple(_occupancy(f"nmdar_{pool}", f"{pool} pool") for pool in POOLS)
        others = tuple(_occupancy(target, f"{target.upper()} occupied") for target in self.targets)
        total = Port("ce_nmdar", "umol/L", "as racemic ketamine", range=(0.0, 1.0), rest=0.0)
        return (total, *pools, *others)

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        c = self.racemate * self._load("nmdar", inputs)
        pools = {f"occupancy_nmdar_{pool}": c / (c + getattr(self, f"k_{pool}")) for pool in POOLS}
        loads = {target: self._load(target, inputs) for target in self.targets}
        return {"ce_nmdar": c} | pools | {f"occupancy_{t}": load / (1.0 + load) for t, load in loads.items()}

    @property
    def racemate(self) -> Array:
        """The dissociation constant of racemic ketamine at the NMDA channel (umol/L)."""
        return 2.0 / (1.0 / self.affinities["ketamine_s", "nmdar"] + 1.0 / self.affinities["ketamine_r", "nmdar"])

    def _load(self, target: str, inputs: Inputs) -> Array:
        """Sum over ligands of concentration over dissociation constant."""
        load = jnp.zeros(())
        for (ligand, site), k in self.affinities.items():
            load = load + inputs[f"ce_{ligand}"] / k if site == target else load
        return load


def _occupancy(target: str, meaning: str) -> Port:
    return Port(f"occupancy_{target}", "1", meaning, range=(0.0, 1.0), rest=0.0)
