"""How an answer is marked: what counts as met, at one draw and over all of them, and what chance would get.

Every question comes down to one or two contrasts (draws): an `effect`, and for some a `reference` beside it (the same
effect without the blocker, at the earlier hour, or the deficit that is to be repaired).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...calibrate.questions.seen import HALF, SIGNS, SIZES, Seen

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
SURE = 0.8
"""Share of the draws that have to agree before a direction counts."""

REACH = 2.0
"""Combined standard deviations within which a size is met."""

_GONE = ("blocked", "lost", "attenuated")


@dataclass(frozen=True)
class Cell:
    """One hypothesis at one question: the verdict, the share of draws that agree, and the prediction.

    **Arguments:** `verdict` is `met`, `missed`, or `wide`: a size that is met only because the draws disagree so much
    that nearly anything would be; it counts as not met, and is told apart.
    """

    verdict: str
    share: float
    mean: float
    sd: float
    reference: float = float("nan")


def agrees(seen: Seen, effect: Floats, reference: Floats | None) -> Flags:
    """At which draws the answer is what was seen."""
    tolerance = seen.tolerance
    if seen.kind in SIGNS:
        signs = {"up": effect >= tolerance, "down": effect <= -tolerance, "none": np.abs(effect) < tolerance}
        return np.asarray(signs[seen.kind])
    if seen.kind == "size":
        return np.asarray(np.abs(effect - seen.value) <= REACH * seen.sd)
    if seen.kind == "at_least":
        return np.asarray(effect >= seen.value - REACH * seen.sd)
    return _beside(seen, effect, reference)


def _beside(seen: Seen, effect: Floats, reference: Floats | None) -> Flags:
    """Effects in the direction of relief against a reference that must be there to begin with."""
    there = effect >= seen.tolerance
    if reference is None:
        return np.asarray(there if seen.kind in ("kept", "rescued") else ~there)
    if seen.kind in _GONE:
        return np.asarray((reference >= seen.tolerance) & (effect < HALF * reference))
    return np.asarray((reference >= seen.tolerance) & there & (effect >= HALF * reference))


def marked(seen: Seen, effect: Floats, reference: Floats | None = None, weights: Floats | None = None) -> Cell:
    """The mark over all draws: a direction needs `SURE` of them, a size its mean within `REACH` combined SD.

    Draws count alike unless they have `weights`.
    """
    share = float(np.average(agrees(seen, effect, reference), weights=weights))
    mean = float(np.average(effect, weights=weights))
    sd = float(np.sqrt(np.average((effect - mean) ** 2, weights=weights)))
    beside = float("nan") if reference is None else float(np.average(reference, weights=weights))
    if seen.kind in SIZES:
        return Cell(_sized(seen, mean, sd), share, mean, sd, beside)
    return Cell("met" if share >= SURE else "missed", share, mean, sd, beside)


def _sized(seen: Seen, mean: float, sd: float) -> str:
    """A size within the observation's own two SD is met; within the combined ones only, it is wide."""
    off = max(0.0, seen.value - mean) if seen.kind == "at_least" else abs(mean - seen.value)
    if off > REACH * float(np.hypot(sd, seen.sd)):
        return "missed"
    return "met" if off <= REACH * seen.sd and sd <= REACH * seen.sd else "wide"


def chance(seen: Seen, beside: bool) -> float:
    """How often random signs would agree: every contrast rises, falls or stays with equal chance.

    The size is granted: a contrast with the right sign has the right size. Counted over all outcomes, not sampled.
    """
    size = abs(seen.value) if seen.kind in SIZES and seen.value else 1.0
    outcomes = list(itertools.product((-size, 0.0, size), repeat=2 if beside else 1))
    effect = np.array([o[0] for o in outcomes])
    reference = np.array([o[1] for o in outcomes]) if beside else None
    return float(np.mean(agrees(_exact(seen), effect, reference)))


def _exact(seen: Seen) -> Seen:
    """The same observation with tolerances that part the three outcomes."""
    if seen.kind in SIZES:
        size = abs(seen.value) or 1.0
        return Seen(seen.kind, seen.tolerance, seen.value, 0.1 * size)
    return Seen(seen.kind, 0.5)
