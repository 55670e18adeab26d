"""The same people in every draw of what is not known, under one regimen after the other, in one march."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from ...calibrate.posterior import Posterior
from ...chains import anchored, default_chain
from ...core.chain import Chain, ChainState
from ...core.errors import RequestError, SolveError
from ...core.event import Level
from ...core.solver import GridPlan, own_resting_state, scaled_errors
from ...core.solver import Protocol as Doses
from ...dose import Regimen
from ...person import population
from ...slots import slots
from ...solvers import Printed
from ..answering.terms import FEWEST, Terms
from .knowing import Known, known

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
PEOPLE = 48
MOST_ROWS = 500_000
_TYPICAL_KG = 70.0
_GRIDS = tuple(Printed(plan=GridPlan(0.25 / 16 / 2**k, 16 * 2**k, 0.25 / 2**k)) for k in range(6))
"""Halved again and again: the fastest values that are drawn outrun the usual longest step, those of few people more."""
_FEW = 16
_CERTIFIED, _BUDGET = 64, 1e-4


@dataclass(frozen=True, eq=False)
class _Asked:
    """What rows are given, when they are looked at, and what is read."""

    doses: Doses
    times: Floats
    ports: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Many:
    """People times draws.

    **Arguments:** `chain` holds everybody's values (draw after draw, people within); `covariates` are those of the
    people, `known` the draws; `left_out` counts draws in which somebody's values were beyond every grid.
    """

    chain: Chain
    covariates: Mapping[str, Floats]
    known: Known
    population: str
    seed: int
    left_out: int = 0

    @property
    def people(self) -> int:
        """How many people there are in each draw."""
        return len(self.covariates["weight"])

    @property
    def shape(self) -> tuple[int, int]:
        """Draws and people."""
        return self.known.draws, self.people

    @property
    def words(self) -> str:
        """Who was asked, and where the bands come from."""
        who = (
            f"{self.people} people of {self.population} (seed {self.seed}), the same in every draw; {self.known.words}"
        )
        lost = f"; {self.left_out} draws in which no grid can follow somebody's values are left out"
        return f"{who}{lost}" if self.left_out else who

    def under(self, given: Regimen, hours: Sequence[float] | Floats, ports: tuple[str, ...]) -> dict[str, Floats]:
        """Ports under a regimen: draws x people x hours, and labels where a port has them.

        **Raises:** `SolveError` when the finest grid is too coarse.
        """
        asked = _Asked(self._doses(given), np.asarray(hours, dtype=float), ports)
        every = np.arange(self.known.draws * self.people)
        for level in (0, 1):
            with suppress(SolveError):
                return self._shaped(self._certified(every, level, asked))
        return self._shaped(self._certified(every, 2, asked))

    def _shaped(self, found: Mapping[str, Floats]) -> dict[str, Floats]:
        return {port: np.asarray(v).reshape(*self.shape, *np.shape(v)[1:]) for port, v in found.items()}

    def _certified(self, every: Rows, level: int, asked: _Asked) -> dict[str, Floats]:
        """Ports of all rows, some of which, spread over all draws, are followed on the halved grid too and compared."""
        found = self._followed(every, level, asked)
        some = np.unique(np.linspace(0, len(every) - 1, _CERTIFIED).astype(int))
        fine = self._followed(some, level + 1, asked)
        errors = scaled_errors(
            {p: found[p][some] for p in asked.ports}, fine, tuple(self.chain.port(p) for p in asked.ports)
        )
        worst = max(errors, key=lambda port: errors[port])
        if errors[worst] > _BUDGET:
            given = f"scaled error {errors[worst]:.2g}"
            raise SolveError("the grid is too coarse for some draw", where=worst, given=given, allowed=f"{_BUDGET:g}")
        return found

    def _followed(self, rows: Rows, level: int, asked: _Asked) -> dict[str, Floats]:
        """Ports of some rows; the few whose values are too fast for a grid are looked for and put on a finer one."""
        try:
            return self._marched(rows, _GRIDS[level], asked)
        except SolveError:
            if len(rows) > _FEW:
                halves = [self._followed(half, level, asked) for half in np.array_split(rows, 2)]
                return {port: np.concatenate([half[port] for half in halves]) for port in asked.ports}
            if level + 1 == len(_GRIDS):
                raise
            return self._followed(rows, level + 1, asked)

    def broken(self, given: Regimen, hour: float) -> Rows:
        """The rows that cannot be followed to an hour on any grid."""
        asked = _Asked(self._doses(given), np.array([0.0, hour]), ("madrs_total",))
        return self._broken(np.arange(self.known.draws * self.people), 0, asked)

    def _broken(self, rows: Rows, level: int, asked: _Asked) -> Rows:
        try:
            self._marched(rows, _GRIDS[level], asked)
        except SolveError:
            if len(rows) > 1:
                return np.concatenate([self._broken(half, level, asked) for half in np.array_split(rows, 2)])
            return rows if level + 1 == len(_GRIDS) else self._broken(rows, level + 1, asked)
        return rows[:0]

    def _marched(self, rows: Rows, grid: Printed, asked: _Asked) -> dict[str, Floats]:
        own = self.chain.with_values({a: v[rows] for a, v in self.chain.parameters.items() if np.ndim(v)})
        start: ChainState = jax.tree.map(lambda v: v[rows] if np.ndim(v) else v, self._start)
        doses = replace(asked.doses, amounts=asked.doses.amounts[rows])
        return grid.signals(own, doses, start, asked.times, asked.ports)

    @cached_property
    def _start(self) -> ChainState:
        found: ChainState = jax.tree.map(np.asarray, own_resting_state(self.chain, {"load": self._load}, "ill"))
        return found

    @property
    def _load(self) -> Floats:
        return np.tile(self.covariates["load"], self.known.draws)

    def _doses(self, given: Regimen) -> Doses:
        here = slots(self.chain, given, _TYPICAL_KG)
        amounts = here.amounts(np.tile(self.covariates["weight"], self.known.draws))
        ports = tuple(p.name for p in self.chain.external)
        held = (*here.happenings, Level("load", 0.0, 1.0))
        return Doses(ports, held, np.concatenate([amounts, self._load[:, None]], axis=1))


def gathered(terms: Terms, usual: str, found: Posterior | None = None, people: int = PEOPLE) -> Many:
    """The first people of a population, in every draw.

    **Raises:** `RequestError` for people without an episode, or more rows than anybody waits for.
    """
    name, count = terms.population or usual, terms.people or people
    chosen = population(name)
    if chosen.species != "human" or not chosen.in_episode:
        then = "name people with an episode, such as trd_phase3"
        raise RequestError("benefit means something in an episode only", where="--population", given=name, then=then)
    if count * terms.count > MOST_ROWS:
        given = f"{count:,} people in {terms.count:,} draws"
        raise RequestError("so many are not followed here", given=given, allowed=f"{MOST_ROWS:,} in all")
    filed = default_chain("human")
    drawn = known(filed, terms.count, terms.seed, found)
    once = chosen.people(np.arange(count), terms.seed)
    every = chosen.people(np.tile(np.arange(count), drawn.draws), terms.seed)
    typical = filed.with_values({a: np.repeat(v, count) for a, v in drawn.values.items()})
    own = typical.with_values(every.values(typical, {a: np.repeat(v, count) for a, v in drawn.spreads.items()}))
    many = Many(anchored(own), _numbers(once.covariates), drawn, name, terms.seed)
    return many if found is None else _followable(many)


def _followable(many: Many) -> Many:
    """Without draws in which somebody under the strongest course cannot be followed on any grid.

    **Raises:** `RequestError` when hardly any draw is left.
    """
    given = Regimen("ketamine", "iv", "1 mg/kg", "40 min", "twice weekly for 4 weeks", 28.0)
    lost = np.unique(many.broken(given, 28.0 * 24.0) // many.people)
    kept = np.setdiff1d(np.arange(many.known.draws), lost)
    if len(kept) < FEWEST:
        raise RequestError(
            "too few draws of this calibration can be followed",
            given=f"{len(kept)} of {many.known.draws}",
            allowed=f"{FEWEST} or more",
            then="ask for more draws, or draw from the ranges on file",
        )
    if not len(lost):
        return many
    rows = np.arange(many.known.draws * many.people).reshape(many.shape)[kept].ravel()
    own = many.chain.with_values({a: v[rows] for a, v in many.chain.parameters.items() if np.ndim(v)})
    return replace(many, chain=own, known=many.known.only(kept), left_out=len(lost))


def _numbers(covariates: Mapping[str, NDArray[Any]]) -> dict[str, Floats]:
    return {k: np.asarray(v, float) for k, v in covariates.items() if np.asarray(v).dtype.kind in "fiub"}
