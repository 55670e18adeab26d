"""One compiled program for every explanation: the rows as functions of scores and of the numbers of a stand-in.

What belongs to all explanations alike is made once: arms, belief, the people who stand for many (chosen under the
default chain), and the laws of the measured score. A stand-in differs in its numbers alone, so that compiling, which
would take longer than drawing, is done once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from ....inference.prior import Law, Normal
from ..arms import Evidence
from ..nodes import Nodes
from ..posed import Posed
from ..process import Process
from ..surrogate import Surrogate

Floats = NDArray[np.float64]
_TOGETHER, _COMPONENTS = 8, 24
_FAR = 1e9
_LOW = -1e6


class Numbers(NamedTuple):
    """A stand-in as arrays: scaled points and their weights, reaches, and how components make reliefs."""

    points: Any
    reach: Any
    weights: Any
    center: Any
    loadings: Any


@dataclass(frozen=True)
class Shared:
    """The density of the rows for scores of a fixed order: `slots` of the chain, then those of score and studies.

    **Arguments:** `posed` is the stage's question under any chain, of which cells, rows and values are taken; a chain
    with fewer open values leaves some slots unused: they stay as they were thought before.
    """

    posed: Posed
    who: Mapping[str, Nodes]
    slots: int

    @property
    def told(self) -> Evidence:
        """Arms and rows."""
        return self.posed.told

    @property
    def size(self) -> int:
        """How many scores there are."""
        return self._with(None).size

    def numbers(self, one: Surrogate) -> Numbers:
        """The numbers of a stand-in, filled up to the sizes that all share."""
        process, kept = one.emulator, len(one.loadings)
        if not isinstance(process, Process):
            nothing = np.zeros((_TOGETHER, self.slots)), np.full(self.slots, _FAR), np.zeros((_TOGETHER, _COMPONENTS))
            return Numbers(*nothing, one.center, np.zeros((_COMPONENTS, len(one.center))))
        more, wide = self.slots - process.points.shape[1], max(_COMPONENTS - kept, 0)
        return Numbers(
            np.pad(process.points, ((0, 0), (0, more))),
            np.pad(process.reach, (0, more), constant_values=_FAR),
            np.pad(process.weights, ((0, 0), (0, wide))),
            one.center,
            np.pad(one.loadings, ((0, wide), (0, 0))),
        )

    def slopes(self, numbers: Numbers, z: Floats) -> tuple[Floats, Floats]:
        """Heights (points) and slopes (points x scores) of the log density."""
        high, slope = self._apart(lambda part: self._sloped(numbers, part), z)
        return np.nan_to_num(high, nan=_LOW, neginf=_LOW), np.nan_to_num(slope)

    def relieved(self, numbers: Numbers, z: Floats) -> Floats:
        """Reliefs by the stand-in and a 0 behind them (points x outputs)."""
        return np.asarray(_relieved(numbers, jnp.asarray(z[:, : self.slots])))

    def log_likelihood(self, z: Floats, reliefs: Floats) -> Floats:
        """How likely all rows are, reliefs being given."""
        both = [(z[k : k + _TOGETHER], reliefs[k : k + _TOGETHER]) for k in range(0, len(z), _TOGETHER)]
        filled = [tuple(np.pad(v, ((0, _TOGETHER - len(v)), (0, 0)), mode="edge") for v in pair) for pair in both]
        return np.concatenate([np.asarray(self._likely(*map(jnp.asarray, pair))) for pair in filled])[: len(z)]

    def own(self, z: Floats, count: int) -> Floats:
        """Scores without unused slots, where a chain has `count` open values."""
        return np.delete(z, np.arange(count, self.slots), axis=1)

    def _apart(self, function: Any, z: Floats) -> tuple[Floats, Floats]:
        """A function of a few points at a time, at all."""
        missing = -len(z) % _TOGETHER
        whole = np.concatenate([z, np.repeat(z[-1:], missing, axis=0)]).reshape(-1, _TOGETHER, z.shape[1])
        found = [function(jnp.asarray(part)) for part in whole]
        first, second = (np.concatenate([np.asarray(one[k]) for one in found])[: len(z)] for k in (0, 1))
        return first, second

    @cached_property
    def _sloped(self) -> Any:
        def high(numbers: Numbers, z: Array) -> Array:
            return self._with(numbers).log_density(z)

        return jax.jit(jax.vmap(jax.value_and_grad(high, argnums=1), in_axes=(None, 0)))

    @cached_property
    def _likely(self) -> Any:
        posed = self._with(None)
        return jax.jit(jax.vmap(lambda z, reliefs: posed.log_rows(z, reliefs).sum()))

    def _with(self, numbers: Numbers | None) -> Posed:
        named: dict[str, Law] = {f"slot {k}": Normal(0.0, 1.0) for k in range(self.slots)}
        asked = replace(self.posed.surrogate.asked, laws=named, spreads={})
        own = self.posed.surrogate
        if numbers is None:
            return replace(self.posed, surrogate=replace(own, asked=asked))
        process = Process(numbers.points, numbers.reach, numbers.weights, 0.0)
        made = Surrogate(asked, own.z, own.y, numbers.center, numbers.loadings, process)
        return replace(self.posed, surrogate=made)


@jax.jit
def _relieved(numbers: Numbers, z: Array) -> Array:
    process = Process(numbers.points, numbers.reach, numbers.weights, 0.0)
    flat = numbers.center + process(z) @ numbers.loadings
    return jnp.concatenate([flat, jnp.zeros((len(z), 1))], axis=1)
