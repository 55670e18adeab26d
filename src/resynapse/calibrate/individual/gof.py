"""Goodness of fit, measurement by measurement: predictions, residuals, and errors of prediction against simulation."""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.special import ndtri

from .case import Case, sensitivities
from .mode import Mode

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Residuals:
    """One person's measurements beside what the theory says, one number a measurement; NaN for values below a limit.

    **Arguments:** `pred` is the typical person with these doses and covariates, `ipred` the most likely person;
    `res` and `ires` are value minus each (log ratio for a log residual, else in the port's unit); `iwres` is `ires`
    over its standard deviation; `cwresi` is the conditional weighted residual with interaction: decorrelated by the
    theory linearised at the most likely person, its error taken there too (NONMEM's CWRESI); `error_sd` is the
    standard deviation of the residual error at `ipred`.
    """

    pred: Floats
    ipred: Floats
    res: Floats
    ires: Floats
    iwres: Floats
    cwresi: Floats
    error_sd: Floats


def residuals(case: Case, mode: Mode) -> Residuals:
    r"""Residuals of one person.

    $\mathrm{CWRESI} = V^{-1/2}(y - f(\hat z) + J\hat z)$ with $V = JJ^T + \Sigma(f(\hat z))$, all on the scale of the
    residual: the conditional weighted residual of Hooker, Staatz and Karlsson 2007 (doi 10.1007/s11095-007-9361-x)
    with the error at the individual prediction. NONMEM calls it CWRESI; its plain CWRES takes the error at eta 0.
    """
    known = case.data.known
    pred, _ = sensitivities(case, jnp.zeros(case.spread.size))
    ipred, slope = (np.asarray(v) for v in sensitivities(case, jnp.asarray(mode.z)))
    seen = np.where(np.asarray(case.data.below), np.nan, np.asarray(case.data.scale(case.data.value)))
    center, sd = (np.asarray(f(jnp.asarray(ipred))) for f in (case.data.scale, case.data.error_sd))
    away = seen - np.asarray(case.data.scale(pred))
    slope = slope * np.where(np.asarray(case.data.log), 1.0 / np.maximum(ipred, 1e-12), 1.0)[:, None]
    weighted = _decorrelated(seen - center + slope @ mode.z, slope @ slope.T + np.diag(sd**2), known)
    parts = (np.asarray(pred), ipred, away, seen - center, (seen - center) / sd, weighted, sd)
    return Residuals(*(part[known] for part in parts))


def prediction_errors(values: Floats, simulations: Floats) -> Floats:
    r"""Normalised prediction distribution errors of one person: standard normal when the theory is right.

    Values and simulations (draws x measurements) are decorrelated with the mean and the Cholesky factor of the
    simulations; $\mathrm{npde} = \Phi^{-1}$ of the share of simulations below the value, kept half a draw away from 0
    and 1 (Brendel and others 2006, doi 10.1007/s11095-006-9067-5).
    """
    mean = simulations.mean(axis=0)
    factor = np.linalg.cholesky(np.atleast_2d(np.cov(simulations, rowvar=False)))
    plain = solve_triangular(factor, np.column_stack([values - mean, (simulations - mean).T]), lower=True)
    half = 0.5 / len(simulations)
    share = (plain[:, 1:] < plain[:, :1]).mean(axis=1)
    return ndtri(np.clip(share, half, 1.0 - half))


def npde(case: Case, simulations: Floats) -> Floats:
    """`prediction_errors` of one person's values; NaN for values below a limit, which are left out."""
    known = case.data.known
    used = known & ~np.asarray(case.data.below)
    found = np.full(len(known), np.nan)
    if used.any():
        scaled = np.asarray(case.data.scale(jnp.asarray(simulations)))
        found[used] = prediction_errors(np.asarray(case.data.scale(case.data.value))[used], scaled[:, used])
    return found[known]


def _decorrelated(away: Floats, variance: Floats, known: NDArray[np.bool_]) -> Floats:
    """Residuals times the inverse symmetric root of their variance, for those that are numbers."""
    used = known & np.isfinite(away)
    found = np.full(len(away), np.nan)
    weights, vectors = np.linalg.eigh(variance[np.ix_(used, used)])
    found[used] = vectors @ ((vectors.T @ away[used]) / np.sqrt(weights))
    return found
