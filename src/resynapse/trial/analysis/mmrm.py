"""The mixed model for repeated measures: the usual primary analysis of an antidepressant trial."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .covariance import (
    Covariance,
    HeterogeneousAutoregressive,
    HeterogeneousCompoundSymmetry,
    HeterogeneousToeplitz,
    Unstructured,
)
from .data import Floats, Visits, compared, count
from .effects import at, columns_of, over_time
from .estimate import Account, Estimate
from .fit import Fitted, fitted
from .freedom import Freedom, KenwardRoger
from .moments import Design

ORDER: tuple[Covariance, ...] = (
    Unstructured(),
    HeterogeneousToeplitz(),
    HeterogeneousAutoregressive(),
    HeterogeneousCompoundSymmetry(),
)
_FREEDOM = KenwardRoger()
Model = tuple[Design, Fitted]


@dataclass(frozen=True)
class Mmrm:
    r"""Difference between two arms at a visit, from all visits of all arms, whoever missed some.

    Fixed effects are visit, arm by visit, `by_visit` covariates (the baseline score) by visit, and `covariates` with
    one effect at all visits; scores of a person are correlated by `covariances`, tried in the order given, which is
    laid down in advance; the estimate names the one used and why those before it failed. Restricted maximum likelihood.

    **Arguments:** `freedom` gives standard error and degrees of freedom.

    **Raises:** `RequestError` for an unknown visit, arm or covariate, a singular design, scores that do not vary, or
    too few observations for every covariance of the order.

    **Source:** `mallinckrodt2001`, `kenward1997`; checked against R's mmrm, SAS and nlme (docs/reference/analysis.md).
    """

    treatment: str
    control: str
    visit: str
    by_visit: tuple[str, ...] = ("baseline",)
    covariates: tuple[str, ...] = ()
    covariances: tuple[Covariance, ...] = ORDER
    freedom: Freedom = _FREEDOM
    level: float = 0.95

    def analyse(self, data: Visits) -> Estimate:
        """The difference, treatment less control, at the visit."""
        data.place(self.visit)
        design, fit = self._fitted(data)
        return self._difference(data, design, fit, self.visit)

    def model(self, data: Visits) -> Model:
        """The fitted model, from which several differences can be read (`read`)."""
        return self._fitted(data)

    def read(self, data: Visits, model: Model) -> Estimate:
        """The difference at the visit from a model of the same data, control, covariates and covariances."""
        data.place(self.visit)
        compared(data.arm, self.treatment, self.control)
        return self._difference(data, *model, self.visit)

    @property
    def apart(self) -> Mmrm:
        """What the fit hangs on: the analysis without its treatment, its visit and its level."""
        return replace(self, treatment="", visit="", level=0.95)

    def at_every_visit(self, data: Visits) -> dict[str, Estimate]:
        """The difference at each visit, from one fit."""
        design, fit = self._fitted(data)
        return {visit: self._difference(data, design, fit, visit) for visit in data.visits}

    def means(self, data: Visits) -> dict[tuple[str, str], Estimate]:
        """The adjusted mean of treatment and control at each visit, at the mean covariates of the people used."""
        design, fit = self._fitted(data)
        arms, visits = (self.control, self.treatment), data.visits
        return {(arm, visit): self._mean(data, design, fit, (arm, visit)) for arm in arms for visit in visits}

    def fit(self, data: Visits) -> Fitted:
        """The fitted model: covariance between visits, deviance, any contrast."""
        return self._fitted(data)[1]

    def _fitted(self, data: Visits) -> tuple[Design, Fitted]:
        compared(data.arm, self.treatment, self.control)
        design = over_time(data, self.control, self.by_visit, self.covariates)
        return design, fitted(design, data.score, self.covariances)

    def _difference(self, data: Visits, design: Design, fit: Fitted, visit: str) -> Estimate:
        contrast = np.zeros(len(design.names))
        contrast[design.names.index(at(self.treatment, visit))] = 1.0
        return self._told(data, fit, contrast, f"{self.treatment} less {self.control} at {visit}")

    def _mean(self, data: Visits, design: Design, fit: Fitted, where: tuple[str, str]) -> Estimate:
        arm, visit = where
        used = np.isfinite(data.score).any(1)
        means = {name: float(x[used].mean()) for name, x in columns_of(data.covariates, self.covariates).items()}
        crossed = columns_of(data.covariates, self.by_visit)
        means |= {at(name, visit): float(x[used].mean()) for name, x in crossed.items()}
        means |= {at("visit", visit): 1.0}
        if arm != self.control:
            means[at(arm, visit)] = 1.0
        contrast = np.array([means.get(name, 0.0) for name in design.names])
        return self._told(data, fit, contrast, f"adjusted mean of {arm} at {visit}")

    def _told(self, data: Visits, fit: Fitted, contrast: Floats, quantity: str) -> Estimate:
        used = count(data.arm[np.isfinite(data.score).any(1)])
        account = Account(quantity, self._method(fit), _ASSUMED, used, self.level)
        return account.wald(fit.estimate(contrast), *self.freedom.spread(fit, contrast))

    def _method(self, fit: Fitted) -> str:
        failed = f" (fall-back; {'; '.join(fit.refused)})" if fit.refused else ""
        return f"MMRM by REML, {fit.structure.name} covariance{failed}, {self.freedom.name} degrees of freedom"


_ASSUMED = (
    "missing scores are missing at random given arm, covariates and the scores seen",
    "scores are normal, with the same covariance between visits in every arm",
)
