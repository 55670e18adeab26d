"""Several emulators side by side: every output is emulated over those scores alone that it feels."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from .emulator import Emulator, Error, Function, fitted

Floats = NDArray[np.float64]
Felt = NDArray[np.bool_]
Indices = NDArray[np.int64]
_STEP = 0.5
_MOVED = 1e-9
_BASES = 3


@dataclass(frozen=True)
class Part:
    """Outputs that feel the same scores, and their emulator."""

    scores: Indices
    outputs: Indices
    emulator: Emulator


@dataclass(frozen=True)
class Blocks:
    """A stand-in for a function of many scores whose outputs feel some of them each; used like an `Emulator`."""

    addresses: tuple[str, ...]
    z: Floats
    y: Floats
    parts: tuple[Part, ...]
    function: Function
    enough: float

    def predict(self, z: Array) -> Array:
        """Outputs at normal scores (... x scores -> ... x outputs), in `jax.numpy`."""
        found = [part.emulator.predict(jnp.asarray(z)[..., part.scores]) for part in self.parts]
        order = np.argsort(np.concatenate([part.outputs for part in self.parts]))
        return jnp.concatenate(found, axis=-1)[..., order]

    @property
    def error(self) -> Error:
        """What is missed at points held out, by output."""
        order = np.argsort(np.concatenate([part.outputs for part in self.parts]))
        errors = [part.emulator.error for part in self.parts]
        joined = (np.concatenate([getattr(e, n) for e in errors])[order] for n in ("rms", "largest", "sd"))
        return Error(*joined)

    def refined(self, points: Floats) -> Blocks:
        """The same with more points, where a posterior is."""
        return self.moved(np.vstack([self.z, points]), np.vstack([self.y, self.function(points)]))

    def moved(self, z: Floats, y: Floats) -> Blocks:
        """The same kinds of emulators, fitted to other points instead."""
        return _fitted(self, [(p.scores, p.outputs) for p in self.parts], z, y)


def in_blocks(
    function: Function, addresses: Collection[str], z: Floats, kinds: Sequence[str] = (), enough: float = 0.0
) -> Blocks:
    """Emulators of a function of many scores, from the points `z` (points x scores).

    **Arguments:** `kinds` are words, one an output: unlike outputs are kept apart; `enough` as for `fitted`.

    **Raises:** as `fitted` does.

    **Assumes:** a score that moves an output nowhere among a few steps from a few points never does.
    """
    y, felt = function(z), feels(function, z[:_BASES])
    together: dict[tuple[bytes, str], list[int]] = {}
    for output, row in enumerate(felt):
        together.setdefault((row.tobytes(), kinds[output] if kinds else ""), []).append(output)
    shapes = [(np.flatnonzero(felt[o[0]]), np.array(o)) for o in together.values()]
    return _fitted(Blocks(tuple(addresses), z, y, (), function, enough), shapes, z, y)


def feels(function: Function, bases: Floats) -> Felt:
    """Which output feels which score (outputs x scores), by steps of one score at a time from some points."""
    size = bases.shape[1]
    moved = []
    for base in bases:
        found = function(np.vstack([base, base + _STEP * np.eye(size)]))
        moved.append(_MOVED * (1.0 + np.abs(found[0]))[:, None] < np.abs(found[1:] - found[0]).T)
    return np.asarray(np.any(moved, axis=0))


def _fitted(like: Blocks, shapes: Sequence[tuple[Indices, Indices]], z: Floats, y: Floats) -> Blocks:
    parts = tuple(Part(s, o, _emulator(like, z[:, s], y[:, o], s)) for s, o in shapes)
    return replace(like, z=z, y=y, parts=parts)


def _emulator(like: Blocks, z: Floats, y: Floats, scores: Indices) -> Emulator:
    return fitted([like.addresses[k] for k in scores], z, y, enough=like.enough)
