"""A fast stand-in for the chain: how relief is spread over people on every regimen at every look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray
from scipy.special import expit

from ....core.chain import Chain
from ...inference.emulator import Error, design
from ...inference.prior import Law, values_at
from .latent import Followed, despair
from .process import process

Floats = NDArray[np.float64]
BINS = 16
"""Into so many groups of equal size people are put by their relief; each stands for its mean."""
_LEFT_OUT = 3e-3


@dataclass(frozen=True)
class Asked:
    """What the chain is asked: regimens with people and hours, under values and spreads that have laws.

    **Arguments:** `laws` by address of the chain; `spreads` by address whose differences between people are open;
    scores stand in this order, values first. `worst` is the largest worsening of the score relative to the relief.
    """

    chain: Chain
    followed: tuple[Followed, ...]
    laws: Mapping[str, Law]
    spreads: Mapping[str, Law]
    worst: float

    @property
    def addresses(self) -> tuple[str, ...]:
        """What each score is of."""
        return (*self.laws, *(f"spread.{a}" for a in self.spreads))

    def drawn(self, z: Floats) -> tuple[dict[str, Floats], dict[str, Floats]]:
        """Values and spreads at scores."""
        own = len(self.laws)
        return values_at(self.laws, z[:, :own], self.chain), values_at(self.spreads, z[:, own:])

    def told(self, z: Floats) -> Floats:
        """Sorted reliefs in bins, flat (points x outputs): regimen after regimen, bins, then looks.

        How much less of the movable score there is than at rest; people with a higher score before treatment count
        for more, so that relief is in shares of the mean score. Where nothing is drawn all points are the same.
        """
        found = despair(self.chain, self.followed, *self.drawn(z))
        saved = [binned(one, relief(1.0 - found[one.name], self.worst)) for one in self.followed]
        flat = np.concatenate([r.reshape(len(r), -1) for r in saved], axis=1)
        return flat if self.addresses else np.repeat(flat, len(z), axis=0)


def relief(fall: Floats, worst: float) -> Floats:
    """The saturation of the score, as its stage has it: slope 1 at 0, upper limit 1, lower limit `-worst`."""
    width = worst / (1.0 + worst)
    return np.asarray((1.0 + worst) * expit(fall / width + np.log(worst)) - worst)


def binned(one: Followed, saved: Floats) -> Floats:
    """Sorted reliefs in bins (points x bins x looks without the first), from those of all people at all hours."""
    start = one.who.people.covariates["madrs_baseline"]
    weighed = (saved[..., 1:] - saved[..., :1]) * (start / start.mean())[:, None]
    points, people, looks = weighed.shape
    return np.sort(weighed, axis=1).reshape(points, BINS, people // BINS, looks).mean(axis=2)


@dataclass(frozen=True)
class Places:
    """Where each regimen stands among flat reliefs, and its shape (bins x looks)."""

    of: Mapping[str, tuple[int, int, tuple[int, int]]]

    @property
    def end(self) -> int:
        """Where the 0 stands that controls read."""
        return max(end for _, end, _ in self.of.values())

    def index(self, regimen: str, look: int) -> NDArray[np.int64]:
        """Where the bins of a regimen stand at a look; without a regimen, where there is no relief."""
        if not regimen:
            return np.full(BINS, self.end)
        begin, _, (_, looks) = self.of[regimen]
        return begin + np.arange(BINS) * looks + look

    def means(self, flat: Floats) -> Floats:
        """Means over people (points x regimens and looks)."""
        parts = [flat[:, b:e].reshape(len(flat), *shape).mean(axis=1) for b, e, shape in self.of.values()]
        return np.concatenate(parts, axis=1)


def placed(followed: tuple[Followed, ...]) -> Places:
    """Where the reliefs of regimens stand, one after the other."""
    shapes = [(BINS, len(one.hours) - 1) for one in followed]
    ends = np.cumsum([a * b for a, b in shapes])
    names = [one.name for one in followed]
    return Places({n: (int(e - a * b), int(e), (a, b)) for n, e, (a, b) in zip(names, ends, shapes, strict=True)})


@dataclass(frozen=True)
class Surrogate:
    """Emulated reliefs: `z` and `y` are the points it was made of; components carry them.

    **Arguments:** `center` and `loadings` (components x outputs) rebuild outputs from emulated components.
    """

    asked: Asked
    z: Floats
    y: Floats
    center: Floats
    loadings: Floats
    emulator: Callable[[Array], Array]

    def __call__(self, z: Array) -> Array:
        """All reliefs, flat, and a 0 behind them, in `jax.numpy`; `index` finds one."""
        flat = self.center + self.emulator(z) @ self.loadings
        return jnp.append(flat, 0.0)

    def index(self, regimen: str, look: int) -> NDArray[np.int64]:
        """Where the bins of a regimen stand at a look; without a regimen, where there is no relief."""
        return self.places.index(regimen, look)

    @cached_property
    def places(self) -> Places:
        """Where each regimen stands among the outputs."""
        return placed(self.asked.followed)

    def means(self, flat: Floats) -> Floats:
        """Means over people (points x regimens and looks)."""
        return self.places.means(flat)

    def missed(self, z: Floats, truth: Floats | None = None) -> Error:
        """What group means of relief miss at other points."""
        wanted = self.means(self.asked.told(z) if truth is None else truth)
        flat = self.center + np.asarray(self.emulator(jnp.asarray(z))) @ self.loadings
        away = self.means(flat) - wanted
        return Error(np.sqrt((away**2).mean(axis=0)), np.abs(away).max(axis=0), wanted.std(axis=0))

    def with_points(self, z: Floats, y: Floats) -> Surrogate:
        """The same with more points, which are known."""
        return made(self.asked, np.vstack([self.z, z]), np.vstack([self.y, y]))


def emulated(asked: Asked, points: int, seed: int) -> Surrogate:
    """A surrogate made of so many points that fill the prior."""
    z = design(len(asked.addresses), points, seed)
    return made(asked, z, asked.told(z))


def still(asked: Asked) -> Surrogate:
    """The surrogate of a chain that no drawn value moves: what it says once, it always says."""
    y = asked.told(np.zeros((1, len(asked.addresses))))
    nothing = np.zeros((0, y.shape[1]))
    return Surrogate(asked, np.zeros((1, 0)), y, y[0], nothing, lambda z: jnp.zeros((*z.shape[:-1], 0)))


def made(asked: Asked, z: Floats, y: Floats) -> Surrogate:
    """A surrogate of points that are known."""
    center = y.mean(axis=0)
    left, sizes, right = np.linalg.svd(y - center, full_matrices=False)
    rest = 1.0 - np.cumsum(sizes**2) / np.sum(sizes**2)
    kept = int((rest > _LEFT_OUT).sum()) + 1
    return Surrogate(asked, z, y, center, right[:kept], process(z, left[:, :kept] * sizes[:kept]))
