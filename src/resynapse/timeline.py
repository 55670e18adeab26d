"""From what a table says of a person to what happens in the chain: inputs on the time axis, and turns."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .body.modifier import changes
from .chains import happenings, into_compartment
from .compound import Formulation
from .compound.library import compound
from .core.chain import Chain
from .core.errors import EventError, RequestError, ResynapseError
from .core.event import MOMENT, Happening, Infusion, Level
from .core.solver import Anew, Cycle, Leg, Periodic, protocol
from .core.turn import Change, Reset, SteadyState, Turn, wrapped
from .dose import CovariateChange, DoseEvent, Person


@dataclass(frozen=True)
class Timeline:
    """What happens to one person in a chain: happenings, and turns in time order."""

    happenings: tuple[Happening, ...]
    turns: tuple[Turn, ...] = ()


def timeline(chain: Chain, person: Person) -> Timeline:
    """All doses, resets, steady states and covariate changes of a person.

    A reset, and a dose that brings a steady state with it, call off what earlier records still had to give: infusions
    stop, additional and lagged doses do not come.

    **Raises:** `RequestError` and `EventError`, naming the line, when this body cannot take a dose.
    """
    ends = _ends(person)
    given: list[Happening] = []
    for event in person.events:
        stop = _called_off(event, ends)
        found = () if event.steady and not event.steady.period_h else given_by(chain, event)
        given += [left for h in (*_tail(chain, event), *found) if (left := _until(h, stop)) is not None]
    turns: list[tuple[float, int, int, Turn]] = [
        *((c.time_h, c.row or 0, 0, _change(chain, person, c)) for c in person.changes),
        *((r.time_h, r.row or 0, 1, Reset(r.time_h)) for r in person.resets),
        *((e.time_h, e.row or 0, 2, _steady(chain, e)) for e in person.events if e.steady),
    ]
    moments = sorted({time for time, *_ in turns})
    snapped = tuple(_snapped(h, moments) for h in given)
    return Timeline(snapped, tuple(turn for *_, turn in sorted(turns, key=lambda t: t[:3])))


def given_doses(person: Person) -> tuple[DoseEvent, ...]:
    """The doses that the person really gets: none that a later record calls off, an infusion as far as it went."""
    ends = _ends(person)
    kept = [(e, _called_off(e, ends)) for e in person.events]
    return tuple(_as_far(e, stop) for e, stop in kept if e.time_h < stop - MOMENT)


def _as_far(event: DoseEvent, stop: float) -> DoseEvent:
    """The dose until `stop`: an infusion that is stopped then gives less, and for a shorter time."""
    lasted = min(event.duration_h, stop - event.time_h)
    share = lasted / event.duration_h if event.duration_h else 1.0
    return replace(event, duration_h=lasted, amount_mg=event.amount_mg * share)


def given_by(chain: Chain, event: DoseEvent) -> tuple[Happening, ...]:
    """What one dose does to the input ports of the chain's body.

    **Raises:** `RequestError` naming the line when the body does not take it.
    """
    dose = {
        "start": event.time_h,
        "mg": event.amount_mg,
        "duration": event.duration_h,
        "devices": event.devices,
        "rate": event.rate_mg_h or 0.0,
    }
    try:
        if event.compartment is not None:
            return into_compartment(chain, compound(event.drug), event.compartment, dose, event.modelled)
        _check_own_timing(chain, event)
        return happenings(chain, compound(event.drug), event.route, dose, event.handling)
    except ResynapseError as failure:
        failure.where = f"line {event.row}" if event.row else failure.where
        raise


def _check_own_timing(chain: Chain, event: DoseEvent) -> None:
    """Refuse RATE -1 or -2 where the theory has no rate or duration of its own for this route."""
    ways = chain.stages["body"].routes.get(event.route, ())  # type: ignore[attr-defined]
    known = {"rate": [d.rate for d in ways], "duration": [d.over for d in ways]}
    if event.modelled and all(value is None for value in known[event.modelled]):
        raise RequestError(
            f"this body has no {event.modelled} of its own for this route",
            given=f"RATE {-1 if event.modelled == 'rate' else -2}, {event.route}",
            allowed="a RATE above 0 (mg/h), a DUR (h), or neither",
            then="write how fast, or over how long, the dose was given",
        )


def legs(
    chain: Chain, people: Sequence[Timeline], values: Sequence[Mapping[str, float]], span: tuple[float, float]
) -> tuple[Leg, ...]:
    """The stretches between the turns of people whose turns are alike.

    **Arguments:** `values` holds each person's parameters at first, by dotted address; `span` is begin and end (h).
    """
    together = protocol(chain.external, [p.happenings for p in people])
    inside = sorted({t.time for t in people[0].turns if span[0] < t.time < span[1]})
    now, _ = _turned(chain, people, [dict(v) for v in values], lambda time: time < span[0])
    made = []
    for begin, end in itertools.pairwise([span[0], *inside, span[1]]):
        now, openings = _turned(chain, people, now, begin.__eq__)
        made.append(Leg((begin, end), with_people(chain, now), together, openings))
    return tuple(made)


def _turned(
    chain: Chain, people: Sequence[Timeline], values: list[dict[str, float]], when: Callable[[float], bool]
) -> tuple[list[dict[str, float]], tuple[Anew | Periodic, ...]]:
    """Everybody's values after the turns of a time, in order, and the openings among them."""
    openings = []
    for here in zip(*(p.turns for p in people), strict=True):
        if not when(here[0].time):
            continue
        if isinstance(here[0], Change):
            values = [v | dict(t.values) for v, t in zip(values, here, strict=True) if isinstance(t, Change)]
        else:
            openings.append(_opening(with_people(chain, values), people, here))
    return values, tuple(openings)


def with_people(chain: Chain, values: Sequence[Mapping[str, float]]) -> Chain:
    """The chain with every person's own values, by dotted address; who has none keeps the chain's own."""
    addresses = sorted({a for v in values for a in v})
    default = chain.parameters
    return chain.with_values({a: np.array([v.get(a, float(default[a])) for v in values]) for a in addresses})


def _opening(chain: Chain, people: Sequence[Timeline], turns: Sequence[Turn]) -> Anew | Periodic:
    first = turns[0]
    if not isinstance(first, SteadyState):
        return Anew()
    cycles = [
        (*turn.cycle, *_lasting_levels(person, turn.time))
        for person, turn in zip(people, turns, strict=True)
        if isinstance(turn, SteadyState)
    ]
    return Periodic(chain, Cycle(protocol(chain.external, cycles), first.period), first.adds)


def _lasting_levels(person: Timeline, time: float) -> list[Level]:
    """What is constant in a person's life at a moment, such as a load, as if it had always been so."""
    levels = [h for h in person.happenings if isinstance(h, Level) and h.start <= time < h.stop]
    return [Level(h.port, 0.0, h.amount) for h in levels]


def _steady(chain: Chain, event: DoseEvent) -> SteadyState:
    """The steady state that a dose of an endless series stands for."""
    if event.steady is None:
        raise ValueError("only a repeated dose has a steady state")
    period, adds = event.steady.period_h, event.steady.adds
    if not period:
        hour = replace(event, time_h=0.0, amount_mg=float(event.rate_mg_h or 0.0))
        running = [h for h in given_by(chain, hour) if isinstance(h, Infusion)]
        levels = tuple(Level(h.port, 0.0, h.amount / h.duration) for h in running)
        return SteadyState(event.time_h, levels, 0.0, adds)
    cycle = given_by(chain, replace(event, time_h=0.0))
    for h in cycle:
        _check_fits(h, period, event)
    return SteadyState(event.time_h, wrapped(cycle, period), period, adds)


def _check_fits(h: Happening, period: float, event: DoseEvent) -> None:
    where = f"line {event.row}" if event.row else event.drug
    if h.start >= period:
        raise EventError(
            "a steady state needs a lag shorter than the interval between doses",
            where=where,
            given=f"lag {h.start:g} h",
            allowed=f"below II = {period:g} h",
        )
    if isinstance(h, Infusion) and h.duration > period * (1 + 1e-12):
        raise EventError(
            "a steady state of infusions that overlap is not read",
            where=where,
            given=f"{h.duration:g} h every {period:g} h",
            allowed=f"an infusion of at most II = {period:g} h",
            then="write the infusions out with ADDL, or a constant one (AMT 0, II 0)",
        )


def _tail(chain: Chain, event: DoseEvent) -> list[Happening]:
    """What the dose before a steady-state dose, of the same series, still has to give after the record."""
    if event.steady is None or not event.steady.period_h:
        return []
    period = event.steady.period_h
    cycle = [h for h in given_by(chain, replace(event, time_h=0.0)) if isinstance(h, Infusion)]
    over = [(h, h.start + h.duration - period) for h in cycle]
    return [Infusion(h.port, event.time_h, h.amount * left / h.duration, left) for h, left in over if left > MOMENT]


def _values(chain: Chain, covariates: Mapping[str, float]) -> dict[str, float]:
    """Covariates as parameters of the body, by dotted address; those that the body does not have move nothing."""
    return {f"body.{name}": v for name, v in covariates.items() if f"body.{name}" in chain.declared}


def own_values(chain: Chain, person: Person) -> dict[str, float]:
    """A person's own parameters at first, by dotted address: covariates, preparations, and what acts beside the drug.

    **Raises:** `RequestError` for a modifier that is unknown or that this body cannot be given.
    """
    return _values(chain, person.covariates) | changes(chain, person.modifiers, preparations(person))


def acting(people: Sequence[Person]) -> tuple[str, ...]:
    """Every modifier that acts in somebody at some time, each once."""
    return tuple(dict.fromkeys(name for p in people for names in _all_modifiers(p) for name in names))


def _all_modifiers(person: Person) -> list[tuple[str, ...]]:
    return [person.modifiers, *(c.modifiers for c in person.changes)]


def _change(chain: Chain, person: Person, change: CovariateChange) -> Change:
    """New covariates; what a modifier moved and no longer moves goes back to the theory's own value."""
    made = preparations(person)
    now = changes(chain, change.modifiers, made)
    touched = changes(chain, acting([person]), made)
    moved = {address: now.get(address, float(chain.parameters[address])) for address in touched}
    return Change(change.time_h, _values(chain, change.covariates) | moved)


def preparations(person: Person) -> tuple[Formulation, ...]:
    """What the person's doses were made up as, each once.

    **Raises:** `EventError` when doses by one route are made up in ways that give the body different values: they
    hold for a person, not for a dose.
    """
    made = {m.name: m for e in person.events if (m := e.handling.formulation)}
    first: dict[str, DoseEvent] = {}
    for event in person.events if made else ():
        other = first.setdefault(event.route, event)
        if _moved(event) != _moved(other):
            raise EventError(
                "one person cannot be given preparations that change the body in different ways",
                where=f"line {event.row}" if event.row else event.route,
                given=" and ".join(m.name if (m := e.handling.formulation) else "none" for e in (other, event)),
                then="simulate them as two people",
            )
    return tuple(made.values())


def _moved(event: DoseEvent) -> dict[str, float]:
    """The values of the body that the dose's preparation sets."""
    made = event.handling.formulation
    return {name: fact.value for name, fact in made.parameters.items()} if made else {}


def _ends(person: Person) -> list[tuple[float, int]]:
    """Time and line of every record that calls off what earlier ones ordered: a reset, a steady state that replaces."""
    replacing = [(e.time_h, e.row or 0) for e in person.events if e.steady and not e.steady.adds]
    return [*((r.time_h, r.row or 0) for r in person.resets), *replacing]


def _snapped(h: Happening, moments: Sequence[float]) -> Happening:
    """The happening at the very time of a turn from which only rounding parts it."""
    near = next((t for t in moments if 0.0 < abs(t - h.start) <= MOMENT), h.start)
    return h if near == h.start else replace(h, start=near)


def _called_off(event: DoseEvent, ends: list[tuple[float, int]]) -> float:
    """When what a dose had to give is called off; infinite when it is not."""
    ordered = (event.time_h if event.ordered_h is None else event.ordered_h, event.row or 0)
    return min((time for time, row in ends if (time, row) > ordered), default=float("inf"))


def _until(h: Happening, stop: float) -> Happening | None:
    """The happening as far as it takes place before `stop`."""
    if h.start >= stop - MOMENT:
        return None
    if isinstance(h, Infusion) and h.start + h.duration > stop:
        return replace(h, duration=stop - h.start, amount=h.amount * (stop - h.start) / h.duration)
    return h
