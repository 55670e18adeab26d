"""Figures of a qualification: numbers beside their intervals, calibration, scores beside null models, kinetics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .style import BANNER, INK, MISS, QUIET, RULE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Record = Mapping[str, Any]
ROLES = {"verify": ("s", "#1b5e9e"), "build": ("o", "#b9480e")}
"""Marker and colour of the two roles of evidence."""

MODELS = {
    "model": ("the model", "#1b5e9e", "-"),
    "spread": ("study mean and SD", "#b9480e", "--"),
    "turnover": ("dose, Emax and turnover", "#0b7a63", ":"),
}
_ROW = 0.23


def draw_intervals(rows: Sequence[Record], role: str) -> Figure:
    """Every printed number of one role beside its 50 and 90 % interval; what lies outside stands first, in red.

    Numbers are drawn in SDs of the build numbers of their unit, around the model's median.
    """
    from matplotlib.figure import Figure

    own = sorted((r for r in rows if r["role"] == role), key=lambda r: (r["model"]["inside_90"], -abs(_off(r))))
    figure = Figure(figsize=(9.2, 1.5 + _ROW * max(len(own), 3)), layout="constrained")
    axis = figure.subplots()
    for y, row in enumerate(own):
        _interval(axis, y, row)
    axis.set_ylim(len(own) - 0.4, -0.6)
    axis.set_yticks(range(len(own)), [_label(r) for r in own], fontsize=6.8)
    axis.axvline(0.0, color=RULE, lw=0.8, zorder=0)
    axis.set_xlabel("difference from the model's median, in SDs of build numbers of the same unit", fontsize=8)
    _bare(axis)
    figure.supxlabel(
        f"Bars: 50 and 90 % intervals. Square: printed ({role}), red where outside 90 %. {BANNER}", fontsize=7
    )
    return figure


def _off(row: Record) -> float:
    return float((row["value"] - row["model"]["predicted"]) / row["scale"])


def _interval(axis: Axes, y: int, row: Record) -> None:
    told, scale = row["model"], row["scale"]
    for name, width, alpha in (("90", 3.0, 0.35), ("50", 6.0, 0.6)):
        ends = [(x - told["predicted"]) / scale for x in told[f"interval_{name}"]]
        axis.plot(ends, [y, y], color="#1b5e9e", lw=width, alpha=alpha, solid_capstyle="butt")
    marker, color = ROLES[row["role"]]
    axis.plot(_off(row), y, marker, color=color if told["inside_90"] else MISS, ms=5, mec="white", mew=0.6, zorder=5)


def _label(row: Record) -> str:
    words = f"{row['design']}, {row['what']}"
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"


def draw_calibration(rows: Sequence[Record]) -> Figure:
    """Promised against found: the share of verify numbers below each quantile, of the model and of both null models."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.2, 3.9), layout="constrained")
    quantile, histogram = figure.subplots(1, 2)
    own = [r for r in rows if r["role"] == "verify"]
    for name, (words, color, dash) in MODELS.items():
        places = sorted(r[name]["pit"] for r in own if r[name])
        if places:
            steps = [(i + 1) / len(places) for i in range(len(places))]
            quantile.step(
                [0.0, *places, 1.0], [0.0, *steps, 1.0], where="post", color=color, ls=dash, lw=1.5, label=words
            )
    quantile.fill_between(*_band(len(own)), color=RULE, alpha=0.6, lw=0, label="95 % by chance alone")
    quantile.plot([0, 1], [0, 1], color=QUIET, lw=0.7)
    quantile.set_xlabel("quantile promised", fontsize=8)
    quantile.set_ylabel("share of verify numbers below it", fontsize=8)
    quantile.legend(frameon=False, fontsize=7.5, loc="upper left")
    _pit(histogram, [r["model"]["pit"] for r in own])
    for axis in (quantile, histogram):
        _bare(axis)
    figure.supxlabel(f"{len(own)} verify numbers of trials; numbers of one trial hang together. {BANNER}", fontsize=7)
    return figure


def _band(count: int) -> tuple[list[float], list[float], list[float]]:
    """Where a curve of so many independent numbers lies with 95 % at each quantile, by the exact binomial law."""
    from scipy import stats

    at = [k / 50 for k in range(51)]
    ends = [stats.binom.interval(0.95, max(count, 1), p) for p in at]
    return at, [e[0] / max(count, 1) for e in ends], [e[1] / max(count, 1) for e in ends]


def _pit(axis: Axes, places: Sequence[float]) -> None:
    axis.hist(places, bins=10, range=(0, 1), color="#cfdcea", edgecolor="#1b5e9e", lw=0.8)
    axis.axhline(len(places) / 10, color=QUIET, lw=0.8, ls="--")
    axis.set_xlabel("place of the printed number in the model's prediction (PIT)", fontsize=8)
    axis.set_ylabel("verify numbers", fontsize=8)


def draw_scores(rows: Sequence[Record]) -> Figure:
    """Mean interval score of the model and of both null models, family by family, verify numbers only."""
    from matplotlib.figure import Figure

    families = family_scores(rows)
    figure = Figure(figsize=(9.2, 1.6 + 0.42 * max(len(families), 2)), layout="constrained")
    axis = figure.subplots()
    for y, (_, found) in enumerate(families.items()):
        for i, (name, (_, color, _)) in enumerate(MODELS.items()):
            if found[name] is not None:
                axis.barh(y + 0.25 * (i - 1), found[name], height=0.22, color=color)
    axis.set_yticks(range(len(families)), [f"{n} ({f['n']})" for n, f in families.items()], fontsize=8)
    axis.set_ylim(len(families) - 0.4, -0.6)
    axis.set_xlabel("mean interval score (50 and 90 %), in SDs of build numbers; smaller is better", fontsize=8)
    for words, color, _ in MODELS.values():
        axis.plot([], [], color=color, lw=5, label=words)
    figure.legend(frameon=False, fontsize=7.5, loc="outside upper right", ncols=3)
    _bare(axis)
    return figure


def family_scores(rows: Sequence[Record]) -> dict[str, dict[str, Any]]:
    """Mean scaled interval score by family of verify numbers, of the model and of whatever null model has one."""
    found: dict[str, list[Record]] = {}
    for row in rows:
        if row["role"] == "verify":
            found.setdefault(row["family"], []).append(row)
    return {
        name: {"n": len(own), **{m: _mean([r for r in own if r[m]], m) for m in MODELS}} for name, own in found.items()
    }


def _mean(rows: Sequence[Record], name: str) -> float | None:
    scores = [0.5 * (r[name]["score_50"] + r[name]["score_90"]) / r["scale"] for r in rows]
    return sum(scores) / len(scores) if scores else None


def draw_kinetics(rows: Sequence[Record]) -> Figure:
    """Predicted over observed of every kinetic row that is counted, by what was measured; twofold and 1.4 marked."""
    from matplotlib.figure import Figure

    counted = [r for r in rows if not (r["contested"] or r["twice"])]
    names = sorted({r["analyte"] for r in counted})
    figure = Figure(figsize=(9.2, 1.5 + 0.5 * len(names)), layout="constrained")
    axis = figure.subplots()
    for role, (marker, color) in ROLES.items():
        own = [r for r in counted if r["group"] == role]
        lift = 0.16 if role == "build" else -0.16
        axis.plot(
            [r["fold"] for r in own],
            [names.index(r["analyte"]) + lift for r in own],
            marker,
            color=color,
            ms=4.5,
            alpha=0.75,
            mec="white",
            mew=0.4,
            ls="",
            label=role,
        )
    for limit, dash in ((1.4, ":"), (2.0, "--")):
        for x in (limit, 1 / limit):
            axis.axvline(x, color=QUIET, lw=0.8, ls=dash)
    axis.axvline(1.0, color=INK, lw=0.8)
    axis.set_xscale("log")
    axis.set_xticks([0.25, 0.5, 0.714, 1, 1.4, 2, 4], ["0.25", "0.5", "0.71", "1", "1.4", "2", "4"], fontsize=8)
    axis.minorticks_off()
    axis.set_yticks(range(len(names)), names, fontsize=8)
    axis.set_ylim(max(len(names), 1) - 0.5, -0.5)
    axis.set_xlabel("predicted over observed (log scale); dotted 1.4-fold, dashed twofold", fontsize=8)
    axis.legend(frameon=False, fontsize=7.5, loc="lower right")
    _bare(axis)
    return figure


def _bare(axis: Axes) -> None:
    axis.tick_params(length=2, labelsize=7.5)
    axis.spines[["top", "right"]].set_visible(False)


_LONGEST = 74
