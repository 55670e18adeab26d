r"""The second model to beat: dose, Emax, turnover, and nothing of the mechanism.

Doses enter a store that empties at rate $k_e$; the store drives the fall of the score by Emax; the fall follows with
turnover $k_o$. A control falls by $p$ within hours and by $b$ with a new tablet over a fortnight. With $a$ the store
in mg and $t$ in days:

$$\dot a = -k_e a, \quad \dot r = k_o\left(\frac{E a}{A + a} - r\right)$$
$$fall = p (1 - e^{-4 t}) + b (1 - e^{-t/14}) + r$$

Shares of responders and remitters are those of a normal law of falls with one SD. Eight values are fitted to build
rows by least squares, each held by a weak prior; what is left over, and doubt about the values, makes the interval.

**Assumes:** one mg of any mirror form is like another by vein; doses by other routes count with one fitted share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.optimize import least_squares
from scipy.special import ndtr, ndtri

from .rows import Dosed, Row
from .scores import Floats
from .spread import bounded, even

NAME = "dose, Emax and turnover"
VALUES = ("emax", "half_mg", "empties", "turnover", "other_route", "hope", "tablet", "spread")
PRIOR = np.log([10.0, 20.0, 0.3, 4.0, 0.5, 6.0, 8.0, 11.0])
"""Logarithms of where the values begin: points, mg, per day, per day, 1, points, points, points. Assumed here."""

WIDE = np.array([1.0, 1.0, 1.0, 1.0, 0.7, 0.7, 0.7, 0.3])
"""SD of the prior of each logarithm. Assumed here."""

NOISE = {"points": 4.0, "share": 0.5}
"""What one row weighs in the fit: points, or SD of a share on the probit scale. Assumed here."""

KNOWS = ("change", "mean", "difference", "response_rate", "remission_rate")
REMISSION = 10.0
"""The highest score (MADRS) of a remission, whatever the scale."""

_HOPE_DAYS, _TABLET_DAYS, _STEP, _LEAST = 0.25, 14.0, 0.02, 0.005


@dataclass(frozen=True)
class Turnover:
    """The fitted model.

    **Arguments:** `best` holds the logarithms of `VALUES`, `covariance` their doubt, `left` the SD of what is left by
    unit, `freedom` the degrees of freedom.
    """

    best: Floats
    covariance: Floats
    left: dict[str, float]
    freedom: int

    def sample(self, row: Row) -> Floats | None:
        """What this model says of a row, in the row's unit, as even quantiles; nothing of a statistic that it lacks."""
        if not _known(row):
            return None
        slope = _slopes(self.best, (row,))[0]
        sd = np.sqrt(self.left[_unit(row)] ** 2 + slope @ self.covariance @ slope)
        return bounded(row, _back(row, _said(self.best, row) + sd * stats.t.ppf(even(), self.freedom)))


def turnover(rows: Sequence[Row]) -> Turnover:
    """The model, fitted to the build rows among `rows`."""
    own = tuple(r for r in rows if r.role == "build" and _known(r))
    noise = np.array([NOISE[_unit(r)] for r in own])
    wanted = np.array([_forward(r, r.value) for r in own])

    def misfits(logs: Floats) -> Floats:
        return np.append((_said_all(logs, own) - wanted) / noise, (logs - PRIOR) / WIDE)

    fit = least_squares(misfits, PRIOR, x_scale=WIDE, diff_step=1e-4)
    free = max(len(own) - len(PRIOR), 1)
    missed = _said_all(fit.x, own) - wanted
    left = {unit: _left(missed, [_unit(r) == unit for r in own], free / len(own)) for unit in NOISE}
    inflated = float(np.sum((missed / noise) ** 2)) / free
    covariance = np.linalg.inv(fit.jac.T @ fit.jac) * max(inflated, 1.0)
    return Turnover(fit.x, covariance, left, free)


def fall(values: Floats, given: Dosed) -> float:
    """The mean fall (MADRS points) of an arm at the day of its look, for `VALUES` (not their logarithms)."""
    hope, tablet = values[5], values[6] * given.new_tablet
    rest = hope * -np.expm1(-given.day / _HOPE_DAYS) + tablet * -np.expm1(-given.day / _TABLET_DAYS)
    return float(rest + drug_effect(values, given))


def drug_effect(values: Floats, given: Dosed) -> float:
    """The part of the drug: the store by superposition, the turnover by the exact step of each interval's mid-drive."""
    if not given.mg:
        return 0.0
    emax, half, empties, out, other = values[:5]
    edges = np.linspace(0.0, given.day, max(2, int(np.ceil(given.day / _STEP)) + 1) if given.day < 4.0 else 401)
    mid = 0.5 * (edges[1:] + edges[:-1])
    since = mid[:, None] - np.array(given.days)[None, :]
    share = other if given.other_route else 1.0
    store = (share * np.array(given.mg) * np.exp(-empties * np.maximum(since, 0.0)) * (since >= 0.0)).sum(axis=1)
    drive = emax * store / (half + store)
    keep = np.exp(-out * (given.day - edges))
    return float(np.sum(drive * np.diff(keep)))


def _said_all(logs: Floats, rows: Sequence[Row]) -> Floats:
    return np.array([_said(logs, row) for row in rows])


def _said(logs: Floats, row: Row) -> float:
    """What the model says of a row where it is fitted: MADRS points, or the probit of a share."""
    values = np.exp(logs)
    falls = [fall(values, arm) for arm in row.arms]
    if row.statistic == "difference":
        return -(falls[0] - falls[-1])
    whole = float(np.mean(falls))
    if row.statistic in ("change", "mean"):
        return -whole if row.statistic == "change" else row.baseline - whole
    needed = 0.5 * row.baseline if row.statistic == "response_rate" else row.baseline - REMISSION
    return float(np.clip((whole - needed) / values[7], -4.0, 4.0))


def _slopes(logs: Floats, rows: Sequence[Row]) -> Floats:
    steps = 1e-4 * np.eye(len(logs))
    return np.array([[(_said(logs + h, r) - _said(logs - h, r)) / 2e-4 for h in steps] for r in rows])


def _known(row: Row) -> bool:
    """Whether doses and days of a row are known, and its statistic is one that the model tells."""
    return bool(row.arms) and row.statistic in KNOWS


def _unit(row: Row) -> str:
    return "share" if row.statistic.endswith("rate") else "points"


def _forward(row: Row, value: float) -> float:
    return float(ndtri(np.clip(value, _LEAST, 1.0 - _LEAST))) if _unit(row) == "share" else value / row.width


def _back(row: Row, said: Floats) -> Floats:
    return np.asarray(ndtr(said)) if _unit(row) == "share" else said * row.width


def _left(missed: Floats, own: Sequence[bool], free: float) -> float:
    chosen = missed[np.array(own, bool)]
    return float(np.sqrt(np.mean(chosen**2) / free)) if chosen.size else float("nan")
