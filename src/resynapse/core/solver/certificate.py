"""How far two solutions of one protocol lie apart, and whether that is little enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import SolveError
from ..port import Port

BUDGET = 1e-4  # scaled error that a solution may have


def scaled_errors(found: Mapping[str, Any], reference: Mapping[str, Any], ports: tuple[Port, ...]) -> dict[str, float]:
    """Largest difference per port, divided by the largest of |rest|, the port's range and what was reached."""
    scales = {p.name: p.scale if (p.rest or p.range) else 0.0 for p in ports}
    return {
        name: _scaled(np.asarray(found[name]), np.asarray(value), scales[name]) for name, value in reference.items()
    }


def _scaled(found: np.ndarray, reference: np.ndarray, scale: float) -> float:
    return float(np.abs(found - reference).max() / max(scale, float(np.abs(reference).max()), 1e-12))


def within(budget: float, errors: dict[str, float]) -> dict[str, float]:
    """Scaled errors by port, if none is above `budget`.

    **Raises:** `SolveError` naming the worst port otherwise.
    """
    worst = max(errors, key=lambda name: errors[name])
    if errors[worst] > budget:
        raise SolveError(
            "the grid is too coarse for this protocol",
            where=f"`{worst}`",
            given=f"scaled error {errors[worst]:.2g}",
            allowed=f"below {budget:.2g}",
            then="use a finer grid plan",
        )
    return errors
