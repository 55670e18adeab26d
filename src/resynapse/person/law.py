"""Laws: how one covariate is distributed, as a map from a standard normal number to a value."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator
from scipy.special import ndtr

from .truncation import Normal, lognormal_of, normal_of

Floats = NDArray[np.float64]
_CLOSED = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=True)
_NOWHERE = 1e-9


class NormalLaw(BaseModel):
    """A normal value, cut off outside `within`; mean and SD are those of the people who are left."""

    model_config = _CLOSED
    kind: Literal["normal"]
    mean: float
    sd: float = Field(gt=0)
    within: tuple[float, float] = (-np.inf, np.inf)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        _ = self.normal
        return self

    @cached_property
    def normal(self) -> Normal:
        """The normal law before it was cut off."""
        return normal_of(self.mean, self.sd, *self.within)

    def of(self, latent: Floats) -> Floats:
        """Values of people whose latent standard normal numbers are known."""
        return self.normal.of(latent)


class LognormalLaw(BaseModel):
    """A lognormal value, cut off outside `within`; mean and SD are those of the people who are left."""

    model_config = _CLOSED
    kind: Literal["lognormal"]
    mean: float = Field(gt=0)
    sd: float = Field(gt=0)
    within: tuple[float, float] = (0.0, np.inf)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        _ = self.normal
        return self

    @cached_property
    def normal(self) -> Normal:
        """The normal law of the logarithm before it was cut off."""
        return lognormal_of(self.mean, self.sd, *self.within)

    def of(self, latent: Floats) -> Floats:
        """Values of people whose latent standard normal numbers are known."""
        return np.asarray(np.exp(self.normal.of(latent)))


class LogitnormalLaw(BaseModel):
    """A share between 0 and 1 whose logit is normal, by its median and the SD of the logit."""

    model_config = _CLOSED
    kind: Literal["logitnormal"]
    median: float = Field(gt=0, lt=1)
    logit_sd: float = Field(gt=0)

    def of(self, latent: Floats) -> Floats:
        """Values of people whose latent standard normal numbers are known."""
        return np.asarray(self.median / (self.median + (1.0 - self.median) * np.exp(-self.logit_sd * latent)))


class ConstantLaw(BaseModel):
    """The same value for everybody."""

    model_config = _CLOSED
    kind: Literal["constant"]
    value: float

    def of(self, latent: Floats) -> Floats:
        """Values of people whose latent standard normal numbers are known."""
        return np.full(len(latent), self.value)


class LevelsLaw(BaseModel):
    """Levels with shares, as thresholds on a normal number: the first level lies lowest.

    The value is the number of the level, counted from 0, or that of `values`.
    """

    model_config = _CLOSED
    kind: Literal["levels"]
    shares: tuple[Annotated[float, Field(ge=0, le=1)], ...]
    values: tuple[float, ...] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if abs(sum(self.shares) - 1.0) > _NOWHERE:
            raise ValueError(f"shares add up to {sum(self.shares):g}, not to 1")
        if self.values is not None and len(self.values) != len(self.shares):
            raise ValueError("every level needs one share and one value")
        return self

    def of(self, latent: Floats) -> Floats:
        """Values of people whose latent standard normal numbers are known."""
        level = np.searchsorted(np.cumsum(self.shares)[:-1], ndtr(latent), side="right")
        return np.asarray(self.values or range(len(self.shares)), dtype=np.float64)[level]


class GenotypeLaw(BaseModel):
    """The number of copies of an allele in Hardy-Weinberg proportions: $(1-q)^2, 2q(1-q), q^2$."""

    model_config = _CLOSED
    kind: Literal["genotype"]
    frequency: float = Field(ge=0, le=1)

    def of(self, latent: Floats) -> Floats:
        """Values of people whose latent standard normal numbers are known."""
        q = self.frequency
        none, one = (1.0 - q) ** 2, 1.0 - q**2
        return np.searchsorted([none, one], ndtr(latent), side="right").astype(np.float64)


def told(law: Law) -> str:
    """A law in one line of words and numbers."""
    numbers = law.model_dump(exclude={"kind"}, exclude_defaults=True)
    return f"{law.kind} {', '.join(f'{key} {_short(value)}' for key, value in numbers.items())}"


def _short(value: float | tuple[float, ...]) -> str:
    return " ".join(f"{v:g}" for v in value) if isinstance(value, tuple) else f"{value:g}"


Law = Annotated[
    NormalLaw | LognormalLaw | LogitnormalLaw | ConstantLaw | LevelsLaw | GenotypeLaw, Field(discriminator="kind")
]
