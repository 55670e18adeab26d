"""Who is still without an event: Kaplan-Meier curves of the arms, with the numbers at risk below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .figures import look
from .lasting import Lasting, draw_lasting
from .ribbons import around
from .style import QUIET, stroke
from .trial import TrialResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TICKS = 7
_WORDS = {"time_to_relapse": "without relapse", "time_to_response": "without response"}


@dataclass(frozen=True, eq=False)
class Times:
    """Times of one kind of event: the endpoints that share them, what it is called, and the arms."""

    endpoints: tuple[str, ...]
    words: str
    arms: tuple[Lasting, ...]
    since: str = "randomisation"


def events_of(trial: TrialResult) -> tuple[Times, ...]:
    """Every kind of event of the design; endpoints with the same times share one figure."""
    table = trial.tables["times"]
    found: dict[bytes, Times] = {}
    for end in trial.record["contrasts"]:
        own = table[table["endpoint"] == end["endpoint"]]
        if end["measure"] not in _WORDS or not len(own):
            continue
        key = own["day"].to_numpy(np.float64).tobytes() + own["event"].to_numpy(np.int64).tobytes()
        before = found[key].endpoints if key in found else ()
        arms = tuple(_lasting(own, arm) for arm in trial.arms if (own["arm"] == arm).any())
        since = "the last session" if own["origin"].to_numpy(np.float64).max() > 0.0 else "randomisation"
        found[key] = Times((*before, end["endpoint"]), _WORDS[end["measure"]], arms, since)
    return tuple(found.values())


def draw_events(trial: TrialResult, times: Times) -> Figure:
    """The curves with their bands, ticks for people who were no longer watched, and how many were still at risk."""
    from matplotlib.figure import Figure

    rows = len(times.arms)
    height = 4.9 + 0.19 * rows
    with look():
        figure = Figure(figsize=(7.6, height))
        bottom = (1.2 + 0.19 * rows) / height
        axis = figure.add_axes((0.16, bottom, 0.8, 1 - 0.72 / height - bottom))
        draw_lasting(axis, times.arms)
        axis.set_ylabel(times.words, size=8, color=QUIET)
        axis.set_xlabel(f"days from {times.since}", size=8, color=QUIET, labelpad=2)
        _at_risk(axis, times)
        key = "band: 95 % (Kaplan-Meier, log-log)   ticks: no longer watched, without event   below: people at risk"
        around(figure, f"{times.endpoints[0].capitalize()}: {trial.design['name']}", key, trial.foot)
    return figure


def at_risk(days: NDArray[np.float64], when: NDArray[np.float64]) -> NDArray[np.int64]:
    """How many people are watched and without event just before each time."""
    return (days[None, :] >= when[:, None] - 1e-9).sum(axis=1)


def _lasting(own: Any, arm: str) -> Lasting:
    here = own[own["arm"] == arm]
    return Lasting(arm, here["day"].to_numpy(np.float64), here["event"].to_numpy(np.int64).astype(bool))


def _at_risk(axis: Any, times: Times) -> None:
    last = max(float(arm.days.max()) for arm in times.arms)
    step = next(s for s in (1, 2, 5, 7, 14, 28, 56, 91, 182, 365, 1e9) if last / s <= _TICKS)
    when = np.arange(0.0, last + 1e-6, step)
    axis.set_xticks(when)
    axis.set_xlim(-0.01 * last, 1.01 * last)
    inches = axis.get_position().height * axis.figure.get_figheight()
    first = -0.62 / inches
    axis.text(-0.02, first + 0.19 / inches, "at risk", transform=axis.transAxes, size=7.5, ha="right", color=QUIET)
    for i, arm in enumerate(times.arms):
        y, color = first - 0.17 * i / inches, stroke(i).color
        axis.text(-0.02, y, arm.label, transform=axis.transAxes, size=7.5, ha="right", color=color)
        for t, n in zip(when, at_risk(arm.days, when), strict=True):
            axis.text(t, y, str(n), transform=axis.get_xaxis_transform(), size=7.5, ha="center", color=color)
