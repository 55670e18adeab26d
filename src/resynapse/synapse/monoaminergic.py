"""Plasticity that monoamines drive as well: the default theory with one slow push on BDNF added."""

from __future__ import annotations

from jaxtyping import Array

from ..core.parameter import parameter
from ..core.port import Port
from ..core.stage import Inputs, State
from .plasticity import Plasticity


class MonoaminergicPlasticity(Plasticity):
    r"""The synapse of `Plasticity`, in which a slow monoamine drive $v$ raises the production of BDNF.

    BDNF production gains $val66met \cdot k_v v$; everything downstream (TrkB, mTORC1, protein, AMPA receptors, spines)
    is the default theory, and without a slow antidepressant so is every number.

    **Reads:** the ports of `Plasticity`, and `monoamine_drive`.

    **Assumes:** the slow drive adds to the fast ones before TrkB, so that slow drugs and ketamine reinforce each other.

    **Source:** founding notes on mechanism (`resynapse2026mechanism`); `k_v` is calibrated here.
    """

    k_v: Array = parameter("1", "BDNF production per unit of slow monoamine drive", (0.0, 10.0))

    @property
    def reads(self) -> tuple[Port, ...]:
        return (*super().reads, Port("monoamine_drive", "1"))

    def _drive(self, state: State, inputs: Inputs) -> Array:
        return super()._drive(state, inputs) + self.val66met * self.k_v * inputs["monoamine_drive"]
