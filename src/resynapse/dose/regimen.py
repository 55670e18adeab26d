"""A regimen in words, such as 0.5 mg/kg of ketamine into a vein over 40 min, twice weekly for 4 weeks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..compound import Compound
from ..core.errors import EventError, nearest
from ..core.units import hours, split
from .amount import (
    INFUSED_ROUTES,
    TIMED_ROUTES,
    check_amount,
    check_species,
    check_weight,
    device_note,
    devices,
    known_drug,
    known_route,
    limits_mg,
)
from .event import DoseEvent
from .handling import read_handling
from .schedule import schedule_times

_MG = {"mg": 1.0, "g": 1000.0, "mcg": 1e-3, "ug": 1e-3, "µg": 1e-3, "μg": 1e-3}
_UNITS = (*_MG, *(f"{unit}/kg" for unit in _MG))
_SALTS = ("hydrochloride", "hcl")
_FORMS = (*_SALTS, "base")


@dataclass(frozen=True)
class Dose:
    """A dose in words, read: mg of base, for everybody or per kg of body weight."""

    mg: float
    per_kg: bool

    def for_weight(self, weight: float) -> float:
        """Milligrams of base for a person of `weight` kg."""
        return self.mg * weight if self.per_kg else self.mg


@dataclass(frozen=True)
class Regimen:
    """What is given, how much, how fast and when, in the words of a protocol; checked when it is written down.

    **Arguments:** `dose` is such as `"0.5 mg/kg"`, `"84 mg"` or `"0.5 mg/kg HCl"` (of base unless it names the salt);
    `over` is the length of an infusion, `"0 min"` for a bolus; `schedule` follows the grammar of `schedule`; `days` is
    the horizon, needed when the schedule has no end; `formulation` names a preparation on file, such as
    `"prolonged_release_tablet"`; `devices` says how nasal devices were used, such as `"spaced, sneeze after 1"`.

    **Raises:** `EventError` for every word that cannot be read without guessing.
    """

    drug: str
    route: str
    dose: str
    over: str | None = None
    schedule: str = "once"
    days: float | None = None
    species: str = "human"
    formulation: str | None = None
    devices: str | None = None

    def __post_init__(self) -> None:
        route = known_route(self.route, self.compound, check_species(self.species), "route")
        read_dose(self.dose, self.compound)
        read_over(self.over, route)
        schedule_times(self.schedule, self.days)

    @property
    def compound(self) -> Compound:
        """The compound that is given."""
        return known_drug(self.drug, "drug")

    def amount_mg(self, weight: float) -> float:
        """One dose (mg of base) for a person of `weight` kg.

        **Raises:** `EventError` when the weight or the amount is not believable.
        """
        check_weight(weight, self.species, "weight")
        amount = read_dose(self.dose, self.compound).for_weight(weight)
        limits = limits_mg(self.compound, self._route, weight, self.species)
        return check_amount(amount, limits, weight, f"dose {self.dose!r}")

    def events(self, weight: float) -> list[DoseEvent]:
        """All doses of a person of `weight` kg, in time order.

        **Raises:** `EventError` when the weight or the amount is not believable.
        """
        amount, duration = self.amount_mg(weight), read_over(self.over, self._route)
        count = devices(self.compound, self._route, amount, self.species)
        handling = read_handling(self.compound, self._route, count, self.formulation, self.devices)
        times = schedule_times(self.schedule, self.days)
        return [
            DoseEvent(t, amount, duration, self.compound.name, self._route, count, handling=handling) for t in times
        ]

    def notes(self, weight: float) -> tuple[str, ...]:
        """Remarks that a reader should see, such as an unusual number of nasal devices."""
        note = device_note(self.compound, self._route, self.amount_mg(weight), self.species)
        return (note,) if note else ()

    @property
    def _route(self) -> str:
        return self.route.strip().lower()


def read_dose(words: str, drug: Compound) -> Dose:
    """A dose in words as mg of base, per kg or not.

    **Raises:** `EventError` when the number, the unit or the form (base, hydrochloride) cannot be read.
    """
    where = f"dose {words!r}"
    number, rest = split(words, EventError, where)
    unit, _, form = re.sub(r"\s*/\s*", "/", rest.lower()).partition(" ")
    _check_words(unit, form.strip(), where)
    if number <= 0:
        raise EventError("a dose must be above 0", where=where, given=f"{number:g}")
    mass, _, per = unit.partition("/")
    factor = drug.base_per_salt.value if form.strip() in _SALTS else 1.0
    return Dose(number * _MG[mass] * factor, per == "kg")


def read_over(over: str | None, route: str) -> float:
    """The length of an infusion in words, in hours; 0 for a bolus and for routes that are not infused.

    **Raises:** `EventError` when an intravenous or inhaled dose does not say, or when the route cannot be infused.
    """
    if over is None:
        if route in TIMED_ROUTES:
            raise EventError(
                f"a dose by the {route} route needs the time it is given over",
                where="over",
                allowed='a duration, such as "40 min"; "0 min" for a bolus',
            )
        return 0.0
    if route not in INFUSED_ROUTES:
        raise EventError(
            f"a {route} dose is not infused",
            where="over",
            given=repr(over),
            allowed=INFUSED_ROUTES,
            then="leave `over` out",
        )
    length = hours(over, EventError, "over")
    if length < 0:
        raise EventError("a duration cannot be negative", where="over", given=repr(over))
    return length


def _check_words(unit: str, form: str, where: str) -> None:
    if unit not in _UNITS:
        raise EventError(
            "a dose needs a unit" if not unit else "this unit of dose is not known",
            where=where,
            given=repr(unit) if unit else None,
            allowed=_UNITS,
            nearest=nearest(unit, _UNITS) if unit else None,
        )
    if form and form not in _FORMS:
        raise EventError("base or salt?", where=where, given=repr(form), allowed=_FORMS, nearest=nearest(form, _FORMS))
