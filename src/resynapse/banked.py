"""Trials for the doors: a design laid out in time, and the bank of simulated people that it needs, made or found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .calibrate.doubt import Doubt, certain
from .calibrate.posterior import Knowledge
from .cohort import Cohort, Reading
from .core.errors import PeopleError
from .person import Population, population
from .person.lived.kept import kept
from .person.lived.resistant import resistant
from .trial.bank import Bank, Order, course_of, joined
from .trial.bank.order import PORTS
from .trial.design import Design
from .trial.run import Plan, World, plan
from .trial.score import Course

Tell = Callable[[str], None]
Arrays = Mapping[str, NDArray[Any]]
PEOPLE = 4000
ONE = certain(Knowledge())
_BLOCK = 1024
_CACHED = ("days", "sessions")


@dataclass(frozen=True)
class Who:
    """Who is in a bank: their population, their numbers in it (rising), and their covariates."""

    population: Population
    numbers: NDArray[np.int64]
    covariates: Mapping[str, NDArray[Any]]


def banked(design: Design, people: int = PEOPLE, seed: int = 1, tell: Tell = lambda _: None) -> tuple[Plan, Bank]:
    """A design laid out, and a bank that holds its people under every regimen of it.

    **Raises:** `RequestError` for a drug that no file describes or people without an episode; `SolveError` when the
    grid is too coarse.
    """
    laid = plan(design)
    who = enrolled(design, people, seed, tell)
    return laid, bank(who, laid.orders, seed, tell)


def worlds(design: Design, people: int, seed: int, doubt: Doubt, tell: Tell = lambda _: None) -> tuple[World, ...]:
    """The bank of a design and the values of the measured score under each draw: the same people in all of them.

    **Raises:** as `banked`.
    """
    who = enrolled(design, people, seed, tell)
    held = banks(who, plan(design).orders, seed, tell, doubt)
    return tuple(World(bank, doubt.knowledge(k).placebo) for k, bank in enumerate(held))


def enrolled(design: Design, people: int, seed: int, tell: Tell = lambda _: None) -> Who:
    """Who is in the bank: the first people of the population, or the first whom two adequate courses failed.

    **Raises:** `RequestError` when failures are to be lived by people who do not start a first course.
    """
    chosen = population(design.population)
    if design.eligibility.failures != "lived":
        drawn = chosen.people(range(people), seed)
        return Who(chosen, drawn.numbers, {k: np.asarray(v) for k, v in drawn.covariates.items()})
    found = resistant(chosen, people, seed, tell=tell)
    return Who(chosen, found.numbers, {k: np.asarray(v) for k, v in found.covariates.items()})


def bank(who: Who, orders: tuple[Order, ...], seed: int, tell: Tell = lambda _: None) -> Bank:
    """People of a population and their courses, from the store where they lie there already."""
    return banks(who, orders, seed, tell)[0]


def banks(
    who: Who, orders: tuple[Order, ...], seed: int, tell: Tell = lambda _: None, doubt: Doubt | None = None
) -> tuple[Bank, ...]:
    """The bank of the same people under each draw of what is in doubt; one where nothing is."""
    chosen, people, draws = who.population, len(who.numbers), len(doubt or ONE)
    keys = {order: key(who, order, seed, doubt) for order in orders}
    found = {}
    for order in orders:
        tell(f"{order.regimen.drug} {order.regimen.dose} in {people * draws:,} people")
        found[order] = kept(f"course-{keys[order]}", partial(_computed, who, order, seed, doubt))
    digest = _hash([chosen.digest, seed, people, *sorted(keys.values())])
    return tuple(_bank(who, seed, found, (digest, k, draws)) for k in range(draws))


def _bank(who: Who, seed: int, found: Mapping[Order, Arrays], which: tuple[str, int, int]) -> Bank:
    """The bank of one draw: its rows of what was computed under all of them."""
    digest, k, draws = which
    courses = {order: _course(own, k, draws) for order, own in found.items()}
    starts = [np.asarray(own["start"][k::draws], np.float64) for own in found.values()]
    start = starts[0] if starts else who.covariates["madrs_baseline"]
    return Bank(who.population.name, seed, who.covariates, start, courses, f"{digest}-{k}" if draws > 1 else digest)


def _course(found: Arrays, k: int, draws: int) -> Course:
    shared = {name: np.asarray(found[name], np.float64) for name in _CACHED}
    rest = [f.name for f in fields(Course) if f.name not in _CACHED]
    return Course(**shared, **{name: np.asarray(found[name][k::draws], np.float64) for name in rest})


def key(who: Who, order: Order, seed: int, doubt: Doubt | None = None) -> str:
    """A hash of what a course hangs on: people, regimen, chain with its parameters, knowledge, and what is read."""
    people = hashlib.sha256(who.numbers.tobytes()).hexdigest()
    return _hash([_cohort(who, order, seed, doubt).request, list(order.sessions), list(order.days), people])


def _computed(who: Who, order: Order, seed: int, doubt: Doubt | None) -> Arrays:
    """Everybody's course, block by block of neighbours, of whom those are kept who are in the bank."""
    cohort, _ = _cohort(who, order, seed, doubt).on_the_coarsest_grid
    cases = (who.numbers[:, None] * len(cohort.doubt) + np.arange(len(cohort.doubt))).ravel()
    parts, starts = [], []
    for first in range(0, int(cases[-1]) + 1, _BLOCK):
        here = cases[(cases >= first) & (cases < first + _BLOCK)]
        if not here.size:
            continue
        visits = _visits(cohort, range(first, int(here[-1]) + 1))
        kept_rows = np.isin(visits["person"], here)
        own = {name: values[kept_rows] for name, values in visits.items()}
        parts.append(course_of(order, own))
        starts.append(own["madrs_total"].reshape(-1, len(order.hours))[:, 0])
    whole = joined(parts)
    small = {f.name: getattr(whole, f.name).astype(np.float32) for f in fields(Course) if f.name not in _CACHED}
    exact = {name: getattr(whole, name) for name in _CACHED}
    return {**small, **exact, "start": np.concatenate(starts).astype(np.float32)}


def _visits(cohort: Cohort, cases: range) -> Arrays:
    """Everybody's visits; under draws, of those who run away nothing but that they are there."""
    try:
        return cohort(cases)["visits"]
    except PeopleError as refused:
        gone = sorted(refused.people)
        if len(cohort.doubt) == 1 or len(gone) == len(cases):
            raise
    ends = zip([cases.start, *(k + 1 for k in gone)], [*gone, cases.stop], strict=True)
    parts = [cohort(range(first, stop))["visits"] for first, stop in ends if first < stop]
    held = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    empty = {name: np.full(len(gone) * len(cohort.reading.visits), np.nan) for name in held}
    empty |= {"person": np.repeat(gone, len(cohort.reading.visits))}
    order = np.argsort(np.concatenate([held["person"], empty["person"]]), kind="stable")
    return {name: np.concatenate([held[name], empty[name]])[order] for name in held}


def _cohort(who: Who, order: Order, seed: int, doubt: Doubt | None) -> Cohort:
    """Everybody keeps their own mean load, so that without drug nothing moves: what moves is the drug's."""
    return Cohort(who.population, seed, order.regimen, Reading(order.hours, PORTS), loads=False, knowledge=doubt)


def _hash(what: Any) -> str:
    return hashlib.sha256(json.dumps(what, sort_keys=True, default=str).encode()).hexdigest()[:24]
