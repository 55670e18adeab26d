"""Profiles of thousands of people at once: every linear system taken apart into its own exponentials."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from ..chain import Chain
from ..event import Happening, Impulse, Infusion
from ..wiring import Block
from .compiled import compiled
from .linear import coefficients, unstack
from .needed import kept_blocks, links, wanted_ports
from .people import person_axes
from .profile import active_ports, checked_times, people_of, profile
from .protocol import Protocol
from .refusal import refuse_nonfinite

Floats = NDArray[np.float64]
Signals = dict[str, Floats]
_GAP = 1e-7  # two rates closer than this share of their size count as equal
_CONDITION = 1e6  # digits lost when a system is taken apart: above this the exact propagators answer
_PEOPLE = 512  # people whose numbers fit into the cache together
_WORKERS = 2


@dataclass(frozen=True, eq=False)
class View:
    r"""The part of a linear block that some ports feel, for many people.

    **Arguments:** `block` names its states and inputs; `a`, `b` and `c` of $\dot x = A x + B u$, $y = C x$ have a
    leading person axis; `columns` says which of the wanted ports $y$ are. Ports that feel different states are kept
    apart, since two of them may follow with the same rate, which nothing takes apart.
    """

    block: Block
    a: Floats
    b: Floats
    c: Floats
    columns: list[int]


def profile_people(chain: Chain, protocol: Protocol, times: Any, ports: Collection[str] | None = None) -> Signals:
    r"""Ports of a linear chain for thousands of people at `times` (h), person x time, beginning with an empty body.

    $x(t) = \sum_k v_k (w_k B) g_k(t)$ over the eigenvalues $\lambda_k$ of each person, with $g = e^{\lambda s}$ for an
    impulse and $(e^{\lambda s} - 1) / \lambda$ while an input runs. Where rates are so nearly equal that this loses
    digits, and where a port is no linear function of the states, `profile` answers instead.

    **Arguments:** as for `profile`. Numbers only: use `profile` for gradients.

    **Raises:** as `profile` does.
    """
    when, wanted, people = checked_times(times), wanted_ports(chain, ports), people_of(chain, protocol)
    doses = replace(protocol, amounts=np.broadcast_to(protocol.amounts, (people, len(protocol.slots))))
    active = active_ports(protocol)
    parts = kept_blocks(chain, links(chain).felt(wanted) & links(chain).driven(active, ()), active)
    a, b, c, offset, shown = _everybody(_matrices(parts, wanted, chain), chain, people)
    if not np.allclose(offset + sum(m.sum(axis=-1) for m in c), shown, rtol=1e-9, atol=1e-9):
        return _exact(chain, doses, when, wanted)
    views = [v for part, *own in zip(parts, a, b, c, strict=True) for v in _views(part, own, chain, wanted)]
    values, sound = _in_pieces(partial(_values, views, offset, protocol.slots, when), doses.amounts)
    found = {port: values[..., i] for i, port in enumerate(wanted)}
    _repair(found, np.nonzero(~sound)[0], chain, doses, when)
    refuse_nonfinite(found, when)  # type: ignore[arg-type]
    return found


def _everybody(found: Any, chain: Chain, people: int) -> Any:
    """Matrices with a person axis, whether or not anything differs between people."""
    several = 0 in jax.tree.leaves(person_axes(chain))
    return jax.tree.map(
        lambda v: np.asarray(v) if several else np.broadcast_to(np.asarray(v), (people, *v.shape)), found
    )


def _views(part: Block, own: Sequence[Floats], chain: Chain, wanted: tuple[str, ...]) -> Iterator[View]:
    a, b, c = own
    alike: dict[tuple[int, ...], list[int]] = {}
    for column, port in enumerate(wanted):
        felt = links(chain).felt((port,))
        rows = tuple(i for i, s in enumerate(part.states) if f"{part.slot}.{s}" in felt)
        alike.setdefault(rows, []).append(column)
    for rows, columns in alike.items():
        if rows:
            block = Block(part.slot, tuple(part.states[i] for i in rows), part.ports)
            inner = a[:, rows][:, :, rows]
            yield View(block, inner, b[:, rows], c[:, columns][:, :, rows], columns)


@compiled
def _matrices(parts: tuple[Block, ...], wanted: tuple[str, ...], chain: Chain) -> Any:
    def one(own: Chain) -> Any:
        pairs = [coefficients(own.stages[p.slot], p) for p in parts]
        shows = partial(_shown, parts, wanted, own)
        nothing = tuple(jnp.zeros(len(p.states)) for p in parts)
        full = tuple(jnp.ones(len(p.states)) for p in parts)
        c = jax.jacfwd(shows)(nothing, 0.0)
        return tuple(a for a, _ in pairs), tuple(b for _, b in pairs), c, shows(nothing, 0.0), shows(full, 1.0)

    axes = person_axes(chain)
    return eqx.filter_vmap(one, in_axes=(axes,))(chain) if 0 in jax.tree.leaves(axes) else one(chain)


def _shown(
    parts: tuple[Block, ...], wanted: tuple[str, ...], chain: Chain, held: tuple[Array, ...], given: float
) -> Array:
    state = chain.initial()
    for part, values in zip(parts, held, strict=True):
        state[part.slot] = state[part.slot] | unstack(part.states, values)
    found = chain.readouts(jnp.zeros(()), state, {p.name: jnp.full(p.shape, given) for p in chain.external})
    return jnp.stack([found[name] for name in wanted])


def _in_pieces(values: Any, amounts: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Values of everybody, computed by a few threads for some people at a time."""
    pieces = [slice(i, i + _PEOPLE) for i in range(0, len(amounts), _PEOPLE)]
    with ThreadPoolExecutor(_WORKERS) as pool:
        found = list(pool.map(lambda rows: values(rows, amounts[rows]), pieces))
    return np.concatenate([v for v, _ in found]), np.concatenate([s for _, s in found])


def _values(
    views: list[View], offset: Floats, slots: tuple[Happening, ...], times: Floats, rows: slice, amounts: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """Ports of some people, person x time x port, and whose numbers can be trusted."""
    total = np.repeat(offset[rows][:, None], len(times), axis=1)
    sound = np.ones(len(amounts), dtype=bool)
    for view in views:
        rate, modes, inverse, good = _taken_apart(view.a[rows])
        shows = (view.c[rows] @ modes).transpose(0, 2, 1)
        for kind, entering in _together(view.block, slots, amounts, view.b[rows]).items():
            weight = shows * (inverse @ entering[..., None])
            total[..., view.columns] += np.real(_response(kind, rate, times) @ weight)
        sound &= good
    return total, sound


def _taken_apart(a: Floats) -> tuple[Any, Any, Any, NDArray[np.bool_]]:
    """Eigenvalues, eigenvectors and their inverse, and who keeps their digits in this form."""
    rate, modes = np.linalg.eig(a)
    apart = np.abs(rate[:, :, None] - rate[:, None, :]) + np.diag(np.full(a.shape[-1], np.inf))
    good = (apart > _GAP * np.abs(rate)[:, :, None]).all(axis=(1, 2))
    modes[~good] = np.eye(a.shape[-1])
    inverse = np.linalg.inv(modes)
    return rate, modes, inverse, good & (_size(modes) * _size(inverse) < _CONDITION)


def _size(matrices: Any) -> Floats:
    return np.asarray(np.abs(matrices).sum(axis=1).max(axis=1))


def _together(part: Block, slots: tuple[Happening, ...], amounts: Floats, b: Floats) -> dict[Happening, Floats]:
    """What enters the states of one block, summed over all that is given at the same time in the same way."""
    found: dict[Happening, Floats] = {}
    for i, slot in enumerate(slots):
        if slot.port in part.ports:
            kind = replace(slot, port="")
            found[kind] = found.get(kind, 0.0) + amounts[:, i, None] * b[:, :, part.ports.index(slot.port)]
    return found


def _response(kind: Happening, rate: Any, times: Floats) -> Any:
    """What each exponential makes of a unit given at once or over some hours: person x time x state."""
    since, speed = times - kind.start, np.where(rate == 0.0, -1e-300, rate)[:, None, :]
    answer = np.zeros((len(rate), len(times), rate.shape[1]), dtype=speed.dtype)
    if isinstance(kind, Impulse):
        at = since >= 0.0
        answer[:, at] = np.exp(since[at][:, None] * speed)
        return answer
    over = kind.duration if isinstance(kind, Infusion) else kind.stop - kind.start
    height = 1.0 / over if isinstance(kind, Infusion) else 1.0
    running, after = (since > 0.0) & (since <= over), since > over
    answer[:, running] = np.expm1(since[running][:, None] * speed) * (height / speed)
    if after.any():
        answer[:, after] = np.exp((since[after] - over)[:, None] * speed) * (np.expm1(over * speed) * height / speed)
    return answer


def _repair(found: Signals, rows: NDArray[np.int64], chain: Chain, protocol: Protocol, times: Floats) -> None:
    """Put exact values in the place of those that could not be trusted."""
    if not len(rows):
        return
    padded = np.pad(rows, (0, max(8, 2 ** int(np.ceil(np.log2(len(rows))))) - len(rows)), mode="edge")
    some = jax.tree.map(lambda v: v[padded] if eqx.is_array(v) and v.ndim == 1 else v, chain)
    exact = _exact(some, replace(protocol, amounts=protocol.amounts[padded]), times, tuple(found))
    for port, values in exact.items():
        found[port][rows] = values[: len(rows)]


def _exact(chain: Chain, protocol: Protocol, times: Floats, ports: tuple[str, ...]) -> Signals:
    begin = min([0.0, float(times.min()), *protocol.breakpoints])
    signals = profile(chain, protocol, chain.initial(), np.append(times, begin), ports).signals
    return {name: np.array(value[:, :-1]) for name, value in signals.items()}
