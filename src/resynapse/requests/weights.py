"""Explanations weighed, for the doors: run or read again, as a table, as JSON, as a figure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..qualify.stacking.clinic.foretold import answered_by
from ..qualify.stacking.clinic.judging import judging
from ..qualify.stacking.record import weighed
from .exam import digest

Tell = Callable[[str], None]
Record = Mapping[str, Any]
SHOWN = ("hypothesis", "weight", "low", "high", "mechanism", "clinic", "changed", "pseudo_bma", "log_score")
"""What a screen shows of an explanation."""

STUDIES = ("study", "kind", "rows", "best", "average", "left_out")
"""What a screen shows of a study."""

CLINICAL = ("prediction", "average", "band", "within", "between", "of_variance_between", "printed")
"""What a screen shows of a prediction on the clinical scale."""


def stacked(seed: int, folder: Path | None, tell: Tell) -> dict[str, Any]:
    """The weights: read from the folder where the very same ones lie there already, else computed and kept.

    **Raises:** `RequestError` when posterior draws of an explanation are missing or out of date.
    """
    key = digest({"weights": judging().digest, "seed": seed, "runs": answered_by()})
    kept = folder / f"weights-{key}.json" if folder else None
    if kept and kept.exists():
        tell("reading the weights that lie there")
        found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        return found
    found = {"key": key, **weighed(seed, tell)}
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(found, allow_nan=False), encoding="utf-8")
    return found


def weight_rows(told: Record) -> list[dict[str, Any]]:
    """One short line an explanation, the heaviest first; those that are not weighed last."""
    own = sorted(told["hypotheses"].items(), key=lambda pair: -pair[1]["weight"])
    rows = [{"hypothesis": n, **{k: round(v, 3) for k, v in one.items() if k != "claim"}} for n, one in own]
    blank = dict.fromkeys(SHOWN[1:], "")
    return rows + [{**blank, "hypothesis": f"{n} ({why})"} for n, why in told["not_weighed"].items()]


def study_rows(told: Record) -> list[dict[str, Any]]:
    """One short line a study: who predicts it best, and what the average gives it, chosen with it and without."""
    return [
        {**s, "rows": ", ".join(s["rows"]), **{k: round(s[k], 2) for k in ("average", "left_out")}}
        for s in told["studies"]
    ]


def verdict(told: Record) -> str:
    """How the average does, fairly, and what that is not."""
    p = told["prediction"]
    day = p["hours"].index(24.0)
    kinds = {"All studies": told["scores"], **{f"{k} alone": one["scores"] for k, one in told["alone"].items()}}
    lines = [
        *(_scored(name, one) for name, one in kinds.items()),
        f"Relief 24 h after {p['of']}: {p['mean'][day]:.2f}, 90 % from {p['low'][day]:.2f} to {p['high'][day]:.2f}; "
        f"{100 * p['share'][day]:.0f} % of the variance lies between explanations.",
    ]
    return "\n".join([*lines, *told["notes"]])


def _scored(name: str, s: Record) -> str:
    return (
        f"{name}, log score: average {s['average']:.1f} (chosen on them), {s['average_left_out']:.1f} with each left "
        f"out; equal weights {s['equal']:.1f}; best alone ({s['best']}) {s['best_alone']:.1f}, "
        f"{s['best_left_out']:.1f} with each left out. Average less equal weights, left out: "
        f"{s['over_equal']['sum']:+.1f} (SE {s['over_equal']['se']:.1f}); less the best alone: "
        f"{s['over_best']['sum']:+.1f} (SE {s['over_best']['se']:.1f})."
    )


def clinical_rows(told: Record) -> list[dict[str, Any]]:
    """One short line a prediction on the clinical scale: the average and its bands, each for itself."""
    return [
        {
            "prediction": one["words"],
            "average": round(one["mean"], 2),
            **{name: _to(one[name]) for name in ("band", "within", "between")},
            "of_variance_between": f"{100 * one['share']:.0f} %",
            "printed": "" if one["seen"] is None else f"{one['seen']:g}",
        }
        for one in told["clinical"].values()
    ]


def _to(band: list[float]) -> str:
    return f"{band[0]:.2f} to {band[1]:.2f}"


def draw_weighed(told: Record, file: Path) -> None:
    """Draw the figure into one file."""
    from ..report.picture import saved
    from ..report.weights_figure import draw_weights

    saved(draw_weights(told), file)
