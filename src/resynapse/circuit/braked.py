"""Braked burst: a glutamate burst that lasts calls up a brake on release, so that a lasting drive becomes a pulse."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array

from ..core.algebra import positive_from_rest
from ..core.parameter import parameter
from ..core.port import Port
from ..core.stage import Inputs, Signals, State
from .balance import Balance
from .disinhibition import Disinhibition

_SMOOTH = 0.01


class BrakedBurst(Disinhibition):
    r"""`Disinhibition` whose release is held down by what has spilled over for a while.

    $\tau_G \dot G = 1 + x - y - G$ with the drive $x$ of `Disinhibition`, and
    $\tau_y \dot y = \delta (G-1)_+ - (1 - \delta)\, y$, where $\delta$ is the brake times what is left of its
    receptors. Of a drive that stays, $1 - \delta$ is left in the end; `tau_brake` is how long that takes. Without a
    brake it is `Disinhibition`.

    **Reads, writes:** as `Disinhibition`. **Shows:** also `release_brake`, what is held back (healthy rest = 0).

    **Parameters:** `brake_left` is a laboratory knob: an antagonist of group II metabotropic receptors lowers it.

    **Assumes:** autoreceptors outside the synapse (mGlu2/3), which feel spill-over alone, and whatever else adapts
    stand as one brake with one time constant; it feels any burst, whatever drug drives it, and a fall
    below rest hardly (the smooth positive part leaves 0.01).

    **Leaves out:** the tone of these receptors at rest, so that an antagonist alone does nothing; their own
    desensitisation; what (2R,6R)-HNK may do to them; what a lasting block changes for weeks.

    **Source:** made with the failure of the comparators in view; its values are assumed, with wide ranges.
    """

    brake: Array = parameter("1", "share of a lasting drive that the brake takes in the end", (0.0, 1.0))
    tau_brake: Array = parameter("h", "time constant with which the brake takes hold", (0.1, 200.0))
    brake_left: Array = parameter("1", "receptors of the brake left free (an antagonist lowers)", (0.0, 1.0))

    @property
    def shows(self) -> tuple[Port, ...]:
        held = Port("release_brake", "1", "glutamate release that the brake holds back", range=(0.0, 1.0), rest=0.0)
        return (*super().shows, held)

    def initial(self, ill: bool = False) -> State:
        return {**super().initial(ill), "brake": jnp.zeros(())}

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        unbraked = super().rates(t, state, inputs)
        share = self.brake * self.brake_left
        above = positive_from_rest(state["g"] - 1.0, 0.0, _SMOOTH)
        return {
            **unbraked,
            "g": unbraked["g"] - state["brake"] / self.tau_g,
            "brake": (share * above - (1.0 - share) * state["brake"]) / self.tau_brake,
        }

    def readouts(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {**super().readouts(t, state, inputs), "release_brake": state["brake"]}


class BrakedBalance(BrakedBurst, Balance):
    r"""The braked burst in company: the brake of `BrakedBurst` on the drive of `Balance`.

    **Reads, writes, shows:** the ports of both. **Assumes:** what both assume; the brake feels glutamate, so a burst
    that 5-HT2A receptors or released monoamines drive is braked like one from disinhibition.
    """
