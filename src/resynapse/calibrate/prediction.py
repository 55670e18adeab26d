"""One person's concentrations as a function of parameter values: exact, differentiable, compiled once for many."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from ..core.chain import Chain
from ..core.errors import RequestError
from ..core.solver import Protocol, protocol
from ..core.solver.needed import kept_blocks, links, wanted_ports
from ..core.solver.profile import Timeline as Edges
from ..core.solver.profile import course, inputs, timeline
from ..core.turn import Change, Reset, SteadyState, Turn
from ..core.wiring import Block
from ..dose import Person
from ..timeline import own_values
from ..timeline import timeline as life_of
from .case import Values

Floats = NDArray[np.float64]
_ROUND = 16  # edges and distinct step lengths are filled up to multiples of this


class Leg(eqx.Module):
    """A stretch of a person's course without turns.

    **Arguments:** `edges` when something changes or is looked at; `drive` and `jump` what is given after and at every
    edge (edges x ports); `own` the covariates that hold, by address; `anew` whether it begins with an empty body;
    `looked` which wanted times it holds.
    """

    edges: Edges
    drive: Array
    jump: Array
    own: dict[str, Array]
    anew: bool = eqx.field(static=True)
    looked: bool = eqx.field(static=True)


class LinearPrediction(eqx.Module):
    """A linear theory's answer for one person's doses and covariates, at times fixed beforehand.

    **Assumes:** amounts, lags and durations of doses do not differ between people beyond what the table says.
    """

    chain: Chain
    legs: tuple[Leg, ...]
    parts: tuple[Block, ...] = eqx.field(static=True)
    states: tuple[str, ...] = eqx.field(static=True)
    ports: tuple[str, ...] = eqx.field(static=True)

    def __call__(self, values: Values) -> Array:
        """The ports at the times, for parameter values by address."""
        typical = self.chain.with_values(values)
        empty = {name: jnp.zeros(()) for name in self.states}
        now, rows = empty, []
        for leg in self.legs:
            begin = empty if leg.anew else now
            own = typical.with_values(leg.own)
            seen, now = course(self.parts, self.ports, own, (begin, leg.edges, (leg.drive, leg.jump)))
            rows += [jnp.stack([seen[p] for p in self.ports], axis=-1)] if leg.looked else []
        return jnp.concatenate(rows)


def prediction(chain: Chain, person: Person, times: Floats, ports: tuple[str, ...]) -> LinearPrediction:
    """The theory's answer for one person at `times` (h), which come in order.

    **Raises:** `RequestError` when the theory does not take a dose, or the person has a steady state (SS).
    """
    life = life_of(chain, person)
    given = protocol(chain.external, [life.happenings])
    active = frozenset(slot.port for slot in given.slots)
    wanted = wanted_ports(chain, ports)
    felt = links(chain).felt(wanted)
    parts = kept_blocks(chain, felt & links(chain).driven(active, ()), active)
    return LinearPrediction(chain, _legs(chain, person, life.turns, (given, times)), parts, tuple(sorted(felt)), wanted)


def _legs(chain: Chain, person: Person, turns: Sequence[Turn], seen: tuple[Protocol, Floats]) -> tuple[Leg, ...]:
    given, times = seen
    first = min([float(times[0]), *given.breakpoints])
    turning = sorted({t.time for t in turns if first < t.time <= times[-1]})
    own, legs = own_values(chain, person), []
    for begin, end in itertools.pairwise([first, *turning, np.inf]):
        here = [t for t in turns if t.time == begin or (begin == first and t.time < first)]
        _refuse_steady(person, here)
        for change in (t for t in here if isinstance(t, Change)):
            own = own | dict(change.values)
        anew = begin == first or any(isinstance(t, Reset) for t in here)
        legs.append(_leg(given, times[(times >= begin) & (times < end)], (begin, end), (own, anew)))
    return tuple(legs)


def _refuse_steady(person: Person, turns: Sequence[Turn]) -> None:
    if any(isinstance(t, SteadyState) for t in turns):
        raise RequestError(
            "a person in steady state (SS) is not fitted yet",
            where=f"person {person.id}",
            then="write the earlier doses out with ADDL and II",
        )


def _leg(given: Protocol, times: Floats, span: tuple[float, float], how: tuple[dict[str, float], bool]) -> Leg:
    begin, end = span
    looked = times if np.isinf(end) else np.append(times, end)
    line = timeline(given, looked, begin)
    (drive,), (jump,) = inputs(given, line, 1)
    if not np.isinf(end):
        jump = np.where(np.arange(len(line.at))[:, None] == len(line.at) - 1, 0.0, jump)
        line = line._replace(node=line.node[:-1])
    edges, filled = _filled(line, (drive, jump))
    own = {address: jnp.asarray(value) for address, value in how[0].items()}
    return Leg(edges, *filled, own, how[1], bool(len(times)))


def _filled(line: Edges, given: tuple[Floats, Floats]) -> tuple[Edges, tuple[Array, Array]]:
    """The same edges filled up with empty steps, so that people with other designs share compiled code."""
    spare = -len(line.at) % _ROUND
    made: Any = (
        np.pad(line.at, (0, spare), mode="edge"),
        np.pad(line.family, (0, spare)),
        np.pad(line.lengths, (0, -len(line.lengths) % _ROUND)),
        line.node,
    )
    drive, jump = (jnp.asarray(np.pad(v, ((0, spare), (0, 0)))) for v in given)
    return Edges(*(jnp.asarray(v) for v in made)), (drive, jump)
