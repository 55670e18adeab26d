"""What an explanation's values may be once the seen build observations are known: draws conditioned on them.

Values that move no build question keep their prior; which those are is found out first, one value at a time around
several points. Verify observations and recalled ones take no part in anything here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ...calibrate.inference.prior import uncertain
from .draws import OPEN, Draws
from .likelihood import NOISE, asked_of, log_likelihoods
from .marking import SIZES
from .question import Question
from .scoring import marked_paper
from .sitting import Answer, Answers, Candidate, Sitting
from .tempering import Plan, Sample, apart, tempered

Floats = NDArray[np.float64]
Tell = Callable[[str], None]
KEPT = 200
"""Posterior draws that are kept of an explanation."""

POINTS = 5
"""Points around which values are tried one at a time: the middle, and draws from the prior."""

_REACH = 1.5  # how far a value is tried to either side, in scores
_MOVES = 0.02  # least change of an answer that counts, in its own noise
ALIKE = 1.1
"""Islands agree where no value, and not the likelihood, has a ratio above this."""


@dataclass(frozen=True)
class Conditioned:
    """Posterior draws of one explanation: scores (draw x moved address), and how they came about."""

    name: str
    addresses: tuple[str, ...]
    scores: Floats
    sample: Sample
    unmoved: tuple[str, ...]
    agreement: dict[str, tuple[float, ...]]

    @property
    def widths(self) -> dict[str, float]:
        """How wide each moved value still is, as a share of its prior SD (both as scores)."""
        sd = self.sample.scores.std(axis=(0, 1))
        return dict(zip(self.addresses, (float(v) for v in sd), strict=True))

    @property
    def shifts(self) -> dict[str, float]:
        """How far the mean of each moved value went from the prior's, in prior SD."""
        mean = self.sample.scores.mean(axis=(0, 1))
        return dict(zip(self.addresses, (float(v) for v in mean), strict=True))

    @property
    def disagreement(self) -> float:
        """The largest ratio between islands, of the values and of the likelihood."""
        logs = apart(self.sample.logs[:, :, None])
        return float(max(*self.sample.apart, *logs)) if len(self.sample.apart) else float(logs.max())

    @property
    def row_gap(self) -> float:
        """The largest difference between islands in the share of draws that meet one question."""
        return max((max(v) - min(v) for v in self.agreement.values()), default=0.0)

    @property
    def converged(self) -> bool:
        """Whether islands tell the same: values, likelihood, and what is met."""
        return self.disagreement <= ALIKE and self.row_gap <= 0.15 and self.sample.memory < 0.5


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
                change = np.nan_to_num(values.reshape(POINTS, -1) / _noise(q))
                far = np.abs(change - change[:, :1]).max(0)[1:].reshape(2, -1).max(0)
                moved |= far > _MOVES
    return tuple(n for n, yes in zip(names, moved, strict=True) if yes)


def _noise(q: Question) -> float:
    return max(q.seen.sd if q.seen.kind in SIZES else NOISE * q.seen.tolerance, 1e-3)


def name_key(name: str) -> tuple[int, ...]:
    """A name as whole numbers, to seed chance with."""
    return tuple(hashlib.sha256(name.encode()).digest()[:4])


def conditioned(
    who: Candidate,
    questions: tuple[Question, ...],
    seed: int = 1,
    plan: Plan | None = None,
    tell: Tell = lambda _: None,
) -> Conditioned:
    """An explanation's draws from its posterior given the seen build observations among `questions`."""
    here, how = room(who, questions, seed), plan or Plan()
    names = addresses(here)
    moved = moving(here, names)
    tell(f"{who.name}: {len(here.asked)} questions, {len(moved)} of {len(names)} values move them")

    def logs(scores: Floats) -> Floats:
        return here.logs(dict(zip(moved, scores.T, strict=True)))

    sample = tempered(logs, len(moved), how, (seed, *name_key(who.name)), lambda word: tell(f"{who.name}: {word}"))
    left = tuple(n for n in names if n not in moved)
    return Conditioned(who.name, moved, kept(sample), sample, left, _agreement(here, moved, sample))


def kept(sample: Sample, count: int = KEPT) -> Floats:
    """Evenly spaced draws out of all islands, rounded as they are kept on file."""
    everything = sample.scores.swapaxes(0, 1).reshape(-1, sample.scores.shape[2])
    chosen = np.linspace(0, len(everything) - 1, min(count, len(everything))).round().astype(int)
    return np.asarray(np.round(everything[chosen], 3))


def _agreement(here: Room, moved: tuple[str, ...], sample: Sample) -> dict[str, tuple[float, ...]]:
    """The share of draws that meet each question, by island."""
    found: dict[str, list[float]] = {q.id: [] for q in here.asked}
    for island in sample.scores:
        paper = marked_paper(here.asked, here.answers(dict(zip(moved, island.T, strict=True))))
        for name, cell in paper.cells.items():
            found[name].append(cell.share)
    return {name: tuple(shares) for name, shares in found.items()}
