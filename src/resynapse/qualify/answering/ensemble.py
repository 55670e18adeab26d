"""Many experiments under many draws in one march: draws stand where people usually stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from ...chains import anchored, median_load
from ...core.chain import Chain
from ...core.errors import RequestError
from ...core.event import Happening, Level
from ...core.solver import own_resting_state, protocol
from ...core.solver.grid import GridPlan
from ...core.solver.kernel.march import march
from ...hypothesis import Experiment
from ...hypothesis.experiment import WEIGHT
from .doubt import drawn

Floats = NDArray[np.float64]
Courses = dict[str, Floats]
_LONGEST = 0.25  # hours: the fastest eEF2 on file (0.1 h) would outrun the usual longest step


@dataclass(frozen=True, eq=False)
class Arm:
    """One experiment on one chain.

    **Arguments:** `also` happens beside it (more doses, more load); `then` are values that hold from the first hour on
    and not in the resting state before it; `load` is the load of life, where it is not the experiment's own; `well`
    says that the person rests in the better of two states.
    """

    chain: Chain
    experiment: Experiment
    also: tuple[Happening, ...] = ()
    then: tuple[tuple[str, float], ...] = ()
    load: float | None = None
    well: bool = False

    @property
    def begins_well(self) -> bool:
        """Whether it begins in the better state."""
        return self.well or self.experiment.stress == 0.0


@dataclass(frozen=True, eq=False)
class Ensemble:
    """What experiments show under draws of the doubted values.

    The same draw of a value is used in every arm, so that arms can be subtracted draw by draw.

    **Arguments:** `hours` after the first dose at which `ports` are read; slots that are `settled` keep their values;
    `longest` is the longest step (h).
    """

    hours: Sequence[float] | Floats
    ports: tuple[str, ...]
    draws: int
    seed: int
    settled: tuple[str, ...] = ()
    longest: float = _LONGEST

    def follow(self, arms: Mapping[str, Arm]) -> dict[str, Courses]:
        """Ports of every arm, draws x hours.

        **Raises:** as `Experiment.follow`.
        """
        found: dict[str, Courses] = {}
        for names in _alike(arms):
            found |= self._together({name: arms[name] for name in names})
        return {name: found[name] for name in arms}

    def _together(self, arms: Mapping[str, Arm]) -> dict[str, Courses]:
        """Arms whose chains differ in values only, side by side."""
        held = _side_by_side([self._held(arm) for arm in arms.values()], self.draws)
        happens = [h for arm in arms.values() for h in [self._happens(arm)] * self.draws]
        external = next(iter(arms.values())).chain.external
        well = next(iter(arms.values())).begins_well
        loads = np.array([_load_of(h) for h in happens])
        start = own_resting_state(held, {"load": loads}, "well" if well else "ill")
        last = float(max(self.hours))
        asked = np.asarray(self.hours, dtype=float)
        later = [self._held(arm).with_values(dict(arm.then)) for arm in arms.values()]
        changed = _side_by_side(later, self.draws)
        signals = march(
            changed, protocol(external, happens), start, (0.0, last), asked, self.ports, GridPlan(longest=self.longest)
        ).signals
        rows = {name: slice(i * self.draws, (i + 1) * self.draws) for i, name in enumerate(arms)}
        return {name: {port: signals[port][own] for port in self.ports} for name, own in rows.items()}

    def _held(self, arm: Arm) -> Chain:
        """The chain with its draws, its own reference of mood, and what the experiment holds."""
        held, values = dict(_values(arm.experiment)), drawn(arm.chain, self.draws, self.seed)
        chain = arm.chain.with_values({a: v for a, v in values.items() if a.split(".")[0] not in self.settled})
        ready = anchored(chain) if "mood" in chain.stages else chain
        weight = {"body.weight": WEIGHT[arm.experiment.species]} if "body" in chain.stages else {}
        return ready.with_values({**weight, **held})

    def _happens(self, arm: Arm) -> tuple[Happening, ...]:
        load = float(median_load(arm.chain)) * arm.experiment.stress if arm.load is None else arm.load
        given = arm.experiment.happenings(arm.chain, WEIGHT[arm.experiment.species], float(max(self.hours)))
        return (Level("load", 0.0, load), *given, *arm.also)


def _values(experiment: Experiment) -> list[tuple[str, float]]:
    """The values that an experiment holds throughout.

    **Raises:** `RequestError` for a manipulation, which begins and ends and so cannot be marched side by side.
    """
    named = [u for u in experiment.under if isinstance(u, str)]
    if named:
        then = "give the values that it holds, or follow it alone (`Experiment.follow`)"
        raise RequestError("manipulations are not followed side by side", given=", ".join(named), then=then)
    return [u for u in experiment.under if not isinstance(u, str)]


def _alike(arms: Mapping[str, Arm]) -> Iterable[list[str]]:
    groups: dict[Any, list[str]] = {}
    for name, arm in arms.items():
        groups.setdefault((jax.tree.structure(arm.chain), arm.begins_well), []).append(name)
    return groups.values()


def _side_by_side(chains: Sequence[Chain], draws: int) -> Chain:
    """One chain whose values carry all chains' draws, one chain after the other."""

    def joined(*values: Any) -> Any:
        own = [np.asarray(v) for v in values]
        if all(v.ndim == 0 for v in own) and len({float(v) for v in own}) == 1:
            return values[0]
        return np.concatenate([np.broadcast_to(v, (draws,)) for v in own])

    whole: Chain = jax.tree.map(joined, *chains)
    return whole


def _load_of(happens: Sequence[Happening]) -> float:
    return next(h.amount for h in happens if isinstance(h, Level) and h.port == "load")
