"""A course: what was prescribed and taken week by week, and whether that was an adequate trial of the drug."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...compound.antidepressant import antidepressant
from ...core.errors import RequestError
from .beliefs import value

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rules:
    """When a course counts.

    **Arguments:** `weeks` at or above the lowest adequate dose, and the share of tablets `taken` over those weeks.
    """

    weeks: float
    taken: float

    def met(self, mg: Floats, taken: Floats, least: float) -> NDArray[np.bool_]:
        """Whether courses were adequate, over the last axis of weeks.

        **Arguments:** `mg` is the daily dose prescribed each week (0 when stopped), `taken` the share of tablets taken.
        """
        enough = mg >= least
        weeks = enough.sum(axis=-1)
        mean = np.where(enough, taken, 0.0).sum(axis=-1) / np.maximum(weeks, 1)
        return np.asarray((weeks >= self.weeks) & (mean >= self.taken))


def usual_rules() -> Rules:
    """Six weeks at the lowest adequate dose or above, three tablets of four taken."""
    return Rules(value("adequate_weeks"), value("adequate_taken"))


def adequate(drug: str, mg: Floats, taken: Floats, rules: Rules | None = None) -> bool:
    """Whether one course of a drug was an adequate trial of it.

    **Arguments:** `mg` and `taken` hold one number a week: the daily dose prescribed and the share of tablets taken.

    **Raises:** `RequestError` for an unknown drug, weeks that do not match, negative doses or shares beyond 0 to 1.
    """
    given, share = np.asarray(mg, dtype=np.float64), np.asarray(taken, dtype=np.float64)
    if given.shape != share.shape or given.ndim != 1:
        raise RequestError("a course has one dose and one share taken for each week", given=(given.shape, share.shape))
    if (given < 0).any() or (share < 0).any() or (share > 1).any():
        raise RequestError("doses are not negative and shares lie between 0 and 1", where=drug)
    return bool((rules or usual_rules()).met(given, share, antidepressant(drug).least.value))


def prescribed(drug: str, weeks: int) -> Floats:
    """The daily dose (mg) of each week of a course: from the lowest adequate one in equal steps to the usual one."""
    found = antidepressant(drug)
    least, reached, rise = found.least.value, found.reached.value, found.weeks.value
    return np.asarray(least + (reached - least) * np.minimum(np.arange(weeks) / max(rise - 1.0, 1.0), 1.0))
