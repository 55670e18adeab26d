"""How much of what the prefrontal mean field shows survives when all of its values are a little wrong."""

from __future__ import annotations

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from .mean_field import Gates, MeanField
from .zoom import velocity

RISING, FALLING = (0.6, 1.2, 1.8), 12.0  # umol/L: 10, 20, 30 and 200 mg/kg in the rat at 0.06 umol/L per mg/kg
LOW, HIGH = 1.0, 10.0  # umol/L: the two concentrations of Gerhard 2020


class Shares(NamedTuple):
    """Shares of draws in which the circuit is stable, in which it then has the inverted U, and the slice directions."""

    stable: float
    inverted_u: float
    slices: float


def robustness(stage: MeanField, width: float = 0.1, draws: int = 400, seed: int = 1) -> Shares:
    """Shares of draws with every parameter moved independently by up to `width` (0.1 is ten per cent), evenly.

    Stable: at all six concentrations every eigenvalue of the gates has a negative real part. Inverted U: the
    pyramidal rate is up at three concentrations and down at the fourth. Slices: at 1 umol/L inhibitory input to
    pyramidal cells falls and their rate rises, at 10 umol/L both fall.
    """
    leaves, structure = jax.tree.flatten(eqx.filter(stage, eqx.is_array))
    rng = np.random.default_rng(seed)
    moved = [leaf * rng.uniform(1.0 - width, 1.0 + width, draws) for leaf in leaves]
    c = jnp.array([*RISING, FALLING, LOW, HIGH])
    rate, inhibition, slopes = _looked(stage, jax.tree.unflatten(structure, moved), c)
    settled = np.isfinite(rate).all(axis=1) & np.isfinite(slopes).all(axis=(1, 2, 3))
    fastest = np.full(draws, np.inf)
    fastest[settled] = np.linalg.eigvals(np.asarray(slopes)[settled]).real.max(axis=(1, 2))
    stable = fastest < 0.0
    up = (rate[:, :3] > 1.0).all(axis=1) & (rate[:, 3] < 1.0)
    apart = (rate[:, 4] > 1.0) & (rate[:, 5] < 1.0) & (inhibition[:, 4] < 1.0) & (inhibition[:, 5] < 1.0)
    return Shares(*(float(np.mean(np.asarray(found))) for found in (stable, stable & up, stable & apart)))


@eqx.filter_jit
def _looked(stage: MeanField, moved: MeanField, c: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Pyramidal rate and inhibitory input against drug-free rest, and how gates pull on gates, by draw and dose."""
    fixed = eqx.filter(stage, eqx.is_array, inverse=True)

    def one(values: MeanField, at: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        own: MeanField = eqx.combine(values, fixed)
        constant, gates = own.constant_currents(), own.settled(own.operating_point(at))
        usual = own.settled(own.drug_free)
        pull = jax.jacfwd(lambda v: jnp.stack(velocity(own, at, Gates(*v), constant)))(jnp.stack(gates))
        return gates.a / usual.a, own.inhibition(gates) / own.inhibition(usual), pull

    each = jax.vmap(jax.vmap(one, in_axes=(None, 0)), in_axes=(0, None))
    return each(moved, c)
