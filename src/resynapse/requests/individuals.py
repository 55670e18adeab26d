"""The request to fit the people of a table whose concentrations were measured."""

from __future__ import annotations

import json
import time as clock
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import model_validator

from ..body.modifier import modifier_sources
from ..calibrate.individual.fit import Chance, fit_people
from ..calibrate.individual.question import Question, Theory, ask
from ..calibrate.individual.record import check_record, population, records
from ..chains import body_chain
from ..compound import compound
from ..core.chain import Chain
from ..core.errors import RequestError, nearest
from ..core.solver import keep_compiled_code
from ..core.variability import Residual
from ..dose import Person, read_table
from ..result import identity, provenance
from ..timeline import acting
from .request import Request, acted_on

_SEEDS = 2**32
_CROWD = 10  # people from which a visual predictive check says something
_METHODS = ("beal2001", "bergstrand2011", "brendel2006", "combes2013", "hooker2007", "vehtari2024")
Tell = Callable[[str], None]


class FitIndividual(Request):
    """Fit the people of a table, one by one, from the concentrations measured in them.

    **Arguments:**

    - `table`: a NONMEM-style table with DV; QUANTITY names the measured port, BLQ 1 says that DV is a limit.
    - `body`: theories of the body, one after the other; `id`: one person only.
    - `posterior`: also draw from the full posterior; `draws` and `seed` hold for it and for all simulations.
    - `vpc`: make the visual predictive check also for fewer than ten people.
    - `residual_sd`: residual errors in place of the theory's own: "0.2", or "cv_ketamine=0.2" (log scale).
    - `modifiers`: what else changes the body of everybody ("rifampicin", "rhinitis"); none by default.
    - `quantity`, `drug`, `route`, `weight` (kg): what holds where the table does not say.
    """

    table: Path
    body: tuple[str, ...] = ("kpk1",)
    id: str | None = None
    posterior: bool = False
    draws: int = 1000
    seed: int = 0
    vpc: bool = False
    residual_sd: tuple[str, ...] = ()
    modifiers: tuple[str, ...] = ()
    quantity: str | None = None
    drug: str | None = None
    route: str | None = None
    weight: float | None = None

    @model_validator(mode="after")
    def _complete(self) -> FitIndividual:
        if self.draws < 100:
            raise RequestError("too few draws to say anything", where="draws", given=self.draws, allowed="100 or more")
        if not 0 <= self.seed < _SEEDS:
            raise RequestError("no such seed", where="seed", given=self.seed, allowed=f"0 to {_SEEDS - 1}")
        if len(set(self.body)) != len(self.body):
            raise RequestError("a theory is named twice", where="body", given=", ".join(self.body))
        return self

    def run(self, tell: Tell = lambda _: None) -> dict[str, Any]:
        """Fit everybody with every theory and return one record: people, theories, checks, and how it was made.

        **Raises:** `EventError` and `RequestError` for what cannot be read or weighed, `SolveError` when a fit fails.
        """
        began = clock.perf_counter()
        keep_compiled_code()
        people, notes = self._people()
        chosen = acted_on(self._chosen(people), self.modifiers)
        questions = [self._question(body, chosen) for body in self.body]
        fits = [fit_people(q, Chance(self.draws, self.seed), self.posterior, tell) for q in questions]
        crowded = self.vpc or len(fits[0].people) >= _CROWD
        return {
            "people": [record for fit in fits for record in records(fit)],
            "theories": [population(fit) for fit in fits],
            "vpc": [check_record(fit, port) for fit in fits for port in fit.ports] if crowded else [],
            "run": self._run_record([f.chain for f in fits], chosen, notes)
            | {"wall_time_s": round(clock.perf_counter() - began, 2)},
        }

    def _question(self, body: str, people: Sequence[Person]) -> Question:
        chain = body_chain("human", body)
        ports = sorted({m.port for p in people for m in p.measurements})
        given = {port: error for port in ports if (error := self._given(port)) is not None}
        notes = [
            f"the error of {port}, {error.sd:g} on the log scale, was given by the user"
            for port, error in given.items()
        ]
        return ask(Theory(body, chain), people, given, notes)

    def _given(self, port: str) -> Residual | None:
        """The residual error that the user gave for a port."""
        for word in self.residual_sd:
            name, found, number = word.rpartition("=")
            if not found or name == port:
                return Residual(kind="log", sd=_positive(number), where="given with --residual-sd", source="user")
        return None

    def _check_ports(self, measured: set[str]) -> None:
        """Refuse words about a port that nobody measured: a slip there would change nothing, and nobody would know."""
        named = [w.rpartition("=")[0] for w in self.residual_sd if "=" in w]
        for word, port in (*(("--residual-sd", n) for n in named), ("--quantity", self.quantity)):
            if port is not None and measured and port not in measured:
                raise RequestError(
                    "this was not measured in anybody of the table",
                    where=word,
                    given=port,
                    allowed=sorted(measured),
                    nearest=nearest(port, measured),
                )

    def _people(self) -> tuple[tuple[Person, ...], tuple[str, ...]]:
        """The people of the table; DV without QUANTITY is the drug that was given, in veins."""
        words = ("human", self.drug, self.route, self.weight)
        table = read_table(self.table, *words, self.quantity)
        self._check_ports({m.port for p in table.people for m in p.measurements})
        drugs = {e.drug for p in table.people for e in p.events}
        if self.quantity is not None or len(drugs) != 1 or all(p.measurements for p in table.people):
            return table.people, table.notes
        default = _in_veins(drugs.pop())
        again = read_table(self.table, *words, default)
        return again.people, (*again.notes, f"DV without QUANTITY is read as {default}")

    def _chosen(self, people: tuple[Person, ...]) -> tuple[Person, ...]:
        if self.id is None:
            return people
        found = tuple(p for p in people if p.id == self.id)
        if not found:
            known = [p.id for p in people]
            raise RequestError(
                "this table has no such person", given=self.id, allowed=known, nearest=nearest(self.id, known)
            )
        return found

    def _run_record(self, chains: Sequence[Chain], people: Sequence[Person], notes: Sequence[str]) -> dict[str, Any]:
        drugs = sorted({e.drug for p in people for e in p.events})
        known = [provenance(chain, drugs, [*_METHODS, *modifier_sources(acting(people))]) for chain in chains]
        return {
            **identity(),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "species": "human",
            "request": json.loads(self.model_dump_json(exclude_none=True)),
            "seed": self.seed,
            **{name: _united([json.loads(k[name]) for k in known]) for name in known[0] if name != "notes"},
            "notes": [*notes, *_united([json.loads(k["notes"]) for k in known])],
            "purpose": "for research; not medical advice",
        }


def _in_veins(drug: str) -> str:
    """The port of a compound's concentration in venous plasma: of one mirror form, or of both together."""
    given = compound(drug)
    pure = {1.0: "_s", 0.0: "_r"}
    return f"cv_{given.substance}{pure.get(given.fraction_s.value, '')}"


def _united(lists: Sequence[list[Any]]) -> list[Any]:
    """All entries in order, without repetition."""
    found: list[Any] = []
    for entry in (e for entries in lists for e in entries):
        if entry not in found:
            found.append(entry)
    return found


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 10:
        raise RequestError(
            "a residual error is a positive number",
            where="--residual-sd",
            given=text,
            allowed="such as 0.2, or cv_ketamine=0.2",
        )
    return number
