"""One score: baseline less nonspecific fall, less expectancy, with the drug's effect, wobble and the rater's error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...core.chance import normals, uniforms
from .sensations import SENSATIONS
from .values import Values

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Course:
    """What the chain says of people under one regimen, drug effect only (leading axis: people).

    **Arguments:** `days` of the readings; `madrs` is the change of the score since the beginning; `ideation`,
    `anhedonia` and `despair` are the chain's states; `sessions` are days of doses, `cadss` the peak of each and
    `chances` the chain's shares of people with
    dizziness, nausea and sedation, which it counts over four weeks of sessions.
    """

    days: Floats
    madrs: Floats
    ideation: Floats
    anhedonia: Floats
    despair: Floats
    sessions: Floats
    cadss: Floats
    chances: Floats


@dataclass(frozen=True)
class Draws:
    """Everything that chance decides in one replicate, by person in the order of enrolment."""

    moved: Floats
    wobble: Floats
    rater: Floats
    frail: Floats
    count: Floats
    prone: Floats
    sensed: Floats
    leaving: Floats
    guess: Floats
    losing: Floats

    @property
    def feelings(self) -> tuple[Floats, Floats, Floats, Floats]:
        """What decides how sessions feel, as `feeling` wants it."""
        return self.frail, self.count, self.prone, self.sensed


def drawn(seed: int, replicate: int, shape: tuple[int, int, int]) -> Draws:
    """The draws of a replicate: a pure function of seed, replicate, stream and person.

    **Arguments:** `shape` is people, visits, sessions. A person's numbers do not hang on how many people there are.
    """
    n, visits, sessions = shape

    def some(kind: str, each: int, normal: bool = False) -> Floats:
        found = (normals if normal else uniforms)((seed, "trial", replicate, kind), range(n * each))
        return found.reshape(n, each)

    return Draws(
        some("moved", 1)[:, 0],
        some("wobble", visits, normal=True),
        some("rater", visits, normal=True),
        some("frailty", 1)[:, 0],
        some("count", sessions),
        some("prone", len(SENSATIONS), normal=True),
        some("sensed", sessions * len(SENSATIONS), normal=True).reshape(n, sessions, len(SENSATIONS)),
        some("leaving", visits + 1),
        some("guess", 1)[:, 0],
        some("losing", 1)[:, 0],
    )


def wobble(normal: Floats, days: Floats, value: Values) -> Floats:
    """Own ups and downs at the visits: a stationary process that forgets exponentially."""
    known = value.measuring
    kept = np.exp(-np.diff(days) / known.wobble_days)
    found = [normal[:, 0]]
    for k, share in enumerate(kept):
        found.append(share * found[-1] + np.sqrt(1.0 - share**2) * normal[:, k + 1])
    return known.wobble_sd * np.stack(found, axis=1)


def measured(start: Floats, fall: Floats, drug: Floats, error: Floats) -> Floats:
    """The score that is written down: whole points from 0 to 60."""
    return np.asarray(np.clip(np.round(start - fall + drug + error), 0.0, 60.0))
