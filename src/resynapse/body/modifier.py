"""What changes a body beside weight and age: other drugs, illness, genotype, ancestry, a cold. Off unless asked for.

Each modifier is data (`modifiers.toml`): which parameters of the default body it multiplies, how large an effect was
observed, where, and how doubtful it is.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import numpy as np

from ..compound.fact import Fact, read_fact
from ..compound.formulation import Formulation
from ..core.chain import Chain
from ..core.errors import ParameterError, RequestError, nearest
from .kpk1 import Kpk1

Effect = Literal["modelled", "none_seen", "unknown", "covariate"]
Metric = Literal["AUC", "Cmax", "tmax", "NK/K"]
_EFFECTS = ("modelled", "none_seen", "unknown", "covariate")
_METRICS = ("AUC", "Cmax", "tmax", "NK/K")


@dataclass(frozen=True)
class Change:
    """A factor on some parameters of the body, with the reason for its size."""

    parameters: tuple[str, ...]
    factor: Fact


@dataclass(frozen=True)
class ObservedRatio:
    """What was observed: an exposure with the modifier over the same without it.

    **Arguments:** `drug`, `route`, `mg` (base), `over` (h) and `devices` say what was given; `port` and `metric` what
    was compared; `low` and `high` are the printed or quoted range; `values` are the covariates of those who carry the
    modifier and `base` of those who do not; `row` is the row of the evidence, `role` whether a factor was tuned to it
    (`build`), may only be judged by it (`verify`), or was chosen while looking at it (`seen_while_choosing`).
    """

    port: str
    metric: Metric
    ratio: float
    drug: str
    route: str
    mg: float
    source: str
    where: str
    role: Literal["build", "verify", "seen_while_choosing"]
    mark: Literal["seen", "recalled", "model_based"] = "seen"
    low: float | None = None
    high: float | None = None
    over: float = 0.0
    devices: int = 1
    values: Mapping[str, float] = field(default_factory=dict, compare=False)
    base: Mapping[str, float] = field(default_factory=dict, compare=False)
    row: str | None = None
    note: str = ""


@dataclass(frozen=True)
class Modifier:
    """Something that changes how a body handles ketamine, with its size, its source and its doubt.

    **Arguments:** `effect` is `modelled` when factors stand in for it, `none_seen` when a study found no effect,
    `unknown` when nobody looked, and `covariate` when the body has it as a value of its own (weight, age).
    """

    name: str
    title: str
    effect: Effect
    doubt: str
    aliases: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    observed: tuple[ObservedRatio, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """Bibliography keys of all its numbers, without repetition."""
        return tuple(dict.fromkeys([*(c.factor.source for c in self.changes), *(o.source for o in self.observed)]))


def modifiers() -> Mapping[str, Modifier]:
    """Every modifier on file, by name."""
    return _library()


def modifier(name: str) -> Modifier:
    """The modifier called `name`, by its own name or another one in use.

    **Raises:** `RequestError` with the nearest name.
    """
    word = name.strip().lower().replace("-", "_").replace(" ", "_")
    known = {w: m for m in _library().values() for w in (m.name, *m.aliases)}
    if word not in known:
        raise RequestError(
            "nothing on file has this name", given=repr(name), allowed=sorted(_library()), nearest=nearest(word, known)
        )
    return known[word]


def changes(chain: Chain, names: Iterable[str], preparations: Sequence[Formulation] = ()) -> dict[str, Any]:
    """The parameter values, by dotted address, that a person with these modifiers and preparations has.

    In a chain of many people everybody's own value is multiplied. Factors on the same parameter are multiplied. A
    preparation sets values before factors act on them.

    **Raises:** `RequestError` for an unknown name, a modifier whose effect nobody knows or that is a covariate, and a
    body other than KPK-1.
    """
    found: dict[str, Any] = dict(prepared(chain, preparations))
    for address, factor in factors(chain, names).items():
        found[address] = found.get(address, _own(chain, address)) * factor
    return found


def _own(chain: Chain, address: str) -> Any:
    """The chain's own value: a number, or one for each person where the chain holds people."""
    value = chain.parameters[address]
    return float(value) if value.ndim == 0 else np.asarray(value)


def prepared(chain: Chain, preparations: Sequence[Formulation]) -> dict[str, float]:
    """The parameter values, by dotted address, that hold for a person who takes these preparations.

    **Raises:** `RequestError` for a body other than KPK-1.
    """
    return {_address(chain, k, p.title): fact.value for p in preparations for k, fact in p.parameters.items()}


def factors(chain: Chain, names: Iterable[str]) -> dict[str, float]:
    """By what each parameter, by dotted address, is multiplied in a person with these modifiers, each acting once.

    **Raises:** as `changes`.
    """
    chosen = dict.fromkeys(_usable(name) for name in names)
    found: dict[str, float] = {}
    for m in chosen:
        for address, value in ((_address(chain, k, m.title), c.factor.value) for c in m.changes for k in c.parameters):
            found[address] = found.get(address, 1.0) * value
    return found


def modifier_sources(names: Iterable[str]) -> tuple[str, ...]:
    """Bibliography keys of the modifiers with these names."""
    return tuple(dict.fromkeys(key for name in names for key in modifier(name).sources))


def modifier_notes(names: Iterable[str]) -> tuple[str, ...]:
    """What a reader of a result should know of each modifier: that it acts, how, and how doubtful it is."""
    chosen = dict.fromkeys(modifier(name) for name in names)
    factors = {m: [f"{p} x {c.factor.value:g}" for c in m.changes for p in c.parameters] for m in chosen}
    return tuple(f"with {m.title}: {', '.join(f) or 'nothing is changed'} ({m.doubt})" for m, f in factors.items())


def modified(chain: Chain, names: Iterable[str], preparations: Sequence[Formulation] = ()) -> Chain:
    """The chain of a person with these modifiers and preparations.

    **Raises:** as `changes`, and `ParameterError` when a value leaves its declared range.
    """
    return chain.with_values(changes(chain, names, preparations))


def _usable(name: str) -> Modifier:
    chosen = modifier(name)
    if chosen.effect == "unknown":
        raise RequestError(f"how {chosen.title} changes ketamine is not known", given=name, then=chosen.doubt)
    if chosen.effect == "covariate":
        raise RequestError(f"{chosen.title} is a covariate of the body", given=name, then=chosen.doubt)
    return chosen


def _address(chain: Chain, name: str, title: str) -> str:
    """The address in KPK-1; a parameter of the same name in another theory means something else."""
    body = chain.stages["body"]
    if not isinstance(body, Kpk1):
        raise RequestError(
            f"the factors for {title} belong to KPK-1",
            where=f"`{type(body).__name__}`",
            given=name,
            then="take the default body (`--body kpk1`), or leave it out",
        )
    return f"body.{name}"


@cache
def _library() -> dict[str, Modifier]:
    raw = tomllib.loads((files(__package__) / "modifiers.toml").read_text(encoding="utf-8"))
    return {name: _read(name, table) for name, table in raw.items()}


def _read(name: str, table: dict[str, Any]) -> Modifier:
    where = f"modifiers.toml: [{name}]"
    read = Modifier(
        name=name,
        aliases=tuple(table.pop("aliases", ())),
        changes=tuple(_change(t, where) for t in table.pop("change", ())),
        observed=tuple(_observed(t, where) for t in table.pop("observed", ())),
        **table,
    )
    if read.effect not in _EFFECTS or (read.effect == "modelled") != bool(read.changes):
        raise ParameterError(
            "a modelled effect needs factors, and no other effect has any",
            where=where,
            given=read.effect,
            allowed=_EFFECTS,
        )
    return read


def _change(table: Mapping[str, Any], where: str) -> Change:
    fact = {"unit": "1", **{key: value for key, value in table.items() if key not in ("parameters", "factor")}}
    return Change(tuple(table["parameters"]), read_fact({"value": table["factor"], **fact}, where))


def _observed(table: Mapping[str, Any], where: str) -> ObservedRatio:
    try:
        read = ObservedRatio(**table)
    except TypeError as failure:
        raise ParameterError("this observation is incomplete", where=where, given=str(failure)) from failure
    if read.metric not in _METRICS:
        raise ParameterError("unknown metric", where=where, given=read.metric, allowed=_METRICS)
    return read
