"""The depletion experiment: monoamine stores emptied for a while, in people who are well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.chain import Chain, ChainState
from ..core.event import Level
from ..core.solver import own_resting_state, protocol
from ..core.solver.kernel.march import march
from ..life.manipulation import manipulation

Floats = NDArray[np.float64]
ILL = 0.5
"""Despair above which somebody counts as depressed here: half of the way, where rumination has turned over."""


@dataclass(frozen=True)
class Someone:
    """Who is depleted: rumination `rho` and the load of life, in the well state of the two where there are two."""

    rho: float
    load: float


@dataclass(frozen=True)
class Depleted:
    """Despair before, at the end of depletion, and afterwards, each with a row a person."""

    before: Floats
    during: Floats
    after: Floats

    @property
    def fell_ill(self) -> NDArray[np.bool_]:
        """Who was well and is depressed at the end of depletion."""
        return (self.before < ILL) & (self.during >= ILL)

    @property
    def stayed_ill(self) -> NDArray[np.bool_]:
        """Who still is, when the stores have been full again for as long as was asked."""
        return self.fell_ill & (self.after >= ILL)


def depleted(chain: Chain, people: Sequence[Someone], hours: float = 336.0, later: float = 1344.0) -> Depleted:
    """Stores emptied for `hours` and full again for `later` hours, in people who are well and take nothing.

    **Arguments:** `chain` has a slot `monoamine` with stores that can be emptied.

    **Raises:** `WiringError` when it has not.
    """
    empty = dict(manipulation("monoamine_depletion").on(chain, "human"))
    loads = np.array([who.load for who in people])
    held = chain.with_values({"life.rho": np.array([who.rho for who in people])})
    start = own_resting_state(held, {"load": loads}, "well")
    before, _ = _lived(held, loads, start, 1.0)
    during, end = _lived(held.with_values(empty), loads, start, hours)
    after, _ = _lived(held, loads, end, later)
    return Depleted(before, during, after)


def _lived(chain: Chain, loads: Floats, start: ChainState, hours: float) -> tuple[Floats, ChainState]:
    """Despair at the end of some hours under these loads, and the state then."""
    doses = protocol(chain.external, [(Level("load", 0.0, float(load)),) for load in loads])
    found = march(chain, doses, start, (0.0, hours), np.array([hours]), ("despair",))
    return found.signals["despair"][:, 0], found.last_state
