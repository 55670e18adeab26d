"""What the parameter sets themselves doubt, drawn: every value with a range on file, between its two ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...core.chain import Chain
from ...core.chance import uniforms
from ...core.parameter import Entry

Floats = NDArray[np.float64]
_SETTLED = ("life.rho", "scale.baseline", "scale.share", "body.weight")
"""What differs between people and is no doubt about the typical one."""


@dataclass(frozen=True)
class Doubt:
    """A value (in the chain's unit) and the ends of its range on file."""

    low: float
    value: float
    high: float

    def at(self, share: Floats) -> Floats:
        """The value at a share of the draws: the ends at 0 and 1, the value itself at a half, even in between.

        Even on the logarithm where all three are positive.
        """
        ends = np.array([self.low, self.value, self.high])
        if self.low > 0.0:
            return np.exp(np.interp(share, [0.0, 0.5, 1.0], np.log(ends)))
        return np.interp(share, [0.0, 0.5, 1.0], ends)


def doubts(chain: Chain) -> dict[str, Doubt]:
    """The values of a chain that have a range on file and are used as they stand there, by dotted address.

    Left alone: the weights of the drives and whatever else a hypothesis set, mood's references (which follow from the
    others), and what differs between people.
    """
    found = dict(_ranged(chain))
    return {address: doubt for address, doubt in found.items() if address not in _SETTLED and not _chosen(address)}


def drawn(chain: Chain, draws: int, seed: int) -> dict[str, Floats]:
    """Draws of every doubted value, independent of one another; a draw hangs on seed, address and its own number."""
    return {
        address: doubt.at(uniforms((seed, "doubt", address), range(draws))) for address, doubt in doubts(chain).items()
    }


def _chosen(address: str) -> bool:
    return ".weight_" in address or address.endswith("_ref")


def _ranged(chain: Chain) -> Iterator[tuple[str, Doubt]]:
    own = chain.parameters
    for slot, stage in chain.stages.items():
        entries = [item for chosen in stage.provenance for item in chosen.entries.items()]
        for name, entry in entries:
            address = next((a for a in (f"{slot}.{name}", f"{slot}.affinities.{name}") if a in own), None)
            doubt = _doubt(entry, float(own[address])) if address and np.ndim(own[address]) == 0 else None
            if address and doubt:
                yield address, doubt


def _doubt(entry: Entry, value: float) -> Doubt | None:
    """The range in the chain's unit; `None` without one, or when the chain holds another value than the file."""
    if entry.range is None or entry.value == 0.0 or value == 0.0:
        return None
    unit = value / entry.value
    low, high = (end * unit for end in entry.range)
    return Doubt(low, value, high)
