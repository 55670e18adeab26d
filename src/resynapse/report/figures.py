"""Static figures for print: the whole chain on one page, and one figure for every room, as PNG and SVG."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from .axes import Window, draw_doses, draw_panel, label_curves
from .further import further_panels
from .headline import start
from .observations import Observation, observations
from .panels import ROOMS, Panel, panels_of
from .result import Result, opened
from .style import BANNER, INK, QUIET, clock

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CHAIN = "chain"
EARLY = 4.0
_FONTS = ("Helvetica Neue", "Helvetica", "Arial", "Liberation Sans", "DejaVu Sans")
_ROW, _WIDTH = 1.35, 10.0
_MARKS = (
    "published: circle = used to build, square = to verify, hollow = recalled, red ring = missed, half filled = "
    "contested, grey cross = not comparable"
)
_BARS = "thin bar: published range   pale bar: accepted range"


def chain_figure(tree: xr.DataTree) -> Figure:
    """Every panel of the chain under one another: the first hours on the left, the whole course on the right."""
    result = opened(tree)
    with look():
        return _figure(result, panels_of(result) or further_panels(result), result.text("title", "Result"))


def room_figures(tree: xr.DataTree) -> dict[str, Figure]:
    """One figure for every room that has signals, keyed by the room."""
    result = opened(tree)
    panels = panels_of(result) + further_panels(result)
    rooms = [*(r for r in ROOMS if any(p.room == r for p in panels)), *sorted({p.room for p in panels} - set(ROOMS))]
    with look():
        return {room: _figure(result, tuple(p for p in panels if p.room == room), room.capitalize()) for room in rooms}


def write_figures(tree: xr.DataTree, directory: Path | str) -> list[Path]:
    """Writes the chain figure and one figure per room into `directory`, each as PNG (200 dpi) and as SVG."""
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    figures = {CHAIN: chain_figure(tree)} | room_figures(tree)
    return [path for name, figure in figures.items() for path in saved(figure, folder / (name or "other"))]


def saved(figure: Figure, stem: Path) -> list[Path]:
    """Writes one figure as PNG (200 dpi) and as SVG, and returns both paths."""
    paths = [stem.with_suffix(".png"), stem.with_suffix(".svg")]
    with look():
        figure.savefig(paths[0], dpi=200, pil_kwargs={"compress_level": 1})
        figure.savefig(paths[1], metadata={"Date": None})
    return paths


def _figure(result: Result, panels: tuple[Panel, ...], title: str) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    height = _ROW * len(panels) + 1.4
    figure = Figure(figsize=(_WIDTH, height))
    FigureCanvasAgg(figure)
    windows = _windows(result)
    grid = figure.add_gridspec(
        len(panels),
        len(windows),
        width_ratios=[w.share for w in windows],
        left=0.215,
        right=0.835,
        top=1 - 0.75 / height,
        bottom=0.62 / height,
        wspace=0.05,
        hspace=0.24,
    )
    seen = observations(result)
    for row, panel in enumerate(panels):
        axes = _row(figure, grid, row, windows)
        _fill(axes, windows, panel, result, seen)
        _frame(axes, windows, last=row == len(panels) - 1)
        for axis, window in zip(axes, windows, strict=True) if row == 0 else ():
            draw_doses(axis, window, result)
    _margins(figure, title, result)
    return figure


def _row(figure: Figure, grid: Any, row: int, windows: tuple[Window, ...]) -> list[Any]:
    first = figure.add_subplot(grid[row, 0])
    return [first, *(figure.add_subplot(grid[row, i], sharey=first) for i in range(1, len(windows)))]


def _windows(result: Result) -> tuple[Window, ...]:
    zero, first, end = start(result), float(result.times[0]), float(result.times[-1])
    if end - zero <= 1.5 * EARLY:
        return (Window(first, end, zero, 1.0, 1.0, "hours after the first dose"),)
    early = Window(first, zero + EARLY, zero, 1.0, 1.0, "hours")
    if end - zero <= 72:
        return early, Window(zero, end, zero, 1.0, 1.4, "hours after the first dose", early.last)
    return early, Window(zero, end, zero, 24.0, 1.4, "days after the first dose", early.last)


def _fill(
    axes: list[Any], windows: tuple[Window, ...], panel: Panel, result: Result, seen: tuple[Observation, ...]
) -> None:
    for axis, window in zip(axes, windows, strict=True):
        draw_panel(axis, window, panel, result, seen)
    label_curves(axes[-1], windows[-1], panel, result)
    figure, top = axes[0].figure, axes[0].get_position().y1
    title = textwrap.fill(panel.title, 22)
    figure.text(0.02, top, title, weight="bold", va="top", size=8.5, linespacing=1.1)
    line = 0.145 * (1 + title.count("\n")) / figure.get_figheight()
    scale = textwrap.fill(panel.scale_text, 24)
    figure.text(0.02, top - line, scale, color=QUIET, va="top", size=7.5, linespacing=1.1)


def _frame(axes: list[Any], windows: tuple[Window, ...], last: bool) -> None:
    from matplotlib.ticker import MultipleLocator

    for i, (axis, window) in enumerate(zip(axes, windows, strict=True)):
        axis.tick_params(labelbottom=last, labelleft=i == 0, left=i == 0)
        axis.spines["left"].set_visible(i == 0)
        if i > 0:
            axis.set_xticks([t for t in axis.get_xticks() if 0 < t <= window.place(window.last)])
        if window.unit == 1.0 and window.last - window.first < 12:
            axis.xaxis.set_major_locator(MultipleLocator(1.0))
        if last:
            axis.set_xlabel(window.label, color=QUIET, size=8)


def _margins(figure: Figure, title: str, result: Result) -> None:
    height = figure.get_figheight()
    thin = "thin lines: other people" if len(result.people) > 1 else ""
    bold = f"bold line: {result.typical_name}" if len(result.people) > 1 else ""
    until = clock(float(result.times[-1]) - start(result))
    bold = bold or ("bold line: the calibration's medians" if result.draws else "")
    shaded = f"shaded: 50 and 90 % of {result.draws} draws" if result.draws else ""
    legend = "   ".join(t for t in (bold, thin, shaded, "grey dashes: healthy rest") if t)
    figure.text(0.02, 1 - 0.22 / height, title, weight="bold", size=11, va="center", color=INK)
    lines = [f"{legend}   {_BARS}", _MARKS] if result.rows("observed") else [legend]
    for i, line in enumerate(lines):
        figure.text(0.02, 1 - (0.40 + 0.14 * i) / height, line, size=7, va="center", color=QUIET)
    figure.text(0.02, 0.1 / height, f"{BANNER}  Simulated course over {until}.", size=7.5, color=QUIET)


@contextmanager
def look() -> Iterator[None]:
    """The look of every figure in print, without touching the settings of the process."""
    import matplotlib as mpl
    from matplotlib import font_manager

    have = set(font_manager.get_font_names())
    plain = {"axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": "#9aa4af", "axes.linewidth": 0.6}
    ticks = {"xtick.color": QUIET, "ytick.color": QUIET, "xtick.labelsize": 7.5, "ytick.labelsize": 7.5}
    size = {"xtick.major.size": 2.5, "ytick.major.size": 2.5, "xtick.major.width": 0.6, "ytick.major.width": 0.6}
    fonts = {
        "font.family": next(f for f in _FONTS if f in have),
        "text.color": INK,
        "svg.hashsalt": "resynapse",
        "path.simplify_threshold": 0.4,
        "text.parse_math": False,
    }
    settings: dict[Any, Any] = plain | ticks | size | fonts
    with mpl.rc_context(settings):
        yield
