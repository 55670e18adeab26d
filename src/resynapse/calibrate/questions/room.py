"""One explanation, the questions that condition it, and which of its values move an answer."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..inference.prior import uncertain
from .draws import OPEN, Draws
from .likelihood import NOISE, asked_of, log_likelihoods
from .question import Question
from .seen import SIZES
from .sitting import Answer, Answers, Candidate, Sitting

Floats = NDArray[np.float64]
POINTS = 5
"""Points around which values are tried one at a time: the middle, and draws from the prior."""

_REACH = 1.5  # how far a value is tried to either side, in scores
_MOVES = 0.02  # least change of an answer that counts, in its own noise


@dataclass(frozen=True)
class Room:
    """One candidate, the questions that condition it, and their log-likelihood at the values on file."""

    who: Candidate
    asked: tuple[Question, ...]
    seed: int
    typical: float

    def answers(self, scores: dict[str, Floats]) -> Answers:
        """Answers at scores by address, one a draw."""
        count = len(next(iter(scores.values())))
        return Sitting(self.who, self.asked, Draws(range(count), self.seed, scores)).answers()

    def logs(self, scores: dict[str, Floats]) -> Floats:
        """The log-likelihood of everything asked; a draw whose course runs out of numbers has none.

        One such draw spoils the answers of all: they are asked again in halves until it is alone.
        """
        count = len(next(iter(scores.values())))
        found = log_likelihoods(self.asked, self.answers(scores))
        if len(found) == len(self.asked):
            return np.asarray(sum(found.values()))
        if count == 1:
            return np.array([-np.inf])
        halves = (slice(0, count // 2), slice(count // 2, count))
        return np.concatenate([self.logs({a: v[half] for a, v in scores.items()}) for half in halves])


def room(who: Candidate, questions: tuple[Question, ...], seed: int) -> Room:
    """The candidate with the build questions that it can answer."""
    held = replace(who, make=cache(who.make))
    asked = asked_of(questions)
    answers = Sitting(held, asked, Draws(range(0), seed)).answers()
    typical = sum(float(v[0]) for v in log_likelihoods(asked, answers).values())
    return Room(held, tuple(q for q in asked if isinstance(answers[q.id], Answer)), seed, typical)


def addresses(here: Room) -> tuple[str, ...]:
    """Every value that any chain asked about draws, and every open weight."""
    found: dict[str, None] = {OPEN + name: None for name in here.who.drives}
    for species in dict.fromkeys(q.species for q in here.asked):
        found |= dict.fromkeys(u.address for u in uncertain(here.who.make(species)))
    return tuple(found)


def moving(here: Room, names: tuple[str, ...]) -> tuple[str, ...]:
    """The addresses that move an answer: each tried to either side of several points, the others held."""
    rng = np.random.default_rng([here.seed, *name_key(here.who.name), 7])
    points = rng.standard_normal((POINTS, len(names)))
    points[0] = [_REACH if n.startswith(OPEN) else 0.0 for n in names]
    steps = np.concatenate([np.zeros((1, len(names))), np.eye(len(names)), -np.eye(len(names))]) * _REACH
    tried = (points[:, None, :] * (steps[None] == 0) + steps[None]).reshape(-1, len(names))
    answers = here.answers(dict(zip(names, tried.T, strict=True)))
    moved = np.zeros(len(names), dtype=bool)
    for q in here.asked:
        answer = answers[q.id]
        if isinstance(answer, Answer):
            for values in (answer.effect, *((answer.reference,) if answer.reference is not None else ())):
                change = np.nan_to_num(values.reshape(POINTS, -1) / noise(q))
                far = np.abs(change - change[:, :1]).max(0)[1:].reshape(2, -1).max(0)
                moved |= far > _MOVES
    return tuple(n for n, yes in zip(names, moved, strict=True) if yes)


def noise(q: Question) -> float:
    """The error with which what a question asks for is measured."""
    return max(q.seen.sd if q.seen.kind in SIZES else NOISE * q.seen.tolerance, 1e-3)


def name_key(name: str) -> tuple[int, ...]:
    """A name as whole numbers, to seed chance with."""
    return tuple(hashlib.sha256(name.encode()).digest()[:4])
