"""Company: other drugs in any chain that has receptors, and what a dose of one does to the chain's inputs."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .body.company import Company
from .chains import set_path
from .circuit.balance import Balance
from .circuit.braked import BrakedBalance, BrakedBurst
from .circuit.disinhibition import Disinhibition
from .compound import companion as on_file
from .compound.antidepressant import antidepressants
from .compound.companion import Companion, read_companion
from .compound.library import compound
from .compound.library import names as ketamines
from .core.chain import Chain
from .core.errors import EventError, RequestError, nearest
from .core.event import Happening, Impulse, Infusion
from .core.parameter import ParameterSet, Species, read_grouped, read_set, values_for
from .core.stage import AbstractStage
from .core.units import convert, split
from .receptor.binding import POOLS
from .receptor.mixture import Mixture, TrappingMixture
from .receptor.trapping import TrappingBlock
from .safety.perception import Perception

_ROUTES = {"po": "oral", "by mouth": "oral"}
_KINETICS = ("half_life", "volume", "brain", "brain_half_life", "k12", "k21", "formed")
_TRAPPED = "trapped"
_DEFAULT_FAMILY = "ketamine"
_EARS: Mapping[type[AbstractStage], type[Balance]] = {Disinhibition: Balance, BrakedBurst: BrakedBalance}


def companions() -> tuple[str, ...]:
    """The drugs on file that can be given beside ketamine or instead of it, in alphabetical order."""
    return tuple(on_file.companions())


def with_company(chain: Chain, names: Iterable[str | Companion]) -> Chain:
    """The chain with other drugs: their kinetics, their places at the receptors, and a circuit that hears them.

    What the chain holds already (ketamine and its metabolites, tablets where it has them) and vehicles change nothing.
    The resting state does not move, so mood's references stay valid. A `MeanField` circuit hears NMDA channel
    blockers only: `unheard` says so.

    **Arguments:** names on file, or companions read from a folder of one's own (`read_companion`).

    **Raises:** `RequestError` for an unknown name, a slow antidepressant where the chain has no tablets, a species
    without kinetics, or a chain without receptors.
    """
    there = _there(chain)
    wanted = [found for name in names if (found := _asked(chain, name)) is not None and found.gives]
    if all(found.name in there for found in wanted):
        return chain
    held = there | {found.name: found for found in wanted}
    return _carrying(chain, _built(chain, tuple(held.values())))


def company_happenings(
    chain: Chain, name: str | Companion, route: str, dose: str, at_h: float, over: str | None, weight_kg: float
) -> tuple[Happening, ...]:
    """What one dose of a companion does to the chain's inputs.

    **Arguments:** `dose` and `over` are words such as "20 mg", "10 mg/kg" and "40 min"; the dose weighs what
    `molecular_weight` in the drug's sheet weighs; `weight_kg` is that of the person or animal.

    **Raises:** `RequestError` when the chain does not hold the drug (`with_company` adds it) or its route;
    `EventError` when the words are no dose.
    """
    given = name if isinstance(name, Companion) else on_file.companion(name)
    if not given.gives:
        return ()
    port = _port(chain, given, route)
    amount = _umol_per_kg(given, dose, weight_kg)
    if over is None:
        return (Impulse(port, at_h, amount),)
    number, unit = split(over, EventError, "over")
    return (Infusion(port, at_h, amount, convert(number, unit, "h", EventError, "over")),)


def unheard(chain: Chain) -> tuple[str, ...]:
    """What the chain's circuit cannot hear of the company: empty for `Balance`."""
    circuit = chain.stages.get("circuit")
    if "company" not in chain.stages or isinstance(circuit, Balance):
        return ()
    return tuple(
        f"`{type(circuit).__name__}` does not hear {what}"
        for what in ("GABA-A potentiation", "5-HT2A drive", "released monoamines", "drugs beside the NMDA channel")
    )


def species_of(chain: Chain) -> Species:
    """The species whose receptors a chain has.

    **Raises:** `RequestError` when it has none.
    """
    if "receptor" not in chain.stages or not isinstance(chain.stages["receptor"], Mixture.__bases__[0]):
        raise RequestError(
            "company needs a chain with receptors",
            given=tuple(chain.stages),
            then="take `default_chain()`, `slow_chain()` or the chain of a hypothesis",
        )
    return chain.stages["receptor"].provenance[0].species


def _asked(chain: Chain, name: str | Companion) -> Companion | None:
    """The companion that is meant; nothing where the chain holds the drug anyway."""
    if isinstance(name, Companion):
        return name
    word = name.strip().lower()
    if word in _ketamine_words() or (word in antidepressants() and "tablets" in chain.stages):
        return None
    if word in antidepressants():
        raise RequestError(
            "slow antidepressants are tablets, not company",
            given=name,
            then="take `slow_chain()`, which swallows them, and add company to it",
        )
    return on_file.companion(word)


def _ketamine_words() -> frozenset[str]:
    return frozenset(word.lower() for name in ketamines() for word in (name, *compound(name).aliases))


def _there(chain: Chain) -> dict[str, Companion]:
    stage = chain.stages.get("company")
    return {found.name: found for found in getattr(stage, "drugs", ())}


def _built(chain: Chain, held: tuple[Companion, ...]) -> Chain:
    species = species_of(chain)
    company = _company(held, species)
    made: dict[str, AbstractStage] = {
        "receptor": _mixture(chain.stages["receptor"], held, species),
        "perception": Perception.load(set_path("safety", f"{species}_perception")),
    }
    circuit = chain.stages.get("circuit")
    if circuit is not None and type(circuit) in _EARS:
        made["circuit"] = _balance(circuit, species)
    known = {p.name for p in chain.external}
    doses = tuple(p for p in company.reads if p.name not in known)
    # First, because the kernel's tracing meets ports in this order and would see levels before they are there.
    stages = {"company": company, **{s: stage for s, stage in chain.stages.items() if s != "company"}, **made}
    return Chain(stages, (*chain.external, *doses))


def _carrying(before: Chain, after: Chain) -> Chain:
    """The new chain with every value that somebody had changed in the old one, person axes included."""
    kept = {a: v for a, v in before.parameters.items() if a.startswith("company.") and a in after.declared}
    return after.with_values(kept)


def _company(held: tuple[Companion, ...], species: Species) -> Company:
    sets = tuple(read_grouped(path, species) for found in held for path in found.sheets(species))
    parents = tuple((metabolite, parent) for metabolite, parent in _parents(held).items())
    tables: dict[str, Any] = {group: _of(sets, group) for group in _KINETICS}
    ways: dict[str, Any] = {group: _ways(sets, group) for group in ("ka", "f")}
    return Company(**tables, **ways, parent=parents, drugs=held, provenance=sets)


def _parents(held: tuple[Companion, ...]) -> dict[str, str]:
    based = (read_companion(found.base) for found in held if found.base)
    return {m: p for found in (*based, *held) for m, p in found.parents.items()}


def _of(sets: Iterable[ParameterSet], group: str) -> dict[tuple[str], float]:
    """The values of `[group.ligand]`; a later set wins, so that a product changes its drug."""
    named = ((name.partition("."), entry) for s in sets for name, entry in s.entries.items())
    return {(ligand,): entry.value for (head, _, ligand), entry in named if head == group}


def _ways(sets: Iterable[ParameterSet], group: str) -> dict[tuple[str, str], float]:
    """The values of `[group_<route>.drug]`."""
    named = ((name.partition("."), entry) for s in sets for name, entry in s.entries.items())
    return {
        (head.removeprefix(f"{group}_"), drug): entry.value
        for (head, _, drug), entry in named
        if head.startswith(f"{group}_")
    }


def _mixture(receptor: AbstractStage, held: tuple[Companion, ...], species: Species) -> Mixture:
    """The chain's receptor with more ligands; values and person axes of what it holds already stay."""
    targets, effects = (_sheets(held, sheet, species) for sheet in ("targets.toml", "effects.toml"))
    old: Any = {f.name: getattr(receptor, f.name) for f in dataclasses.fields(receptor) if f.name != "provenance"}
    ligands = _pairs(targets)
    pools = {(drug, site.removeprefix("nmdar_")): k for (drug, site), k in ligands.items() if _pool(site)}
    affinities = {pair: k for pair, k in ligands.items() if not _pool(pair[1])} | old.pop("affinities")
    own = _pairs(effects)
    found = {
        "pools": pools | old.pop("pools", {}),
        "reach": {(d, s.removeprefix("nmdar_")): v for (d, s), v in own.items() if _pool(s)} | old.pop("reach", {}),
        "efficacy": {p: v for p, v in own.items() if p in affinities} | old.pop("efficacy", {}),
    }
    before = tuple(dict.fromkeys((*receptor.provenance, *targets, *effects)))
    if not isinstance(receptor, TrappingBlock):
        return Mixture(affinities=_ordered(receptor, affinities), **found, **old, provenance=before)
    old["trapped"] = {(d,): v for (d, s), v in own.items() if s == _TRAPPED} | old["trapped"]
    old["family"] = _families(old["family"], affinities, old["trapped"])
    return TrappingMixture(affinities=_ordered(receptor, affinities), **found, **old, provenance=before)


def _ordered(receptor: Any, affinities: Mapping[tuple[str, str], Any]) -> dict[tuple[str, str], Any]:
    """What the receptor held first, then what is new: sums over ligands then begin as they did."""
    return {**{pair: affinities[pair] for pair in receptor.affinities}, **affinities}


def _families(
    old: tuple[tuple[str, str], ...], affinities: Mapping[tuple[str, str], Any], trapped: Mapping[tuple[str], Any]
) -> tuple[tuple[str, str], ...]:
    """Every channel blocker with its family: its own where its trapped share is on file, else ketamine's."""
    blockers = [ligand for ligand, site in affinities if site == "nmdar"]
    known = dict(old)
    return tuple((b, known.get(b, b if (b,) in trapped else _DEFAULT_FAMILY)) for b in blockers)


def _sheets(held: tuple[Companion, ...], sheet: str, species: Species) -> tuple[ParameterSet, ...]:
    ketamine = Path(on_file.__file__).parent / "ketamine" / sheet
    paths = [ketamine] if sheet == "effects.toml" else []
    paths += [folder / sheet for found in held for folder in found.folders]
    return tuple(read_grouped(path, species) for path in dict.fromkeys(paths) if path.is_file())


def _pairs(sets: Iterable[ParameterSet]) -> dict[tuple[str, str], float]:
    entries = [(name.split("."), entry) for s in sets for name, entry in s.entries.items()]
    return {(ligand, target): entry.value for (ligand, target), entry in entries}


def _pool(site: str) -> bool:
    return site in tuple(f"nmdar_{pool}" for pool in POOLS)


def _balance(circuit: AbstractStage, species: Species) -> Balance:
    """The chain's own circuit with the ears of `Balance`, braked where it was."""
    chosen = read_set(set_path("circuit", f"{species}_balance"))
    values: Any = values_for(Balance, chosen)
    own = {f.name: getattr(circuit, f.name) for f in dataclasses.fields(circuit) if f.name != "provenance"}
    return _EARS[type(circuit)](**(values | own), provenance=(*circuit.provenance, chosen))


def _port(chain: Chain, given: Companion, route: str) -> str:
    stage: Any = chain.stages.get("company")
    if stage is None or given.name not in _there(chain):
        raise RequestError(
            "this chain does not hold this drug", given=given.name, then="build it with `with_company(chain, [name])`"
        )
    word = _ROUTES.get(route.strip().lower(), route.strip().lower())
    routes = tuple(r for r, drug in stage.ways if drug == given.gives)
    if word not in routes:
        raise RequestError(
            f"no kinetics of {given.name} by this route are on file",
            given=route,
            allowed=routes,
            nearest=nearest(word, routes),
        )
    return f"{word}_{given.gives}"


def _umol_per_kg(given: Companion, dose: str, weight_kg: float) -> float:
    """The amount per body weight: "10 mg/kg" as it stands, "20 mg" divided by the weight."""
    number, unit = split(dose, EventError, "dose")
    per_kg = re.fullmatch(r"(.+?)\s*/\s*kg", unit)
    mg = convert(number, per_kg.group(1) if per_kg else unit, "mg", EventError, "dose")
    if not (number >= 0.0 and weight_kg > 0.0) or given.molecular_weight is None:
        raise EventError("a dose is not negative, and somebody weighs something", given=f"{dose}, {weight_kg:g} kg")
    return 1000.0 * mg / given.molecular_weight.value / (1.0 if per_kg else weight_kg)
