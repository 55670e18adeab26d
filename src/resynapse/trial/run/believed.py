"""What people feel in their sessions, and think to have had, on every way through their arm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..score import Draws, Felt, believe, feeling, weigh

if TYPE_CHECKING:
    from .replicate import Trial

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
NEVER = np.inf


@dataclass(frozen=True)
class Way:
    """What everybody would feel and believe on one way, session by session, and the days of sessions."""

    felt: Felt
    belief: Floats
    days: Floats


def ways(trial: Trial, people: tuple[Numbers, Numbers], draws: Draws, count: int) -> tuple[Way, ...]:
    """The first so many ways: those in whose arm there is no such way stay on the first.

    **Arguments:** `people` are places in the bank, and arms.
    """
    first = _way(trial, people, draws, 0)
    found = [first]
    for way in range(1, count):
        more = np.array([own.ways > way for own in trial.exposed.values()])[people[1]]
        own = _way(trial, (people[0][more], people[1][more]), rows_of(draws, more), way)
        found.append(_with(first, own, more))
    return tuple(found)


def rows_of(draws: Draws, rows: NDArray[np.bool_] | Numbers) -> Draws:
    """The draws of some people."""
    return Draws(**{name: getattr(draws, name)[rows] for name in draws.__dataclass_fields__})


def taken(found: tuple[Way, ...], way: Numbers) -> Way:
    """What people felt and believed on the way that each of them took."""
    if len(found) == 1:
        return found[0]
    rows = np.arange(len(way))

    def own(each: list[Floats]) -> Floats:
        return np.stack(each)[way, rows]

    felt = Felt(own([w.felt.cadss for w in found]), own([w.felt.events for w in found]))
    return Way(felt, own([w.belief for w in found]), own([w.days for w in found]))


def sensed_before(trial: Trial, way: Way) -> Floats:
    """How many sensations came in the last session before each look (people x looks)."""
    days = trial.plan.days
    latest = (way.days[:, None, :] <= days[None, :, None] - 1e-9).sum(-1) - 1
    if not way.days.shape[1]:
        return np.zeros(latest.shape)
    came = np.take_along_axis(way.felt.events.sum(-1), np.maximum(latest, 0), 1)
    return np.where(latest >= 0, came, 0.0)


def last_belief(trial: Trial, way: Way, over: Floats) -> Floats:
    """The chance that people gave to the drug after the last session that they came to (before day `over`)."""
    held = (way.days < over[:, None]).sum(axis=1)
    if not way.belief.shape[1]:
        return np.full(held.shape, trial.told.chance)
    last = np.take_along_axis(way.belief, np.maximum(held - 1, 0)[:, None], 1)[:, 0]
    return np.where(held > 0, last, trial.told.chance)


def _with(whole: Way, own: Way, rows: NDArray[np.bool_]) -> Way:
    def put(old: Floats, new: Floats) -> Floats:
        made = old.copy()
        made[rows] = new
        return made

    felt = Felt(put(whole.felt.cadss, own.felt.cadss), put(whole.felt.events, own.felt.events))
    return Way(felt, put(whole.belief, own.belief), put(whole.days, own.days))


def _way(trial: Trial, people: tuple[Numbers, Numbers], draws: Draws, way: int) -> Way:
    who, arm = people
    width = draws.count.shape[1]
    mean, chances = np.zeros((len(who), width)), np.zeros((len(who), width, 3))
    days, open_ = np.full((len(who), width), NEVER), np.zeros((len(who), width), bool)
    for k, own in enumerate(trial.exposed.values()):
        here, at, held = arm == k, min(way, own.ways - 1), own.days.shape[1]
        mean[here, :held], chances[here, :held] = own.cadss[at, who[here]], own.chances[at, who[here]]
        days[here, :held], open_[here, :held] = own.days[at], own.open[at]
    known = trial.values
    felt = feeling(mean, chances, draws.feelings, known.trust.dispersion, known.sensing.prone)
    belief = _belief(trial, arm, felt, days)
    if open_.any() and trial.switches.belief:
        belief = np.where(np.maximum.accumulate(open_, axis=1), 1.0, belief)
    return Way(felt, belief, days)


def _belief(trial: Trial, arm: Numbers, felt: Felt, days: Floats) -> Floats:
    masked = trial.plan.design.masking.participants
    controls = np.array([a.control == "drug" for a in trial.plan.design.arms])
    if masked == "open":
        return np.broadcast_to(np.where(controls[arm], 1.0, 0.0)[:, None], days.shape).copy()
    if masked == "asleep" or not trial.switches.belief:
        return np.full(days.shape, 0.5 if not trial.switches.belief else trial.told.chance)
    ratio = np.where(np.isfinite(days), weigh(felt, trial.told, trial.values.trust), 0.0)
    if trial.plan.design.kind == "crossover":
        return _by_period(trial, ratio)
    return believe(ratio, trial.told.chance, trial.values.trust)


def _by_period(trial: Trial, ratio: Floats) -> Floats:
    """In a crossover everybody has the drug once: each session is judged for itself, at even odds."""
    found = [believe(ratio[:, k : k + 1], 0.5, trial.values.trust)[:, 0] for k in range(ratio.shape[1])]
    return np.stack(found, axis=1)
