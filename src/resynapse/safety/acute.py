"""What is felt and measured in the chair: dissociation, blood pressure, and the common adverse events."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array

from ..core.algebra import hill, positive
from ..core.parameter import parameter
from ..core.port import Port
from ..core.stage import AbstractStage, Inputs, Signals, State

EVENTS = ("dizziness", "nausea", "sedation")
_CADSS_TOP = 92.0


class AcuteEffects(AbstractStage):
    r"""Acute effects of one session, on average over people, with tolerance to dissociation and none of pressure.

    Dissociation: $CADSS = 92\,\frac{X^h}{X^h + EC_{50}^h} / (1 + T)$ with $X = C\,(1 + w_G (G-1))$, so that both
    block and burst drive it, and tolerance $\dot T = k_T\,B_I - T/\tau_T$. Pressure:
    $\Delta = E_{max}\,C_S/(C_S + EC_{50})$ for the mean curve; the mean of individual maxima adds the maximum
    that placebo patients show too. Adverse events:
    $p = p_0 + (1-p_0)\,C/(C + EC_{50})$; the peak over a session is that session's probability.

    **Reads:** `ce_nmdar`, `ce_ketamine_s` (umol/L), `occupancy_nmdar_interneuron`, `glutamate_pfc`.
    **Writes:** nothing. **Shows:** `cadss_total` (0 to 92), `sbp_change`, `sbp_max` (mmHg),
    `adverse_event_probability` by event.

    **Assumes:** placebo's maximum and the drug's mean rise add; S-ketamine alone raises pressure.

    **Leaves out:** over-dispersion between people (negative binomial, size 0.77), heart rate, age above 65.

    **Source:** van Schalkwyk 2018 (CADSS), Doherty 2020 (pressure), the esketamine label (adverse events).
    """

    cadss_ec50: Array = parameter("umol/L", "drive at half of the largest CADSS", (1e-3, 1e3))
    cadss_hill: Array = parameter("1", "steepness of dissociation", (0.5, 8.0))
    cadss_burst: Array = parameter("1", "share that the glutamate burst adds", (0.0, 5.0))
    tolerance_gain: Array = parameter("1/h", "tolerance gained per hour of full interneuron block", (0.0, 10.0))
    tolerance_tau: Array = parameter("h", "time constant with which tolerance fades", (1.0, 1e5))
    sbp_emax: Array = parameter("mmHg", "largest mean rise of systolic pressure", (0.0, 100.0))
    sbp_ec50: Array = parameter("umol/L", "S-ketamine at half of the rise", (1e-3, 1e3))
    sbp_max_placebo: Array = parameter("mmHg", "mean of individual maxima under placebo", (0.0, 50.0))
    dizziness_background: Array = parameter("1", "dizziness under placebo", (0.0, 1.0))
    dizziness_ec50: Array = parameter("umol/L", "concentration at half of dizziness", (1e-3, 1e3))
    nausea_background: Array = parameter("1", "nausea under placebo", (0.0, 1.0))
    nausea_ec50: Array = parameter("umol/L", "concentration at half of nausea", (1e-3, 1e3))
    sedation_background: Array = parameter("1", "sedation under placebo", (0.0, 1.0))
    sedation_ec50: Array = parameter("umol/L", "concentration at half of sedation", (1e-3, 1e3))

    @property
    def reads(self) -> tuple[Port, ...]:
        return (
            Port("ce_nmdar", "umol/L"),
            Port("ce_ketamine_s", "umol/L"),
            Port("occupancy_nmdar_interneuron", "1"),
            Port("glutamate_pfc", "1"),
        )

    @property
    def writes(self) -> tuple[Port, ...]:
        return ()

    @property
    def shows(self) -> tuple[Port, ...]:
        return (
            Port("cadss_total", "points", "CADSS", range=(0.0, 92.0), rest=0.0),
            Port("sbp_change", "mmHg", "mean curve", range=(0.0, 50.0), rest=0.0),
            Port("sbp_max", "mmHg", "mean of individual maxima", range=(0.0, 50.0)),
            Port(
                "adverse_event_probability",
                "1",
                "adverse event in a session that peaks here",
                dims=(("event", EVENTS),),
                range=(0.0, 1.0),
            ),
        )

    def initial(self, ill: bool = False) -> State:
        return {"tolerance": jnp.zeros(())}

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        gained = self.tolerance_gain * inputs["occupancy_nmdar_interneuron"]
        return {"tolerance": gained - state["tolerance"] / self.tolerance_tau}

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {}

    def readouts(self, t: Array, state: State, inputs: Inputs) -> Signals:
        c = inputs["ce_nmdar"]
        drive = positive(c * (1.0 + self.cadss_burst * (inputs["glutamate_pfc"] - 1.0)), 1e-9)
        rise = self.sbp_emax * hill(inputs["ce_ketamine_s"], self.sbp_ec50)
        return {
            "cadss_total": _CADSS_TOP * hill(drive, self.cadss_ec50, self.cadss_hill) / (1.0 + state["tolerance"]),
            "sbp_change": rise,
            "sbp_max": rise + self.sbp_max_placebo,
            "adverse_event_probability": jnp.stack([self._event(name, c) for name in EVENTS]),
        }

    def _event(self, name: str, c: Array) -> Array:
        background, half = getattr(self, f"{name}_background"), getattr(self, f"{name}_ec50")
        return background + (1.0 - background) * hill(c, half)
