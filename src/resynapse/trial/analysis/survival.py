"""Time to relapse or to any other event: Kaplan-Meier curves and Cox's proportional hazards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from ...core.errors import RequestError
from .data import Floats, Survival, compared, count, strata
from .effects import columns_of
from .estimate import Account, Estimate
from .library import statsmodels


@dataclass(frozen=True)
class Curve:
    """Shares still without an event after each time at which one was seen.

    **Arguments:** `se` is Greenwood's; `low` and `high` are pointwise log-log bands, `nan` after the last person.
    """

    time: Floats
    share: Floats
    se: Floats
    low: Floats
    high: Floats
    at_risk: Floats

    def at(self, time: float) -> tuple[float, float, float, float]:
        """Share, standard error and band at a time."""
        last = int(np.searchsorted(self.time, time, side="right")) - 1
        if last < 0:
            return 1.0, 0.0, 1.0, 1.0
        return float(self.share[last]), float(self.se[last]), float(self.low[last]), float(self.high[last])

    @property
    def median(self) -> tuple[float, float, float]:
        """The median time with its interval, where curve and bands reach one half; infinite where they do not."""
        return _first(self.time, self.share), _first(self.time, self.low), _first(self.time, self.high)


@dataclass(frozen=True)
class KaplanMeier:
    """The share of one arm that is without an event at a time.

    **Raises:** `RequestError` when the arm is empty, has no event, or was not watched so long.

    **Source:** `kaplan1958`, Greenwood's variance, log-log interval of `kalbfleisch2002`.
    """

    arm: str
    time: float
    level: float = 0.95

    def analyse(self, data: Survival) -> Estimate:
        """The share without an event at the time; no test, since there is nothing to compare it with."""
        watched = data.of(self.arm).time.max(initial=0.0)
        if self.time > watched:
            raise RequestError("nobody of the arm was watched so long", given=self.time, allowed=f"up to {watched:g}")
        share, se, low, high = self.curve(data).at(self.time)
        words = (f"share of {self.arm} without an event at {self.time:g}", "Kaplan-Meier, log-log interval")
        account = Account(*words, (_CENSORING,), count(data.of(self.arm).arm), self.level)
        return account.given(share, se, np.inf, (low, high), float("nan"))

    def curve(self, data: Survival) -> Curve:
        """The whole curve of the arm."""
        people = data.of(self.arm)
        if not people.event.any():
            raise RequestError(
                "an arm has no event, so that there is no curve", where=self.arm, allowed=count(data.arm)
            )
        found = statsmodels("duration.survfunc").SurvfuncRight(people.time, people.event.astype(int))
        share, se = np.asarray(found.surv_prob), np.asarray(found.surv_prob_se)
        low, high = _log_log(share, se, self.level)
        return Curve(np.asarray(found.surv_times), share, se, low, high, np.asarray(found.n_risk, np.float64))


@dataclass(frozen=True)
class Cox:
    """Hazard ratio of two arms, adjusted for covariates, within strata; Efron's way with ties.

    **Raises:** `RequestError` when an arm has no event (the ratio is then zero or infinite), or a covariate is unknown.

    **Source:** `cox1972`, `efron1977`.
    """

    treatment: str
    control: str
    covariates: tuple[str, ...] = ()
    strata: tuple[str, ...] = ()
    level: float = 0.95

    def analyse(self, data: Survival) -> Estimate:
        """The hazard of treatment over that of control, with Wald's interval and test."""
        compared(data.arm, self.treatment, self.control)
        two = data.of(self.treatment, self.control)
        events_in(two, self.treatment, self.control)
        adjusted = columns_of(two.covariates, self.covariates)
        columns = np.column_stack([(two.arm == self.treatment).astype(np.float64), *adjusted.values()])
        groups = strata(two.covariates, self.strata, two.arm.size)
        model = statsmodels("duration.hazard_regression").PHReg
        result = model(two.time, columns, two.event.astype(int), strata=groups, ties="efron").fit()
        by = f", stratified by {', '.join(self.strata)}" if self.strata else ""
        given = f", adjusted for {', '.join(self.covariates)}" if self.covariates else ""
        words = (
            f"hazard ratio, {self.treatment} over {self.control}",
            f"Cox proportional hazards{given}{by}, Efron ties",
        )
        account = Account(
            *words, (_CENSORING, "the ratio of hazards is the same at all times"), count(two.arm), self.level
        )
        return account.log_wald(float(result.params[0]), float(result.bse[0]))


def events_in(data: Survival, *arms: str) -> None:
    """Refuse a comparison in which an arm has no event."""
    for arm in arms:
        if not data.event[data.arm == arm].any():
            raise RequestError("an arm has no event, so that the hazard ratio is zero or infinite", where=arm)


def _log_log(share: Floats, se: Floats, level: float) -> tuple[Floats, Floats]:
    inside = (share > 0.0) & (share < 1.0)
    held = np.where(inside, share, 0.5)
    reach = stats.norm.ppf(0.5 + level / 2.0) * se / (held * np.log(held))
    low, high = held ** np.exp(-reach), held ** np.exp(reach)
    whole = share == 1.0
    return tuple(np.where(inside, band, np.where(whole, 1.0, np.nan)) for band in (low, high))  # type: ignore[return-value]


def _first(time: Floats, share: Floats) -> float:
    below = np.flatnonzero(share <= 0.5 + 1e-12)
    return float(time[below[0]]) if below.size else float("inf")


_CENSORING = "those who leave early would have fared like those who stay"
