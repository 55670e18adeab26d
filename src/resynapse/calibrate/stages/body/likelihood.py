"""How likely the rows are, given scores: KPK-1's answers, study effects, misfits of curves, spreads between people.

Scores are standard normal: values first, then spreads, then how far studies differ, how far curves are missed, and one
effect for each study and substance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from ...inference.observed import normal
from ...inference.prior import Lognormal, values_at
from . import told
from .evidence import Evidence
from .predicted import answers

Floats = NDArray[np.float64]
Predict = Callable[[Array], Array]
_STEP = 0.02
_HNK = "hnk"
STUDIES, CURVES = "between studies", "misfit of curves"


@dataclass(frozen=True)
class Slopes:
    """How far people lie apart in each row with a printed SD: variance = `own` @ squared spreads + `rest`."""

    own: Floats
    rest: Floats


@dataclass(frozen=True)
class Posed:
    """The whole question: rows, what answers them, and how people's differences reach the answers.

    **Arguments:** `predict` takes scores of the values and gives the logarithms of the answers to `evidence.rows`.
    """

    evidence: Evidence
    predict: Predict
    slopes: Slopes

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all scores, in order."""
        spreads = [f"spread.{group[0]}" for group in told.spreads()]
        return (*told.laws(), *spreads, STUDIES, CURVES, *self.evidence.effects)

    @cached_property
    def _reach(self) -> Floats:
        """Rows x effects: with which sign a study's effect moves a row."""
        found = np.zeros((len(self.evidence.rows), len(self.evidence.effects)))
        for k, row in enumerate(self.evidence.rows):
            for name, sign in row.effects:
                found[k, self.evidence.effects.index(name)] += sign
        return found

    @cached_property
    def _sizes(self) -> tuple[Floats, Floats]:
        """Which effects follow the fitted difference between studies, and the fixed size of the others (HNK)."""
        fixed = np.array(
            [told.setting("study", "hnk_sd") * name.endswith(f" {_HNK}") for name in self.evidence.effects]
        )
        return (fixed == 0).astype(float), fixed

    def effects(self, z: Array) -> Array:
        """Study effects on logarithms."""
        free, fixed = self._sizes
        return jnp.asarray((free * self.between(z) + fixed) * z[..., -len(free) :])

    def between(self, z: Array) -> Array:
        """The standard deviation between studies (logarithm)."""
        return _law("study", z[..., self._first + len(told.spreads())])[..., None]

    def sizes(self, z: Floats) -> dict[str, float]:
        """How far studies differ and how far curves are missed: means over scores (points x scores)."""
        after = self._first + len(told.spreads())
        between, curves = (_law(group, jnp.asarray(z[:, after + k])) for k, group in enumerate(("study", "curve")))
        found = {"between_studies": between, "misfit_of_curves": curves}
        return {name: round(float(v.mean()), 4) for name, v in found.items()}

    @property
    def _first(self) -> int:
        return len(told.laws())

    def log_likelihood(self, z: Array) -> Array:
        """Log-likelihood of all rows."""
        return self.answered(self.predict(z[: self._first]), z)

    def answered(self, answers: Array, z: Array) -> Array:
        """Log-likelihood of all rows for given answers (logarithms)."""
        answered = answers + self._reach @ self.effects(z)
        return self._single(answered) + self._courses(answered, z) + self._scatter(z)

    def _single(self, answered: Array) -> Array:
        rows = self.evidence.single
        wanted = np.log([r.seen.value for r in rows])
        return normal(wanted, answered[: len(rows)], np.array([r.seen.sd for r in rows])).sum()  # type: ignore[arg-type]

    def _courses(self, answered: Array, z: Array) -> Array:
        sd = _law("curve", z[self._first + len(told.spreads()) + 1])
        start, total = len(self.evidence.single), jnp.zeros(())
        for course in self.evidence.courses:
            total = total + course.seen.log_density(answered[start : start + len(course.rows)], sd)
            start += len(course.rows)
        return total

    def _scatter(self, z: Array) -> Array:
        laws = told.spreads().values()
        scores = z[self._first : self._first + len(laws)]
        omegas = jnp.array([law.middle for law in laws]) * jnp.exp(jnp.array([law.sd for law in laws]) * scores)
        predicted = jnp.sqrt(self.slopes.own @ omegas**2 + self.slopes.rest)
        seen = [r.scatter for r in self.evidence.single if r.scatter]
        return sum((s.log_density(predicted[k]) for k, s in enumerate(seen)), jnp.zeros(()))


def exact(evidence: Evidence) -> Callable[[Floats], Floats]:
    """The rows' answers (points x rows, logarithms) at scores of the values, by the exact solver."""
    asked = [r.asked for r in evidence.rows]
    return lambda z: answers(asked, values_at(told.laws(), np.asarray(z), told.chain()))


def slopes(evidence: Evidence, z: Floats) -> Slopes:
    """How people's differences reach the rows with a printed SD, at scores of the values (one point).

    Linear: a person's logarithm of a peak is the typical one plus slopes times the person's own deviations.
    """
    rows = [r for r in evidence.single if r.scatter]
    addresses = [a for group in told.spreads() for a in group]
    values = values_at(told.laws(), z[None], told.chain())
    middle = {a: float(v[0]) for a, v in values.items()} | {
        "body.weight": float(told.chain().parameters["body.weight"])
    }
    moved = [*addresses, "body.weight"]
    people = {a: np.full(2 * len(moved), m) for a, m in middle.items()}
    for k, address in enumerate(moved):
        people[address][2 * k : 2 * k + 2] *= np.exp([_STEP, -_STEP])
    found = answers([r.asked for r in rows], people)
    slope = ((found[::2] - found[1::2]) / (2 * _STEP)).T
    rest = (slope[:, -1] * told.setting("spread", "weight_sd")) ** 2 + told.setting("spread", "assay_sd") ** 2
    return Slopes(_own(slope, addresses), rest)


def _own(slope: Floats, addresses: list[str]) -> Floats:
    """Squared slopes by group; S and R of one enzyme go together."""
    together, columns = told.setting("spread", "together"), []
    for group in told.spreads():
        own = slope[:, [addresses.index(a) for a in group]]
        crossed = own.sum(axis=1) ** 2 - (own**2).sum(axis=1)
        columns.append((own**2).sum(axis=1) + together * crossed)
    return np.stack(columns, axis=1)


def _law(group: str, score: Array) -> Array:
    law = Lognormal(told.setting(group, "middle"), told.setting(group, "sd"))
    return law.middle * jnp.exp(law.sd * score)
