"""What a weighted population shall match: published means, spreads, quantiles and shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.errors import RequestError, nearest

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Feature:
    """One number a person whose weighted mean shall have a value: what every kind of target comes down to."""

    name: str
    values: Floats
    wanted: float


@dataclass(frozen=True)
class Mean:
    """The mean of a covariate, or of a simulated output."""

    quantity: str
    value: float

    def features(self, known: Mapping[str, Floats]) -> tuple[Feature, ...]:
        """The quantity itself."""
        return (Feature(f"mean of {self.quantity}", looked_up(self.quantity, known), self.value),)


@dataclass(frozen=True)
class Moments:
    r"""Mean and standard deviation: $E\,x = m$ and $E\,(x - m)^2 = s^2$."""

    quantity: str
    mean: float
    sd: float

    def features(self, known: Mapping[str, Floats]) -> tuple[Feature, ...]:
        """The quantity, and its squared distance from the wanted mean."""
        x = looked_up(self.quantity, known)
        squared = Feature(f"variance of {self.quantity}", (x - self.mean) ** 2, self.sd**2)
        return (*Mean(self.quantity, self.mean).features(known), squared)


@dataclass(frozen=True)
class Quantile:
    """A quantile: this share of people has at most this value."""

    quantity: str
    share: float
    value: float

    def features(self, known: Mapping[str, Floats]) -> tuple[Feature, ...]:
        """Whether a person lies at or below the value."""
        below = looked_up(self.quantity, known) <= self.value
        return (Feature(f"share of {self.quantity} up to {self.value:g}", below.astype(np.float64), self.share),)


@dataclass(frozen=True)
class Share:
    """The share of people with one level of a covariate, or of those for whom a simulated output is true (1).

    **Arguments:** `word` is what the level is called, where it has a name.
    """

    quantity: str
    level: float
    share: float
    word: str | None = None

    def features(self, known: Mapping[str, Floats]) -> tuple[Feature, ...]:
        """Whether a person has the level."""
        has = looked_up(self.quantity, known) == self.level
        return (
            Feature(f"share of {self.quantity} {self.word or f'= {self.level:g}'}", has.astype(np.float64), self.share),
        )


Target = Mean | Moments | Quantile | Share


def looked_up(quantity: str, known: Mapping[str, Floats]) -> Floats:
    """The values of a quantity, one a person.

    **Raises:** `RequestError` with the nearest name when nobody has it, or when a value is not a finite number.
    """
    if quantity not in known:
        raise RequestError(
            "these people have no such quantity", given=quantity, allowed=known, nearest=nearest(quantity, known)
        )
    values = np.asarray(known[quantity], dtype=np.float64)
    if not np.isfinite(values).all():
        raise RequestError("a quantity to be matched must be a finite number for everybody", where=quantity)
    return values
