"""Who of those that responded relapses, by paths of few people whose chances are fixed numbers."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from ....trial.score import Values
from ...inference.emulator import design
from .arms import LATER, RELAPSE, Row
from .cells import START_SD, Cells
from .scored import Known, Scores, shares

Floats = NDArray[np.float64]
_PATHS, _SOFT, _SEED = 16, 0.7, 5


@dataclass(frozen=True)
class Relapse:
    """One row of relapse: its cells (day of response first), level and visits in a row, and chances of its paths."""

    cells: NDArray[np.int64]
    days: Floats
    level: float
    in_a_row: int
    normals: Floats


def relapse(row: Row, at: Cells, bins: int) -> Relapse:
    """What is needed to say how many of an arm's responders relapse."""
    days = (row.day, *LATER[row.reads])
    level, in_a_row = RELAPSE[row.reads]
    places = np.array([at.place(row.study, row.arms[0], d) for d in days])
    return Relapse(places, np.array(days), level, in_a_row, paths(bins, len(days)))


def paths(bins: int, looks: int) -> Floats:
    """Normal numbers of every path (bins x paths x numbers): start, share, wobbles and raters from the first on."""
    count = 2 + 2 * (looks + 1)
    return design(count, bins * _PATHS, _SEED).reshape(_PATHS, bins, count).swapaxes(0, 1)


def relapsing(one: Relapse, every: Scores, known: Known, value: Values) -> Array:
    """The share of responders who have relapsed by each visit after that of response.

    **Assumes:** who has more relief than others at one visit has it at all.
    """
    score, first = _written(one, every, known, value)
    responded = jax.nn.sigmoid((0.5 * first - score[0]) / _SOFT)
    weight = responded * every.kinds[one.cells[0]]
    well, before, found = jnp.ones_like(responded), jnp.zeros_like(responded), []
    for now in (jax.nn.sigmoid((s - one.level) / _SOFT) for s in score[1:]):
        well = well * (1.0 - (now * before if one.in_a_row == 2 else now))
        before = now
        found.append((weight * (1.0 - well)).sum() / weight.sum())
    return jnp.stack(found)


def _written(one: Relapse, every: Scores, known: Known, value: Values) -> tuple[list[Array], Array]:
    """Scores at the days of an arm (bins x paths x kinds each), and the first score."""
    z, cell = jnp.asarray(one.normals), one.cells
    differs, share = START_SD * z[..., 0], shares(known, z[..., 1])
    wobbles = _wobbles(z[..., 2 : 3 + len(cell)], one.days, known["wobble_sd"], value.measuring.wobble_days)
    raters = every.rater[cell[0]] * z[..., 3 + len(cell) :]
    first = every.start[cell[0]] + differs + wobbles[0] + raters[..., 0] + every.inflation[cell[0]]
    found = []
    for k, c in enumerate(cell):
        drug = every.start[c] * share * every.relieved[c][:, None]
        own = differs + wobbles[k + 1] + raters[..., k + 1]
        found.append(jnp.maximum((own[..., None] + every.drugless[c]) - drug[..., None] * every.left[c], 0.0))
    return found, first[..., None]


def _wobbles(z: Array, days: Floats, sd: Array, forget: float) -> list[Array]:
    gaps = np.diff(np.concatenate([[0.0], days]))
    found = [z[..., 0]]
    for k, gap in enumerate(gaps):
        kept = np.exp(-gap / forget)
        found.append(kept * found[-1] + np.sqrt(1.0 - kept**2) * z[..., k + 1])
    return [sd * w for w in found]
