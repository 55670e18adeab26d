"""How values differ between people and occasions, and how far a measurement lies from the truth.

These stand beside the typical value in a parameter set: a `spread` between people, an `occasion` spread within one,
`[[covariance]]` tables that tie two spreads together, and `[residual.PORT]` tables for the error of a measured port.
`[[correlation]]` tables say which values a calibration knows only together.
"""

from __future__ import annotations

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

Kind = Literal["lognormal", "logitnormal", "normal"]


class Spread(BaseModel):
    """How far a value differs: lognormal with a CV or a log-variance, logit-normal or normal with an SD.

    **Arguments:** `kind` is the scale on which the difference is normal; exactly one of `cv` (of the value itself),
    `omega2` (variance on that scale) and `sd` (standard deviation on that scale) is given.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Kind
    cv: float | None = None
    sd: float | None = None
    omega2: float | None = None

    @model_validator(mode="after")
    def _one(self) -> Spread:
        if sum(v is not None for v in (self.cv, self.sd, self.omega2)) != 1:
            raise ValueError("a spread needs exactly one of cv, sd and omega2")
        if self.cv is not None and self.kind != "lognormal":
            raise ValueError("a cv belongs to a lognormal spread")
        return self

    @property
    def omega(self) -> float:
        """Standard deviation on the normal scale."""
        if self.cv is not None:
            return math.sqrt(math.log1p(self.cv**2))
        return math.sqrt(self.omega2) if self.omega2 is not None else float(self.sd or 0.0)


class Covariance(BaseModel):
    """The covariance of two spreads, on their normal scales."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    between: tuple[str, str]
    value: float
    where: str
    source: str


class Correlation(BaseModel):
    """How far two values are known together: the correlation of a calibration's draws, not one of people."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    between: tuple[str, str]
    value: float
    where: str
    source: str

    @model_validator(mode="after")
    def _possible(self) -> Correlation:
        if not -1.0 <= self.value <= 1.0:
            raise ValueError("a correlation lies between -1 and 1")
        return self


class Residual(BaseModel):
    """How far a measured value of a port lies from the model: assay, timing and model error together.

    **Arguments:** `kind` is `log` (normal on the log scale), `proportional`, `additive` or `combined`; `sd` is the log
    or proportional standard deviation; `additive` is one in the port's unit.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["log", "proportional", "additive", "combined"]
    sd: float = 0.0
    additive: float = 0.0
    where: str
    source: str
    note: str | None = None

    @model_validator(mode="after")
    def _complete(self) -> Residual:
        if (self.kind != "additive") != (self.sd > 0) or (self.kind in ("additive", "combined")) != (self.additive > 0):
            raise ValueError("`log` and `proportional` need sd, `additive` needs additive, `combined` needs both")
        return self
