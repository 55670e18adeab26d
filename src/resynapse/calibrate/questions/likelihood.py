"""How likely an observation is at a draw: what a study would have reported, if the draw were true.

A direction is what is left of a measurement of the effect, $y = x + e$ with $e$ normal and as wide as half of the
port's tolerance: it is `up` with $P(y >= t)$. What stands beside a reference is the product of its parts. A size is
normal around the prediction with the SD of the observation and a tenth of its value on top, for what a right
model would still miss. With one chance in ten an observation says nothing: then a word is any of those that could have
stood there, and a size is three times as uncertain. All of these shares are assumed here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .numbers import below, library_of
from .question import Question
from .seen import HALF, SIGNS, SIZES, Seen
from .sitting import Answer, Answers

Floats = NDArray[np.float64]
RELIABLE = 0.9
"""The chance that an observation says something about the truth."""

NOISE = 0.5
"""The SD with which an effect is measured, in tolerances of its port."""

DISCREPANCY = 0.1
"""What a right model would still miss of a size, as a share of it."""

WIDER = 3.0
"""How much wider a size is that says nothing."""

_GONE = ("blocked", "lost", "attenuated")
_WORDS = {"sign": 3, "beside": 2}
_LEAST = 1e-3


def asked_of(questions: tuple[Question, ...]) -> tuple[Question, ...]:
    """The questions that condition: build, seen in their source, and askable. Verify never is."""
    return tuple(q for q in questions if q.role == "build" and q.mark == "seen" and not q.asked.not_askable)


def log_likelihoods(questions: tuple[Question, ...], answers: Answers) -> dict[str, Floats]:
    """The log-likelihood of every question that was answered, one number a draw."""
    return {
        q.id: log_likelihood(q.seen, a.effect, a.reference if q.beside else None)
        for q in questions
        if isinstance(a := answers[q.id], Answer)
    }


def log_likelihood(seen: Seen, effect: Any, reference: Any = None) -> Any:
    """The log of the chance of an observation at each draw (of a size: up to a constant), in NumPy or traced."""
    library = library_of(effect)
    with np.errstate(invalid="ignore"):
        found = _size(seen, effect) if seen.kind in SIZES else _word(seen, effect, reference)
    return library.log(library.where(library.isfinite(effect), found, _nothing(seen)))


def blind(seen: Seen) -> float | None:
    """The log of the chance that somebody who finds every word equally likely gives a word; none of a size."""
    return None if seen.kind in SIZES else float(-np.log(_WORDS["sign" if seen.kind in SIGNS else "beside"]))


def _nothing(seen: Seen) -> float:
    """The least likelihood: that of an answer that is nowhere near, or none at all."""
    if seen.kind in SIZES:
        return _LEAST
    return (1.0 - RELIABLE) / _WORDS["sign" if seen.kind in SIGNS else "beside"]


def _word(seen: Seen, effect: Any, reference: Any) -> Any:
    noise = NOISE * max(seen.tolerance, _LEAST)
    chance = _sign(seen, effect, noise) if seen.kind in SIGNS else _beside(seen, effect, reference, noise)
    return RELIABLE * chance + _nothing(seen)


def _sign(seen: Seen, effect: Any, noise: float) -> Any:
    up, down = below((effect - seen.tolerance) / noise), below((-effect - seen.tolerance) / noise)
    chances = {"up": up, "down": down, "none": 1.0 - up - down}
    return library_of(effect).clip(chances[seen.kind], 0.0, 1.0)


def _beside(seen: Seen, effect: Any, reference: Any, noise: float) -> Any:
    """The effect without the blocker is there, and less or more than half of it is left."""
    there = below((effect - seen.tolerance) / noise)
    if reference is None:
        return 1.0 - there if seen.kind in _GONE else there
    first = below((reference - seen.tolerance) / noise)
    more = below((effect - HALF * reference) / (noise * np.hypot(1.0, HALF)))
    return first * (1.0 - more) if seen.kind in _GONE else first * there * more


def _size(seen: Seen, effect: Any) -> Any:
    """Normal with a chance of being wider, as a share of its own height; more than `at_least` costs nothing."""
    sd = max(float(np.hypot(seen.sd, DISCREPANCY * abs(seen.value))), _LEAST)
    off = (effect - seen.value) / sd
    if seen.kind == "at_least":
        return RELIABLE * below(off) + (1.0 - RELIABLE) * below(off / WIDER) + _LEAST
    height = library_of(effect).exp
    return RELIABLE * height(-0.5 * off**2) + (1.0 - RELIABLE) * height(-0.5 * (off / WIDER) ** 2) / WIDER + _LEAST
