"""What each explanation predicts of one person after one infusion, over its posterior draws."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from ...calibrate.questions.draws import drawn
from ...calibrate.questions.sitting import PLAN
from ...hypothesis.experiment import Experiment
from ..exam.exam import DRAWS, named
from ..exam.recorded import Posterior
from .densities import drawn_of

Floats = NDArray[np.float64]
Tell = Callable[[str], None]
PORT = "despair"
INFUSION = Experiment(species="human", drug="ketamine", route="iv", dose="0.5 mg/kg", over="40 min")
HOURS = (2.0, 4.0, 8.0, 16.0, 24.0, 36.0, 48.0, 72.0, 96.0, 120.0, 168.0, 240.0, 336.0)
"""When it is read (h after the start of the infusion)."""


def relief(
    names: Iterable[str], kept: Posterior, count: int = DRAWS, tell: Tell = lambda _: None
) -> Mapping[str, Floats]:
    """By how much despair is lower than without the drug (draws x `HOURS`; 1 is the way from depressed to well)."""
    found = {}
    for who in named(tuple(names)):
        tell(f"{who.name}: one infusion")
        draws = drawn_of(who, kept, count)
        chain = drawn(who.make("human"), draws, who.chosen, who.drives)
        given = INFUSION.follow(chain, HOURS, [PORT], PLAN)[PORT]
        found[who.name] = INFUSION.control.follow(chain, HOURS, [PORT], PLAN)[PORT] - given
    return found
