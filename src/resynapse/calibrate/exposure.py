"""Exposure of many people to single doses, in one solution: peak, its time and area of any concentration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..chains import happenings
from ..compound import compound
from ..core.chain import Chain
from ..core.event import Happening
from ..core.solver import protocol, solve

Floats = NDArray[np.float64]
UNTIL = 120.0
_HOURS = np.unique(
    np.concatenate([np.linspace(0.0, 4.0, 481), np.linspace(4.0, 30.0, 313), np.linspace(30.0, UNTIL, 181)])
)


@dataclass(frozen=True)
class OneDose:
    """A person's single dose at time zero, and the parameter values by which this person differs."""

    drug: str
    route: str
    mg: float
    over: float
    devices: int
    values: Mapping[str, float]

    def happenings(self, chain: Chain) -> tuple[Happening, ...]:
        """What the dose does to the chain's inputs."""
        dose = {"start": 0.0, "mg": self.mg, "duration": self.over, "devices": self.devices}
        return happenings(chain, compound(self.drug), self.route, dose)


@dataclass(frozen=True)
class Exposure:
    """A concentration after one dose: `time` (h) and `value` in the port's unit."""

    time: Floats
    value: Floats

    @property
    def peak(self) -> float:
        """The largest value."""
        return float(self.value.max())

    @property
    def peak_time(self) -> float:
        """When the largest value is reached (h), by a parabola through the three highest points."""
        k = int(np.clip(self.value.argmax(), 1, len(self.value) - 2))
        a, b, _ = np.polyfit(self.time[k - 1 : k + 2] - self.time[k], self.value[k - 1 : k + 2], 2)
        return float(self.time[k] - (b / (2 * a) if a < 0 else 0.0))

    @property
    def area(self) -> float:
        """Area to infinity: trapezoids, then the tail by its last log-linear slope."""
        early, late = self.value[-25], self.value[-1]
        slope = np.log(early / late) / (self.time[-1] - self.time[-25])
        return float(np.trapezoid(self.value, self.time) + late / slope)


def exposures(chain: Chain, doses: Sequence[OneDose], ports: Sequence[str]) -> list[dict[str, Exposure]]:
    """The course of every port for every person, from one solution of all of them."""
    addresses = sorted({a for dose in doses for a in dose.values} | {"body.weight"})
    default = chain.parameters
    own = {a: np.array([d.values.get(a, float(default[a])) for d in doses]) for a in addresses}
    together = protocol(chain.external, [d.happenings(chain) for d in doses])
    found = solve(chain.with_values(own), together, chain.initial(), (0.0, UNTIL)).at(_HOURS)
    courses = {port: np.asarray(found[port]) for port in ports}
    return [{port: Exposure(_HOURS, courses[port][i]) for port in ports} for i in range(len(doses))]
