"""The default chain of each species, assembled: which theory fills each room, and which set its values come from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jax.numpy as jnp

from .body.kpk1 import Kpk1
from .body.rodent import RodentBody
from .brain.habenula import Habenula
from .circuit.disinhibition import Disinhibition
from .compound.library import Compound
from .core.chain import Chain
from .core.errors import RequestError, nearest
from .core.event import Happening
from .core.parameter import Species, read_grouped, read_set, values_for
from .core.port import Port
from .core.solver import rest
from .life.stress import EXTERNAL, StressLoad
from .mood.despair import Despair
from .mood.madrs import Madrs
from .mood.rodent_assays import RodentAssays
from .receptor.binding import CompetitiveBinding
from .safety.acute import AcuteEffects
from .synapse.plasticity import Plasticity

SPECIES: tuple[Species, ...] = ("human", "rat", "mouse")
_REFERENCES = {"despair": "despair_ref", "suicidal_ideation": "ideation_ref", "anhedonia": "anhedonia_ref"}


@cache
def default_chain(species: Species = "human") -> Chain:
    """The default theory of every room, from dose to mood, for a person, a rat or a mouse.

    **Raises:** `RequestError` for another species.
    """
    if species not in SPECIES:
        raise RequestError(
            "no parameter sets for this species", given=species, allowed=SPECIES, nearest=nearest(species, SPECIES)
        )
    shared = {
        "receptor": _binding(species),
        "circuit": Disinhibition.load(_set("circuit", species)),
        "synapse": Plasticity.load(_set("synapse", species)),
        "brain": Habenula.load(_set("brain", species)),
        "life": StressLoad.load(_set("life", species)),
        "mood": Despair.load(_set("mood", species)),
    }
    stages = {"body": _body(species), **shared, **_readings(species)}
    return anchored(Chain(stages, (*_inputs(stages["body"]), *EXTERNAL)))


def anchored(chain: Chain) -> Chain:
    """The chain with the mood references set to its own state at full stress without drug.

    Call it again after changing parameters upstream of mood, so that despair, ideation and anhedonia stay 1 in the
    depressed resting state. Parameters may carry a person axis.
    """
    ill = rest(chain, {}, clamp={"life.z": 1.0}).state
    sums = chain.stages["mood"].sums(_at_rest(chain, ill))  # type: ignore[attr-defined]
    return chain.with_values({f"mood.{parameter}": sums[state] for state, parameter in _REFERENCES.items()})


def median_load(chain: Chain) -> Any:
    """The load of life under which the depressed state (stress 1) is a resting state: one minus rumination."""
    return 1.0 - chain.parameters["life.rho"]


def happenings(chain: Chain, compound: Compound, route: str, dose: Mapping[str, float]) -> tuple[Happening, ...]:
    """What one dose does to the input ports of the chain's body.

    **Arguments:** `dose` holds `start` (h), `mg` (base), `duration` (h, 0 for a bolus) and `devices`.

    **Raises:** `RequestError` when the body does not model the route.
    """
    routes = chain.stages["body"].routes  # type: ignore[attr-defined]
    if route not in routes:
        raise RequestError(
            "this body does not model this route", given=route, allowed=routes, nearest=nearest(route, routes)
        )
    amount = compound.micromoles(dose["mg"])
    shares = {"s": compound.fraction_s.value, "r": compound.fraction_r.value}
    given = [
        delivery.happening(f"{delivery.port}_{e}", dose["start"], amount * share * part, dose["duration"])
        for delivery in routes[route]
        for e, share in shares.items()
        if (part := delivery.share(int(dose["devices"]))) * share > 0
    ]
    return tuple(given)


def parameter_files() -> dict[str, tuple[Path, ...]]:
    """Every parameter set on file, by room."""
    root = Path(str(files("resynapse")))
    rooms = sorted({p.parent.parent.name for p in root.glob("*/parameters/*.toml")})
    return {room: tuple(sorted((root / room / "parameters").glob("*.toml"))) for room in rooms}


def _set(room: str, name: str) -> Path:
    return Path(str(files("resynapse"))) / room / "parameters" / f"{name}.toml"


def _body(species: Species) -> Kpk1 | RodentBody:
    return Kpk1.load(_set("body", "kpk1")) if species == "human" else RodentBody.load(_set("body", species))


def _readings(species: Species) -> dict[str, Any]:
    if species == "human":
        return {"scale": Madrs.load(_set("mood", "madrs_human")), "safety": AcuteEffects.load(_set("safety", "human"))}
    return {"scale": RodentAssays.load(_set("mood", f"assays_{species}"))}


def _binding(species: Species) -> CompetitiveBinding:
    pools = read_set(_set("receptor", species))
    table = read_grouped(Path(str(files("resynapse"))) / "compound" / "ketamine" / "targets.toml", species)
    affinities = {tuple(name.split(".")): entry.value for name, entry in table.entries.items()}
    values = values_for(CompetitiveBinding, pools)
    return CompetitiveBinding(affinities=affinities, **values, provenance=(pools, table))  # type: ignore[arg-type]


def _inputs(body: Any) -> tuple[Port, ...]:
    ports: tuple[Port, ...] = body.reads
    return ports


def _at_rest(chain: Chain, state: Any) -> dict[str, Any]:
    """What mood reads when nothing happens; works for one person and for many."""
    signals = chain.signals(jnp.zeros(()), state, {})
    return {p.name: signals[p.name] for p in chain.stages["mood"].reads}
