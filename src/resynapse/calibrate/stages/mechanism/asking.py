"""Everything that the conditioning questions need to know of a chain, as one smooth vector function of normal scores.

A question is one or two contrasts, or a series of them over doses. Each contrast $x$ is handed on as
$sinh^{-1}(x / s)$ with $s$ the error with which it would be measured: straight where the likelihood is steep, and
logarithmic far away, where only the sign still counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....core.errors import SolveError
from ...questions.draws import Draws
from ...questions.likelihood import log_likelihood
from ...questions.numbers import library_of
from ...questions.question import Contrast, Question
from ...questions.room import Room, noise
from ...questions.sitting import Sitting, together

Floats = NDArray[np.float64]
SERIES = 0.05
"""The scale of a contrast that is one of a series over doses, of which only the ups and downs count."""


@dataclass(frozen=True)
class Asking:
    """The vector function of one explanation: scores (points x addresses) to contrasts (points x contrasts)."""

    here: Room
    addresses: tuple[str, ...]

    @cached_property
    def contrasts(self) -> tuple[Contrast, ...]:
        """Every contrast that is needed, once."""
        return tuple(dict.fromkeys(c for q in self.here.asked for c in q.contrasts))

    @cached_property
    def scales(self) -> Floats:
        """The error of each contrast: the smallest of all questions that need it."""
        least = dict.fromkeys(self.contrasts, np.inf)
        for contrast, own in _errors(self.here.asked):
            least[contrast] = min(least[contrast], own)
        return np.array(list(least.values()))

    def __call__(self, z: Floats) -> Floats:
        """Contrasts on their warped scale (points x contrasts); a point whose course fails has none (nan)."""
        return np.asarray(np.arcsinh(self._found(z) / self.scales))

    def logs(self, warped: Any) -> Any:
        """The log-likelihood of every question (... x contrasts -> ... x questions), in NumPy or traced."""
        library = library_of(warped)
        values = dict(zip(self.contrasts, library.moveaxis(library.sinh(warped) * self.scales, -1, 0), strict=True))
        return library.stack([_told(q, values) for q in self.here.asked], axis=-1)

    def _found(self, z: Floats) -> Floats:
        """Contrasts as they are; one course that fails spoils all in a batch, which is then asked in halves."""
        scores = dict(zip(self.addresses, z.T, strict=True))
        sitting = Sitting(self.here.who, self.here.asked, Draws(range(len(z)), self.here.seed, scores))
        try:
            return np.stack([sitting.contrast(c) for c in self.contrasts], axis=1)
        except SolveError:
            if len(z) == 1:
                return np.full((1, len(self.contrasts)), np.nan)
            half = len(z) // 2
            return np.concatenate([self._found(z[:half]), self._found(z[half:])])


def _errors(asked: tuple[Question, ...]) -> Iterator[tuple[Contrast, float]]:
    for q in asked:
        for contrast in q.contrasts:
            yield contrast, SERIES if q.series else noise(q)


def _told(q: Question, values: dict[Contrast, Any]) -> Any:
    """The log-likelihood of one question from the contrasts that it needs."""
    if q.series:
        library = library_of(values[q.series[0][0]])
        pairs = [library.stack([values[pair[i]] for pair in q.series]) for i in (0, 1)]
        return log_likelihood(q.seen, together(*pairs))
    if q.effect is None:
        raise AssertionError(q.id)
    effect, beside = values[q.effect], values[q.reference] if q.reference is not None else None
    if q.asked.share_of_reference and beside is not None:
        return log_likelihood(q.seen, effect / beside)
    return log_likelihood(q.seen, effect, beside if q.beside else None)
