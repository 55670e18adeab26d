"""The request to follow a whole population: sampled, given a regimen, solved in shards, stored and summed up."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import model_validator

from ..body.modifier import modifier_notes, modifier_sources
from ..calibrate.doubt import Doubt
from ..calibrate.posterior import Knowledge
from ..chains import outside_population
from ..cohort import Cohort, Reading, means_something
from ..core.errors import RequestError, nearest
from ..dose import Regimen
from ..dose.schedule import schedule_times
from ..engine.backend import Backend, Serial
from ..engine.cluster import Dask
from ..engine.driver import Outcome, run
from ..engine.local import Local
from ..engine.manifest import MANIFEST, read_manifest
from ..engine.work import Work, checked_count
from ..person import population
from ..result import identity, provenance
from .known import Asked, known
from .request import Request

Tell = Callable[[str], None]
BACKENDS = ("local", "serial", "dask")
SCHEMES = ("tcp", "tls", "ws", "wss")  # of a Dask scheduler's address
GROUPS = {"people": (), "visits": ("time_h",)}
_DAYS = 14.0
_LOOKED_AT = 1000
_EARLY = (0.0, 1.0, 2.0, 4.0, 24.0, 72.0)
_PORTS = (
    "cv_ketamine",
    "occupancy_nmdar_interneuron",
    "glutamate_pfc",
    "spine_density",
    "lhb_burst_fraction",
    "stress",
    "despair",
    "suicidal_ideation",
    "anhedonia",
    "madrs_total",
    "cadss_total",
    "sbp_change",
    "fst_immobility",
    "sucrose_preference",
)
_AFTER_A_DOSE = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 20.0)


class SimulatePeople(Request):
    """Follow a population under one regimen.

    **Arguments:**

    - `people`: how many; `population`: a name on file; `seed` of everything that is drawn.
    - `drug`, `route`, `dose`, `over`, `schedule`, `formulation`, `devices`, `modifiers`, `days`, `body`: as `Simulate`.
    - `times` (h): the visits, the beginning among them always; by default some in the first days and then weekly.
    - `ports`: what to report at visits; by default concentration, some of the mechanism, mood and acute effects.
    - `loads`: let life's load change from week to week where the population says so; `occasions`: let parameters
      differ from dose to dose where their source says so.
    - `trajectories`: also store the whole course of everybody.
    - `calibration`: values and spreads of a calibration on file, its medians; `draws`: everybody is followed under so
      many of its posterior draws, so that a run holds people x draws.
    """

    people: int
    population: str
    seed: int
    drug: str
    route: str
    dose: str
    over: str | None = None
    schedule: str = "once"
    formulation: str | None = None
    devices: str | None = None
    modifiers: tuple[str, ...] = ()
    days: float | None = None
    body: str | None = None
    times: tuple[float, ...] | None = None
    ports: tuple[str, ...] | None = None
    loads: bool = True
    occasions: bool = True
    trajectories: bool = False
    calibration: str | None = None
    draws: int | None = None

    @model_validator(mode="after")
    def _complete(self) -> SimulatePeople:
        checked_count("people", self.people)
        if self.seed < 0:
            raise RequestError("a seed is 0 or more", where="seed", given=self.seed)
        if self.days is not None and not self.days > 0:
            raise RequestError("this must be a positive number", where="days", given=self.days)
        return self

    @property
    def cohort(self) -> Cohort:
        """The task that workers are given.

        **Raises:** `RequestError` and `EventError` for words that do not fit together.
        """
        chosen = population(self.population)
        made, used, days = self.formulation, self.devices, self.days or _DAYS
        regimen = Regimen(self.drug, self.route, self.dose, self.over, self.schedule, days, chosen.species, made, used)
        alone = Cohort(chosen, self.seed, regimen, Reading((0.0, 1.0), self.ports or ()), self.body, self.modifiers)
        written = {p.name for p in alone.chain.wiring.ports}
        ports = self.ports or tuple(p for p in _PORTS if p in written and means_something(chosen, p))
        reading = Reading(self._visits, ports, self._courses if self.trajectories else ())
        whole = Cohort(chosen, self.seed, regimen, reading, self.body, self.modifiers, self.loads, self.occasions)
        doubt = known(self.calibration, self.draws, self.seed, Asked(chosen.species, self.body))
        return replace(whole, knowledge=doubt)

    def run(
        self, out: Path, backend: Backend | None = None, tell: Tell = lambda _: None, shard_size: int = 1024
    ) -> Outcome:
        """Choose and certify the grid on the first people, then compute and store everybody.

        **Raises:** `RequestError` and `EventError` for what cannot be done, `SolveError` when the grid is too coarse,
        `RunError` when the run cannot go on.
        """
        checked_count("shard_size", shard_size)
        self._refuse_other(out)
        tell("assembling the chain")
        asked = self.cohort
        tell("certifying the grid")
        cohort, errors = asked.on_the_coarsest_grid
        cases = self.people * len(cohort.doubt)
        work = Work(cohort, cases, shard_size, GROUPS, {"request": self.model_dump(mode="json")})
        about = {**self._about(cohort), "numerical_error": errors, "grid": cohort.solver.record}
        return run(work.knowing(**about), out, backend or Local(), tell)

    def _refuse_other(self, out: Path) -> None:
        """Refuse a folder of another request at once; whether everything else is the same, the driver finds out."""
        if not (out / MANIFEST).exists():
            return
        stored, own = read_manifest(out).about.get("request"), self.model_dump(mode="json")
        if stored is not None and stored != own:
            given = ", ".join(
                f"{name} {own[name]}, there {stored.get(name)}" for name in own if own[name] != stored.get(name)
            )
            then = "name another folder, or `resynapse resume` what is there"
            raise RequestError("this folder holds another run", where=str(out), given=given, then=then)

    @property
    def _end(self) -> float:
        return 24.0 * (self.days or _DAYS)

    @property
    def _visits(self) -> tuple[float, ...]:
        end = self._end
        if self.times is None:
            weekly = (168.0 * week for week in range(1, int(end // 168.0) + 1))
            return tuple(sorted({*(t for t in _EARLY if t < end), *weekly, end}))
        if bad := [t for t in self.times if not 0.0 <= t <= end]:
            raise RequestError("a time lies beyond the end", given=f"{bad[0]:g} h", allowed=f"0 to {end:g} h")
        return tuple(sorted({0.0, *self.times}))

    @property
    def _courses(self) -> tuple[float, ...]:
        """Often after each dose, and every half day."""
        end = self._end
        doses = [t for t in schedule_times(self.schedule, self.days or _DAYS) if t <= end]
        close = {dose + later for dose in doses for later in _AFTER_A_DOSE if dose + later <= end}
        return tuple(sorted({*close, *(12.0 * i for i in range(int(end // 12.0) + 1)), end}))

    def _about(self, cohort: Cohort) -> dict[str, Any]:
        """What a reader of the run should know of what it rests on."""
        drug = cohort.regimen.compound.name
        more = (*modifier_sources(self.modifiers), *cohort.population.specification.sources)
        filed = {name: json.loads(value) for name, value in provenance(cohort.chain, [drug], more).items()}
        notes = [*_told(cohort.knowledge), *self._outside(cohort), *modifier_notes(self.modifiers), *filed.pop("notes")]
        title = f"{drug.capitalize()} in {self.people:,} people: {cohort.population.specification.population.title}"
        return {
            "title": title,
            **identity(),
            **filed,
            "notes": notes,
            "units": {name: cohort.chain.port(name).unit for name in cohort.reading.ports},
            "purpose": "for research; not medical advice",
        }

    def _outside(self, cohort: Cohort) -> tuple[str, ...]:
        """Remarks where many of the first people lie outside those that a parameter set was built on."""
        first = cohort.population.people(range(min(self.people, _LOOKED_AT)), self.seed).covariates
        rows = [{name: float(values[i]) for name, values in first.items()} for i in range(len(first["weight"]))]
        try:
            return outside_population(cohort.chain, rows)
        except RequestError as refused:
            return (f"somebody will be missing: {' '.join(refused.message.split())}",)


def _told(doubt: Knowledge | Doubt | None) -> tuple[str, ...]:
    """What a reader should know of the calibration that people were followed under."""
    if not isinstance(doubt, Doubt):
        return ()
    if len(doubt) == 1:
        return (f"values and spreads are those of the mean of {doubt.told}",)
    return (
        f"everybody was followed under {len(doubt)} draws of {doubt.told}: quantiles over all rows hold the spread "
        "between people and the doubt about values together; columns `who` and `draw` tell them apart",
    )


def resumed(folder: Path, backend: Backend | None = None, tell: Tell = lambda _: None) -> Outcome:
    """Go on with the run in a folder, with its own back end unless another is given.

    **Raises:** `RequestError` when there is none, and as `SimulatePeople.run`.
    """
    manifest = read_manifest(folder)
    about = manifest.about
    if "request" not in about:
        raise RequestError("this run was not begun by `simulate --people`", given=folder)
    chosen = backend or backend_named(**about["backend"])
    return SimulatePeople(**about["request"]).run(folder, chosen, tell, manifest.shard_size)


def backend_named(name: str, workers: int | None = None, address: str | None = None) -> Backend:
    """The back end that a word stands for: `local`, `serial`, `dask`, or the address of a Dask scheduler.

    **Raises:** `RequestError` for another word, or for workers where there are none to choose.
    """
    if "://" in name:
        _check_scheme(name)
        name, address = "dask", name
    if name not in BACKENDS:
        allowed = (*BACKENDS, "tcp://HOST:PORT")
        raise RequestError("no such back end", given=name, allowed=allowed, nearest=nearest(name, BACKENDS))
    if workers is not None and (name == "serial" or address):
        raise RequestError("the number of workers cannot be chosen here", where="workers", given=workers)
    known: dict[str, Backend] = {"serial": Serial(), "local": Local(workers), "dask": Dask(address, workers)}
    return known[name]


def _check_scheme(address: str) -> None:
    scheme = address.split("://")[0]
    if scheme not in SCHEMES:
        allowed = tuple(f"{known}://HOST:PORT" for known in SCHEMES)
        raise RequestError(
            "no scheduler has such an address", given=address, allowed=allowed, nearest=nearest(scheme, SCHEMES)
        )
