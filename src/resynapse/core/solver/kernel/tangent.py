"""How the ports of a march change when parameters move in one direction: the derivative of the numbers themselves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from ...chain import Chain, ChainState
from ...errors import ParameterError, nearest
from ..grid import GridPlan
from ..needed import wanted_ports
from ..protocol import Protocol
from ..refusal import refuse_nonfinite
from .layout import Arrays, grouped, model_states
from .march import Kernel, March, Task, asked, by_port, by_state, call, kernel, laid_out

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Direction:
    """How fast everything that a march is given moves: a number for everybody, or an array with one entry a person.

    **Arguments:** `values` by dotted address of a parameter; `start` by slot and state. What is left out stays.
    """

    values: Mapping[str, Any]
    start: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def by_leaf(self, chain: Chain) -> dict[int, Any]:
        """Speeds of parameters by their place among the leaves of the chain.

        **Raises:** `ParameterError` when an address does not exist.
        """
        leaves, structure = jax.tree.flatten(chain)
        places: Any = jax.tree.unflatten(structure, range(len(leaves))).parameters
        for address in self.values.keys() - places.keys():
            raise ParameterError("no parameter has this address", given=address, nearest=nearest(address, places))
        return {places[address]: speed for address, speed in self.values.items()}

    def of_start(self, start: ChainState) -> Any:
        """Speeds of every state at the start."""
        return {slot: {n: self.start.get(slot, {}).get(n, 0.0) for n in own} for slot, own in start.items()}


def march_tangent(
    chain: Chain,
    protocol: Protocol,
    start: ChainState,
    span: tuple[float, float],
    times: Any,
    ports: Collection[str] | None = None,
    plan: GridPlan | None = None,
    *,
    along: Direction,
    threads: int = 1,
) -> tuple[March, dict[str, Floats]]:
    r"""Ports of a march and their tangents: $\partial\,\mathrm{port} / \partial s$ when all moves by `along` times $s$.

    It is the derivative of the very numbers that `march` gives, by the rules of differentiation at every operation.

    **Arguments:** as for `march`; `along` says how fast parameters and start move.

    **Raises:** as `march` does; `ParameterError` for an unknown address.
    """
    plain = asked(chain, protocol, start, (*span, plan or GridPlan()), times)
    speeds = along.by_leaf(chain)
    task, drift = _each_their_own(plain, speeds), along.of_start(plain.start)
    question = task.question(wanted_ports(chain, ports))
    pushed = {f"{slot}.{n}" for slot, own in drift.items() for n, v in own.items() if np.any(np.asarray(v) != 0.0)}
    question = replace(question, moving=question.moving | (pushed & task.linear))
    code = kernel(question, frozenset(speeds))
    arrays = laid_out(code, task)
    arrays |= _moving(code, task, speeds, drift)
    arrays |= {"signal_tangents": np.empty_like(arrays["signals"]), "last_tangents": np.empty_like(arrays["last"])}
    call(code, task, arrays, threads)
    signals, tangents = (by_port(code.model, arrays[n], task.people) for n in ("signals", "signal_tangents"))
    for values in (signals, tangents):
        refuse_nonfinite(values, task.times)  # type: ignore[arg-type]
    return March(signals, task.times, task, by_state(code.model, arrays["last"], task.people), threads), tangents


def _moving(code: Kernel, task: Task, speeds: Mapping[int, Any], drift: Any) -> Arrays:
    """How fast parameters and states move, laid out like these."""
    leaves, width = jax.tree.leaves(task.chain), code.printed.width
    parameters = [np.broadcast_to(speeds.get(i, 0.0), np.shape(leaves[i])) for i in code.model.parameters]
    states = model_states(code.model, jax.tree.map(lambda v: np.broadcast_to(v, task.people), drift))
    return {
        "parameter_tangents": grouped(parameters, task.people, width)[0],
        "state_tangents": grouped(states, task.people, width)[0],
    }


def _each_their_own(task: Task, speeds: Mapping[int, Any]) -> Task:
    """The same task with a person axis on all that moves."""
    leaves, structure = jax.tree.flatten(task.chain)
    own = [np.broadcast_to(leaf, task.people) if i in speeds else leaf for i, leaf in enumerate(leaves)]
    start = jax.tree.map(lambda v: np.broadcast_to(v, task.people), task.start)
    return replace(task, chain=jax.tree.unflatten(structure, own), start=start)
