"""Lists that people ask for: ports of a chain and parameter values with their provenance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from .body.modifier import modifiers
from .chains import SPECIES, compartments, default_chain
from .compound import formulations
from .compound.antidepressant import antidepressants
from .compound.companion import Companion, companion, companions
from .compound.library import compound
from .compound.library import names as ketamines
from .core.chain import Chain
from .core.errors import RequestError, nearest
from .core.parameter import Entry, read_grouped
from .life.manipulation import manipulation, manipulations
from .slow_chains import slow_chain

_TABLES = {"receptor": "affinities", "uptake": "ec50"}
_ORIGINS = ("measured", "estimated", "fixed_by_source", "derived", "calibrated_here", "assumed_here")


def chain_listed(species: str, body: str | None = None, tablets: bool = False) -> Chain:
    """The default chain, one with another body, or the human one with tablets of slow antidepressants.

    **Raises:** `RequestError` as `default_chain` does, and for tablets in another species.
    """
    if tablets and species != "human":
        raise RequestError("only people are given tablets", given=species, allowed="human")
    return slow_chain(body) if tablets else default_chain(species, body)


def port_records(chain: Chain) -> list[dict[str, Any]]:
    """Every port of a chain: its room, unit, kind, meaning and readers."""
    numbered = {name: f"{i} {name}" for i, name in enumerate(compartments(chain), start=1)}
    inputs = {p.name for p in chain.external}
    readers: dict[str, list[str]] = {}
    for slot, stage in chain.stages.items():
        for port in stage.reads:
            readers.setdefault(port.name, []).append(slot)
    return [
        {
            "room": chain.room(port.name),
            "port": port.name,
            "unit": port.unit,
            "kind": _kind(chain, port.name),
            "compartment": numbered.get(port.name[:-2], "") if port.name in inputs else "",
            "read_by": readers.get(port.name, []),
            "meaning": port.meaning,
        }
        for port in chain.wiring.ports
    ]


def parameter_records(chain: Chain, origin: str | None = None) -> list[dict[str, Any]]:
    """Every parameter of a chain with its provenance."""
    if origin is not None and origin not in _ORIGINS:
        raise RequestError("unknown origin", given=origin, allowed=_ORIGINS, nearest=nearest(origin, _ORIGINS))
    entries = _entries(chain)
    records = [_record(chain, address, entry) for address, entry in entries.items()]
    return [r for r in records if origin in (None, r["origin"])]


def parameter_difference(first: str, second: str) -> list[dict[str, Any]]:
    """Parameters that differ between two species, or two theories of the human body, or that only one of them has."""
    one, two = (default_chain(name) if name in SPECIES else default_chain("human", name) for name in (first, second))
    values = [{a: float(v) for a, v in chain.parameters.items()} for chain in (one, two)]
    units = {**two.declared, **one.declared}
    return [
        {"address": a, "unit": units[a].unit, first: values[0].get(a), second: values[1].get(a)}
        for a in sorted(units)
        if values[0].get(a) != values[1].get(a)
    ]


def modifier_records() -> list[dict[str, Any]]:
    """What can act beside the drug: name, what it is, whether its effect is known, its factors, and the doubt."""
    return [
        {
            "name": m.name,
            "title": m.title,
            "effect": m.effect,
            "factors": [f"{p} x {c.factor.value:g}" for c in m.changes for p in c.parameters],
            "doubt": m.doubt,
            "sources": list(m.sources),
        }
        for m in modifiers().values()
    ]


def preparation_records() -> list[dict[str, Any]]:
    """What a dose can be made up as: name, route, the drugs that it may hold, and its own numbers."""
    return [
        {
            "name": f.name,
            "title": f.title,
            "route": f.route,
            "drugs": list(f.drugs),
            "numbers": [f"{name} {fact.value:g} {fact.unit}" for name, fact in f.facts.items()],
            "source": f.source,
            "note": f.note,
        }
        for f in formulations().values()
    ]


def compound_records() -> list[dict[str, Any]]:
    """Every compound on file: what it is, by which door it is given, in which species."""
    relatives = [compound(name) for name in ketamines()]
    return [
        *(_told(c.name, c.title, "ketamine and its relatives", "regimen", SPECIES, c.largest) for c in relatives),
        *(_told(a.name, a.title, a.class_name, "tablets", ("human",), ("oral",)) for a in antidepressants().values()),
        *(
            _told(c.name, c.title, c.kind, "company", c.species, dict.fromkeys(u.route for u in c.usual))
            for c in companions().values()
        ),
    ]


def _told(name: str, title: str, kind: str, door: str, species: Iterable[str], routes: Iterable[str]) -> dict[str, Any]:
    return {
        "name": name,
        "title": title,
        "kind": kind,
        "door": door,
        "species": tuple(species),
        "routes": tuple(routes),
    }


def companion_record(name: str) -> dict[str, Any]:
    """One compound that is given as company, with what was seen of it and every value that is kept.

    **Raises:** `RequestError` with the nearest name when it is not on file.
    """
    found = companion(name)
    head = {"name": found.name, "title": found.title, "kind": found.kind, "species": found.species}
    return {
        **head,
        "usual": [asdict(u) for u in found.usual],
        "seen": [asdict(s) for s in found.seen],
        "remark": found.remark,
        "values": [v for species in found.species if found.gives for v in _values(found, species)],
    }


def _values(found: Companion, species: str) -> list[dict[str, Any]]:
    """Kinetics of one species, and targets and effects with the first that has any."""
    paths = list(found.sheets(species))
    if species == found.species[0]:
        paths += [f / sheet for f in found.folders for sheet in ("targets.toml", "effects.toml")]
    sets = [read_grouped(path, species) for path in paths if path.is_file()]  # type: ignore[arg-type]
    return [
        {"species": species, "name": name, **entry.model_dump(exclude_none=True)}
        for s in sets
        for name, entry in s.entries.items()
    ]


def manipulation_records(name: str | None = None) -> list[dict[str, Any]]:
    """What a laboratory can do beside the drug: name, what it holds, cuts or gives, when, in whom, and its limits.

    **Raises:** `RequestError` with the nearest name when one is asked for that is not on file.
    """
    return [
        {
            "name": m.name,
            "title": m.title,
            "acts": m.acts,
            "begin": m.begin,
            "end": m.end,
            "species": list(m.species),
            "needs": dict(m.needs or {}),
            "stands_for": m.stands_for,
            "cannot_say": m.cannot_say,
            "sources": list(m.sources),
        }
        for m in ([manipulation(name)] if name else manipulations().values())
    ]


def _entries(chain: Chain) -> dict[str, Entry]:
    found = {}
    for slot, stage in chain.stages.items():
        for chosen in stage.provenance:
            for name, entry in chosen.entries.items():
                own = f"{slot}.{name}"
                found[own if own in chain.declared else f"{slot}.{_TABLES[slot]}.{name}"] = entry
    return found


def _record(chain: Chain, address: str, entry: Entry) -> dict[str, Any]:
    low, high = entry.range or (None, None)
    return {
        "address": address,
        "value": float(chain.parameters[address]),
        "unit": chain.declared[address].unit,
        "origin": entry.origin,
        "source": entry.source,
        "where": entry.where,
        "measured_in": entry.measured_in,
        "low": low,
        "high": high,
        "spread": entry.spread.model_dump(exclude_none=True) if entry.spread else None,
        "note": entry.note,
        "translation": entry.translation,
    }


def _kind(chain: Chain, port: str) -> str:
    if port in {p.name for p in chain.external}:
        return "input"
    return "shown" if port in {p.name for s in chain.stages.values() for p in s.shows} else "signal"
