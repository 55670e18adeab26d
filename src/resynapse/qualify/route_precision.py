"""How precise is each route? Exposure of many people after one dose, with and without a cold (claim C16)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
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
from ..core.variability import Spread
from ..person import People, Population, drawn_occasion, drawn_people, population

Floats = NDArray[np.float64]
PORTS = ("cv_ketamine", "cv_ketamine_s")
METRICS = ("auc", "cmax")
COLD = "rhinitis"
HOURS: Floats = np.unique(np.concatenate([np.linspace(0, 2, 61), np.linspace(2, 6, 41), np.linspace(6, 24, 37)]))
_RESAMPLES = 200
_LEAST = 20
_KG = 70.0


@dataclass(frozen=True)
class RouteDose:
    """One single dose: `mg` of base by a route, over some hours or devices; `per_kg`: for 70 kg."""

    name: str
    title: str
    drug: str
    route: str
    mg: float
    over: float
    devices: int
    per_kg: bool = False


@dataclass(frozen=True)
class AssumedOccasion:
    """A spread between occasions of one person that the parameter set does not have: put in, not found.

    **Arguments:** `range` is the plausible range of its size, `note` says why.
    """

    parameter: str
    spread: Spread
    unit: str
    origin: str
    where: str
    source: str
    mark: str
    range: tuple[float, float]
    note: str


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

    def total(self, port: str, metric: str) -> float:
        """Coefficient of variation of single doses: between people and occasions together."""
        return variation(getattr(self.visits[0][port], metric))

    def within(self, port: str, metric: str) -> float | None:
        """Coefficient of variation within a person, or `None` when the parameter set says nothing about occasions."""
        first, second = (getattr(visit[port], metric) for visit in self.visits)
        apart = np.log(first / second)
        spread = apart.std() / np.sqrt(2.0)
        return float(np.sqrt(np.expm1(spread**2))) if spread > 1e-6 else None


@dataclass(frozen=True, eq=False)
class RoutePrecision:
    """All routes of claim C16, and the nasal spray with a cold, in the same people, of a population if named."""

    people: int
    seed: int
    routes: Mapping[str, RouteCourse]
    cold: RouteCourse
    population: Population | None = None


def route_precision(people: int = 2000, seed: int = 1, of: str | None = None) -> RoutePrecision:
    """Single doses by every route in the same drawn people, and the nasal spray again with a running nose.

    **Arguments:** `of` names a population on file, whose weight, age and other covariates then differ too, and whose
    occasions also differ by what is assumed in `route_precision.toml`.

    **Assumes:** without a population everybody weighs 70 kg, so a dose per kg and a fixed dose are alike; KPK-1.

    **Leaves out:** uncertainty of typical values and spreads; spread where the parameter set has none (gut passage,
    sprays that fail).

    **Raises:** `RequestError` for fewer than 20 people, a seed below 0, or an unknown population or one of animals.
    """
    if people < _LEAST or seed < 0:
        raise RequestError(
            "this needs people and a seed",
            given=f"{people} people, seed {seed}",
            allowed=f"{_LEAST} or more, 0 or more",
        )
    chain, chosen = body_chain("human", "kpk1"), None if of is None else _humans(of)
    crowd = Seventy(people, seed) if chosen is None else OfPopulation(chosen.sample(people, seed))
    routes = {dose.name: _course(chain, dose, crowd) for dose in route_doses()}
    cold = _course(modified(chain, [COLD]), routes["nasal"].dose, crowd)
    return RoutePrecision(people, seed, routes, cold, chosen)


@dataclass(frozen=True)
class Seventy:
    """People who all weigh 70 kg and differ by the spreads of the parameter set."""

    count: int
    seed: int

    def own(self, chain: Chain) -> Chain:
        """The chain with everybody's own values."""
        return chain.with_values(drawn_people(chain, range(self.count), self.seed))

    def visit(self, own: Chain, occasion: int) -> Chain:
        """The chain on one occasion."""
        return own.with_values(drawn_occasion(own, range(self.count), self.seed, occasion))

    @property
    def heavier(self) -> Floats:
        """By what their weight lies above 70 kg."""
        return np.ones(1)


@dataclass(frozen=True)
class OfPopulation:
    """People of a population, with their covariates and with assumed differences between occasions."""

    people: People

    def own(self, chain: Chain) -> Chain:
        """The chain with everybody's own values."""
        return chain.with_values(self.people.values(chain))

    def visit(self, own: Chain, occasion: int) -> Chain:
        """The chain on one occasion."""
        also = {o.parameter: o.spread for o in assumed_occasions()}
        return own.with_values(drawn_occasion(own, self.people.numbers, self.people.seed, occasion, also))

    @property
    def heavier(self) -> Floats:
        """By what their weight lies above 70 kg, as a factor."""
        return self.people.covariates["weight"] / _KG


def _humans(name: str) -> Population:
    chosen = population(name)
    if chosen.species != "human":
        raise RequestError("this claim is about people", given=name, then="name a population of people")
    return chosen


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


@cache
def assumed_occasions() -> tuple[AssumedOccasion, ...]:
    """What is assumed of occasions where the parameter set says nothing."""
    tables = _tables()["occasion"]
    found = tuple(AssumedOccasion(**{**t, "spread": Spread(**t["spread"]), "range": tuple(t["range"])}) for t in tables)
    for one in found:
        source(one.source)
    return found


def _tables() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("route_precision.toml").read_text(encoding="utf-8"))


def _course(chain: Chain, dose: RouteDose, crowd: Seventy | OfPopulation) -> RouteCourse:
    own, given = crowd.own(chain), crowd.heavier if dose.per_kg else np.ones(1)
    first, second = (_exposures(crowd.visit(own, k), dose, given) for k in (1, 2))
    return RouteCourse(dose, _exposures(own, dose, given), (first, second), _exposures(chain, dose, np.ones(1)))


def _exposures(chain: Chain, dose: RouteDose, times: Floats) -> dict[str, Exposure]:
    """Exposure to the dose, `times` the amount: one factor a person, or one for all."""
    event = {"start": 0.0, "mg": dose.mg, "duration": dose.over, "devices": dose.devices}
    given = protocol(chain.external, [happenings(chain, compound(dose.drug), dose.route, event)])
    given = replace(given, amounts=given.amounts * times[:, None])
    return {port: Exposure(values) for port, values in profile_people(chain, given, HOURS, PORTS).items()}
