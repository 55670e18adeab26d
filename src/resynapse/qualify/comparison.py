"""One published number on the scale of the model, with its uncertainty, and the prediction beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from ..evidence import Observation

NO_CHANGE = 0.05
"""A relative change smaller than this counts as none."""

_TOLERATED_SHARE = 0.25
_Z = {"95%CI": 1.96, "90%CI": 1.645, "80%CI": 1.282}


@dataclass(frozen=True)
class Comparison:
    """One published number, or direction, and what the result says of it.

    **Arguments:** `value`, `low`, `high` and `predicted` are on the port's scale, or in the metric's own unit;
    `error` is the standard error and `effect` the size whose quarter is tolerated; `allowed` is a printed range;
    `least` is what counts as no difference where the effect is nothing; `about` says what the number is; `unlike` is
    the reason why it cannot be judged.
    """

    port: str
    hours: float
    predicted: float
    statistic: str
    about: str
    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    error: float = math.nan
    effect: float = 0.0
    least: float = 0.0
    allowed: tuple[float, float] | None = None
    direction: int | None = None
    n: float = math.nan
    unlike: str = ""
    note: str = ""

    @property
    def band(self) -> tuple[float, float]:
        """Where the prediction may lie: the printed range, or two standard deviations to either side."""
        if self.allowed is not None:
            return self.allowed
        spread = max(self.error if math.isfinite(self.error) else 0.0, _TOLERATED_SHARE * abs(self.effect))
        reach = 2 * spread if spread > 0 else self.least
        return self.value - reach, self.value + reach

    @property
    def met(self) -> bool:
        """Whether the prediction lies in the band, or has the published sign."""
        if self.direction is not None:
            return _sign(self.predicted) == self.direction
        return self.band[0] <= self.predicted <= self.band[1]


def published(o: Observation, drawn: Comparison, before: float = 0.0, scale: float = 1.0) -> Comparison:
    """A comparison with the published number and its uncertainty, `scale` times and counted from `before`."""
    value = o.value or 0.0
    error = abs(scale) * standard_error(o)
    kind = o.dispersion.partition(" ")[0]
    ends = [before + scale * end for end in (o.low, o.high) if end is not None]
    low, high = (min(ends), max(ends)) if len(ends) == 2 else (math.nan, math.nan)
    if math.isnan(low) and math.isfinite(error):
        low, high = before + scale * value - 1.96 * error, before + scale * value + 1.96 * error
    return replace(
        drawn,
        value=before + scale * value,
        low=low,
        high=high,
        error=error,
        effect=scale * value,
        least=NO_CHANGE * abs(before),
        allowed=(low, high) if kind == "range" else None,
        n=count(o),
    )


def standard_error(o: Observation) -> float:
    """The standard error of the published number; `NaN` when it is not known."""
    kind, _, said = o.dispersion.partition(" ")
    if kind in _Z and o.low is not None and o.high is not None:
        return (o.high - o.low) / (2 * _Z[kind])
    if kind in ("", "range"):
        return math.nan
    amount = float(said) if said else math.nan
    if kind == "se":
        return amount
    spread = {"sd": amount}.get(kind, (math.log(amount) if kind == "gsd" else amount) * abs(o.value or 0.0))
    return spread / math.sqrt(o.n) if o.n else math.nan


def count(o: Observation) -> float:
    """How many were observed; `NaN` when it is not known."""
    n = o.n or o.arm.n
    return math.nan if n is None else float(n)


def _sign(change: float) -> int:
    return 0 if abs(change) < NO_CHANGE else 1 if change > 0 else -1
