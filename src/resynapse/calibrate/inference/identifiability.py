"""What data could not say: values, and combinations of values, about which one knows no more than before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LITTLE = 0.8
"""A value whose posterior is wider than this share of its prior was not identified."""


@dataclass(frozen=True)
class Learned:
    """How much narrower and where values are, in units of their priors.

    **Arguments:** by value: `ratio` is the posterior's standard deviation over the prior's, `shift` how many prior
    standard deviations the middle moved.
    """

    names: tuple[str, ...]
    ratio: Floats
    shift: Floats

    @property
    def not_identified(self) -> tuple[str, ...]:
        """Values about which next to nothing was learned, the least learned first."""
        order = np.argsort(-self.ratio)
        return tuple(self.names[k] for k in order if self.ratio[k] > LITTLE)

    @property
    def strained(self) -> tuple[str, ...]:
        """Values that the data pulled more than two prior standard deviations away."""
        return tuple(n for n, s in zip(self.names, self.shift, strict=True) if abs(s) > 2.0)


@dataclass(frozen=True)
class Direction:
    """A combination of scores: its weights by name, largest first, and its posterior over its prior SD."""

    weights: tuple[tuple[str, float], ...]
    ratio: float


def learned(names: tuple[str, ...], z: Floats) -> Learned:
    """What draws of standard normal scores (draws x names) say was learned."""
    return Learned(names, z.std(axis=0, ddof=1), z.mean(axis=0))


def directions(names: tuple[str, ...], z: Floats, most: int = 3) -> tuple[Direction, ...]:
    """The combinations of scores that stayed most open: eigenvectors of the posterior's covariance, widest first."""
    sizes, vectors = np.linalg.eigh(np.atleast_2d(np.cov(z.T)))
    found = []
    for k in np.argsort(-sizes)[:most]:
        order = np.argsort(-np.abs(vectors[:, k]))[:4]
        found.append(Direction(tuple((names[i], float(vectors[i, k])) for i in order), float(np.sqrt(sizes[k]))))
    return tuple(found)
