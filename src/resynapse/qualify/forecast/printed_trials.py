"""Every number printed of a trial of the library, with what many replicates of the same size say in its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import RequestError
from ...trial.design import Design
from ...trial.design.library import designs
from ...trial.design.published import Printed, printed
from ...trial.run import Trial
from ...trial.run.dataset import DataSet
from ...trial.run.outcome import Models, answer
from ...trial.run.power import under
from ...trial.run.predicted import counterpart

Floats = NDArray[np.float64]
Tell = Callable[[str], None]
CONDITION = "assurance"
_FOUR_DIGITS = 4
_NAMES = ("role", "mark", "row", "quantity", "statistic", "value", "unit", "low", "high", "direction", "n")


@dataclass(frozen=True)
class Sweep:
    """One trial and how often it is run, each time in the next of its worlds."""

    trial: Trial
    replicates: int

    def rows(self, tell: Tell = lambda _: None) -> list[dict[str, Any]]:
        """One plain row a printed number: what was printed, and the replicates that say something of it."""
        design = self.trial.plan.design
        entries = printed(design)
        found = np.array([self._said(k, entries, tell) for k in range(self.replicates)])
        return [{**_printed(design, one), "sample": _kept(found[:, i])} for i, one in enumerate(entries)]

    def _said(self, number: int, entries: tuple[Printed, ...], tell: Tell) -> list[float]:
        if number % 10 == 0:
            tell(f"{self.trial.plan.design.name}: replicate {number} of {self.replicates}")
        try:
            return said(self.trial, number, entries)
        except RequestError:  # a trial that does not find its people says nothing
            return [float("nan")] * len(entries)


def filed() -> list[tuple[Design, dict[str, Any]]]:
    """Every printed number of every trial of the library that is not made of steps, with nothing predicted."""
    known = [design for design in designs().values() if design.kind != "steps"]
    return [(design, _printed(design, one)) for design in known for one in printed(design)]


def said(trial: Trial, number: int, entries: tuple[Printed, ...]) -> list[float]:
    """What one replicate says of each printed number; nan where it says nothing."""
    drawn = under(trial, CONDITION, number)
    data = DataSet(drawn, drawn.replicate(number))
    ends = {end.name: end for end in data.trial.plan.design.endpoints}
    models: Models = {}
    return [counterpart(data, one, _contrast(data, ends, one, models)) for one in entries]


def _contrast(data: DataSet, ends: Mapping[str, Any], one: Printed, models: Models) -> Any:
    if len(one.of) != 2:
        return None
    try:
        return answer(data, ends[one.endpoint], models)
    except RequestError:
        return None


def _printed(design: Design, one: Printed) -> dict[str, Any]:
    seen = one.observation
    facts = {name: getattr(seen, name) for name in _NAMES}
    where = {"study": seen.study.name, "design": design.name, "endpoint": one.endpoint, "of": list(one.of)}
    return {**where, **facts, "overlap": list(seen.study.overlap)}


def _kept(values: Floats) -> list[float]:
    """Replicates that say something, to four digits."""
    return [float(f"{v:.{_FOUR_DIGITS}g}") for v in values if np.isfinite(v)]
