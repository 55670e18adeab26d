"""How much of an effect runs through something felt on the way, such as dissociation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

from ...core.errors import RequestError
from .data import Floats, Outcome, compared, count, covariate
from .effects import columns_of
from .estimate import Account, Estimate, two_sided
from .moments import Design, gather

_PATHS = ("indirect", "direct", "total")


@dataclass(frozen=True)
class Mediation:
    """Effect on an outcome through a mediator, and past it, by two linear models and people drawn anew.

    The cause is `treatment` against `control`, or, where `cause` names a covariate, one unit of it (exposure). With
    `confounders=("exposure",)` the mediator is compared among people of like exposure. Percentiles are widened for the
    number of people as Student's t is.

    **Arguments:** `draws` is the number of bootstrap samples, within arms; `seed` makes them repeatable.

    **Raises:** `RequestError` for unknown names, a singular design, fewer than 200 draws, or a sample of the bootstrap
    in which a path cannot be estimated.

    **Source:** `preacher2008`, `hesterberg2015` for the percentiles, `imai2010` for what has to hold.
    """

    treatment: str
    control: str
    mediator: str
    cause: str | None = None
    confounders: tuple[str, ...] = ()
    draws: int = 2000
    seed: int = 0
    level: float = 0.95

    def analyse(self, data: Outcome) -> Estimate:
        """The indirect effect: what the cause does to the mediator, times what that does to the outcome."""
        return self.paths(data)["indirect"]

    def paths(self, data: Outcome) -> dict[str, Estimate]:
        """The indirect, the direct and the total effect."""
        compared(data.arm, self.treatment, self.control)
        if self.draws < 200:
            raise RequestError("too few bootstrap samples for an interval", given=self.draws, allowed="200 or more")
        two = data.of(self.treatment, self.control)
        table = self._table(two)
        ones = np.ones((1, len(table)))
        found, drawn = _effects(table, ones)[0], _effects(table, self._weights(two))
        return {path: self._told(two, path, found[k], drawn[:, k]) for k, path in enumerate(_PATHS)}

    def _table(self, data: Outcome) -> Floats:
        """Columns: intercept, confounders, cause, mediator, outcome."""
        cause = (data.arm == self.treatment) if self.cause is None else covariate(data.covariates, self.cause)
        others = columns_of(data.covariates, self.confounders)
        mediator = covariate(data.covariates, self.mediator).astype(np.float64)
        names = ("intercept", *others, self.cause or self.treatment, self.mediator)
        columns = np.column_stack([np.ones(len(cause)), *others.values(), np.asarray(cause, np.float64), mediator])
        gather(Design(names, columns[:, None]), data.value[:, None])
        return np.column_stack([columns, data.value])

    def _weights(self, data: Outcome) -> Floats:
        """How often each person is drawn, a row a sample, within arms."""
        chance = np.random.default_rng(self.seed)
        weights = np.zeros((self.draws, data.arm.size))
        for arm in (self.treatment, self.control):
            here = np.flatnonzero(data.arm == arm)
            weights[:, here] = chance.multinomial(here.size, np.full(here.size, 1.0 / here.size), size=self.draws)
        return weights

    def _told(self, data: Outcome, path: str, found: float, drawn: Floats) -> Estimate:
        widening, free = self._widening(data)
        tail = float(ndtr(-widening * stdtrit(free, 0.5 + self.level / 2.0)))
        low, high = np.quantile(drawn, [tail, 1.0 - tail])
        wrong = min((drawn <= 0.0).sum(), (drawn >= 0.0).sum())
        deviate = float(ndtri(min(0.5, (wrong + 1.0) / (self.draws + 1.0))))
        cause = f"{self.treatment} against {self.control}" if self.cause is None else f"one unit of {self.cause}"
        given = f", given {', '.join(self.confounders)}" if self.confounders else ""
        method = f"mediation by linear models{given}, {self.draws} bootstrap samples, expanded percentiles"
        words = (f"{path} effect of {cause} through {self.mediator}", method)
        account = Account(*words, _ASSUMED, count(data.arm), self.level)
        p = two_sided(deviate / widening, free)
        return account.given(float(found), float(drawn.std(ddof=1)), np.inf, (low, high), p)

    def _widening(self, data: Outcome) -> tuple[float, float]:
        """How much too narrow bootstrap percentiles are among few people, and the degrees of freedom that are left."""
        people = data.arm.size
        free = people - 3 - len(columns_of(data.covariates, self.confounders))
        return float(np.sqrt(people / free)), float(free)


def _effects(table: Floats, weights: Floats) -> Floats:
    """Indirect, direct and total effect for each row of weights."""
    columns = table.shape[1]
    pairs = (table[:, :, None] * table[:, None, :]).reshape(len(table), -1)
    sums = (weights @ pairs).reshape(-1, columns, columns)
    before, after = slice(0, columns - 2), slice(0, columns - 1)
    try:
        on_mediator = np.linalg.solve(sums[:, before, before], sums[:, before, -2, None])[:, -1, 0]
        on_outcome = np.linalg.solve(sums[:, after, after], sums[:, after, -1, None])[..., 0]
    except np.linalg.LinAlgError as failure:
        then = "take more people, or fewer confounders"
        raise RequestError("a bootstrap sample leaves a path undetermined", then=then) from failure
    indirect, direct = on_mediator * on_outcome[:, -1], on_outcome[:, -2]
    return np.column_stack([indirect, direct, indirect + direct])


_ASSUMED = (
    "nothing unmeasured moves both the mediator and the outcome, nor the cause and either of them",
    "no confounder is itself moved by the cause through an unmeasured way to the outcome",
    "effects are linear, and the mediator's is the same whatever the cause",
)
