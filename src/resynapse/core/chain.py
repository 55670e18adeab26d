"""A chain: stages wired by the names of their ports, checked when it is built."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array

from .errors import ParameterError, WiringError, nearest
from .parameter import Declaration, declarations, tables
from .port import Port
from .stage import AbstractLinearStage, AbstractStage, Inputs, Signals, State
from .trace import dependencies

ChainState = dict[str, State]
Place = tuple[str, str, tuple[str, ...] | None]


@dataclass(frozen=True)
class Wiring:
    """Who writes each port, and in which order the outputs can be computed.

    **Arguments:** `writer` maps a port to its slot (`"external"` for inputs from outside); `order` lists steps
    `(slot, ports)`: evaluating that slot's outputs then gives these ports; `ports` holds every port by name;
    `linear` names the slots that the solver can treat exactly; `addresses` says where each parameter is kept.
    """

    writer: tuple[tuple[str, str], ...]
    order: tuple[tuple[str, tuple[str, ...]], ...]
    ports: tuple[Port, ...]
    linear: tuple[str, ...]
    addresses: Mapping[str, tuple[Place, Declaration]] = field(compare=False)


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
        self.wiring = _wire(self.stages, external)

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
        return {address: self._at(place) for address, (place, _) in self.wiring.addresses.items()}

    @property
    def declared(self) -> dict[str, Declaration]:
        """Unit, meaning and range of every parameter by its dotted address."""
        return {address: declaration for address, (_, declaration) in self.wiring.addresses.items()}

    def with_values(self, values: Mapping[str, Any]) -> Chain:
        """A copy with other parameter values; an array gives one value to each person.

        **Raises:** `ParameterError` when an address does not exist or a value lies outside its declared range.
        """
        chain = self
        for address, value in values.items():
            place, declaration = self._located(address)
            array = jnp.asarray(value, dtype=jnp.float64)
            _check_range(address, array, declaration)
            chain = eqx.tree_at(lambda c, p=place: c._at(p), chain, array)  # type: ignore[misc]
        return chain

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

    def initial(self, ill: bool = False) -> ChainState:
        """Every stage's own guess of its resting state."""
        return {slot: _floats(stage.initial(ill)) for slot, stage in self.stages.items()}

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

    def _at(self, place: Place) -> Array:
        slot, name, key = place
        value = getattr(self.stages[slot], name)
        return value if key is None else value[key]

    def _located(self, address: str) -> tuple[Place, Declaration]:
        if address not in self.wiring.addresses:
            raise ParameterError(
                "no parameter has this address", given=address, nearest=nearest(address, self.wiring.addresses)
            )
        return self.wiring.addresses[address]


def _check_range(address: str, array: Array, declaration: Declaration) -> None:
    if isinstance(array, jax.core.Tracer):
        return
    low, high = declaration.range
    if not bool(((array >= low) & (array <= high)).all()):
        raise ParameterError(
            "this value lies outside the declared range",
            where=address,
            given=f"{array} {declaration.unit}",
            allowed=f"{low} to {high} {declaration.unit}",
        )


def _inputs(stage: AbstractStage, known: Signals) -> Signals:
    return {p.name: known.get(p.name, jnp.full(p.shape, jnp.nan)) for p in stage.reads}


def _floats(state: State) -> State:
    return {name: jnp.asarray(value, dtype=jnp.float64) for name, value in state.items()}


def _wire(stages: dict[str, AbstractStage], external: tuple[Port, ...]) -> Wiring:
    writer = _writers(stages, external)
    shown = {p.name: (slot, p) for slot, stage in stages.items() for p in stage.shows}
    for (slot, stage), read in ((item, p) for item in stages.items() for p in item[1].reads):
        _check_read(slot, read, writer, shown)
        del stage
    ports = [p for _, p in writer.values()] + [p for _, p in shown.values()]
    names = {name: slot for name, (slot, _) in [*writer.items(), *shown.items()]}
    return Wiring(
        tuple(names.items()), _order(stages, external), tuple(ports), _linear(stages, external), _addresses(stages)
    )


def _writers(stages: dict[str, AbstractStage], external: tuple[Port, ...]) -> dict[str, tuple[str, Port]]:
    writer: dict[str, tuple[str, Port]] = {p.name: ("external", p) for p in external}
    owner = dict.fromkeys(writer, "external")
    for slot, stage in stages.items():
        for port in (*stage.writes, *stage.shows):
            if port.name in owner:
                raise WiringError(
                    "two stages write the same port", where=f"`{owner[port.name]}` and `{slot}`", given=port.name
                )
            owner[port.name] = slot
        writer |= {p.name: (slot, p) for p in stage.writes}
    return writer


def _check_read(slot: str, read: Port, writer: dict[str, tuple[str, Port]], shown: dict[str, tuple[str, Port]]) -> None:
    if read.name in writer:
        _check_fit(slot, read, *writer[read.name])
        return
    if read.name in shown:
        raise WiringError(
            f"`{slot}` reads a port that is only shown at output times",
            given=read.name,
            then=f"let `{shown[read.name][0]}` write it in `outputs`",
        )
    close = nearest(read.name, writer)
    raise WiringError(
        f"`{slot}` reads `{read.name}` [{read.unit}] but no stage writes it",
        nearest=f"`{close}` by `{writer[close][0]}`" if close else None,
        then="add a stage that writes it, or name the port that exists",
    )


def _check_fit(slot: str, read: Port, source: str, written: Port) -> None:
    for what, wanted, found in (("unit", read.unit, written.unit), ("dims", read.dims, written.dims)):
        if wanted != found:
            raise WiringError(
                f"`{slot}` and `{source}` disagree about the {what} of `{read.name}`",
                given=f"`{source}` writes {found}",
                allowed=f"`{slot}` reads {wanted}",
            )


def _order(stages: dict[str, AbstractStage], external: tuple[Port, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    needs = {slot: _feedthrough(stage) for slot, stage in stages.items()}
    known = {p.name for p in external}
    order: list[tuple[str, tuple[str, ...]]] = []
    while any(needs.values()):
        ready = {slot: tuple(p for p, n in ports.items() if n <= known) for slot, ports in needs.items()}
        slot = next((s for s in stages if ready[s]), None)
        if slot is None:
            raise _loop(needs, known)
        order.append((slot, ready[slot]))
        known |= set(ready[slot])
        needs[slot] = {p: n for p, n in needs[slot].items() if p not in known}
    return tuple(order)


def _feedthrough(stage: AbstractStage) -> dict[str, frozenset[str]]:
    state = _floats(stage.initial())
    inputs = {p.name: jnp.zeros(p.shape) for p in stage.reads}
    found = dependencies(lambda s, i: stage.outputs(jnp.zeros(()), s, i), state, inputs)
    return {port: reads for port, (_, reads) in found.items()}


def _loop(needs: dict[str, dict[str, frozenset[str]]], known: set[str]) -> WiringError:
    waiting = {p: n - known for ports in needs.values() for p, n in ports.items()}
    path = [next(iter(waiting))]
    for _ in itertools.repeat(None, len(waiting)):
        path.append(next(iter(waiting[path[-1]])))
        if path[-1] in path[:-1]:
            break
    return WiringError(
        "these ports depend on one another without a state between them",
        given=" <- ".join(path[path.index(path[-1]) :]),
        then="let one of them be a state, so that it changes in time",
    )


def _addresses(stages: dict[str, AbstractStage]) -> dict[str, tuple[Place, Declaration]]:
    found: dict[str, tuple[Place, Declaration]] = {}
    for slot, stage in stages.items():
        found |= {f"{slot}.{name}": ((slot, name, None), d) for name, d in declarations(stage).items()}
        found |= {f"{slot}.{cell}": ((slot, name, key), d) for cell, (name, key, d) in tables(stage).items()}
    return found


def _linear(stages: dict[str, AbstractStage], external: tuple[Port, ...]) -> tuple[str, ...]:
    outside = {p.name for p in external}
    return tuple(
        slot
        for slot, stage in stages.items()
        if isinstance(stage, AbstractLinearStage) and {p.name for p in stage.reads} <= outside
    )
