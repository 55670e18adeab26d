"""Plasticity: from the glutamate burst to BDNF, mTORC1, surface AMPA receptors and spines, under stress."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array

from ..core.algebra import hill, positive, positive_from_rest
from ..core.parameter import parameter
from ..core.port import Port
from ..core.stage import AbstractStage, Inputs, Signals, State

_SMOOTH = 0.01


class Plasticity(AbstractStage):
    r"""How a short burst becomes synapses that last days, and what stress takes away.

    eEF2-P: $\tau_e \dot e = 1 - E_e w_{eef2} B_R - e$. BDNF is triggered by the deviation from the person's own set
    point: $\tau_B \dot b = (1 + v\,[k_{dis}((G{-}1 + w_h h)\,A/A_{ref} - thr)_+ + k_{dir}(1-e)])(1 - s_B Z)\,a - b$.
    Its excess drives mTORC1 ($q^2/(q^2+K_M^2)$), synaptic protein, surface AMPA receptors (set point
    $A_{ref} = 1 - s_A Z$) and, later, the formation of new spines, of which some become stable.

    **Reads:** `glutamate_pfc`, `occupancy_nmdar_resting`, `occupancy_trkb`, `ce_hnk_r` (umol/L), `stress`.
    **Writes:** `ampar_surface`, `spine_density`. **Shows:** `eef2_p`, `bdnf`, `trkb`, `mtorc1`, `synaptic_protein`.
    All are 1 at healthy rest.

    **Parameters:** `weight_*` blend the drives (0 off, 1 on); `ampar_open`, `bdnf_free`, `mtor_active` and
    `val66met` are laboratory knobs (NBQX, anti-BDNF, rapamycin, Met/Met).

    **Assumes:** set points move with stress; prefrontal spines stand for all.

    **Leaves out:** regions, newborn neurons, inflammation, dopamine's permissive role.

    **Source:** founding notes on mechanism (`resynapse2026mechanism`), with the papers named there.
    """

    weight_activity: Array = parameter("1", "weight of the activity drive", (0.0, 5.0))
    weight_eef2: Array = parameter("1", "weight of the eEF2 drive", (0.0, 5.0))
    weight_hnk: Array = parameter("1", "weight of the HNK drive", (0.0, 5.0))
    weight_trkb: Array = parameter("1", "gain of direct TrkB binding", (0.0, 10.0))
    hnk_max: Array = parameter("1", "largest HNK drive, in units of glutamate", (0.0, 5.0))
    ec_hnk: Array = parameter("umol/L", "half-effective free (2R,6R)-HNK", (1e-3, 1e3))
    tau_e: Array = parameter("h", "time constant of eEF2 phosphorylation", (0.01, 10.0))
    e_max: Array = parameter("1", "largest fall of eEF2-P", (0.0, 1.0))
    tau_b: Array = parameter("h", "time constant of BDNF", (0.05, 48.0))
    k_dis: Array = parameter("1", "BDNF released per unit of glutamate", (0.0, 20.0))
    k_dir: Array = parameter("1", "BDNF translated per unit fall of eEF2-P", (0.0, 20.0))
    thr: Array = parameter("1", "glutamate deviation below which nothing is released", (0.0, 1.0))
    s_b: Array = parameter("1", "share of BDNF lost at full stress", (0.0, 0.95))
    k_trkb: Array = parameter("1", "TrkB occupancy at half of its direct effect", (1e-6, 10.0))
    tau_m: Array = parameter("h", "time constant of mTORC1", (0.01, 24.0))
    k_m: Array = parameter("1", "BDNF excess at half mTORC1 activation", (0.01, 10.0))
    k_p: Array = parameter("1/h", "synthesis of synaptic protein", (0.0, 10.0))
    tau_p: Array = parameter("h", "time constant of synaptic protein", (1.0, 1e3))
    tau_p2: Array = parameter("h", "delay from protein to spines", (0.1, 1e3))
    tau_a: Array = parameter("h", "time constant of surface AMPA receptors", (0.05, 100.0))
    g_a: Array = parameter("1", "surface AMPA receptors per unit of protein", (0.0, 10.0))
    s_a: Array = parameter("1", "share of surface AMPA receptors lost at full stress", (0.0, 0.95))
    k_n: Array = parameter("1/h", "loss of new spines", (0.0, 1.0))
    k_c: Array = parameter("1/h", "consolidation of new spines", (1e-6, 1.0))
    k_s: Array = parameter("1/h", "loss of stable spines", (1e-6, 1.0))
    g_f: Array = parameter("1", "spine formation per unit of protein", (0.0, 20.0))
    s_f: Array = parameter("1", "share of spine formation lost at full stress", (0.0, 0.95))
    s_e: Array = parameter("1", "increase of spine loss at full stress", (0.0, 5.0))
    s_max: Array = parameter("1", "largest spine density", (1.01, 5.0))
    ampar_open: Array = parameter("1", "AMPA receptors left open (NBQX lowers)", (0.0, 1.0))
    bdnf_free: Array = parameter("1", "BDNF left free (antibody lowers)", (0.0, 1.0))
    mtor_active: Array = parameter("1", "mTORC1 left active (rapamycin lowers)", (0.0, 1.0))
    val66met: Array = parameter("1", "activity-dependent BDNF drive (Met/Met lowers)", (0.0, 1.0))

    @property
    def reads(self) -> tuple[Port, ...]:
        return (
            Port("glutamate_pfc", "1"),
            Port("occupancy_nmdar_resting", "1"),
            Port("occupancy_trkb", "1"),
            Port("ce_hnk_r", "umol/L"),
            Port("stress", "1"),
        )

    @property
    def writes(self) -> tuple[Port, ...]:
        return (
            Port("ampar_surface", "1", "surface AMPA receptors", range=(0.0, 2.0), rest=1.0),
            Port("spine_density", "1", "prefrontal spines", range=(0.0, 2.0), rest=1.0),
        )

    @property
    def shows(self) -> tuple[Port, ...]:
        return (
            Port("eef2_p", "1", "eEF2-P", range=(0.0, 2.0), rest=1.0),
            Port("bdnf", "1", "BDNF", range=(0.0, 4.0), rest=1.0),
            Port("trkb", "1", "TrkB signalling", range=(0.0, 4.0), rest=1.0),
            Port("mtorc1", "1", "mTORC1", range=(0.0, 2.0), rest=1.0),
            Port("synaptic_protein", "1", "synaptic protein", range=(0.0, 4.0), rest=1.0),
        )

    def initial(self, ill: bool = False) -> State:
        z = 1.0 if ill else 0.0
        spines = 1.0 - 0.17 * z
        new = self.k_s / (self.k_s + self.k_c)
        return {
            "eef2_p": jnp.ones(()),
            "bdnf": 1.0 - self.s_b * z,
            "mtorc1": jnp.zeros(()),
            "protein": jnp.zeros(()),
            "protein_late": jnp.zeros(()),
            "ampar": 1.0 - self.s_a * z,
            "spines_new": spines * new,
            "spines_stable": spines * (1.0 - new),
        }

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        z, x = inputs["stress"], state
        q = self._excess(state, inputs)
        m = _activation(q, self.k_m) - _activation(positive(jnp.zeros(()), _SMOOTH), self.k_m)
        spines = x["spines_new"] + x["spines_stable"]
        formed = self._formation * (1 + self.g_f * x["protein_late"]) * (1 - self.s_f * z) * (1 - spines / self.s_max)
        return {
            "eef2_p": (1.0 - self.e_max * self.weight_eef2 * inputs["occupancy_nmdar_resting"] - x["eef2_p"])
            / self.tau_e,
            "bdnf": (self._drive(state, inputs) * (1 - self.s_b * z) * self.bdnf_free - x["bdnf"]) / self.tau_b,
            "mtorc1": (self.mtor_active * m - x["mtorc1"]) / self.tau_m,
            "protein": self.k_p * x["mtorc1"] - x["protein"] / self.tau_p,
            "protein_late": (x["protein"] - x["protein_late"]) / self.tau_p2,
            "ampar": (1.0 + self.g_a * x["protein"] - self.s_a * z - x["ampar"]) / self.tau_a,
            "spines_new": formed - (self.k_c + self.k_n * (1 + self.s_e * z)) * x["spines_new"],
            "spines_stable": self.k_c * x["spines_new"] - self.k_s * (1 + self.s_e * z) * x["spines_stable"],
        }

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {"ampar_surface": state["ampar"], "spine_density": state["spines_new"] + state["spines_stable"]}

    def readouts(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {
            "eef2_p": state["eef2_p"],
            "bdnf": state["bdnf"],
            "trkb": 1.0 + self._excess(state, inputs) - positive(jnp.zeros(()), _SMOOTH),
            "mtorc1": 1.0 + state["mtorc1"],
            "synaptic_protein": 1.0 + state["protein"],
        }

    @property
    def _formation(self) -> Array:
        """Spine formation rate that keeps a healthy person at 1."""
        new = self.k_s / (self.k_s + self.k_c)
        return (self.k_c + self.k_n) * new / (1.0 - 1.0 / self.s_max)

    def _drive(self, state: State, inputs: Inputs) -> Array:
        """BDNF production relative to rest."""
        set_point = 1.0 - self.s_a * inputs["stress"]
        hnk = self.weight_hnk * self.hnk_max * hill(inputs["ce_hnk_r"], self.ec_hnk)
        burst = (self.weight_activity * (inputs["glutamate_pfc"] - 1.0) + hnk) * state["ampar"] / set_point
        released = self.k_dis * positive_from_rest(burst * self.ampar_open - self.thr, -self.thr, _SMOOTH)
        return 1.0 + self.val66met * (released + self.k_dir * (1.0 - state["eef2_p"]))

    def _excess(self, state: State, inputs: Inputs) -> Array:
        """TrkB signalling above the person's own set point."""
        gain = 1.0 + self.weight_trkb * hill(inputs["occupancy_trkb"], self.k_trkb)
        return positive(state["bdnf"] / (1.0 - self.s_b * inputs["stress"]) * gain - 1.0, _SMOOTH)


def _activation(q: Array, half: Array) -> Array:
    return q * q / (q * q + half * half)
