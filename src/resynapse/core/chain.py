"""A chain: stages wired by the names of their ports, checked when it is built."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from .errors import ParameterError, WiringError, nearest
from .parameter import Declaration
from .port import Port
from .stage import AbstractStage, Inputs, Signals, State
from .wiring import Place, Wiring, floats, wire

ChainState = dict[str, State]


class Chain(eqx.Module):
    """Stages in named slots, from dose to mood, that read one another's ports by name.

    **Arguments:** `stages` maps slots (`body`, `receptor`, ...) to stages; `external` are the ports that come from
    outside (doses, load).

    **Raises:** `WiringError` when a port that is read has no writer or two, when units or dims disagree, or when
    ports depend on one another without a state between them.
    """

    stages: dict[str, AbstractStage]
    external: tuple[Port, ...] = eqx.field(static=True)
    wiring: Wiring = eqx.field(static=True)

    def __init__(self, stages: Mapping[str, AbstractStage], external: tuple[Port, ...] = ()):
        self.stages = dict(stages)
        self.external = external
        self.wiring = wire(self.stages, external)

    def replace(self, **stages: AbstractStage) -> Chain:
        """A new checked chain with some slots filled by other stages: a hypothesis, a knock-out, a species.

        **Raises:** `WiringError` when a slot does not exist or the new chain does not fit together.
        """
        for slot in stages.keys() - self.stages.keys():
            raise WiringError(
                "this chain has no such slot", given=slot, allowed=self.stages, nearest=nearest(slot, self.stages)
            )
        return Chain({**self.stages, **stages}, self.external)

    @property
    def parameters(self) -> dict[str, Array]:
        """Every parameter by its dotted address, such as `synapse.k_n`."""
        stages = self.stages
        return {address: _at(stages, place) for address, (place, _) in self.wiring.addresses.items()}

    @property
    def declared(self) -> dict[str, Declaration]:
        """Unit, meaning and range of every parameter by its dotted address."""
        return {address: declaration for address, (_, declaration) in self.wiring.addresses.items()}

    def with_values(self, values: Mapping[str, Any]) -> Chain:
        """A copy with other parameter values; an array gives one value to each person.

        **Raises:** `ParameterError` when an address does not exist or a value lies outside its declared range.
        """
        arrays = {address: jnp.asarray(value, dtype=jnp.float64) for address, value in values.items()}
        known = self.wiring.addresses
        located = {address: _located(known, address) for address in values}
        for address, (_, declaration) in located.items():
            _check_range(address, arrays[address], declaration)
        places = [place for place, _ in located.values()]
        return eqx.tree_at(lambda c: [_at(c.stages, p) for p in places], self, list(arrays.values()))

    def port(self, name: str) -> Port:
        """The port called `name`.

        **Raises:** `WiringError` with the nearest name when no stage writes or shows it.
        """
        found = {p.name: p for p in self.wiring.ports}
        if name not in found:
            raise WiringError("no stage writes or shows this port", given=name, nearest=nearest(name, found))
        return found[name]

    def room(self, port: str) -> str:
        """The slot that writes or shows `port`."""
        return dict(self.wiring.writer)[port]

    @property
    def substeps(self) -> dict[str, int]:
        """The slots that take more than one step in each step of the grid, and how many."""
        return {slot: stage.substeps for slot, stage in self.stages.items() if stage.substeps > 1}

    def initial(self, ill: bool = False) -> ChainState:
        """Every stage's own guess of its resting state."""
        return {slot: floats(stage.initial(ill)) for slot, stage in self.stages.items()}

    def signals(self, t: Array, state: ChainState, external: Inputs) -> Signals:
        """All written ports at one moment, for one person."""
        known: Signals = {p.name: jnp.asarray(external.get(p.name, 0.0), dtype=jnp.float64) for p in self.external}
        for slot, ports in self.wiring.order:
            written = self.stages[slot].outputs(t, state[slot], _inputs(self.stages[slot], known))
            known |= {name: written[name] for name in ports}
        return known

    def rates(self, t: Array, state: ChainState, external: Inputs, slots: Collection[str] | None = None) -> ChainState:
        """Time derivatives of the states of all slots, or of some, at one moment, for one person (per hour)."""
        known = self.signals(t, state, external)
        wanted = {slot: self.stages[slot] for slot in (self.stages if slots is None else slots)}
        return {slot: stage.rates(t, state[slot], _inputs(stage, known)) for slot, stage in wanted.items()}

    def readouts(self, t: Array, state: ChainState, external: Inputs) -> Signals:
        """All written and shown ports at one moment, for one person."""
        known = self.signals(t, state, external)
        shown = [s.readouts(t, state[slot], _inputs(s, known)) for slot, s in self.stages.items()]
        return {**known, **{name: value for signals in shown for name, value in signals.items()}}


def _located(known: Mapping[str, tuple[Place, Declaration]], address: str) -> tuple[Place, Declaration]:
    if address not in known:
        raise ParameterError("no parameter has this address", given=address, nearest=nearest(address, known))
    return known[address]


def _at(stages: Mapping[str, AbstractStage], place: Place) -> Array:
    slot, name, key = place
    value = getattr(stages[slot], name)
    return value if key is None else value[key]


def _check_range(address: str, array: Array, declaration: Declaration) -> None:
    if isinstance(array, jax.core.Tracer):
        return
    (low, high), known = declaration.range, np.asarray(array)
    if not ((known >= low) & (known <= high)).all():
        raise ParameterError(
            "this value lies outside the declared range",
            where=address,
            given=f"{array} {declaration.unit}",
            allowed=f"{low} to {high} {declaration.unit}",
        )


def _inputs(stage: AbstractStage, known: Signals) -> Signals:
    return {p.name: known.get(p.name, jnp.full(p.shape, jnp.nan)) for p in stage.reads}
