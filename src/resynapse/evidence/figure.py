"""Draws a selection of observations as small multiples, one panel for each quantity and statistic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

from ..core.errors import EvidenceError
from ..core.units import convert
from .library import Library
from .study import Observation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#7A5195",
    "#8C6D31",
    "#4D4D4D",
    "#B2182B",
)
_SHAPES = {"build": "o", "verify": "D"}
_MOST = 30
_ROWS, _SERIES = 24, 8
_COLUMN_INCHES, _ROW_INCHES = 5.6, 0.2


@dataclass(frozen=True)
class _Panel:
    """Observations that share one axis."""

    quantity: str
    statistic: str
    unit: str
    observations: tuple[Observation, ...]

    @property
    def series(self) -> dict[str, list[Observation]]:
        """The arms, each with its observations."""
        grouped: dict[str, list[Observation]] = {}
        for o in self.observations:
            grouped.setdefault(f"{o.study.name}, {_short(o.arm.label, 26)}", []).append(o)
        return grouped

    @property
    def is_course(self) -> bool:
        """Whether some arm was measured at three times or more, with few enough arms to tell them apart."""
        longest = max(len({o.time for o in s if o.time is not None}) for s in self.series.values())
        return self.unit != "" and longest >= 3 and len(self.series) <= _SERIES

    @property
    def worth(self) -> int:
        """How many ordinary panels this one takes up."""
        return 1 if self.is_course else ceil(len(self.observations) / _ROWS)

    @property
    def height(self) -> float:
        """Height in inches."""
        if self.is_course:
            return 3.0 + _ROW_INCHES * len(self.series)
        return 1.1 + _ROW_INCHES * len(self.observations)


def draw(selection: Library) -> Figure:
    """Small multiples of a selection: points with their printed spread, by study; a recalled number is hollow.

    Circles are build, diamonds verify. Time courses are drawn over time, each arm a hair to the right of the one
    before so that bars stay apart; everything else is one line an observation.

    **Raises:** `EvidenceError` when nothing is selected, or when the selection would fill more than 30 panels.
    """
    panels = _panels(selection)
    worth = sum(p.worth for p in panels)
    if not panels or worth > _MOST:
        raise EvidenceError(
            "this selection is too large for one figure" if panels else "there is nothing to draw",
            given=f"{len(selection)} observations of {len(panels)} kinds, worth {worth} panels",
            allowed=f"1 to {_MOST} panels",
            then='narrow it, such as library().select(endpoint="efficacy", quantity="madrs_total", statistic="change")',
        )
    return _figure(panels)


def _panels(selection: Library) -> list[_Panel]:
    grouped: dict[tuple[str, str, str], list[Observation]] = {}
    for o in selection:
        grouped.setdefault((o.quantity, o.statistic, o.unit), []).append(o)
    return [_Panel(*key, tuple(found)) for key, found in sorted(grouped.items())]


def _figure(panels: Sequence[_Panel]) -> Figure:
    from matplotlib.figure import Figure

    columns = min(3, len(panels))
    lines = [panels[i : i + columns] for i in range(0, len(panels), columns)]
    heights = [max(p.height for p in line) for line in lines]
    figure = Figure(figsize=(_COLUMN_INCHES * columns, sum(heights) + 0.6), layout="constrained")
    grid = figure.add_gridspec(len(lines), columns, height_ratios=heights)
    for row, line in enumerate(lines):
        for column, panel in enumerate(line):
            _draw_panel(figure.add_subplot(grid[row, column]), panel)
    figure.legend(handles=_key(), loc="outside lower center", ncols=4, frameon=False, fontsize=8)
    return figure


def _draw_panel(ax: Axes, panel: _Panel) -> None:
    ax.set_title(f"{panel.quantity}: {panel.statistic.replace('_', ' ')}", loc="left", fontsize=9, fontweight="bold")
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=7)
    if panel.is_course:
        _draw_course(ax, panel)
    elif panel.unit:
        _draw_rows(ax, panel)
    else:
        _draw_words(ax, panel)


def _draw_course(ax: Axes, panel: _Panel) -> None:
    unit = _time_unit(panel.observations)
    aside = 0.006 * max(_time(o, unit) for o in panel.observations if o.time is not None)
    for i, ((label, observed), colour) in enumerate(zip(panel.series.items(), _COLOURS, strict=False)):
        timed = [(_time(o, unit) + i * aside, o) for o in observed if o.time is not None]
        timed.sort(key=lambda pair: pair[0])
        ax.plot([t for t, _ in timed], [o.value or 0.0 for _, o in timed], color=colour, alpha=0.4, lw=1, label=label)
        for t, o in timed:
            _point(ax, t, o, colour, upright=True)
    ax.set_xlabel(f"time [{unit}]", fontsize=8)
    ax.set_ylabel(_axis(panel), fontsize=8)
    ax.legend(loc="upper left", bbox_to_anchor=(0, -0.18), fontsize=7, frameon=False, borderaxespad=0)


def _draw_rows(ax: Axes, panel: _Panel) -> None:
    colours = _colours(panel)
    ordered = _ordered(panel)
    for y, o in enumerate(ordered):
        _point(ax, y, o, colours[o.study.name], upright=False)
    _name_rows(ax, ordered)
    ax.grid(axis="x", color="0.92", lw=0.6)
    ax.set_axisbelow(True)
    if ax.get_xlim()[0] < 0 < ax.get_xlim()[1]:
        ax.axvline(0, color="0.6", lw=0.8, zorder=0)
    ax.set_xlabel(_axis(panel), fontsize=8)


def _draw_words(ax: Axes, panel: _Panel) -> None:
    colours = _colours(panel)
    ordered = _ordered(panel)
    for y, o in enumerate(ordered):
        ax.plot(0, y, marker=_SHAPES[o.role], ms=5, ls="", **_face(o, colours[o.study.name]))
        ax.annotate(o.direction, (0, y), xytext=(9, 0), textcoords="offset points", va="center", fontsize=7)
    _name_rows(ax, ordered)
    ax.set_xlim(-0.5, 4)
    ax.set_xticks([])
    ax.set_xlabel("direction, no number printed", fontsize=8)


def _point(ax: Axes, place: float, o: Observation, colour: str, *, upright: bool) -> None:
    if o.value is None:
        return
    low, high = o.interval or (o.value, o.value)
    bars = [[max(o.value - low, 0.0)], [max(high - o.value, 0.0)]]
    x, y, error = (place, o.value, {"yerr": bars}) if upright else (o.value, place, {"xerr": bars})
    style: Any = {"fmt": _SHAPES[o.role], "ms": 5, "ecolor": colour, "elinewidth": 0.9, **_face(o, colour), **error}
    ax.errorbar(x, y, **style)


def _face(o: Observation, colour: str) -> dict[str, Any]:
    return {"mec": colour, "mfc": "white" if o.mark == "recalled" else colour}


def _name_rows(ax: Axes, ordered: Sequence[Observation]) -> None:
    ax.set_yticks(range(len(ordered)), [_row_label(o) for o in ordered], fontsize=6.5)
    ax.set_ylim(len(ordered) - 0.4, -0.6)


def _row_label(o: Observation) -> str:
    when = "" if o.time is None else f", {o.time:g} {o.time_unit}"
    return f"{o.study.name}: {_short(o.arm.label, 30)}{when}"


def _ordered(panel: _Panel) -> list[Observation]:
    return sorted(panel.observations, key=lambda o: (o.study.name, o.arm.name, o.time if o.time is not None else -1.0))


def _colours(panel: _Panel) -> dict[str, str]:
    names = dict.fromkeys(o.study.name for o in _ordered(panel))
    return {name: _COLOURS[i % len(_COLOURS)] for i, name in enumerate(names)}


def _axis(panel: _Panel) -> str:
    return f"{panel.quantity} [{'no unit' if panel.unit == '1' else panel.unit}]"


def _time_unit(observations: Sequence[Observation]) -> str:
    return "h" if max(_time(o, "h") for o in observations if o.time is not None) <= 72 else "d"


def _time(o: Observation, unit: str) -> float:
    return convert(o.time or 0.0, o.time_unit, unit, EvidenceError, o.study.where)


def _short(text: str, most: int) -> str:
    """The text, or its two ends where it is too long: doses often stand at the end."""
    return text if len(text) <= most else f"{text[: most // 2].rstrip()}…{text[1 + most // 2 - most :].lstrip()}"


def _key() -> list[Any]:
    from matplotlib.lines import Line2D

    def entry(marker: str, face: str, label: str) -> Line2D:
        return Line2D([], [], marker=marker, ls="", ms=5, mec="0.3", mfc=face, label=label)

    bars = Line2D([], [], color="0.3", lw=0.9, label="bar: printed SD, SE, interval or range")
    return [entry("o", "0.3", "build"), entry("D", "0.3", "verify"), entry("o", "white", "recalled, not checked"), bars]
