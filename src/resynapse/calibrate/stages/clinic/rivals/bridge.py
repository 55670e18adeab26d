r"""From the normal law around a top to the posterior itself: draws are annealed, weighed, and moved.

In $u = L^{-1}(z - m)$, with mean $m$ and covariance $L L^T$ of the normal law, the draws follow
$\log \pi_t = -(1 - t)\,|u|^2 / 2 + t \log p(z)$ from $t = 0$ to 1. Each step of $t$ is as large as leaves half of the
draws effective; they are resampled, and moved by a Hamiltonian path. Four groups never mix: they check each other.

**Source:** `delmoral2006`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from ..near import Top

Floats = NDArray[np.float64]
Slopes = Callable[[Floats], tuple[Floats, Floats]]
"""Heights (points) and slopes (points x unknowns) of a log density at points."""
GROUPS = 4
_PATH, _LEFT, _WANTED = 5, 0.5, 0.75
_MOVES, _LAST, _MOST = 1, 4, 60
_LOW = -1e6


@dataclass(frozen=True)
class Bridged:
    """Draws of the posterior (draws x unknowns, group after group), and how they came there."""

    z: Floats
    temperatures: tuple[float, ...]
    accepted: float

    @property
    def groups(self) -> Floats:
        """The same by group (groups x draws x unknowns)."""
        return self.z.reshape(GROUPS, -1, self.z.shape[1])


@dataclass
class _Walk:
    """Draws on their way: `u` (draws x unknowns) with heights and slopes, temperature and step of paths."""

    of: Slopes
    top: Top
    u: Floats
    chance: np.random.Generator
    step: float = 0.35
    at: float = 0.0
    temperatures: list[float] = field(default_factory=lambda: [0.0])
    accepted: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.high, self.slope = self._seen(self.u)

    def warmer(self) -> None:
        """The next temperature, and the draws resampled to it, every group for itself."""
        gain = np.maximum(self.high, _LOW) + 0.5 * (self.u**2).sum(axis=1)
        new = _next(gain, self.at)
        weight = np.exp((new - self.at) * (gain - gain.max())).reshape(GROUPS, -1)
        size = weight.shape[1]
        rows = np.concatenate([g * size + _resampled(w, self.chance) for g, w in enumerate(weight)])
        self.u, self.high, self.slope, self.at = self.u[rows], self.high[rows], self.slope[rows], new
        self.temperatures.append(round(new, 4))

    def moved(self, times: int) -> None:
        """Every draw along a few paths, whose step is shortened where too many are refused."""
        for _ in range(times):
            taken = self._path(self.chance.standard_normal(self.u.shape), self.step * self.chance.uniform(0.8, 1.2))
            self.accepted.append(float(taken.mean()))
            self.step = float(np.clip(self.step * np.exp(0.5 * (self.accepted[-1] - _WANTED)), 0.02, 0.6))

    def _path(self, push: Floats, step: float) -> NDArray[np.bool_]:
        u, high, slope, p = self.u, self.high, self.slope, push
        for _ in range(_PATH):
            half = p + 0.5 * step * self._pull(u, slope)
            u = u + step * half
            high, slope = self._seen(u)
            p = half + 0.5 * step * self._pull(u, slope)
        better = self._height(u, high) - self._height(self.u, self.high)
        better += 0.5 * (push**2).sum(axis=1) - 0.5 * (p**2).sum(axis=1)
        taken = np.log(self.chance.uniform(size=len(u))) < better
        self.u, self.slope = np.where(taken[:, None], u, self.u), np.where(taken[:, None], slope, self.slope)
        self.high = np.where(taken, high, self.high)
        return taken

    def _height(self, u: Floats, high: Floats) -> Floats:
        return np.asarray(self.at * high - 0.5 * (1.0 - self.at) * (u**2).sum(axis=1))

    def _pull(self, u: Floats, slope: Floats) -> Floats:
        return np.asarray(self.at * slope - (1.0 - self.at) * u)

    def _seen(self, u: Floats) -> tuple[Floats, Floats]:
        high, slope = self.of(self.top.at + u @ self.top.wide.T)
        return high, slope @ self.top.wide


def bridged(of: Slopes, top: Top, count: int, seed: int) -> Bridged:
    """Draws (as many as `count`, a multiple of four) of a density whose top is known."""
    chance = np.random.default_rng(seed)
    walk = _Walk(of, top, chance.standard_normal((count, len(top.at))), chance)
    while walk.at < 1.0 and len(walk.temperatures) < _MOST:
        walk.warmer()
        walk.moved(_MOVES)
    walk.moved(_LAST)
    return Bridged(
        np.asarray(top.at + walk.u @ top.wide.T), tuple(walk.temperatures), float(np.mean(walk.accepted[-_LAST:]))
    )


def _next(gain: Floats, now: float) -> float:
    """The highest temperature that leaves half of the draws effective."""

    def left(then: float) -> float:
        weight = np.exp((then - now) * (gain - gain.max()))
        return float(weight.sum() ** 2 / (weight**2).sum() / len(gain)) - _LEFT

    return 1.0 if left(1.0) >= 0.0 else float(brentq(left, now, 1.0))


def _resampled(weight: Floats, chance: np.random.Generator) -> NDArray[np.int64]:
    """Systematic resampling."""
    places = (np.arange(len(weight)) + chance.uniform()) / len(weight)
    return np.minimum(np.searchsorted(np.cumsum(weight) / weight.sum(), places), len(weight) - 1)
