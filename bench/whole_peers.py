"""The whole chain in other solvers: the same rates in Diffrax and SciPy, and the oracle as the reference of all."""

from __future__ import annotations

from functools import cache, partial
from itertools import pairwise
from typing import Any

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from scipy.integrate import solve_ivp

from resynapse.core.chain import Chain
from resynapse.core.solver import oracle
from resynapse.core.solver.people import person_axes
from resynapse.core.stage import Signals

from .whole import PORTS, Crowd

TOLERANCE = 1e-6
METHODS = {"diffrax_tsit5": diffrax.Tsit5, "diffrax_kvaerno5": diffrax.Kvaerno5}


def reference(crowd: Crowd) -> Signals:
    """Everybody, one by one, by the adaptive oracle at a tolerance of 1e-10."""
    alone = [oracle(*someone(crowd, k), np.append(0.0, crowd.times)) for k in range(crowd.count)]
    return {port: np.stack([np.asarray(found[port])[1:] for found in alone]) for port in PORTS}


def someone(crowd: Crowd, k: int) -> tuple[Any, Any, Any]:
    """Chain, protocol and start of one person."""
    chain = jax.tree.map(lambda v: v[k] if eqx.is_array(v) and v.ndim == 1 else v, crowd.chain)
    return chain, crowd.protocol, jax.tree.map(lambda v: v[k] if np.ndim(v) else v, crowd.start)


def errors(crowd: Crowd, found: Signals, wanted: Signals) -> dict[str, float]:
    """Largest error by port, relative to what is usual for it or was reached."""
    scales = {p: max(crowd.chain.port(p).scale, float(np.abs(wanted[p]).max())) for p in PORTS}
    count = len(wanted[PORTS[0]])
    return {p: float(np.abs(found[p][:count] - wanted[p]).max() / scales[p]) for p in PORTS}


def inside(chain: Chain, names: tuple[str, ...], y: Any) -> Any:
    """The chain's whole state from the states that move; all others are zero."""
    state = {slot: dict.fromkeys(own, 0.0) for slot, own in chain.initial().items()}
    for name, value in zip(names, y, strict=True):
        slot, own = name.split(".", 1)
        state[slot][own] = value
    return state


def moved(chain: Chain, names: tuple[str, ...], t: Any, y: Any, inputs: Any) -> Any:
    """Rates of the states that move."""
    found = chain.rates(t, inside(chain, names, y), inputs)
    return jnp.stack([found[slot][own] for slot, own in (n.split(".", 1) for n in names)])


def seen(chain: Chain, names: tuple[str, ...], t: Any, y: Any, inputs: Any) -> Any:
    """The wanted ports."""
    found = chain.readouts(t, inside(chain, names, y), inputs)
    return {port: found[port] for port in PORTS}


def begins(crowd: Crowd) -> Any:
    """Everybody's start as vectors of the states that move."""
    own = [crowd.start[slot][name] for slot, name in (n.split(".", 1) for n in crowd.moving)]
    return np.stack([np.broadcast_to(v, (crowd.count,)) for v in own], axis=-1)


def edges_and_levels(crowd: Crowd) -> tuple[Any, Any]:
    """When inputs change, and their levels between (interval x port), which are the same for everybody."""
    inner = [b for b in crowd.protocol.breakpoints if 0.0 < b < crowd.end]
    edges = np.unique([0.0, *inner, crowd.end])
    return edges, crowd.protocol.on(edges)[0][0]


def by_diffrax(crowd: Crowd, method: str) -> Signals:
    """Everybody at once in Diffrax, mapped over people, stopping where infusions begin and end."""
    edges, levels = edges_and_levels(crowd)
    run = _diffrax(method, crowd.moving, tuple(p.name for p in crowd.chain.external))
    found = run(crowd.chain, jnp.asarray(begins(crowd)), jnp.asarray(edges), jnp.asarray(levels), crowd.times)
    return {port: np.asarray(v) for port, v in found.items()}


@cache
def _diffrax(method: str, names: tuple[str, ...], ports: tuple[str, ...]) -> Any:
    def one(chain: Chain, y: Any, edges: Any, levels: Any, times: Any) -> Any:
        def inputs(t: Any) -> Any:
            now = levels[jnp.clip(jnp.searchsorted(edges, t, side="right") - 1, 0, len(levels) - 1)]
            return dict(zip(ports, now, strict=True))

        solved = diffrax.diffeqsolve(
            diffrax.ODETerm(lambda t, y, _: moved(chain, names, t, y, inputs(t))),
            METHODS[method](),
            edges[0],
            edges[-1],
            1e-3,
            y,
            saveat=diffrax.SaveAt(ts=times),
            stepsize_controller=diffrax.ClipStepSizeController(
                diffrax.PIDController(rtol=TOLERANCE, atol=TOLERANCE * 1e-2), jump_ts=edges[1:-1]
            ),
            max_steps=200_000,
        )
        return jax.vmap(lambda t, y: seen(chain, names, t, y, inputs(t)))(times, solved.ys)

    @eqx.filter_jit
    def all_of(chain: Chain, *given: Any) -> Any:
        return eqx.filter_vmap(one, in_axes=(person_axes(chain), 0, None, None, None))(chain, *given)

    return all_of


def by_scipy(crowd: Crowd) -> Signals:
    """Everybody, one by one, by SciPy's LSODA with compiled rates, interval by interval."""
    alone = [_lsoda(crowd, k) for k in range(crowd.count)]
    return {port: np.stack([found[port] for found in alone]) for port in PORTS}


def _lsoda(crowd: Crowd, k: int) -> Signals:
    (edges, levels), (slopes, show) = edges_and_levels(crowd), _single(crowd.moving, jax.tree.structure(crowd.chain))
    values = np.array([float(v) for v in jax.tree.leaves(someone(crowd, k)[0])])
    y, found = begins(crowd)[k], []
    for (begin, end), level in zip(pairwise(edges), levels, strict=True):
        wanted = crowd.times[(crowd.times > begin) & (crowd.times <= end)]
        solved = solve_ivp(
            lambda t, y, u=level: np.asarray(slopes(values, t, y, u)),
            (begin, end),
            y,
            "LSODA",
            np.append(wanted[wanted < end], end),
            rtol=TOLERANCE,
            atol=TOLERANCE * 1e-2,
        )
        y = solved.y[:, -1]
        found += [show(values, t, at, level) for t, at in zip(wanted, solved.y.T, strict=False)]
    return {port: np.array([float(at[port]) for at in found]) for port in PORTS}


@cache
def _single(names: tuple[str, ...], structure: Any) -> tuple[Any, Any]:
    """Rates and ports of one person as compiled functions of plain vectors, which are the quickest to call."""

    def plain(rule: Any, values: Any, t: Any, y: Any, level: Any) -> Any:
        chain: Chain = jax.tree.unflatten(structure, list(values))
        return rule(chain, names, t, y, dict(zip((p.name for p in chain.external), level, strict=True)))

    return jax.jit(partial(plain, moved)), jax.jit(partial(plain, seen))
