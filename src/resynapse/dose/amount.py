"""Is this amount believable? Catches mg written for mg/kg, the other way round, and slips of the decimal point."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ..compound import Compound, compound
from ..compound.companion import companion
from ..core.errors import EventError, RequestError, nearest

HUMAN_ROUTES = ("iv", "nasal", "oral", "im", "sc", "sublingual", "inhaled", "rectal")
RODENT_ROUTES = ("ip", "sc", "iv")
INFUSED_ROUTES = ("iv", "sc", "inhaled")
TIMED_ROUTES = ("iv", "inhaled")
MARGIN = 10.0
_WEIGHTS_KG = {"human": (1.0, 300.0), "rat": (0.02, 1.5), "mouse": (0.005, 0.1)}
SPECIES = tuple(_WEIGHTS_KG)


def check_species(species: str) -> str:
    """The species, if it is one that can be dosed.

    **Raises:** `EventError` with the nearest word.
    """
    if species not in _WEIGHTS_KG:
        raise EventError("unknown species", given=repr(species), allowed=SPECIES, nearest=nearest(species, SPECIES))
    return species


def known_drug(name: str, where: str) -> Compound:
    """The compound called `name`.

    **Raises:** `EventError` naming the place, with the nearest compound.
    """
    try:
        return compound(name)
    except RequestError as unknown:
        raise _no_drug(name, where, unknown) from unknown


def _no_drug(name: str, where: str, unknown: RequestError) -> EventError:
    """Why a name is no drug of a regimen: nobody knows it, or it is given as company."""
    try:
        found = companion(name)
    except RequestError:
        return EventError(
            "unknown drug", where=where, given=repr(name), allowed=unknown.allowed, nearest=unknown.nearest
        )
    return EventError(
        f"a regimen gives ketamine and its relatives; {found.title} is given as company",
        where=where,
        given=repr(name),
        allowed=unknown.allowed,
        then=f"see `resynapse compounds {found.name}`, and `with_company` and `company_happenings` in Python",
    )


def known_route(word: str, drug: Compound, species: str, where: str) -> str:
    """The route, if the species is dosed by it and, in people, if the drug has been given that way.

    **Raises:** `EventError` naming the place, with the nearest route.
    """
    route = route_among(HUMAN_ROUTES if species == "human" else RODENT_ROUTES, word, where)
    if species == "human" and route not in drug.largest:
        raise EventError(
            f"no human dose of {drug.name} by this route is on file",
            where=where,
            given=route,
            allowed=drug.largest,
            then=f"give another route, or add largest.{route} with its source to the compound",
        )
    return route


def route_among(routes: Iterable[str], word: str, where: str) -> str:
    """The route that `word` means, if it is one of `routes`.

    **Raises:** `EventError` naming the place, with the nearest route.
    """
    route, known = word.strip().lower(), tuple(routes)
    if route not in known:
        raise EventError("unknown route", where=where, given=repr(word), allowed=known, nearest=nearest(word, known))
    return route


def check_weight(weight: float, species: str, where: str) -> float:
    """The body weight (kg), if it is believable for the species.

    **Raises:** `EventError`; a rodent's weight in grams is recognised.
    """
    low, high = _WEIGHTS_KG[species]
    if low <= weight <= high:
        return weight
    grams = species != "human" and low <= weight / 1000.0 <= high
    raise EventError(
        f"this body weight is not believable for a {species}",
        where=where,
        given=f"{weight:g} kg",
        allowed=f"{low:g} to {high:g} kg",
        then=f"{weight:g} looks like grams: write {weight / 1000.0:g}" if grams else None,
    )


def limits_mg(drug: Compound, route: str, weight: float, species: str) -> tuple[float, float]:
    """The smallest and the largest believable single amount (mg of base) for one person or animal."""
    if species == "human":
        return drug.lowest.value * weight, MARGIN * drug.largest[route].value
    return drug.rodent_lowest.value * weight, drug.rodent_highest.value * weight


def check_amount(amount: float, limits: tuple[float, float], weight: float, where: str) -> float:
    """The amount (mg of base), if it lies within `limits`.

    **Raises:** `EventError`, saying so when mg and mg/kg seem to be mixed up.
    """
    low, high = limits
    if low <= amount <= high:
        return amount
    raise EventError(
        "this dose is far too large" if amount > high else "this dose is far too small",
        where=where,
        given=f"{amount:g} mg for {weight:g} kg",
        allowed=f"{low:.3g} to {high:.4g} mg of base",
        then=_mix_up(amount, limits, weight),
    )


def devices(drug: Compound, route: str, amount: float, species: str) -> int:
    """How many nasal devices share the amount; 1 where the drug has none."""
    if drug.device is None or route != "nasal" or species != "human":
        return 1
    return math.ceil(amount / drug.device.size.value - 1e-9)


def device_note(drug: Compound, route: str, amount: float, species: str) -> str | None:
    """A remark when a nasal amount is no labelled number of full devices, else nothing."""
    if drug.device is None or route != "nasal" or species != "human":
        return None
    count, size, most = devices(drug, route, amount, species), drug.device.size.value, int(drug.device.most.value)
    if math.isclose(amount, count * size, rel_tol=1e-6) and count <= most:
        return None
    return f"{amount:g} mg nasal {drug.name} is not 1 to {most} full devices of {size:g} mg; {count} devices are taken"


def _mix_up(amount: float, limits: tuple[float, float], weight: float) -> str | None:
    low, high = limits
    for word, other in (("times the weight", amount * weight), ("divided by the weight", amount / weight)):
        if low <= other <= high and (other > amount) == (amount < low):
            return f"looks like mg against mg/kg: {amount:g} {word} is {other:.4g} mg; the amount is in mg of base"
    return None
