"""The stage as one density: normal scores in, how likely the build rows are out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from ....trial.score import Values
from .arms import RELAPSE, Evidence, Row
from .cells import Cells
from .laws import Simple, chances, laws
from .relapsed import Relapse, relapse, relapsing
from .scored import Scores, Studies, no_studies, scores
from .surrogate import BINS, Surrogate

Floats = NDArray[np.float64]
_NEVER = 1e-6
_EARLY, _LATE = 6.0, 20.0
KINDS = ("change", "level", "spread", "response", "remission", "difference", "cohen_d", *RELAPSE)


@dataclass(frozen=True)
class Posed:
    """The stage's question: a surrogate, cells, rows, and values of the score that are not fitted.

    Scores (a vector) stand in this order: values of the chain and spreads, values of the measured score, and for each
    study an early shift, a late shift and a strength.
    """

    surrogate: Surrogate
    told: Evidence
    at: Cells
    value: Values

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The rows, in the order of their predictions."""
        return self.told.rows

    @cached_property
    def score_laws(self) -> Mapping[str, Simple]:
        """Laws of the values of the measured score."""
        return laws().score

    @property
    def own(self) -> int:
        """How many scores belong to the chain and its spreads."""
        return len(self.surrogate.asked.addresses)

    @property
    def size(self) -> int:
        """How many scores there are."""
        return self.own + len(self.score_laws) + sum(len(k) for k in self._shared)

    @property
    def names(self) -> tuple[str, ...]:
        """What each score is of."""
        kinds = zip(("early", "late", "strength"), self._shared, strict=True)
        shared = [f"{kind}.{self.told.studies[s]}" for kind, own in kinds for s in own]
        return (*self.surrogate.asked.addresses, *self.score_laws, *shared)

    def known(self, z: Array) -> dict[str, Any]:
        """Values of the measured score, at all scores."""
        chance = chances(z[self.own : self.own + len(self.score_laws)])
        return {name: law.quantile(chance[k]) for k, (name, law) in enumerate(self.score_laws.items())}

    def studies(self, z: Array, known: Mapping[str, Any]) -> Studies:
        """What each study shares."""
        early, late, strength = self._effects(z[self.own + len(self.score_laws) :])
        factor = jnp.maximum(1.0 + known["drug_sd"] * strength, 0.05)
        return Studies(known["day1_sd"] * early, known["day28_sd"] * late, factor)

    def scores(self, z: Array, reliefs: Array, typical: bool = False) -> tuple[Scores, dict[str, Any]]:
        """Scores of every cell and the fitted values of the score, from reliefs (flat, as the surrogate gives them).

        With `typical`, every study is like the mean of all studies.
        """
        known = self.known(z)
        shared = no_studies(len(self.told.studies)) if typical else self.studies(z, known)
        return scores(self.at, reliefs[self._index], known, shared, self.value), known

    def relieved(self, z: Array) -> Array:
        """Reliefs by the surrogate, flat, at all scores."""
        return self.surrogate(z[: self.own])

    def predicted(self, z: Array, reliefs: Array, typical: bool = False) -> Array:
        """What each row should show."""
        return self._read(*self.scores(z, reliefs, typical))

    def log_rows(self, z: Array, reliefs: Array) -> Array:
        """The log likelihood of each row, its weight included."""
        mean = self.predicted(z, reliefs)
        plain = -0.5 * ((mean - self._value) / self._sd) ** 2
        share = jnp.clip(mean, _NEVER, 1.0 - _NEVER)
        counted = self._n * (self._value * jnp.log(share) + (1.0 - self._value) * jnp.log1p(-share))
        return self._weight * jnp.where(self._counted, counted - self._best, plain)

    def log_density(self, z: Array) -> Array:
        """The logarithm of prior times likelihood, by the surrogate."""
        return -0.5 * (z**2).sum() + self.log_likelihood(z)

    def log_likelihood(self, z: Array) -> Array:
        """The logarithm of the likelihood, by the surrogate."""
        return self.log_rows(z, self.relieved(z)).sum()

    def _read(self, found: Scores, known: Mapping[str, Any]) -> Array:
        level, spread = found.level(), found.spread()
        reader = self._reader
        made = reader["level"] @ level + reader["change"] @ (level - found.rated) + reader["spread"] @ spread
        made = made + reader["response"] @ found.response()
        cells, below, mean = self._remissions
        made = made + mean @ found.only(cells).at_most(jnp.asarray(below))
        both = jnp.sqrt(jnp.maximum(reader["pooled"] @ spread**2, 1e-9))
        made = made / jnp.where(self._scaled, both, 1.0)
        for row, one in self._relapses.items():
            made = made.at[row].set(relapsing(one, found, known, self.value)[-1])
        return made

    def _effects(self, z: Array) -> list[Array]:
        """Normal scores of every study by kind; 0 where its rows would not feel it."""
        ends = np.cumsum([len(own) for own in self._shared])
        parts = [z[e - len(own) : e] for e, own in zip(ends, self._shared, strict=True)]
        nothing = jnp.zeros(len(self.told.studies))
        return [nothing.at[own].set(part) for own, part in zip(self._shared, parts, strict=True)]

    @cached_property
    def _shared(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """The places of studies with an early shift, a late shift, and a strength of their own."""
        drug = np.array([bool(r) for r in self.at.regimen])
        early, late = self.at.day < _LATE, self.at.day > _EARLY
        return tuple(np.unique(self.at.study[flag]) for flag in (early, late, drug))  # type: ignore[return-value]

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

    def index_of(self, study: str, arm: str, day: float) -> NDArray[np.int64]:
        """Where the reliefs of an arm at a day stand, whether or not a row reads it then."""
        regimen = self.told.arms[study, arm].regimen
        return self.surrogate.index(regimen, self.told.days(regimen).index(day) - 1)

    @cached_property
    def _index(self) -> NDArray[np.int64]:
        looks = zip(self.at.regimen, self.at.look, strict=True)
        return np.stack([self.surrogate.index(regimen, look) for regimen, look in looks])

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

    @cached_property
    def _best(self) -> Floats:
        """What a share's likelihood is at best, so that it counts like a number that is met exactly."""
        p = np.clip(self._value, _NEVER, 1.0 - _NEVER)
        return np.where(self._counted, self._n * (p * np.log(p) + (1.0 - p) * np.log1p(-p)), 0.0)
