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
from .arms import Evidence, Row
from .cells import Cells
from .laws import Simple, chances, laws
from .scored import Scores, Studies, no_studies
from .sheet import Sheet
from .surrogate import Surrogate

Floats = NDArray[np.float64]
_EARLY, _LATE = 6.0, 20.0


@dataclass(frozen=True)
class Posed:
    """The stage's question: a surrogate, cells, rows, and values of the score that are not fitted.

    Scores (a vector) stand in this order: values of the chain and spreads, values of the measured score, and of studies
    early shifts, late shifts and strengths, as far as their rows would feel them.
    """

    surrogate: Surrogate
    told: Evidence
    at: Cells
    value: Values

    @cached_property
    def sheet(self) -> Sheet:
        """What reads the rows."""
        looks = zip(self.at.regimen, self.at.look, strict=True)
        index = np.stack([self.surrogate.index(regimen, look) for regimen, look in looks])
        return Sheet(self.told, self.at, index, self.value)

    @property
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
        return self.sheet.scores(reliefs, known, shared), known

    def relieved(self, z: Array) -> Array:
        """Reliefs by the surrogate, flat, at all scores."""
        return self.surrogate(z[: self.own])

    def predicted(self, z: Array, reliefs: Array, typical: bool = False) -> Array:
        """What each row should show."""
        return self.sheet.read(*self.scores(z, reliefs, typical))

    def log_rows(self, z: Array, reliefs: Array) -> Array:
        """The log likelihood of each row, its weight included."""
        return self.sheet.log_rows(self.predicted(z, reliefs))

    def log_density(self, z: Array) -> Array:
        """The logarithm of prior times likelihood, by the surrogate."""
        return -0.5 * (z**2).sum() + self.log_likelihood(z)

    def log_likelihood(self, z: Array) -> Array:
        """The logarithm of the likelihood, by the surrogate."""
        return self.log_rows(z, self.relieved(z)).sum()

    def index_of(self, study: str, arm: str, day: float) -> NDArray[np.int64]:
        """Where the reliefs of an arm at a day stand, whether or not a row reads it then."""
        regimen = self.told.arms[study, arm].regimen
        return self.surrogate.index(regimen, self.told.days(regimen).index(day) - 1)

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
