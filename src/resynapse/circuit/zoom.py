"""The prefrontal mean field opened in time: milliseconds to seconds, where the stage itself only sees the end."""

from __future__ import annotations

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from .mean_field import Cells, Gates, MeanField

Floats = NDArray[np.float64]
_STEP = 2e-4  # s; a tenth of the fastest gate, at which fourth-order steps are exact to seven digits


class Zoom(NamedTuple):
    """What a zoom sees: times (s) and the rate of each kind of cell (Hz)."""

    times: Floats
    e: Floats
    p: Floats
    s: Floats


def zoom(stage: MeanField, concentration: float, seconds: float, begin: float = 0.0, step: float = _STEP) -> Zoom:
    r"""The circuit's course after the concentration jumps from `begin` to `concentration` (umol/L).

    $\dot S_N = -S_N/\tau_N + \gamma (1 - S_N) r_E$, $\dot S_x = -S_x/\tau_x + r$ for the others, by classical
    Runge-Kutta steps of `step` seconds, beginning at the operating point of `begin`.
    """
    count = max(1, round(seconds / step))
    found = _course(stage, jnp.asarray(begin), jnp.asarray(concentration), jnp.full(count, step))
    times: Floats = step * np.arange(1, count + 1, dtype=np.float64)
    return Zoom(times, np.asarray(found.e), np.asarray(found.p), np.asarray(found.s))


def velocity(stage: MeanField, c: jax.Array, gates: Gates, constant: Cells) -> Gates:
    """How fast the gates move (1/s)."""
    r = stage.fired(stage.currents(c, gates, constant))
    return Gates(
        stage.gamma * (1.0 - gates.n) * r.e - gates.n / stage.tau_nmda,
        r.e - gates.a / stage.tau_ampa,
        r.p - gates.p / stage.tau_pv,
        r.s - gates.s / stage.tau_som,
    )


@eqx.filter_jit
def _course(stage: MeanField, begin: jax.Array, c: jax.Array, steps: jax.Array) -> Cells:
    constant = stage.constant_currents()

    def moved(gates: Gates, slope: Gates, h: jax.Array) -> Gates:
        return jax.tree.map(lambda x, v: x + h * v, gates, slope)

    def one(gates: Gates, h: jax.Array) -> tuple[Gates, Cells]:
        k1 = velocity(stage, c, gates, constant)
        k2 = velocity(stage, c, moved(gates, k1, h / 2), constant)
        k3 = velocity(stage, c, moved(gates, k2, h / 2), constant)
        k4 = velocity(stage, c, moved(gates, k3, h), constant)
        mean = jax.tree.map(lambda a, b, d, e: (a + 2 * b + 2 * d + e) / 6, k1, k2, k3, k4)
        after = moved(gates, mean, h)
        return after, stage.fired(stage.currents(c, after, constant))

    return jax.lax.scan(one, stage.settled(stage.operating_point(begin)), steps)[1]
