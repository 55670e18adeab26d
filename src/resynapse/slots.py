"""A regimen for many people: slots on the time axis that all share, and what each person gets in each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .company import company_happenings
from .core.chain import Chain
from .core.errors import RequestError
from .core.event import Happening
from .core.solver.cascade import coefficients_of
from .dose import InTurn, Part, Regimen
from .dose.regimen import read_dose
from .timeline import given_by

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Slots:
    """The doses of a regimen in a chain.

    **Arguments:** `regimen`; `happenings` have unit amount; `per_mg` is what one milligram of base brings into each of
    them, and `dose` tells which dose each belongs to (0 the first).
    """

    regimen: Regimen
    happenings: tuple[Happening, ...]
    per_mg: Floats
    dose: NDArray[np.int64]

    def milligrams(self, weights: Floats) -> Floats:
        """One dose (mg of base) of people of these weights (kg).

        **Raises:** `EventError` when somebody's weight or amount is not believable.
        """
        for weight in (float(weights.min()), float(weights.max())):
            self.regimen.amount_mg(weight)
        words = read_dose(self.regimen.dose, self.regimen.compound)
        return words.mg * weights if words.per_kg else np.full(len(weights), words.mg)

    def amounts(self, weights: Floats) -> Floats:
        """What people of these weights get, with shape people x slots."""
        return np.asarray(self.milligrams(weights)[:, None] * self.per_mg)

    @cached_property
    def ports(self) -> tuple[str, ...]:
        """The input ports that are used."""
        return tuple(dict.fromkeys(h.port for h in self.happenings))

    @property
    def doses(self) -> int:
        """How many doses there are."""
        return int(self.dose.max(initial=-1)) + 1


@dataclass(frozen=True)
class CompanySlots:
    """One part of doses in turn that is company: amounts per body weight, everybody's own for a dose in mg.

    **Arguments:** `happenings` have unit amount; `amount` is what a person of one kilogram gets in each of them, to be
    divided by the weight where the dose is not per kg.
    """

    part: Part
    happenings: tuple[Happening, ...]
    amount: Floats
    dose: NDArray[np.int64]

    def milligrams(self, weights: Floats) -> Floats:
        """Nothing that could be checked beyond the words of the dose."""
        return np.full(len(weights), np.nan)

    def amounts(self, weights: Floats) -> Floats:
        """What people of these weights get, with shape people x slots."""
        per = np.ones(len(weights)) if "/kg" in self.part.dose.replace(" ", "") else 1.0 / weights
        return np.asarray(per[:, None] * self.amount)


@dataclass(frozen=True)
class SlotsInTurn:
    """The slots of doses that follow one another, in the order of time; used as `Slots`."""

    parts: tuple[Slots | CompanySlots, ...]

    @cached_property
    def happenings(self) -> tuple[Happening, ...]:
        """Every slot, of unit amount, part by part."""
        return tuple(h for part in self.parts for h in part.happenings)

    @cached_property
    def dose(self) -> NDArray[np.int64]:
        """Which dose each slot belongs to, counted in the order of parts."""
        before = np.cumsum([0, *(int(part.dose.max(initial=-1)) + 1 for part in self.parts)])
        return np.concatenate([part.dose + first for part, first in zip(self.parts, before, strict=False)])

    @cached_property
    def ports(self) -> tuple[str, ...]:
        """The input ports that are used."""
        return tuple(dict.fromkeys(h.port for h in self.happenings))

    @property
    def doses(self) -> int:
        """How many doses there are."""
        return int(self.dose.max(initial=-1)) + 1

    def milligrams(self, weights: Floats) -> Floats:
        """The amounts of the first part; those of the others are looked at as well.

        **Raises:** `EventError` when somebody's weight or amount is not believable.
        """
        every = [part.milligrams(weights) for part in self.parts]
        return every[0]

    def amounts(self, weights: Floats) -> Floats:
        """What people of these weights get, with shape people x slots."""
        return np.concatenate([part.amounts(weights) for part in self.parts], axis=1)


def slots(chain: Chain, regimen: Regimen | InTurn, weight: float) -> Slots | SlotsInTurn:
    """The slots of a regimen, or of doses that follow one another.

    **Arguments:** `weight` (kg) is that of somebody typical; no time hangs on it.

    **Assumes:** times that belong to the theory (how long a swallowed dose enters) are its typical ones for everybody.

    **Raises:** `RequestError` when slots could not be shared: a spray dosed per kg takes a number of devices that
    differs between people, and a theory with a rate of entry of its own makes durations hang on amounts.
    """
    if isinstance(regimen, InTurn):
        return SlotsInTurn(tuple(_part(chain, part, weight) for part in regimen.parts))
    return _plain(chain, regimen, weight)


def _part(chain: Chain, part: Part, weight: float) -> Slots | CompanySlots:
    """One part, its single dose repeated on each of its days."""
    if part.beside:
        return _company(chain, part)
    one = _plain(chain, part.regimen, weight)
    happenings = tuple(_later(h, 24.0 * day) for day in part.at for h in one.happenings)
    return Slots(one.regimen, happenings, np.tile(one.per_mg, len(part.at)), _numbered(one.happenings, part))


def _company(chain: Chain, part: Part) -> CompanySlots:
    one = company_happenings(chain, part.drug, part.route, part.dose, 0.0, part.over, 1.0)
    happenings = tuple(replace(_later(h, 24.0 * day), amount=1.0) for day in part.at for h in one)
    return CompanySlots(part, happenings, np.tile([h.amount for h in one], len(part.at)), _numbered(one, part))


def _numbered(one: tuple[Happening, ...], part: Part) -> NDArray[np.int64]:
    return np.repeat(np.arange(len(part.at)), len(one)).astype(np.int64)


def _later(one: Happening, hours: float) -> Happening:
    return replace(one, start=one.start + hours)


def _plain(chain: Chain, regimen: Regimen, weight: float) -> Slots:
    _check_shared(chain, regimen)
    mg = regimen.amount_mg(weight)
    found = [(k, h) for k, event in enumerate(regimen.events(weight)) for h in given_by(chain, event)]
    return Slots(
        regimen,
        tuple(replace(h, amount=1.0) for _, h in found),
        np.array([h.amount / mg for _, h in found]),
        np.array([k for k, _ in found], dtype=np.int64),
    )


def by_dose(
    chain: Chain, given: Slots | SlotsInTurn, addresses: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Which of these parameters can differ from dose to dose on shared slots, and which can only differ for a course.

    The first only change how much of a dose enters: the amounts take them up. Those that touch nothing that the
    regimen uses are in neither.
    """
    moved = {a: _moves(chain, given, a) for a in addresses}
    return tuple(a for a, m in moved.items() if m == {"entry"}), tuple(a for a, m in moved.items() if m - {"entry"})


def entered(own: Chain, other: Chain, given: Slots | SlotsInTurn) -> Floats:
    """By what the amounts in each slot must be multiplied in `own` chains to enter as they do in `other` ones.

    Shape people x slots. Both chains must differ by parameters that change entry alone.
    """
    here, there = _entry(own), _entry(other)
    ratio = {port: there[port] / here[port] for port in given.ports}
    return np.stack([np.broadcast_to(ratio[h.port], ratio[given.ports[0]].shape) for h in given.happenings], axis=-1)


def _moves(chain: Chain, given: Slots | SlotsInTurn, address: str) -> set[str]:
    """What a parameter moves: `entry` (how much enters by the used ports), `way` (where it goes), or neither."""
    value, (low, _) = float(chain.parameters[address]), chain.declared[address].range
    other = chain.with_values({address: 0.9 * value if 0.9 * value >= low else 1.1 * value})
    found: set[str] = set()
    pairs = zip(chain.wiring.blocks, coefficients_of(chain), coefficients_of(other), strict=True)
    for block, (a, b), (c, d) in pairs:
        used = [i for i, port in enumerate(block.ports) if port in given.ports]
        here, there = np.asarray(b)[:, used], np.asarray(d)[:, used]
        if not np.array_equal(a, c) or not _proportional(here, there):
            found.add("way")
        elif not np.array_equal(here, there):
            found.add("entry")
    return found


def _proportional(here: Floats, there: Floats) -> bool:
    """Whether what enters is spread over the states as before, only more or less of it."""
    crossed = here * there.sum(axis=0), there * here.sum(axis=0)
    return bool(
        np.allclose(*crossed, rtol=1e-12, atol=0.0) and ((here.sum(axis=0) != 0) == (there.sum(axis=0) != 0)).all()
    )


def _entry(chain: Chain) -> Mapping[str, Floats]:
    """What enters in all by each port, per unit, with a leading person axis where parameters have one."""
    found: dict[str, Floats] = {}
    for block, (_, b) in zip(chain.wiring.blocks, coefficients_of(chain), strict=True):
        for i, port in enumerate(block.ports):
            found[port] = found.get(port, np.zeros(())) + np.asarray(b)[..., i].sum(axis=-1)
    return found


def _check_shared(chain: Chain, regimen: Regimen) -> None:
    route = regimen.route.strip().lower()
    if regimen.compound.device is not None and route == "nasal" and read_dose(regimen.dose, regimen.compound).per_kg:
        raise RequestError(
            "a spray comes in devices, and people of different weight would take different numbers of them",
            where="dose",
            given=regimen.dose,
            then='give everybody one dose, such as "84 mg"',
        )
    routes = getattr(chain.stages["body"], "routes", {})
    if any(way.rate is not None for way in routes.get(route, ())):
        raise RequestError("this body's own rate of entry makes durations differ between people", given=route)
