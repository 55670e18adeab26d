"""Figures of a fit: one person's curve before and after the measurements, and how good the fit is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .figures import look
from .style import BANNER, INK, QUIET, stroke, unit_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Record = Mapping[str, Any]
_BEFORE, _AFTER, _POINT = "#c9d1d9", "#1b5e9e", "#20262d"


def person_figure(person: Record) -> Figure:
    """One person: what the theory thought possible before the measurements, and after, with the measurements."""
    ports = [p for p in person["curves"] if any(row["port"] == p for row in person["ipred"])]
    with look():
        figure = _figure(4.6 * max(len(ports), 1.35) + 0.6, 3.9)
        for axis, port in zip(_row(figure, len(ports)), ports, strict=True):
            _draw_course(axis, person, port)
        title = f"Person {person['id']}, theory {person['body']}"
        _frame(figure, title, _KEY)
    return figure


def theories_figure(fits: Sequence[Record]) -> Figure:
    """One person under several theories: where the bands part, the measurements did not decide between them."""
    ports = [p for p in fits[0]["curves"] if any(row["port"] == p for row in fits[0]["ipred"])]
    with look():
        figure = _figure(4.6 * max(len(ports), 1.35) + 0.6, 3.9)
        for axis, port in zip(_row(figure, len(ports)), ports, strict=True):
            _draw_theories(axis, fits, port)
        _frame(figure, f"Person {fits[0]['id']} under {len(fits)} theories", _THEORIES_KEY)
    return figure


def fit_figure(people: Sequence[Record]) -> Figure:
    """How good a fit is over everybody: value against prediction, residuals and prediction errors against time."""
    rows = [row | {"id": p["id"]} for p in people for row in p["ipred"]]
    panels: tuple[Callable[[Any, list[Record]], None], ...] = (
        _against("pred", "typical prediction"),
        _against("ipred", "individual prediction"),
        _over_time("iwres", "individual weighted residual"),
        _over_time("cwres", "conditional weighted residual"),
        _quantiles,
        _over_time("npde", "prediction error (NPDE)"),
    )
    with look():
        figure = _figure(10.2, 6.9)
        grid = figure.add_gridspec(2, 3, left=0.075, right=0.985, top=0.87, bottom=0.12, wspace=0.3, hspace=0.36)
        for i, draw in enumerate(panels):
            draw(figure.add_subplot(grid[i % 2, i // 2]), rows)
        _legend(figure, rows)
        _frame(figure, f"How good is the fit? Theory {people[0]['body']}", "values below a limit are left out")
    return figure


def check_figure(found: Record) -> Figure:
    """The visual predictive check of one port, plain and prediction-corrected."""
    with look():
        figure = _figure(9.2, 4.2)
        for axis, (kind, words) in zip(_row(figure, 2), _KINDS, strict=True):
            _draw_check(axis, found[kind], f"{found['port']}{words}, {unit_text(found['unit'])}")
        title = f"Visual predictive check, theory {found['body']}"
        _frame(figure, title, "lines: 5th, 50th and 95th percentile measured   bands: 90 % of simulated tables")
    return figure


_KEY = "grey: 90 % of people with these doses   blue: 90 % for this person   dot: measured   triangle: below this limit"
_THEORIES_KEY = "lines: most likely   bands: 90 % for this person   dot: measured   triangle: below this limit"
_KINDS = (("plain", ""), ("prediction_corrected", ", prediction-corrected"))


def _draw_course(axis: Any, person: Record, port: str) -> None:
    curve, rows = person["curves"][port], _of(person, port)
    time = np.array(curve["time_h"])
    for name, color, alpha in (("prior", _BEFORE, 0.75), ("posterior", _AFTER, 0.28)):
        axis.fill_between(time, _floats(curve[name]["p5"]), _floats(curve[name]["p95"]), color=color, alpha=alpha, lw=0)
    axis.plot(time, _floats(curve["typical"]), color="#7c8793", lw=1.0, ls=(0, (5, 3)), label="typical person")
    axis.plot(time, _floats(curve["map"]), color=_AFTER, lw=1.7, label="this person, most likely")
    _finish_course(axis, person, port, [_reach(curve, rows)])


def _draw_theories(axis: Any, fits: Sequence[Record], port: str) -> None:
    for i, fit in enumerate(fits):
        curve, look_of = fit["curves"][port], stroke(i)
        time, band = np.array(curve["time_h"]), curve["posterior"]
        axis.fill_between(time, _floats(band["p5"]), _floats(band["p95"]), color=look_of.color, alpha=0.16, lw=0)
        dash: Any = (0, tuple(d / 1.5 for d in look_of.dash)) if look_of.dash else "-"
        axis.plot(time, _floats(curve["map"]), color=look_of.color, lw=1.6, ls=dash, label=fit["body"])
    _finish_course(axis, fits[0], port, [_reach(f["curves"][port], _of(f, port)) for f in fits])


def _finish_course(axis: Any, person: Record, port: str, reaches: Sequence[tuple[float, float]]) -> None:
    rows, time = _of(person, port), person["curves"][port]["time_h"]
    _points(axis, rows)
    axis.set_ylabel(f"{port}, {unit_text(rows[0]['unit'])}", size=8)
    axis.set_xlabel("hours", color=QUIET, size=8)
    axis.set_yscale("log")
    axis.set_ylim(min(low for low, _ in reaches), max(high for _, high in reaches))
    axis.set_xlim(time[0], time[-1])
    _plain_decades(axis, "y")
    names = {"frameon": False, "fontsize": 7.5, "loc": "upper right", "ncols": 4, "bbox_to_anchor": (0.995, 0.995)}
    axis.figure.legend(*axis.get_legend_handles_labels(), **names)


def _of(person: Record, port: str) -> list[Record]:
    return [r for r in person["ipred"] if r["port"] == port]


def _points(axis: Any, rows: Sequence[Record]) -> None:
    for row in rows:
        if row["below"]:
            mark = {"marker": "v", "ms": 6, "mfc": "white", "mec": _POINT}
        else:
            mark = {"marker": "o", "ms": 5, "mfc": _POINT, "mec": "white"}
        axis.plot(row["time_h"], row["dv"], ls="", mew=0.9, zorder=5, clip_on=False, **mark)


def _reach(curve: Record, rows: Sequence[Record]) -> tuple[float, float]:
    """From a little below the lowest thing that matters (a measurement, the end of a band) to above the highest."""
    tops = [np.nanmax(_floats(curve[band]["p95"])) for band in ("prior", "posterior")]
    ends = [curve[band]["p5"][-1] for band in ("prior", "posterior")]
    seen = [r["dv"] for r in rows if r["dv"] > 0]
    high = max([*tops, *seen])
    return max(0.7 * min([*(e for e in ends if e and e > 0), *seen]), high * 1e-4), 1.6 * high


def _against(column: str, words: str) -> Callable[[Any, list[Record]], None]:
    def draw(axis: Any, rows: list[Record]) -> None:
        for i, _, own in _by_port(rows):
            axis.plot([r[column] for r in own], [r["dv"] for r in own], **_dot(i))
        values = [v for r in _seen(rows) for v in (r["dv"], r[column]) if v > 0] or [1.0]
        ends = (0.75 * min(values), 1.33 * max(values))
        axis.plot(ends, ends, color="#8b95a1", lw=0.8, zorder=0)
        axis.set(xscale="log", yscale="log", xlim=ends, ylim=ends)
        _plain_decades(axis)
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
        axis.fill_between(middle, _floats(line["low"]), _floats(line["high"]), color=color, alpha=0.2, lw=0)
        axis.plot(middle, _floats(line["observed"]), color=color, lw=1.4, ls="-" if word == "p50" else (0, (5, 2)))
    values = _floats(found["value"])
    axis.plot(found["time_h"], values, "o", ms=2.6, mfc="#5d6875", mec="none", alpha=0.6)
    if np.nanmin(values) > 0:
        axis.set_yscale("log")
        _plain_decades(axis, "y")
    axis.set_xlabel("hours after the latest dose", size=8)
    axis.set_ylabel(label, size=8)


def _plain_decades(axis: Any, which: str = "xy") -> None:
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


def _floats(values: Sequence[float | None]) -> Any:
    return np.array([np.nan if v is None else v for v in values], dtype=float)


def _figure(width: float, height: float) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure


def _row(figure: Figure, count: int) -> list[Any]:
    width = figure.get_figwidth()
    grid = figure.add_gridspec(1, count, left=0.7 / width, right=1 - 0.2 / width, top=0.83, bottom=0.19, wspace=0.24)
    return [figure.add_subplot(grid[0, i]) for i in range(count)]


def _frame(figure: Figure, title: str, words: str) -> None:
    height = figure.get_figheight()
    figure.text(0.012, 1 - 0.2 / height, title, weight="bold", size=11, va="center", color=INK)
    figure.text(0.012, 1 - 0.42 / height, words, size=7.5, va="center", color=QUIET)
    figure.text(0.012, 0.12 / height, f"{BANNER} Never dosing advice.", size=7.5, color=QUIET)
