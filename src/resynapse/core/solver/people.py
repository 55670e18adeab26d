"""Chains of several people: which values have a person axis, and where their arrays live."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from ..chain import Chain


def person_axes(chain: Chain) -> Any:
    """Which leaves carry a person axis: parameters are scalars for one person, so one axis more is the person's."""
    return jax.tree.map(lambda leaf: 0 if eqx.is_array(leaf) and leaf.ndim == 1 else None, chain)


def first_person(chain: Chain) -> Chain:
    """The chain with every person axis cut to its first person."""
    return jax.tree.map(lambda leaf: leaf[:1] if eqx.is_array(leaf) and leaf.ndim == 1 else leaf, chain)


def padded_people(chain: Chain) -> Chain:
    """The chain with every person axis padded to a multiple of eight by repeating the last person.

    A person's numbers then come from the same compiled code whether they are alone or in company.
    """
    axes, host = person_axes(chain), eqx.combine(on_host(eqx.filter(chain, eqx.is_array)), chain)
    return jax.tree.map(
        lambda axis, leaf: leaf if axis is None else padded_values(leaf), axes, host, is_leaf=lambda x: x is None
    )


def padded_values(values: Any) -> Any:
    """An array with a leading person axis, padded likewise."""
    return numbers(values).pad(values, ((0, -len(values) % 8), *((0, 0),) * (np.ndim(values) - 1)), mode="edge")


def on_host(tree: Any) -> Any:
    """The same arrays in NumPy, where indexing needs no compilation; values under differentiation stay as they are."""
    return jax.tree.map(lambda v: v if isinstance(v, jax.core.Tracer) else np.asarray(v), tree)


def numbers(values: Any) -> Any:
    """The library that computes with these values: JAX under differentiation, NumPy otherwise."""
    return jnp if isinstance(values, jax.core.Tracer) else np
