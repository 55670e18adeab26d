"""Basins: every resting state of a person over the load of life, and the folds at which one of them vanishes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from ..core.chain import Chain, ChainState
from ..core.solver import resting_state
from ..core.solver.people import person_axes
from ..core.stage import Signals

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
STRESS: Floats = np.linspace(-0.4, 1.8, 111)
_STATE = "life.z"


@dataclass(frozen=True, eq=False)
class Basins:
    """The curve of resting states of many people, followed along stress.

    **Arguments:** `stress` is the grid; `load` (person x stress) is the load of life under which it is at rest;
    `signals` (person x stress) are ports in that resting state. Where `load` falls along the curve the state cannot
    last: it parts the basins of the well and the ill state.
    """

    stress: Floats
    load: Floats
    signals: dict[str, Floats]

    @property
    def folds(self) -> Floats:
        """Lower and upper end of the loads with two lasting states, person x 2; NaN for people who never have two."""
        return np.array([_folds(row) for row in self.load])

    @property
    def can_be_two(self) -> Flags:
        """Who has two lasting states under some load."""
        return np.isfinite(self.folds[:, 0])

    def two(self, load: Floats) -> Flags:
        """Who has two lasting states under this load."""
        low, high = self.folds.T
        with np.errstate(invalid="ignore"):
            return np.asarray((load > low) & (load < high))

    def ill(self, load: Floats) -> Floats:
        """Stress in the worst lasting state under this load, one value a person; NaN beyond the grid."""
        return np.array([_crossing(self.stress, row, own, last=True) for row, own in zip(self.load, load, strict=True)])

    def well(self, load: Floats) -> Floats:
        """Stress in the best lasting state under this load, as `ill`."""
        return np.array(
            [_crossing(self.stress, row, own, last=False) for row, own in zip(self.load, load, strict=True)]
        )

    def at(self, port: str, stress: Floats) -> Floats:
        """A port in the resting states with this stress, one a person."""
        own = zip(stress, self.signals[port], strict=True)
        return np.array([np.interp(z, self.stress, row) for z, row in own])


def basins(chain: Chain, ports: Sequence[str] = ("despair", "madrs_total"), stress: Floats = STRESS) -> Basins:
    r"""All resting states of everybody in a chain without drug.

    Stress $Z$ is held, the other rooms come to rest, and the load that would hold it there is read off its rate:
    $L(Z) = -\tau_Z \dot Z|_{L=0} = Z - \rho\, s(d(Z))$. No state is missed, whether it lasts or not.

    **Arguments:** parameters of `chain` carry a person axis.

    **Raises:** `SolveError` when the other rooms find no rest.
    """
    first, kind = _alike(chain)
    some = jax.tree.map(lambda v: v[first] if eqx.is_array(v) and v.ndim == 1 else v, chain)
    points = [_at(chain, _resting(some, float(z), kind), tuple(ports)) for z in stress]
    load = np.stack([p[0] for p in points], axis=1)
    signals = {port: np.stack([p[1][port] for p in points], axis=1) for port in ports}
    return Basins(stress, load, signals)


def _alike(chain: Chain) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """People whose rooms rest alike when stress is held and no drug is there: the first of each kind, and who is which.

    What a body does to a drug, what life does to stress and what a scale makes of despair move none of these states.
    """
    quiet = {"life", *chain.wiring.linear, *(slot for slot, stage in chain.stages.items() if not stage.writes)}
    own = {a: np.asarray(v) for a, v in chain.parameters.items() if np.ndim(v) and a.split(".")[0] not in quiet}
    people = max(len(np.atleast_1d(v)) for v in chain.parameters.values())
    rows = np.stack([np.zeros(people), *own.values()], axis=1)
    _, first, kind = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return first, kind.reshape(-1)


def _resting(chain: Chain, stress: float, kind: NDArray[np.int64]) -> ChainState:
    state = resting_state(chain, {}, clamp={_STATE: stress})
    return jax.tree.map(lambda v: np.broadcast_to(np.asarray(v), (int(kind.max()) + 1,))[kind], state)


def _at(chain: Chain, state: ChainState, ports: tuple[str, ...]) -> tuple[Floats, dict[str, Floats]]:
    pull, found = _read(ports, chain, state)
    return np.asarray(pull), {port: np.asarray(found[port]) for port in ports}


@eqx.filter_jit
def _read(ports: tuple[str, ...], chain: Chain, state: ChainState) -> tuple[Any, Signals]:
    def one(own: Chain, here: ChainState) -> tuple[Any, Signals]:
        now = jnp.zeros(())
        pull = -own.parameters["life.tau_z"] * own.rates(now, here, {}, ("life",))["life"]["z"]
        shown = own.readouts(now, here, {})
        return pull, {port: shown[port] for port in ports}

    return eqx.filter_vmap(one, in_axes=(person_axes(chain), 0))(chain, state)


def _folds(load: Floats) -> tuple[float, float]:
    """Loads at the folds of one curve: the load rises, falls and rises again where there are two lasting states."""
    slope = np.diff(load)
    falls = np.flatnonzero(slope < 0)
    if not len(falls) or falls[0] == 0 or falls[-1] == len(slope) - 1:
        return np.nan, np.nan
    return _extreme(load, int(falls[-1]) + 1), _extreme(load, int(falls[0]))


def _extreme(load: Floats, i: int) -> float:
    """The extreme value near point `i`, by the parabola through it and its neighbours."""
    before, here, after = load[i - 1 : i + 2]
    bend = before - 2.0 * here + after
    return float(here - (after - before) ** 2 / (8.0 * bend)) if bend else float(here)


def _crossing(stress: Floats, curve: Floats, load: float, last: bool) -> float:
    """Where a rising part of the curve meets the load."""
    meets = np.flatnonzero((curve[:-1] <= load) & (curve[1:] > load))
    if not len(meets):
        return float("nan")
    i = int(meets[-1 if last else 0])
    share = (load - curve[i]) / (curve[i + 1] - curve[i])
    return float(stress[i] + share * (stress[i + 1] - stress[i]))
