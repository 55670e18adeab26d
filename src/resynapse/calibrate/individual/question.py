"""What a table asks of a theory: its people, their measurements, and everything that has to be refused beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from ...body.modifier import modifier_notes
from ...chains import outside_population
from ...core.chain import Chain
from ...core.errors import RequestError, nearest
from ...core.variability import Residual
from ...dose import Measurement, Person
from ...timeline import acting, timeline
from .case import Case, Predict, told
from .likelihood import TINY, measured
from .prediction import prediction
from .variability import Variability, variability

Floats = NDArray[np.float64]
_POINTS = 160
_SHIFT = 0.97


@dataclass(frozen=True)
class Theory:
    """A theory of the body by its name."""

    body: str
    chain: Chain


@dataclass(frozen=True)
class Question:
    """The people of a table and the theory that they are asked of.

    **Arguments:** `theory`; `people` are those with measurements; `ports` what was measured in anybody; `residuals` the
    error of each port; `spread` how people differ; `notes` what a reader should know.
    """

    theory: Theory
    people: tuple[Person, ...]
    ports: tuple[str, ...]
    residuals: Mapping[str, Residual]
    spread: Variability
    notes: tuple[str, ...] = ()

    def case(self, person: Person) -> Case:
        """One person's question, with every random effect of the theory."""
        data = measured(person.measurements, self.residuals, self.ports)
        predict = prediction(self.theory.chain, person, np.asarray(data.time), self.ports)
        return Case(data, self.spread.centred(predict.chain), predict)

    def narrowed(self) -> tuple[Case, ...]:
        """Everybody's question, with the random effects that move at least one measurement of anybody.

        **Raises:** `RequestError` when nothing moves, or when a theory predicts zero where a value was measured.
        """
        cases = tuple(self.case(p) for p in self.people)
        for person, case in zip(self.people, cases, strict=True):
            _check_weighable(person, case)
        names = told(cases)
        if not names:
            raise RequestError(
                "nothing that differs between people in this theory moves these measurements",
                given=", ".join(self.ports),
                then="check doses and times, or choose another theory (--body)",
            )
        return tuple(eqx.tree_at(lambda c: c.spread, c, c.spread.only(names)) for c in cases)

    def course(self, person: Person) -> tuple[Predict, Floats]:
        """A prediction of the measured ports at times fit for drawing, and these times (h)."""
        times = _drawing_times(person)
        return prediction(self.theory.chain, person, times, self.ports), times


def ask(theory: Theory, people: Sequence[Person], given: Mapping[str, Residual], notes: Sequence[str] = ()) -> Question:
    """The question that a table's measurements ask of a theory.

    **Arguments:** `given` are residual errors for ports of which the theory has none.

    **Raises:** `RequestError` when nobody has a measurement, or a measured port has no prediction or no residual
    error; `ParameterError` when the theory has no differences between people.
    """
    asked = tuple(p for p in people if p.measurements)
    if not asked:
        raise RequestError(
            "this table holds no measurement to be fitted",
            given="no DV on an observation line (EVID 0, MDV 0)",
            then="fill the column DV, and say in QUANTITY what was measured, such as cv_ketamine",
        )
    ports = tuple(sorted({m.port for p in asked for m in p.measurements}))
    chain = theory.chain
    residuals = {port: _residual(theory, port, given) for port in ports}
    for person in asked:
        for found in person.measurements:
            _check_value(found, residuals[found.port])
    left = [f"person {p.id} has no measurement and is left out" for p in people if not p.measurements]
    spread = variability(chain)
    remarks = (
        *(*notes, *left, *_beside(asked), *_held(chain, asked, spread)),
        *outside_population(chain, [p.covariates for p in asked]),
    )
    return Question(theory, asked, ports, residuals, spread, remarks)


def _beside(people: Sequence[Person]) -> tuple[str, ...]:
    """Remarks on what acts beside the drug in anybody."""
    found = modifier_notes(acting(people))
    return (*found, "fitted parameters are those that the person would have without what acts beside") if found else ()


def _held(chain: Chain, people: Sequence[Person], spread: Variability) -> list[str]:
    """Remarks on spreads that act on when or how much of a dose enters: a prediction has no slope in these."""
    moved = {a: chain.with_values({a: _SHIFT * float(chain.parameters[a])}) for a in spread.addresses}
    return [
        f"{address} acts on how a dose enters and is held at its typical value in everybody"
        for address, other in moved.items()
        if any(timeline(chain, p).happenings != timeline(other, p).happenings for p in people)
    ]


def _residual(theory: Theory, port: str, given: Mapping[str, Residual]) -> Residual:
    stage = theory.chain.stages["body"]
    shown = [p.name for p in (*stage.writes, *stage.shows) if p.name not in stage.absent]
    if port not in shown:
        raise RequestError(
            f"the theory {theory.body} does not model what was measured",
            given=port,
            allowed=shown,
            nearest=nearest(port, shown),
            then="name the measured port in QUANTITY (or --quantity), or choose another theory (--body)",
        )
    known = {name: r for chosen in stage.provenance for name, r in chosen.residuals.items()} | dict(given)
    if port not in known:
        raise RequestError(
            f"the theory {theory.body} does not say how far a measurement of this port lies from the truth",
            given=port,
            allowed=known or "no port",
            then=f"give the error yourself: --residual-sd {port}=0.2 (standard deviation on the log scale)",
        )
    return known[port]


def _check_value(found: Measurement, error: Residual) -> None:
    if found.value <= 0 and (error.kind == "log" or found.below):
        raise RequestError(
            "a value at or below zero cannot be weighed",
            where=f"line {found.row}" if found.row else found.port,
            given=f"{found.value:g}",
            then="give the limit of quantification in DV with BLQ 1, or take the line out (MDV 1)",
        )


def _check_weighable(person: Person, case: Case) -> None:
    """Refuse a value where the typical person has exactly nothing and the error is a share of it."""
    course = np.asarray(case.at_measurements(jnp.zeros(case.spread.size)))
    data = case.data
    lost = data.known & (course <= TINY) & ~np.asarray(data.below) & (np.asarray(data.additive) == 0)
    if lost.any():
        ordered = sorted(person.measurements, key=lambda m: m.time_h)
        found = ordered[int(lost.argmax())]
        raise RequestError(
            "something was measured where the theory predicts nothing",
            where=f"person {person.id}, " + (f"line {found.row}" if found.row else f"{found.time_h:g} h"),
            given=f"{found.value:g} at {found.time_h:g} h",
            then="a sample from before the first dose: give it as BLQ 1 with the limit in DV, or as MDV 1",
        )


def _drawing_times(person: Person) -> Floats:
    """From the dose before the first measurement to a little after the last one, densely after every dose."""
    seen = [m.time_h for m in person.measurements]
    begin = max((e.time_h for e in person.events if e.time_h <= min(seen)), default=0.0)
    end = max(seen) + 0.05 * (max(seen) - begin) + 0.01
    turns = [t for e in person.events for t in (e.time_h, e.time_h + e.duration_h) if begin <= t < end] or [begin]
    after = np.geomspace(0.01, end - begin + 0.01, _POINTS // 4) - 0.01
    dense = np.unique(np.concatenate([turn + after for turn in turns]))
    dense = dense[dense <= end]
    kept = dense[np.linspace(0, len(dense) - 1, min(len(dense), _POINTS // 2)).astype(int)]
    return np.sort(np.concatenate([kept, np.linspace(begin, end, _POINTS - len(kept))]))
