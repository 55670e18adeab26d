"""What no solution may hold: values that are not finite, and times at which nothing was solved."""

from __future__ import annotations

import jax
import numpy as np

from ..errors import RequestError, SolveError
from ..event import MOMENT
from ..stage import Signals
from .grid import Grid
from .step import Track


def refuse_broken(track: Track, grid: Grid) -> None:
    """Refuse a course by its earliest value that is not finite."""
    states = {f"{slot}.{name}": value for slot, state in track.end.items() for name, value in state.items()}
    known = {name: ~np.isfinite(v) for name, v in states.items() if not isinstance(v, jax.core.Tracer)}
    broken = [(int(bad.any(axis=0).argmax()), bad, name) for name, bad in known.items() if bad.any()]
    if broken:
        step, bad, name = min(broken, key=lambda found: found[0])
        raise SolveError(
            "a state is not finite",
            where=f"person {bad[:, step].argmax() + 1}, {grid.start[step]:.4g} h, `{name}`",
            then="check the parameters of this stage, or use a finer grid",
        )


def refuse_outside(times: np.ndarray, grid: Grid) -> None:
    """Refuse times at which nothing was solved: beyond the end a last step would only be drawn on.

    **Raises:** `RequestError` naming the first of them.
    """
    begin, end = float(grid.edges[0]), float(grid.edges[-1])
    outside = ~((begin - MOMENT <= times) & (times <= end + MOMENT))
    if outside.any():
        first = float(times[outside][0])
        raise RequestError("nothing was solved at this time", given=f"{first:g} h", allowed=f"{begin:g} to {end:g} h")


def refuse_nonfinite(values: Signals, times: np.ndarray) -> None:
    """Refuse signals by the first value that is not finite, naming person, time and port."""
    if any(isinstance(v, jax.core.Tracer) for v in values.values()):
        return
    for port, value in values.items():
        bad = ~np.isfinite(np.asarray(value))
        if bad.any():
            person, time = (int(i[0]) for i in np.nonzero(bad)[:2])
            raise SolveError("a value is not finite", where=f"person {person + 1}, {times[time]:.4g} h, `{port}`")
