"""Build observations held out: a study's own rows marked by draws from which its evidence was taken away again.

Posterior draws are weighed by one over the likelihood of the study's rows. No likelihood is less than what an
observation that says nothing has, so weights are bounded; where few draws carry them, the mark cannot be trusted, and
says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...calibrate.questions.likelihood import asked_of, log_likelihoods
from ...calibrate.questions.question import Question
from ...calibrate.questions.sitting import Answer, Answers
from .marking import Cell, agrees, marked
from .scoring import Paper
from .tempering import effective

Floats = NDArray[np.float64]
FEW = 20.0
"""Effective draws below which weights cannot be trusted."""

SELDOM = 0.05
"""Share of prior draws below which an observation is out of reach."""

ALONE = 0.8
_APART = 0.7  # an observation that lowers another one's share below this part of it stands against it


@dataclass(frozen=True)
class Left:
    """One study left out: its rows, which of them the rest of the evidence meets, and how good the weights are."""

    study: str
    rows: tuple[str, ...]
    met: tuple[str, ...]
    effective: float

    @property
    def trusted(self) -> bool:
        """Whether the weights carry a mark."""
        return self.effective >= FEW


def left_out(paper: Paper) -> tuple[Left, ...]:
    """Every study of the seen build observations left out in turn, from posterior draws."""
    asked = tuple(q for q in asked_of(paper.questions) if q.id in paper.cells)
    logs = log_likelihoods(asked, paper.answers)
    studies: dict[str, list[Question]] = {}
    for q in asked:
        studies.setdefault(q.observations[0].study.name, []).append(q)
    return tuple(_left(name, own, paper.answers, logs) for name, own in studies.items())


def _left(study: str, own: Sequence[Question], answers: Answers, logs: Mapping[str, Floats]) -> Left:
    weights = _normed(-np.sum([logs[q.id] for q in own], axis=0))
    cells = {q.id: weighed(q, answers[q.id], weights) for q in own}
    met = tuple(i for i, cell in cells.items() if cell is not None and cell.verdict == "met")
    return Left(study, tuple(cells), met, float(effective(weights)))


def weighed(question: Question, answer: object, weights: Floats) -> Cell | None:
    """One question marked with weighted draws."""
    if not isinstance(answer, Answer):
        return None
    return marked(question.seen, answer.effect, answer.reference if question.beside else None, weights)


def _normed(logs: Floats) -> Floats:
    raw = np.exp(logs - logs.max())
    return np.asarray(raw / raw.sum())


@dataclass(frozen=True)
class Why:
    """Why a build observation is missed in spite of the conditioning.

    **Arguments:** `prior` is the share of prior draws that meet it, `alone` that share if it were the only evidence;
    `against` is the observation that it goes together with least, and `kept` what is left of its share beside that.
    """

    id: str
    prior: float
    alone: float
    against: str
    kept: float

    @property
    def words(self) -> str:
        """The reason in a few words."""
        if self.prior < SELDOM:
            return "out of reach: hardly any value within its range gives it"
        conflict = f"in conflict with {self.against}" if self.kept < _APART else "in conflict with several together"
        return f"few values within its range give it, and {conflict}" if self.alone < ALONE else conflict


def reasons(paper: Paper, prior: Paper) -> tuple[Why, ...]:
    """Why each missed build observation is missed, read from prior draws."""
    asked = tuple(q for q in asked_of(paper.questions) if q.id in paper.cells and q.id in prior.cells)
    logs = log_likelihoods(asked, prior.answers)
    weights = {i: np.exp(v) / np.exp(v).sum() for i, v in logs.items()}
    missed = [q for q in asked if paper.cells[q.id].verdict != "met"]
    return tuple(_why(q, prior.answers[q.id], weights) for q in missed)


def _why(question: Question, answer: object, weights: Mapping[str, Floats]) -> Why:
    if not isinstance(answer, Answer):
        return Why(question.id, 0.0, 0.0, "", 1.0)
    yes = agrees(question.seen, answer.effect, answer.reference if question.beside else None)
    share, alone = float(yes.mean()), float(yes @ weights[question.id])
    others = {i: float(yes @ w) / share if share else 1.0 for i, w in weights.items() if i != question.id}
    worst = min(others, key=lambda i: others[i], default="")
    return Why(question.id, share, alone, worst, others.get(worst, 1.0))
