"""Scores: what was met of the observations that were read in their source, and what other answers would get."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...calibrate.questions.question import Question
from ...calibrate.questions.seen import RELATIVE, SIGNS, Seen
from ...calibrate.questions.sitting import Answer, Answers
from .marking import Cell, agrees, chance, marked

Floats = NDArray[np.float64]
ROLES = ("build", "verify")


@dataclass(frozen=True)
class Score:
    """How many observations were met, of how many that could be asked; sizes met only by being wide stand apart."""

    met: int
    of: int
    wide: int
    not_askable: int

    @property
    def share(self) -> float:
        """What was met, as a share of what could be asked."""
        return self.met / self.of if self.of else 0.0


@dataclass(frozen=True)
class Paper:
    """Answers of one candidate to questions, marked."""

    questions: tuple[Question, ...]
    answers: Answers
    cells: Mapping[str, Cell]

    def score(self, role: str, mark: str = "seen") -> Score:
        """The score of one role among observations of one mark."""
        chosen = [q for q in self.questions if q.role == role and q.mark == mark]
        cells = [self.cells[q.id] for q in chosen if q.id in self.cells]
        met, wide = (sum(c.verdict == v for c in cells) for v in ("met", "wide"))
        return Score(met, len(cells), wide, len(chosen) - len(cells))

    def rows(self, role: str) -> tuple[int, int]:
        """How many rows of the evidence are met in every seen part that could be asked, of how many."""
        rows: dict[str, list[bool]] = {}
        for q in self.counted(role):
            rows.setdefault(q.row, []).append(self.cells[q.id].verdict == "met")
        return sum(all(v) for v in rows.values()), len(rows)

    def by_change(self, role: str) -> dict[str, tuple[int, int]]:
        """What is met of what counts, of how many: where something changed, and where nothing did.

        That nothing changes is met for free by whoever does nothing, so that the two are told apart.
        """
        asked: dict[str, list[bool]] = {"change": [], "none": []}
        for q in self.counted(role):
            asked["none" if q.seen.kind == "none" else "change"].append(self.cells[q.id].verdict == "met")
        return {kind: (sum(met), len(met)) for kind, met in asked.items()}

    def counted(self, role: str) -> tuple[Question, ...]:
        """The questions of a role that count: seen in their source, and askable here."""
        return tuple(q for q in self.questions if q.role == role and q.mark == "seen" and q.id in self.cells)

    def expected_of_a_draw(self, role: str) -> float:
        """How many observations one draw meets on average: what the candidate gets before it is held to be sure."""
        return float(sum(self.cells[q.id].share for q in self.counted(role)))


def marked_paper(questions: Iterable[Question], answers: Answers) -> Paper:
    """Every answer marked; refusals have no cell."""
    asked = tuple(questions)
    cells = {q.id: _cell(q, a) for q in asked if isinstance(a := answers[q.id], Answer)}
    return Paper(asked, answers, cells)


def _cell(question: Question, answer: Answer) -> Cell:
    return marked(question.seen, answer.effect, answer.reference if question.beside else None)


def random_signs(paper: Paper, role: str) -> tuple[float, float]:
    """What random signs get on the same questions: expected number met and its SD, counted exactly."""
    p = np.array([chance(q.seen, q.beside) for q in paper.counted(role)])
    return float(p.sum()), float(np.sqrt((p * (1.0 - p)).sum()))


@dataclass(frozen=True)
class Shuffled:
    """Scores of the same answers against shuffled observations."""

    mean: float
    high: float
    as_good: float


def shuffled(paper: Paper, role: str, seed: int = 1, times: int = 2000) -> Shuffled:
    """The same answers against observations dealt anew among questions of one type, many times.

    Signs are dealt among signs, words beside a reference among such, sizes among sizes; a tolerance stays with its
    port. `high` is the 95th percentile, `as_good` the share of deals that score at least what the true ones do.
    """
    rng = np.random.default_rng(seed)
    tables = [_table(paper, group) for group in _types(paper.counted(role))]
    deals = np.zeros(times)
    for table in tables:
        rows = np.arange(len(table))
        deals += np.array([table[rows, rng.permutation(len(table))].sum() for _ in range(times)])
    own = sum(float(np.trace(t)) for t in tables)
    if not tables:
        return Shuffled(0.0, 0.0, 1.0)
    return Shuffled(float(deals.mean()), float(np.quantile(deals, 0.95)), float(np.mean(deals >= own)))


def _types(asked: Sequence[Question]) -> list[list[Question]]:
    """Questions whose observations can be dealt to one another."""
    groups: dict[tuple[str, bool], list[Question]] = {}
    for q in asked:
        groups.setdefault((_type(q.seen), q.beside), []).append(q)
    return list(groups.values())


def _type(seen: Seen) -> str:
    return "sign" if seen.kind in SIGNS else "relative" if seen.kind in RELATIVE else seen.kind


def _table(paper: Paper, group: list[Question]) -> NDArray[np.float64]:
    """Whether the answer to each question (row) would meet each observation (column)."""
    return np.array([[_meets(paper, q, other.seen) for other in group] for q in group], dtype=float)


def _meets(paper: Paper, question: Question, seen: Seen) -> bool:
    answer = paper.answers[question.id]
    if not isinstance(answer, Answer):
        return False
    dealt = Seen(seen.kind, question.seen.tolerance, seen.value, seen.sd)
    return marked(dealt, answer.effect, answer.reference if question.beside else None).verdict == "met"


def met_at_each_draw(paper: Paper, role: str) -> Floats:
    """How many of the counted observations each single draw meets."""
    total = np.zeros(1)
    for q in paper.counted(role):
        answer = paper.answers[q.id]
        if isinstance(answer, Answer):
            total = total + agrees(q.seen, answer.effect, answer.reference if q.beside else None)
    return np.asarray(total, dtype=float)


def in_halves(paper: Paper, role: str) -> tuple[int, int]:
    """The score from every other draw, and from the rest: how far it hangs on which draws there were."""
    return _part(paper, role, slice(0, None, 2)), _part(paper, role, slice(1, None, 2))


def _part(paper: Paper, role: str, draws: slice) -> int:
    asked = [(q, a) for q in paper.counted(role) if isinstance(a := paper.answers[q.id], Answer)]
    return sum(_cell(q, _thinned(a, draws)).verdict == "met" for q, a in asked)


def _thinned(answer: Answer, draws: slice) -> Answer:
    return Answer(answer.effect[draws], None if answer.reference is None else answer.reference[draws])
