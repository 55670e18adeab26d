"""What was thought before of everything that the stage fits, as laws that NumPy and JAX both follow."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.lax import erf_inv
from jax.scipy.special import erf
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_SURE = 1e-12


def chances(z: Any) -> Any:
    """The chance below a normal score, never quite 0 or 1, in `jax.numpy`."""
    return jnp.clip(below(z), _SURE, 1.0 - _SURE)


def below(z: Any) -> Any:
    """The chance below a normal score, by one error function: quick to compile, exact to the last digits of 1."""
    return 0.5 + 0.5 * erf(z / np.sqrt(2.0))


@dataclass(frozen=True)
class Triangle:
    """A triangle over `low` to `high` with its top at `top`, on the log scale where the whole range is positive."""

    low: float
    top: float
    high: float

    def quantile(self, chance: Any) -> Any:
        """Values at chances, in `jax.numpy`."""
        logs = self.low > 0.0
        low, top, high = np.log([self.low, self.top, self.high]) if logs else (self.low, self.top, self.high)
        wide = high - low
        left = low + jnp.sqrt(chance * wide * max(top - low, 1e-9))
        right = high - jnp.sqrt((1.0 - chance) * wide * max(high - top, 1e-9))
        found = jnp.where(chance < (top - low) / wide, left, right)
        return jnp.exp(found) if logs else found

    def at(self, scores: Floats) -> Floats:
        """Values at normal scores."""
        return np.asarray(self.quantile(chances(jnp.asarray(scores))))

    @property
    def told(self) -> str:
        """The law in words."""
        scale = "log scale" if self.low > 0.0 else "plain scale"
        return f"triangle from {self.low:g} to {self.high:g} with its top at {self.top:g}, {scale}"


@dataclass(frozen=True)
class HalfNormal:
    """Nothing or more: the right half of a normal law around 0 with standard deviation `sd`."""

    sd: float

    def quantile(self, chance: Any) -> Any:
        """Values at chances, in `jax.numpy`."""
        return self.sd * np.sqrt(2.0) * erf_inv(chance)

    def at(self, scores: Floats) -> Floats:
        """Values at normal scores."""
        return np.asarray(self.quantile(chances(jnp.asarray(scores))))

    @property
    def told(self) -> str:
        """The law in words."""
        return f"half-normal, SD {self.sd:g}"


Simple = Triangle | HalfNormal


@dataclass(frozen=True)
class Laws:
    """Laws of what is fitted beside the chain: spreads between people by address, and values of the score by field.

    `held` are values of the chain that are not fitted because others do the same.
    """

    spreads: Mapping[str, Simple]
    score: Mapping[str, Simple]
    held: tuple[str, ...]


@cache
def laws() -> Laws:
    """The laws on file."""
    told = tomllib.loads((files(__package__) / "priors.toml").read_text(encoding="utf-8"))
    spreads, score = ({name: _law(one) for name, one in told[part].items()} for part in ("spreads", "score"))
    return Laws(spreads, score, tuple(told["held"]))


def _law(told: Mapping[str, Any]) -> Simple:
    if "half_normal" in told:
        return HalfNormal(float(told["half_normal"]))
    low, high = told["range"]
    return Triangle(float(low), float(told["top"]), float(high))
