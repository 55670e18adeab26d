"""Analysis of covariance of one outcome a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from ...core.errors import RequestError
from .data import Floats, Outcome, compared, count
from .effects import one_time
from .estimate import Account, Estimate
from .library import statsmodels
from .moments import Design, gather


class Errors(Protocol):
    """What is assumed about the variance of the outcome."""

    kind: ClassVar[str]
    name: ClassVar[str]
    assumed: ClassVar[str]


@dataclass(frozen=True)
class Pooled:
    """One variance for everybody."""

    kind: ClassVar[str] = "nonrobust"
    name: ClassVar[str] = "pooled variance"
    assumed: ClassVar[str] = "residuals are normal with one variance"


@dataclass(frozen=True)
class Sandwich:
    """Any variance for each person: the HC3 sandwich. **Source:** `mackinnon1985`."""

    kind: ClassVar[str] = "HC3"
    name: ClassVar[str] = "HC3 standard errors"
    assumed: ClassVar[str] = "people are independent; variances may differ"


@dataclass(frozen=True)
class Ancova:
    """Difference between two arms in one outcome, adjusted for covariates; all arms of the data take part.

    **Raises:** `RequestError` for an unknown arm or covariate, a singular design, no variation, or too few people.
    """

    treatment: str
    control: str
    covariates: tuple[str, ...] = ("baseline",)
    errors: Errors = Pooled()
    level: float = 0.95

    def analyse(self, data: Outcome) -> Estimate:
        """The adjusted difference, treatment less control, with Student's t on the residual degrees of freedom."""
        compared(data.arm, self.treatment, self.control)
        names, columns = one_time(data, self.control, self.covariates)
        gather(Design(names, columns[:, None]), data.value[:, None])
        if self.errors.kind == Sandwich.kind:
            _leverages(columns)
        model = statsmodels("regression.linear_model").OLS(data.value, columns)
        result = model.fit(cov_type=self.errors.kind)
        place = names.index(self.treatment)
        quantity = f"{self.treatment} less {self.control}"
        adjusted = f"ANCOVA adjusted for {', '.join(self.covariates)}" if self.covariates else "ANOVA"
        words = (f"{adjusted}, {self.errors.name}", (_NO_INTERACTION, self.errors.assumed))
        account = Account(quantity, *words, count(data.arm), self.level)
        return account.wald(float(result.params[place]), float(result.bse[place]), float(result.df_resid))


def _leverages(columns: Floats) -> None:
    base = np.linalg.qr(columns)[0]
    if (np.square(base).sum(1) > 1.0 - 1e-9).any():
        then = "use the pooled variance, or drop the covariate that marks one person"
        raise RequestError("somebody alone fixes an effect, so that HC3 is not defined", then=then)


_NO_INTERACTION = "the difference is the same at every value of the covariates"
