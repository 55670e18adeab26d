"""The request to ask what drives the spread of a quantity between people."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from ..cohort import Cohort, Reading
from ..core.errors import RequestError, nearest
from ..core.solver import keep_compiled_code
from ..dose import Regimen
from ..person import population
from ..person.drivers import chosen_people, drivers, input_levels, input_values, input_words
from ..person.sensitivity import TAILS, Effect, Index, Inputs, Scores, Swing, morris, sobol, tornado, typical
from ..result import identity, provenance
from .population_report import port_words, regimen_words
from .request import Request

Floats = NDArray[np.float64]
Tell = Callable[[str], None]
METHODS = ("sobol", "morris")
MOST = 2**16
_AT_ONCE = 256


class Sensitivity(Request):
    """Ask which differences between people make a quantity differ.

    **Arguments:**

    - `population`: whose spreads and covariates; `quantity`: a port, or `port.label`; `time` (h) after the first dose.
    - `drug`, `route`, `dose`, `over`, `schedule`, `body`, `modifiers`: as `Simulate`; `days` at least up to `time`.
    - `method`: `sobol` (shares of the variance) or `morris` (a cheap screen); `n`: base samples (a power of two) or
      trajectories, 512 or 32 by default; `seed` of the sequence.

    Life's load does not fluctuate and occasions do not differ: chance within a person is no difference between
    people.
    """

    population: str
    quantity: str
    time: float
    drug: str
    route: str
    dose: str
    over: str | None = None
    schedule: str = "once"
    body: str | None = None
    modifiers: tuple[str, ...] = ()
    days: float | None = None
    method: str = "sobol"
    n: int | None = None
    seed: int = 1

    @model_validator(mode="after")
    def _complete(self) -> Sensitivity:
        if self.method not in METHODS:
            like = nearest(self.method, METHODS, cutoff=0.3)
            raise RequestError("no such method", where="method", given=self.method, allowed=METHODS, nearest=like)
        if not (math.isfinite(self.time) and self.time > 0):
            raise RequestError("this must be a positive number of hours", where="time", given=self.time)
        if self.days is not None and self.time > 24.0 * self.days:
            raise RequestError(
                "this time lies beyond the run",
                where="time",
                given=f"{self.time:g} h",
                allowed=f"up to {24 * self.days:g} h",
                then="raise --days",
            )
        if self.seed < 0 or not 1 <= self.base <= MOST:
            raise RequestError(
                "this needs n and a seed", given=f"n {self.base}, seed {self.seed}", allowed=f"1 to {MOST}"
            )
        return self

    @property
    def base(self) -> int:
        """Base samples of Sobol's method, or trajectories of Morris'."""
        return self.n if self.n is not None else {"sobol": 512, "morris": 32}[self.method]

    @property
    def port(self) -> str:
        """The port that is read."""
        return self.quantity.partition(".")[0]

    def run(self, tell: Tell = lambda _: None) -> Driven:
        """Ask everybody that the method needs.

        **Raises:** `RequestError` and `EventError` for what does not fit together, `SolveError` when solving fails.
        """
        keep_compiled_code()
        tell("assembling the chain")
        cohort = self._cohort
        self._check_quantity(cohort)
        inputs = drivers(cohort.population, cohort.chain)
        asked = _Asked(self, cohort, tell)
        tell("asking the typical person and one input at a time")
        middle, swings = typical(inputs, asked), tornado(inputs, asked)
        ask = sobol if self.method == "sobol" else morris
        found: tuple[Index | Effect, ...] = ask(inputs, asked, self.base, self.seed)
        return Driven(self, cohort, inputs, middle, swings, found, asked.count)

    @cached_property
    def _cohort(self) -> Cohort:
        chosen = population(self.population)
        days = self.days or math.ceil(self.time / 24.0)
        regimen = Regimen(
            self.drug, self.route, self.dose, self.over, self.schedule, float(days), chosen.species, None, None
        )
        reading = Reading((0.0, self.time), (self.port,))
        return Cohort(chosen, 0, regimen, reading, self.body, self.modifiers, loads=False, occasions=False)

    def _check_quantity(self, cohort: Cohort) -> None:
        port = cohort.chain.port(self.port)
        labels = [f"{port.name}.{label}" for _, of in port.dims for label in of] or [port.name]
        if self.quantity not in labels:
            like = nearest(self.quantity, labels)
            raise RequestError("this quantity has parts", given=self.quantity, allowed=labels, nearest=like)


@dataclass
class _Asked:
    """The answer of the chain to scores, counting how often it was asked."""

    request: Sensitivity
    cohort: Cohort
    tell: Tell
    count: int = 0

    def __call__(self, scores: Scores) -> Floats:
        """The quantity in people with these scores."""
        rows = len(next(iter(scores.values())))
        spare = -rows % _AT_ONCE  # pieces of one size share compiled code
        padded = {name: np.pad(values, (0, spare), mode="edge") for name, values in scores.items()}
        parts = []
        for first in range(0, rows, _AT_ONCE):
            self.tell(f"{self.count + first:,} people asked")
            parts.append(self._values({name: values[first : first + _AT_ONCE] for name, values in padded.items()}))
        self.count += rows
        return np.concatenate(parts)[:rows]

    def _values(self, scores: Scores) -> Floats:
        signals = self.cohort.followed(chosen_people(self.cohort.population, scores))
        values = np.asarray(signals[self.request.port])[:, -1]
        return values if values.ndim == 1 else values[:, self._label()]

    def _label(self) -> int:
        labels = [label for _, of in self.cohort.chain.port(self.request.port).dims for label in of]
        return labels.index(self.request.quantity.partition(".")[2])


@dataclass(frozen=True, eq=False)
class Driven:
    """What drives the spread.

    **Arguments:** `typical` is the answer when every score is typical; `swings` is the tornado, `found` the indices or
    the elementary effects; `count` is how many people were asked.
    """

    request: Sensitivity
    cohort: Cohort
    inputs: Inputs
    typical: float
    swings: tuple[Swing, ...]
    found: tuple[Index | Effect, ...]
    count: int

    @property
    def unit(self) -> str:
        """Unit of the quantity."""
        return self.cohort.chain.port(self.request.port).unit

    def words(self, score: str) -> tuple[str, str]:
        """Meaning and unit of an input."""
        return input_words(self.cohort.population, self.cohort.chain, score)

    def members(self, group: str) -> tuple[str, ...]:
        """The inputs of a group."""
        return tuple(name for name, own in self.inputs.group.items() if own == group)

    @cached_property
    def ends(self) -> Mapping[str, tuple[float, float]]:
        """What each input is at its 5 % and at its 95 % quantile, all others typical."""
        from scipy.special import ndtri

        rows = np.concatenate([self.inputs.alone(float(ndtri(q))) for q in TAILS])
        scores = {name: rows[:, i] for i, name in enumerate(self.inputs.scores)}
        held, count = input_values(self.cohort.population, self.cohort.chain, scores), len(self.inputs.scores)
        return {name: (float(held[name][i]), float(held[name][count + i])) for i, name in enumerate(self.inputs.scores)}

    def level(self, score: str) -> tuple[str, ...]:
        """Words of an input's values, where it has such."""
        return input_levels(self.cohort.population, score)

    @property
    def record(self) -> dict[str, Any]:
        """Everything as plain JSON, ordered by total index or by the size of the effect."""
        request, chosen = self.request, self.cohort.population
        regimen = {name: getattr(request, name) for name in ("drug", "route", "dose", "over", "schedule")}
        return {
            "quantity": request.quantity,
            "unit": self.unit,
            "time_h": request.time,
            "population": {"name": chosen.name, "digest": chosen.digest},
            "regimen": {**regimen, "words": regimen_words(**regimen)},
            "method": request.method,
            "n": request.base,
            "seed": request.seed,
            "people_asked": self.count,
            "typical": self.typical,
            "groups": [self._group_record(one) for one in self.found],
            "tornado": [self._swing_record(swing) for swing in self.swings],
            "run": self._run(),
            "purpose": "for research; not medical advice",
        }

    def _group_record(self, one: Index | Effect) -> dict[str, Any]:
        members = [
            {"input": name, **dict(zip(("meaning", "unit"), self.words(name), strict=True))}
            for name in self.members(one.group)
        ]
        if isinstance(one, Index):
            first = {"value": one.first, "low": one.first - one.first_half, "high": one.first + one.first_half}
            total = {"value": one.total, "low": one.total - one.total_half, "high": one.total + one.total_half}
            return {"inputs": members, "first": first, "total": total}
        size = {"value": one.mu_star, "low": one.mu_star - one.mu_star_half, "high": one.mu_star + one.mu_star_half}
        return {"inputs": members, "mu_star": size, "sigma": one.sigma, "unit": self.unit}

    def _swing_record(self, swing: Swing) -> dict[str, Any]:
        meaning, unit = self.words(swing.score)
        low, high = self.ends[swing.score]
        at = {"p05": {"input": low, "value": swing.low}, "p95": {"input": high, "value": swing.high}}
        return {"input": swing.score, "meaning": meaning, "input_unit": unit, **at, "unit": self.unit}

    def _run(self) -> dict[str, Any]:
        keys = ("herman2017", {"sobol": "saltelli2010", "morris": "morris1991"}[self.request.method])
        sources = (*keys, *self.cohort.population.specification.sources)
        known = provenance(self.cohort.chain, [self.request.drug], sources)
        told = {name: json.loads(value) for name, value in known.items()}
        return {**identity(), "request": self.request.model_dump(mode="json"), **told}

    @property
    def title(self) -> str:
        """The quantity in words."""
        return port_words(self.cohort.chain, self.request.port).title
