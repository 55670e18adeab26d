"""The chain through a whole sequence: how far each person's score moves by itself, week by week."""

from __future__ import annotations

import os
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ...core.chain import Chain
from ...core.event import Happening, Level
from ...core.solver import GridPlan, Protocol, rest
from ...core.solver.kernel.march import march
from ...slow_chains import course_chain, unhurried
from ..people import People
from .exposure import Exposure
from .sequence import Sequence

Floats = NDArray[np.float64]
WEEK = 168.0
UNHURRIED = 1.0
_THREADS = os.cpu_count() or 1
PLAN = GridPlan(first=WEEK / 128, per_octave=128, longest=WEEK / 128)


@cache
def slow_motion() -> Chain:
    """The course chain with nothing that moves faster than an hour, so that steps of an hour or so are enough."""
    quiet = {"synapse.tau_e": UNHURRIED, "brain.k_off": 0.1 / UNHURRIED}
    return unhurried(course_chain(), UNHURRIED).with_values(quiet)


def relative_scores(chain: Chain, people: People, exposure: Exposure, sequence: Sequence) -> Floats:
    """Each person's drug-attributable score at the end of every week, over that at the start of the first course.

    **Arguments:** `chain` is `slow_motion()` or another chain with the same inputs.

    **Returns:** people x (weeks of all steps + 1); the first column is 1.
    """
    hours = WEEK * sequence.all_weeks
    own = chain.with_values(people.values(chain))
    ill = rest(chain, {"load": 1.0 - chain.parameters["life.rho"]}).state
    together = _protocol(chain, people, exposure, hours)
    times = WEEK * np.arange(sequence.before, sequence.all_weeks + 1)
    found = march(own, together, ill, (0.0, hours), times, ("madrs_total",), PLAN, threads=_THREADS)
    score = found.signals["madrs_total"]
    return np.asarray(score / score[:, :1])


def _protocol(chain: Chain, people: People, exposure: Exposure, hours: float) -> Protocol:
    """Loads and mean plasma levels of all weeks, as slots that everybody shares."""
    loads = people.loads(hours)
    weekly = [(f"cp_{ligand}", w, level[:, w]) for ligand, level in exposure.levels.items() for w in _weeks(level)]
    drugs: tuple[Happening, ...] = tuple(Level(port, WEEK * w, 1.0, WEEK * (w + 1)) for port, w, _ in weekly)
    together = np.concatenate([loads.amounts, *(v[:, None] for _, _, v in weekly)], axis=1)
    return Protocol(tuple(p.name for p in chain.external), (*loads.slots, *drugs), together)


def _weeks(level: Floats) -> list[int]:
    return [int(w) for w in np.flatnonzero(level.any(axis=0))]
