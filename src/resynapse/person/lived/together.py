"""How failures hang together within a person: two courses, two outcomes, one fourfold table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtri
from scipy.stats import multivariate_normal

from ...core.errors import RequestError

Flags = NDArray[np.bool_]
Counts = NDArray[np.float64]
_DRAWS = 200
_EDGE = 0.999


@dataclass(frozen=True)
class Estimate:
    """A number and its Monte-Carlo standard error."""

    value: float
    error: float

    def __str__(self) -> str:
        return f"{self.value:.2f} (SE {self.error:.2f})"


@dataclass(frozen=True)
class Together:
    """How the failure of a first course goes with that of a second.

    **Arguments:** `people` had both courses; `first` and `second` are the shares that failed, `both` that failed twice,
    `apart` what it would be if failures had nothing to do with one another; `phi` is the correlation of the two
    outcomes, `tetrachoric` that of the normal traits behind them.
    """

    people: int
    first: Estimate
    second: Estimate
    both: Estimate
    apart: float
    phi: Estimate
    tetrachoric: Estimate


def together(first: Flags, second: Flags) -> Together:
    """The correlation of two outcomes of the same people, with errors from redrawing the fourfold table.

    **Raises:** `RequestError` when everybody fails or nobody does, so that there is nothing to correlate.
    """
    table = fourfold(first, second)
    n = len(first)
    if n < 2 or min(table.sum(axis=0).min(), table.sum(axis=1).min()) == 0:
        raise RequestError(
            "nothing to correlate: all of these people failed a course, or none did", given=f"{n} people"
        )
    rng = np.random.default_rng(0)
    again = rng.multinomial(n, (table / n).ravel(), _DRAWS).reshape(-1, 2, 2).astype(np.float64)
    fits = again[(again.sum(axis=1).min(axis=1) > 0) & (again.sum(axis=2).min(axis=1) > 0)]
    spread = [float(np.std([of(t) for t in fits], ddof=1)) for of in (phi, tetrachoric)]
    return Together(
        n,
        share(first),
        share(second),
        share(first & second),
        float(first.mean() * second.mean()),
        Estimate(phi(table), spread[0]),
        Estimate(tetrachoric(table), spread[1]),
    )


def share(flags: Flags) -> Estimate:
    """A share of people, with its binomial error; nobody at all gives no number."""
    if not len(flags):
        return Estimate(float("nan"), float("nan"))
    p = float(flags.mean())
    return Estimate(p, float(np.sqrt(p * (1.0 - p) / len(flags))))


def fourfold(first: Flags, second: Flags) -> Counts:
    """Counts of people by first (rows: no, yes) and second outcome."""
    cells = [[(~first & ~second).sum(), (~first & second).sum()], [(first & ~second).sum(), (first & second).sum()]]
    return np.array(cells, dtype=np.float64)


def phi(table: Counts) -> float:
    """The correlation of two yes-or-no outcomes."""
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    return float((table[0, 0] * table[1, 1] - table[0, 1] * table[1, 0]) / np.sqrt(rows.prod() * columns.prod()))


def tetrachoric(table: Counts) -> float:
    """The correlation of two normal traits that, cut where the margins say, gives the table.

    An empty cell is counted as half a person.
    """
    filled = np.where(table > 0, table, 0.5)
    n = filled.sum()
    cut = [float(ndtri(filled[1].sum() / n)), float(ndtri(filled[:, 1].sum() / n))]
    wanted = float(filled[1, 1] / n)
    edges = [_both(cut, r) - wanted for r in (-_EDGE, _EDGE)]
    if edges[0] >= 0.0 or edges[1] <= 0.0:
        return -_EDGE if edges[0] >= 0.0 else _EDGE
    return float(brentq(lambda r: _both(cut, r) - wanted, -_EDGE, _EDGE, xtol=1e-4))


def _both(cut: list[float], correlation: float) -> float:
    """The chance that both of two correlated standard normal numbers lie below their cuts."""
    return float(multivariate_normal.cdf(cut, cov=[[1.0, correlation], [correlation, 1.0]]))
