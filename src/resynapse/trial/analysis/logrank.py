r"""Log-rank tests, plain, weighted, the largest of several, and combined over two stages of a trial.

At each time of an event, $U = \sum w (d_1 - d\, n_1/n)$ and $V = \sum w^2\, d\, n_1 n_0 (n - d) / (n^2 (n - 1))$,
summed over strata. $e^{U/V}$ is the one-step hazard ratio, and its interval agrees with the test.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, ndtri
from scipy.stats import qmc

from ...core.errors import RequestError
from .data import Floats, Survival, compared, count, strata
from .estimate import Account, Estimate
from .survival import events_in

Weights = tuple[float, float]
_SPREAD: tuple[Weights, ...] = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0))


@dataclass(frozen=True)
class LogRank:
    r"""The log-rank test of two arms, within strata; with Fleming and Harrington's weights $S^\rho (1 - S)^\gamma$.

    Without weights the estimate is Peto's one-step hazard ratio, with weights the same for the weighted sums.

    **Raises:** `RequestError` when an arm is empty or there is no event at which both arms are at risk.

    **Source:** `mantel1966`, `peto1977`, `fleming1991`.
    """

    treatment: str
    control: str
    strata: tuple[str, ...] = ()
    weights: Weights = (0.0, 0.0)
    level: float = 0.95

    def analyse(self, data: Survival) -> Estimate:
        """The one-step hazard ratio, treatment over control, with the test's p-value."""
        two = _two(data, self.treatment, self.control)
        score, variance = _scores(two, self.treatment, self.strata, (self.weights,))
        words = f"one-step hazard ratio, {self.treatment} over {self.control}"
        account = Account(words, _named(self.weights, self.strata), (_CENSORING,), count(two.arm), self.level)
        return account.log_wald(float(score[0] / variance[0, 0]), float(1.0 / np.sqrt(variance[0, 0])))


@dataclass(frozen=True)
class MaxCombo:
    """The largest of several weighted log-rank statistics, for effects that come late, fade or cross.

    The p-value allows for the choice: it is that of the largest of jointly normal statistics. The estimate is that
    statistic, since no single hazard ratio goes with it; it has no standard error and no interval.

    **Source:** `lee2007`, `lin2020`.
    """

    treatment: str
    control: str
    strata: tuple[str, ...] = ()
    weights: tuple[Weights, ...] = _SPREAD
    level: float = 0.95

    def analyse(self, data: Survival) -> Estimate:
        """The statistic that is farthest from zero (negative: fewer events under treatment), with its p-value."""
        two = _two(data, self.treatment, self.control)
        score, variance = _scores(two, self.treatment, self.strata, self.weights)
        sds = np.sqrt(np.diag(variance))
        statistics = score / sds
        largest = statistics[np.argmax(np.abs(statistics))]
        p = _largest(abs(float(largest)), variance / np.outer(sds, sds))
        shown = ", ".join(f"({rho:g}, {gamma:g})" for rho, gamma in self.weights)
        words = (
            f"largest weighted log-rank statistic, {self.treatment} against {self.control}",
            f"MaxCombo of {shown}",
        )
        account = Account(*words, (_CENSORING, "the statistics are jointly normal"), count(two.arm), self.level)
        return account.given(float(largest), np.nan, np.inf, (np.nan, np.nan), p)


@dataclass(frozen=True)
class CombinedLogRank:
    r"""The log-rank statistics of two stages, combined with weights laid down before the interim look.

    $Z = \sqrt{w} Z_1 + \sqrt{1 - w} Z_2$, with $Z_1$ that of the look at `interim` events and $Z_2$ that of the
    increment of score and variance since: the test keeps its level when the size of the trial is changed at the look.
    The hazard ratio is where $Z$, taken as linear in its logarithm, is zero.

    **Raises:** `RequestError` when there are not more events than `interim`, or no calendar time of entry.

    **Source:** `cui1999`, `wassmer2006`.
    """

    treatment: str
    control: str
    interim: int
    weight: float = 0.5
    strata: tuple[str, ...] = ()
    level: float = 0.95

    def analyse(self, data: Survival) -> Estimate:
        """The weighted hazard ratio, treatment over control, with the p-value of the combined test."""
        two = _two(data, self.treatment, self.control)
        first, second = self._stages(two)
        roots = np.sqrt([self.weight * first[1], (1.0 - self.weight) * second[1]])
        combined = roots @ [first[0] / first[1], second[0] / second[1]]
        words = f"hazard ratio, {self.treatment} over {self.control}, stages weighted as laid down"
        method = f"weighted combination log-rank, look at {self.interim} events, weight {self.weight:g}"
        account = Account(
            words, method, (_CENSORING, "increments of the score are independent"), count(two.arm), self.level
        )
        return account.log_wald(float(combined / roots.sum()), float(1.0 / roots.sum()))

    def _stages(self, data: Survival) -> tuple[Weights, Weights]:
        early = data.until(self._look(data))
        events_in(early, *(a for a in (self.treatment, self.control) if not early.event.any()))
        (u, v), (u_all, v_all) = (_one(stage, self.treatment, self.strata) for stage in (early, data))
        if v_all <= v:
            raise RequestError("the second stage adds no information", given=f"variance {v:.3g}, then {v_all:.3g}")
        return (u, v), (u_all - u, v_all - v)

    def _look(self, data: Survival) -> float:
        if data.entered is None:
            raise RequestError(
                "an interim look needs the calendar time at which people entered", where="Survival.entered"
            )
        if not 0.0 < self.weight < 1.0:
            raise RequestError("the weight of the first stage lies between 0 and 1", given=self.weight)
        seen = np.sort((data.entered + data.time)[data.event])
        if not 0 < self.interim < seen.size:
            raise RequestError(
                "the look must come before the last event", given=self.interim, allowed=f"1 to {seen.size - 1}"
            )
        return float(seen[self.interim - 1])


def _two(data: Survival, treatment: str, control: str) -> Survival:
    compared(data.arm, treatment, control)
    return data.of(treatment, control)


def _one(data: Survival, treatment: str, by: tuple[str, ...]) -> Weights:
    score, variance = _scores(data, treatment, by, ((0.0, 0.0),))
    return float(score[0]), float(variance[0, 0])


def _scores(data: Survival, treatment: str, by: tuple[str, ...], weights: tuple[Weights, ...]) -> tuple[Floats, Floats]:
    """Weighted scores and their covariance, summed over strata."""
    groups = strata(data.covariates, by, data.arm.size)
    sums = [_within(data.where(groups == k), treatment, weights) for k in np.unique(groups)]
    score, variance = sum(s for s, _ in sums), sum(v for _, v in sums)
    if not (np.diag(np.atleast_2d(variance)) > 0.0).all():
        raise RequestError("no event was seen while both arms were at risk", given=f"{int(data.event.sum())} events")
    return np.asarray(score), np.asarray(variance)


def _within(data: Survival, treatment: str, weights: tuple[Weights, ...]) -> tuple[Floats, Floats]:
    times = np.unique(data.time[data.event])
    treated = data.arm == treatment
    n, n1 = _at_risk(data.time, times), _at_risk(data.time[treated], times)
    d, d1 = _events(data.time[data.event], times), _events(data.time[data.event & treated], times)
    before = np.concatenate([[1.0], np.cumprod(1.0 - d / n)])[:-1]
    w = np.array([before**rho * (1.0 - before) ** gamma for rho, gamma in weights])
    spread = d * (n1 / n) * (1.0 - n1 / n) * (n - d) / np.maximum(n - 1.0, 1.0)
    return w @ (d1 - d * n1 / n), (w * spread) @ w.T


def _at_risk(time: Floats, times: Floats) -> Floats:
    return (time.size - np.searchsorted(np.sort(time), times, side="left")).astype(np.float64)


def _events(time: Floats, times: Floats) -> Floats:
    return np.bincount(np.searchsorted(times, time), minlength=times.size).astype(np.float64)


def _largest(statistic: float, correlation: Floats) -> float:
    r"""Chance that the largest of jointly normal statistics, in absolute value, exceeds this one.

    With $Z = A x$ and $x$ standard normal of length $r$, the length and the direction of $x$ are independent, so that
    the chance is the mean of $P(\chi_r > z / \max_k |a_k u|)$ over directions $u$, here quasi-random ones. Statistics
    may be linear combinations of each other, as log-rank is of the early and the late one.
    """
    values, vectors = np.linalg.eigh(correlation)
    kept = values > 1e-9
    factor = vectors[:, kept] * np.sqrt(values[kept])
    normal = ndtri(qmc.Sobol(int(kept.sum()), rng=np.random.default_rng(0)).random_base2(12).clip(1e-12, 1.0 - 1e-12))
    directions = normal / np.linalg.norm(normal, axis=1, keepdims=True)
    widest = np.abs(directions @ factor.T).max(1)
    return float(chdtrc(kept.sum(), (statistic / widest) ** 2).mean())


def _named(weights: Weights, by: tuple[str, ...]) -> str:
    within = f" stratified by {', '.join(by)}" if by else ""
    return "log-rank" + within if weights == (0.0, 0.0) else f"Fleming-Harrington{weights} log-rank" + within


_CENSORING = "those who leave early would have fared like those who stay"
