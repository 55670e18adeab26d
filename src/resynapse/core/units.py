"""Units at the boundary: words such as "0.5 mg/kg" become numbers in the units used inside, and back.

Inside, every value is a plain float in a declared unit (h, umol, L, Hz, mV, points); no quantity object ever enters
a compiled function.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from .errors import ParameterError, ResynapseError

_NUMBER_WITH_UNIT = re.compile(r"^\s*([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)\s*(.*?)\s*$")
_OURS = ("points = [] = point", "mmHg = millimeter_Hg", "person = []", "USD = [currency]")


@cache
def registry() -> Any:
    """The pint registry, with the few units of the field that pint lacks (points, mmHg, USD)."""
    import pint

    units: Any = pint.UnitRegistry(cache_folder=None)
    for definition in _OURS:
        units.define(definition)
    return units


def split(text: str, error: type[ResynapseError] = ParameterError, where: str | None = None) -> tuple[float, str]:
    """Number and unit of a phrase such as `"0.5 mg/kg"`.

    **Raises:** `error` when the phrase does not begin with a number.
    """
    match = _NUMBER_WITH_UNIT.match(text)
    if match is None:
        raise error(
            "this is not a number with a unit",
            where=where,
            given=repr(text),
            allowed='a number, a space and a unit, such as "0.5 mg/kg" or "40 min"',
        )
    return float(match.group(1)), match.group(2)


def parse(unit: str) -> Any:
    """The pint unit named by `unit` (`"1"` is dimensionless).

    **Raises:** `ParameterError` when the unit is unknown.
    """
    try:
        return registry().parse_units("" if unit == "1" else unit)
    except Exception as failure:
        raise ParameterError("unknown unit", given=repr(unit), allowed="units that pint can read") from failure


def convert(
    value: float, unit: str, to: str, error: type[ResynapseError] = ParameterError, where: str | None = None
) -> float:
    """`value` in `unit`, expressed in `to`.

    **Raises:** `error` when the two units measure different things.
    """
    if unit == to:
        return float(value)
    try:
        return float(registry().Quantity(value, parse(unit)).to(parse(to)).magnitude)
    except ParameterError as failure:
        raise error(
            failure.what, where=where, given=failure.given, allowed=f"a unit that converts to {to}"
        ) from failure
    except Exception as failure:
        raise error(
            "this unit measures something else", where=where, given=unit, allowed=f"a unit that converts to {to}"
        ) from failure


def hours(text: str, error: type[ResynapseError] = ParameterError, where: str | None = None) -> float:
    """A duration in words, such as `"40 min"`, in hours. A bare number is refused: it has no unit."""
    value, unit = split(text, error, where)
    if not unit:
        raise error(
            "a duration needs a unit",
            where=where,
            given=repr(text),
            allowed="s, min, h, day, week",
            then=f'write "{text} min" or "{text} h"',
        )
    return convert(value, unit, "h", error, where)
