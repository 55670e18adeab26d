"""How likely evidence that was not fitted is under each explanation, study by study.

A study's density is that of all its rows together: the mean, over an explanation's posterior draws, of the product of
their likelihoods, so that rows which share animals, or a doubtful value, are not counted as if they were independent.
Studies that share people (an overlap group) count as one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from ...calibrate.questions.draws import Draws
from ...calibrate.questions.likelihood import log_likelihoods
from ...calibrate.questions.question import Question, questions
from ...calibrate.questions.sitting import Answer, Answers, Candidate, Sitting
from ...core.errors import RequestError
from ..exam.exam import DRAWS, named
from ..exam.recorded import Posterior, posterior_draws, read, unfit

Floats = NDArray[np.float64]
Tell = Callable[[str], None]
ENOUGH = 0.8
"""Share of the rows that an explanation has to answer to be weighed: one for people only cannot be set beside mice."""


@dataclass(frozen=True)
class Densities:
    """Log predictive densities (studies x explanations) with what they are of.

    **Arguments:** `rows` name the rows of every study; `left` says of each explanation on file that is not weighed why.
    """

    names: tuple[str, ...]
    studies: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    logs: Floats
    left: dict[str, str]

    def joined(self, other: Densities) -> Densities:
        """The studies of both, for explanations that both know.

        **Raises:** `RequestError` when a study stands in both, which would count it twice.
        """
        twice = sorted(set(self.studies) & set(other.studies))
        if twice:
            raise RequestError("a study counts once", where="densities", given=twice)
        names = tuple(n for n in self.names if n in other.names)
        parts = [d.logs[:, [d.names.index(n) for n in names]] for d in (self, other)]
        left = {n: "not in both" for n in sorted({*self.names, *other.names} - set(names))} | self.left | other.left
        return Densities(names, self.studies + other.studies, self.rows + other.rows, np.concatenate(parts), left)


def judged() -> tuple[Question, ...]:
    """The questions that judge: verify, read in their source, askable."""
    return tuple(q for q in questions() if q.role == "verify" and q.mark == "seen" and not q.asked.not_askable)


def changing(asked: Iterable[Question]) -> tuple[Question, ...]:
    """The questions where something was seen to change: a drug that does nothing meets none of them for free."""
    return tuple(q for q in asked if q.seen.kind != "none" and not (q.seen.kind == "size" and q.seen.value == 0.0))


def answered(names: Iterable[str] | None = None, tell: Tell = lambda _: None) -> dict[str, Answers]:
    """What each explanation answers to the mechanism's verify rows, over its posterior draws on file.

    **Raises:** `RequestError` when no draws are on file, or draws no longer belong to an explanation's values.
    """
    kept, everybody = on_file(), named(tuple(names) if names is not None else None)
    answers: dict[str, Answers] = {}
    for who in everybody:
        tell(f"{who.name}: {DRAWS} posterior draws")
        answers[who.name] = _answers(who, kept)
    return answers


def densities(asked: tuple[Question, ...], answers: Mapping[str, Answers]) -> Densities:
    """Densities of questions by study, from answers of each explanation.

    Rows that nobody answers are left out; an explanation that refuses more than a fifth of the others is left out; a
    row that one of the rest refuses is left out for all.
    """
    told = {n: {q.id for q in asked if isinstance(a[q.id], Answer)} for n, a in answers.items()}
    anybody: set[str] = set().union(*told.values()) if told else set()
    names = tuple(n for n, ids in told.items() if len(ids) >= ENOUGH * len(anybody))
    left = {n: f"answers {len(ids)} of {len(anybody)} rows only" for n, ids in told.items() if n not in names}
    if not names or not anybody:
        raise RequestError("nobody answers a row", given=tuple(answers))
    common = [q for q in asked if all(q.id in told[n] for n in names)]
    studies = by_study(common)
    logs = [[_density(own, answers[n]) for n in names] for own in studies.values()]
    rows = tuple(tuple(q.id for q in own) for own in studies.values())
    return Densities(names, tuple(studies), rows, np.array(logs), left)


def by_study(asked: Iterable[Question]) -> dict[str, tuple[Question, ...]]:
    """Questions by study, studies that share people as one."""
    found: dict[str, tuple[Question, ...]] = {}
    for q in asked:
        study = q.observations[0].study
        name = study.overlap[0] if study.overlap else study.name
        found[name] = (*found.get(name, ()), q)
    return found


def _density(asked: tuple[Question, ...], answers: Answers) -> float:
    """The log of the mean likelihood of all rows of one study together."""
    total = np.sum(list(log_likelihoods(asked, answers).values()), axis=0)
    return float(logsumexp(total) - np.log(len(total)))


def _answers(who: Candidate, kept: Posterior) -> Answers:
    return Sitting(who, judged(), drawn_of(who, kept)).answers()


def drawn_of(who: Candidate, kept: Posterior, count: int = DRAWS) -> Draws:
    """Posterior draws of an explanation.

    **Raises:** `RequestError` when those on file are not of today's values.
    """
    reason = unfit(kept, who, questions())
    if reason:
        then = f"python -m resynapse.qualify.exam.condition {who.name}"
        raise RequestError("an explanation has no posterior draws", where=who.name, given=reason, then=then)
    return posterior_draws(kept, who.name, Draws(range(count), kept.record["seed"]))


def on_file() -> Posterior:
    """The posterior draws on file.

    **Raises:** `RequestError` when there are none.
    """
    kept = read()
    if kept is None:
        what = "no posterior draws of explanations are on file"
        raise RequestError(what, then="python -m resynapse.qualify.exam.condition")
    return kept
