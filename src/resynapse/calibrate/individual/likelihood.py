"""How likely a measurement is when the truth is known: residual error on its own scale, and values below a limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.stats import norm
from jaxtyping import Array
from numpy.typing import NDArray

from ...core.variability import Residual
from ...dose import Measurement

Floats = NDArray[np.float64]
TINY = 1e-12  # of a port's unit; a prediction below it has no logarithm worth weighing
_BUCKET = 8


class Measured(eqx.Module):
    """Everything that was measured in one person, padded to a round length so that people share compiled code.

    **Arguments:** `ports` names what was measured; per measurement `time` (h), `port` (index), `value`, `below` (the
    value is a limit), `log` (the residual is normal on the log scale), `sd` (log or proportional), `additive` (in the
    port's unit), and `real` (0 for padding).
    """

    ports: tuple[str, ...] = eqx.field(static=True)
    time: Array
    port: Array
    value: Array
    below: Array
    log: Array
    sd: Array
    additive: Array
    real: Array

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which places hold a measurement."""
        return np.asarray(self.real) > 0

    def pick(self, course: Array) -> Array:
        """The measured ports out of a course of all ports (times x ports)."""
        return course[jnp.arange(self.time.shape[0]), self.port]

    def error_sd(self, predicted: Array) -> Array:
        """Standard deviation of the residual error, on the log scale where the residual is `log`."""
        scaled = jnp.sqrt((self.sd * jnp.maximum(predicted, TINY)) ** 2 + self.additive**2)
        return jnp.where(self.log, self.sd, scaled)

    def scale(self, values: Array) -> Array:
        """Values on the scale on which the residual is normal."""
        return jnp.where(self.log, jnp.log(jnp.maximum(values, TINY)), values)


def measured(found: Sequence[Measurement], residuals: Mapping[str, Residual], ports: tuple[str, ...]) -> Measured:
    """The measurements of one person with the residual of each port, in time order."""
    ordered = sorted(found, key=lambda m: m.time_h)
    errors = [residuals[m.port] for m in ordered]
    spare = (0, -len(ordered) % _BUCKET)
    padded = {
        "time": np.pad([m.time_h for m in ordered], spare, mode="edge"),
        "port": np.pad([ports.index(m.port) for m in ordered], spare),
        "value": np.pad([float(m.value) for m in ordered], spare, constant_values=1.0),
        "below": np.pad([m.below for m in ordered], spare),
        "log": np.pad([e.kind == "log" for e in errors], spare),
        "sd": np.pad([e.sd for e in errors], spare, constant_values=1.0),
        "additive": np.pad([e.additive for e in errors], spare, constant_values=1.0),
        "real": np.pad(np.ones(len(ordered)), spare),
    }
    return Measured(ports, **{name: jnp.asarray(v) for name, v in padded.items()})


def log_likelihood(data: Measured, predicted: Array) -> Array:
    r"""Log-density of all measurements when the model predicts `predicted` (one number for each measurement).

    A value: $\log \phi((y - f)/\sigma(f)) - \log \sigma(f)$, on the log scale for a `log` residual. A value below a
    limit L: $\log \Phi((L - f)/\sigma(f))$, known as M3 (Beal 2001, doi 10.1023/A:1012299115260).
    """
    center, sd = data.scale(predicted), data.error_sd(predicted)
    score = (data.scale(data.value) - center) / sd
    jacobian = jnp.where(data.log, jnp.log(jnp.maximum(data.value, TINY)), 0.0)
    seen = norm.logpdf(score) - jnp.log(sd) - jacobian
    return jnp.sum(data.real * jnp.where(data.below, norm.logcdf(score), seen))


def noisy(data: Measured, predicted: Array, key: Array) -> Array:
    """What a laboratory would report: the prediction with residual error drawn on its own scale."""
    drawn = data.scale(predicted) + data.error_sd(predicted) * jax.random.normal(key, predicted.shape)
    return jnp.where(data.log, jnp.exp(drawn), drawn)
