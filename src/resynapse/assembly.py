"""The chain that people are followed through: the parts of a question, what is known, what acts beside a drug."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from .body.modifier import modified
from .calibrate.doubt import news
from .chains import anchored, body_chain, default_chain, outside_population
from .company import with_company
from .compound import Formulation, formulation
from .core.chain import Chain
from .core.parameter import Species
from .core.solver import keep_compiled_code
from .dose import InTurn, Regimen
from .simulation import chosen_ports

Floats = NDArray[np.float64]
_UPSTREAM = ("receptor", "circuit", "synapse", "brain", "mood")


@dataclass(frozen=True)
class Parts:
    """Of what a chain is assembled: species, theory of the body, the ports that are read, and drugs given beside."""

    species: Species
    body: str | None
    ports: tuple[str, ...]
    beside: tuple[str, ...] = ()


@cache
def assembled(parts: Parts) -> Chain:
    """The chain with the values on file: the body alone where nothing else is read.

    **Raises:** `RequestError` for a port that there is not.
    """
    keep_compiled_code()
    alone = body_chain(parts.species, parts.body)
    inside = parts.ports and set(parts.ports) <= {p.name for p in alone.wiring.ports}
    whole = not inside or parts.beside
    chain = with_company(default_chain(parts.species, parts.body), parts.beside) if whole else alone
    chosen_ports(chain, parts.ports)
    return chain


@cache
def typical(
    parts: Parts,
    modifiers: tuple[str, ...],
    made: tuple[Formulation, ...],
    values: tuple[tuple[str, float], ...],
) -> Chain:
    """The chain of somebody typical: what is known in place of what is on file, and then what acts beside the drug.

    **Arguments:** `made` are preparations; `values` are known, by address.

    **Raises:** `ParameterError` for a value that there is not, or that leaves its range.
    """
    chain = known_in(assembled(parts), dict(values))
    return modified(chain, modifiers, made) if modifiers or made else chain


def known_in(chain: Chain, values: Mapping[str, float]) -> Chain:
    """The chain with what is known in place of what it holds, mood's references following.

    **Raises:** `ParameterError` for a value that there is not, or that leaves its range.
    """
    found = news(chain, values)
    known = chain.with_values(found) if found else chain
    return anchored(known) if upstream(found) else known


def upstream(addresses: Iterable[str]) -> bool:
    """Whether mood's references hang on any of these values."""
    return any(address.split(".")[0] in _UPSTREAM for address in addresses)


def refuse_outside(chain: Chain, covariates: Mapping[str, Floats]) -> None:
    """Refuse people about whom a parameter set of the chain would mislead.

    **Raises:** `RequestError` as `outside_population` does.
    """
    sets = [chosen for stage in chain.stages.values() for chosen in stage.provenance]
    if any(chosen.population and chosen.population.refused_outside for chosen in sets):
        rows = range(len(covariates["weight"]))
        outside_population(chain, [{name: float(values[i]) for name, values in covariates.items()} for i in rows])


def preparations(given: Regimen | InTurn) -> tuple[Formulation, ...]:
    """The preparations that a regimen, or doses in turn, name."""
    if isinstance(given, InTurn):
        own = [part for part in given.parts if part.formulation and not part.beside]
        named = dict.fromkeys((str(p.formulation), p.regimen.compound.name, p.route.strip().lower()) for p in own)
        return tuple(formulation(*words) for words in named)
    if given.formulation is None:
        return ()
    return (formulation(given.formulation, given.compound.name, given.route.strip().lower()),)
