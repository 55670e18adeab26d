"""Two small theories with known answers: a straight line, and one compartment after a bolus."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from resynapse.calibrate.case import Case
from resynapse.calibrate.likelihood import measured
from resynapse.calibrate.variability import Variability
from resynapse.core.variability import Residual
from resynapse.dose import Measurement

ORIGIN = {"where": "test", "source": "resynapse2026kpk1"}


class Line(eqx.Module):
    """Intercept and slope: linear in its parameters, so that the posterior is normal."""

    def __call__(self, values, times):
        return (values["a"] + values["b"] * times)[:, None]


class Bolus(eqx.Module):
    """One compartment after a bolus of `amount`."""

    amount: float = 100.0

    def __call__(self, values, times):
        return (self.amount / values["v"] * jnp.exp(-values["cl"] / values["v"] * times))[:, None]


def residual(kind: str, **sd: float) -> Residual:
    return Residual(kind=kind, **sd, **ORIGIN)


def case(predict, spread, points, error) -> Case:
    """A question with one port `c`; `points` are (time, value) or (time, limit, True)."""
    found = [Measurement(p[0], "c", p[1], *p[2:]) for p in points]
    return Case(measured(found, {"c": error}, ("c",)), spread, predict)


@pytest.fixture
def two() -> Variability:
    """Volume 20 L and clearance 5 L/h, correlated."""
    omega = np.array([[0.09, 0.03], [0.03, 0.16]])
    return Variability(("v", "cl"), ("lognormal", "lognormal"), np.array([20.0, 5.0]), omega)


@pytest.fixture
def toys():
    from types import SimpleNamespace

    return SimpleNamespace(Line=Line, Bolus=Bolus, residual=residual, case=case)
