"""Stacks: what several hypotheses expect together, each at its weight, when none is believed alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core.errors import RequestError
from .experiment import Experiment, Floats
from .hypothesis import Hypothesis


@dataclass(frozen=True)
class Stack:
    """Hypotheses with weights that sum to 1. A stack averages what their chains predict; it is not a chain itself."""

    hypotheses: tuple[Hypothesis, ...]
    weights: tuple[float, ...]

    def follow(self, experiment: Experiment, times: Sequence[float], ports: Sequence[str]) -> dict[str, Floats]:
        """The weighted mean of some ports at `times` (h).

        **Raises:** as `Hypothesis.chain` and `Experiment.follow`: every chain must have the ports.
        """
        held = [(h, w) for h, w in zip(self.hypotheses, self.weights, strict=True) if w > 0]
        courses = [(experiment.follow(h.chain(experiment.species), times, ports), w) for h, w in held]
        return {port: sum((w * course[port] for course, w in courses), np.zeros(len(times))) for port in ports}


def stack(hypotheses: Sequence[Hypothesis], weights: Sequence[float]) -> Stack:
    """Hypotheses averaged with `weights`, which are divided by their sum.

    **Raises:** `RequestError` when there is not one weight each, one is negative, or all are 0.
    """
    if len(hypotheses) != len(weights) or not hypotheses:
        given = f"{len(hypotheses)} hypotheses, {len(weights)} weights"
        raise RequestError("a stack needs one weight for each hypothesis", given=given)
    total = float(sum(weights))
    if not (min(weights) >= 0.0 and 0.0 < total < float("inf")):
        raise RequestError("the weights of a stack are 0 or more, and not all 0", given=tuple(weights))
    return Stack(tuple(hypotheses), tuple(float(w) / total for w in weights))
