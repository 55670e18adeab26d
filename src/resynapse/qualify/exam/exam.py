"""The exam: every candidate, every question, and what chance, priors, shuffled evidence and a null model would get."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...core.errors import RequestError, nearest
from ...evidence import Observation
from ...hypothesis.library import hypotheses, hypothesis, names
from .blending import Chosen, best_blend
from .empirical import NAMES, Fitted, null_paper
from .gain import Gain, gains
from .marking import Cell
from .prospects import prospects
from .question import Question, questions
from .scoring import ROLES, Paper, in_halves, marked_paper, random_signs, shuffled
from .sitting import Answers, Candidate, Draws, Refusal, Sitting, candidate, default_blend

Tell = Callable[[str], None]
DRAWS = 200
SEARCH = 48
"""Draws with which blends are searched for."""

NULL = "null_model"
DEFAULT, BEST = "default_blend", "best_blend"


@dataclass(frozen=True)
class Sat:
    """One candidate's exam: the paper over draws, the paper at the typical values, and how long it took (s)."""

    who: Candidate
    paper: Paper
    typical: Paper
    prospects: Answers
    seconds: float


@dataclass(frozen=True)
class Exam:
    """A whole exam: who sat it, the null model, the chosen blend, the gains, and where the time went (s)."""

    draws: Draws
    questions: tuple[Question, ...]
    sat: tuple[Sat, ...]
    null: tuple[Fitted, Paper]
    blend: Chosen | None
    gains: tuple[Gain, ...]
    seconds: dict[str, float] = field(default_factory=dict)
    cpu_seconds: float = 0.0

    def record(self) -> dict[str, Any]:
        """Everything as plain data, ready for JSON."""
        papers = {s.who.name: s.paper for s in self.sat}
        return {
            "draws": len(self.draws.people),
            "seed": self.draws.seed,
            "questions": [question_record(q) for q in self.questions],
            "hypotheses": {s.who.name: _sat_record(s, self.null[1]) for s in self.sat},
            "null_model": self._null_record(),
            "blend": self._blend_record(papers.get(BEST)),
            "gain": [_gain_record(g) for g in self.gains],
            "seconds": self.seconds,
            "cpu_seconds": self.cpu_seconds,
        }

    def _null_record(self) -> dict[str, Any]:
        fitted, paper = self.null
        parameters = {name: 10.0 ** float(v) for name, v in zip(NAMES, fitted.best, strict=True)}
        return {"parameters": parameters, "loss": fitted.loss, **_paper_record(paper)}

    def _blend_record(self, paper: Paper | None) -> dict[str, Any] | None:
        if self.blend is None or paper is None:
            return None
        score = paper.score("build")
        return {"weights": dict(self.blend.weights), "tried": self.blend.tried, "build_share": score.share}


def named(wanted: Sequence[str] | None) -> tuple[Candidate, ...]:
    """Candidates by name: hypotheses and the default blend; all of them when no name is given.

    **Raises:** `RequestError` with the nearest name for one that is not on file.
    """
    known = (*names(), DEFAULT)
    for name in wanted or ():
        if name not in known:
            raise RequestError("no such hypothesis on file", given=name, allowed=known, nearest=nearest(name, known))
    if not wanted:
        return (default_blend(), *(candidate(h) for h in hypotheses()))
    return tuple(default_blend() if n == DEFAULT else candidate(hypothesis(n)) for n in dict.fromkeys(wanted))


def examine(
    who: Iterable[Candidate],
    draws: Draws,
    tell: Tell = lambda _: None,
    asked: tuple[Question, ...] | None = None,
    blends: bool = True,
    ahead: tuple[Question, ...] | None = None,
) -> Exam:
    """Every candidate takes the exam.

    **Arguments:** `asked` are the questions and `ahead` the experiments to come, all on file when left out; `blends`
    says whether the best blend is searched for and takes the exam too.
    """
    on_file, to_come = asked or questions(), prospects() if ahead is None else ahead
    clock, busy, seconds = time.perf_counter(), time.process_time(), {}
    null = null_paper(on_file, draws)
    seconds["null model"] = time.perf_counter() - clock
    clock = time.perf_counter()
    few = Draws(draws.people[:SEARCH], draws.seed)
    blend = best_blend(on_file, few, tell) if blends else None
    seconds["search for a blend"] = time.perf_counter() - clock
    everybody = (*who, *((blend.candidate,) if blend else ()))
    done = {c.name: _sit(c, (on_file, to_come), draws, tell) for c in sorted(everybody, key=_shape)}
    sat = tuple(done[c.name] for c in everybody)
    seconds |= {s.who.name: s.seconds for s in sat}
    clock = time.perf_counter()
    found = _gains(sat, (*on_file, *to_come))
    seconds["information gain"] = time.perf_counter() - clock
    return Exam(draws, on_file, sat, null, blend, found, seconds, time.process_time() - busy)


def _shape(who: Candidate) -> str:
    """Which theories fill the rooms: candidates alike sit one after the other, since they share printed code."""
    stages = who.make("human").stages
    return " ".join(f"{slot} {type(stage).__name__}" for slot, stage in sorted(stages.items()))


def _sit(who: Candidate, papers: tuple[tuple[Question, ...], ...], draws: Draws, tell: Tell) -> Sat:
    asked, ahead = papers
    tell(f"{who.name}: {len(asked)} questions, {len(draws.people)} draws")
    clock = time.perf_counter()
    answers = Sitting(who, (*asked, *ahead), draws).answers()
    typical = Sitting(who, asked, Draws(range(0), draws.seed)).answers()
    later = {q.id: answers[q.id] for q in ahead}
    return Sat(who, marked_paper(asked, answers), marked_paper(asked, typical), later, time.perf_counter() - clock)


def _gains(sat: Sequence[Sat], asked: tuple[Question, ...]) -> tuple[Gain, ...]:
    """Gains over hypotheses, blends left out: belief by score is the share of seen build observations met."""
    rivals = [s for s in sat if s.who.name not in (BEST, DEFAULT)]
    answers = {s.who.name: {**s.paper.answers, **s.prospects} for s in rivals}
    belief = {s.who.name: s.paper.score("build").share + 1e-6 for s in rivals}
    return tuple(gains(asked, answers, belief))


def question_record(q: Question) -> dict[str, Any]:
    """One question as plain data."""
    return {
        "id": q.id,
        "row": q.row,
        "role": q.role,
        "mark": q.mark,
        "asks": q.asked.asks,
        "kind": q.seen.kind,
        "value": q.seen.value if q.seen.kind in ("size", "at_least") else None,
        "sd": q.seen.sd if q.seen.kind in ("size", "at_least") else None,
        "tolerance": q.seen.tolerance,
        "observed": [_observed(o) for o in q.observations],
        "experiment": q.asked.experiment.experiment.words if not q.asked.not_askable else "",
        "ports": list(q.asked.ports),
        "hours": list(q.asked.hours),
        "not_askable": q.asked.not_askable,
        "note": q.asked.note,
    }


def _observed(o: Observation) -> str:
    what = o.direction if o.value is None else f"{o.value:g} {o.unit}"
    return f"{o.study.citation}: {o.quantity} {what}"


def _sat_record(sat: Sat, null: Paper) -> dict[str, Any]:
    typical = {role: sat.typical.score(role).met for role in ROLES}
    beside = {role: _beside(sat.paper, null, role) for role in ROLES}
    own = _paper_record(sat.paper)
    return {"claim": sat.who.claim, **own, "typical": typical, "beside": beside, "seconds": sat.seconds}


def _paper_record(paper: Paper) -> dict[str, Any]:
    scores = {role: _score_record(paper, role) for role in ROLES}
    return {**scores, "cells": {q.id: cell_record(paper, q) for q in paper.questions}}


def _score_record(paper: Paper, role: str) -> dict[str, Any]:
    score, recalled, rows = paper.score(role), paper.score(role, "recalled"), paper.rows(role)
    return {
        "met": score.met,
        "of": score.of,
        "wide": score.wide,
        "not_askable": score.not_askable,
        "recalled": {"met": recalled.met, "of": recalled.of},
        "rows": {"met": rows[0], "of": rows[1]},
        "expected_of_a_draw": paper.expected_of_a_draw(role),
        "halves": list(in_halves(paper, role)),
    }


def _beside(paper: Paper, null: Paper, role: str) -> dict[str, Any]:
    """What others get on the same questions, and whether this candidate beats them."""
    score, (expected, sd) = paper.score(role), random_signs(paper, role)
    dealt, both = shuffled(paper, role), [q.id for q in paper.counted(role) if q.id in null.cells]
    own = sum(paper.cells[i].verdict == "met" for i in both)
    other = sum(null.cells[i].verdict == "met" for i in both)
    return {
        "random": {"expected": expected, "sd": sd, "beaten": score.met > expected + 2 * sd},
        "shuffled": {
            "mean": dealt.mean,
            "high": dealt.high,
            "as_good": dealt.as_good,
            "beaten": score.met > dealt.high,
        },
        "null": {"own": own, "null": other, "of": len(both), "beaten": own > other},
    }


def cell_record(paper: Paper, q: Question) -> dict[str, Any]:
    """One cell as plain data: the verdict with its numbers, or why there is none."""
    answer = paper.answers[q.id]
    if isinstance(answer, Refusal):
        return {"verdict": "not askable", "reason": answer.reason}
    cell: Cell = paper.cells[q.id]
    numbers = {"share": cell.share, "mean": cell.mean, "sd": cell.sd, "reference": cell.reference}
    return {"verdict": cell.verdict, **{k: None if math.isnan(v) else v for k, v in numbers.items()}}


def _gain_record(g: Gain) -> dict[str, Any]:
    words = "" if g.question.asked.not_askable else g.question.asked.experiment.experiment.words
    return {
        "id": g.question.id,
        "asks": g.question.asked.asks,
        "experiment": words,
        "done": bool(g.question.observations),
        "bits_equal": g.equal,
        "bits_by_score": g.by_score,
        "hypotheses": g.asked,
    }


__all__ = ["DRAWS", "Draws", "Exam", "examine", "named"]
