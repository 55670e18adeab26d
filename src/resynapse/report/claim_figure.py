"""One figure for one claim, from plain data: courses or effects with their bands, and what was observed beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .crosses import Crosses, draw_crosses
from .figures import look
from .style import BANNER, INK, MISS, QUIET, RULE, stroke

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
_ARROWS = {
    **dict.fromkeys(("up", "kept", "rescued", "restored"), "^"),
    **dict.fromkeys(("down", "lost", "blocked", "attenuated"), "v"),
    "none": "_",
}
_HEAD, _FOOT = 0.42, 0.36  # inches above and below all panels
_TITLE, _BELOW = 0.45, 0.6  # inches for a panel's title, and for what stands below its axis before the legend


@dataclass(frozen=True, eq=False)
class Ribbon:
    """A curve with its band: `x`, and low end, middle and high end at each; without a band the ends are the middle."""

    label: str
    x: Floats
    low: Floats
    middle: Floats
    high: Floats


@dataclass(frozen=True)
class Mark:
    """Something observed at `x`: a value with its interval, or a direction alone; open when it is recalled."""

    x: float
    label: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    direction: str = ""
    recalled: bool = False


@dataclass(frozen=True, eq=False)
class Curves:
    """Curves over `x`, with what was observed; `rest` is drawn as a thin line."""

    title: str
    x_label: str
    y_label: str
    ribbons: tuple[Ribbon, ...]
    marks: tuple[Mark, ...] = ()
    log_x: bool = False
    ticks: tuple[float, ...] = ()
    rest: float | None = None
    y_range: tuple[float, float] | None = None


@dataclass(frozen=True)
class Row:
    """One effect with its band, and what was `seen` in words; `mark` draws it on the axis (`x` is not used)."""

    label: str
    low: float
    middle: float
    high: float
    seen: str = ""
    group: int = 0
    mark: Mark | None = None


@dataclass(frozen=True, eq=False)
class Bars:
    """Groups of bars side by side over the same few `x`, with lines from low to high end; `marked` is what came."""

    title: str
    x_label: str
    y_label: str
    groups: tuple[Ribbon, ...]
    marked: float
    came: str


@dataclass(frozen=True, eq=False)
class Rows:
    """Effects side by side; `rest` is where nothing happens; `groups` name the colours."""

    title: str
    x_label: str
    rows: tuple[Row, ...]
    rest: float | None = 0.0
    groups: tuple[str, ...] = ()
    log_x: bool = False


Panel = Curves | Rows | Bars | Crosses


@dataclass(frozen=True, eq=False)
class Shown:
    """What a figure shows, as plain data: panels under a `title`, and how they were made at the `foot`."""

    panels: tuple[Panel, ...]
    title: str
    foot: str

    def figure(self) -> Figure:
        """The figure."""
        return draw_claim(self.panels, self.title, self.foot)


def draw_claim(panels: Sequence[Panel], title: str, foot: str) -> Figure:
    """The panels, two side by side, under the claim's own words."""
    from matplotlib.figure import Figure

    lines = [panels[i : i + 2] for i in range(0, len(panels), 2)]
    width = max(sum(_width(p) for p in line) for line in lines)
    height = sum(map(_line_height, lines)) + _HEAD + _FOOT
    with look():
        figure = Figure(figsize=(width, height))
        top = height - _HEAD
        for line in lines:
            _side_by_side(figure, line, top)
            top -= _line_height(line)
        _words(figure, title, foot)
    return figure


def _side_by_side(figure: Figure, line: Sequence[Panel], top: float) -> None:
    """One line of panels whose room begins `top` inches above the lower edge."""
    left, (width, height) = 0.0, figure.get_size_inches()
    for panel in line:
        own, tall = _width(panel), _height(panel)
        wide = own - _margin(panel) - _after(panel)
        below = top - _TITLE - tall
        axis = figure.add_axes(((left + _margin(panel)) / width, below / height, wide / width, tall / height))
        _drawn(axis, panel)
        left += own


def _line_height(line: Sequence[Panel]) -> float:
    return max(_TITLE + _height(p) + _BELOW + 0.17 * _lines(p) for p in line)


def _drawn(axis: Any, panel: Panel) -> None:
    wide = axis.get_position().width * axis.figure.get_figwidth()
    back = (_margin(panel) - 0.15) / wide if isinstance(panel, Rows) else 0.0
    axis.set_title(fill(panel.title, int(14 * wide * (1.0 + back))), loc="left", x=-back, size=8.5, color=INK)
    if isinstance(panel, Curves):
        _curves(axis, panel)
    elif isinstance(panel, Bars):
        _bars(axis, panel)
    elif isinstance(panel, Rows):
        _rows(axis, panel)
    else:
        draw_crosses(axis, panel)
        if panel.groups:
            _legend(axis)
    axis.set_xlabel(panel.x_label, color=QUIET, size=8)


def _curves(axis: Any, panel: Curves) -> None:
    for i, ribbon in enumerate(panel.ribbons):
        own = stroke(i)
        axis.fill_between(ribbon.x, ribbon.low, ribbon.high, color=own.color, alpha=0.15, lw=0)
        line = (0, own.dash) if own.dash else "-"
        axis.plot(ribbon.x, ribbon.middle, color=own.color, lw=1.6, ls=line, label=ribbon.label)
    if panel.rest is not None:
        axis.axhline(panel.rest, color=RULE, lw=0.8, zorder=0)
    _scaled(axis, panel)
    for mark in panel.marks:
        _mark(axis, mark)
    _marks_told(axis, panel.marks)
    axis.set_ylabel(panel.y_label, color=QUIET, size=8)
    _legend(axis)


def _bars(axis: Any, panel: Bars) -> None:
    x, wide = panel.groups[0].x, 0.8 / len(panel.groups)
    axis.axvspan(panel.marked - 0.5, panel.marked + 0.5, color=MISS, alpha=0.08, lw=0, label=panel.came)
    for i, group in enumerate(panel.groups):
        at = x + wide * (i - (len(panel.groups) - 1) / 2)
        ends = (group.middle - group.low, group.high - group.middle)
        error = {"elinewidth": 0.8, "ecolor": INK}
        axis.bar(at, group.middle, 0.92 * wide, color=stroke(i).color, yerr=ends, error_kw=error, label=group.label)
    axis.set_xticks(x, labels=[f"{v:g}" for v in x])
    axis.set_xlim(float(x.min()) - 0.5, float(x.max()) + 0.5)
    axis.set_ylim(0.0, 1.05 * max(float(g.high.max()) for g in panel.groups))
    axis.set_ylabel(panel.y_label, color=QUIET, size=8)
    _legend(axis)


def _scaled(axis: Any, panel: Curves) -> None:
    if panel.log_x:
        axis.set_xscale("log")
    if panel.ticks:
        axis.set_xticks(panel.ticks, labels=[f"{t:g}" for t in panel.ticks])
        axis.minorticks_off()
    xs = np.concatenate([r.x for r in panel.ribbons] + [np.array([m.x for m in panel.marks])])
    axis.set_xlim(float(xs.min()), float(xs.max()) * (1.15 if panel.log_x else 1.02))
    if panel.y_range:
        axis.set_ylim(*panel.y_range)
        return
    ends = [r.low for r in panel.ribbons] + [r.high for r in panel.ribbons]
    ends += [np.array([v for v in (m.low, m.value, m.high) if v is not None]) for m in panel.marks]
    values = np.concatenate(ends)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    room = max(high - low, 1e-9)
    above = 0.16 if any(m.value is None for m in panel.marks) else 0.06
    axis.set_ylim(low - 0.06 * room, high + above * room)


def _mark(axis: Any, mark: Mark) -> None:
    """A value stands at its own height; a direction alone stands on a strip at the top."""
    face = "white" if mark.recalled else MISS
    if mark.value is None:
        sign = _ARROWS.get(mark.direction, "D")
        where = axis.get_xaxis_transform()
        axis.plot([mark.x], [0.95], sign, ms=6, color=MISS, mfc=face, mew=1.2, transform=where, clip_on=False, zorder=6)
        return
    if mark.low is not None and mark.high is not None:
        axis.plot([mark.x, mark.x], [mark.low, mark.high], color=MISS, lw=1.0, zorder=5)
    axis.plot([mark.x], [mark.value], "o", ms=5, color=MISS, mfc=face, mew=1.1, clip_on=False, zorder=6)


def _marks_told(axis: Any, marks: Sequence[Mark]) -> None:
    """Entries of the legend: which sign means what."""
    kinds = {
        "observed size": [m for m in marks if m.value is not None],
        "observed: up": [m for m in marks if m.value is None and _ARROWS.get(m.direction) == "^"],
        "observed: down": [m for m in marks if m.value is None and _ARROWS.get(m.direction) == "v"],
        "observed: no change": [m for m in marks if m.value is None and _ARROWS.get(m.direction) == "_"],
    }
    signs = dict(zip(kinds, ("o", "^", "v", "_"), strict=True))
    for words, own in kinds.items():
        if own:
            studies = ", ".join(dict.fromkeys(m.label for m in own))
            label = fill(f"{words} ({studies})", 62)
            face = "white" if all(m.recalled for m in own) else MISS
            axis.plot([], [], signs[words], ms=5, color=MISS, mfc=face, mew=1.1, label=label)


def _rows(axis: Any, panel: Rows) -> None:
    if panel.rest is not None:
        axis.axvline(panel.rest, color=QUIET, lw=0.8, zorder=0)
    for y, row in enumerate(panel.rows):
        own = stroke(row.group)
        if panel.groups and row.label and y:
            axis.axhline(y - 0.5, color=RULE, lw=0.6, zorder=0)
        axis.plot([row.low, row.high], [y, y], color=own.color, lw=1.3, solid_capstyle="butt")
        axis.plot([row.middle], [y], "o", ms=5, color=own.color)
        if row.mark is not None:
            _marked(axis, y, row.mark)
        axis.text(1.02, y, fill(row.seen, 36), transform=axis.get_yaxis_transform(), size=7, color=MISS, va="center")
    axis.set_yticks(range(len(panel.rows)), labels=[fill(r.label, 34) for r in panel.rows])
    axis.tick_params(axis="y", length=0)
    axis.set_ylim(len(panel.rows) - 0.4, -0.6)
    _row_range(axis, panel)
    for i, name in enumerate(panel.groups):
        axis.plot([], [], "o-", ms=5, color=stroke(i).color, label=name)
    if any(r.seen for r in panel.rows):
        axis.text(1.02, 1.02, "seen", transform=axis.transAxes, size=7.5, color=MISS)
    if panel.groups:
        _legend(axis)


def _marked(axis: Any, y: float, mark: Mark) -> None:
    """What was seen of a row, a little above its band."""
    if mark.low is not None and mark.high is not None:
        axis.plot([mark.low, mark.high], [y - 0.22, y - 0.22], color=MISS, lw=0.9)
    face = "white" if mark.recalled else MISS
    axis.plot([mark.value], [y - 0.22], "s", ms=4.2, color=MISS, mfc=face, mew=1.0, zorder=6)


def _row_range(axis: Any, panel: Rows) -> None:
    values = [v for r in panel.rows for v in (r.low, r.high)] + ([] if panel.rest is None else [panel.rest])
    marks = [r.mark for r in panel.rows if r.mark is not None]
    values += [v for m in marks for v in (m.low, m.value, m.high) if v is not None]
    if panel.log_x:
        axis.set_xscale("log")
        axis.set_xlim(min(values) / 1.3, max(values) * 1.3)
        ticks = [k * 10.0**n for n in range(-4, 5) for k in (1, 3)]
        shown = [t for t in ticks if min(values) / 1.3 <= t <= max(values) * 1.3]
        axis.set_xticks(shown, labels=[f"{t:g}" for t in shown])
        axis.minorticks_off()
        return
    room = max(max(values) - min(values), 1e-9)
    axis.set_xlim(min(values) - 0.06 * room, max(values) + 0.06 * room)


def _legend(axis: Any) -> None:
    """Below the axis and its label, where nothing is drawn."""
    drop = 0.46 / (axis.get_position().height * axis.figure.get_figheight())
    axis.legend(loc="upper left", bbox_to_anchor=(-0.02, -drop), frameon=False, fontsize=7.2, labelcolor=INK)


def _height(panel: Panel) -> float:
    if not isinstance(panel, Rows):
        return 2.7
    return max(1.6, (0.2 if panel.groups else 0.27) * len(panel.rows) + 0.3)


def _width(panel: Panel) -> float:
    if not isinstance(panel, Rows):
        return 4.4
    return 5.2 + (1.75 if any(r.seen for r in panel.rows) else 0.0)


def _margin(panel: Panel) -> float:
    return 2.25 if isinstance(panel, Rows) else 0.72


def _after(panel: Panel) -> float:
    """Room to the right of a panel (inches)."""
    return 1.95 if isinstance(panel, Rows) and any(r.seen for r in panel.rows) else 0.3


def _lines(panel: Panel) -> int:
    """Lines of the legend."""
    if isinstance(panel, Bars):
        return len(panel.groups) + 1
    if not isinstance(panel, Curves):
        return len(panel.groups)
    kinds = {m.direction or "size" for m in panel.marks}
    told = sum(len(m.label) + 2 for m in {m.label: m for m in panel.marks}.values())
    return len(panel.ribbons) + len(kinds) + told // 55


def _words(figure: Any, title: str, foot: str) -> None:
    height, wide = figure.get_figheight(), int(19.0 * figure.get_figwidth())
    figure.text(0.012, 1 - 0.12 / height, fill(title, int(0.6 * wide)), weight="bold", size=10, va="top", color=INK)
    words = fill(f"{foot} {BANNER}", wide)
    figure.text(0.012, 0.08 / height, words, size=7, color=QUIET, linespacing=1.25, va="bottom")
