"""Newton's way to the restricted maximum likelihood, and what a fitted model of repeated scores knows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...core.errors import RequestError
from .covariance import Covariance
from .likelihood import Derivatives, Point, at, derivatives
from .moments import Design, Moments, gather

Floats = NDArray[np.float64]
_STEPS = 60
_NEAR = 1e-9
_SINGULAR = 1e-9


@dataclass(frozen=True)
class Fitted:
    """A fitted model of repeated scores.

    **Arguments:** `structure` is the covariance that converged; `refused` tells why each one before it did not.
    """

    moments: Moments
    structure: Covariance
    point: Point
    slopes: Derivatives
    refused: tuple[str, ...] = ()

    @property
    def covariance(self) -> Floats:
        """The covariance between visits, in squared units of the score."""
        return self.point.sigma * self.moments.scale**2

    @property
    def theta_covariance(self) -> Floats:
        """Asymptotic covariance of the parameters: the inverse of the observed information."""
        return np.asarray(2.0 * np.linalg.inv(self.slopes.observed), np.float64)

    @property
    def deviance(self) -> float:
        """Minus twice the restricted log likelihood, with the constant that SAS and R's mmrm use."""
        free = self.moments.observations - self.moments.effects
        root = np.log(np.abs(np.diag(self.moments.root))).sum()
        return self.point.deviance + 2.0 * float(root) + free * float(np.log(2.0 * np.pi * self.moments.scale**2))

    def estimate(self, contrast: Floats) -> float:
        """A contrast of the fixed effects."""
        whole = self.moments.offset + self.moments.scale * self.point.effects
        return float(self.moments.turned(contrast) @ whole)


def fitted(design: Design, score: Floats, structures: tuple[Covariance, ...]) -> Fitted:
    """The first of the structures that converges, in the order in which they were laid down.

    **Raises:** `RequestError` when the design cannot be estimated, or none converges (each with its reason).
    """
    moments = gather(design, score)
    refused: tuple[str, ...] = ()
    for structure in structures:
        try:
            point, slopes = _climbed(moments, structure)
        except _NotConvergedError as reason:
            refused = (*refused, f"{structure.name}: {reason}")
        else:
            return Fitted(moments, structure, point, slopes, refused)
    then = "take fewer visits, or add a simpler covariance to the order laid down"
    raise RequestError("no covariance between visits could be fitted", given="; ".join(refused), then=then)


class _NotConvergedError(Exception):
    pass


def _climbed(moments: Moments, structure: Covariance) -> tuple[Point, Derivatives]:
    _enough(moments, structure)
    point = at(moments, structure, structure.start(moments.residual_covariance()))
    if point is None:
        raise _NotConvergedError("no starting value is a covariance")
    for _ in range(_STEPS):
        slopes = derivatives(moments, structure, point)
        step, decrement, sound = _direction(slopes)
        if sound and decrement < _NEAR:
            return _last(moments, structure, point, step)
        point = _searched(moments, structure, point, step)
        _regular(point)
    raise _NotConvergedError(f"did not converge in {_STEPS} steps")


def _enough(moments: Moments, structure: Covariance) -> None:
    size, free = structure.size(moments.visits), moments.observations - moments.effects
    if free <= size:
        raise _NotConvergedError(f"{free} degrees of freedom are too few for {size} parameters")
    if structure.unseen(moments.together):
        raise _NotConvergedError("visits at which nobody came to both leave a parameter undetermined")


def _direction(slopes: Derivatives) -> tuple[Floats, float, bool]:
    """Newton's step where the observed information is positive definite, else Fisher's."""
    for information, sound in ((slopes.observed, True), (slopes.expected, False)):
        try:
            np.linalg.cholesky(information)
        except np.linalg.LinAlgError:
            continue
        step = np.asarray(np.linalg.solve(information, slopes.gradient), np.float64)
        return step, float(slopes.gradient @ step), sound
    raise _NotConvergedError("the information on its parameters is singular")


def _searched(moments: Moments, structure: Covariance, point: Point, step: Floats) -> Point:
    length = 1.0
    while length > 1e-8:
        tried = at(moments, structure, point.theta - length * step)
        if tried is not None and tried.deviance <= point.deviance + 1e-10 * abs(point.deviance):
            return tried
        length *= 0.5
    raise _NotConvergedError("no step raises the likelihood")


def _regular(point: Point) -> None:
    sds = np.sqrt(np.diag(point.sigma))
    if np.linalg.eigvalsh(point.sigma / np.outer(sds, sds))[0] < _SINGULAR or sds.min() < _SINGULAR:
        raise _NotConvergedError("its matrix became singular")


def _last(moments: Moments, structure: Covariance, point: Point, step: Floats) -> tuple[Point, Derivatives]:
    final = at(moments, structure, point.theta - step) or point
    return final, derivatives(moments, structure, final)
