"""Simulation-based calibration of this stage on a reduced problem: six values, some questions, invented laboratories.

Every question is answered by several laboratories. Each says a word or a size with the chances that the likelihood
gives them. Data come from the chains themselves, posteriors from their stand-in.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from ...inference.checking import Reduced
from ...inference.emulator import design
from ...questions.likelihood import DISCREPANCY, RELIABLE, WIDER, log_likelihood
from ...questions.question import Question, questions
from ...questions.room import Room
from ...questions.seen import SIGNS
from ...questions.sitting import default_blend
from .asking import Asking
from .standin import StandIn, moved, stood_in

Floats = NDArray[np.float64]
VALUES = ("receptor.k_interneuron", "receptor.k_pyramidal", *(f"circuit.{n}" for n in ("alpha", "beta", "eps", "eta")))
QUESTIONS = ("T04 ipsc", "T04 epsc", "T06 low", "T06 high")
_LABORATORIES, _POINTS, _AROUND = 3, 240, 3


def reduced() -> Reduced:
    """The problem; data are places of words, and sizes, question after question."""
    standin = _standin()
    asked = standin.asking.here.asked

    def predicted(z: Array) -> Array:
        return _effects(standin.asking, standin.contrasts(z))

    def log_likelihood(told: Array, data: Array) -> Array:
        said = zip(asked, told, data.reshape(len(asked), -1), strict=True)
        return jnp.stack([_likely(q, effect, seen) for q, effect, seen in said]).sum()

    def simulate(truths: Floats, chance: np.random.Generator) -> Floats:
        told = np.asarray(_effects(standin.asking, jnp.asarray(standin.asking(truths))))
        said = [_said(q, effects, chance) for q, effects in zip(asked, told.T, strict=True)]
        return np.concatenate(said, axis=1)

    return Reduced(VALUES, simulate, predicted, log_likelihood)


def _effects(asking: Asking, warped: Array) -> Array:
    """What each question asks for, from warped contrasts (... x contrasts -> ... x questions)."""
    wanted = [asking.contrasts.index(q.effect) for q in asking.here.asked if q.effect is not None]
    found: Array = (jnp.sinh(warped) * asking.scales)[..., jnp.array(wanted)]
    return found


def _said(q: Question, effects: Floats, chance: np.random.Generator) -> Floats:
    """What laboratories say (rounds x laboratories): sizes, or places of words among the words."""
    shape = (len(effects), _LABORATORIES)
    if q.seen.kind in SIGNS:
        words = np.stack([log_likelihood(replace(q.seen, kind=word), effects) for word in SIGNS], axis=1)
        below = np.cumsum(np.exp(words), axis=1)[:, None, :-1]
        return np.asarray((chance.random(shape)[..., None] > below).sum(axis=-1), dtype=np.float64)
    wider = np.where(chance.random(shape) < RELIABLE, 1.0, WIDER)
    return np.asarray(effects[:, None] + wider * _sd(q) * chance.standard_normal(shape))


def _sd(q: Question) -> float:
    return float(np.hypot(q.seen.sd, DISCREPANCY * abs(q.seen.value)))


def _likely(q: Question, effect: Array, seen: Array) -> Array:
    """The log-likelihood of what laboratories said of one question.

    The error of a size is that of the number on file, which is why the effect is moved and not the number.
    """
    if q.seen.kind in SIGNS:
        words = jnp.stack([log_likelihood(replace(q.seen, kind=word), effect) for word in SIGNS])
        return words[seen.astype(int)].sum()
    return jnp.sum(log_likelihood(q.seen, effect - seen + q.seen.value))


@cache
def _standin() -> StandIn:
    asked = tuple(q for q in questions() if q.id in QUESTIONS)
    asking = Asking(Room(default_blend(), asked, 1, 0.0), VALUES)
    z = design(len(VALUES), _POINTS, seed=1)
    return stood_in(asking, moved(asking, z[:_AROUND]), z, asking(z))
