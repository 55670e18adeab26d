"""The figure of the exam: every explanation at every question, misses in view, and what others would get beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..core.errors import RequestError
from .style import BANNER, INK, MISS, QUIET, RULE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Record = Mapping[str, Any]

BLOCKS = (
    ("build", "seen", "build: may have shaped the model"),
    ("verify", "seen", "verify: judges only"),
    ("", "recalled", "recalled: not counted"),
)
"""Blocks of columns: role, mark, and what stands above."""

FACES = {"met": "#0b7a63", "missed": "#f3c9ce", "wide": "#f2d68a", "not askable": "#ffffff"}
"""The colour of each verdict."""

_GAP = 1.0
_BESIDE = {
    "prior draws": ("o", "#c2571a"),
    "studies left out": ("d", "#0b7a63"),
    "random signs": ("D", "#7d6200"),
    "its own draws": ("^", "#1b5e9e"),
    "shuffled, 95th percentile": ("s", "#7b3f98"),
    "null model": ("X", INK),
}


def draw_exam(exam: Record) -> Figure:
    """The matrix of the exam, and below it the scores with what others would get on the same questions.

    **Raises:** `RequestError` when nobody sat it.
    """
    from matplotlib.figure import Figure

    if not exam["hypotheses"]:
        raise RequestError("nobody sat this exam", given="no hypothesis")
    rows = [*exam["hypotheses"].items(), ("null_model", exam["null_model"])]
    columns = _columns(exam["questions"])
    figure = Figure(figsize=(0.155 * len(columns) + 2.0, 0.55 * len(rows) + 4.2), layout="constrained")
    grid = figure.add_gridspec(2, 2)
    matrix, build = figure.add_subplot(grid[0, :]), figure.add_subplot(grid[1, 0])
    verify = figure.add_subplot(grid[1, 1], sharey=build)
    _matrix(matrix, rows, columns)
    for ax, role in ((build, "build"), (verify, "verify")):
        _scores(ax, rows, role)
    verify.tick_params(labelleft=False)
    figure.legend(handles=_key(), loc="outside lower center", ncols=4, frameon=False, fontsize=8)
    return figure


def _columns(questions: Sequence[Record]) -> list[tuple[float, Record]]:
    """Every question at its place from the left, with a gap between blocks."""
    placed: list[tuple[float, Record]] = []
    for role, mark, _ in BLOCKS:
        own = [q for q in questions if q["mark"] == mark and role in ("", q["role"])]
        begin = placed[-1][0] + 1 + _GAP if placed else 0.0
        placed += [(begin + i, q) for i, q in enumerate(own)]
    return placed


def _matrix(ax: Axes, rows: Sequence[tuple[str, Record]], columns: Sequence[tuple[float, Record]]) -> None:
    for y, (_, record) in enumerate(rows):
        for x, question in columns:
            _cell(ax, x, y, record["cells"][question["id"]]["verdict"])
    ax.set_xlim(-0.6, columns[-1][0] + 0.6)
    _named(ax, rows)
    ax.set_xticks([x for x, _ in columns], [q["id"] for _, q in columns], rotation=90, fontsize=7)
    ax.axhline(len(rows) - 1.5, color=INK, lw=0.7)
    for role, mark, title in BLOCKS:
        own = [x for x, q in columns if q["mark"] == mark and role in ("", q["role"])]
        if own:
            ax.text(own[0] - 0.5, -0.75, title, fontsize=8.5, color=INK, fontweight="bold", va="bottom")
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)


def _named(ax: Axes, rows: Sequence[tuple[str, Record]]) -> None:
    """One explanation a line, from the top."""
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_yticks(range(len(rows)), [name.replace("_", " ") for name, _ in rows], fontsize=8.5)


def _cell(ax: Axes, x: float, y: float, verdict: str) -> None:
    from matplotlib.patches import Rectangle

    hatch = "////" if verdict == "not askable" else None
    edge = RULE if verdict == "not askable" else "white"
    ax.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, fc=FACES[verdict], ec=edge, lw=0.8, hatch=hatch))
    sign = {"missed": ("x", MISS), "wide": ("_", "#7d6200")}.get(verdict)
    if sign:
        ax.plot(x, y, sign[0], color=sign[1], ms=4.5, mew=1.4)


def _scores(ax: Axes, rows: Sequence[tuple[str, Record]], role: str) -> None:
    """Met of asked, as a share, with what others would get on the very same questions."""
    for y, (_, record) in enumerate(rows):
        score = record[role]
        if not score["of"]:
            continue
        ax.barh(y, score["met"] / score["of"], height=0.62, color="#cfe3de", zorder=1)
        ax.text(0.02, y, f"{score['met']} of {score['of']}", va="center", fontsize=7.5, color=INK, zorder=5)
        for name, share in _others(record, role).items():
            marker, color = _BESIDE[name]
            ax.plot(share, y, marker, color=color, ms=4.2, mew=0.5, mec="white", zorder=4)
    _named(ax, rows)
    ax.set_xlim(0, 1)
    ax.axvline(0.8, color=QUIET, lw=0.7, ls=":", zorder=0)
    ax.set_xticks([0, 0.5, 0.8, 1], ["0", "50", "80", "100"], fontsize=7)
    ax.set_xlabel("questions met, % of those asked", fontsize=8, color=QUIET)
    samples = {record[role].get("sample", "") for _, record in rows[:-1]}
    sample = f", {samples.pop()}" if len(samples) == 1 and "prior" not in samples else ""
    ax.set_title(f"{role}, seen{sample}", fontsize=8.5, loc="left", fontweight="bold", color=INK)
    ax.tick_params(length=0)
    ax.spines[["top", "right", "left"]].set_visible(False)


def _others(record: Record, role: str) -> dict[str, float]:
    score = record[role]
    found = {"its own draws": score["expected_of_a_draw"] / score["of"]}
    if "beside" not in record:
        return found
    if record["prior"] and role in record["prior"]:
        found["prior draws"] = record["prior"][role]["met"] / score["of"]
    if record["held_out"] and role == "build":
        found["studies left out"] = record["held_out"]["met"] / score["of"]
    beside = record["beside"][role]
    found["random signs"] = beside["random"]["expected"] / score["of"]
    found["shuffled, 95th percentile"] = beside["shuffled"]["high"] / score["of"]
    if beside["null"]["of"]:
        found["null model"] = beside["null"]["null"] / beside["null"]["of"]
    return found


def _key() -> list[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    hatched = Patch(fc="white", ec=RULE, hatch="////", label="not askable")
    cells = [
        Patch(fc=FACES["met"], label="met"),
        Line2D([], [], marker="x", ls="", color=MISS, ms=5, mew=1.4, label="missed"),
        Patch(fc=FACES["wide"], label="met only because wide (not counted)"),
    ]
    dots = [Line2D([], [], marker=m, ls="", color=c, ms=5, label=name) for name, (m, c) in _BESIDE.items()]
    return [*cells, hatched, *dots, Line2D([], [], ls="", label=BANNER)]
