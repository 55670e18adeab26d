"""The MADRS score that a rater would give, as far as the drug moves it."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array

from ..core.algebra import logistic
from ..core.parameter import parameter
from ..core.port import Port
from ..core.stage import AbstractStage, Inputs, Signals, State


class Madrs(AbstractStage):
    r"""The typical drug-attributable course of the Montgomery-Asberg score of a person in an episode.

    $M = B\,(1 - g\,s_2(1 - d))$, where $d$ is despair relative to the ill state, $g$ the share of the score that the
    drug pathway can move, and $s_2$ a logistic with slope 1 at 0 that saturates at 1 and at $-\lambda$.

    **Reads:** `despair`. **Writes:** nothing. **Shows:** `madrs_total` (0 to 60 points).

    **Assumes:** the rest of the score does not move; a person in an episode (for somebody well the score is not
    defined: read `despair`).

    **Leaves out:** placebo, expectancy, visits, raters, natural course: they belong to trials.

    **Source:** founding notes on mood (`resynapse2026mood`).
    """

    baseline: Array = parameter("points", "score before treatment", (0.0, 60.0))
    share: Array = parameter("1", "share of the score that the drug pathway can move", (0.0, 1.0))
    worst: Array = parameter("1", "largest worsening, relative to the largest relief", (0.01, 1.0))

    @property
    def reads(self) -> tuple[Port, ...]:
        return (Port("despair", "1"),)

    @property
    def writes(self) -> tuple[Port, ...]:
        return ()

    @property
    def shows(self) -> tuple[Port, ...]:
        return (Port("madrs_total", "points", "MADRS", range=(0.0, 60.0)),)

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {}

    def readouts(self, t: Array, state: State, inputs: Inputs) -> Signals:
        score = self.baseline * (1.0 - self.share * self._relief(1.0 - inputs["despair"]))
        return {"madrs_total": score.clip(0.0, 60.0)}

    def _relief(self, fall: Array) -> Array:
        """Smooth saturation with slope 1 at 0, upper limit 1 and lower limit `-worst`."""
        width = self.worst / (1.0 + self.worst)
        return (1.0 + self.worst) * logistic(fall / width + jnp.log(self.worst)) - self.worst
