"""Repeated scores boiled down to sums of products by pattern of missing visits, all that a likelihood needs of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import qr, solve_triangular

from ...core.errors import RequestError

Floats = NDArray[np.float64]
_RANK = 1e-9


@dataclass(frozen=True)
class Design:
    """Fixed effects of repeated scores: `matrix` is people by visits by columns, `names` name the columns."""

    names: tuple[str, ...]
    matrix: Floats


@dataclass(frozen=True)
class Moments:
    r"""Sums of products of an orthonormal design and of the scaled residual of ordinary least squares.

    The columns of the design are replaced by orthonormal ones, $X = QR$, and the scores by their residuals divided by
    their SD, so that units, offsets and correlated covariates cost no digits.

    **Arguments:** `seen` tells which visits a pattern has; `people` counts who shows it; `products` sums, for each
    pattern and pair of visits, the outer products of the rows (design, then residual); `root` is $R$; `offset` holds
    the least-squares effects of the orthonormal columns; `scale` the residual SD.
    """

    seen: NDArray[np.bool_]
    people: NDArray[np.intp]
    products: Floats
    root: Floats
    offset: Floats
    scale: float
    observations: int

    @property
    def visits(self) -> int:
        """Number of visits."""
        return int(self.seen.shape[1])

    @property
    def effects(self) -> int:
        """Number of fixed effects."""
        return int(self.offset.size)

    @property
    def together(self) -> NDArray[np.intp]:
        """How many people came to both of two visits."""
        seen = self.seen.astype(np.intp)
        return (seen * self.people[:, None]).T @ seen

    def residual_covariance(self) -> Floats:
        """Moments of the residuals; pairs of visits that nobody has are taken as uncorrelated; positive definite."""
        squares = self.products.sum(0)[:, -1].reshape(self.visits, self.visits)
        covariance = squares / np.maximum(self.together, 1)
        own = np.diag(np.maximum(np.diag(covariance), 1e-3))
        share = 1.0
        while np.linalg.eigvalsh(own + share * (covariance - np.diag(np.diag(covariance))))[0] < 1e-3 * own.min():
            share *= 0.8
        return own + share * (covariance - np.diag(np.diag(covariance)))

    def turned(self, contrast: Floats) -> Floats:
        """A contrast of the original effects as one of the orthonormal columns."""
        return solve_triangular(self.root, contrast, trans="T")


def gather(design: Design, score: Floats) -> Moments:
    """Moments of a data set.

    **Raises:** `RequestError` when the design is singular (the column that adds nothing is named), nothing varies, or
    there are no more observations than fixed effects.
    """
    seen = np.isfinite(score)
    rows, outcome = design.matrix[seen], score[seen]
    base, root = _orthonormal(design.names, rows)
    offset = base.T @ outcome
    residual = outcome - base @ offset
    scale = float(np.sqrt(residual @ residual / (len(outcome) - len(offset))))
    if scale <= 1e-12 * np.abs(outcome).max(initial=0.0) or scale == 0.0:
        raise RequestError("the scores do not vary once arm, visit and covariates are known", given=f"SD {scale:.2g}")
    table = np.zeros((*score.shape, len(offset) + 1))
    table[seen] = np.column_stack([base, residual / scale])
    return Moments(*_by_pattern(seen, table), root, offset, scale, len(outcome))


def _orthonormal(names: tuple[str, ...], rows: Floats) -> tuple[Floats, Floats]:
    if len(rows) <= len(names):
        words = f"{len(rows)} observations for {len(names)} fixed effects"
        raise RequestError("there are too few observations", given=words, then="use fewer covariates or visits")
    base, root = qr(rows, mode="economic")
    own, whole = np.abs(np.diag(root)), np.linalg.norm(rows, axis=0)
    for name, part, length in zip(names, own, whole, strict=True):
        if part <= _RANK * length or length == 0.0:
            then = "drop it, or merge levels that stand for the same people"
            raise RequestError(
                "the design is singular: an effect adds nothing to those before it", where=name, then=then
            )
    return base, root


def _by_pattern(seen: NDArray[np.bool_], table: Floats) -> tuple[NDArray[np.bool_], NDArray[np.intp], Floats]:
    patterns, which, people = np.unique(seen, axis=0, return_inverse=True, return_counts=True)
    kept = np.flatnonzero(patterns.any(1))
    products = np.stack([_products(table[which == k]) for k in kept])
    return patterns[kept], people[kept], products


def _products(table: Floats) -> Floats:
    people, visits, columns = table.shape
    flat = table.reshape(people, visits * columns)
    square = (flat.T @ flat).reshape(visits, columns, visits, columns)
    return square.transpose(0, 2, 1, 3).reshape(visits * visits, columns * columns)
