"""What people swallow: which drug of a step each is given, how much of it is taken, and when it is stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...compound.antidepressant import antidepressant
from ...core.chance import Numbers, normals, uniforms
from ...slow_chains import mean_levels, tablets_chain
from ..draw import drawn_people
from .beliefs import value
from .course import prescribed, usual_rules
from .sequence import Sequence, Step

Floats = NDArray[np.float64]
_DAYS = 7.0


@dataclass(frozen=True)
class Exposure:
    """What some people swallow in every step.

    **Arguments:** `option` is the number of the option each is given in each step (person x step); `left` the week of
    the step after which it is stopped for side effects, or the length of the step; `adequate` whether the course
    counts; `levels` mean plasma levels (ng/mL) by ligand, person and week of the whole sequence.
    """

    option: NDArray[np.int64]
    left: NDArray[np.int64]
    adequate: NDArray[np.bool_]
    levels: dict[str, Floats]


def exposed(sequence: Sequence, people: Numbers, seed: int) -> Exposure:
    """What these people are given and take, a pure function of seed and each person's number."""
    taken, tablets = _taken(sequence, people, seed), tablets_chain()
    own = tablets.with_values(drawn_people(tablets, people, seed))
    option = np.stack([_option(step, i, people, seed) for i, step in enumerate(sequence.steps)], axis=1)
    left = np.stack([_left(step, i, people, seed, sequence.weeks) for i, step in enumerate(sequence.steps)], axis=1)
    adequate, levels = np.zeros(option.shape, dtype=bool), _Levels(len(people), sequence.all_weeks)
    for i, step in enumerate(sequence.steps):
        weeks = slice(sequence.before + sequence.weeks * i, sequence.before + sequence.weeks * (i + 1))
        for drug, given in _given(step, option[:, i]).items():
            mg = _mg(drug, given, left[:, i], sequence.weeks)
            adequate[:, i] |= usual_rules().met(mg, taken[:, weeks], antidepressant(drug).least.value)
            levels.add(weeks, mg * taken[:, weeks], mean_levels(own, drug, 1.0))
    return Exposure(option, left, adequate, levels.found)


class _Levels:
    """Mean plasma levels by ligand, person and week, as drugs are added."""

    def __init__(self, people: int, weeks: int) -> None:
        self.shape = (people, weeks)
        self.found: dict[str, Floats] = {}

    def add(self, weeks: slice, mg: Floats, per_mg: Mapping[str, Any]) -> None:
        """Adds a drug: `mg` swallowed a day (person x week), and the level of each ligand for one mg a day."""
        for ligand, level in per_mg.items():
            whole = self.found.setdefault(ligand, np.zeros(self.shape))
            whole[:, weeks] += np.asarray(level)[:, None] * mg


def _given(step: Step, option: NDArray[np.int64]) -> dict[str, NDArray[np.bool_]]:
    """Who is given each drug of a step."""
    holds = {drug: [k for k, drugs in enumerate(step.options) if drug in drugs] for drug in step.drugs}
    return {drug: np.isin(option, numbers) for drug, numbers in holds.items()}


def _mg(drug: str, given: NDArray[np.bool_], left: NDArray[np.int64], weeks: int) -> Floats:
    """Daily dose by person and week: nothing after the drug was stopped, nothing for who is given another."""
    going_on = np.arange(weeks) < left[:, None]
    return prescribed(drug, weeks) * (given[:, None] & going_on)


def _option(step: Step, number: int, people: Numbers, seed: int) -> NDArray[np.int64]:
    u = uniforms((seed, "option", number), people)
    return np.asarray(np.floor(u * len(step.options)), dtype=np.int64)


def _left(step: Step, number: int, people: Numbers, seed: int, weeks: int) -> NDArray[np.int64]:
    """The week after which a drug is stopped: some cannot bear it, and find out early."""
    stops = uniforms((seed, "stops", number), people) < step.stopped.value
    first, last = value("stop_first_week"), value("stop_last_week")
    early = np.floor(first + uniforms((seed, "stops in week", number), people) * (last - first + 1.0))
    return np.asarray(np.where(stops, np.minimum(early, weeks), weeks), dtype=np.int64)


def _taken(sequence: Sequence, people: Numbers, seed: int) -> Floats:
    """The share of tablets taken in every week, around each person's own habit, in whole tablets of seven."""
    habit = uniforms((seed, "adherence"), people) ** (1.0 / value("adherence_power"))
    spread = np.sqrt(habit * (1.0 - habit) / _DAYS)
    weeks = [habit + spread * normals((seed, "adherence", w), people) for w in range(sequence.all_weeks)]
    return np.asarray(np.clip(np.round(np.stack(weeks, axis=1) * _DAYS), 0.0, _DAYS) / _DAYS)
