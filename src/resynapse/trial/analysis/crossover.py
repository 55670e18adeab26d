"""Two treatments in the same people, one a period: the difference within people, whatever differs between periods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...core.errors import RequestError
from .data import Floats, Outcome, compared
from .estimate import Account, Estimate, two_sided

Flags = NDArray[np.bool_]
PERSON, PERIOD = "subject", "period"


@dataclass(frozen=True)
class Crossover:
    r"""The difference of two treatments within people, averaged over both orders.

    With $d$ the outcome under treatment less that under control in one person, the estimate is
    $(\bar d_{TC} + \bar d_{CT}) / 2$, so that a difference between periods drops out; its variance is
    $s_d^2 (1/n_{TC} + 1/n_{CT}) / 4$ with $n - 2$ degrees of freedom. It is what a mixed model with person, period and
    treatment gives when both periods are there; who has one period only is left out. Carry-over is not taken away:
    the difference of sums between orders, which would show it, is told with its p-value. A response counts as 1 or 0.

    **Raises:** `RequestError` when people or periods are not told, or an order has fewer than two people.

    **Source:** `hills1979`.
    """

    treatment: str
    control: str
    level: float = 0.95

    def analyse(self, data: Outcome) -> Estimate:
        """The difference, treatment less control, with Student's t."""
        compared(data.arm, self.treatment, self.control)
        within, total, first = _paired(self, data)
        n = first.sum(), (~first).sum()
        if min(n) < 2:
            raise RequestError("a crossover needs two people in each order", given=f"{n[0]} and {n[1]}")
        df = float(sum(n) - 2)
        estimate = (within[first].mean() + within[~first].mean()) / 2.0
        carried = total[first].mean() - total[~first].mean()
        p = two_sided(carried / max(_se(total, first), 1e-12), df)
        words = (
            "differences within people are normal with one variance, and who lacks a period is missing at random",
            f"nothing is carried over (sums of the two orders differ by {carried:.3g}, p = {p:.2f})",
        )
        quantity = f"{self.treatment} less {self.control}, within people"
        orders = {f"{self.treatment} first": int(n[0]), f"{self.control} first": int(n[1])}
        account = Account(quantity, "crossover, mean of both orders, pooled variance", words, orders, self.level)
        return account.wald(float(estimate), max(_se(within, first) / 2.0, 1e-12), df)


def _se(value: Floats, first: Flags) -> float:
    """The standard error of the difference of two orders."""
    parts = [value[first], value[~first]]
    squares = sum(float(np.square(p - p.mean()).sum()) for p in parts)
    return float(np.sqrt(squares / (value.size - 2) * sum(1.0 / p.size for p in parts)))


def _paired(asked: Crossover, data: Outcome) -> tuple[Floats, Floats, Flags]:
    """Of everybody with both periods: the difference, the sum, and whether treatment came first."""
    for name in (PERSON, PERIOD):
        if name not in data.covariates:
            raise RequestError("a crossover is analysed by person and period", given=f"no `{name}`")
    person, period = data.covariates[PERSON], data.covariates[PERIOD]
    by = {}
    for name in (asked.treatment, asked.control):
        here = data.arm == name
        rows = zip(person[here], data.value[here], period[here], strict=True)
        by[name] = {int(who): (float(value), int(when)) for who, value, when in rows}
    both = sorted(by[asked.treatment].keys() & by[asked.control].keys())
    if not both:
        raise RequestError("nobody has both treatments", given=f"{asked.treatment}, {asked.control}")
    one, two = ([by[name][p] for p in both] for name in (asked.treatment, asked.control))
    x, y = np.array([v for v, _ in one]), np.array([v for v, _ in two])
    return x - y, x + y, np.array([a[1] < b[1] for a, b in zip(one, two, strict=True)])
