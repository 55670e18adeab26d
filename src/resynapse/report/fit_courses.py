"""Figures of one person: what a theory thought possible before the measurements, and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .figures import look
from .fit_figures import blank_figure, floats, frame, plain_decades
from .style import QUIET, stroke, unit_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Record = Mapping[str, Any]
Window = tuple[float, float]
_BEFORE, _AFTER, _POINT = "#c9d1d9", "#1b5e9e", "#20262d"
_KEY = "grey: 90 % of people with these doses   blue: 90 % for this person   dot: measured   triangle: below this limit"
_THEORIES_KEY = "lines: most likely   bands: 90 % for this person   dot: measured   triangle: below this limit"
_QUIET_SHARE, _MOST_WINDOWS = 0.3, 4  # a pause that is cut out, as a share of the whole; more pieces are not cut


def person_figure(person: Record) -> Figure:
    """One person: what the theory thought possible before the measurements, and after, with the measurements."""
    title = f"Person {person['id']}, theory {person['body']}"
    return _figure([person], lambda axis, port: _draw_course(axis, person, port), (title, _KEY))


def theories_figure(fits: Sequence[Record]) -> Figure:
    """One person under several theories: where the bands part, the measurements did not decide between them."""
    title = f"Person {fits[0]['id']} under {len(fits)} theories"
    return _figure(fits, lambda axis, port: _draw_theories(axis, fits, port), (title, _THEORIES_KEY))


def windows(person: Record) -> tuple[Window, ...]:
    """The stretches of time to draw: from a dose to the last measurement before a long pause."""
    time = person["curves"][person["ipred"][0]["port"]]["time_h"]
    begins = sorted({time[0], *(d["time_h"] for d in person["doses"] if time[0] <= d["time_h"] <= time[-1])})
    found: list[Window] = []
    for seen in (r["time_h"] for r in person["ipred"]):
        begin = max(b for b in begins if b <= max(seen, begins[0]))
        if found and begin - found[-1][1] < _QUIET_SHARE * (time[-1] - time[0]):
            found[-1] = (found[-1][0], max(seen, found[-1][1]))
        else:
            found.append((begin, seen))
    whole = ((time[0], time[-1]),)
    if not 1 < len(found) <= _MOST_WINDOWS:
        return whole
    air = 0.08 * max(end - begin for begin, end in found)
    return tuple((begin, end + air) for begin, end in found)


def _figure(fits: Sequence[Record], draw: Callable[[Any, str], None], words: tuple[str, str]) -> Figure:
    ports = [p for p in fits[0]["curves"] if _of(fits[0], p)]
    with look():
        width = 4.6 * max(len(ports), 1.35) + 0.6
        figure = blank_figure(width, 3.9)
        place = {"left": 0.7 / width, "right": 1 - 0.2 / width, "top": 0.83, "bottom": 0.19, "wspace": 0.24}
        grid = figure.add_gridspec(1, len(ports), **place)
        for i, port in enumerate(ports):
            reach = [_reach(f["curves"][port], _of(f, port)) for f in fits]
            limits = (min(low for low, _ in reach), max(high for _, high in reach))
            _draw_port(figure, grid[0, i], (fits[0], port, limits), draw)
        key: dict[str, Any] = {
            "frameon": False,
            "fontsize": 7.5,
            "loc": "upper right",
            "ncols": 4,
            "bbox_to_anchor": (0.995, 1.0),
        }
        figure.legend(*figure.axes[0].get_legend_handles_labels(), **key)
        frame(figure, *words)
    return figure


def _draw_port(figure: Figure, slot: Any, what: tuple[Record, str, Window], draw: Callable[[Any, str], None]) -> None:
    """One measured port in its windows, side by side on one scale."""
    person, port, limits = what
    pieces = windows(person)
    inner = slot.subgridspec(1, len(pieces), width_ratios=[end - begin for begin, end in pieces], wspace=0.08)
    for i, piece in enumerate(pieces):
        axis = figure.add_subplot(inner[0, i])
        draw(axis, port)
        _points(axis, [r for r in _of(person, port) if piece[0] <= r["time_h"] <= piece[1]])
        axis.set(yscale="log", xlim=piece, ylim=limits)
        plain_decades(axis, "y")
        axis.set_xlabel("hours", color=QUIET, size=8)
        axis.spines["left"].set_visible(i == 0)
        axis.tick_params(left=i == 0, labelleft=i == 0)
        axis.locator_params(axis="x", nbins=max(3, 6 // len(pieces)))
    figure.axes[-len(pieces)].set_ylabel(f"{port}, {unit_text(_of(person, port)[0]['unit'])}", size=8)


def _draw_course(axis: Any, person: Record, port: str) -> None:
    curve = person["curves"][port]
    time = np.array(curve["time_h"])
    for name, color, alpha in (("prior", _BEFORE, 0.75), ("posterior", _AFTER, 0.28)):
        axis.fill_between(time, floats(curve[name]["p5"]), floats(curve[name]["p95"]), color=color, alpha=alpha, lw=0)
    axis.plot(time, floats(curve["typical"]), color="#7c8793", lw=1.0, ls=(0, (5, 3)), label="typical person")
    axis.plot(time, floats(curve["map"]), color=_AFTER, lw=1.7, label="this person, most likely")


def _draw_theories(axis: Any, fits: Sequence[Record], port: str) -> None:
    for i, fit in enumerate(fits):
        curve, line = fit["curves"][port], stroke(i)
        time, band = np.array(curve["time_h"]), curve["posterior"]
        axis.fill_between(time, floats(band["p5"]), floats(band["p95"]), color=line.color, alpha=0.16, lw=0)
        dash: Any = (0, tuple(d / 1.5 for d in line.dash)) if line.dash else "-"
        axis.plot(time, floats(curve["map"]), color=line.color, lw=1.6, ls=dash, label=fit["body"])


def _points(axis: Any, rows: Sequence[Record]) -> None:
    for row in rows:
        if row["below"]:
            mark = {"marker": "v", "ms": 6, "mfc": "white", "mec": _POINT}
        else:
            mark = {"marker": "o", "ms": 5, "mfc": _POINT, "mec": "white"}
        axis.plot(row["time_h"], row["dv"], ls="", mew=0.9, zorder=5, clip_on=False, **mark)


def _reach(curve: Record, rows: Sequence[Record]) -> Window:
    """From a little below the lowest thing that matters (a measurement, the end of a band) to above the highest."""
    tops = [np.nanmax(floats(curve[band]["p95"])) for band in ("prior", "posterior")]
    ends = [curve[band]["p5"][-1] for band in ("prior", "posterior")]
    seen = [r["dv"] for r in rows if r["dv"] > 0]
    high = max([*tops, *seen])
    return max(0.7 * min([*(e for e in ends if e and e > 0), *seen]), high * 1e-4), 1.3 * high


def _of(person: Record, port: str) -> list[Record]:
    return [r for r in person["ipred"] if r["port"] == port]
