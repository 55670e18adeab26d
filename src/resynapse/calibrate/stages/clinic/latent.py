"""Despair of everybody under every regimen, for many draws of the chain's values at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import jax
import numpy as np
from numpy.typing import NDArray

from ....chains import anchored
from ....core.chain import Chain, ChainState
from ....core.event import Level
from ....core.solver import GridPlan, own_resting_state
from ....core.solver import Protocol as Doses
from ....core.solver.kernel.march import asked, by_port, call, kernel, laid_out
from ....dose import InTurn, Regimen
from ....slots import Slots, SlotsInTurn, slots
from .nodes import Nodes

Floats = NDArray[np.float64]
_ROWS = 4096
_TYPICAL = 70.0
PLAN = GridPlan.coarse()
"""The grid for populations; values that it could not follow are not drawn (`screening`)."""
PORT = "despair"
LOWEST = -3.0
"""Despair of somebody in whom the chain runs away: the score is saturated long before."""


@dataclass(frozen=True)
class Followed:
    """One regimen, given to some people, read at some hours; hour 0 is the rest before it."""

    name: str
    given: Regimen | InTurn
    who: Nodes
    hours: tuple[float, ...]


def despair(
    chain: Chain,
    followed: tuple[Followed, ...],
    drawn: Mapping[str, Floats],
    spreads: Mapping[str, Floats],
    ports: tuple[str, ...] = (PORT,),
) -> dict[str, Floats]:
    """Despair by regimen (draws x people x hours), mood being anchored anew in each draw.

    **Arguments:** as `Nodes.values`; `ports` other than despair are put behind it, as a further last axis.

    **Raises:** `SolveError` when a state is not finite.
    """
    draws = max((len(v) for v in (*drawn.values(), *spreads.values())), default=1)
    found: dict[str, list[Floats]] = {one.name: [] for one in followed}
    for who in dict.fromkeys(one.who for one in followed):
        asked = [one for one in followed if one.who == who]
        step = max(1, _ROWS // len(who))
        for begin in range(0, draws, step):
            part = slice(begin, min(begin + step, draws))
            ready = _rested(chain, who, _cut(drawn, part), _cut(spreads, part))
            for one in asked:
                found[one.name].append(_courses(ready, one, ports))
    return {name: np.concatenate(parts) for name, parts in found.items()}


@dataclass(frozen=True)
class _Rested:
    """Chains of some draws and people, everybody at rest under their own load."""

    chain: Chain
    typical: Chain
    start: ChainState
    load: Floats
    weight: Floats


def _rested(chain: Chain, who: Nodes, drawn: Mapping[str, Floats], spreads: Mapping[str, Floats]) -> _Rested:
    values, load = who.values(chain, drawn, spreads)
    own = anchored(chain.with_values(values))
    start = jax.tree.map(np.asarray, own_resting_state(own, {"load": load}, "ill"))
    weight = np.tile(who.people.covariates["weight"], len(load) // len(who))
    return _Rested(own, chain, start, load, weight)


def _courses(ready: _Rested, one: Followed, ports: tuple[str, ...]) -> Floats:
    given = slots(ready.typical, one.given, _TYPICAL)
    amounts = given.amounts(ready.weight)
    lived = Level("load", 0.0, 1.0)
    doses = Doses(
        tuple(p.name for p in ready.chain.external),
        (*given.happenings, lived),
        np.concatenate([amounts, ready.load[:, None]], axis=1),
    )
    hours = np.array(one.hours)
    found = _marched(ready, doses, hours, ports)
    parts = [found[p].reshape(len(ready.load) // len(one.who), len(one.who), len(hours), -1) for p in ports]
    whole = np.concatenate(parts, axis=-1)
    return whole[..., 0] if ports == (PORT,) else whole


def _marched(ready: _Rested, doses: Doses, hours: Floats, ports: tuple[str, ...]) -> dict[str, Floats]:
    """The march without its refusal: one draw in which receptors and glutamate feed each other must not end them all.

    Despair that is not finite fell without end and is put at its lowest.
    """
    task = asked(ready.chain, doses, ready.start, (0.0, float(hours[-1]), PLAN), hours)
    code = kernel(task.question(ports))
    arrays = laid_out(code, task)
    call(code, task, arrays, 1)
    found = by_port(code.model, arrays["signals"], task.people)
    return {p: np.where(np.isfinite(v), np.maximum(v, LOWEST), LOWEST) for p, v in found.items()}


def _cut(values: Mapping[str, Floats], part: slice) -> dict[str, Floats]:
    return {a: v[part] for a, v in values.items()}


__all__ = ["Followed", "Slots", "SlotsInTurn", "despair"]
