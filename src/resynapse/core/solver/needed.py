"""Which states a question needs: those that something drives and that a wanted port can feel, and no others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp

from ..chain import Chain, ChainState
from ..errors import RequestError, SolveError, nearest
from ..stage import Inputs, State
from ..trace import dependencies
from ..wiring import Block

Names = frozenset[str]


@dataclass(frozen=True)
class Links:
    """What depends on what in a chain, traced from its code; states are addressed `slot.state`.

    **Arguments:** `states` and `inputs` say on which states and external ports the rate of each state depends; `ports`
    says which states each port shows.
    """

    states: Mapping[str, Names]
    inputs: Mapping[str, Names]
    ports: Mapping[str, Names]

    def driven(self, ports: Collection[str], states: Collection[str]) -> Names:
        """States that move when these ports are used and these states are not zero."""
        found = {*states, *(s for s, used in self.inputs.items() if used & set(ports))}
        while more := {s for s, used in self.states.items() if used & found} - found:
            found |= more
        return frozenset(found)

    def felt(self, ports: Collection[str]) -> Names:
        """States that can change one of these ports, now or later."""
        found = {s for p in ports for s in self.ports[p]}
        while more := {before for s in found for before in self.states[s]} - found:
            found |= more
        return frozenset(found)


def links(chain: Chain) -> Links:
    """What depends on what in `chain`; traced once for every structure, whatever its values.

    **Raises:** `SolveError` when a slot with states is not linear: only linear chains are solved in closed form.
    """
    for slot, state in chain.initial().items():
        if state and slot not in chain.wiring.linear:
            raise SolveError(
                "only a chain that is linear throughout has an exact profile",
                where=f"`{slot}`",
                given=type(chain.stages[slot]).__name__,
                then="take the body alone (`body_chain`), or `solve` the whole chain",
            )
    return _links(jax.tree.structure(chain))


def check_ports(names: Collection[str], known: Collection[str]) -> None:
    """Refuse ports that are not among those of a chain.

    **Raises:** `RequestError` with the nearest name.
    """
    for name in names:
        if name not in known:
            raise RequestError(
                "no stage of this chain writes or shows this port",
                given=name,
                nearest=nearest(name, known),
                then="`resynapse chain` lists them (`--species rat` those of a rat)",
            )


def wanted_ports(chain: Chain, names: Collection[str] | None) -> tuple[str, ...]:
    """The ports asked for, or all that are not inputs.

    **Raises:** `RequestError` with the nearest name for a port that nobody writes or shows.
    """
    known = [p.name for p in chain.wiring.ports]
    check_ports(names or (), known)
    external = {p.name for p in chain.external}
    return tuple(n for n in known if n not in external) if names is None else tuple(names)


def kept_blocks(chain: Chain, states: Names, ports: Collection[str]) -> tuple[Block, ...]:
    """The linear blocks of a chain without the states and input ports that are not asked for."""
    inner = links(chain).inputs
    found = []
    for block in chain.wiring.blocks:
        own = tuple(s for s in block.states if f"{block.slot}.{s}" in states)
        used = {p for s in own for p in inner[f"{block.slot}.{s}"]} & set(ports)
        found.append(Block(block.slot, own, tuple(p for p in block.ports if p in used)))
    return tuple(b for b in found if b.states)


@cache
def _links(structure: Any) -> Links:
    chain: Chain = jax.tree.unflatten(structure, [jnp.ones(())] * structure.num_leaves)
    state = _flat(chain.initial())
    inputs = {p.name: jnp.zeros(p.shape) for p in chain.external}

    def rates(x: State, u: Inputs) -> State:
        return _flat(chain.rates(jnp.zeros(()), _nested(chain, x), u))

    def shown(x: State, u: Inputs) -> State:
        return chain.readouts(jnp.zeros(()), _nested(chain, x), u)

    needs = dependencies(rates, state, inputs)
    states, ports = {s: n[0] for s, n in needs.items()}, {s: n[1] for s, n in needs.items()}
    return Links(states, ports, {p: n[0] for p, n in dependencies(shown, state, inputs).items()})


def _flat(state: ChainState) -> State:
    return {f"{slot}.{name}": value for slot, own in state.items() for name, value in own.items()}


def _nested(chain: Chain, flat: State) -> ChainState:
    return {slot: {n: flat[f"{slot}.{n}"] for n in own} for slot, own in chain.initial().items()}
