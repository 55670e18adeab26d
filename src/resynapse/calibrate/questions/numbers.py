"""The same formula for NumPy and for code that is traced: which library an array belongs to."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import jax.scipy.special
import numpy as np
import scipy.special


def library_of(values: Any) -> Any:
    """NumPy for what NumPy holds, else `jax.numpy`."""
    return jnp if isinstance(values, jax.Array) else np


def below(values: Any) -> Any:
    """The share of a standard normal law below some values."""
    own = jax.scipy.special if isinstance(values, jax.Array) else scipy.special
    return own.ndtr(values)
