"""Simulated intervals beside published ones, row by row: the contrasts of a trial, and what was printed of its arms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from textwrap import fill
from typing import TYPE_CHECKING, Any

from .figures import look
from .ribbons import around
from .style import INK, MISS, QUIET, RULE, number, stroke
from .trial import MINUS, RATIOS, Row, TrialResult, with_interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ROW, _NAME = 0.52, 44
_POINTS, _PERCENT = "difference of shares, percentage points", "share of people, %"
_SIDES = {
    "time_to_relapse": "; below 1: the first arm relapses later",
    "time_to_response": "; above 1: the first arm responds sooner",
}
KEY = (
    "circle: one trial, 95 % CI   pale bar: 95 % of replicates, tick: median   square: published, 95 % CI   "
    "red: outside the bar"
)


@dataclass(frozen=True)
class Line:
    """One row of a forest: a name, what one trial says, what replicates say, what was printed, and the verdict.

    **Arguments:** the three are value, low, high, each possibly nothing; `axis` names the unit; `line` is where there
    is no effect, if the row is a contrast.
    """

    name: str
    axis: str
    here: tuple[Any, Any, Any]
    predicted: tuple[Any, Any, Any]
    published: tuple[Any, Any, Any]
    verdict: str
    line: float | None


def contrasts(trial: TrialResult) -> tuple[Line, ...]:
    """Every contrast of the design, with what was printed of it; then printed contrasts without an analysis."""
    found = [_contrast(trial, end) for end in trial.record["contrasts"] if end["method"]]
    used = {end["endpoint"] for end in trial.record["contrasts"] if end["method"]}
    others = (one for one in trial.record["published"] if len(one["of"]) == 2 and one["endpoint"] not in used)
    return tuple([line for line in found if line.predicted[1] is not None] + [_arm(trial, one) for one in others])


def of_arms(trial: TrialResult) -> tuple[Line, ...]:
    """What was printed of single arms, or of several taken together."""
    return tuple(
        _arm(trial, one) for one in trial.record["published"] if len(one["of"]) != 2 and one["value"] is not None
    )


def draw_forest(trial: TrialResult, lines: Sequence[Line], title: str) -> Figure:
    """Rows in groups of one unit each, with their numbers in words at the right."""
    from matplotlib.figure import Figure

    groups = {axis: [x for x in lines if x.axis == axis] for axis in dict.fromkeys(x.axis for x in lines)}
    height = 1.55 + sum(_ROW * len(g) + 0.85 for g in groups.values())
    with look():
        figure = Figure(figsize=(11.0, height))
        top = height - 0.78
        for name, group in groups.items():
            tall = _ROW * len(group)
            axis = figure.add_axes((0.265, (top - 0.28 - tall) / height, 0.305, tall / height))
            _group(axis, name, group)
            top -= tall + 0.85
        around(figure, title, KEY, trial.foot)
    return figure


def unit_axis(measure: str, summary: str, contrast: bool, scale: str) -> str:
    """The unit of a row in words, which is also the label of its axis."""
    if summary in RATIOS:
        return f"{summary.replace('_', ' ')} (logarithmic){_SIDES.get(measure, '')}"
    if measure in ("response", "remission") or summary in ("share_without_event", "cumulative_incidence"):
        return _POINTS if contrast else _PERCENT
    if summary == "median_time":
        return "days"
    if contrast:
        return f"difference, points of {scale}"
    return f"{measure}, points of {scale}"


def _contrast(trial: TrialResult, end: Row) -> Line:
    answer = trial.answer(end["endpoint"])
    printed = next((o for o in trial.record["published"] if _is_of(o, end)), None)
    name = end["endpoint"]
    if end["treatment"] and end["control"]:
        name = f"{name}: {end['treatment']} {_sign(end['summary'])} {end['control']}"
    published = _printed(printed) if printed else (None, None, None)
    verdict = str(printed["verdict"]) if printed else ""
    if printed and printed["value"] is None:
        name = f"{name} (published: {_direction(printed)})"
    ratio = end["summary"] in RATIOS
    here = (answer.get("estimate"), answer.get("low"), answer.get("high"))
    axis = unit_axis(end["measure"], end["summary"], True, trial.scale(end["scale"]))
    return _line(Line(name, axis, here, _predicted(end), published, verdict, 1.0 if ratio else 0.0))


def _sign(summary: str) -> str:
    """What stands between two arms: a ratio is one over the other, all else one less the other."""
    return "over" if summary in RATIOS else MINUS


def _is_of(printed: Row, end: Row) -> bool:
    return printed["endpoint"] == end["endpoint"] and printed["of"] == [end["treatment"], end["control"]]


def _arm(trial: TrialResult, one: Row) -> Line:
    contrast = len(one["of"]) == 2
    joined = f" {_sign(str(one['statistic']))} " if contrast else " + "
    name = f"{one['endpoint']}: {joined.join(one['of'])}"
    axis = unit_axis(one["measure"], one["statistic"], contrast, trial.scale(one["scale"]))
    if one["statistic"] == "cumulative_incidence":
        name = f"{name} ({trial.statistic(one)})"
    if one["value"] is None:
        name = f"{name} (published: {_direction(one)})"
    ratio = one["statistic"] in RATIOS
    line = (1.0 if ratio else 0.0) if contrast else None
    return _line(Line(name, axis, (one["here"], None, None), _predicted(one), _printed(one), str(one["verdict"]), line))


def _line(line: Line) -> Line:
    """The row as it is drawn: shares in per cent."""
    if line.axis not in (_POINTS, _PERCENT):
        return line

    def percent(three: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
        low, middle, high = (None if x is None else 100.0 * x for x in three)
        return low, middle, high

    three = (percent(line.here), percent(line.predicted), percent(line.published))
    return replace(line, here=three[0], predicted=three[1], published=three[2])


def _direction(one: Row) -> str:
    return {"none": "no difference", "down": "lower", "up": "higher"}.get(one["direction"], str(one["direction"]))


def _printed(one: Row) -> tuple[Any, Any, Any]:
    spread = str(one["dispersion"]).startswith("sd")
    return one["value"], None if spread else one["low"], None if spread else one["high"]


def _predicted(one: Row) -> tuple[Any, Any, Any]:
    found = one["predicted"]
    return found["median"], found["low"], found["high"]


def _group(axis: Any, name: str, lines: Sequence[Line]) -> None:
    if "logarithmic" in name:
        axis.set_xscale("log")
    for i, line in enumerate(lines):
        _bar(axis, i, line)
        _words(axis, i, line)
    at = next((x.line for x in lines if x.line is not None), None)
    if at is not None:
        axis.axvline(at, color="#8b95a1", lw=0.8, ls=(0, (4, 3)), zorder=0)
    axis.set_ylim(len(lines) - 0.5, -0.5)
    axis.set_yticks([])
    axis.spines["left"].set_visible(False)
    axis.grid(axis="x", color=RULE, lw=0.5)
    axis.set_axisbelow(True)
    axis.set_xlabel(name, size=8, color=QUIET, labelpad=2)
    _heads(axis)
    if "logarithmic" in name:
        _plain_ticks(axis)


def _bar(axis: Any, y: int, line: Line) -> None:
    color, bad = stroke(0).color, line.verdict == "miss"
    middle, low, high = line.predicted
    if low is not None:
        axis.plot([low, high], [y, y], color=color, lw=9, alpha=0.22, solid_capstyle="butt")
        axis.plot([middle, middle], [y - 0.16, y + 0.16], color=color, lw=1.6)
    _mark(axis, y - 0.13, line.here, "o", color, "full")
    _mark(axis, y + 0.2, line.published, "s", MISS if bad else INK, "hollow")


def _mark(axis: Any, y: float, given: tuple[Any, Any, Any], shape: str, color: str, fill_: str) -> None:
    value, low, high = given
    if value is None:
        return
    if low is not None and high is not None:
        axis.plot([low, high], [y, y], color=color, lw=1.1, solid_capstyle="butt")
    inside = color if fill_ == "full" else "white"
    axis.plot(value, y, shape, ms=5.2, color=color, mfc=inside, mec=color, mew=1.2, zorder=4)


def _words(axis: Any, y: int, line: Line) -> None:
    place = axis.get_yaxis_transform()
    axis.text(-0.03, y, fill(line.name, _NAME), transform=place, size=7.8, va="center", ha="right", linespacing=1.1)
    told = (with_interval(*line.here), with_interval(*line.predicted), with_interval(*line.published))
    color = MISS if line.verdict == "miss" else INK
    for x, words, tint in zip(_COLUMNS, told, (INK, INK, color), strict=True):
        axis.text(x, y, "" if words == "–" else words, transform=place, size=7.4, va="center", color=tint)


_COLUMNS = (1.03, 1.5, 1.97)


def _heads(axis: Any) -> None:
    place = axis.get_yaxis_transform()
    for x, words in zip(_COLUMNS, ("one trial (95 % CI)", "replicates (95 %)", "published"), strict=True):
        axis.text(x, -0.6, words, transform=place, size=7.4, va="bottom", color=QUIET)


def _plain_ticks(axis: Any) -> None:
    from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator

    low, high = axis.get_xlim()
    ticks = [t for t in (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0) if low <= t <= high]
    axis.xaxis.set_major_locator(FixedLocator(ticks))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.set_xticks(ticks, labels=[number(t) for t in ticks])
