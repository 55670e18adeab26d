"""A cohort: people of a population, what they are given, and what is read of them, whoever computes it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from .assembly import Parts, assembled, preparations, refuse_outside, typical, upstream
from .body.modifier import modified
from .calibrate.doubt import Doubt, certain, news
from .calibrate.posterior import Knowledge
from .chains import anchored
from .compound import Formulation
from .core.chain import Chain, ChainState
from .core.errors import PeopleError, RequestError, ResynapseError, SolveError
from .core.solver import Protocol as Doses
from .core.solver import own_resting_state, scaled_errors
from .dose import InTurn, Regimen
from .life import Loads
from .mood import Rule, rules
from .person import People, Population
from .slots import Slots, SlotsInTurn, by_dose, entered, slots
from .solvers import Lanes, Printed, Solver, in_lanes

Floats = NDArray[np.float64]
Columns = dict[str, NDArray[Any]]
ERROR_BUDGET = 1e-4
_CERTIFIED = 256  # people who must stay within the budget before all are put on the coarser grid
SCORE = "madrs_total"
_LOOKED_AT = 64
_TYPICAL_WEIGHT = {"human": 70.0, "rat": 0.25, "mouse": 0.025}


@dataclass(frozen=True)
class Reading:
    """What is read of each person.

    **Arguments:** `visits` are times (h, rising); `ports` are read there; `courses` are times of full trajectories,
    none by default.
    """

    visits: tuple[float, ...]
    ports: tuple[str, ...]
    courses: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for name, times in (("times", self.visits), ("courses", self.courses)):
            if any(b <= a for a, b in zip((-1e-9, *times), times, strict=False)):
                raise RequestError("times must rise, from 0 h on", where=name, given=times)
        if not self.visits or self.visits[-1] <= 0:
            raise RequestError("at least one visit after the beginning is needed", where="times", given=self.visits)


@dataclass(frozen=True)
class Cohort:
    """People of one population under one regimen: a task that any worker can be given for any of its people.

    A person's numbers hang on `seed` and the person's number. They sit in a fixed lane of a block of fixed width, so
    that the same compiled code gives the same bits whoever else is asked for.

    **Arguments:** `population`, `seed`; `regimen` and `reading`; `body` names a theory of the body other than the
    species' own; `modifiers` act in everybody; `loads` lets life's load change from week to week where the population
    says that it does (else everybody keeps their own mean); `occasions` lets parameters differ between doses; `solver`;
    `knowledge` takes the place of values on file, and mood's references follow. Under several draws of it everybody is
    followed under each: what is numbered are cases then (`Doubt`), and the table of people says `who` and which `draw`.

    **Assumes:** the length of an entry that belongs to the theory (of a swallowed dose) is that of the mean draw.

    **Raises:** `RequestError` when the score of people without an episode is asked for.
    """

    population: Population
    seed: int
    regimen: Regimen | InTurn
    reading: Reading
    body: str | None = None
    modifiers: tuple[str, ...] = ()
    loads: bool = True
    occasions: bool = True
    solver: Solver = field(default_factory=Printed)
    knowledge: Knowledge | Doubt | None = None

    def __post_init__(self) -> None:
        if SCORE in self.reading.ports and not means_something(self.population, SCORE):
            raise RequestError(
                "a score without an episode means nothing",
                where="ports",
                given=f"`{SCORE}` of {self.population.name}",
                then="read `despair`",
            )

    @property
    def request(self) -> Mapping[str, Any]:
        """Everything that the numbers hang on, as plain JSON."""
        sets = {slot: [s.digest for s in stage.provenance] for slot, stage in self.chain.stages.items()}
        known = {"knowledge": self.doubt.record} if self.knowledge else {}
        return {
            **known,
            "population": {"name": self.population.name, "digest": self.population.digest},
            "seed": self.seed,
            "regimen": asdict(self.regimen),
            "reading": {name: list(values) for name, values in asdict(self.reading).items()},
            "body": self.body,
            "modifiers": list(self.modifiers),
            "loads": self.loads,
            "occasions": self.occasions,
            "solver": self.solver.record,
            "parameters": sets,
            "endpoints": {port: asdict(rule) for port, rule in self._rules.items()},
        }

    def __call__(self, people: range) -> dict[str, Columns]:
        """The tables `people` (covariates, endpoints), `visits`, and `courses` where they are asked for."""
        pieces = [self._piece(piece) for piece in in_lanes(people, self.solver.lanes)]
        return {
            name: {key: np.concatenate([piece[name][key] for piece in pieces]) for key in columns}
            for name, columns in pieces[0].items()
        }

    @property
    def chain(self) -> Chain:
        """The chain of somebody typical: the body alone where nothing else is read."""
        return typical(self._parts, self.modifiers, self._preparations, tuple(self.doubt.centre.values.items()))

    @cached_property
    def doubt(self) -> Doubt:
        """What is known, as draws: a single one where nothing is in doubt."""
        return self.knowledge if isinstance(self.knowledge, Doubt) else certain(self.knowledge or Knowledge())

    @cached_property
    def slots(self) -> Slots | SlotsInTurn:
        """The doses as shared slots."""
        return slots(self.chain, self.regimen, _TYPICAL_WEIGHT[self.population.species])

    def followed(self, people: People) -> Mapping[str, Floats]:
        """Ports of these people at every time that is read, under the first draw, with leading axes person and time."""
        return self._signals(people, np.zeros(len(people), dtype=np.int64))

    def certified(self, people: int = 1) -> dict[str, float]:
        """Scaled error of every port when all steps are halved, in the first people who can be asked, at their times.

        **Raises:** `SolveError` above the budget of 1e-4.
        """
        fit = self._first_fit(people)
        cases = self._cases(np.pad(fit, (0, self.solver.lanes - len(fit)), mode="edge"))
        one, two = _sound(*(replace(self, solver=s)._signals(*cases) for s in self._both))
        errors = scaled_errors(one, two, tuple(self.chain.port(p) for p in self.reading.ports))
        worst = max(errors, key=lambda port: errors[port])
        if errors[worst] > ERROR_BUDGET:
            raise SolveError(
                "the grid is too coarse for this protocol",
                where=f"`{worst}`",
                given=f"scaled error {errors[worst]:.2g}",
                allowed=f"below {ERROR_BUDGET:g}",
            )
        return {port: float(error) for port, error in errors.items()}

    @property
    def on_the_coarsest_grid(self) -> tuple[Cohort, dict[str, float]]:
        """The cohort on the coarser grid for populations if its first people are certified there, else as it is.

        Under several draws the grid is halved where neither does.

        Scaled errors come with it, by port. Which grid it is does not hang on how many people are asked for.

        **Raises:** `SolveError` as `certified`, on its own grid.
        """
        *others, (last, people) = self._grids
        for cohort, count in others:
            with suppress(SolveError):
                return cohort, cohort.certified(count)
        return last, last.certified(people)

    @property
    def _grids(self) -> tuple[tuple[Cohort, int], ...]:
        """The grids that are tried, and on how many people each is certified.

        A draw may make a room faster than the values on file do, so that every draw is looked at, and halved grids
        are tried too.
        """
        solver, many = self.solver, min(max(_CERTIFIED, len(self.doubt)), self.solver.lanes)
        if len(self.doubt) == 1:
            return (replace(self, solver=solver.coarse), many), (self, 1)
        tried = (solver.coarse, solver, solver.halved, solver.halved.halved)
        return tuple((replace(self, solver=one), many) for one in tried)

    @property
    def _both(self) -> tuple[Solver, Solver]:
        return self.solver, self.solver.halved

    @property
    def _preparations(self) -> tuple[Formulation, ...]:
        return preparations(self.regimen)

    @property
    def _parts(self) -> Parts:
        beside = self.regimen.beside if isinstance(self.regimen, InTurn) else ()
        return Parts(self.population.species, self.body, self.reading.ports, beside)

    def _piece(self, people: range) -> dict[str, Columns]:
        lanes = Lanes(people, self.solver.lanes)
        drawn, which = self._cases(lanes.numbers)
        covariates = {name: lanes.kept(values) for name, values in drawn.covariates.items()}
        if unfit := self._unfit(covariates):
            raise PeopleError({people.start + i: why for i, why in unfit.items()})
        signals = {port: lanes.kept(values) for port, values in self._signals(drawn, which).items()}
        _refuse_broken(people, signals)
        times = np.array(self._times)
        who = np.arange(people.start, people.stop)
        visits, courses = (np.searchsorted(times, t) for t in (self.reading.visits, self.reading.courses))
        read = self._columns({port: values[:, visits] for port, values in signals.items()})
        tables = {
            "people": {"person": who, **self._told(who), **covariates, **self._endpoints(signals, visits)},
            "visits": _long(who, times[visits], read | self._states(signals, visits)),
        }
        if len(courses):
            more = self._columns({port: values[:, courses] for port, values in signals.items()})
            tables["courses"] = _long(who, times[courses], more)
        return tables

    def _cases(self, numbers: NDArray[np.int64]) -> tuple[People, NDArray[np.int64]]:
        """The people of these cases, and the draws under which they are followed."""
        return self.population.people(self.doubt.who(numbers), self.seed), self.doubt.which(numbers)

    def _told(self, cases: NDArray[np.int64]) -> Columns:
        """Person and draw of each case, where there are several draws."""
        return {"who": self.doubt.who(cases), "draw": self.doubt.which(cases)} if len(self.doubt) > 1 else {}

    def _first_fit(self, people: int) -> NDArray[np.int64]:
        """The first people who can be asked; the very first where nobody among many can."""
        looked = np.arange(max(people, _LOOKED_AT))
        unfit = self._unfit(self._cases(looked)[0].covariates)
        return np.array([k for k in range(len(looked)) if k not in unfit][:people] or [0])

    def _unfit(self, covariates: Mapping[str, Floats]) -> dict[int, ResynapseError]:
        """Rows of people for whom the dose makes no sense or a parameter set of the chain would mislead, and why."""
        if self._refusal(covariates) is None:
            return {}
        rows = range(len(covariates["weight"]))
        each = {i: self._refusal({name: values[i : i + 1] for name, values in covariates.items()}) for i in rows}
        return {i: why for i, why in each.items() if why is not None}

    def _refusal(self, covariates: Mapping[str, Floats]) -> ResynapseError | None:
        chain = self.chain  # a value that there is not is nobody's fault
        try:
            self.slots.milligrams(covariates["weight"])
            refuse_outside(chain, covariates)
        except ResynapseError as refused:
            return refused
        return None

    @property
    def _times(self) -> tuple[float, ...]:
        """Every time that is read."""
        return tuple(sorted({*self.reading.visits, *self.reading.courses}))

    def _signals(self, people: People, which: NDArray[np.int64]) -> Mapping[str, Floats]:
        own = self._own_chain(people, which)
        given = self.slots.amounts(people.covariates["weight"])
        given = given * self._entered(people, own)
        life = self._life(people)
        doses = Doses(
            tuple(p.name for p in own.external),
            (*self.slots.happenings, *life.slots),
            np.concatenate([given, life.amounts], axis=1),
        )
        asked = own, doses, self._start(own, people)
        times, ports = np.array(self._times), self.reading.ports
        try:
            return self.solver.signals(*asked, times, ports)
        except SolveError as refused:
            if not refused.people or len(self.doubt) == 1 or len(set(refused.people)) == len(doses.amounts):
                raise
            broken = np.array(refused.people)
        found = self.solver.signals(*_without(asked, broken), times, ports)
        for values in found.values():
            values[broken] = np.nan
        return found

    def _own_chain(self, people: People, which: NDArray[np.int64]) -> Chain:
        """The chain with everybody's own values, those of one occasion among them that cannot change with the dose."""
        known, moved = self._known(which)
        spreads = {a: v for a, v in self.doubt.spreads(which).items() if a.partition(".")[0] in known.stages}
        values = people.values(known, spreads)
        own = known.with_values(values)
        if self.occasions and (stays := self._occasional[1]):
            own = own.with_values({a: v for a, v in people.occasion(own, 0).items() if a in stays})
        return anchored(own) if upstream((*values, *moved)) else own

    def _known(self, which: NDArray[np.int64]) -> tuple[Chain, tuple[str, ...]]:
        """The chain of somebody typical under each of these draws, and the values by which draws differ."""
        if len(self.doubt) == 1:
            return self.chain, ()
        filed = assembled(self._parts)
        found = news(filed, self.doubt.values(which))
        known = filed.with_values(found)
        return modified(known, self.modifiers, self._preparations), tuple(found)

    def _entered(self, people: People, own: Chain) -> Floats:
        """By what each person's amounts are multiplied because this dose enters better or worse than their others."""
        found = np.ones((len(people), len(self.slots.happenings)))
        moving = self._occasional[0]
        for k in range(self.slots.doses if self.occasions and moving else 0):
            drawn = people.occasion(own, k + 1)
            there = own.with_values({a: drawn[a] for a in moving})
            now = self.slots.dose == k
            found[:, now] = entered(own, there, self.slots)[:, now]
        return found

    @cached_property
    def _occasional(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Parameters that differ from dose to dose, and those that can only differ for a whole course."""
        named = tuple(
            f"{slot}.{name}"
            for slot, stage in self.chain.stages.items()
            for chosen in stage.provenance
            for name, entry in chosen.entries.items()
            if entry.occasion
        )
        return by_dose(self.chain, self.slots, named)

    def _life(self, people: People) -> Loads:
        """What life loads onto each of them; nothing where the chain has no life."""
        if "life" not in self.chain.stages or "load" not in people.covariates:
            return Loads((), np.zeros((len(people), 0)))
        steady = people if self.loads else replace(people, fluctuates=False)
        return steady.loads(self._times[-1])

    def _start(self, own: Chain, people: People) -> ChainState:
        """Everybody's resting state under their own mean load.

        It is the ill one of people with a score before treatment, the well one of others, and the only one of those
        who have no choice.
        """
        if "life" not in own.stages:
            return own.initial()
        load = people.covariates.get("load", np.zeros(len(people)))
        basin = "ill" if self.population.in_episode else "well"
        return jax.tree.map(np.asarray, own_resting_state(own, {"load": load}, basin))

    def _columns(self, signals: Mapping[str, Floats]) -> dict[str, Floats]:
        """Ports as columns (people x times); a port with a dimension becomes a column a label."""
        found: dict[str, Floats] = {}
        for name, values in signals.items():
            dims = self.chain.port(name).dims
            labels = [f"{name}.{label}" for _, of in dims for label in of] or [name]
            flat = values.reshape(*values.shape[:2], -1)
            found |= {label: flat[..., i] for i, label in enumerate(labels)}
        return found

    def _states(self, signals: Mapping[str, Floats], visits: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
        """Response and remission at every visit, where a rule has its port."""
        found: dict[str, NDArray[Any]] = {}
        for port in self._rules.keys() & signals.keys():
            scores = signals[port][:, visits]
            found |= {f"{port}.response": self._rules[port].responds(scores)}
            found |= {f"{port}.remission": self._rules[port].remits(scores)}
        return dict(sorted(found.items()))

    def _endpoints(self, signals: Mapping[str, Floats], visits: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
        """The peak of every port, and the endpoints of every rule that has its port."""
        times = np.array(self.reading.visits)
        found: dict[str, NDArray[Any]] = {}
        for name, values in self._columns({p: v[:, visits] for p, v in signals.items()}).items():
            found |= {f"{name}.{key}": v for key, v in _peak(values, times).items()}
            if name in self._rules:
                found |= {f"{name}.{key}": v for key, v in self._rules[name].endpoints(values, times).items()}
        return found

    @property
    def _rules(self) -> Mapping[str, Rule]:
        """The rules of response and relapse: none for people without an episode, who have nothing to respond from."""
        return rules() if self.population.in_episode or self.population.species != "human" else {}


def _broken(signals: Mapping[str, Floats]) -> NDArray[np.bool_]:
    """Whose states ran away under their draw."""
    return np.any([np.isnan(v).reshape(len(v), -1).any(axis=1) for v in signals.values()], axis=0)


def _refuse_broken(people: range, signals: Mapping[str, Floats]) -> None:
    """Refuse those whose states ran away under their draw, by name, so that nobody else is lost."""
    if gone := np.flatnonzero(_broken(signals)).tolist():
        why = SolveError("the values of this draw and this person together run away", then="see their spreads")
        raise PeopleError({people.start + row: why for row in gone})


def _sound(one: Mapping[str, Floats], two: Mapping[str, Floats]) -> tuple[Mapping[str, Floats], Mapping[str, Floats]]:
    """Those who ran away on neither of two grids.

    **Raises:** `SolveError` when somebody did on one of them alone, or everybody did.
    """
    here, there = _broken(one), _broken(two)
    if (here != there).any() or here.all():
        raise SolveError("the grid is too coarse for this protocol", where=f"{int((here != there).sum())} people")
    kept = ({port: v[~here] for port, v in found.items()} for found in (one, two))
    return next(kept), next(kept)


def _without(asked: tuple[Chain, Doses, ChainState], broken: NDArray[np.int64]) -> tuple[Chain, Doses, ChainState]:
    """The same with somebody sound in the lanes of those who are broken."""
    own, doses, start = asked
    lanes = np.arange(len(doses.amounts))
    lanes[broken] = np.setdiff1d(lanes, broken)[0]
    chain, state = jax.tree.map(lambda v: np.asarray(v)[lanes] if np.ndim(v) else v, (own, start))
    return chain, replace(doses, amounts=np.asarray(doses.amounts)[lanes]), state


def means_something(population: Population, port: str) -> bool:
    """Whether a port can be read of these people: the score is one of an episode, which not everybody has."""
    return port != SCORE or population.in_episode


def _long(who: NDArray[np.int64], times: Floats, columns: Mapping[str, NDArray[Any]]) -> Columns:
    """One row a person and time."""
    keys = {"person": np.repeat(who, len(times)), "time_h": np.tile(times, len(who))}
    return {**keys, **{name: values.reshape(-1) for name, values in columns.items()}}


def _peak(values: Floats, times: Floats) -> dict[str, Floats]:
    """The visit that lies farthest from the first one: its value and its time."""
    at = np.abs(values - values[:, :1]).argmax(axis=1)
    return {"peak": values[np.arange(len(values)), at], "peak_h": times[at]}
