"""What a rater writes down of a life: the score at the end of every course, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...core.chance import Numbers, normals
from .beliefs import value

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_TOP = 27.0


@dataclass(frozen=True)
class Nonspecific:
    r"""Improvement that no drug explains: natural course, visits, hope.

    Share of the starting score $n_{ik} = m + s_p z_i + s_c z_{ik}$ for person $i$ in course $k$, approached from where
    the course before left it, $1 - e^{-w/\tau}$ after $w$ weeks. It stands beside the chain and knows nothing of it.

    **Arguments:** `mean`, `person_sd`, `course_sd` (shares of the starting score); `weeks` is the time constant.
    """

    mean: float
    person_sd: float
    course_sd: float
    weeks: float

    @property
    def strangers(self) -> Nonspecific:
        """As much improvement and as much spread, but drawn anew for every course: no trait of the person."""
        return replace(self, person_sd=0.0, course_sd=float(np.hypot(self.person_sd, self.course_sd)))

    def person(self, people: Numbers, seed: int) -> Floats:
        """Each person's own mean improvement."""
        return np.asarray(self.mean + self.person_sd * normals((seed, "nonspecific"), people))

    def courses(self, people: Numbers, seed: int, steps: int) -> Floats:
        """Where each person's improvement would end in each course (person x step)."""
        own = self.person(people, seed)
        each = [own + self.course_sd * normals((seed, "nonspecific", k), people) for k in range(steps)]
        return np.stack(each, axis=1)


def believed() -> Nonspecific:
    """The nonspecific improvement on file."""
    mean, person, course = (value(f"nonspecific_{part}") for part in ("mean", "person_sd", "course_sd"))
    return Nonspecific(mean, person, course, value("nonspecific_weeks"))


@dataclass(frozen=True)
class Outcome:
    """What came of each course (person x step).

    **Arguments:** `entered` says whether the person came to the step at all; `fall` is the share of the starting score
    that is gone at the end of the course, `score` the QIDS then; `remitted` and `responded` follow from them.
    """

    entered: Flags
    fall: Floats
    score: Floats
    remitted: Flags
    responded: Flags


def judged(relative: Floats, left: NDArray[np.int64], start: Floats, ends: Floats) -> Outcome:
    """The outcome of every course.

    **Arguments:** `relative` is the drug-attributable score over that at the start (person x week, all steps); `left`
    the week after which each course ended (person x step); `start` the QIDS at the start; `ends` the nonspecific
    improvement at the end of each course (person x step).
    """
    people, steps = left.shape
    weeks = (relative.shape[1] - 1) // steps
    at_end = weeks * np.arange(steps) + left
    drug = 1.0 - np.take_along_axis(relative, at_end, axis=1)
    score = np.clip(np.round(start[:, None] * (1.0 - drug - ends)), 0.0, _TOP)
    remitted, fall = score <= value("remission"), 1.0 - score / start[:, None]
    unremitted = np.logical_and.accumulate(~remitted, axis=1)
    entered = np.concatenate([np.ones((people, 1), dtype=bool), unremitted[:, :-1]], axis=1)
    return Outcome(entered, fall, score, remitted, fall >= value("response"))


def reached(ends: Floats, left: NDArray[np.int64], weeks: float) -> Floats:
    """How far the improvement of each course has come when the course is left, from where the last one left it."""
    found, now = np.empty_like(ends), np.zeros(len(ends))
    for k in range(ends.shape[1]):
        now = now + (ends[:, k] - now) * (1.0 - np.exp(-left[:, k] / weeks))
        found[:, k] = now
    return found
