"""Wiring: who writes what, in which order, checked when a chain is built."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field

import jax.numpy as jnp

from .errors import WiringError, nearest
from .parameter import Declaration, declarations, tables
from .port import Port
from .stage import AbstractLinearStage, AbstractStage, State
from .trace import dependencies

Place = tuple[str, str, tuple[str, ...] | None]


@dataclass(frozen=True)
class Block:
    """States of one linear stage that depend on one another, and the input ports that drive them."""

    slot: str
    states: tuple[str, ...]
    ports: tuple[str, ...]


@dataclass(frozen=True)
class Wiring:
    """Who writes each port, and in which order the outputs can be computed.

    **Arguments:** `writer` maps a port to its slot (`"external"` for inputs from outside); `order` lists steps
    `(slot, ports)`: evaluating that slot's outputs then gives these ports; `ports` holds every port by name;
    `blocks` are the independent linear parts, which the solver treats exactly; `addresses` says where each parameter is
    kept.
    """

    writer: tuple[tuple[str, str], ...]
    order: tuple[tuple[str, tuple[str, ...]], ...]
    ports: tuple[Port, ...]
    blocks: tuple[Block, ...]
    addresses: Mapping[str, tuple[Place, Declaration]] = field(compare=False)

    @property
    def linear(self) -> tuple[str, ...]:
        """Slots that the solver can treat exactly."""
        return tuple(dict.fromkeys(block.slot for block in self.blocks))


def wire(stages: dict[str, AbstractStage], external: tuple[Port, ...]) -> Wiring:
    """The wiring of stages by the names of their ports.

    **Raises:** `WiringError` for a missing or second writer, ports that do not fit, or an instantaneous loop.
    """
    writer = _writers(stages, external)
    shown = {p.name: (slot, p) for slot, stage in stages.items() for p in stage.shows}
    for (slot, stage), read in ((item, p) for item in stages.items() for p in item[1].reads):
        _check_read(slot, read, writer, shown)
        del stage
    ports = [p for _, p in writer.values()] + [p for _, p in shown.values()]
    names = {name: slot for name, (slot, _) in [*writer.items(), *shown.items()]}
    return Wiring(
        tuple(names.items()), _order(stages, external), tuple(ports), _blocks(stages, external), _addresses(stages)
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
    state = floats(stage.initial())
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


def _blocks(stages: dict[str, AbstractStage], external: tuple[Port, ...]) -> tuple[Block, ...]:
    outside = {p.name for p in external}
    return tuple(
        block
        for slot, stage in stages.items()
        if isinstance(stage, AbstractLinearStage) and {p.name for p in stage.reads} <= outside
        for block in _blocks_of(slot, stage)
    )


def _blocks_of(slot: str, stage: AbstractStage) -> list[Block]:
    """The independent blocks of one stage, traced from its code (two enantiomers make two blocks)."""
    state = {name: jnp.zeros(()) for name in stage.initial()}
    inputs = {p.name: jnp.zeros(p.shape) for p in stage.reads}
    needs = dependencies(lambda s, i: stage.rates(jnp.zeros(()), s, i), state, inputs)
    groups: list[set[str]] = []
    for name, (states, _) in needs.items():
        linked = {name, *states}
        apart = [g for g in groups if not g & linked]
        groups = [*apart, linked.union(*(g for g in groups if g & linked))]
    ordered = sorted((sorted(g) for g in groups), key=lambda g: g[0])
    return [Block(slot, tuple(g), tuple(sorted({p for n in g for p in needs[n][1]}))) for g in ordered]


def floats(state: State) -> State:
    """The same state in double precision."""
    return {name: jnp.asarray(value, dtype=jnp.float64) for name, value in state.items()}
