"""One person's concentrations as a function of parameter values: exact, differentiable, compiled once for many."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from ...body.modifier import prepared
from ...core.chain import Chain
from ...core.solver import Protocol, protocol
from ...core.solver.linear import coefficients, propagator, stack, unstack
from ...core.solver.needed import kept_blocks, links, wanted_ports
from ...core.solver.profile import Timeline as Edges
from ...core.solver.profile import course, inputs, timeline
from ...core.turn import Reset, SteadyState, Turn
from ...core.wiring import Block
from ...dose import Person
from ...timeline import preparations
from ...timeline import timeline as life_of
from .case import Values
from .held import Held, held

Floats = NDArray[np.float64]
_ROUND = 16  # edges and distinct step lengths are filled up to multiples of this
_DOUBLINGS = 24  # of the number of repeated cycles: sixteen million of them are a steady state
_HOUR = 1.0  # the period into which a constant input is cut
States = dict[str, Array]


class Stretch(eqx.Module):
    """Inputs over a stretch of time: `drive` after and `jump` at every edge (edges x ports)."""

    edges: Edges
    drive: Array
    jump: Array


class Cycle(eqx.Module):
    """What is repeated without end every `period` hours, by a person for whom `held` holds."""

    one: Stretch
    period: Array
    held: Held


class Leg(eqx.Module):
    """A stretch of a person's course without turns.

    **Arguments:** `given` is what happens; `held` what holds meanwhile; `cycles` are steady states that it begins
    with; `anew` says whether it begins with an empty body, `looked` whether it holds any wanted time.
    """

    given: Stretch
    held: Held
    cycles: tuple[Cycle, ...]
    anew: bool = eqx.field(static=True)
    looked: bool = eqx.field(static=True)


class LinearPrediction(eqx.Module):
    """A linear theory's answer for one person's doses and covariates, at times fixed beforehand.

    **Arguments:** `chain` is the theory with what the person's doses were made up as.

    **Assumes:** amounts, lags and durations of doses do not differ between people beyond what the table says.
    """

    chain: Chain
    legs: tuple[Leg, ...]
    parts: tuple[Block, ...] = eqx.field(static=True)
    states: tuple[str, ...] = eqx.field(static=True)
    ports: tuple[str, ...] = eqx.field(static=True)

    def __call__(self, values: Values) -> Array:
        """The ports at the times, for parameter values by address."""
        person = self.chain.with_values(values)
        now, rows = self._empty, []
        for leg in self.legs:
            begin = self._opened(person, leg, now)
            seen, now = self._course(leg.held.on(person), begin, leg.given)
            rows += [jnp.stack([seen[p] for p in self.ports], axis=-1)] if leg.looked else []
        return jnp.concatenate(rows)

    @property
    def _empty(self) -> States:
        return {name: jnp.zeros(()) for name in self.states}

    def _course(self, own: Chain, begin: States, given: Stretch) -> tuple[dict[str, Array], States]:
        return course(self.parts, self.ports, own, (begin, given.edges, (given.drive, given.jump)))

    def _opened(self, person: Chain, leg: Leg, now: States) -> States:
        begin = self._empty if leg.anew else now
        for cycle in leg.cycles:
            begin = jax.tree.map(jnp.add, begin, self._steady(cycle.held.on(person), cycle))
        return begin

    def _steady(self, own: Chain, cycle: Cycle) -> States:
        r"""The state before the next cycle, $\sum_k P^k q$, with P the passage over a period and q what one leaves."""
        _, left = self._course(own, self._empty, cycle.one)
        found = dict(left)
        for part in self.parts:
            names, count = tuple(f"{part.slot}.{s}" for s in part.states), len(part.states)
            passage = propagator(*coefficients(own.stages[part.slot], part), cycle.period)[:count, :count]
            found |= unstack(names, _summed(passage, stack(names, left)))
        return found


def _summed(passage: Array, left: Array) -> Array:
    def double(known: tuple[Array, Array], _: None) -> tuple[tuple[Array, Array], None]:
        power, total = known
        return (power @ power, total + power @ total), None

    (_, total), _ = jax.lax.scan(double, (passage, left), None, length=_DOUBLINGS)
    return total


def prediction(chain: Chain, person: Person, times: Floats, ports: tuple[str, ...]) -> LinearPrediction:
    """The theory's answer for one person at `times` (h), which come in order.

    **Raises:** `RequestError` and `EventError`, naming the line, when the theory does not take a dose.
    """
    made = chain.with_values(prepared(chain, preparations(person)))
    life = life_of(made, person)
    given = protocol(made.external, [life.happenings])
    repeated = [h for t in life.turns if isinstance(t, SteadyState) for h in t.cycle]
    active = frozenset(h.port for h in (*given.slots, *repeated))
    wanted = wanted_ports(made, ports)
    felt = links(made).felt(wanted)
    parts = kept_blocks(made, felt & links(made).driven(active, ()), active)
    legs = _legs(made, person, life.turns, (given, times))
    return LinearPrediction(made, legs, parts, tuple(sorted(felt)), wanted)


def _legs(chain: Chain, person: Person, turns: Sequence[Turn], seen: tuple[Protocol, Floats]) -> tuple[Leg, ...]:
    given, times = seen
    first = min([float(times[0]), *given.breakpoints, *(t.time for t in turns)])
    turning = sorted({t.time for t in turns if first < t.time <= times[-1]})
    now, *later = held(chain, person, turns)
    legs = []
    for begin, end in itertools.pairwise([first, *turning, np.inf]):
        here = [(turn, then) for turn, then in zip(turns, later, strict=True) if turn.time == begin]
        now = here[-1][1] if here else now
        inside = times[(times >= begin) & (times < end)]
        anew, cycles = _opening(chain, here)
        legs.append(Leg(_stretch(given, inside, begin, end), now, cycles, anew or begin == first, bool(inside.size)))
    return tuple(legs)


def _opening(chain: Chain, turns: Sequence[tuple[Turn, Held]]) -> tuple[bool, tuple[Cycle, ...]]:
    """Whether a leg begins with an empty body, and the steady states on top, each with what holds at its turn."""
    anew, cycles = False, tuple[Cycle, ...]()
    for turn, then in turns:
        if isinstance(turn, Reset) or (isinstance(turn, SteadyState) and not turn.adds):
            anew, cycles = True, ()
        if isinstance(turn, SteadyState):
            cycles = (*cycles, _cycle(chain, turn, then))
    return anew, cycles


def _cycle(chain: Chain, turn: SteadyState, then: Held) -> Cycle:
    period = turn.period or _HOUR
    once = protocol(chain.external, [turn.cycle])
    return Cycle(_stretch(once, np.zeros(0), 0.0, period), jnp.asarray(period), then)


def _stretch(given: Protocol, times: Floats, begin: float, end: float) -> Stretch:
    """What happens from `begin` up to, and not at, `end` (h)."""
    looked = times if np.isinf(end) else np.append(times, end)
    line = timeline(given, looked, begin)
    (drive,), (jump,) = inputs(given, line, 1)
    if not np.isinf(end):
        jump = np.where(np.arange(len(line.at))[:, None] == len(line.at) - 1, 0.0, jump)
        line = line._replace(node=line.node[:-1])
    return _filled(line, drive, jump)


def _filled(line: Edges, drive: Floats, jump: Floats) -> Stretch:
    """The same edges filled up with empty steps, so that people with other designs share compiled code."""
    spare = -len(line.at) % _ROUND
    made: Any = (
        np.pad(line.at, (0, spare), mode="edge"),
        np.pad(line.family, (0, spare)),
        np.pad(line.lengths, (0, -len(line.lengths) % _ROUND)),
        line.node,
    )
    inside = (jnp.asarray(np.pad(v, ((0, spare), (0, 0)))) for v in (drive, jump))
    return Stretch(Edges(*(jnp.asarray(v) for v in made)), *inside)
