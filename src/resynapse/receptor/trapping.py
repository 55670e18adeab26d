"""Trapping block: the drug enters and leaves open NMDA channels only, and most of it stays inside when they close."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array

from ..core.parameter import parameter, parameter_table
from ..core.stage import Inputs, Signals, State
from .binding import POOLS, CompetitiveBinding

REFERENCE = ("ketamine",)  # the drug that the affinities of the pools are those of


class TrappingBlock(CompetitiveBinding):
    r"""Use-dependent block of the three NMDA pools: both rates are gated by how much of the time channels open.

    A family of ligands (those that are trapped alike) holds the share $B_f$ of a pool,
    $\dot B_f = a_p k_{on}\,(C_f (1 - \sum_g B_g) - \kappa_{p,f} K_p B_f)$ with its racemate-equivalent concentration
    $C_f$, the pool's activity $a_p$, and $\kappa_{p,f} = (1 + (1 - \varphi_f)\lambda_p)/(1 + (1-\varphi_0)\lambda_p)$:
    at the end of an activation the share $1 - \varphi_f$ of the drug escapes, $\lambda_p$ says how fast that is
    against unbinding while open, and $\varphi_0$ is ketamine's trapped share. What is trapped stays until the
    channel opens again.

    At constant concentration $\sum_f B_f = L/(1+L)$, $L = \sum_f C_f/(\kappa_{p,f} K_p)$, whatever the activity. For
    what is trapped like ketamine this is the competitive theory exactly; what is trapped less blocks less, least where
    activations are brief, and leaves sooner.

    **Reads, writes:** the ports of `CompetitiveBinding`. Targets other than NMDA channels are at equilibrium as there.

    **Parameters:** `trapped` has one row a family; `family` says to which one each ligand belongs.

    **Assumes:** affinities of ligands differ in how fast they enter, trapped shares in how fast they leave; activity
    is constant: neither stress nor the drug itself changes it.

    **Source:** founding notes on mechanism (`resynapse2026mechanism`), Orser 1997 (use dependence), Sanacora 2014.
    """

    trapped: dict[tuple[str], Array] = parameter_table("1", "share of blocked channels that close on the drug", (0, 1))
    k_on: Array = parameter("L/umol/h", "binding rate in channels that open as much as they can", (0.1, 1e5))
    activity_interneuron: Array = parameter("1", "share of the time that interneuron channels open", (1e-5, 1.0))
    activity_pyramidal: Array = parameter("1", "share of the time that pyramidal channels open", (1e-5, 1.0))
    activity_resting: Array = parameter("1", "share of the time that resting channels open", (1e-5, 1.0))
    escape_interneuron: Array = parameter("1", "escape at closing against unbinding, interneurons", (0.0, 1e3))
    escape_pyramidal: Array = parameter("1", "escape at closing against unbinding, pyramidal cells", (0.0, 1e3))
    escape_resting: Array = parameter("1", "escape at closing against unbinding, resting receptors", (0.0, 1e3))
    family: tuple[tuple[str, str], ...] = eqx.field(static=True, default=(), kw_only=True)

    @property
    def substeps(self) -> int:
        return 8

    @property
    def families(self) -> tuple[str, ...]:
        """Every family of ligands that are trapped alike, in order."""
        return tuple(dict.fromkeys(dict(self.family)[ligand] for ligand in self.ligands))

    def initial(self, ill: bool = False) -> State:
        return {f"{pool}_{family}": jnp.zeros(()) for pool in POOLS for family in self.families}

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        c = {family: self._concentration(family, inputs) for family in self.families}
        return {f"{pool}_{f}": self._rate(pool, f, c[f], state) for pool in POOLS for f in self.families}

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return super().outputs(t, state, inputs) | {
            f"occupancy_nmdar_{pool}": self._blocked(pool, state) for pool in POOLS
        }

    def at_equilibrium(self, concentrations: dict[str, Array]) -> dict[str, Array]:
        """The occupancy of each pool in the long run, by family of what is present (umol/L as racemic ketamine)."""
        loads = {
            pool: sum((c / self.apparent(pool, family) for family, c in concentrations.items()), jnp.zeros(()))
            for pool in POOLS
        }
        return {pool: load / (1.0 + load) for pool, load in loads.items()}

    def apparent(self, pool: str, family: str) -> Array:
        """The half-occupying concentration of a pool (umol/L as racemate) for what is trapped as this family is."""
        escape = getattr(self, f"escape_{pool}")
        lost, usual = (1.0 + (1.0 - self.trapped[key]) * escape for key in ((family,), REFERENCE))
        k: Array = getattr(self, f"k_{pool}")
        return k * lost / usual

    def _rate(self, pool: str, family: str, c: Array, state: State) -> Array:
        open_often: Array = getattr(self, f"activity_{pool}") * self.k_on
        entering = c * (1.0 - self._blocked(pool, state))
        return open_often * (entering - self.apparent(pool, family) * state[f"{pool}_{family}"])

    def _blocked(self, pool: str, state: State) -> Array:
        held = jnp.zeros(())
        for family in self.families:
            held = held + state[f"{pool}_{family}"]
        return held

    def _concentration(self, family: str, inputs: Inputs) -> Array:
        """Racemate-equivalent concentration of one family."""
        load, member = jnp.zeros(()), dict(self.family)
        for (ligand, site), k in self.affinities.items():
            mine = site == "nmdar" and member[ligand] == family
            load = load + inputs[f"ce_{ligand}"] / k if mine else load
        return self.racemate * load
