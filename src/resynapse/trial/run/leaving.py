"""Who leaves treatment, when and why: for what they felt, for lack of effect, or for other reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .replicate import Trial

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
REASONS = ("", "other", "lack_of_effect", "adverse_event")
"""Reasons by their number in a replicate; the first is that of those who stay."""


def leave(
    trial: Trial,
    people: tuple[Numbers, Floats],
    state: tuple[Floats, Numbers, Numbers],
    now: tuple[int, Floats],
) -> None:
    r"""Lets some stop before the next look.

    Three hazards compete. Each arm loses the share that the design says; of these as many as its reasons say leave for
    lack of effect, with odds $e^{a (s - \bar s)}$ by score, for adverse events, $e^{b (v - \bar v)}$ by the sensations
    of the last session, and for other reasons, alike.

    **Arguments:** arms and uniform draws (people x looks); scores, looks of stopping and reasons, the last two of which
    are changed; the look, and how many sensations came before it.
    """
    (arm, drawn), (scores, stopped, why), (k, events) = people, state, now
    days = trial.plan.days
    if k + 1 >= len(days) or days[k] < 0.0:
        return
    length = (days[k + 1] - days[k]) / (days[-1] - max(days[0], 0.0))
    hazard = -np.log1p(-_shares(trial)[arm]) * length
    known = trial.values.between
    tilted = (
        np.ones(len(arm)),
        _tilt(known.lack_of_effect, scores[:, k], arm),
        _tilt(known.event_leaves, events, arm),
    )
    causes = np.cumsum(np.stack([w * t for w, t in zip(_weights(trial), tilted, strict=True)]), axis=0) * hazard
    leaves = (drawn[:, k + 1] < -np.expm1(-causes[-1])) & (stopped > k + 1)
    placed = (-np.log1p(-drawn[:, k + 1]) >= causes).sum(axis=0)
    stopped[leaves] = k + 1
    why[leaves] = 1 + np.minimum(placed[leaves], len(causes) - 1)


def _shares(trial: Trial) -> Floats:
    design = trial.plan.design
    return np.array([design.dropout.arms.get(one.name, design.dropout.share) for one in design.arms])


def _weights(trial: Trial) -> tuple[float, float, float]:
    """The shares of other reasons, lack of effect and adverse events among those who leave."""
    said, known = trial.plan.design.dropout.reasons, trial.values.between
    if said:
        total = sum(said.values())
        other, lack, events = (said.get(name, 0.0) / total for name in REASONS[1:])  # type: ignore[call-overload]
        return other, lack, events
    return 1.0 - known.leave_for_lack - known.leave_for_events, known.leave_for_lack, known.leave_for_events


def _tilt(slope: float, by: Floats, arm: Numbers) -> Floats:
    """How much more often than the mean of their arm people leave."""
    odds = np.exp(slope * (by - by.mean()))
    count = np.bincount(arm)
    mean = np.bincount(arm, odds) / np.maximum(count, 1)
    return np.asarray(odds / mean[arm])
