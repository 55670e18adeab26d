"""Mixtures: other drugs at the receptors beside ketamine, competing where they share a site."""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
from jaxtyping import Array

from ..core.parameter import parameter_table
from ..core.port import Port
from ..core.stage import Inputs, Signals, State
from .binding import POOLS, CompetitiveBinding
from .trapping import TrappingBlock

MODULATORS = ("glun2b", "glycine", "nmdar_ethanol")
ACTIVATIONS: Mapping[str, tuple[str, ...]] = {
    "activation_mu_opioid": ("mor",),
    "activation_ht2a": ("ht2a",),
    "activation_gaba_a": ("gaba_a", "gaba_a_ethanol"),
    "release_dopamine": ("dat_release",),
    "release_noradrenaline": ("net_release",),
    "release_serotonin": ("sert_release",),
    "facilitation_nmdar": ("nmdar_lift",),
}


class Mixture(CompetitiveBinding):
    r"""The competitive theory with more ligands, some with an affinity of their own for each NMDA pool.

    In a pool, channel blockers compete: $C_p = C + \sum_i K_p c_i / K_{i,p}$, $held = C_p / (C_p + K_p)$, with $C$ the
    racemate-equivalent of everything that has no affinities by pool. Drugs that act beside the channel take a share of
    the pool's current: $occ = 1 - (1 - held)\prod_s (1 - \sum_{i \in s} \rho_{i,p}\, o_i)$ with $o_i$ how far they hold
    their site $s$.
    At other targets all compete, and what is *activated* weighs each ligand by its efficacy:
    $act = \sum_i e_i c_i / K_i \,/\, (1 + \sum_i c_i / K_i)$; an antagonist has none.

    **Reads, writes:** the ports of `CompetitiveBinding` for more ligands and targets, and `activation_mu_opioid`,
    `activation_ht2a`, `activation_gaba_a`, `release_<transmitter>`, `facilitation_nmdar` (0 to 1). `ce_nmdar` counts
    channel blockers by their affinity in binding.

    **Parameters:** `pools` is a table of half-blocking concentrations by ligand and pool; `reach` of the share of a
    pool's current that a ligand beside the channel takes; `efficacy` of what a ligand does at a target.

    **Assumes:** equilibrium; sites beside the channel independent of it; benzodiazepines and ethanol act on GABA-A
    receptors at sites of their own and add up.

    **Leaves out:** what allosteric drugs do in the habenula (`ce_nmdar` does not count them); subtypes of GABA-A.

    **Source:** `compound/<name>/targets.toml` and `effects.toml`, value by value.
    """

    pools: dict[tuple[str, str], Array] = parameter_table("umol/L", "half-blocking concentration by pool", (1e-6, 1e6))
    reach: dict[tuple[str, str], Array] = parameter_table("1", "largest share of a pool's current taken", (0.0, 1.0))
    efficacy: dict[tuple[str, str], Array] = parameter_table("1", "efficacy of a ligand at a target", (0.0, 1.0))

    @property
    def writes(self) -> tuple[Port, ...]:
        return (*super().writes, *(Port(n, "1", _meaning(n), range=(0.0, 1.0), rest=0.0) for n in ACTIVATIONS))

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        shared = super().outputs(t, state, inputs)
        pools = {f"occupancy_nmdar_{pool}": self._shut(pool, state, inputs) for pool in POOLS}
        active = {name: self._active(sites, inputs) for name, sites in ACTIVATIONS.items()}
        return shared | pools | active

    def _shut(self, pool: str, state: State, inputs: Inputs) -> Array:
        """Share of a pool's current that is gone: held channels, and what is taken beside them."""
        left = 1.0 - self._held(pool, state, inputs)
        for site in dict.fromkeys(self._site(ligand) for ligand, where in self.reach if where == pool):
            left = left * (1.0 - self._taken(pool, site, inputs))
        return 1.0 - left

    def _taken(self, pool: str, site: str, inputs: Inputs) -> Array:
        """Share of a pool's current that is taken by those who compete for one site beside the channel."""
        taken = jnp.zeros(())
        for (ligand, where), share in self.reach.items():
            if where == pool and self._site(ligand) == site:
                taken = taken + share * inputs[f"ce_{ligand}"] / self.affinities[ligand, site]
        return taken / (1.0 + self._load(site, inputs))

    def _held(self, pool: str, state: State, inputs: Inputs) -> Array:
        """Share of the channels of a pool that hold a blocker."""
        k: Array = getattr(self, f"k_{pool}")
        c = self._equivalent(pool, inputs)
        return c / (c + k)

    def _equivalent(self, pool: str, inputs: Inputs, family: tuple[str, ...] | None = None) -> Array:
        """Racemic ketamine that would block a pool as much as its blockers do, or those of a family."""
        load, own = jnp.zeros(()), jnp.zeros(())
        for (ligand, site), k in self.affinities.items():
            if site != "nmdar" or (family is not None and ligand not in family):
                continue
            c = inputs[f"ce_{ligand}"]
            if (ligand, pool) in self.pools:
                own = own + c / self.pools[ligand, pool]
            else:
                load = load + c / k
        half: Array = getattr(self, f"k_{pool}")
        return self.racemate * load + half * own

    def _site(self, ligand: str) -> str:
        """Where a ligand sits that acts beside the channel."""
        return next(s for name, s in self.affinities if name == ligand and s in MODULATORS)

    def _active(self, sites: tuple[str, ...], inputs: Inputs) -> Array:
        """What ligands do at some sites, weighed by efficacy; independent sites add up below 1."""
        left = jnp.ones(())
        for site in sites:
            left = left * (1.0 - self._driven(site, inputs))
        return 1.0 - left

    def _driven(self, site: str, inputs: Inputs) -> Array:
        pushed = jnp.zeros(())
        for (ligand, target), k in self.affinities.items():
            if target == site and (ligand, site) in self.efficacy:
                pushed = pushed + self.efficacy[ligand, site] * inputs[f"ce_{ligand}"] / k
        return pushed / (1.0 + self._load(site, inputs))


class TrappingMixture(Mixture, TrappingBlock):
    r"""The trapping theory with more ligands, each trapped like its family.

    Half-blocking concentrations by pool hold for channels that agonist keeps open; what escapes when channels close
    raises them by the family's factor of that pool, as `TrappingBlock` has it. For ketamine alone it is that theory.

    **Reads, writes:** the ports of `Mixture`. **Parameters:** those of both; every channel blocker has a family.

    **Assumes:** what `TrappingBlock` assumes; affinities of other drugs were found in channels kept open.
    """

    @property
    def families(self) -> tuple[str, ...]:
        """Every family of channel blockers that are trapped alike, in order."""
        return tuple(dict.fromkeys(family for _, family in self.family))

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        return {
            f"{pool}_{f}": self._rate(pool, f, self._equivalent(pool, inputs, self._members(f)), state)
            for pool in POOLS
            for f in self.families
        }

    def _held(self, pool: str, state: State, inputs: Inputs) -> Array:
        return self._blocked(pool, state)

    def _members(self, family: str) -> tuple[str, ...]:
        return tuple(ligand for ligand, own in self.family if own == family)


def _meaning(name: str) -> str:
    kind, _, what = name.partition("_")
    words = {"activation": "driven by agonists", "release": "transmitter released", "facilitation": "facilitated"}
    return f"{what.replace('_', ' ')}, {words[kind]}"
