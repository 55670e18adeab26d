"""Tablets of slow antidepressants: what is swallowed every day, and what of it stands in plasma."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array

from ..core.event import Impulse, Infusion
from ..core.parameter import parameter_table
from ..core.port import Port
from ..core.stage import AbstractLinearStage, Inputs, Signals, State

Ligand = tuple[str]
_LN2 = 0.6931471805599453
_NG_PER_MG_L = 1000.0


class Tablets(AbstractLinearStage):
    r"""Plasma levels of drugs that are swallowed, and of their active metabolites, one compartment each.

    $\dot g = u - k_a g$; $\dot x = k_a g - k x$; a metabolite follows $\dot y = k x - k_m y$, with
    $k = \ln 2 / t_{1/2}$; $c = k x / CL$, since volume is clearance over $k$. Clearances are apparent (over
    bioavailability, and for a metabolite over the share that becomes it), so amounts are mg of what was swallowed.

    **Reads:** `po_<drug>` (mg/h, a tablet being an impulse). **Writes:** `cp_<ligand>` (ng/mL, total plasma).

    **Parameters:** tables `ka` (1/h) by drug, `cl` (L/h) and `half_life` (h) by ligand; `parent` says which drug a
    ligand comes from.

    **Assumes:** linear kinetics, no interaction between drugs, all of the drug's own loss feeds its metabolite's
    apparent clearance.

    **Source:** labels and kinetic studies, named beside each value in `compound/<drug>/kinetics.toml`.
    """

    parent: tuple[tuple[str, str], ...] = eqx.field(static=True)
    ka: dict[Ligand, Array] = parameter_table("1/h", "absorption rate of a drug", (1e-3, 1e2))
    cl: dict[Ligand, Array] = parameter_table("L/h", "apparent clearance of a ligand", (1e-2, 1e5))
    half_life: dict[Ligand, Array] = parameter_table("h", "half-life of a ligand", (1e-1, 1e4))

    @property
    def drugs(self) -> tuple[str, ...]:
        """Every drug that can be swallowed."""
        return tuple(drug for (drug,) in self.ka)

    @property
    def reads(self) -> tuple[Port, ...]:
        return tuple(Port(f"po_{drug}", "mg/h") for drug in self.drugs)

    @property
    def writes(self) -> tuple[Port, ...]:
        return tuple(
            Port(f"cp_{ligand}", "ng/mL", f"{ligand} in plasma", range=(0.0, 1000.0), rest=0.0) for (ligand,) in self.cl
        )

    def initial(self, ill: bool = False) -> State:
        return {name: jnp.zeros(()) for name in (*(f"gut_{d}" for d in self.drugs), *(ligand for (ligand,) in self.cl))}

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        gut = {f"gut_{d}": inputs[f"po_{d}"] - self.ka[d,] * state[f"gut_{d}"] for d in self.drugs}
        plasma = {}
        for ligand, drug in self.parent:
            own = ligand == drug
            gained = self.ka[drug,] * state[f"gut_{drug}"] if own else self._k(drug) * state[drug]
            plasma[ligand] = gained - self._k(ligand) * state[ligand]
        return gut | plasma

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {
            f"cp_{ligand}": _NG_PER_MG_L * self._k(ligand) * state[ligand] / self.cl[ligand,] for (ligand,) in self.cl
        }

    def _k(self, ligand: str) -> Array:
        return _LN2 / self.half_life[ligand,]


def daily(drug: str, mg: float, begin: float, days: int) -> tuple[Impulse, ...]:
    """One tablet of `mg` every 24 hours, the first at `begin` (h)."""
    return tuple(Impulse(f"po_{drug}", begin + 24.0 * day, mg) for day in range(days))


def evenly(drug: str, mg_per_day: float, begin: float, days: float) -> Infusion:
    """The same daily amount spread evenly over the days: what a limb that moves in weeks feels of daily tablets."""
    return Infusion(f"po_{drug}", begin, mg_per_day * days, 24.0 * days)
