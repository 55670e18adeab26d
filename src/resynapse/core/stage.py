"""The one small interface that every theory of a room implements."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import equinox as eqx
from jaxtyping import Array

from .parameter import ParameterSet, read_set, values_for
from .port import Port

State = dict[str, Array]
Signals = dict[str, Array]
Inputs = Mapping[str, Array]


class AbstractStage(eqx.Module):
    """One theory of one room: what it reads, what it writes, and how its states move.

    `rates` and `outputs` are written for one person in elementwise `jax.numpy`: no loops that depend on data, no
    linear algebra, smooth switches. The same code is then mapped over people, differentiated and compiled.

    **Attributes:** `provenance` holds the parameter sets that the values came from.
    """

    provenance: tuple[ParameterSet, ...] = eqx.field(static=True, default=(), kw_only=True)

    @property
    @abc.abstractmethod
    def reads(self) -> tuple[Port, ...]:
        """Ports that this stage needs; it is given these and no others."""

    @property
    @abc.abstractmethod
    def writes(self) -> tuple[Port, ...]:
        """Ports that other stages may read, available at every step."""

    @property
    def shows(self) -> tuple[Port, ...]:
        """Ports for people to look at, computed at output times only."""
        return ()

    @property
    def absent(self) -> tuple[str, ...]:
        """Ports in `writes` that this theory does not model: it writes zero there, and every result says so."""
        return ()

    @property
    def substeps(self) -> int:
        """Steps of its own in every step of the grid in which its rates bend: above 1 where a room switches fast."""
        return 1

    def initial(self, ill: bool = False) -> State:
        """A guess of the resting state: healthy, or `ill` under a full stress load. `{}` for a stage without memory."""
        return {}

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        """Time derivatives of the states (per hour), with the same keys as `state`."""
        return {}

    @abc.abstractmethod
    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        """Values of the ports in `writes`."""

    def readouts(self, t: Array, state: State, inputs: Inputs) -> Signals:
        """Values of the ports in `shows`."""
        return {}

    @classmethod
    def load(cls, path: Path, **structure: Any) -> Self:
        """Build the stage from one parameter set (TOML).

        **Raises:** `ParameterError` when the set is incomplete or does not fit the stage.
        """
        chosen = read_set(path)
        return cls(**values_for(cls, chosen), **structure, provenance=(chosen,))


class AbstractLinearStage(AbstractStage):
    """A stage whose `rates` are linear in its states and inputs, so that the solver can be exact.

    The coefficients may depend on parameters but not on time, states or inputs; a contract test proves it.
    """
