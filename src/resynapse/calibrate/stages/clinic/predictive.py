"""What the posterior says: every row beside its band, and contrasts of arms in infinitely many people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from .arms import Row
from .posed import Posed
from .settled import Settled

Floats = NDArray[np.float64]
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Banded:
    """One row beside what the posterior says of a new study like it, sampling noise included.

    **Arguments:** `band` holds the quantiles 5, 25, 50, 75 and 95 %.
    """

    row: Row
    band: tuple[float, ...]

    @property
    def within(self) -> str:
        """In which band the observation lies: `50`, `90`, or `outside`."""
        low, first, _, third, high = self.band
        return "50" if first <= self.row.value <= third else "90" if low <= self.row.value <= high else "outside"

    @property
    def away(self) -> float:
        """How far it lies from the middle, in halves of the 90 % band."""
        return (self.row.value - self.band[2]) / max(0.5 * (self.band[4] - self.band[0]), 1e-9)


def banded(posed: Posed, draws: Settled, seed: int) -> tuple[Banded, ...]:
    """Every row beside its band, the farthest first.

    What a study shares is drawn anew, so that the band is that of another study done alike.
    """
    said = noisy(posed, fresh(posed, draws, seed), seed + 1)
    rows = [Banded(row, tuple(np.quantile(v, QUANTILES))) for row, v in zip(posed.rows, said.T, strict=True)]
    return tuple(sorted(rows, key=lambda one: -abs(one.away)))


def fresh(posed: Posed, draws: Settled, seed: int) -> Floats:
    """Means of rows at draws, in studies drawn anew (draws x rows)."""
    return many(posed.predicted, anew(posed, draws, seed))


def anew(posed: Posed, draws: Settled, seed: int) -> Settled:
    """The same draws with other studies."""
    shared = posed.own + len(posed.score_laws)
    other = draws.z.copy()
    other[:, shared:] = np.random.default_rng(seed).standard_normal(other[:, shared:].shape)
    return Settled(other, draws.reliefs)


def noisy(posed: Posed, mean: Floats, seed: int) -> Floats:
    """The same with the chance of who is in a study."""
    chance = np.random.default_rng(seed)
    found = np.empty_like(mean)
    for k, row in enumerate(posed.rows):
        if row.counted:
            found[:, k] = chance.binomial(max(round(row.n), 1), np.clip(mean[:, k], 0.0, 1.0)) / max(round(row.n), 1)
        else:
            found[:, k] = mean[:, k] + row.sd * chance.standard_normal(len(mean))
    return found


def contrast(posed: Posed, draws: Settled, arms: tuple[str, str, str], day: float, own: bool = False) -> Floats:
    """The mean difference of two arms of a study at a day in infinitely many people, at every draw.

    **Arguments:** `arms` are study, drug arm and control arm; with `own` the strength of the drug differs between
    trials as estimated, else it is that of the mean trial.
    """
    one, other = (posed.at.place(arms[0], a, day) for a in arms[1:])

    def apart(z: Array, reliefs: Array) -> Array:
        found, _ = posed.scores(z, reliefs, typical=not own)
        return found.change()[one] - found.change()[other]

    return many(apart, anew(posed, draws, 11) if own else draws)


def typical(posed: Posed, draws: Settled) -> Floats:
    """Means of rows at draws in studies like the mean of all (draws x rows)."""
    return many(lambda z, reliefs: posed.predicted(z, reliefs, typical=True), draws)


def many(function: Callable[[Array, Array], Array], draws: Settled) -> Floats:
    """A function of scores and reliefs at every draw."""
    together = jax.jit(lambda both: jax.lax.map(lambda pair: function(*pair), both, batch_size=32))
    return np.asarray(together((jnp.asarray(draws.z), jnp.asarray(draws.reliefs))))
