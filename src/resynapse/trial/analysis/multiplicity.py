"""Several hypotheses at one level: Hochberg's step-up procedure and a fixed sequence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...core.errors import RequestError
from .data import Floats
from .estimate import Estimate
from .library import statsmodels


@dataclass(frozen=True)
class Decision:
    """Whether a hypothesis is rejected, with the p-value that can be held against the whole level."""

    p: float
    adjusted: float
    rejected: bool


@dataclass(frozen=True)
class Hochberg:
    """Step-up: the largest p-value is held against the level, the next against half of it, and so on.

    Right for independent or positively dependent tests. **Source:** `hochberg1988`.
    """

    level: float = 0.05

    def decide(self, results: Mapping[str, Estimate]) -> dict[str, Decision]:
        """The decision on each hypothesis."""
        p = _p_values(results)
        adjusted = statsmodels("stats.multitest").multipletests(list(p.values()), self.level, method="simes-hochberg")[
            1
        ]
        return _decided(p, adjusted, self.level)


@dataclass(frozen=True)
class FixedSequence:
    """Hypotheses in an order laid down before, each at the whole level, until one fails. **Source:** `maurer1995`."""

    order: tuple[str, ...]
    level: float = 0.05

    def decide(self, results: Mapping[str, Estimate]) -> dict[str, Decision]:
        """The decision on each hypothesis, in order."""
        if set(self.order) != set(results) or len(self.order) != len(results):
            raise RequestError(
                "the order names other hypotheses than were tested", given=self.order, allowed=list(results)
            )
        p = _p_values({name: results[name] for name in self.order})
        return _decided(p, np.maximum.accumulate(list(p.values())), self.level)


def _p_values(results: Mapping[str, Estimate]) -> dict[str, float]:
    if not results:
        raise RequestError("there is no hypothesis to decide on")
    for name, result in results.items():
        if np.isnan(result.p):
            raise RequestError("an estimate has no p-value", where=name, given=result.method)
    return {name: result.p for name, result in results.items()}


def _decided(p: Mapping[str, float], adjusted: Floats, level: float) -> dict[str, Decision]:
    pairs = zip(p.items(), adjusted, strict=True)
    return {name: Decision(own, float(a), bool(a <= level)) for (name, own), a in pairs}
