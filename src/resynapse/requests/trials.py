"""Trials for the doors: the bank of simulated people is made or found, and designs are run on it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cohort import Cohort, Reading
from ..person import Population, population
from ..person.lived.kept import kept
from ..trial.bank import Bank, Order, course_of, joined
from ..trial.bank.order import PORTS
from ..trial.design import Design
from ..trial.run import Plan, plan
from ..trial.score import Course

Tell = Callable[[str], None]
Arrays = Mapping[str, NDArray[Any]]
PEOPLE = 4000
_BLOCK = 1024
_CACHED = ("days", "sessions")


def banked(design: Design, people: int = PEOPLE, seed: int = 1, tell: Tell = lambda _: None) -> tuple[Plan, Bank]:
    """A design laid out, and a bank that holds its people under every regimen of it.

    **Raises:** `RequestError` for a drug that no file describes or people without an episode; `SolveError` when the
    grid is too coarse.
    """
    laid = plan(design)
    return laid, bank(design.population, laid.orders, people, seed, tell)


def bank(name: str, orders: tuple[Order, ...], people: int, seed: int, tell: Tell = lambda _: None) -> Bank:
    """People of a population and their courses, from the store where they lie there already."""
    chosen = population(name)
    drawn = chosen.people(range(people), seed)
    keys = {order: key(chosen, order, people, seed) for order in orders}
    courses, starts = {}, []
    for order in orders:
        tell(f"{order.regimen.drug} {order.regimen.dose} in {people:,} people")
        found = kept(f"course-{keys[order]}", lambda order=order: _computed(chosen, order, people, seed))  # type: ignore[misc]
        courses[order] = Course(**{f.name: np.asarray(found[f.name], np.float64) for f in fields(Course)})
        starts.append(np.asarray(found["start"], np.float64))
    start = starts[0] if starts else np.asarray(drawn.covariates["madrs_baseline"])
    covariates = {k: np.asarray(v) for k, v in drawn.covariates.items()}
    return Bank(name, seed, covariates, start, courses, _hash([chosen.digest, seed, people, *sorted(keys.values())]))


def key(chosen: Population, order: Order, people: int, seed: int) -> str:
    """A hash of what a course hangs on: people, regimen, chain with its parameters, solver, and what is read."""
    return _hash([_cohort(chosen, order, seed).request, list(order.sessions), list(order.days), people])


def _computed(chosen: Population, order: Order, people: int, seed: int) -> Arrays:
    cohort, _ = _cohort(chosen, order, seed).on_the_coarsest_grid
    parts, starts = [], []
    for first in range(0, people, _BLOCK):
        visits = cohort(range(first, min(first + _BLOCK, people)))["visits"]
        parts.append(course_of(order, visits))
        starts.append(visits["madrs_total"].reshape(-1, len(order.hours))[:, 0])
    whole = joined(parts)
    small = {f.name: getattr(whole, f.name).astype(np.float32) for f in fields(Course) if f.name not in _CACHED}
    exact = {name: getattr(whole, name) for name in _CACHED}
    return {**small, **exact, "start": np.concatenate(starts).astype(np.float32)}


def _cohort(chosen: Population, order: Order, seed: int) -> Cohort:
    """Everybody keeps their own mean load, so that without drug nothing moves: what moves is the drug's."""
    return Cohort(chosen, seed, order.regimen, Reading(order.hours, PORTS), loads=False)


def _hash(what: Any) -> str:
    return hashlib.sha256(json.dumps(what, sort_keys=True, default=str).encode()).hexdigest()[:24]
