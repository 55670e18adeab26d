"""Shares of responders: differences with intervals that keep their promise near 0 and 1, and odds ratios by stratum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...core.errors import RequestError
from .data import Floats, Outcome, compared, count, strata
from .estimate import Account, Estimate, two_sided
from .library import statsmodels
from .shares import MiettinenNurminen, ShareInterval, score

_INTERVAL = MiettinenNurminen()


@dataclass(frozen=True)
class RiskDifference:
    """Difference between the shares of responders of two arms; the p-value is that of the score test.

    **Raises:** `RequestError` for an unknown arm, outcomes other than 0 and 1, or when nobody or everybody responded.
    """

    treatment: str
    control: str
    interval: ShareInterval = _INTERVAL
    level: float = 0.95

    def analyse(self, data: Outcome) -> Estimate:
        """The share of the treatment arm less that of the control arm."""
        table = _tables(data, self.treatment, self.control, ())[0]
        (a, n), (b, m) = ((int(row[0]), int(row.sum())) for row in table)
        se = float(np.sqrt(a * (n - a) / n**3 + b * (m - b) / m**3))
        p = two_sided(score((a, n, b, m), 0.0))
        account = _account(self, f"risk difference, {self.interval.name}, score test", "risk difference", data)
        return account.given(a / n - b / m, se, np.inf, self.interval.bounds((a, n, b, m), self.level), p)


@dataclass(frozen=True)
class CommonRiskDifference:
    r"""Difference of shares held common to strata: Mantel-Haenszel weights, Sato's variance, normal interval.

    $\hat d = \sum_k (a_k m_k - b_k n_k)/N_k \,/\, \sum_k n_k m_k / N_k$. **Source:** `sato1989`.

    **Raises:** as `RiskDifference`.
    """

    treatment: str
    control: str
    strata: tuple[str, ...]
    level: float = 0.95

    def analyse(self, data: Outcome) -> Estimate:
        """The common difference, treatment less control."""
        tables = _tables(data, self.treatment, self.control, self.strata)
        a, n, b, m = tables[:, 0, 0], tables[:, 0].sum(1), tables[:, 1, 0], tables[:, 1].sum(1)
        total = n + m
        weight = (n * m / total).sum()
        difference = ((a * m - b * n) / total).sum() / weight
        p = ((n**2 * b - m**2 * a + n * m * (m - n) / 2.0) / total**2).sum()
        q = ((a * (m - b) + b * (n - a)) / (2.0 * total)).sum()
        variance = (difference * p + q) / weight**2
        method = f"Mantel-Haenszel risk difference by {', '.join(self.strata)}, Sato variance"
        return _account(self, method, "common risk difference", data).wald(difference, float(np.sqrt(variance)))


@dataclass(frozen=True)
class CommonOddsRatio:
    """Odds ratio held common to strata (Mantel-Haenszel), with the Cochran-Mantel-Haenszel test; or without strata.

    The interval is that of Robins, Breslow and Greenland. **Source:** `mantel1959`, `robins1986`.

    **Raises:** as `RiskDifference`, and when the ratio is zero or infinite.
    """

    treatment: str
    control: str
    strata: tuple[str, ...] = ()
    level: float = 0.95

    def analyse(self, data: Outcome) -> Estimate:
        """Odds of responding, treatment over control."""
        tables = _tables(data, self.treatment, self.control, self.strata)
        diagonal, other = (tables[:, 0, 0] * tables[:, 1, 1]).sum(), (tables[:, 0, 1] * tables[:, 1, 0]).sum()
        if diagonal == 0 or other == 0:
            raise RequestError("the odds ratio is zero or infinite", then="use a risk difference")
        stratified = statsmodels("stats.contingency_tables").StratifiedTable(np.moveaxis(tables, 0, 2))
        p = float(stratified.test_null_odds(correction=False).pvalue)
        bounds = stratified.oddsratio_pooled_confint(1.0 - self.level)
        by = f" by {', '.join(self.strata)}" if self.strata else ""
        account = _account(self, f"Mantel-Haenszel odds ratio{by}, Cochran-Mantel-Haenszel test", "odds ratio", data)
        ratio, se = float(stratified.oddsratio_pooled), float(stratified.logodds_pooled_se)
        return account.given(ratio, se, np.inf, bounds, p, ratio=True)


class _Comparison(Protocol):
    @property
    def treatment(self) -> str: ...
    @property
    def control(self) -> str: ...
    @property
    def level(self) -> float: ...


def _account(asked: _Comparison, method: str, quantity: str, data: Outcome) -> Account:
    assumed = ("people are independent", "everybody counts as responder or not; who is missing was decided before")
    words = f"{quantity} of responders, {asked.treatment} against {asked.control}"
    return Account(words, method, assumed, count(data.of(asked.treatment, asked.control).arm), asked.level)


def _tables(data: Outcome, treatment: str, control: str, by: tuple[str, ...]) -> Floats:
    """Counts: stratum, arm (treatment, control), responded (yes, no); strata with one arm only say nothing and go."""
    compared(data.arm, treatment, control)
    two = data.of(treatment, control)
    if not np.isin(two.value, (0.0, 1.0)).all():
        raise RequestError(
            "a responder is 1 and anybody else 0", given=f"values from {two.value.min():g} to {two.value.max():g}"
        )
    if two.value.min() == two.value.max():
        raise RequestError(
            "everybody has the same outcome", given="nobody responded" if two.value[0] == 0 else "everybody responded"
        )
    stratum = strata(two.covariates, by, two.arm.size)
    tables = np.zeros((stratum.max() + 1, 2, 2))
    np.add.at(tables, (stratum, _index(two.arm == control), _index(two.value == 0.0)), 1.0)
    kept = tables[(tables.sum(2) > 0).all(1)]
    if not len(kept):
        raise RequestError("no stratum has people of both arms", where=", ".join(by))
    return kept


def _index(true: NDArray[np.bool_]) -> NDArray[np.intp]:
    return true.astype(np.intp)
