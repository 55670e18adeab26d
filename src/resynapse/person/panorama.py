"""People of several populations as plain data for a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..core.errors import RequestError
from ..report.populations import Cell, Column
from .covariate import DERIVED, Covariate
from .law import LogitnormalLaw, LognormalLaw, NormalLaw
from .people import People
from .population import Population

SHOWN = ("age", "weight", "bmi", "rho", "load", "madrs_baseline", "prior_failures")


def columns(populations: Sequence[Population], people: int, seed: int) -> tuple[Column, ...]:
    """One column a covariate, one cell a population, from as many people of each.

    **Raises:** `RequestError` when the populations are of different species: a mouse and a person share no axis.
    """
    species = {p.species for p in populations}
    if len(species) > 1:
        raise RequestError("populations of different species cannot stand in one figure", given=", ".join(species))
    drawn = [p.sample(people, seed) for p in populations]
    present = [name for name in SHOWN if any(name in p.specification.covariate for p in populations)]
    return tuple(_column(name, populations, drawn) for name in present)


def _column(name: str, populations: Sequence[Population], drawn: Sequence[People]) -> Column:
    known = [p.specification.covariate for p in populations]
    first = next(covariates[name] for covariates in known if name in covariates)
    cells = (_cell(name, covariates, people) for covariates, people in zip(known, drawn, strict=True))
    return Column(first.meaning.partition(",")[0], first.unit, tuple(cells))


def _cell(name: str, known: Mapping[str, Covariate], people: People) -> Cell | None:
    if name not in known:
        return None
    behind = DERIVED[name][0] if known[name].derived else (name,)
    assumed = any(known[word].origin == "assumed_here" for word in behind)
    return Cell(people.covariates[name], _stated(known[name]), assumed)


def _stated(covariate: Covariate) -> float | None:
    """The mean or median that was stated, where there is one number for everybody."""
    if isinstance(covariate.law, NormalLaw | LognormalLaw):
        return covariate.law.mean
    if isinstance(covariate.law, LogitnormalLaw):
        return covariate.law.median
    return next((p.value for p in covariate.published if p.statistic in ("mean", "median")), None)
