"""What a session costs the person in the chair, from the chain's acute effects, and the hours that it takes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom

from ...compound.fact import Fact, read_facts
from ...core.units import hours
from ...dose import Regimen
from ...trial.score import values
from .many import Many

Floats = NDArray[np.float64]
MINUTES = np.array([0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 60, 75, 90, 120, 150, 180, 240.0])
EVENTS = ("dizziness", "nausea", "sedation")
_PORTS = ("cadss_total", "sbp_change", "adverse_event_probability")
_ABOVE = 4


@dataclass(frozen=True, eq=False)
class Session:
    """The first session of a regimen, means over people, draw by draw.

    **Arguments:** `cadss` is the peak (points), `above` how many in a hundred score above 4, `pressure` the largest
    rise (mmHg), `chances` those of an event (%); `chair` are the hours from start to leave.
    """

    cadss: Floats
    above: Floats
    pressure: Floats
    chances: Mapping[str, Floats]
    chair: float


def session(many: Many, given: Regimen) -> Session:
    """One session of everybody."""
    once = Regimen(given.drug, given.route, given.dose, given.over, "once", 1.0)
    found = many.under(once, MINUTES / 60.0, _PORTS)
    peak = found["cadss_total"].max(axis=-1)
    chances = 100 * found["adverse_event_probability"].max(axis=2).mean(axis=1)
    labels = [label for _, of in many.chain.port(_PORTS[2]).dims for label in of]
    return Session(
        peak.mean(axis=1),
        100 * above(peak).mean(axis=1),
        found["sbp_change"].max(axis=-1).mean(axis=1),
        {event: chances[:, labels.index(event)] for event in EVENTS},
        chair(given),
    )


def above(peak: Floats) -> Floats:
    """The chance of a CADSS above 4, when each person's score is negative binomial around their mean."""
    size = values().trust.dispersion
    return np.asarray(nbinom.sf(_ABOVE, size, size / (size + np.maximum(peak, 1e-9))))


def chair(given: Regimen) -> float:
    """Hours in the chair: the infusion, and watching afterwards."""
    lasting = hours(given.over) if given.over else 0.0
    return lasting + facts()["monitoring"].value


@cache
def facts() -> Mapping[str, Fact]:
    """Numbers of this room with their provenance."""
    text = files(__package__).joinpath("weighing.toml").read_text("utf-8")
    return read_facts(tomllib.loads(text), "weighing.toml")
