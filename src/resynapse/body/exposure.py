"""Exposure at steady state, and ratios between two profiles: bioavailability, metabolite over parent, accumulation."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ..core.errors import RequestError
from .area import area, until
from .nca import NO_SLOPE, NOTHING_MEASURED, Analysis, Metric, clearance, times_hours

_SHORT = "the samples end before the dosing interval does, and there is no terminal slope to go on with"
_NO_SAMPLE = "no concentration was measured in the interval"
_NO_TROUGH = "no lowest concentration above 0 was measured in the interval"


def steady_state(found: Analysis, tau: float) -> dict[str, Metric]:
    r"""What one dosing interval of `tau` hours shows at steady state.

    $C_{av} = AUC_\tau / \tau$; fluctuation $= 100 (C_{max} - C_{min}) / C_{av}$ (%); swing $= (C_{max} - C_{min}) /
    C_{min}$; $CL_{ss} = D / AUC_\tau$; the accumulation that a single dose's slope predicts is
    $1 / (1 - e^{-\lambda_z \tau})$. Only this last one always needs a terminal slope; the others need one where the
    samples end within the interval.

    **Assumes:** the interval is at steady state, which one profile cannot show.

    **Raises:** `RequestError` for an interval that is not positive.
    """
    if not tau > 0:
        raise RequestError("a dosing interval is a positive number of hours", where="tau", given=tau)
    unit = found.profile.unit
    exposed = _told(_interval(found, tau), times_hours(unit), _unsampled(found))
    lowest, highest = _range(found, tau)
    mean, spread = exposed.value / tau, highest - lowest
    predicted = -1 / math.expm1(-found.terminal.rate * tau) if found.terminal else math.nan
    return {
        "auc_tau": exposed,
        "c_average": _told(mean, unit, exposed.reason),
        "cmin": _told(lowest, unit, _NO_SAMPLE),
        "fluctuation": _told(100 * _over(spread, mean), "%", exposed.reason or _NO_SAMPLE),
        "swing": _told(_over(spread, lowest), "1", _NO_TROUGH),
        f"cl_ss{found.given.suffix}": clearance(found.given, unit, exposed),
        "accumulation_predicted": _told(predicted, "1", NO_SLOPE),
    }


def accumulation(steady: Analysis, first: Analysis, tau: float) -> Metric:
    """The exposure of an interval at steady state over that of the same interval after the first dose."""
    return Metric(_interval(steady, tau) / _interval(first, tau), "1")


def bioavailability(test: Analysis, reference: Analysis) -> Metric:
    """The share of a dose that reaches the circulation: $F = (AUC / D) / (AUC_{iv} / D_{iv})$, areas to infinity.

    It is absolute when the reference was given into a vein, and relative otherwise.

    **Raises:** `RequestError` when units of dose or concentration differ.
    """
    one, other = test.metrics["auc_per_dose"], reference.metrics["auc_per_dose"]
    if one.unit != other.unit:
        raise RequestError("two profiles can be compared in the same units only", given=one.unit, allowed=other.unit)
    return _told(one.value / other.value, "1", one.reason or other.reason)


def ratio(of: Analysis, to: Analysis, metric: str = "auc_inf") -> Metric:
    """One metric of a profile over that of another, such as a metabolite's area over its parent's, as printed.

    In concentrations of mass this is a ratio by mass; `molar_ratio` gives the one by amount.

    **Raises:** `RequestError` when the two have different units.
    """
    one, other = of.metrics[metric], to.metrics[metric]
    if one.unit != other.unit:
        raise RequestError("a ratio needs the same unit twice", where=metric, given=one.unit, allowed=other.unit)
    return _told(one.value / other.value, "1", one.reason or other.reason)


def molar_ratio(of: Analysis, to: Analysis, masses: Mapping[str, float], metric: str = "auc_inf") -> Metric:
    """The ratio by amount of substance, from concentrations of mass.

    **Arguments:** `masses` holds the molar mass (g/mol) of each profile by its name.

    **Raises:** `RequestError` as `ratio` does, and for a profile whose molar mass is not told.
    """
    names = (of.profile.name, to.profile.name)
    for name in names:
        if name not in masses:
            raise RequestError("a molar mass is missing", given=name, allowed=sorted(masses))
    by_mass = ratio(of, to, metric)
    return Metric(by_mass.value * masses[names[1]] / masses[names[0]], "1", by_mass.reason)


def _interval(found: Analysis, tau: float) -> float:
    """Area over one interval from the dose; beyond the last sample along the terminal line."""
    times, values = found.curve.times, found.curve.values
    if times.size == 0:
        return math.nan
    if tau <= times[-1]:
        return area(*until(times, values, tau, found.rule), found.rule)
    if found.terminal is None:
        return math.nan
    rate = found.terminal.rate
    return found["auc_last"] - float(values[-1]) / rate * math.expm1(-rate * (tau - float(times[-1])))


def _range(found: Analysis, tau: float) -> tuple[float, float]:
    """Lowest and highest measured value within the interval."""
    times, values = found.curve.samples
    inside = values[times <= tau]
    return (float(inside.min()), float(inside.max())) if inside.size else (math.nan, math.nan)


def _unsampled(found: Analysis) -> str:
    return NOTHING_MEASURED if found.curve.times.size == 0 else _SHORT


def _over(part: float, whole: float) -> float:
    return part / whole if whole else math.nan


def _told(value: float, unit: str, reason: str) -> Metric:
    return Metric(value, unit, "" if math.isfinite(value) else reason)
