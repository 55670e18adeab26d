"""Noncompartmental analysis for the doors: what is analysed, how it is listed, and its figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from ..body.area import RULES
from ..core.errors import RequestError, nearest
from ..qualify.profiles import Analysed, Rules, profiles_in, profiles_of

_LISTED = ("cmax", "tmax", "auc_last", "auc_inf", "half_life", "cl", "cl_f", "vss", "mrt")


def rules(area: str, partial: Sequence[float], limit: float | None) -> Rules:
    """The rules of an analysis from their words.

    **Raises:** `RequestError` for an unknown area rule, or a time or limit that is not positive.
    """
    if area not in RULES:
        raise RequestError("no such area rule", given=area, allowed=tuple(RULES), nearest=nearest(area, RULES))
    for name, value in (*(("--partial", t) for t in partial), ("--limit", 1.0 if limit is None else limit)):
        if not 0 < value < float("inf"):
            raise RequestError("this must be a positive number", where=name, given=value)
    return Rules(RULES[area], tuple(partial), limit)


def analysed(path: Path, ports: Sequence[str] | None, unit: str, route: str | None, how: Rules) -> tuple[Analysed, ...]:
    """Every profile of a stored result (a folder, or its `.nc` file) or of a table.

    **Raises:** `RequestError` and `EventError` for what cannot be read.
    """
    if path.is_dir() or path.suffix == ".nc":
        from ..store import stored_result

        return profiles_of(stored_result(path), ports, how)
    if ports:
        raise RequestError("a table's analytes stand in its QUANTITY", given=f"--port {','.join(ports)}")
    return profiles_in(path, unit, route, how)


def short_rows(found: Sequence[Analysed]) -> list[dict[str, object]]:
    """One short row a profile for a screen: numbers with their units, and the warnings in words."""
    shown = [name for name in _LISTED if any(_told(one, name) for one in found)]
    return [_row(one, shown) for one in found]


def draw_analysed(found: Sequence[Analysed], file: Path) -> None:
    """Draw every profile with its terminal window into one file."""
    from ..report.kinetics import DrawnProfile, draw_profiles
    from ..report.picture import saved

    drawn = [
        DrawnProfile(
            f"{one.person}, {one.port}, dose at {one.dose.time:g} h",
            *one.found.curve.samples,
            one.found.profile.unit,
            asdict(one.found.terminal) if one.found.terminal else None,
            one.found.warnings,
        )
        for one in found
    ]
    saved(draw_profiles(drawn), file)


def _row(one: Analysed, shown: Sequence[str]) -> dict[str, object]:
    numbers = {name: _told(one, name) for name in shown}
    named = {"person": one.person, "port": one.port, "dose_time_h": f"{one.dose.time:g}"}
    return {**named, **numbers, "warnings": "; ".join(one.found.warnings)}


def _told(one: Analysed, name: str) -> str:
    metric = one.found.metrics.get(name)
    return f"{metric.value:.4g} {metric.unit}" if metric and math.isfinite(metric.value) else ""
