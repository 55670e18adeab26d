"""Company: drugs that are given beside ketamine, or instead of it, from dose to what is free in the brain."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array

from ..compound.companion import Companion
from ..core.parameter import parameter_table
from ..core.port import Port
from ..core.stage import AbstractLinearStage, Inputs, Signals, State

Ligand = tuple[str]
Way = tuple[str, str]
_LN2 = 0.6931471805599453


class Company(AbstractLinearStage):
    r"""Free brain levels of any number of drugs and of their active metabolites.

    Amounts are umol per kg. A dose by a route with absorption enters a depot, $\dot d = F u - k_a d$; one into a vein
    enters the central compartment, $\dot x = F u + \sum k_a d - k x - k_{12} x + k_{21} y$,
    $\dot y = k_{12} x - k_{21} y$, with $k = \ln 2 / t_{1/2}$; without $k_{12}$ the drug has one compartment. A
    metabolite gains the share $m$ of its parent's loss. Total plasma is $x/V$; the brain follows it,
    $\dot b = k_e (\beta x / V - b)$ with $\beta$ free in brain over total in plasma and $k_e = \ln 2 / t_e$.

    **Reads:** `<route>_<drug>` (umol/kg/h). **Writes:** `ce_<ligand>` (umol/L, free in brain).
    **Shows:** `plasma_<ligand>` (umol/L, total).

    **Parameters:** tables `half_life` (h; of loss from the central compartment), `volume` (L/kg), `brain` (1),
    `brain_half_life` (h) by ligand; `k12`, `k21` (1/h) where there are two compartments; `formed` by metabolite;
    `ka` (1/h) and `f` by route and drug. `parent` names each metabolite's parent, `drugs` says who is there.

    **Assumes:** linear kinetics; volumes in proportion to weight and rates alike whatever the weight; the share of
    free drug constant.

    **Leaves out:** saturation (ethanol's own loss is not first-order), transporters, age, disease.

    **Source:** labels and kinetic studies, named beside each value in `compound/<drug>/<species>.toml`.
    """

    half_life: dict[Ligand, Array] = parameter_table("h", "half-life of loss from plasma", (1e-3, 1e4))
    volume: dict[Ligand, Array] = parameter_table("L/kg", "central volume of total plasma", (1e-3, 1e4))
    brain: dict[Ligand, Array] = parameter_table("1", "free in brain over total in plasma", (1e-6, 1e3))
    brain_half_life: dict[Ligand, Array] = parameter_table("h", "half-life of plasma to brain", (1e-3, 1e3))
    k12: dict[Ligand, Array] = parameter_table("1/h", "rate to the second compartment", (0.0, 1e3))
    k21: dict[Ligand, Array] = parameter_table("1/h", "rate back from the second compartment", (0.0, 1e3))
    formed: dict[Ligand, Array] = parameter_table("1", "share of the parent's loss that becomes a metabolite", (0, 1))
    ka: dict[Way, Array] = parameter_table("1/h", "absorption rate by a route", (1e-3, 1e3))
    f: dict[Way, Array] = parameter_table("1", "share that arrives by a route", (0.0, 1.0))
    parent: tuple[tuple[str, str], ...] = eqx.field(static=True, default=(), kw_only=True)
    drugs: tuple[Companion, ...] = eqx.field(static=True, default=(), kw_only=True)

    @property
    def ligands(self) -> tuple[str, ...]:
        """Every drug and metabolite, in order."""
        return tuple(ligand for (ligand,) in self.volume)

    @property
    def ways(self) -> tuple[Way, ...]:
        """Every route of every drug."""
        return tuple(self.f)

    @property
    def reads(self) -> tuple[Port, ...]:
        return tuple(Port(f"{route}_{drug}", "umol/kg/h", "dose input") for route, drug in self.ways)

    @property
    def writes(self) -> tuple[Port, ...]:
        return tuple(
            Port(f"ce_{ligand}", "umol/L", f"free {ligand} in the brain", range=(0.0, 1.0), rest=0.0)
            for ligand in self.ligands
        )

    @property
    def shows(self) -> tuple[Port, ...]:
        return tuple(
            Port(f"plasma_{ligand}", "umol/L", f"{ligand} in plasma, total", range=(0.0, 1.0), rest=0.0)
            for ligand in self.ligands
        )

    def initial(self, ill: bool = False) -> State:
        depots = tuple(f"{route}_{drug}" for route, drug in self.ka)
        second = tuple(f"{ligand}_far" for (ligand,) in self.k12)
        brains = tuple(f"{ligand}_brain" for ligand in self.ligands)
        return {name: jnp.zeros(()) for name in (*depots, *self.ligands, *second, *brains)}

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        moved: State = {}
        for way in self.ka:
            name = "_".join(way)
            moved[name] = self.f[way] * inputs[name] - self.ka[way] * state[name]
        for ligand in self.ligands:
            moved |= self._plasma(ligand, state, inputs)
            lag = _LN2 / self.brain_half_life[ligand,]
            moved[f"{ligand}_brain"] = lag * (
                self.brain[ligand,] * self._level(ligand, state) - state[f"{ligand}_brain"]
            )
        return moved

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {f"ce_{ligand}": state[f"{ligand}_brain"] for ligand in self.ligands}

    def readouts(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {f"plasma_{ligand}": self._level(ligand, state) for ligand in self.ligands}

    def _level(self, ligand: str, state: State) -> Array:
        """Total plasma concentration (umol/L)."""
        return state[ligand] / self.volume[ligand,]

    def _lost(self, ligand: str, state: State) -> Array:
        return _LN2 / self.half_life[ligand,] * state[ligand]

    def _plasma(self, ligand: str, state: State, inputs: Inputs) -> State:
        """Rates of the central compartment and, where there is one, of the second."""
        rate = self._gained(ligand, state, inputs) - self._lost(ligand, state)
        if (ligand,) not in self.k12:
            return {ligand: rate}
        out = self.k12[ligand,] * state[ligand] - self.k21[ligand,] * state[f"{ligand}_far"]
        return {ligand: rate - out, f"{ligand}_far": out}

    def _gained(self, ligand: str, state: State, inputs: Inputs) -> Array:
        """What enters the central compartment: doses into a vein, what is absorbed, what the parent becomes."""
        gained = jnp.zeros(())
        for way in self.ways:
            name, mine = "_".join(way), way[1] == ligand
            if mine and way in self.ka:
                gained = gained + self.ka[way] * state[name]
            elif mine:
                gained = gained + self.f[way] * inputs[name]
        parent = dict(self.parent).get(ligand)
        return gained if parent is None else gained + self.formed[ligand,] * self._lost(parent, state)
