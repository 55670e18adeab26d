"""Reads the compounds: what a dose weighs, which mirror forms it holds, and how much has been given by each route."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files

from ..core.errors import ParameterError, RequestError, nearest
from .fact import Fact, read_facts

SUBSTANCES = ("ketamine", "norketamine", "hnk")


@dataclass(frozen=True)
class Device:
    """A single-use applicator: what one holds (mg base), how many make the largest labelled dose, the rest between."""

    size: Fact
    most: Fact
    minutes_between: Fact


@dataclass(frozen=True)
class Compound:
    """A compound that can be dosed, with every number that turns a dose into an amount of each mirror form.

    **Arguments:** `substance` is what it puts into the body, `ketamine` or a metabolite; `molecular_weight` is that of
    the base, `molecular_weight_salt` that of the hydrochloride (g/mol), and `base_per_salt` their ratio; `fraction_s`
    and `fraction_r` are shares by moles; `largest` is the largest single human dose on record for depression or in
    volunteers (mg of base), by route; `lowest` is the smallest believable human dose (mg/kg); `rodent_lowest` and
    `rodent_highest` bound doses in rats and mice (mg/kg).
    """

    name: str
    title: str
    aliases: tuple[str, ...]
    substance: str
    molecular_weight: Fact
    molecular_weight_salt: Fact
    base_per_salt: Fact
    fraction_s: Fact
    fraction_r: Fact
    lowest: Fact
    rodent_lowest: Fact
    rodent_highest: Fact
    largest: Mapping[str, Fact]
    device: Device | None = None

    @property
    def facts(self) -> dict[str, Fact]:
        """Every number of the compound by name, routes and device included."""
        own = {f.name: getattr(self, f.name) for f in fields(self)}
        routes = {f"largest.{route}": fact for route, fact in self.largest.items()}
        device = {f"device.{f.name}": getattr(self.device, f.name) for f in fields(Device)} if self.device else {}
        return {key: fact for key, fact in {**own, **routes, **device}.items() if isinstance(fact, Fact)}

    @property
    def sources(self) -> tuple[str, ...]:
        """Bibliography keys of all its numbers, without repetition."""
        return tuple(dict.fromkeys(fact.source for fact in self.facts.values()))

    def micromoles(self, mg: float) -> float:
        """The amount of substance (µmol) in `mg` of base."""
        return 1000.0 * mg / self.molecular_weight.value


def names() -> tuple[str, ...]:
    """The compounds on file, in alphabetical order."""
    return tuple(sorted(_library()))


def compound(name: str) -> Compound:
    """The compound called `name`, by its own name or another one in use (such as "s-ketamine" or "Spravato").

    **Raises:** `RequestError` with the nearest name when there is none.
    """
    known = _by_any_name()
    found = known.get(name.strip().lower())
    if found is None:
        raise RequestError("no such compound on file", given=repr(name), allowed=names(), nearest=nearest(name, known))
    return found


@cache
def _by_any_name() -> dict[str, Compound]:
    return {word.lower(): drug for drug in _library().values() for word in (drug.name, *drug.aliases)}


@cache
def _library() -> dict[str, Compound]:
    return {drug.name: drug for drug in _read_all()}


def _read_all() -> Iterator[Compound]:
    for folder in (files("resynapse") / "compound").iterdir():
        sheet = folder / "compound.toml"
        if sheet.is_file():
            yield _read(folder.name, sheet.read_text(encoding="utf-8"))


def _read(name: str, text: str) -> Compound:
    raw = tomllib.loads(text)
    head, routes, device = raw.pop("compound"), raw.pop("largest"), raw.pop("device", None)
    where = f"compound/{name}/compound.toml"
    return Compound(
        name=name,
        title=head["title"],
        aliases=tuple(head["aliases"]),
        substance=_substance(head, where),
        largest=read_facts(routes, f"{where}: largest"),
        device=Device(**read_facts(device, f"{where}: device")) if device else None,
        **read_facts(raw, where),
    )


def _substance(head: Mapping[str, str], where: str) -> str:
    found = head.get("substance", "ketamine")
    if found not in SUBSTANCES:
        raise ParameterError(
            "no body knows this substance",
            where=where,
            given=found,
            allowed=SUBSTANCES,
            nearest=nearest(found, SUBSTANCES),
        )
    return found
