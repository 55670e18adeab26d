"""What every analysis answers: an estimate, how uncertain it is, how it was made and what that takes for granted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from ...core.errors import RequestError

NORMAL = float("inf")


@dataclass(frozen=True)
class Estimate:
    """One contrast of a trial with its interval and two-sided p-value.

    **Arguments:** `quantity` says in words what is estimated; `se` is the standard error, of the logarithm where
    `ratio` is true (`nan` where the method has none); `df` are the degrees of freedom (infinite for a normal
    reference); `low` and `high` bound the interval at `level`; `method` names the analysis in full, any fall-back
    included; `assumed` lists what has to hold for it; `n` counts the people used in each arm.
    """

    quantity: str
    estimate: float
    se: float
    df: float
    low: float
    high: float
    p: float
    method: str
    assumed: tuple[str, ...]
    n: Mapping[str, int]
    level: float = 0.95
    ratio: bool = False

    def __str__(self) -> str:
        """Three lines: the result, the method with the people used, and what is assumed."""
        used = ", ".join(f"{arm} {count}" for arm, count in self.n.items())
        head = f"{self.quantity}: {self.estimate:.4g} ({100 * self.level:g} % CI {self.low:.4g} to {self.high:.4g})"
        lines = [f"{head}, {self._spread()}{_p(self.p)}", f"  {self.method}; people: {used}"]
        return "\n".join([*lines, *(f"  assumes {word}" for word in self.assumed)])

    @property
    def significant(self) -> bool:
        """Whether the two-sided p-value lies below one less the level of the interval."""
        return self.p < 1.0 - self.level

    def record(self) -> dict[str, Any]:
        """The estimate as plain values for JSON; infinite degrees of freedom and undefined numbers become null."""
        numbers = {name: _plain(getattr(self, name)) for name in ("estimate", "se", "df", "low", "high", "p", "level")}
        words = {"quantity": self.quantity, "method": self.method, "assumed": list(self.assumed)}
        return words | numbers | {"n": dict(self.n), "ratio": self.ratio}

    def _spread(self) -> str:
        if np.isnan(self.se):
            return ""
        of = " of the log" if self.ratio else ""
        degrees = "" if np.isinf(self.df) else f", df {self.df:.1f}"
        return f"SE{of} {self.se:.4g}{degrees}, "


@dataclass(frozen=True)
class Account:
    """The words around a number: what it is, how it was made, what that assumes, who was used, at which level."""

    quantity: str
    method: str
    assumed: tuple[str, ...]
    n: Mapping[str, int]
    level: float

    def __post_init__(self) -> None:
        if not 0.0 < self.level < 1.0:
            raise RequestError("the level of an interval lies between 0 and 1", given=self.level, then="0.95 is usual")

    def wald(self, estimate: float, se: float, df: float = NORMAL) -> Estimate:
        r"""A symmetric interval, $\hat d \pm t_{df} \, se$, with the p-value of $\hat d / se$."""
        reach = _quantile(self.level, df) * se
        return self.given(estimate, se, df, (estimate - reach, estimate + reach), two_sided(estimate / se, df))

    def log_wald(self, logarithm: float, se: float) -> Estimate:
        """A ratio whose logarithm has a symmetric interval."""
        reach = _quantile(self.level, NORMAL) * se
        low, high = np.exp(logarithm - reach), np.exp(logarithm + reach)
        p = two_sided(logarithm / se, NORMAL)
        return self.given(float(np.exp(logarithm)), se, NORMAL, (float(low), float(high)), p, ratio=True)

    def given(
        self, estimate: float, se: float, df: float, interval: tuple[float, float], p: float, *, ratio: bool = False
    ) -> Estimate:
        """An estimate whose interval and p-value were made elsewhere."""
        low, high = interval
        words = (self.method, self.assumed, self.n, self.level, ratio)
        return Estimate(self.quantity, float(estimate), float(se), float(df), float(low), float(high), float(p), *words)


def two_sided(statistic: float, df: float = NORMAL) -> float:
    """Two-sided p-value of a t statistic, or of a normal one when the degrees of freedom are infinite."""
    below = -abs(statistic)
    return float(2.0 * (ndtr(below) if np.isinf(df) else stdtr(df, below)))


def _quantile(level: float, df: float) -> float:
    share = 0.5 + level / 2.0
    return float(ndtri(share) if np.isinf(df) else stdtrit(df, share))


def _p(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.4f}"


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
