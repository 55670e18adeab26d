"""People with their covariates, their score at the start, and their courses under the regimens of a trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...core.errors import RequestError
from ..score import Course
from .order import Order

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Bank:
    """People of one population, as they are without drug and under each regimen.

    **Arguments:** `start` is the score before treatment; `courses` are by order; `digest` tells banks apart.
    """

    population: str
    seed: int
    covariates: Mapping[str, Floats]
    start: Floats
    courses: Mapping[Order, Course]
    digest: str

    def __len__(self) -> int:
        return len(self.start)

    def course(self, order: Order) -> Course:
        """The course under one regimen.

        **Raises:** `RequestError` when it was not banked.
        """
        if order not in self.courses:
            raise RequestError("this regimen is not in the bank", given=f"{order.regimen.drug} {order.regimen.dose}")
        return self.courses[order]

    @property
    def sound(self) -> NDArray[np.bool_]:
        """Who could be followed: under a draw of a calibration states of a few run away, and those are not enrolled."""
        found = np.isfinite(self.start)
        for course in self.courses.values():
            found &= np.isfinite(course.madrs).all(axis=1)
        return found

    @property
    def age(self) -> Floats:
        """Years; adults where the population does not say."""
        return self.covariates.get("age", np.full(len(self), 45.0))
