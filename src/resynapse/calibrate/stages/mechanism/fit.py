"""The fit of the default wiring: where the posterior lies, a stand-in made there, NUTS on it, and exact weights.

Rodent and human rows bear on the same scores: the sets of a rat and of a person inherit the mouse's values, so that a
score of `synapse.k_p` is the same place within its range in every species. What is carried over is thus where within
its doubt a value lies, not a change between species.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...inference.emulator import design
from ...inference.sampling import Plan, Sampled, Target, sampled
from ...questions.question import questions
from ...questions.room import addresses, moving, room
from ...questions.sitting import default_blend
from .asking import Asking
from .exact import Corrected, corrected
from .standin import StandIn, moved, stood_in

Floats = NDArray[np.float64]
Tell = Callable[[str], None]
SEED = 7
FIRST = Plan(warmup=300, draws=150, starts=256, dense=False)
LAST = Plan(warmup=500, draws=1000, starts=256, dense=False)
_INFLATED = 1.2  # how much wider than the posterior the points of its stand-in lie, as a variance
_SHRUNK = 0.5  # share of correlations that is kept of a covariance from few draws


@dataclass(frozen=True)
class Effort:
    """How much is done: points of a stand-in, points around which values are tried alone, a first and a last plan."""

    points: int = 4096
    around: int = 8
    first: Plan = FIRST
    last: Plan = LAST
    asked: int = 4000


@dataclass(frozen=True)
class Fit:
    """A fit: the questions as a vector function, its stand-in, draws on it, the same weighed exactly."""

    asking: Asking
    standin: StandIn
    sample: Sampled
    exact: Corrected


def asked() -> Asking:
    """The default wiring with the seen build rows that it can be asked, and the values that move them."""
    here = room(default_blend(), questions(), SEED)
    return Asking(here, moving(here, addresses(here)))


def fitted_wiring(seed: int = SEED, effort: Effort | None = None, tell: Tell = lambda _: None) -> Fit:
    """The default wiring fitted to seen build rows, and to nothing else.

    **Raises:** `RequestError` without NumPyro and ArviZ.
    """
    how, asking = effort or Effort(), asked()
    size = len(asking.addresses)
    tell(f"{len(asking.here.asked)} rows, {len(asking.contrasts)} contrasts, {size} values that move them")
    wide = design(size, how.points, seed)
    first = _standin(asking, wide, how.around)
    tell(f"stand-in of the prior: {_shape(first)}")
    region = sampled(Target(asking.addresses, first.log_likelihood), seed, how.first)
    tell("sampled once; a stand-in is made where the draws are")
    near = _standin(asking, _around(region.flat, how.points, seed), how.around)
    tell(f"stand-in of the posterior: {_shape(near)}")
    sample = sampled(Target(asking.addresses, near.log_likelihood), seed, how.last)
    tell(f"sampled: {sample.divergences} divergences; asking the chains at {how.asked} draws")
    exact = corrected(near, sample.thinned(how.asked))
    tell(f"off by {exact.off:.2f}, Pareto shape {exact.shape:.2f}, {exact.effective:.0f} effective draws")
    return Fit(asking, near, sample, exact)


def _standin(asking: Asking, z: Floats, around: int) -> StandIn:
    y = asking(z)
    known = np.isfinite(y).all(axis=1)
    return stood_in(asking, moved(asking, z[known][:around]), z[known], y[known])


def _around(draws: Floats, n: int, seed: int) -> Floats:
    """Points around draws: normal, somewhat wider, with half of their correlations."""
    own = np.cov(draws.T)
    spread = _INFLATED * (_SHRUNK * own + (1.0 - _SHRUNK) * np.diag(np.diag(own)))
    return np.asarray(draws.mean(0) + design(draws.shape[1], n, seed + 1) @ np.linalg.cholesky(spread).T)


def _shape(standin: StandIn) -> str:
    told: list[Any] = [(len(p.takes), len(p.gives), round(float(p.emulator.error.rms.max()), 2)) for p in standin.parts]
    return "; ".join(f"{gives} contrasts of {takes} values, off by {off} at most" for takes, gives, off in told)
