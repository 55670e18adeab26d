"""Which compounds a design may name: those on file, those beside them, and those that nobody has filed yet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ...compound import compound, names
from ...compound.antidepressant import antidepressants
from ...compound.companion import Usual, companion, companions
from ...core.errors import EventError, RequestError, nearest
from ...core.units import convert, split
from ...dose.amount import MARGIN

WEIGHT_KG = 70.0
"""The weight at which doses are looked at."""

_SLIP = 0.85


@dataclass(frozen=True)
class Standing:
    """How a compound stands: whether its doses can be checked, whether it is on file, and whose name it nearly has.

    **Arguments:** `slip` is the name on file that was probably meant; `known` are all names on file.
    """

    dosed: bool
    filed: bool
    slip: str | None
    known: tuple[str, ...]


def standing(name: str) -> Standing:
    """How the compound called `name` stands.

    A name that is on no file is a limit of this release, not an error, unless it is nearly the name of another.
    """
    known = (*names(), *beside())
    try:
        compound(name)
        return Standing(True, True, None, known)
    except RequestError:
        filed = name in beside()
        return Standing(False, filed, None if filed else nearest(name, known, cutoff=_SLIP), known)


@cache
def beside() -> tuple[str, ...]:
    """The drugs other than the ketamines that can be given to people."""
    return tuple(name for name, drug in companions().items() if drug.gives and "human" in drug.species)


def check_beside(name: str, route: str, dose: str) -> None:
    """Catches slips in the dose of a drug that is given beside ketamine or instead of it.

    **Raises:** `EventError` when the words are no dose, or the dose is more than ten times the largest on file.
    """
    amount = _mg(dose)
    largest = max((_mg(one.dose) for one in usual(name) if one.route == route), default=amount)
    if amount > MARGIN * largest:
        allowed = f"up to {MARGIN * largest:.4g} mg for {WEIGHT_KG:g} kg"
        raise EventError("this dose is far too large", where="dose", given=dose, allowed=allowed)


def usual(name: str) -> tuple[Usual, ...]:
    """The doses of a drug beside ketamine that are on file for people."""
    return tuple(one for one in companion(name).usual if one.species == "human")


def _mg(dose: str) -> float:
    number, unit = split(dose, EventError, "dose")
    mass, _, per = unit.replace(" ", "").partition("/")
    if number <= 0 or per not in ("", "kg"):
        allowed = ("20 mg", "0.5 mg/kg")
        raise EventError("this is no dose", where="dose", given=dose, allowed=allowed)
    return convert(number, mass, "mg", EventError, "dose") * (WEIGHT_KG if per else 1.0)


def oral_drugs() -> tuple[str, ...]:
    """The slow antidepressants on file."""
    return tuple(antidepressants())


def not_on_file(drugs: tuple[str, ...]) -> tuple[str, ...]:
    """Which of these drugs no file describes, so that nothing can be simulated with them yet."""
    return tuple(name for name in drugs if not standing(name).filed and name not in oral_drugs())
