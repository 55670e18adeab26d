"""The request to follow doses from the body to mood, for one typical person or the people of an event table."""

from __future__ import annotations

import json
import time as clock
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import xarray as xr
from pydantic import model_validator

from ..assembly import known_in
from ..body.modifier import modifier_notes, modifier_sources
from ..calibrate.doubt import Doubt
from ..chains import body_chain, default_chain, median_load, outside_population
from ..core.chain import Chain, ChainState
from ..core.errors import EventError, RequestError
from ..core.event import Level
from ..core.solver import keep_compiled_code, rest
from ..dose import Person, Regimen, known_carrying, read_table
from ..hypothesis import hypothesis
from ..life import fluctuation, load_levels
from ..qualify.beside import observed, observed_sources
from ..qualify.selftest import read_checks
from ..result import (
    check_data,
    covariate_data,
    dose_data,
    identity,
    load_result,
    provenance,
    signal_data,
    state_data,
)
from ..simulation import Subject, certified, chosen_ports, follow, gather
from ..timeline import acting, own_values, timeline
from .known import Asked, known
from .request import Request, acted_on
from .under_draws import UnderDraws, refuse_turns

_TYPICAL_WEIGHT = {"human": 70.0, "rat": 0.25, "mouse": 0.025}
_DAYS = 14.0
Tell = Callable[[str], None]


class Simulate(Request):
    """Follow doses from the body to mood, for one typical person or for the people of an event table.

    **Arguments:**

    - `table`: a NONMEM-style table; or `drug`, `route`, `dose` ("0.5 mg/kg"), `over` ("40 min") and `schedule`.
    - `formulation`: a preparation on file ("prolonged_release_tablet"); `devices`: how nasal devices were used
      ("spaced, sneeze after 1").
    - `modifiers`: what else changes the body ("rifampicin", "rhinitis"); none by default.
    - `species`: human, rat or mouse; `body`: a theory of the body other than the species' default; `weight` (kg) and
      `age` (years) of the typical person.
    - `hypothesis`: an explanation of the drug in place of the default chain ("disinhibition").
    - `days`: how long to follow; after a table's last dose 14 days by default.
    - `stress`: the load of life, a number or words such as "0 for 1 week, 1 for 21 days"; by default a human carries
      the load under which the depressed state is at rest, a rodent none.
    - `life_seed`: draws a fluctuating load and life events for each person; none by default.
    - `ports`, `times` (h): what to report and when; all ports at the grid's own times by default.
    - `covariates`: between which lines of a table a changing covariate holds: `nocb` (from the line before up to its
      own, as in NONMEM) or `locf` (from its own line on).
    - `calibration`: values of a calibration on file in place of those in the sets, its medians; `draws`: everybody is
      followed under so many of its posterior draws as well.
    - `start`: a stored result to continue from; event times go on counting from its own zero.
    - `checks`: stored results of the selftest, to be shown beside the run.
    - `certify`: solve the first person of each group again on a halved grid; above the error budget the group is
      solved on finer grids, and refused when two halvings do not suffice.
    """

    table: Path | None = None
    drug: str | None = None
    route: str | None = None
    dose: str | None = None
    over: str | None = None
    schedule: str = "once"
    formulation: str | None = None
    devices: str | None = None
    modifiers: tuple[str, ...] = ()
    days: float | None = None
    species: str = "human"
    body: str | None = None
    hypothesis: str | None = None
    weight: float | None = None
    age: float | None = None
    stress: str | float | None = None
    life_seed: int | None = None
    ports: tuple[str, ...] | None = None
    times: tuple[float, ...] | None = None
    covariates: str = "nocb"
    start: Path | None = None
    calibration: str | None = None
    draws: int | None = None
    certify: bool = True
    checks: Path | None = None
    title: str | None = None

    @model_validator(mode="after")
    def _complete(self) -> Simulate:
        if self.table is None and not (self.drug and self.route and self.dose):
            raise RequestError(
                "a simulation needs an event table, or a drug, a route and a dose",
                given=", ".join(k for k in ("drug", "route", "dose") if getattr(self, k)) or "none of them",
                then='for example --drug ketamine --route iv --dose "0.5 mg/kg" --over "40 min"',
            )
        words = (self.dose, self.over, self.formulation, self.devices)
        if self.table is not None and (any(words) or self.schedule != "once"):
            raise RequestError(
                "a table already says doses and times",
                given="a table with --dose, --over, --schedule, --formulation or --devices",
            )
        _check_positive("days", self.days)
        _check_times(self.times)
        known_carrying(self.covariates)
        if self.draws is not None and self.start is not None:
            raise RequestError("a continued run is not followed under draws", given="--start with --draws")
        if self.life_seed is not None and self.life_seed < 0:
            raise RequestError("a seed is 0 or more", where="life_seed", given=self.life_seed)
        return self

    def run(self, tell: Tell = lambda _: None) -> xr.DataTree:
        """Solve, read, set beside what was observed, and return the result as one tree.

        **Raises:** `EventError` and `RequestError` for what cannot be read, `SolveError` when the solution fails.
        """
        began = clock.perf_counter()
        keep_compiled_code()
        people, notes = self._people()
        checks = read_checks(self.checks) if self.checks else []
        tell("assembling the chain")
        doubt = known(self.calibration, self.draws, 0, Asked(self.species, self.body, self.hypothesis))
        filed = self._chain()
        chain = known_in(filed, doubt.centre.values) if doubt else filed
        notes = (*notes, *self._told, *outside_population(chain, [p.covariates for p in people]))
        ports = chosen_ports(chain, self.ports)
        begin, state = self._start(chain, people)
        end = self._end(people, begin)
        subjects = [self._subject(chain, i, person, end) for i, person in enumerate(people)]
        if doubt and len(doubt) > 1:
            refuse_turns(people, subjects)
        solutions, errors = follow(chain, subjects, state, (begin, end), tell), dict[str, float]()
        if self.certify:
            tell("certifying the grid")
            solutions, errors = certified(solutions, tell)
        tell("reading the signals")
        course = gather(solutions, subjects, chain, self._times(begin, end), _looked_at(people, begin, end))
        tree = xr.DataTree.from_dict(
            {
                "/signals": signal_data(course, ports),
                "/doses": dose_data(people),
                "/covariates": covariate_data(people),
                "/last_state": state_data(course),
            }
        )
        if doubt and len(doubt) > 1:
            tell(f"following everybody under {len(doubt)} draws")
            under = UnderDraws(filed, doubt, course.times, ports, self._loads(chain), self._load_is_fixed)
            tree["draws"] = xr.DataTree(under.data(people, subjects))
        if checks:
            tree["checks"] = xr.DataTree(check_data(checks))
        tree.attrs |= self._attributes(chain, people, notes, errors) | _told(doubt)
        return _beside(tree, chain, people, began, modifier_sources(acting(people)))

    def _chain(self) -> Chain:
        """The whole chain, or the body alone where nothing else is asked for."""
        if self.hypothesis is not None:
            return hypothesis(self.hypothesis).chain(self.species, self.body)
        if self.ports and set(self.ports) <= {p.name for p in body_chain(self.species, self.body).wiring.ports}:
            return body_chain(self.species, self.body)
        return default_chain(self.species, self.body)

    @property
    def _told(self) -> tuple[str, ...]:
        """What the result says of the explanation that it was computed under."""
        if self.hypothesis is None:
            return ()
        chosen = hypothesis(self.hypothesis)
        return tuple(f"hypothesis {chosen.name}: {words}" for words in (chosen.claim, chosen.remark) if words)

    def _people(self) -> tuple[tuple[Person, ...], tuple[str, ...]]:
        if self.table is not None:
            carrying = known_carrying(self.covariates)
            read = read_table(self.table, self.species, self.drug, self.route, self.weight, carrying=carrying)
            return acted_on(read.people, self.modifiers), read.notes
        _check_positive("weight", self.weight)
        weight = self.weight or _TYPICAL_WEIGHT.get(self.species, 70.0)
        regimen = self._regimen
        age = {} if self.age is None else {"age": self.age}
        person = Person(
            "typical", tuple(regimen.events(weight)), {"weight": weight, **age}, (), modifiers=self.modifiers
        )
        return (person,), tuple(regimen.notes(weight))

    @property
    def _regimen(self) -> Regimen:
        drug, route, dose = str(self.drug), str(self.route), str(self.dose)
        days, made, used = self.days or _DAYS, self.formulation, self.devices
        return Regimen(drug, route, dose, self.over, self.schedule, days, self.species, made, used)

    def _start(self, chain: Chain, people: Sequence[Person]) -> tuple[float, ChainState]:
        if self.start is None:
            loads = self._loads(chain)
            return 0.0, rest(chain, {"load": loads[0].amount}).state if loads else chain.initial()
        _refuse_resets(people)
        stored = load_result(self.start)["last_state"].to_dataset()
        return float(stored.attrs["time_h"]), _restored(chain, stored, [p.id for p in people])

    def _loads(self, chain: Chain) -> tuple[Level, ...]:
        if "life" not in chain.stages:
            return ()
        if self.stress is not None:
            return load_levels(self.stress)
        return (Level("load", 0.0, float(median_load(chain)) if self.species == "human" else 0.0),)

    @property
    def _load_is_fixed(self) -> bool:
        return self.stress is not None or self.species != "human"

    def _end(self, people: Sequence[Person], begin: float) -> float:
        last = max((begin, *(e.time_h + e.duration_h for p in people for e in p.events)))
        seen = max((t for p in people for t in p.observation_times_h), default=0.0)
        if self.days is None:
            return max(24.0 * _DAYS + (last if self.table else begin), seen, *(self.times or (0.0,)))
        end = begin + 24.0 * self.days
        beyond = [t for t in (*(self.times or ()), seen) if t > end]
        if beyond:
            raise RequestError(
                "a time lies beyond the end", given=f"{beyond[0]:g} h", allowed=f"up to {end:g} h", then="raise --days"
            )
        return end

    def _times(self, begin: float, end: float) -> Any:
        if self.times is not None:
            early = [t for t in self.times if t < begin]
            if early:
                raise RequestError(
                    "a time lies before the start", given=f"{early[0]:g} h", allowed=f"{begin:g} to {end:g} h"
                )
            return np.array(self.times, dtype=float)
        return None

    def _subject(self, chain: Chain, i: int, person: Person, end: float) -> Subject:
        life = timeline(chain, person)
        lived = self.life_seed is not None and "life" in chain.stages
        chance = fluctuation(int(self.life_seed or 0), i, end) if lived else ()
        happens = (*self._loads(chain), *life.happenings, *chance)
        return Subject(person.id, happens, own_values(chain, person), life.turns)

    def _attributes(
        self, chain: Chain, people: Sequence[Person], notes: Sequence[str], errors: dict[str, float]
    ) -> dict[str, Any]:
        drugs = sorted({e.drug for p in people for e in p.events})
        sources = provenance(chain, drugs, modifier_sources(acting(people)))
        told = [*modifier_notes(acting(people)), *json.loads(sources["notes"])]
        return {
            "title": self.title or _title(people, self.species),
            **identity(),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "species": self.species,
            "request": self.model_dump_json(exclude_none=True),
            **sources,
            "notes": json.dumps([*notes, *told]),
            "numerical_error": json.dumps(errors),
            "acting": json.dumps(acting(people)),
            "departures": sum(p.departures for p in people),
            "seed": -1 if self.life_seed is None else self.life_seed,
            "purpose": "for research; not medical advice",
        }


def simulate(**words: Any) -> xr.DataTree:
    """Build a `Simulate` request from keywords and run it."""
    return Simulate(**words).run()


def _told(doubt: Doubt | None) -> dict[str, str]:
    """What a result says of the calibration that it was computed under."""
    return {"calibration": json.dumps(doubt.record)} if doubt else {}


def _beside(
    tree: xr.DataTree, chain: Chain, people: Sequence[Person], began: float, more: tuple[str, ...]
) -> xr.DataTree:
    beside = observed(tree)
    tree["observed"] = xr.DataTree(beside)
    drugs = sorted({e.drug for p in people for e in p.events})
    tree.attrs["sources"] = provenance(chain, drugs, [*observed_sources(beside), *more])["sources"]
    tree.attrs["wall_time_s"] = round(clock.perf_counter() - began, 2)
    return tree


def _restored(chain: Chain, stored: xr.Dataset, ids: list[str]) -> ChainState:
    missing = set(ids) - {str(p) for p in stored["person"].values}
    if missing:
        raise RequestError(
            "the stored result does not hold this person", given=sorted(missing)[0], allowed=stored["person"].values
        )
    rows = stored.sel(person=ids)
    unknown = [slot for slot, state in chain.initial().items() for name in state if f"{slot}.{name}" not in rows]
    if unknown:
        raise RequestError(
            "the stored result holds the state of the body alone",
            given=unknown[0],
            then="store a run of the whole chain",
        )
    return {
        slot: {name: jnp.asarray(rows[f"{slot}.{name}"].values) for name in state}
        for slot, state in chain.initial().items()
    }


def _title(people: Sequence[Person], species: str) -> str:
    drugs = " and ".join(sorted({e.drug for p in people for e in p.events})) or "no drug"
    who = {"human": "adult" if len(people) == 1 else "adults"}.get(species, species)
    return f"{drugs.capitalize()} in {len(people)} {who}"


def _looked_at(people: Sequence[Person], begin: float, end: float) -> Any:
    """The times at which a table asks for values."""
    return np.unique([t for p in people for t in p.observation_times_h if begin <= t <= end])


def _refuse_resets(people: Sequence[Person]) -> None:
    for reset in (r for p in people for r in p.resets):
        raise EventError(
            "a continued run cannot be reset: it does not know the state from which everything began",
            where=f"line {reset.row}",
            given="EVID 3 or 4 with --start",
            then="simulate from the beginning in one run",
        )


def _check_positive(name: str, value: float | None) -> None:
    if value is not None and not (np.isfinite(value) and value > 0):
        raise RequestError("this must be a positive number", where=name, given=value)


def _check_times(times: tuple[float, ...] | None) -> None:
    for t in times or ():
        if not (np.isfinite(t) and t >= 0):
            raise RequestError("times are numbers of hours, not negative", where="times", given=t)
