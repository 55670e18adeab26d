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

from .cohort import Cohort, Reading
from .person import Population, population
from .person.lived.kept import kept
from .person.lived.resistant import resistant
from .trial.bank import Bank, Order, course_of, joined
from .trial.bank.order import PORTS
from .trial.design import Design
from .trial.run import Plan, plan
from .trial.score import Course

Tell = Callable[[str], None]
Arrays = Mapping[str, NDArray[Any]]
PEOPLE = 4000
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
    chosen, people = who.population, len(who.numbers)
    keys = {order: key(who, order, seed) for order in orders}
    courses, starts = {}, []
    for order in orders:
        tell(f"{order.regimen.drug} {order.regimen.dose} in {people:,} people")
        found = kept(f"course-{keys[order]}", partial(_computed, who, order, seed))
        courses[order] = Course(**{f.name: np.asarray(found[f.name], np.float64) for f in fields(Course)})
        starts.append(np.asarray(found["start"], np.float64))
    start = starts[0] if starts else who.covariates["madrs_baseline"]
    digest = _hash([chosen.digest, seed, people, *sorted(keys.values())])
    return Bank(chosen.name, seed, who.covariates, start, courses, digest)


def key(who: Who, order: Order, seed: int) -> str:
    """A hash of what a course hangs on: people, regimen, chain with its parameters, solver, and what is read."""
    people = hashlib.sha256(who.numbers.tobytes()).hexdigest()
    return _hash([_cohort(who.population, order, seed).request, list(order.sessions), list(order.days), people])


def _computed(who: Who, order: Order, seed: int) -> Arrays:
    """Everybody's course, block by block of neighbours, of whom those are kept who are in the bank."""
    cohort, _ = _cohort(who.population, order, seed).on_the_coarsest_grid
    parts, starts = [], []
    for first in range(0, int(who.numbers[-1]) + 1, _BLOCK):
        here = who.numbers[(who.numbers >= first) & (who.numbers < first + _BLOCK)]
        if not here.size:
            continue
        visits = cohort(range(first, int(here[-1]) + 1))["visits"]
        kept_rows = np.isin(visits["person"], here)
        own = {name: values[kept_rows] for name, values in visits.items()}
        parts.append(course_of(order, own))
        starts.append(own["madrs_total"].reshape(-1, len(order.hours))[:, 0])
    whole = joined(parts)
    small = {f.name: getattr(whole, f.name).astype(np.float32) for f in fields(Course) if f.name not in _CACHED}
    exact = {name: getattr(whole, name) for name in _CACHED}
    return {**small, **exact, "start": np.concatenate(starts).astype(np.float32)}


def _cohort(chosen: Population, order: Order, seed: int) -> Cohort:
    """Everybody keeps their own mean load, so that without drug nothing moves: what moves is the drug's."""
    return Cohort(chosen, seed, order.regimen, Reading(order.hours, PORTS), loads=False)


def _hash(what: Any) -> str:
    return hashlib.sha256(json.dumps(what, sort_keys=True, default=str).encode()).hexdigest()[:24]
