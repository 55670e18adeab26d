"""Two small theories with known answers: a straight line, and one compartment after a bolus."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array

from resynapse.calibrate.individual.case import Case
from resynapse.calibrate.individual.likelihood import measured
from resynapse.calibrate.individual.variability import Variability
from resynapse.core.variability import Residual
from resynapse.dose import Measurement

AMOUNT = 100.0
ORIGIN = {"where": "test", "source": "resynapse2026kpk1"}


class Line(eqx.Module):
    """Intercept and slope: linear in its parameters, so that the posterior is normal."""

    times: Array

    def __call__(self, values):
        return (values["a"] + values["b"] * self.times)[:, None]


class Bolus(eqx.Module):
    """One compartment after a bolus."""

    times: Array

    def __call__(self, values):
        return (AMOUNT / values["v"] * jnp.exp(-values["cl"] / values["v"] * self.times))[:, None]


def residual(kind: str, **sd: float) -> Residual:
    return Residual(kind=kind, **sd, **ORIGIN)


def case(theory, spread, points, error) -> Case:
    """A question with one port `c`; `points` are (time, value) or (time, limit, True)."""
    found = [Measurement(p[0], "c", p[1], *p[2:]) for p in points]
    data = measured(found, {"c": error}, ("c",))
    return Case(data, spread, theory(data.time))


@pytest.fixture
def two() -> Variability:
    """Volume 20 L and clearance 5 L/h, correlated."""
    omega = np.array([[0.09, 0.03], [0.03, 0.16]])
    return Variability(("v", "cl"), ("lognormal", "lognormal"), np.array([20.0, 5.0]), omega)


@pytest.fixture
def toys():
    from types import SimpleNamespace

    return SimpleNamespace(Line=Line, Bolus=Bolus, residual=residual, case=case)
