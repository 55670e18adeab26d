"""Which experiment would tell the explanations apart best: expected information gain, from what each predicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...calibrate.questions.question import Question
from ...calibrate.questions.sitting import Answer, Answers

Floats = NDArray[np.float64]
_GRID = 400
_REACH = 4.0


@dataclass(frozen=True)
class Gain:
    """What one experiment would teach (bits), with equal belief in all hypotheses and with belief by build score."""

    question: Question
    equal: float
    by_score: float
    asked: int


def gains(questions: Sequence[Question], answers: Mapping[str, Answers], belief: Mapping[str, float]) -> list[Gain]:
    """The expected information gain of every question that two hypotheses at least can answer, best first."""
    found = [g for q in questions if (g := _gain(q, answers, belief)) is not None]
    return sorted(found, key=lambda g: -g.equal)


def _gain(question: Question, answers: Mapping[str, Answers], belief: Mapping[str, float]) -> Gain | None:
    told = {name: a for name, own in answers.items() if isinstance(a := own.get(question.id), Answer)}
    if len(told) < 2:
        return None
    outcomes = [outcome(question, a) for a in told.values()]
    equal = information(outcomes, noise(question), np.ones(len(told)))
    weighed = information(outcomes, noise(question), np.array([belief[name] for name in told]))
    return Gain(question, equal, weighed, len(told))


def outcome(question: Question, answer: Answer) -> Floats:
    """What would be measured: the effect, or what of the reference is left over or gone where one stands beside."""
    return answer.effect - answer.reference if question.beside and answer.reference is not None else answer.effect


def noise(question: Question) -> float:
    """The standard deviation of a measurement: that of the observation, or the tolerance of the port."""
    return max(question.seen.sd, question.seen.tolerance, 1e-3)


def information(outcomes: Sequence[Floats], sd: float, belief: Floats) -> float:
    """The mutual information (bits) between hypothesis and measurement.

    Every hypothesis predicts a mixture of normal curves, one a draw, as wide as a measurement is noisy:
    $I = sum_h p_h int p(y|h) log2 (p(y|h) / sum_g p_g p(y|g)) dy$.
    """
    draws = [o[np.isfinite(o)] for o in outcomes]
    everything = np.concatenate(draws)
    low, high = np.quantile(everything, [0.005, 0.995])
    y = np.linspace(low - _REACH * sd, high + _REACH * sd, _GRID)
    density = np.array([np.exp(-0.5 * ((y[:, None] - d[None, :]) / sd) ** 2).mean(1) for d in draws]) + 1e-12
    density = density / density.sum(1, keepdims=True)
    p = belief / belief.sum()
    whole = p @ density
    return float(max(0.0, (p[:, None] * density * np.log2(density / whole)).sum()))
