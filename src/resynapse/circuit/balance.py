"""Balance: the disinhibition circuit with what other drugs do to inhibition and to drive."""

from __future__ import annotations

from dataclasses import replace

from jaxtyping import Array

from ..core.algebra import floored
from ..core.parameter import parameter
from ..core.port import Port
from ..core.stage import Inputs, Signals, State
from .disinhibition import Disinhibition


class Balance(Disinhibition):
    r"""The closed form of `Disinhibition` with inhibition of strength $a$ and a drive $d$ from outside the circuit.

    $a = a_0 (1 + \gamma\, p)$ with $p$ the potentiation of GABA-A receptors, $a_0 = 1$ unless they are lost;
    $d = g_{2A}\, act_{2A} + \sum_m g_m\, release_m$. Then
    $x = [\eta (1 - a) + \eta\beta a B_I - \varepsilon\eta\beta B_E^2 + d] \,/\,
    (1 + \eta\alpha a + \varepsilon\eta\beta B_E^2 - \eta\beta a B_I)$, which is `Disinhibition` at $a = 1$, $d = 0$.

    **Reads:** also `activation_gaba_a`, `activation_ht2a`, `release_dopamine`, `release_noradrenaline`,
    `release_serotonin`. **Writes, shows:** as `Disinhibition`, `gaba_strength` and `gaba_tone` (1 at rest).

    **Assumes:** potentiation acts on the inhibition of pyramidal cells alone; receptors of released monoamines are
    summed up in one gain each.

    **Leaves out:** inhibition of interneurons by each other, desensitisation, tolerance and withdrawal.

    **Source:** founding notes for the closed form; the gains are assumed here.
    """

    gaba_left: Array = parameter("1", "GABA-A receptors left (a knock-down or withdrawal lowers)", (0.0, 2.0))
    gamma: Array = parameter("1", "gain of full GABA-A potentiation on inhibition", (0.0, 5.0))
    gain_ht2a: Array = parameter("1", "pyramidal drive of full 5-HT2A activation", (0.0, 5.0))
    gain_dopamine: Array = parameter("1", "pyramidal drive of full dopamine release", (0.0, 5.0))
    gain_noradrenaline: Array = parameter("1", "pyramidal drive of full noradrenaline release", (0.0, 5.0))
    gain_serotonin: Array = parameter("1", "pyramidal drive of full serotonin release", (0.0, 5.0))

    @property
    def reads(self) -> tuple[Port, ...]:
        extra = ("activation_gaba_a", "activation_ht2a", *(f"release_{m}" for m in _MONOAMINES))
        return (*super().reads, *(Port(name, "1") for name in extra))

    @property
    def shows(self) -> tuple[Port, ...]:
        # Full potentiation and full pyramidal block bring the loop's denominator to 4.6.
        wider = (replace(p, range=(0.0, 5.0)) if p.name == "excitation_margin" else p for p in super().shows)
        return (
            *wider,
            Port("gaba_strength", "1", "what one interneuron spike inhibits", range=(0.0, 3.0), rest=1.0),
            Port("gaba_tone", "1", "inhibition that interneurons give in all", range=(0.0, 3.0), rest=1.0),
        )

    def readouts(self, t: Array, state: State, inputs: Inputs) -> Signals:
        shown = super().readouts(t, state, inputs)
        strength = self._strength(inputs)
        return shown | {"gaba_strength": strength, "gaba_tone": strength * shown["rate_interneuron"]}

    def _drive(self, inputs: Inputs) -> Array:
        block_i, block_e = inputs["occupancy_nmdar_interneuron"], inputs["occupancy_nmdar_pyramidal"]
        a, loop = self._strength(inputs), self.eta * self.beta
        push = loop * (a * block_i - self.eps * block_e * block_e) + self.eta * (1.0 - a) + self._outside(inputs)
        return push / floored(self._denominator(inputs), self.floor, 0.02)

    def _denominator(self, inputs: Inputs) -> Array:
        block_i, block_e = inputs["occupancy_nmdar_interneuron"], inputs["occupancy_nmdar_pyramidal"]
        a, loop = self._strength(inputs), self.eta * self.beta
        return 1.0 + self.eta * self.alpha * a + self.eps * loop * block_e * block_e - loop * a * block_i

    def _strength(self, inputs: Inputs) -> Array:
        return self.gaba_left * (1.0 + self.gamma * inputs["activation_gaba_a"])

    def _outside(self, inputs: Inputs) -> Array:
        """Drive of pyramidal cells by receptors and transmitters that are not of this circuit."""
        drive = self.gain_ht2a * inputs["activation_ht2a"]
        for transmitter in _MONOAMINES:
            drive = drive + getattr(self, f"gain_{transmitter}") * inputs[f"release_{transmitter}"]
        return drive


_MONOAMINES = ("dopamine", "noradrenaline", "serotonin")
