"""The oracle: an adaptive solver at tight tolerance, and the certificate that a grid is fine enough."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array

from ..chain import Chain, ChainState
from ..errors import SolveError
from ..stage import Signals
from .cascade import Solution, solve
from .certificate import BUDGET, scaled_errors, within
from .grid import GridPlan
from .journey import Journey
from .protocol import Protocol


def oracle(chain: Chain, protocol: Protocol, start: ChainState, times: np.ndarray, tolerance: float = 1e-10) -> Signals:
    """All ports of the first person at `times` (h), by the eighth-order method of Dormand and Prince.

    Nothing is shared with the cascade but the chain itself: linear blocks are integrated like all others.
    """
    edges = np.unique([times[0], *[b for b in protocol.breakpoints if times[0] < b < times[-1]], times[-1]])
    drive, jump = (jnp.asarray(v[0]) for v in protocol.on(edges))
    names = tuple(p.name for p in chain.external)
    state, found = jax.tree.map(lambda v: jnp.ravel(v)[0], start), []
    segment = eqx.filter_jit(partial(_segment, tolerance, names))
    wanted = [times[(times >= a) & (times < b)] for a, b in pairwise(edges)]
    wanted[-1] = np.append(wanted[-1], times[-1])
    size = max(len(w) for w in wanted)
    for i, inside in enumerate(wanted):
        padded = jnp.asarray(np.pad(inside, (0, size - len(inside)), constant_values=edges[i + 1]))
        state, signals = segment(chain, state, (edges[i], edges[i + 1]), drive[i], jump[i], padded)
        found.append({k: v[: len(inside)] for k, v in signals.items()})
    return {k: jnp.concatenate([f[k] for f in found]) for k in found[0]}


def halving_errors(solution: Solution | Journey, times: np.ndarray) -> dict[str, float]:
    """Scaled error of every port at `times` (h) when the grid is halved, on the people of `solution`."""
    finer = solution.again(solution.plan.halved)
    return scaled_errors(solution.at(times), finer.at(times), solution.chain.wiring.ports)


def certify(solution: Solution | Journey, times: np.ndarray, budget: float = BUDGET) -> dict[str, float]:
    """The errors of halving the grid, if none is above `budget`.

    **Raises:** `SolveError` naming the worst port otherwise.
    """
    return within(budget, halving_errors(solution, times))


def coarsest_plan(
    chain: Chain,
    protocol: Protocol,
    start: ChainState,
    span: tuple[float, float],
    plans: Sequence[GridPlan] = (GridPlan.coarse(), GridPlan(), GridPlan().halved),
) -> GridPlan:
    """The first of `plans`, coarsest first, that is certified for everybody given: a sample of those to be solved.

    **Raises:** `SolveError` of the last plan when none is fine enough.
    """
    for plan in plans:
        solution = solve(chain, protocol, start, span, plan)
        try:
            certify(solution, solution.check_times)
        except SolveError:
            if plan == plans[-1]:
                raise
        else:
            return plan
    raise SolveError("no grid plan was given to choose from")


def _segment(
    tolerance: float,
    names: tuple[str, ...],
    chain: Chain,
    state: ChainState,
    span: tuple[Any, Any],
    u: Array,
    kick: Array,
    times: Array,
) -> tuple[ChainState, Signals]:
    import diffrax  # a second of import that only the oracle needs

    begin, unravel = ravel_pytree(state)

    @jax.jit
    def rates(t: Array, y: Array, external: Array) -> Array:
        return ravel_pytree(chain.rates(t, unravel(y), dict(zip(names, external, strict=True))))[0]

    jumped = jax.jvp(lambda v: rates(span[0], begin, v), (u,), (kick,))[1]
    solved = diffrax.diffeqsolve(
        diffrax.ODETerm(rates),
        diffrax.Dopri8(),
        span[0],
        span[1],
        (span[1] - span[0]) * 1e-4,
        begin + jumped,
        args=u,
        saveat=diffrax.SaveAt(ts=times, t1=True),
        stepsize_controller=diffrax.PIDController(rtol=tolerance, atol=tolerance * 1e-2),
        max_steps=200_000,
    )
    external = dict(zip(names, u, strict=True))
    found: Any = solved.ys
    signals = jax.vmap(lambda t, y: chain.readouts(t, unravel(y), external))(times, found[:-1])
    return unravel(found[-1]), signals
