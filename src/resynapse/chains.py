"""The default chain of each species, assembled: which theory fills each room, and which set its values come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jax.numpy as jnp

from .body.ashraf2018 import Ashraf2018
from .body.flint2017 import Flint2017
from .body.kpk1 import Kpk1
from .body.noppers2011 import Noppers2011
from .body.otto2021 import Otto2021
from .body.perezruixo2021 import PerezRuixo2021
from .body.rodent import RodentBody
from .body.route import Delivery, entering
from .body.simons2022 import Simons2022
from .brain.habenula import Habenula
from .circuit.disinhibition import Disinhibition
from .compound.formulation import Handling
from .compound.library import SUBSTANCES, Compound
from .core.calibrated import CALIBRATED, UNCALIBRATED, left_by
from .core.chain import Chain, ChainState
from .core.errors import RequestError, nearest
from .core.event import Happening
from .core.parameter import Species, read_grouped, read_set, values_for
from .core.solver import resting_state
from .core.solver.compiled import compiled
from .core.stage import AbstractStage, Signals
from .life.stress import EXTERNAL, StressLoad
from .mood.despair import Despair
from .mood.madrs import Madrs
from .mood.rodent_assays import RodentAssays
from .receptor.binding import CompetitiveBinding
from .safety.acute import AcuteEffects
from .synapse.plasticity import Plasticity

_AS_GIVEN = Handling()
SPECIES: tuple[Species, ...] = ("human", "rat", "mouse")
_REFERENCES = {"despair": "despair_ref", "suicidal_ideation": "ideation_ref", "anhedonia": "anhedonia_ref"}


@dataclass(frozen=True)
class BodyTheory:
    """One theory of the body: the stage that holds it and the parameter set that it is loaded with."""

    stage: type[AbstractStage]
    parameters: str
    species: tuple[Species, ...] = ("human",)


BODIES = {
    "kpk1": BodyTheory(Kpk1, "kpk1"),
    "kpk1_kamp2020": BodyTheory(Kpk1, "kpk1_kamp2020"),
    "perezruixo2021": BodyTheory(PerezRuixo2021, "perezruixo2021"),
    "otto2021": BodyTheory(Otto2021, "otto2021"),
    "simons2022": BodyTheory(Simons2022, "simons2022"),
    "noppers2011": BodyTheory(Noppers2011, "noppers2011"),
    "flint2017": BodyTheory(Flint2017, "flint2017"),
    "ashraf2018": BodyTheory(Ashraf2018, "ashraf2018"),
    "rat": BodyTheory(RodentBody, "rat", ("rat",)),
    "mouse": BodyTheory(RodentBody, "mouse", ("mouse",)),
}
_DEFAULT_BODY: dict[Species, str] = {"human": "kpk1", "rat": "rat", "mouse": "mouse"}


@cache
def default_chain(species: Species = "human", body: str | None = None, calibration: str = CALIBRATED) -> Chain:
    """The default theory of every room, from dose to mood, for a person, a rat or a mouse.

    **Arguments:** `body` names another theory of the body from `BODIES`; `calibration` the run whose sets fill the
    rooms of a person where it wrote one (`UNCALIBRATED`: none).

    **Raises:** `RequestError` for another species, or a body theory that does not exist or is not of this species.
    """
    stage = body_stage(species, body, calibration)
    shared = {
        "receptor": _binding(species, calibration),
        "circuit": Disinhibition.load(own_set("circuit", species, calibration)),
        "synapse": Plasticity.load(own_set("synapse", species, calibration)),
        "brain": Habenula.load(own_set("brain", species, calibration)),
        "life": StressLoad.load(own_set("life", species, calibration)),
        "mood": Despair.load(own_set("mood", species, calibration)),
    }
    stages = {"body": stage, **shared, **_readings(species, calibration)}
    return anchored(Chain(stages, (*stage.reads, *EXTERNAL)))


def prior_chain(species: Species = "human", body: str | None = None) -> Chain:
    """The default chain with the values on file before any calibration of the whole: where every fit starts.

    **Raises:** `RequestError` as `default_chain` does.
    """
    return default_chain(species, body, UNCALIBRATED)


@cache
def body_chain(species: Species = "human", body: str | None = None) -> Chain:
    """The body alone: from a dose to concentrations.

    **Raises:** `RequestError` as `default_chain` does.
    """
    stage = body_stage(species, body)
    return Chain({"body": stage}, stage.reads)


def body_stage(species: Species, body: str | None = None, calibration: str = CALIBRATED) -> Any:
    """The body theory called `body`, or the default one of the species, loaded with its values.

    **Raises:** `RequestError` naming the theories of this species.
    """
    if species not in SPECIES:
        raise RequestError(
            "no parameter sets for this species", given=species, allowed=SPECIES, nearest=nearest(species, SPECIES)
        )
    name = body or _DEFAULT_BODY[species]
    allowed = tuple(k for k, theory in BODIES.items() if species in theory.species)
    if name not in allowed:
        raise RequestError(
            f"no such theory of the {species} body", given=name, allowed=allowed, nearest=nearest(name, allowed)
        )
    own = BODIES[name].parameters
    return BODIES[name].stage.load(set_path("body", own) if body else own_set("body", own, calibration))


def anchored(chain: Chain) -> Chain:
    """The chain with the mood references set to its own state at full stress without drug.

    Call it again after changing parameters upstream of mood, so that despair, ideation and anhedonia stay 1 in the
    depressed resting state. Parameters may carry a person axis.
    """
    ill = resting_state(chain, {}, clamp={"life.z": 1.0})
    sums = _sums_at_rest(chain, ill)
    return chain.with_values({f"mood.{parameter}": sums[state] for state, parameter in _REFERENCES.items()})


def median_load(chain: Chain) -> Any:
    """The load of life under which the depressed state (stress 1) is a resting state: one minus rumination."""
    return 1.0 - chain.parameters["life.rho"]


def happenings(
    chain: Chain, compound: Compound, route: str, dose: Mapping[str, float], handling: Handling = _AS_GIVEN
) -> tuple[Happening, ...]:
    """What one dose does to the input ports of the chain's body.

    **Arguments:** `dose` holds `start` (h), `mg` (base), `duration` (h, 0 for a bolus), `devices`, and, where a rate
    was written, `rate` (mg/h): it is kept when only a share of the dose arrives, so that the duration shrinks;
    `handling` says what the dose was made up as and how its nasal devices were used.

    **Raises:** `RequestError` when the body does not model the route, or not for this substance.
    """
    body: Any = chain.stages["body"]
    if route not in body.routes:
        raise RequestError(
            "this body does not model this route",
            where=f"`{type(body).__name__}`",
            given=route,
            allowed=body.routes,
            nearest=nearest(route, body.routes),
            then="give a route that it models, or choose another body (`--body`)",
        )
    shares, kept = _forms(compound), handling.kept
    ways = [_for_substance(delivery, compound, handling) for delivery in body.routes[route]]
    _check_modelled(chain, compound, [f"{way.port}_{e}" for way in ways for e in shares])
    amount, devices = compound.micromoles(dose["mg"]), int(dose["devices"])
    parts = [(way, *part) for way in ways for part in way.parts(devices, handling.between, kept)]
    return tuple(
        way.happening(f"{way.port}_{e}", dose["start"] + later, amount * share * part, _lasting(dose, part))
        for way, later, part in parts
        for e, share in shares.items()
        if part > 0
    )


def _for_substance(delivery: Delivery, compound: Compound, handling: Handling) -> Delivery:
    """The delivery for what the compound puts in, given off as slowly as its preparation does."""
    port = delivery.port.removesuffix("ketamine") + compound.substance
    release = handling.formulation.release if handling.formulation else None
    over = delivery.over if release is None or delivery.over is None else release.value
    return replace(delivery, port=port, over=over)


def compartments(chain: Chain) -> tuple[str, ...]:
    """Where a dose can be put in the chain's body, in the order of their numbers (the first is 1)."""
    return tuple(dict.fromkeys(p.name[:-2] for p in chain.stages["body"].reads))


def into_compartment(
    chain: Chain, compound: Compound, compartment: str, dose: Mapping[str, float], modelled: str | None = None
) -> tuple[Happening, ...]:
    """What one dose into a compartment, by name or number, does to the input ports of the chain's body.

    The compartment's own share and lag apply, as F and ALAG do; its own rate or duration only where `modelled` asks.

    **Raises:** `RequestError` when there is no such compartment, or its rate or duration is not part of the theory.
    """
    name, shares = _compartment(chain, compartment), _forms(compound)
    _check_substance(name, compound)
    _check_modelled(chain, compound, [f"{name}_{e}" for e in shares])
    routes: Any = chain.stages["body"].routes  # type: ignore[attr-defined]
    own = next((d for ways in routes.values() for d in ways if d.port == name), Delivery(name))
    if modelled and getattr(own, {"rate": "rate", "duration": "over"}[modelled]) is None:
        raise RequestError(f"this body has no {modelled} of its own for this compartment", given=name)
    amount, part, start = compound.micromoles(dose["mg"]), float(own.share), dose["start"]
    return tuple(
        own.happening(f"{name}_{e}", start, amount * share * part, 0.0)
        if modelled
        else entering(f"{name}_{e}", start + float(own.lag), amount * share * part, _lasting(dose, part))
        for e, share in shares.items()
    )


def _check_substance(compartment: str, compound: Compound) -> None:
    others = [s for s in SUBSTANCES if s != compound.substance and compartment.endswith(f"_{s}")]
    if others:
        raise RequestError(
            "this compartment takes another substance", given=f"{compound.name} into {compartment}", allowed=others
        )


def _compartment(chain: Chain, word: str) -> str:
    known = compartments(chain)
    if word.isdigit() and 1 <= int(word) <= len(known):
        return known[int(word) - 1]
    if word not in known:
        numbered = ", ".join(f"{i} {name}" for i, name in enumerate(known, start=1))
        raise RequestError(
            "this body has no such dose compartment", given=word, allowed=numbered, nearest=nearest(word, known)
        )
    return word


def _forms(compound: Compound) -> dict[str, float]:
    """Shares of the mirror forms that a compound holds."""
    both = {"s": compound.fraction_s.value, "r": compound.fraction_r.value}
    return {e: share for e, share in both.items() if share > 0}


def _lasting(dose: Mapping[str, float], part: float) -> float:
    """How long a dose enters (h): a written rate is kept when only a part arrives."""
    rate = dose.get("rate", 0.0)
    return part * dose["mg"] / rate if rate else dose["duration"]


def outside_population(chain: Chain, covariates: Sequence[Mapping[str, float]]) -> tuple[str, ...]:
    """Remarks where people lie outside those that a parameter set of the chain was built on.

    **Arguments:** `covariates` are those of every person (`weight` in kg, `age` in years), where known.

    **Raises:** `RequestError` when a set would mislead about somebody.
    """
    sets = [(slot, chosen) for slot, stage in chain.stages.items() for chosen in stage.provenance]
    return tuple(
        remark
        for slot, chosen in sets
        if chosen.population
        for remark in chosen.population.remarks(f"{slot}: {chosen.name}", covariates)
    )


def _check_modelled(chain: Chain, compound: Compound, ports: list[str]) -> None:
    """Refuse a substance or a mirror form that this body does not take in here: half a racemate is no answer."""
    known = {p.name for p in chain.external}
    missing = [p for p in ports if p not in known]
    if missing:
        raise RequestError(
            f"this body does not take in {missing[0][-1].upper()}-{compound.substance} by this route",
            where=f"`{type(chain.stages['body']).__name__}`",
            given=compound.name,
            then="give the form that it models, or choose another body or route (`--body kpk1`)",
        )


def parameter_files() -> dict[str, tuple[Path, ...]]:
    """Every parameter set on file, by room."""
    root = Path(str(files("resynapse")))
    rooms = sorted({p.parent.parent.name for p in root.glob("*/parameters/*.toml")})
    return {room: tuple(sorted((root / room / "parameters").glob("*.toml"))) for room in rooms}


def set_path(room: str, name: str) -> Path:
    """Where the parameter set called `name` of a room is kept."""
    return Path(str(files("resynapse"))) / room / "parameters" / f"{name}.toml"


def own_set(room: str, name: str, calibration: str = CALIBRATED) -> Path:
    """Where the set called `name` of a room is kept as a calibration left it; the set itself where it wrote none."""
    left = set_path(room, left_by(calibration, name))
    return left if calibration and left.is_file() else set_path(room, name)


def _readings(species: Species, calibration: str) -> dict[str, Any]:
    if species == "human":
        return {
            "scale": Madrs.load(own_set("mood", "madrs_human", calibration)),
            "safety": AcuteEffects.load(own_set("safety", species, calibration)),
        }
    return {"scale": RodentAssays.load(set_path("mood", f"assays_{species}"))}


def _binding(species: Species, calibration: str) -> CompetitiveBinding:
    pools = read_set(own_set("receptor", species, calibration))
    table = read_grouped(Path(str(files("resynapse"))) / "compound" / "ketamine" / "targets.toml", species)
    affinities = {tuple(name.split(".")): entry.value for name, entry in table.entries.items()}
    values = values_for(CompetitiveBinding, pools)
    return CompetitiveBinding(affinities=affinities, **values, provenance=(pools, table))  # type: ignore[arg-type]


@compiled
def _sums_at_rest(chain: Chain, state: ChainState) -> Signals:
    """What mood follows when nothing happens; works for one person and for many."""
    signals = chain.signals(jnp.zeros(()), state, {})
    mood = chain.stages["mood"]
    return mood.sums({p.name: signals[p.name] for p in mood.reads})  # type: ignore[attr-defined]
