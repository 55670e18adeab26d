"""The course of every person, look by look, since doses, rescue and leaving hang on earlier scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..score import Draws, Felt, measured, room
from .believed import Way, sensed_before, taken, ways
from .entry import begins, rescued_now
from .fall import common, falls
from .leaving import leave
from .paths import rules

if TYPE_CHECKING:
    from .replicate import Trial

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass
class State:
    """What is known while visits go by, one row a person.

    **Arguments:** `score` is MADRS at every look; `stopped` and `rescued` are looks (their number: never); `way` is
    the way through the arm; `why` the reason for stopping.
    """

    score: Floats
    stopped: Numbers
    rescued: Numbers
    way: Numbers
    why: Numbers


@dataclass(frozen=True)
class Scored:
    """What everybody felt, believed and scored."""

    lived: Way
    state: State


def scored(
    trial: Trial, number: int, people: tuple[Numbers, Numbers], chance: tuple[Draws, Floats], first: int | None = None
) -> Scored:
    """What people would feel, believe and score, all looks or the `first` ones, within which nobody's doses change.

    **Arguments:** `people` are places in the bank, and arms; `chance` are draws and errors of measurement.
    """
    draws, error = chance
    count = 1 if first is not None else max(e.ways for e in trial.exposed.values())
    every = ways(trial, people, draws, count)
    fallen = [falls(trial, number, people, (draws, one.belief, one.days)) for one in every]
    fall = np.stack([[one.seen, one.own] for one in fallen], axis=1)
    events = np.stack([sensed_before(trial, one) for one in every])
    strength = _strength(trial, number) * _valence(trial, every[0].felt)
    looks = len(trial.plan.looks) if first is None else first
    state = _visited(trial, people, (draws, fall, error, strength, events), looks)
    return Scored(taken(every, state.way), state)


def _strength(trial: Trial, number: int) -> float:
    """By what the drug's effect is multiplied in this trial."""
    if not trial.switches.drug:
        return 0.0
    known = trial.values.between
    return max(1.0 + known.drug_sd * common(trial, number, "drug"), 0.0) if trial.switches.between else 1.0


def _valence(trial: Trial, felt: Felt) -> Floats:
    """By what a good or bad first experience multiplies the drug's effect; nothing unless it is believed in."""
    weight = trial.values.between.valence
    if weight == 0.0 or not felt.cadss.shape[1]:
        return np.ones((len(felt.cadss), 1))
    first = felt.events[:, 0].sum(-1)
    spread = max(float(first.std()), 1e-9)
    return np.maximum(1.0 - weight * (first - first.mean()) / spread, 0.0)[:, None]


def _visited(
    trial: Trial, people: tuple[Numbers, Numbers], parts: tuple[Draws, Floats, Floats, Floats, Floats], looks: int
) -> State:
    (who, arm), (draws, (seen, own), error, strength, events) = people, parts
    n, never = len(who), np.full(len(who), len(trial.plan.looks))
    score = np.full((n, len(trial.plan.looks)), np.nan)
    state = State(score, never, never.copy(), np.zeros(n, np.int64), np.zeros(n, np.int64))
    effect = _effects(trial, who, arm, len(seen))
    start, rows = begins(trial, who), np.arange(n)
    for k in range(looks):
        drug = strength[:, 0] * effect[state.way, rows, k] * _left(trial, state, k)
        drug = drug * room(trial.values.placebo, start, own[state.way, rows, k])
        state.score[:, k] = measured(start, seen[state.way, rows, k], drug, error[:, k])
        if k + 1 == looks < len(trial.plan.looks):
            break  # what follows from the last look that is asked for concerns nobody any more
        _turn(trial, arm, state, k)
        leave(trial, (arm, draws.leaving), (state.score, state.stopped, state.why), (k, events[state.way, rows, k]))
    return state


def _effects(trial: Trial, who: Numbers, arm: Numbers, ways_: int) -> Floats:
    found = np.zeros((ways_, len(who), len(trial.plan.looks)))
    for k, own in enumerate(trial.exposed.values()):
        here = np.flatnonzero(arm == k)
        for way in range(min(ways_, own.ways)):
            found[way, here] = own.effect[way, who[here]]
    return found


def _left(trial: Trial, state: State, k: int) -> Floats:
    """What is left of the drug's effect in those who stopped."""
    days = trial.plan.days
    since = days[k] - days[np.minimum(state.stopped, len(days) - 1)]
    gone = np.exp(-np.maximum(since, 0.0) / trial.values.between.after_stop_days)
    return np.where(state.stopped <= k, gone, 1.0)


def _turn(trial: Trial, arm: Numbers, state: State, k: int) -> None:
    """Raises doses and gives help at this look, to those who are still treated; they go on another way."""
    base, score = state.score[:, trial.plan.baseline[k]], state.score[:, k]
    treated = state.stopped > k
    ill = rescued_now(trial.plan, k, score, base) & treated & (state.rescued > k)
    state.rescued[ill] = k
    for place, (one, own) in enumerate(zip(trial.plan.design.arms, trial.exposed.values(), strict=True)):
        here = (arm == place) & treated
        for rule in (d.flexible for d in rules(one) if d.flexible is not None):
            higher = here & (own.raised[np.minimum(state.way, own.ways - 1), k] != state.way)
            higher &= score > _well(rule.raise_unless, base)
            state.way[higher & ~ill] = own.raised[state.way[higher & ~ill], k]
        state.way[here & ill] = own.rescued[state.way[here & ill], k]


def _well(word: str, base: Floats) -> Floats:
    """The score at or below which a dose stays as it is."""
    return {"response": 0.5 * base, "remission": np.full(len(base), 12.0), "never": np.full(len(base), -1.0)}[word]
