r"""Covariances between visits: unstructured, and three with one variance a visit and a pattern of correlation.

A structure maps its parameters $\theta$ to $\Sigma(\theta)$ and gives first and second derivatives. Parameters are
those of Kenward and Roger's formulas as SAS uses them: covariances where nothing is assumed, else one variance a visit
and correlations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Covariance(Protocol):
    """A pattern of variances and correlations between visits."""

    name: ClassVar[str]

    def size(self, visits: int) -> int:
        """How many parameters it has."""
        ...

    def unseen(self, together: NDArray[np.intp]) -> bool:
        """Whether some parameter cannot be told from the data, given how many people came to both of two visits."""
        ...

    def start(self, covariance: Floats) -> Floats:
        """Parameters to begin with, from moments of residuals."""
        ...

    def matrix(self, theta: Floats) -> Floats:
        """The covariance between visits."""
        ...

    def slopes(self, theta: Floats) -> Floats:
        """First derivatives: parameter, visit, visit."""
        ...

    def bends(self, theta: Floats) -> Floats | None:
        """Second derivatives: parameter, parameter, visit, visit; `None` where all are zero."""
        ...


@dataclass(frozen=True)
class Unstructured:
    """Every variance and covariance is free; the parameters are these themselves."""

    name: ClassVar[str] = "unstructured"

    def size(self, visits: int) -> int:
        return visits * (visits + 1) // 2

    def unseen(self, together: NDArray[np.intp]) -> bool:
        return bool((together == 0).any())

    def start(self, covariance: Floats) -> Floats:
        return covariance[np.tril_indices(len(covariance))]

    def matrix(self, theta: Floats) -> Floats:
        visits = _visits(theta.size)
        lower = np.zeros((visits, visits))
        lower[np.tril_indices(visits)] = theta
        return lower + np.tril(lower, -1).T

    def slopes(self, theta: Floats) -> Floats:
        rows, columns = np.tril_indices(_visits(theta.size))
        units = np.zeros((theta.size, _visits(theta.size), _visits(theta.size)))
        which = np.arange(theta.size)
        units[which, rows, columns] = 1.0
        units[which, columns, rows] = 1.0
        return units

    def bends(self, theta: Floats) -> Floats | None:
        return None


class _Heterogeneous:
    r"""One variance a visit; correlations hang on few numbers: $\Sigma_{st} = \sqrt{v_s v_t}\, r_{st}(\rho)$."""

    def size(self, visits: int) -> int:
        return visits + self._free(visits)

    def start(self, covariance: Floats) -> Floats:
        variances = np.diag(covariance)
        correlation = covariance / np.sqrt(np.outer(variances, variances))
        rho = self._first(correlation)
        while not _positive(self._correlation(rho, len(variances))):
            rho = 0.8 * rho
        return np.concatenate([variances, rho])

    def matrix(self, theta: Floats) -> Floats:
        variances, rho = self._parts(theta)
        if (variances <= 0.0).any():
            return np.full((len(variances), len(variances)), np.nan)
        sds = np.sqrt(variances)
        return np.outer(sds, sds) * self._correlation(rho, len(sds))

    def slopes(self, theta: Floats) -> Floats:
        variances, rho = self._parts(theta)
        sds = np.sqrt(variances)
        by_variance = self._scaled(theta, 0.5 / variances)
        by_rho = np.outer(sds, sds) * self._correlation_slopes(rho, len(sds))
        return np.concatenate([by_variance, by_rho])

    def bends(self, theta: Floats) -> Floats | None:
        variances, rho = self._parts(theta)
        visits, sds = len(variances), np.sqrt(variances)
        half = 0.5 / variances
        outer = np.outer(sds, sds)
        second = np.zeros((theta.size, theta.size, visits, visits))
        ends = _ends(visits)
        relative = half[:, None, None] * ends
        products = relative[:, None] * relative[None, :]
        own = np.arange(visits)
        products[own, own] -= 0.5 * (1.0 / variances**2)[:, None, None] * ends
        second[:visits, :visits] = products * self.matrix(theta)
        mixed = relative[:, None] * (outer * self._correlation_slopes(rho, visits))[None, :]
        second[:visits, visits:] = mixed
        second[visits:, :visits] = mixed.transpose(1, 0, 2, 3)
        second[visits:, visits:] = outer * self._correlation_bends(rho, visits)
        return second

    def _scaled(self, theta: Floats, factors: Floats) -> Floats:
        return factors[:, None, None] * _ends(len(factors)) * self.matrix(theta)

    def _parts(self, theta: Floats) -> tuple[Floats, Floats]:
        visits = next(v for v in range(1, theta.size + 1) if self.size(v) == theta.size)
        return theta[:visits], theta[visits:]

    def _free(self, visits: int) -> int:
        return 1 if visits > 1 else 0

    def _first(self, correlation: Floats) -> Floats:
        raise NotImplementedError

    def _correlation(self, rho: Floats, visits: int) -> Floats:
        raise NotImplementedError

    def _correlation_slopes(self, rho: Floats, visits: int) -> Floats:
        raise NotImplementedError

    def _correlation_bends(self, rho: Floats, visits: int) -> Floats:
        return np.zeros((rho.size, rho.size, visits, visits))


@dataclass(frozen=True)
class HeterogeneousToeplitz(_Heterogeneous):
    """One variance a visit and one correlation for each number of visits between two."""

    name: ClassVar[str] = "heterogeneous Toeplitz"

    def unseen(self, together: NDArray[np.intp]) -> bool:
        return any(np.trace(together, lag) == 0 for lag in range(len(together)))

    def _free(self, visits: int) -> int:
        return visits - 1

    def _first(self, correlation: Floats) -> Floats:
        return np.array([np.diagonal(correlation, lag).mean() for lag in range(1, len(correlation))])

    def _correlation(self, rho: Floats, visits: int) -> Floats:
        return np.concatenate([[1.0], rho])[_lags(visits)]

    def _correlation_slopes(self, rho: Floats, visits: int) -> Floats:
        lags = np.arange(1, visits)
        return (_lags(visits)[None] == lags[:, None, None]).astype(np.float64)


@dataclass(frozen=True)
class HeterogeneousAutoregressive(_Heterogeneous):
    """One variance a visit and a correlation that falls by the same factor from visit to visit."""

    name: ClassVar[str] = "heterogeneous AR(1)"

    def unseen(self, together: NDArray[np.intp]) -> bool:
        return bool((np.diag(together) == 0).any()) or _never_paired(together)

    def _first(self, correlation: Floats) -> Floats:
        return np.diagonal(correlation, 1).mean()[None] if len(correlation) > 1 else np.empty(0)

    def _correlation(self, rho: Floats, visits: int) -> Floats:
        return np.asarray(_only(rho) ** _lags(visits), np.float64)

    def _correlation_slopes(self, rho: Floats, visits: int) -> Floats:
        lags = _lags(visits)
        return (lags * _only(rho) ** np.maximum(lags - 1, 0))[None][: rho.size]

    def _correlation_bends(self, rho: Floats, visits: int) -> Floats:
        lags = _lags(visits)
        return (lags * (lags - 1) * _only(rho) ** np.maximum(lags - 2, 0))[None, None][: rho.size]


@dataclass(frozen=True)
class HeterogeneousCompoundSymmetry(_Heterogeneous):
    """One variance a visit and the same correlation between any two visits."""

    name: ClassVar[str] = "heterogeneous compound symmetry"

    def unseen(self, together: NDArray[np.intp]) -> bool:
        return bool((np.diag(together) == 0).any()) or _never_paired(together)

    def _first(self, correlation: Floats) -> Floats:
        above = correlation[np.triu_indices(len(correlation), 1)]
        return above.mean()[None] if above.size else np.empty(0)

    def _correlation(self, rho: Floats, visits: int) -> Floats:
        return np.eye(visits) + _only(rho) * (1.0 - np.eye(visits))

    def _correlation_slopes(self, rho: Floats, visits: int) -> Floats:
        return (1.0 - np.eye(visits))[None][: rho.size]


def _lags(visits: int) -> NDArray[np.intp]:
    order = np.arange(visits)
    return np.abs(order[:, None] - order[None, :])


def _ends(visits: int) -> Floats:
    """For each visit, how often it is an end of a pair: 0, 1, or 2 on its own diagonal."""
    own = np.eye(visits)
    return own[:, :, None] + own[:, None, :]


def _only(rho: Floats) -> float:
    return float(rho[0]) if rho.size else 0.0


def _never_paired(together: NDArray[np.intp]) -> bool:
    return len(together) > 1 and not together[np.triu_indices(len(together), 1)].any()


def _visits(covariances: int) -> int:
    return int((np.sqrt(8 * covariances + 1) - 1) / 2)


def _positive(matrix: Floats) -> bool:
    return bool(np.linalg.eigvalsh(matrix)[0] > 1e-3)
