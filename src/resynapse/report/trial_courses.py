"""Courses of the arms of a trial: means with intervals, bands of many replicates, and what was published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any

from .figures import look
from .ribbons import around
from .style import QUIET, RULE, number, stroke
from .trial import Row, TrialResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NUMBERS = 12
_TITLE = 44
_HOURS = 3.0
_WIDE = {1: 7.6, 2: 4.9, 3: 4.0}
_APART = 0.007
KEY = "line and bars: mean of one trial, 95 % interval   band: 95 % of replicates' means   open square: published"


def draw_courses(trial: TrialResult) -> Figure:
    """One panel a scale and, beyond three arms, one an arm; numbers of people seen stand below."""
    from matplotlib.figure import Figure

    panels = _panels(trial)
    columns = min(len(panels), 2 if len(panels) in (2, 4) else 3)
    lines = -(-len(panels) // columns)
    below = 0.55 + 0.16 * max(len(rows) for _, rows in panels)
    each = 3.1 + below
    height, wide = each * lines + 1.35, _WIDE[columns] * columns
    with look():
        figure = Figure(figsize=(wide, height))
        left, span = 0.72 / wide, 1 / columns
        for i, (name, rows) in enumerate(panels):
            top = height - 0.95 - each * (i // columns)
            box = ((i % columns) * span + left, (top - each + below + 0.36) / height, span - left - 0.16 / wide)
            axis = figure.add_axes((*box, (each - below - 0.4) / height))
            _panel(axis, trial, name, rows)
        _share_limits(figure.axes)
        around(figure, _heading(trial), KEY, trial.foot)
    return figure


def drawn_points(trial: TrialResult) -> tuple[Row, ...]:
    """Published means that stand on the axes: of one arm, at a visit, in the unit of the course."""
    wanted = "change" if trial.record["courses"]["change"] else "score"
    names = {row["scale"] for row in trial.record["courses"]["rows"]}
    return tuple(
        one
        for one in trial.record["published"]
        if one["measure"] == wanted and one["statistic"] in ("change", "mean") and one["scale"] in names
        if one["value"] is not None and len(one["of"]) == 1 and one["of"][0] in trial.arms
    )


def _heading(trial: TrialResult) -> str:
    what = "Change from baseline" if trial.record["courses"]["change"] else "Score"
    return f"{what} by arm: {trial.design['name']}"


def _panels(trial: TrialResult) -> list[tuple[str, list[Row]]]:
    rows = [r for r in trial.record["courses"]["rows"] if r["points"]]
    names = list(dict.fromkeys(r["scale"] for r in rows))
    if len(trial.arms) <= 3:
        return [(name, [r for r in rows if r["scale"] == name]) for name in names]
    return [(name, [r]) for name in names for r in rows if r["scale"] == name]


def _panel(axis: Any, trial: TrialResult, name: str, rows: Sequence[Row]) -> None:
    places = sorted({p["look"] for row in rows for p in row["points"]})
    short = max(float(trial.look(k)["day"]) for k in places) <= _HOURS
    at = {k: (24.0 if short else 1.0) * float(trial.look(k)["day"]) for k in places}
    width = max(max(at.values()) - min(at.values()), 1.0)
    for row in rows:
        arm = trial.arms.index(row["arm"])
        offset = _APART * width * (rows.index(row) - (len(rows) - 1) / 2)
        _course(axis, [(at[p["look"]] + offset, p) for p in row["points"]], arm, row["arm"])
        _published(axis, trial, (name, row["arm"]), (at, offset), arm)
    axis.axhline(0.0, color="#8b95a1", lw=0.6, ls=(0, (4, 3)), zorder=0)
    axis.grid(axis="y", color=RULE, lw=0.5)
    axis.set_axisbelow(True)
    if min(at.values()) < 0.0:
        axis.axvline(0.0, color="#8b95a1", lw=0.6, ls=(0, (4, 3)), zorder=0)
    axis.set_xlim(min(at.values()) - 0.05 * width, max(at.values()) + 0.05 * width)
    _ticks(axis, at, short)
    _numbers(axis, rows, at)
    _words(axis, trial, name, rows)


def _course(axis: Any, points: Sequence[tuple[float, Row]], arm: int, label: str) -> None:
    how = stroke(arm)
    x, y = [x for x, _ in points], [p["mean"] for _, p in points]
    pattern: Any = (0, tuple(d / 1.5 for d in how.dash)) if how.dash else "-"
    reach = [[p["mean"] - p["low"] for _, p in points], [p["high"] - p["mean"] for _, p in points]]
    axis.errorbar(x, y, reach, color=how.color, lw=1.5, ls=pattern, marker="o", ms=3.6, elinewidth=0.9, label=label)
    banded = [(x, p["predicted"]) for x, p in points if p["predicted"]["low"] is not None]
    low, high = [b["low"] for _, b in banded], [b["high"] for _, b in banded]
    axis.fill_between([x for x, _ in banded], low, high, color=how.color, alpha=0.13, lw=0)


def _published(axis: Any, trial: TrialResult, which: tuple[str, str], where: tuple[Any, float], arm: int) -> None:
    at, offset = where
    for one in drawn_points(trial):
        place = next((k for k in at if trial.look(k)["name"] == one["visit"]), None)
        if (one["scale"], one["of"][0]) != which or place is None:
            continue
        x, color = at[place] + offset, stroke(arm).color
        if one["low"] is not None and not str(one["dispersion"]).startswith("sd"):
            axis.plot([x, x], [one["low"], one["high"]], color=color, lw=0.9)
        axis.plot(x, one["value"], "s", ms=6.0, mfc="white", mec=color, mew=1.4, zorder=4)


def _ticks(axis: Any, at: Mapping[int, float], short: bool) -> None:
    """Time to scale: a tick at each visit, a number at those far enough from one another."""
    shown = [at[k] for k in _apart(at)]
    axis.set_xticks(shown, labels=[number(x) for x in shown], size=7)
    axis.set_xticks(list(at.values()), minor=True)
    unit = "hours from randomisation" if short else "days from randomisation"
    axis.set_xlabel(unit, size=8, color=QUIET, labelpad=1)


def _numbers(axis: Any, rows: Sequence[Row], at: Mapping[int, float]) -> None:
    """How many people were seen, below the axis, at up to a dozen visits."""
    shown = _apart(at)
    figure_inches = axis.get_position().height * axis.figure.get_figheight()
    step, first = 0.15 / figure_inches, -0.56 / figure_inches
    for i, row in enumerate(rows):
        by = {p["look"]: p["n"] for p in row["points"]}
        color = stroke_of(row)
        for k in shown:
            words = str(by.get(k, ""))
            axis.text(
                at[k], first - step * i, words, transform=axis.get_xaxis_transform(), size=7, ha="center", color=color
            )
    axis.text(-0.012, first, "n", transform=axis.transAxes, size=7, ha="right", color=QUIET)


def _apart(at: Mapping[int, float]) -> list[int]:
    """Visits far enough from one another for a number to stand below each, randomisation and the last before others."""
    least = 0.95 * (max(at.values()) - min(at.values())) / _NUMBERS
    wanted = sorted(at, key=lambda k: (at[k] not in (0.0, max(at.values())), at[k]))
    found: list[int] = []
    for k in wanted:
        if all(abs(at[k] - at[other]) >= least for other in found):
            found.append(k)
    return sorted(found, key=lambda k: at[k])


def stroke_of(row: Row) -> str:
    """The colour of an arm, as its place in the design gave it."""
    return stroke(int(row["place"])).color


def _words(axis: Any, trial: TrialResult, name: str, rows: Sequence[Row]) -> None:
    scale = trial.scale(name)
    title = scale if len(rows) > 1 else rows[0]["arm"]
    axis.set_title(fill(title, _TITLE), loc="left", size=8.5, weight="bold", pad=5)
    low, high = trial.record["scales"].get(name, {"range": ("", "")})["range"]
    what = "change, points" if trial.record["courses"]["change"] else "score, points"
    label = f"{what} (scale {low:g} to {high:g})"
    axis.set_ylabel(label if len(rows) > 1 else fill(f"{scale}: {label}", 46), size=7.5, color=QUIET)
    axis.set_label(name)
    if len(rows) > 1:
        axis.legend(frameon=False, fontsize=7.5, loc="best", handlelength=2.8, labelcolor=QUIET)


def _share_limits(axes: Sequence[Any]) -> None:
    """Panels of the same scale keep the same limits, so that arms can be compared."""
    groups: dict[str, list[Any]] = {}
    for axis in axes:
        groups.setdefault(str(axis.get_label()), []).append(axis)
    for group in groups.values():
        low, high = min(a.get_ylim()[0] for a in group), max(a.get_ylim()[1] for a in group)
        for axis in group:
            axis.set_ylim(low, high)
