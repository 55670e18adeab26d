"""What the parameter sets themselves doubt, drawn as the exam draws it, around the values that a chain holds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...calibrate.inference.prior import uncertain
from ...calibrate.questions.draws import drawn_values
from ...core.chain import Chain

Floats = NDArray[np.float64]
_PERSONAL = ("life.rho", "scale.baseline", "scale.share", "body.weight")
"""What differs between people and is no doubt about the typical one."""


def drawn(chain: Chain, draws: int, seed: int) -> dict[str, Floats]:
    """Draws of every doubted value by dotted address, independent of one another.

    What the chain holds instead of the file's value was set by a hypothesis: a pure number stays as it is, a rate is
    drawn around it. Left alone: weights of drives, mood's references, and what differs between people.
    """
    own = chain.parameters
    filed = {u.address: u.factor * u.entry.value for u in uncertain(chain)}
    chosen = {a: float(own[a]) for a, value in filed.items() if not np.isclose(float(own[a]), value, rtol=1e-9)}
    found = drawn_values(chain, range(draws), seed, chosen)
    return {address: values for address, values in found.items() if address not in _PERSONAL}


def doubted_values(chain: Chain) -> tuple[str, ...]:
    """The addresses of the values that are drawn."""
    return tuple(u.address for u in uncertain(chain) if u.address not in _PERSONAL)
