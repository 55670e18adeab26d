"""Exact profiles of a chain that is linear throughout: concentrations at any times, cheap enough to fit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from ..chain import Chain, ChainState
from ..errors import RequestError, SolveError
from ..stage import Signals
from ..wiring import Block
from .compiled import compiled
from .grid import SAME
from .linear import coefficients, propagator, unstack
from .needed import kept_blocks, links, wanted_ports
from .people import person_axes
from .protocol import Protocol
from .refusal import refuse_nonfinite

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Profile:
    """Exact courses of several people.

    **Arguments:** `signals` by port, person x time, in the order of the times asked for; `last_state` is the state at
    the latest of these times, per person, from which a later profile of the same ports can start.
    """

    signals: Signals
    last_state: ChainState


class Timeline(NamedTuple):
    """When something changes or is looked at.

    **Arguments:** `at` are the edges (h); `family` says for each edge which of the distinct `lengths` (h) follows it,
    none (length 0) after the last; `node` is the edge of every wanted time.
    """

    at: Any
    family: Any
    lengths: Any
    node: Any


def profile(
    chain: Chain,
    protocol: Protocol,
    start: ChainState | None,
    times: Any,
    ports: Collection[str] | None = None,
) -> Profile:
    r"""Ports of a linear chain at `times` (h), exact for piecewise constant inputs and impulses.

    Between two edges (an input changes, a value is wanted) the state moves by
    $x \to e^{A h} x + \int_0^h e^{A s} B u \, ds$. Only states that are driven and that a wanted port feels are
    solved. Differentiable, forward and in reverse, in every parameter; under `jax.jit` all work on times and structure
    happens once.

    **Arguments:** parameters of `chain` may carry a person axis; `protocol` holds the same number of people, or one
    who stands for all; `start` is the state at the earliest of `times`, before what happens then, or `None` for an
    empty body before the first happening; `times` in any order; `ports` are those wanted, all by default.

    **Assumes:** amounts, lags and durations are numbers: a profile has no derivative in them.

    **Raises:** `SolveError` when a slot with states is not linear, when `start` lacks a needed state, or when a value
    is not finite; `RequestError` for an unknown port or times that are not numbers.
    """
    when, wanted, people = checked_times(times), wanted_ports(chain, ports), people_of(chain, protocol)
    felt, active = links(chain).felt(wanted), active_ports(protocol)
    begin = _begin(chain, start, felt, people)
    line = timeline(protocol, when, None if start is None else float(when.min()))
    moving = [s for s, v in begin.items() if isinstance(v, jax.core.Tracer) or np.any(v)]
    parts = kept_blocks(chain, felt & links(chain).driven(active, moving), active)
    drive, jump = inputs(protocol, line, people)
    signals, last = _courses(parts, wanted, chain, begin, line, (drive, jump))
    refuse_nonfinite(signals, when)
    return Profile(signals, _last(begin, last))


def timeline(protocol: Protocol, times: Floats, begin: float | None) -> Timeline:
    """Edges of a protocol and of the times that are looked at; `begin` (h) is the first of them unless it is known."""
    first = min([float(times.min()), *protocol.breakpoints]) if begin is None else begin
    changes = [b for b in protocol.breakpoints if first <= b <= times.max()]
    at = _apart(np.sort(np.array([first, *changes, *times])))
    between = np.append(np.diff(at), 0.0)
    lengths = _apart(np.sort(between))
    return Timeline(at, _nearest(lengths, between), lengths, _nearest(at, times))


def inputs(protocol: Protocol, line: Timeline, people: int) -> tuple[Floats, Floats]:
    """Level after, and impulse at, every edge: people x edges x ports."""
    drive, jump = protocol.on(np.append(line.at, line.at[-1] + 1.0))
    return tuple(np.broadcast_to(v, (people, *v.shape[1:])) for v in (drive, jump))  # type: ignore[return-value]


@compiled
def _courses(
    parts: tuple[Block, ...],
    wanted: tuple[str, ...],
    chain: Chain,
    begin: dict[str, Any],
    line: Timeline,
    given: tuple[Any, Any],
) -> tuple[Signals, dict[str, Array]]:
    def one(own: Chain, x: dict[str, Array], u: tuple[Array, Array]) -> tuple[Signals, dict[str, Array]]:
        return course(parts, wanted, own, (x, line, u))

    return eqx.filter_vmap(one, in_axes=(person_axes(chain), 0, 0))(chain, begin, given)


def course(
    parts: tuple[Block, ...], wanted: tuple[str, ...], chain: Chain, given: tuple[Any, Timeline, Any]
) -> tuple[Signals, dict[str, Array]]:
    """One person's wanted ports at the nodes of a timeline, and the state at its end; arrays only, to be compiled.

    **Arguments:** `parts` are the blocks to solve; `given` holds the state at the first edge by `slot.state`, the
    timeline, and the inputs after and at every edge (edges x ports).
    """
    begin, line, (drive, jump) = given
    states = {name: jnp.broadcast_to(v, line.at.shape) for name, v in begin.items()}
    for part in parts:
        where = np.array([[p.name for p in chain.external].index(p) for p in part.ports], dtype=int)
        x = jnp.stack([begin[f"{part.slot}.{s}"] for s in part.states])
        nodes = _nodes(chain, part, x, line, (drive[:, where], jump[:, where]))
        states |= {f"{part.slot}.{s}": nodes[:, i] for i, s in enumerate(part.states)}
    seen = {name: value[line.node] for name, value in states.items()}
    return _shown(chain, wanted, seen, line.at[line.node], drive[line.node]), {n: v[-1] for n, v in states.items()}


def _nodes(chain: Chain, part: Block, begin: Array, line: Timeline, given: tuple[Array, Array]) -> Array:
    """States of one block at every edge, after what is given there."""
    a, b = coefficients(chain.stages[part.slot], part)
    count = len(part.states)
    exact = jax.vmap(lambda span: propagator(a, b, span)[:count])(jnp.asarray(line.lengths))

    def step(x: Array, now: tuple[Array, Array, Array]) -> tuple[Array, Array]:
        family, u, kick = now
        here = x + b @ kick
        return exact[family] @ jnp.concatenate([here, u]), here

    return jax.lax.scan(step, begin, (jnp.asarray(line.family), *given))[1]


def _shown(chain: Chain, wanted: tuple[str, ...], seen: dict[str, Array], times: Array, drive: Array) -> Signals:
    """The wanted ports, from the states that matter to them; the others stay at zero."""
    names, quiet = tuple(p.name for p in chain.external), chain.initial()

    def one(t: Array, x: dict[str, Array], u: Array) -> Signals:
        state = {slot: {n: x.get(f"{slot}.{n}", v) for n, v in own.items()} for slot, own in quiet.items()}
        found = chain.readouts(t, state, unstack(names, u))
        return {name: found[name] for name in wanted}

    return jax.vmap(one)(times, seen, drive)


def _begin(chain: Chain, start: ChainState | None, felt: Collection[str], people: int) -> dict[str, Any]:
    """The state that the wanted ports feel, per person."""
    zero = {slot: dict.fromkeys(own, 0.0) for slot, own in chain.initial().items()}
    given = zero if start is None else start
    found = {f"{slot}.{name}": value for slot, own in given.items() for name, value in own.items()}
    for missing in sorted(set(felt) - found.keys()):
        raise SolveError(
            "the start lacks a state that these ports need",
            given=missing,
            then="start from a profile of the same ports, or of all",
        )
    return {
        n: (jnp if isinstance(found[n], jax.core.Tracer) else np).broadcast_to(found[n], (people,))
        for n in sorted(felt)
    }


def _last(begin: dict[str, Any], last: dict[str, Array]) -> ChainState:
    state: ChainState = {}
    for name in begin:
        slot, own = name.split(".", 1)
        state.setdefault(slot, {})[own] = last[name]
    return state


def active_ports(protocol: Protocol) -> frozenset[str]:
    """Ports on which anybody is given anything."""
    return frozenset(s.port for s, amounts in zip(protocol.slots, protocol.amounts.T, strict=True) if amounts.any())


def people_of(chain: Chain, protocol: Protocol) -> int:
    """How many people a chain and a protocol describe together.

    **Raises:** `RequestError` when they disagree.
    """
    counts = {leaf.shape[0] for leaf in jax.tree.leaves(eqx.filter(chain, eqx.is_array)) if leaf.ndim == 1}
    counts |= {len(protocol.amounts)} - {1}
    if len(counts) > 1:
        raise RequestError("parameters and doses are of different numbers of people", given=sorted(counts))
    return counts.pop() if counts else 1


def checked_times(times: Any) -> Floats:
    """Times as a list of hours.

    **Raises:** `RequestError` when they are none.
    """
    when = np.atleast_1d(np.asarray(times, dtype=np.float64))
    if when.ndim != 1 or not len(when) or not np.isfinite(when).all():
        raise RequestError("a profile needs a list of times in hours", where="times", given=times)
    return when


def _apart(values: Floats) -> Floats:
    """Sorted values without those that lie closer than rounding to the one before."""
    kept = [values[0]]
    for value in values[1:]:
        if value - kept[-1] > SAME:
            kept.append(value)
    return np.array(kept)


def _nearest(sorted_values: Floats, values: Floats) -> NDArray[np.int64]:
    after = np.clip(np.searchsorted(sorted_values, values), 1, max(1, len(sorted_values) - 1))
    before = after - 1
    after = np.minimum(after, len(sorted_values) - 1)
    nearer = np.abs(values - sorted_values[before]) <= np.abs(values - sorted_values[after])
    return np.where(nearer, before, after).astype(np.int64)
