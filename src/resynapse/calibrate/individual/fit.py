"""Fitting the people of a table, one by one, with what the theory knows of differences between people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from ...core.chain import Chain
from ...core.errors import SolveError
from ...core.variability import Residual
from ...dose import Person
from .case import Case, Predict, courses, simulated
from .gof import Residuals, npde, residuals
from .mode import Mode, laplace_evidence, most_likely
from .posterior import Posterior, posterior
from .question import Question
from .variability import Variability
from .vpc import Check, bins, check, corrected_check

Floats = NDArray[np.float64]
Tell = Callable[[str], None]
_BAND = (5.0, 50.0, 95.0)
_FEW = 200
_TINY = 1e-12


@dataclass(frozen=True)
class Chance:
    """How much is drawn at random: `draws` from every posterior and for every simulated table, from one `seed`."""

    draws: int = 1000
    seed: int = 0

    def keys(self, person: int) -> tuple[jax.Array, jax.Array]:
        """Two independent keys for one person, the same whoever else is in the table."""
        both = jax.random.split(jax.random.fold_in(jax.random.PRNGKey(self.seed), person))
        return both[0], both[1]


@dataclass(frozen=True)
class Bands:
    """Courses of the measured ports that a theory thinks possible: 5, 50 and 95 % at every time.

    **Arguments:** `times` (h); `before` and `after` the measurements have shape percentiles x times x ports; `typical`
    and `likely` are single courses (times x ports).
    """

    times: Floats
    before: Floats
    after: Floats
    typical: Floats
    likely: Floats


@dataclass(frozen=True)
class PersonFit:
    """One person, fitted.

    **Arguments:** `person`; `case` the question; `mode` the most likely person; `residuals`; `errors` of prediction
    (NPDE); `simulations` of the same design (draws x measurements); `bands`; `posterior` when it was asked for;
    `refused` says why there is none.
    """

    person: Person
    case: Case
    mode: Mode
    residuals: Residuals
    errors: Floats
    simulations: Floats = field(repr=False)
    bands: Bands = field(repr=False)
    posterior: Posterior | None = None
    refused: str | None = None

    @property
    def eta(self) -> Floats:
        """The most likely random effects."""
        return np.asarray(self.case.spread.root) @ self.mode.z

    @property
    def se(self) -> Floats:
        """Standard errors of the random effects, from the curvature at the mode."""
        root = np.asarray(self.case.spread.root)
        return np.sqrt(np.diag(root @ self.mode.covariance @ root.T))

    @property
    def shrinkage_variance(self) -> Floats:
        r"""Share of each variance between people that the measurements leave open: 1 means that they tell nothing.

        $(SE / \omega)^2$ of one person, a ratio of variances; shrinkage over people is on another scale (`population`).

        Source: Combes, Retout, Frey and Mentre 2013, doi 10.1007/s11095-013-1079-3.
        """
        return (self.se / np.maximum(self.case.spread.sd, _TINY)) ** 2

    @property
    def values(self) -> dict[str, float]:
        """The most likely parameter values by address."""
        return {a: float(v) for a, v in self.case.spread.values(jnp.asarray(self.mode.z)).items()}

    @property
    def log_evidence(self) -> float:
        """Log-probability of this person's measurements under the theory (Laplace)."""
        return laplace_evidence(self.case, self.mode)


@dataclass(frozen=True)
class TableFit:
    """Everybody of a table, fitted with one theory of the body."""

    body: str
    chain: Chain
    spread: Variability
    ports: tuple[str, ...]
    residuals: Mapping[str, Residual]
    people: tuple[PersonFit, ...]
    notes: tuple[str, ...]
    chance: Chance

    def checks(self, port: str) -> tuple[Check, Check]:
        """The visual predictive check of one port over everybody, and the prediction-corrected one.

        Time is counted from the start of each person's latest dose.
        """
        pools = [_pooled(p, self.ports.index(port)) for p in self.people]
        times, values, pred, simulations = (np.concatenate(parts, axis=-1) for parts in zip(*pools, strict=True))
        edges = bins(times)
        return check(times, values, simulations, edges), corrected_check(times, values, simulations, edges, pred)


def fit_people(question: Question, chance: Chance, full: bool, tell: Tell = lambda _: None) -> TableFit:
    """Fit everybody of a table: most likely parameters, residuals, simulations, and on demand the whole posterior.

    **Arguments:** `full` asks for the posterior of each person.

    **Raises:** `SolveError` naming the person whose parameters cannot be found; `RequestError` when the measurements
    cannot tell anything of this theory's differences between people.
    """
    cases = question.narrowed()
    people = []
    for i, (person, case) in enumerate(zip(question.people, cases, strict=True)):
        tell(f"fitting person {i + 1} of {len(cases)} with {question.theory.body}")
        try:
            people.append(_fitted(question, person, case, (i, chance, full)))
        except SolveError as failure:
            failure.where = f"person {person.id}"
            raise
    spread = question.spread.only(cases[0].spread.addresses)
    asked = (question.ports, question.residuals)
    theory = (question.theory.body, question.theory.chain)
    return TableFit(*theory, spread, *asked, tuple(people), question.notes, chance)


def _fitted(question: Question, person: Person, case: Case, how: tuple[int, Chance, bool]) -> PersonFit:
    i, chance, full = how
    mode = most_likely(case, chance.seed)
    simulations = np.asarray(simulated(case, chance.keys(i), chance.draws))
    drawn, refused = _drawn(case, mode, chance, i) if full else (None, None)
    predict, times = question.course(person)
    bands = _bands(case, predict, times, (mode, drawn, np.random.default_rng((chance.seed, i))))
    errors = npde(case, simulations)
    return PersonFit(
        person, case, mode, residuals(case, mode), errors, simulations[:, case.data.known], bands, drawn, refused
    )


def _drawn(case: Case, mode: Mode, chance: Chance, i: int) -> tuple[Posterior | None, str | None]:
    """The posterior, or the reason why its draws would mislead."""
    try:
        return posterior(case, mode, chance.draws, chance.seed + i), None
    except SolveError as failure:
        return None, f"{failure.what}: {failure.given}, allowed {failure.allowed}"


def _bands(
    case: Case, predict: Predict, times: Floats, found: tuple[Mode, Posterior | None, np.random.Generator]
) -> Bands:
    mode, drawn, chance = found
    size = case.spread.size
    before = chance.standard_normal((_FEW, size))
    near = mode.z + chance.standard_normal((_FEW, size)) @ np.linalg.cholesky(mode.covariance).T
    after = near if drawn is None else drawn.z[np.linspace(0, len(drawn.z) - 1, _FEW).astype(int)]
    every = np.concatenate([np.zeros((1, size)), mode.z[None], before, after])
    made = np.asarray(courses(predict, case.spread, jnp.asarray(every)))
    parts = (np.percentile(made[2 : 2 + _FEW], _BAND, axis=0), np.percentile(made[2 + _FEW :], _BAND, axis=0))
    return Bands(times, *parts, made[0], made[1])


def _pooled(fit: PersonFit, port: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Time after the latest dose, value (minus infinity below a limit), typical prediction, simulations of a port."""
    data = fit.case.data
    here = np.asarray(data.port)[data.known] == port
    time, value, below = (np.asarray(v)[data.known][here] for v in (data.time, data.value, data.below))
    starts = np.array([-np.inf, *(e.time_h for e in fit.person.events)])
    latest = np.array([starts[starts <= t].max() for t in time])
    after = time - np.where(np.isfinite(latest), latest, 0.0)
    return after, np.where(below, -np.inf, value), fit.residuals.pred[here], fit.simulations[:, here]
