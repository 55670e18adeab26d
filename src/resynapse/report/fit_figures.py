"""Figures that say how good a fit is: predictions, residuals, prediction errors, visual predictive checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .figures import look
from .style import BANNER, INK, QUIET, stroke, unit_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Record = Mapping[str, Any]


def fit_figure(people: Sequence[Record]) -> Figure:
    """How good a fit is over everybody: value against prediction, residuals and prediction errors against time."""
    rows = [row | {"id": p["id"]} for p in people for row in p["ipred"]]
    panels: tuple[Callable[[Any, list[Record]], None], ...] = (
        _against("pred", "typical prediction"),
        _against("ipred", "individual prediction"),
        _over_time("iwres", "individual weighted residual"),
        _over_time("cwresi", "conditional weighted residual (CWRESI)"),
        _quantiles,
        _over_time("npde", "prediction error (NPDE)"),
    )
    with look():
        figure = blank_figure(10.2, 6.9)
        grid = figure.add_gridspec(2, 3, left=0.075, right=0.985, top=0.87, bottom=0.12, wspace=0.3, hspace=0.36)
        for i, draw in enumerate(panels):
            draw(figure.add_subplot(grid[i % 2, i // 2]), rows)
        _legend(figure, rows)
        frame(figure, f"How good is the fit? Theory {people[0]['body']}", "values below a limit are left out")
    return figure


def check_figure(found: Record) -> Figure:
    """The visual predictive check of one port, plain and prediction-corrected."""
    with look():
        figure = blank_figure(9.2, 4.2)
        for axis, (kind, words) in zip(_row(figure, 2), _KINDS, strict=True):
            _draw_check(axis, found[kind], f"{found['port']}{words}, {unit_text(found['unit'])}")
        title = f"Visual predictive check, theory {found['body']}"
        frame(figure, title, "lines: 5th, 50th and 95th percentile measured   bands: 90 % of simulated tables")
    return figure


_KINDS = (("plain", ""), ("prediction_corrected", ", prediction-corrected"))


def _against(column: str, words: str) -> Callable[[Any, list[Record]], None]:
    def draw(axis: Any, rows: list[Record]) -> None:
        for i, _, own in _by_port(rows):
            axis.plot([r[column] for r in own], [r["dv"] for r in own], **_dot(i))
        values = [v for r in _seen(rows) for v in (r["dv"], r[column]) if v > 0] or [1.0]
        ends = (0.75 * min(values), 1.33 * max(values))
        axis.plot(ends, ends, color="#8b95a1", lw=0.8, zorder=0)
        axis.set(xscale="log", yscale="log", xlim=ends, ylim=ends)
        plain_decades(axis)
        axis.set_xlabel(words, size=8)
        axis.set_ylabel("measured", size=8)

    return draw


def _over_time(column: str, words: str) -> Callable[[Any, list[Record]], None]:
    def draw(axis: Any, rows: list[Record]) -> None:
        for height in (-1.96, 0.0, 1.96):
            axis.axhline(height, color="#8b95a1", lw=0.8, ls="-" if not height else (0, (4, 3)), zorder=0)
        for i, _, own in _by_port(rows):
            axis.plot([r["time_h"] for r in own], [r[column] for r in own], **_dot(i))
        axis.set_ylim(*_balanced([r[column] for r in _seen(rows)]))
        axis.set_xlabel("hours", size=8)
        axis.set_ylabel(words, size=8)

    return draw


def _quantiles(axis: Any, rows: list[Record]) -> None:
    from statistics import NormalDist

    errors = np.sort([r["npde"] for r in _seen(rows) if r["npde"] is not None])
    normal = [NormalDist().inv_cdf((i + 0.5) / len(errors)) for i in range(len(errors))]
    ends = _balanced([*errors, *normal])
    axis.plot(ends, ends, color="#8b95a1", lw=0.8, zorder=0)
    axis.plot(normal, errors, **_dot(0) | {"color": INK, "mec": "none"})
    axis.set(xlim=ends, ylim=ends)
    axis.set_xlabel("standard normal quantile", size=8)
    axis.set_ylabel("prediction error (NPDE)", size=8)


def _draw_check(axis: Any, found: Record, label: str) -> None:
    middle = np.array(found["middle_h"])
    for word, color in zip(found["percentiles"], ("#b9480e", "#1b5e9e", "#b9480e"), strict=True):
        line = found["percentiles"][word]
        axis.fill_between(middle, floats(line["low"]), floats(line["high"]), color=color, alpha=0.2, lw=0)
        axis.plot(middle, floats(line["observed"]), color=color, lw=1.4, ls="-" if word == "p50" else (0, (5, 2)))
    values = floats(found["value"])
    axis.plot(found["time_h"], values, "o", ms=2.6, mfc="#5d6875", mec="none", alpha=0.6)
    seen = values[np.isfinite(values)]
    if seen.size and seen.min() > 0:
        axis.set_yscale("log")
        # Bands reach 0 before a first dose: the axis ends two decades under what was measured.
        axis.set_ylim(bottom=max(axis.get_ylim()[0], seen.min() / 100))
        plain_decades(axis, "y")
    axis.set_xlabel("hours after the latest dose", size=8)
    axis.set_ylabel(label, size=8)


def plain_decades(axis: Any, which: str = "xy") -> None:
    """Numbers as people write them on logarithmic axes: 0.1, 1, 10, with 2 and 5 between when there is room."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    for one in (getattr(axis, f"{name}axis") for name in which):
        low, high = one.get_view_interval()
        steps = (1.0, 2.0, 5.0) if high / low < 300 else (1.0,)
        one.set_major_locator(LogLocator(subs=steps))
        one.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
        one.set_minor_locator(NullLocator())


def _balanced(values: Sequence[float | None]) -> tuple[float, float]:
    most = max([2.4, *(abs(v) for v in values if v is not None)])
    return -1.08 * most, 1.08 * most


def _seen(rows: Sequence[Record]) -> list[Record]:
    return [r for r in rows if not r["below"]]


def _by_port(rows: Sequence[Record]) -> list[tuple[int, str, list[Record]]]:
    ports = sorted({r["port"] for r in rows})
    return [(i, port, [r for r in _seen(rows) if r["port"] == port]) for i, port in enumerate(ports)]


def _dot(index: int) -> dict[str, Any]:
    shape = "os^Dvp"[index % 6]
    return {"marker": shape, "ls": "", "ms": 4.2, "mec": "white", "mew": 0.5, "color": stroke(index).color}


def _legend(figure: Figure, rows: Sequence[Record]) -> None:
    from matplotlib.lines import Line2D

    marks = [Line2D([], [], label=port, **_dot(i)) for i, port, _ in _by_port(rows)]
    figure.legend(handles=marks, frameon=False, fontsize=8, loc="upper right", ncols=4, bbox_to_anchor=(0.99, 0.995))


def floats(values: Sequence[float | None]) -> Any:
    """Numbers as an array, with gaps where there is none."""
    return np.array([np.nan if v is None else v for v in values], dtype=float)


def blank_figure(width: float, height: float) -> Figure:
    """An empty figure of a size in inches, outside any global state."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure


def _row(figure: Figure, count: int) -> list[Any]:
    width = figure.get_figwidth()
    grid = figure.add_gridspec(1, count, left=0.7 / width, right=1 - 0.2 / width, top=0.83, bottom=0.19, wspace=0.24)
    return [figure.add_subplot(grid[0, i]) for i in range(count)]


def frame(figure: Figure, title: str, words: str) -> None:
    """Title, key and notice around a figure."""
    height = figure.get_figheight()
    figure.text(0.012, 1 - 0.2 / height, title, weight="bold", size=11, va="center", color=INK)
    figure.text(0.012, 1 - 0.42 / height, words, size=7.5, va="center", color=QUIET)
    figure.text(0.012, 0.12 / height, f"{BANNER} Never dosing advice.", size=7.5, color=QUIET)
