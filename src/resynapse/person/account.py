"""An account of people: what was stated of a population beside what the people drawn have, with its chance error."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .covariate import Covariate, Provenance, Published
from .effect import Effect, effects
from .law import GenotypeLaw, LevelsLaw, LogitnormalLaw, LognormalLaw, NormalLaw
from .people import People
from .population import Population, population, populations

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Statement:
    """One statistic of one covariate.

    **Arguments:** `stated` is what the specification says, or what a study printed; `achieved` is what the people drawn
    have, `error` its standard error by chance; `role` is `drawn so`, or `compared` when the people were not drawn to
    meet it, so that it is a test of the specification.
    """

    covariate: str
    unit: str
    statistic: str
    stated: float
    achieved: float
    error: float
    role: str
    origin: str
    source: str
    mark: str


def account(of: Population, people: People) -> tuple[Statement, ...]:
    """Every stated number beside what the people have, from means to allele frequencies and correlations."""
    known = of.specification.covariate
    own = [s for name, covariate in known.items() for s in _of_covariate(of, name, covariate, people)]
    return (*own, *_correlations(of, people))


def population_records() -> list[dict[str, Any]]:
    """Every population on file: who, of which species, how much of it is assumed, and its digest."""
    return [_record(population(name)) for name in populations()]


def population_record(of: Population) -> dict[str, Any]:
    """All that is on file about one population: covariates, correlations, and what moves what."""
    paper = json.loads(of.specification.model_dump_json(exclude_none=True))
    moved = [e for e in effect_records(of.believed) if e["covariate"] in of.specification.covariate]
    for name, covariate in of.specification.covariate.items():
        paper["covariate"][name]["told"] = covariate.told
    return {**_record(of), **paper["population"], **paper, "effects": moved}


def effect_records(believed: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """What each covariate moves, whether it acts, and why: as on file, or for those who believe some effects only."""
    chosen = [name for name, e in effects().items() if e.believed] if believed is None else believed
    return [
        {"name": e.name, "covariate": e.covariate, "acts": _acts(e, chosen), "moves": list(e.moves), "why": e.why}
        for e in effects().values()
    ]


def account_records(of: Population, people: People) -> list[dict[str, Any]]:
    """The account as records."""
    return [asdict(statement) for statement in account(of, people)]


def _record(of: Population) -> dict[str, Any]:
    known = of.specification
    entries: list[Provenance] = [*known.covariate.values(), *known.correlation]
    return {
        "name": of.name,
        "species": of.species,
        "people": known.population.people,
        "covariates": len(known.covariate),
        "sources": len(known.sources) + len(known.source),
        "assumed": sum(entry.origin == "assumed_here" for entry in entries),
        "recalled": sum(entry.mark == "recalled" for entry in entries),
        "digest": of.digest,
    }


def _acts(effect: Effect, believed: Sequence[str]) -> str:
    """Whether an effect acts: yes, only when asked for, or never, because it moves nothing."""
    if effect.name in believed and effect.moves:
        return "yes"
    return "when asked for" if effect.moves else "no"


def _of_covariate(of: Population, name: str, covariate: Covariate, people: People) -> Iterator[Statement]:
    values = people.covariates[name]
    if covariate.law is not None:
        yield from (_told(name, covariate, *row) for row in _law_rows(covariate, covariate.law, values, ""))
    if covariate.by is not None:
        other = of.specification.covariate[covariate.by]
        flags = zip(other.levels, other.level_of(people.covariates[covariate.by]), strict=True)
        for level, who in flags:
            rows = _law_rows(covariate, covariate.laws[level], values[who], f" ({level})") if who.sum() > 1 else ()
            yield from (_told(name, covariate, *row) for row in rows)
    yield from (_printed(name, covariate, published, values) for published in covariate.published)


Row = tuple[str, float, float, float]


def _law_rows(covariate: Covariate, law: Any, values: Floats, who: str) -> Iterator[Row]:
    """Statistic, what the law says, what the people have, and the standard error."""
    if isinstance(law, NormalLaw | LognormalLaw):
        yield (f"mean{who}", law.mean, *_mean(values))
        yield (f"SD{who}", law.sd, *_sd(values))
    elif isinstance(law, LogitnormalLaw):
        yield (f"median{who}", law.median, *_median(values))
    elif isinstance(law, GenotypeLaw):
        yield (f"allele frequency{who}", law.frequency, *_frequency(values))
    elif isinstance(law, LevelsLaw):
        shares = zip(covariate.levels, law.shares, covariate.level_of(values), strict=True)
        yield from ((f"share {level}{who}", share, *_mean(has.astype(np.float64))) for level, share, has in shares)


def _told(name: str, covariate: Covariate, statistic: str, stated: float, achieved: float, error: float) -> Statement:
    beside = (covariate.origin, covariate.source, covariate.mark)
    return Statement(name, covariate.unit, statistic, stated, achieved, error, "drawn so", *beside)


def _printed(name: str, covariate: Covariate, published: Published, values: Floats) -> Statement:
    if published.level is not None:
        values = covariate.level_of(values)[covariate.levels.index(published.level)].astype(np.float64)
    achieved, error = {"mean": _mean, "share": _mean, "sd": _sd, "median": _median}[published.statistic](values)
    words = f"{published.statistic} {published.level or ''}".strip()
    beside = ("measured", published.source, published.mark)
    return Statement(name, covariate.unit, words, published.value, achieved, error, "compared", *beside)


def _correlations(of: Population, people: People) -> Iterator[Statement]:
    r"""Rank correlations of what is not in levels: for normal numbers with correlation $r$, $6/\pi \arcsin(r/2)$."""
    known = of.specification.covariate
    for pair in of.specification.correlation:
        if any(known[name].levels for name in pair.between):
            continue
        ranks = [_ranks(known[name], known, people.covariates[name], people) for name in pair.between]
        stated = 6.0 / np.pi * np.arcsin(pair.value / 2.0)
        achieved = float(np.corrcoef(ranks[0], ranks[1])[0, 1]) if len(people) > 1 else 0.0
        error = float(1.06 / np.sqrt(len(people)))
        beside = (float(stated), achieved, error, "drawn so", pair.origin, pair.source, pair.mark)
        yield Statement(" and ".join(pair.between), "1", "rank correlation", *beside)


def _ranks(covariate: Covariate, known: Mapping[str, Covariate], values: Floats, people: People) -> Floats:
    """Ranks between 0 and 1, among people of the same level where the law hangs on one."""
    flags = known[covariate.by].level_of(people.covariates[covariate.by]) if covariate.by else ()
    ranks = np.zeros(len(values))
    for who in flags or (np.ones(len(values), dtype=bool),):
        ranks[who] = (np.argsort(np.argsort(values[who])) + 0.5) / max(who.sum(), 1)
    return ranks


def _mean(values: Floats) -> tuple[float, float]:
    return float(values.mean()), float(values.std() / np.sqrt(len(values)))


def _sd(values: Floats) -> tuple[float, float]:
    sd = float(values.std())
    fourth = float(((values - values.mean()) ** 4).mean())
    return sd, float(np.sqrt(max(fourth - sd**4, 0.0) / len(values)) / (2.0 * sd or 1.0))


def _median(values: Floats) -> tuple[float, float]:
    half = 0.5 / np.sqrt(len(values))
    low, middle, high = np.quantile(values, [max(0.5 - half, 0.0), 0.5, min(0.5 + half, 1.0)])
    return float(middle), float((high - low) / 2.0)


def _frequency(values: Floats) -> tuple[float, float]:
    return _mean(values / 2.0)
