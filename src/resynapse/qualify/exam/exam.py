"""The exam: every candidate, every question, and what chance, priors, shuffled evidence and a null model would get."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...calibrate.questions.draws import Draws
from ...calibrate.questions.question import Question, questions
from ...calibrate.questions.sitting import Answers, Candidate, Sitting, candidate, default_blend
from ...core.errors import RequestError, nearest
from ...hypothesis.library import hypotheses, hypothesis, names
from .blending import Chosen, best_blend, open_blend
from .empirical import Fitted, null_paper
from .gain import Gain, gains
from .prospects import prospects
from .recorded import Posterior, posterior_draws, unfit
from .scoring import Paper, marked_paper

Tell = Callable[[str], None]
DRAWS = 200
SEARCH = 48
"""Draws with which blends are searched for."""

NULL = "null_model"
DEFAULT, BEST = "default_blend", "best_blend"


@dataclass(frozen=True)
class Setting:
    """What the exam consists of.

    **Arguments:** `asked` are the questions and `ahead` the experiments to come, all on file when left out; `blends`
    says whether a best blend takes the exam too; `kept` are posterior draws, without which prior draws are taken.
    """

    asked: tuple[Question, ...] = ()
    ahead: tuple[Question, ...] | None = None
    blends: bool = True
    kept: Posterior | None = None

    @property
    def papers(self) -> tuple[tuple[Question, ...], tuple[Question, ...]]:
        """Questions, and experiments to come."""
        return self.asked or questions(), prospects() if self.ahead is None else self.ahead


@dataclass(frozen=True)
class Sat:
    """One candidate's exam.

    **Arguments:** `paper` is over draws and `typical` at the values on file; `prior` is the paper over prior draws
    where `paper` is over posterior ones; `warning` says why posterior draws were wanted and not taken; `told` is the
    record of the conditioning; `seconds` is how long it took.
    """

    who: Candidate
    paper: Paper
    typical: Paper
    prospects: Answers
    seconds: float
    prior: Paper | None = None
    warning: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)


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
    who: Iterable[Candidate], draws: Draws, setting: Setting | None = None, tell: Tell = lambda _: None
) -> Exam:
    """Every candidate takes the exam, with posterior draws where they are given and fit, else with prior draws."""
    how = setting or Setting()
    on_file, _ = how.papers
    clock, busy, seconds = time.perf_counter(), time.process_time(), {}
    null = null_paper(on_file, draws)
    seconds["null model"] = time.perf_counter() - clock
    clock = time.perf_counter()
    blend, best = _best(how, draws, tell)
    seconds["search for a blend"] = time.perf_counter() - clock
    everybody = (*who, *best)
    done = {c.name: _sit(c, how, draws, tell) for c in sorted(everybody, key=_shape)}
    sat = tuple(done[c.name] for c in everybody)
    seconds |= {s.who.name: s.seconds for s in sat}
    clock = time.perf_counter()
    found = _gains(sat, tuple(q for paper in how.papers for q in paper))
    seconds["information gain"] = time.perf_counter() - clock
    return Exam(draws, on_file, sat, null, blend, found, seconds, time.process_time() - busy)


def _best(how: Setting, draws: Draws, tell: Tell) -> tuple[Chosen | None, tuple[Candidate, ...]]:
    """The best blend: all drives with weights from the posterior, or weights chosen on build with prior draws."""
    if not how.blends:
        return None, ()
    if not unfit(how.kept, open_blend(), questions()):
        return None, (open_blend(),)
    few = Draws(draws.people[:SEARCH], draws.seed)
    blend = best_blend(how.papers[0], few, tell)
    return blend, (blend.candidate,)


def _shape(who: Candidate) -> str:
    """Which theories fill the rooms: candidates alike sit one after the other, since they share printed code."""
    stages = who.make("human").stages
    return " ".join(f"{slot} {type(stage).__name__}" for slot, stage in sorted(stages.items()))


def _sit(who: Candidate, how: Setting, draws: Draws, tell: Tell) -> Sat:
    (asked, ahead), clock = how.papers, time.perf_counter()
    warning = "" if how.kept is None else unfit(how.kept, who, questions())
    tell(f"{who.name}: {len(asked)} questions, {len(draws.people)} draws{', prior: ' if warning else ''}{warning}")
    known = how.kept is not None and not warning
    own = posterior_draws(how.kept, who.name, draws) if how.kept and known else draws
    answers = Sitting(who, (*asked, *ahead), own).answers()
    prior = marked_paper(asked, Sitting(who, asked, draws).answers()) if known else None
    typical = marked_paper(asked, Sitting(who, asked, Draws(range(0), draws.seed)).answers())
    told = how.kept.told(who.name) if how.kept and known else {}
    later, paper = {q.id: answers[q.id] for q in ahead}, marked_paper(asked, answers)
    return Sat(who, paper, typical, later, time.perf_counter() - clock, prior, warning, told)


def _gains(sat: Sequence[Sat], asked: tuple[Question, ...]) -> tuple[Gain, ...]:
    """Gains over hypotheses, blends left out: belief by score is the share of seen build observations met."""
    rivals = [s for s in sat if s.who.name not in (BEST, DEFAULT)]
    answers = {s.who.name: {**s.paper.answers, **s.prospects} for s in rivals}
    belief = {s.who.name: s.paper.score("build").share + 1e-6 for s in rivals}
    return tuple(gains(asked, answers, belief))


__all__ = ["DRAWS", "Draws", "Exam", "Setting", "examine", "named"]
