"""A fast stand-in for the chains behind all questions: emulators of contrasts that hang on the same few values.

Each value is tried alone around several points, to see which contrasts it moves. Contrasts that hang on nearly the
same values share an emulator over those values only: ten of them are told exactly, sixty never.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from ...inference.emulator import Emulator, Shape, shaped
from .asking import Asking

Floats = NDArray[np.float64]
STEP = 1.0
"""How far a value is tried alone, in scores."""

LEFT = 1e-4
"""Share of what moves a contrast that values left out of its emulator may carry."""

_ALIKE, _SPARE = 1.25, 2  # how many more values a group may have than its smallest contrast: a share, and some
_FEW, _SOME = 16, 34
_POINTS = {_FEW: 1280, _SOME: 2048}
_REACH, _NUGGET = 4.0, 1e-4


@dataclass(frozen=True)
class Part:
    """One emulator: the scores that it takes (places), the contrasts that it gives (places)."""

    takes: NDArray[np.int64]
    gives: NDArray[np.int64]
    emulator: Emulator


@dataclass(frozen=True)
class StandIn:
    """All contrasts from scores, without a chain."""

    asking: Asking
    parts: tuple[Part, ...]

    def contrasts(self, z: Array) -> Any:
        """Warped contrasts (contrasts) at one point (scores); may be traced."""
        found = jnp.zeros(len(self.asking.contrasts))
        for part in self.parts:
            found = found.at[part.gives].set(part.emulator.predict(z[part.takes]))
        return found

    def log_likelihood(self, z: Array) -> Array:
        """The log-likelihood of all questions at one point; may be traced."""
        told: Array = jnp.sum(self.asking.logs(self.contrasts(z)))
        return told


def stood_in(asking: Asking, moves: Floats, z: Floats, y: Floats) -> StandIn:
    """Emulators fitted to points that were asked of the chains (`z`: points x scores, `y`: points x contrasts)."""
    parts = tuple(_part(asking, takes, gives, z, y) for takes, gives in grouped(moves))
    return StandIn(asking, parts)


def moved(asking: Asking, points: Floats) -> Floats:
    """How far each score alone moves each contrast, root mean square over points (scores x contrasts)."""
    size = points.shape[1]
    tried = np.repeat(points[:, None, :], size + 1, axis=1)
    tried[:, np.arange(1, size + 1), np.arange(size)] += STEP
    found = asking(tried.reshape(-1, size)).reshape(len(points), size + 1, -1)
    return np.asarray(np.sqrt(np.nanmean((found[:, 1:] - found[:, :1]) ** 2, axis=0)))


def grouped(moves: Floats) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Contrasts with nearly the same values: those values, and those contrasts (places)."""
    needs = [_needed(column) for column in moves.T]
    groups: list[tuple[set[int], list[int], float]] = []
    for contrast in sorted(range(len(needs)), key=lambda k: len(needs[k])):
        own = needs[contrast]
        home = next((k for k, g in enumerate(groups) if len(g[0] | own) <= g[2]), None)
        if home is None:
            groups.append((set(own), [contrast], _ALIKE * len(own) + _SPARE))
        else:
            groups[home] = (groups[home][0] | own, [*groups[home][1], contrast], groups[home][2])
    for takes, gives, _ in groups:
        yield np.array(sorted(takes), dtype=np.int64), np.array(gives, dtype=np.int64)


def _needed(column: Floats) -> set[int]:
    """The scores that carry all but `LEFT` of what moves one contrast."""
    order = np.argsort(-column)
    left = 1.0 - np.cumsum(column[order] ** 2) / max(float((column**2).sum()), 1e-300)
    return {int(i) for i in order[: int((left > LEFT).sum()) + 1]}


def _part(asking: Asking, takes: NDArray[np.int64], gives: NDArray[np.int64], z: Floats, y: Floats) -> Part:
    count = next((n for size, n in _POINTS.items() if len(takes) <= size), len(z))
    names = [asking.addresses[i] for i in takes]
    last = slice(max(0, len(z) - count), None)
    return Part(takes, gives, shaped(names, z[last][:, takes], y[last][:, gives], shape(len(takes))))


def shape(size: int) -> Shape:
    """The emulator of so many scores: a process on what a quadratic leaves, where it is affordable."""
    return Shape(2, None, 0.0) if size > _SOME else Shape(2, _REACH, _NUGGET)
