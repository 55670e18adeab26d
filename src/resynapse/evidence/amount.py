"""Brings an observation into another unit, also between mass and amount of a known substance."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import cache
from importlib.resources import files

from ..core.errors import EvidenceError, nearest
from ..core.units import convert, parse
from .study import Observation


def in_unit(observation: Observation, unit: str) -> Observation:
    """The same observation in `unit`; nmol/mL of ketamine becomes ng/mL by its molar mass.

    **Raises:** `EvidenceError` when there is no value, or when the two units measure different things.
    """
    if observation.value is None:
        raise EvidenceError("an observation without a number has no unit", where=observation.study.where)
    factor = _factor(observation, unit)
    return replace(
        observation,
        unit=unit,
        value=observation.value * factor,
        low=None if observation.low is None else observation.low * factor,
        high=None if observation.high is None else observation.high * factor,
        dispersion=_scaled(observation.dispersion, factor),
    )


def _factor(o: Observation, unit: str) -> float:
    """What one printed unit is in the wanted one; temperatures and other offsets do not occur here."""
    given, wanted = parse(o.unit).dimensionality, parse(unit).dimensionality
    if given == wanted:
        return convert(1.0, o.unit, unit, EvidenceError, o.study.where)
    if wanted == given * parse("g/mol").dimensionality:
        return convert(_molar_mass(o), f"{o.unit} * g/mol", unit, EvidenceError, o.study.where)
    if given == wanted * parse("g/mol").dimensionality:
        return convert(1 / _molar_mass(o), f"{o.unit} * mol/g", unit, EvidenceError, o.study.where)
    return convert(1.0, o.unit, unit, EvidenceError, o.study.where)


def _molar_mass(o: Observation) -> float:
    substance = o.quantity.removeprefix("cv_").removeprefix("ca_").removesuffix("_s").removesuffix("_r")
    masses = _molar_masses()
    if substance not in masses:
        raise EvidenceError(
            "the molar mass of this substance is not known",
            where=o.study.where,
            given=o.quantity,
            allowed=masses,
            nearest=nearest(substance, masses),
        )
    return masses[substance]


@cache
def _molar_masses() -> dict[str, float]:
    return tomllib.loads((files(__package__) / "data" / "molar_mass.toml").read_text(encoding="utf-8"))


def _scaled(dispersion: str, factor: float) -> str:
    kind, _, amount = dispersion.partition(" ")
    return f"{kind} {float(amount) * factor:g}" if kind in ("sd", "se") else dispersion
