"""How differently people fare in one arm: the share who reached each fall, and every person's change as a bar."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .figures import look
from .ribbons import around
from .style import QUIET, RULE, stroke
from .trial import TrialResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
_HALF, _COLUMNS = 50.0, 4


def falls(trial: TrialResult) -> tuple[str, str, dict[str, Floats]] | None:
    """Scale, visit, and each arm's falls from baseline (%); nothing where courses are not told as changes.

    The visit is that of the first primary endpoint, or else the last.
    """
    if not trial.record["courses"]["change"]:
        return None
    end = trial.primary or {}
    scale = end.get("scale") or "madrs_total"
    visits = trial.tables["visits"]
    visit = end.get("visit") or trial.look(len(trial.record["looks"]) - 1)["name"]
    here = visits[(visits["scale"] == scale) & (visits["visit"] == visit)]
    base = here["value"] - here["change"]
    here, base = here[base > 0], base[base > 0]
    fall = -100.0 * here["change"] / base
    found = {arm: np.sort(fall[here["arm"] == arm].to_numpy(np.float64))[::-1] for arm in trial.arms}
    return (scale, visit, found) if all(len(x) for x in found.values()) else None


def draw_spread(trial: TrialResult, found: tuple[str, str, dict[str, Floats]]) -> Figure:
    """The cumulative curve above; below it one bar a person, the largest fall first, an arm a panel."""
    from matplotlib.figure import Figure

    scale, visit, arms = found
    columns = min(_COLUMNS, len(arms))
    lines = -(-len(arms) // columns)
    height = 4.6 + 1.95 * lines
    with look():
        figure = Figure(figsize=(9.0, height))
        axis = figure.add_axes((0.085, 1 - 3.55 / height, 0.89, 2.75 / height))
        _cumulative(axis, arms)
        for i, (arm, values) in enumerate(arms.items()):
            x, y = i % columns, i // columns
            wide = 0.89 / columns
            box = (0.085 + wide * x, (height - 5.75 - 1.95 * y) / height, wide - 0.025, 1.35 / height)
            _waterfall(figure.add_axes(box), arm, i, values, first=x == 0)
        title = f"How people fare: {trial.scale(scale)}, {visit}"
        around(
            figure,
            title,
            "dashes: response, a fall of half   bars: one person each, the largest fall first",
            trial.foot,
        )
    return figure


def _cumulative(axis: Any, arms: dict[str, Floats]) -> None:
    grid = np.linspace(-50.0, 100.0, 301)
    for i, (arm, values) in enumerate(arms.items()):
        how = stroke(i)
        share = (values[None, :] >= grid[:, None] - 1e-9).mean(axis=1)
        pattern: Any = (0, tuple(d / 1.5 for d in how.dash)) if how.dash else "-"
        responded = 100 * float((values >= _HALF - 1e-9).mean())
        label = f"{arm} (n = {len(values)}, {responded:.0f} % respond)"
        axis.step(grid, 100 * share, color=how.color, lw=1.6, ls=pattern, label=label)
    axis.axvline(_HALF, color="#8b95a1", lw=0.8, ls=(0, (4, 3)), zorder=0)
    axis.set_xlim(-50, 100)
    axis.set_ylim(0, 102)
    axis.grid(axis="y", color=RULE, lw=0.5)
    axis.set_xlabel("fall from baseline of at least, %", size=8, color=QUIET, labelpad=2)
    axis.set_ylabel("% of people", size=8, color=QUIET)
    axis.legend(frameon=False, fontsize=7.5, loc="upper right", handlelength=2.8, labelcolor=QUIET)


def _waterfall(axis: Any, arm: str, place: int, values: Floats, first: bool) -> None:
    color = stroke(place).color
    tint = [color if v >= _HALF - 1e-9 else "#b9c2cb" for v in values]
    axis.bar(np.arange(len(values)), -np.clip(values, -60.0, 100.0), width=0.92, color=tint, lw=0)
    axis.axhline(0, color="#8b95a1", lw=0.6)
    axis.axhline(-_HALF, color="#8b95a1", lw=0.8, ls=(0, (4, 3)))
    axis.set_ylim(-103, 63)
    axis.set_xlim(-1, len(values))
    axis.set_xticks([])
    axis.set_yticks([-100, -50, 0, 50], labels=["−100", "−50", "0", "+50"] if first else [])
    axis.set_title(fill(f"{arm} (n = {len(values)})", 34), loc="left", size=8, color=color, pad=4)
    if first:
        axis.set_ylabel("change, %", size=8, color=QUIET)
