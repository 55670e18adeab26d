"""A circuit and receptors that no fast drug touches: what lives on slow antidepressants alone are lived with."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array

from ..core.port import Port
from ..core.stage import AbstractStage, Inputs, Signals, State


class Undisturbed(AbstractStage):
    """Glutamate at rest and no receptor occupied, as constants.

    **Reads:** nothing. **Writes:** `glutamate_pfc` (1), `ce_nmdar`, `ce_hnk_r`, `occupancy_nmdar_resting` and
    `occupancy_trkb` (0): the values that the default body, receptor and circuit give when nothing is taken.

    **Assumes:** no ketamine; a chain that takes it as well keeps the rooms themselves.
    """

    @property
    def reads(self) -> tuple[Port, ...]:
        return ()

    @property
    def writes(self) -> tuple[Port, ...]:
        return (
            Port("glutamate_pfc", "1", "glutamate in prefrontal cortex", range=(0.0, 3.0), rest=1.0),
            Port("ce_nmdar", "umol/L", "as racemic ketamine", range=(0.0, 1.0), rest=0.0),
            Port("ce_hnk_r", "umol/L", "free (2R,6R)-HNK", range=(0.0, 1.0), rest=0.0),
            Port("occupancy_nmdar_resting", "1", "resting pool", range=(0.0, 1.0), rest=0.0),
            Port("occupancy_trkb", "1", "TrkB occupied", range=(0.0, 1.0), rest=0.0),
        )

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {port.name: jnp.asarray(port.rest, dtype=jnp.float64) for port in self.writes}
