"""Figures of body theories beside observations: predicted against observed, and curves on what was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

from ..core.errors import RequestError
from .style import BANNER, INK, QUIET, RULE, STROKES, Stroke

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Record = Mapping[str, Any]

ANALYTES = {
    "parent, iv or nasal": "#1b5e9e",
    "parent, other routes": "#56a3d9",
    "norketamine": "#b9480e",
    "HNK": "#0b7a63",
    "DHNK": "#7b3f98",
}
"""The colour of each analyte."""

_MARKERS = {"build": "o", "verify": "s"}
_BLOCKS = (("concentrations", "ng/mL", ("cmax", "mean")), ("areas", "ng·h/mL", ("auc",)))
_ACROSS = 4
_THEORIES = (*STROKES, Stroke("#c2427a", (1.5, 1.5)), Stroke("#4d4d4d", (10, 2, 2, 2, 2, 2)))
_PLACES = {"ca": "arterial", "cv": "venous"}
_WORDS = {"ketamine_s": "S-ketamine", "norketamine_s": "S-norketamine"}


def draw_agreement(reports: Mapping[str, Record]) -> Figure:
    """Predicted against observed, a column a theory: concentrations above, areas below; on log axes with the identity.

    Colour is the analyte, circles are build and squares verify, filled was read and hollow recalled; bands are 1.25-
    and 2-fold. Contested numbers are left out.

    **Raises:** `RequestError` when there is no theory.
    """
    from matplotlib.figure import Figure

    if not reports:
        raise RequestError("there is no theory to draw", given="nothing")
    rows, across, places = _places(len(reports))
    figure = Figure(figsize=(3.6 * across + 0.4, 3.6 * rows + 1.5), layout="constrained")
    panels = [(name, report, block) for name, report in reports.items() for block in _BLOCKS]
    for place, panel in zip(places, panels, strict=True):
        _agreement(figure.add_subplot(rows, across, place), *panel)
    figure.legend(handles=_key(), loc="outside lower center", ncols=min(4, across + 1), frameon=False, fontsize=7.5)
    return figure


def _places(theories: int) -> tuple[int, int, list[int]]:
    """Rows, columns, and where each panel stands: side by side for one theory, else areas below concentrations."""
    if theories == 1:
        return 1, 2, [1, 2]
    across = min(_ACROSS, theories)
    above = [2 * (i // across) * across + i % across + 1 for i in range(theories)]
    return 2 * ceil(theories / across), across, [place + down for place in above for down in (0, across)]


def draw_overlay(panels: Sequence[Record], names: Sequence[str] | None = None) -> Figure:
    """Curves of the theories on digitised curves and observed peaks; arterial panels above, venous below.

    **Arguments:** `names` are all theories, in the order of their line styles.
    """
    from matplotlib.figure import Figure

    known = list(names or dict.fromkeys(name for panel in panels for name in panel["curves"]))
    sites = [[p for p in panels if p["site"] == site] for site in _PLACES]
    across = max(len(row) for row in sites)
    figure = Figure(figsize=(4.3 * across, 7.2), layout="constrained")
    for y, row in enumerate(sites):
        for x, panel in enumerate(row):
            _overlay(figure.add_subplot(2, across, y * across + x + 1), panel, known)
    figure.legend(
        handles=_curve_key(known, panels),
        loc="outside lower center",
        ncols=5,
        frameon=False,
        fontsize=8,
        handlelength=4,
    )
    return figure


def _agreement(ax: Axes, name: str, report: Record, block: tuple[str, str, tuple[str, ...]]) -> None:
    kind, unit, statistics = block
    rows = [r for r in report["rows"] if _belongs(r, statistics)]
    ax.set_title(f"{name}: {kind}", loc="left", fontsize=8.5, fontweight="bold", color=INK)
    if not rows:
        ax.set_axis_off()
        ax.text(0.03, 0.97, "no row can be asked", transform=ax.transAxes, va="top", fontsize=7, color=QUIET)
        return
    _frame(ax, [v for r in rows for v in (r["middle"], r["predicted"])])
    for r in sorted(rows, key=_on_top):
        _dot(ax, r)
    ax.set_xlabel(f"observed, middle person [{unit}]", fontsize=7.5)
    ax.set_ylabel(f"predicted [{unit}]", fontsize=7.5)
    ax.text(0.03, 0.97, f"{len(rows)} rows", transform=ax.transAxes, va="top", fontsize=7, color=QUIET)


def _on_top(r: Record) -> tuple[bool, bool]:
    """Small points are drawn first, hollow ones last."""
    return r["kind"] != "curve", r["mark"] == "recalled"


def _belongs(r: Record, statistics: tuple[str, ...]) -> bool:
    """Whether a row is a counted number of these kinds; ratios of areas are none."""
    return r["statistic"].startswith(statistics) and r["unit"] != "1" and not (r["contested"] or r["twice"])


def _frame(ax: Axes, values: Sequence[float]) -> None:
    """Log axes of equal span with the identity and the 1.25- and 2-fold bands."""
    from matplotlib.ticker import NullFormatter

    ends = [min(values) / 2, max(values) * 2]
    ends = [ends[0] / 2, ends[1] * 2] if ends[1] < 100 * ends[0] else ends
    ax.fill_between(ends, [e / 2 for e in ends], [e * 2 for e in ends], color="#e9edf2", lw=0, zorder=0)
    ax.fill_between(ends, [e / 1.25 for e in ends], [e * 1.25 for e in ends], color="#ccd6e2", lw=0, zorder=1)
    ax.plot(ends, ends, color=INK, lw=0.8, zorder=2)
    ax.set(xscale="log", yscale="log", xlim=ends, ylim=ends, aspect="equal")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_minor_formatter(NullFormatter())
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=7)


def _dot(ax: Axes, r: Record) -> None:
    colour = ANALYTES[r["analyte"]]
    small = r["kind"] == "curve"
    ax.plot(
        r["middle"],
        r["predicted"],
        marker=_MARKERS[r["role"]],
        ms=2.8 if small else 5,
        ls="",
        mec=colour,
        mfc="white" if r["mark"] == "recalled" else colour,
        mew=0.9,
        alpha=0.55 if small else 0.9,
        zorder=3,
    )


def _key() -> list[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    def dot(marker: str, face: str, edge: str, label: str, size: float = 5) -> Line2D:
        return Line2D([], [], marker=marker, ls="", ms=size, mec=edge, mfc=face, label=label)

    shapes = [
        dot("o", INK, INK, "build"),
        dot("s", INK, INK, "verify"),
        dot("o", "white", INK, "recalled, not read"),
        dot("o", INK, INK, "small: point of a curve", 2.8),
        Patch(color="#ccd6e2", label="within 1.25-fold"),
        Patch(color="#e9edf2", label="within 2-fold"),
        Line2D([], [], ls="", label=BANNER),
    ]
    return [dot("D", colour, colour, name) for name, colour in ANALYTES.items()] + shapes


def _overlay(ax: Axes, panel: Record, known: Sequence[str]) -> None:
    times, until = panel["times"], panel["until"]
    shown = [i for i, t in enumerate(times) if t <= until]
    for name, values in panel["curves"].items():
        s = _THEORIES[known.index(name) % len(_THEORIES)]
        line = ax.plot([times[i] for i in shown], [values[i] for i in shown], color=s.color, lw=1.5, zorder=2)[0]
        if s.dash:
            line.set_dashes(s.dash)
    for one in panel["seen"]:
        _seen(ax, one, until)
    place = _PLACES[panel["site"]]
    ax.set_title(panel["title"], loc="left", fontsize=9, fontweight="bold", color=INK)
    ax.set_xlabel("hours after the first dose", fontsize=8)
    ax.set_ylabel(f"{_WORDS.get(panel['analyte'], panel['analyte'])}, {place} plasma [ng/mL]", fontsize=8)
    ax.set_xlim(0, until)
    ax.set_ylim(bottom=0)
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(color=RULE, lw=0.4)
    ax.set_axisbelow(True)
    ax.tick_params(labelsize=7.5)


def _seen(ax: Axes, one: Record, until: float) -> None:
    """A point at its time; a peak, whose time was not printed, as a level with its spread."""
    face = "white" if one["recalled"] else INK
    if one["time"] is not None:
        bars = None if one["low"] is None else [[one["value"] - one["low"]], [one["high"] - one["value"]]]
        style: Any = {"fmt": "o", "ms": 4, "mec": INK, "mfc": face, "ecolor": INK, "elinewidth": 0.8, "zorder": 4}
        ax.errorbar(one["time"], one["value"], bars, **style)
        return
    if one["low"] is not None:
        ax.axhspan(one["low"], one["high"], color=INK, alpha=0.06, lw=0, zorder=0)
    ax.axhline(one["value"], color=INK, lw=0.9, ls=":" if one["recalled"] else "--", zorder=1)
    style = {"xytext": (-2, 2), "textcoords": "offset points", "ha": "right", "fontsize": 7, "color": INK}
    ax.annotate(one["label"], (until, one["value"]), **style)


def _curve_key(known: Sequence[str], panels: Sequence[Record]) -> list[Any]:
    from matplotlib.lines import Line2D

    drawn = {name for panel in panels for name in panel["curves"]}
    lines = []
    for i, name in enumerate(known):
        if name in drawn:
            s = _THEORIES[i % len(_THEORIES)]
            lines.append(Line2D([], [], color=s.color, lw=1.6, ls=(0, s.dash) if s.dash else "-", label=name))
    point = Line2D([], [], marker="o", ls="", ms=4, color=INK, label="digitised mean")
    peak = Line2D([], [], color=INK, lw=0.9, ls="--", label="observed peak, band: its spread")
    note = Line2D([], [], ls="", label=BANNER)
    return [*lines, point, peak, note]
