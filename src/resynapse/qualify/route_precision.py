"""How precise is each route? Exposure of many people after one dose, with and without a cold (claim C16)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..body.modifier import modified
from ..chains import body_chain, happenings
from ..compound.library import compound
from ..core.chain import Chain
from ..core.errors import RequestError
from ..core.solver import profile_people, protocol
from ..core.source import source
from ..person import drawn_occasion, drawn_people

Floats = NDArray[np.float64]
PORTS = ("cv_ketamine", "cv_ketamine_s")
METRICS = ("auc", "cmax")
COLD = "rhinitis"
HOURS: Floats = np.unique(np.concatenate([np.linspace(0, 2, 61), np.linspace(2, 6, 41), np.linspace(6, 24, 37)]))
_RESAMPLES = 200
_LEAST = 20


@dataclass(frozen=True)
class RouteDose:
    """One single dose: `mg` of base by a route, over some hours or from some devices."""

    name: str
    title: str
    drug: str
    route: str
    mg: float
    over: float
    devices: int


@dataclass(frozen=True)
class PublishedSpread:
    """A published coefficient of variation (percent), or the range of several, between or within people."""

    route: str
    metric: str
    kind: str
    low: float
    high: float
    mark: str
    source: str
    where: str
    people: str = "adults"


@dataclass(frozen=True, eq=False)
class Exposure:
    """One concentration (ng/mL) of many people over 24 hours after a dose: `values`, person x time."""

    values: Floats

    @property
    def auc(self) -> Floats:
        """Area under the curve from 0 to 24 h (ng h/mL), by trapezoids of two minutes around the peak."""
        return np.asarray(np.trapezoid(self.values, HOURS, axis=1))

    @property
    def cmax(self) -> Floats:
        """The highest value (ng/mL)."""
        return np.asarray(self.values.max(axis=1))

    @property
    def tmax(self) -> Floats:
        """When it is reached (h)."""
        return HOURS[self.values.argmax(axis=1)]


@dataclass(frozen=True, eq=False)
class RouteCourse:
    """What a dose by one route does to many people.

    **Arguments:** by port: `usual` with every person's own values, `visits` on two occasions, `typical` the one person
    with the typical values.
    """

    dose: RouteDose
    usual: Mapping[str, Exposure]
    visits: tuple[Mapping[str, Exposure], Mapping[str, Exposure]]
    typical: Mapping[str, Exposure]

    def between(self, port: str, metric: str) -> float:
        """Coefficient of variation between people, occasions left out."""
        return variation(getattr(self.usual[port], metric))

    def within(self, port: str, metric: str) -> float | None:
        """Coefficient of variation within a person, or `None` when the parameter set says nothing about occasions."""
        first, second = (getattr(visit[port], metric) for visit in self.visits)
        apart = np.log(first / second)
        spread = apart.std() / np.sqrt(2.0)
        return float(np.sqrt(np.expm1(spread**2))) if spread > 1e-6 else None


@dataclass(frozen=True, eq=False)
class RoutePrecision:
    """All routes of claim C16, and the nasal spray with a cold, in the same people."""

    people: int
    seed: int
    routes: Mapping[str, RouteCourse]
    cold: RouteCourse


def route_precision(people: int = 2000, seed: int = 1) -> RoutePrecision:
    """Single doses by every route in the same drawn people, and the nasal spray again with a running nose.

    **Assumes:** everybody weighs 70 kg, so a dose per kg and a fixed dose are alike; KPK-1 and its spreads.

    **Leaves out:** uncertainty of typical values and spreads; spread where the parameter set has none (gut passage,
    sprays that fail).

    **Raises:** `RequestError` for fewer than 20 people or a seed below 0.
    """
    if people < _LEAST or seed < 0:
        raise RequestError(
            "this needs people and a seed",
            given=f"{people} people, seed {seed}",
            allowed=f"{_LEAST} or more, 0 or more",
        )
    chain = body_chain("human", "kpk1")
    routes = {dose.name: _course(chain, dose, people, seed) for dose in route_doses()}
    return RoutePrecision(people, seed, routes, _course(modified(chain, [COLD]), routes["nasal"].dose, people, seed))


def variation(values: Floats) -> float:
    """Coefficient of variation: standard deviation over mean."""
    return float(values.std() / values.mean())


def variation_interval(values: Floats, seed: int) -> tuple[float, float]:
    """From where to where 90 of 100 repetitions with other people would find the coefficient of variation."""
    chosen = np.random.default_rng(seed).integers(len(values), size=(_RESAMPLES, len(values)))
    found = values[chosen].std(axis=1) / values[chosen].mean(axis=1)
    low, high = np.quantile(found, [0.05, 0.95])
    return float(low), float(high)


def variation_difference(first: Floats, second: Floats, seed: int) -> tuple[float, float]:
    """As `variation_interval`, of how much more `first` varies than `second` in the same people, drawn together."""
    chosen = np.random.default_rng(seed).integers(len(first), size=(_RESAMPLES, len(first)))
    more = [variation(first[who]) - variation(second[who]) for who in chosen]
    low, high = np.quantile(more, [0.05, 0.95])
    return float(low), float(high)


@cache
def route_doses() -> tuple[RouteDose, ...]:
    """The doses that are compared."""
    return tuple(RouteDose(**table) for table in _tables()["route"])


@cache
def published_spreads() -> tuple[PublishedSpread, ...]:
    """Published coefficients of variation, each with its source."""
    found = tuple(PublishedSpread(**table) for table in _tables()["published"])
    for one in found:
        source(one.source)
    return found


def _tables() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("route_precision.toml").read_text(encoding="utf-8"))


def _course(chain: Chain, dose: RouteDose, people: int, seed: int) -> RouteCourse:
    who = range(people)
    own = chain.with_values(drawn_people(chain, who, seed))
    first, second = (_exposures(own.with_values(drawn_occasion(own, who, seed, k)), dose) for k in (1, 2))
    return RouteCourse(dose, _exposures(own, dose), (first, second), _exposures(chain, dose))


def _exposures(chain: Chain, dose: RouteDose) -> dict[str, Exposure]:
    event = {"start": 0.0, "mg": dose.mg, "duration": dose.over, "devices": dose.devices}
    given = protocol(chain.external, [happenings(chain, compound(dose.drug), dose.route, event)])
    return {port: Exposure(values) for port, values in profile_people(chain, given, HOURS, PORTS).items()}
