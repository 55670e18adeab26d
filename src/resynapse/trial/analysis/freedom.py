r"""Standard errors and degrees of freedom of a contrast when the covariance was estimated.

For one contrast, Kenward and Roger's degrees of freedom are those of Satterthwaite and their scale factor is 1; they
differ in the standard error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from .fit import Fitted
from .likelihood import seconds

Floats = NDArray[np.float64]


class Freedom(Protocol):
    """A way to the standard error and the degrees of freedom of a contrast."""

    name: ClassVar[str]

    def spread(self, fit: Fitted, contrast: Floats) -> tuple[float, float]:
        """Standard error and degrees of freedom."""
        ...


@dataclass(frozen=True)
class Satterthwaite:
    r"""$\nu = 2 v^2 / (g' A g)$, with $v$ the variance of the contrast, $g$ its gradient in the covariance parameters.

    $A$ is the inverse of the observed information on these. **Source:** `satterthwaite1946`, `fai1996`.
    """

    name: ClassVar[str] = "Satterthwaite"

    def spread(self, fit: Fitted, contrast: Floats) -> tuple[float, float]:
        own = fit.moments.turned(contrast)
        return fit.moments.scale * float(np.sqrt(own @ fit.point.phi @ own)), _degrees(fit, own)


@dataclass(frozen=True)
class KenwardRoger:
    r"""Satterthwaite's degrees of freedom with a standard error made larger for the estimated covariance.

    $\Phi_A = \Phi + 2\Phi\{\sum_{hj} A_{hj}(Q_{hj} - P_h \Phi P_j - R_{hj}/4)\}\Phi$. The parameters are variances and
    covariances for an unstructured covariance (then $R = 0$, as in SAS and in mmrm's "Kenward-Roger-Linear"), variances
    and correlations for the others, as in SAS. **Source:** `kenward1997`.
    """

    name: ClassVar[str] = "Kenward-Roger"

    def spread(self, fit: Fitted, contrast: Floats) -> tuple[float, float]:
        own, phi, slopes = fit.moments.turned(contrast), fit.point.phi, fit.slopes
        bread = own @ phi
        pulls = slopes.p @ bread
        q, r = seconds(fit.moments, fit.structure, fit.point, bread)
        inner = q - pulls @ phi @ pulls.T - 0.25 * r
        variance = bread @ own + 2.0 * float((fit.theta_covariance * inner).sum())
        return fit.moments.scale * float(np.sqrt(variance)), _degrees(fit, own)


def _degrees(fit: Fitted, own: Floats) -> float:
    bread = own @ fit.point.phi
    gradient = -(fit.slopes.p @ bread) @ bread
    return float(2.0 * (bread @ own) ** 2 / (gradient @ fit.theta_covariance @ gradient))
