"""The rows as something that reads them off scores: which cells each row looks at, and how likely it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from ....trial.score import Values
from .arms import RELAPSE, Evidence, Row
from .cells import Cells
from .relapsed import Relapse, relapse, relapsing
from .scored import Known, Scores, Studies, scores
from .surrogate import BINS

Floats = NDArray[np.float64]
_NEVER = 1e-6


@dataclass(frozen=True)
class Sheet:
    """Arms, cells and rows, and where among flat reliefs each cell finds its own.

    **Arguments:** `index` (cells x bins); `value` are values of the measured score that are not fitted.
    """

    told: Evidence
    at: Cells
    index: NDArray[np.int64]
    value: Values

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows, in the order of their predictions."""
        return self.told.rows

    def scores(self, reliefs: Array, known: Known, studies: Studies) -> Scores:
        """Scores of every cell, from flat reliefs and values of the measured score."""
        return scores(self.at, reliefs[self.index], known, studies, self.value)

    def read(self, found: Scores, known: Known) -> Array:
        """What each row should show."""
        level, spread = found.level(), found.spread()
        reader = {kind: jnp.asarray(matrix) for kind, matrix in self._reader.items()}
        made = reader["level"] @ level + reader["change"] @ (level - found.rated) + reader["spread"] @ spread
        made = made + reader["response"] @ found.response()
        cells, below, mean = self._remissions
        made = made + jnp.asarray(mean) @ found.only(cells).at_most(jnp.asarray(below))
        both = jnp.sqrt(jnp.maximum(reader["pooled"] @ spread**2, 1e-9))
        made = made / jnp.where(self._scaled, both, 1.0)
        for row, one in self._relapses.items():
            made = made.at[row].set(relapsing(one, found, known, self.value)[-1])
        return made

    def log_rows(self, mean: Array, seen: Array | None = None) -> Array:
        """The log likelihood of each row given its prediction, its weight included; 0 where it is met exactly.

        **Arguments:** `seen` are other numbers than those on file (rows), for invented data.
        """
        value = jnp.asarray(self._value) if seen is None else seen
        plain = -0.5 * ((mean - value) / self._sd) ** 2
        counted = self._n * (_crossed(value, mean) - _crossed(value, value))
        return jnp.asarray(self._weight) * jnp.where(self._counted, counted, plain)

    @cached_property
    def _reader(self) -> dict[str, Floats]:
        """Matrices (rows x cells) that read rows from what cells show."""
        kinds = ("level", "change", "spread", "response", "pooled")
        found = {kind: np.zeros((len(self.rows), len(self.at))) for kind in kinds}
        for k, (row, places) in enumerate(zip(self.rows, self._places, strict=True)):
            if row.reads in ("difference", "cohen_d"):
                found["change"][k, list(places)] = 1.0, -1.0
                found["pooled"][k, list(places)] = 0.5
            elif row.reads in found:
                np.add.at(found[row.reads][k], list(places), 1.0 / len(places))
        return found

    @cached_property
    def _scaled(self) -> NDArray[np.bool_]:
        return np.array([r.reads == "cohen_d" for r in self.rows])

    @cached_property
    def _remissions(self) -> tuple[NDArray[np.int64], Floats, Floats]:
        """Cells whose remission is read, its thresholds, and the matrix (rows x these cells) of means."""
        wanted = [(k, p, len(q)) for k, q in enumerate(self._places) for p in q if self.rows[k].reads == "remission"]
        mean = np.zeros((len(self.rows), len(wanted)))
        for column, (k, _, size) in enumerate(wanted):
            mean[k, column] = 1.0 / size
        below = np.array([self.rows[k].below for k, _, _ in wanted])
        return np.array([p for _, p, _ in wanted], dtype=np.int64), below, mean

    @cached_property
    def _places(self) -> tuple[tuple[int, ...], ...]:
        arms = [(*r.arms, *((r.against,) if r.against else ())) for r in self.rows]
        return tuple(
            tuple(self.at.place(r.study, a, r.day) for a in own) for r, own in zip(self.rows, arms, strict=True)
        )

    @cached_property
    def _relapses(self) -> dict[int, Relapse]:
        return {k: relapse(r, self.at, BINS) for k, r in enumerate(self.rows) if r.reads in RELAPSE}

    @cached_property
    def _value(self) -> Floats:
        return np.array([r.value for r in self.rows])

    @cached_property
    def _sd(self) -> Floats:
        return np.array([r.sd or 1.0 for r in self.rows])

    @cached_property
    def _n(self) -> Floats:
        return np.array([r.n for r in self.rows])

    @cached_property
    def _weight(self) -> Floats:
        return np.array([r.weight for r in self.rows])

    @cached_property
    def _counted(self) -> NDArray[np.bool_]:
        return np.array([r.counted for r in self.rows])


def _crossed(seen: Array, mean: Array) -> Array:
    """The mean log likelihood of one person when this share was seen and that one was predicted."""
    share = jnp.clip(mean, _NEVER, 1.0 - _NEVER)
    return seen * jnp.log(share) + (1.0 - seen) * jnp.log1p(-share)
