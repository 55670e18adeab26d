"""The mean contrast of a trial with as many people as one likes, world by world, and two patterns of build evidence.

The same people are followed in either arm, so that chance between people hardly matters: what is left is doubt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...evidence import Observation, library
from ...mood import rules
from ...trial.design.design import Design
from ...trial.design.library import design
from ...trial.run import Trial, scaled
from ...trial.run.power import under
from ..forecast.printed_trials import CONDITION
from ..forecast.rows import judged
from ..trialled.running import looked_at
from .plan import Contrast, Trials
from .worlds import Worlds, in_turn

Floats = NDArray[np.float64]
Tell = Callable[[str], None]
EARLY, DAY = 0.125, 1.0
"""Days of the looks between which the early share is told: three hours, and a day."""

RELAPSE = {"0.1": "0p1", "0.5": "0p5", "1.0": "1p0"}
"""Doses (mg/kg) of which relapse among responders was printed, and how the evidence names them."""

_LARGE = 1000


def contrast(asked: Contrast, worlds: Worlds, tell: Tell = lambda _: None) -> dict[str, Any]:
    """The mean contrast (points) of the endpoint's two arms, one number a draw, and the share of it at three hours."""
    planned = design(asked.design)
    end = next(e for e in planned.endpoints if e.name == asked.endpoint)
    arms = _arms(planned, end.analysis or {})
    day = planned.visit(end.visit).day if end.visit else planned.days
    large = scaled(looked_at(planned, sorted({0.0, EARLY, DAY, day})), _LARGE)
    doubt = worlds.doubt(asked.draws)
    trial = worlds.doubted(large, asked.people, doubt, tell)
    table = np.array([_paired(in_turn(trial, k), arms, k) for k in range(len(doubt))])
    days = [0.0, *sorted({EARLY, DAY, day})]
    return _told(asked, worlds, table[:, days.index(day)], table[:, days.index(EARLY)] / table[:, days.index(DAY)])


def _told(asked: Contrast, worlds: Worlds, found: Floats, early: Floats) -> dict[str, Any]:
    low, high = (float(x) for x in np.quantile(found, [0.05, 0.95]))
    named = {"design": asked.design, "endpoint": asked.endpoint, "draws": len(found), "of": worlds.words}
    return {
        **named,
        "median": float(np.median(found)),
        "interval_90": [low, high],
        "sample": _short(found),
        "early_share": _short(early),
    }


def _short(values: Floats) -> list[float]:
    return [float(f"{v:.5g}") for v in values if np.isfinite(v)]


def _arms(planned: Design, analysis: dict[str, Any]) -> tuple[int, int]:
    names = [arm.name for arm in planned.arms]
    return names.index(str(analysis["treatment"])), names.index(str(analysis["control"]))


def _paired(trial: Trial, arms: tuple[int, int], number: int) -> Floats:
    """Mean score under the treatment less that under the control, of the same people, at every look."""
    one, other = (trial.replicate(number, arm).score for arm in arms)
    return np.asarray(np.nanmean(one - one[:, :1], axis=0) - np.nanmean(other - other[:, :1], axis=0))


def patterns(worlds: Worlds, found: dict[str, Any], size: Trials, tell: Tell = lambda _: None) -> dict[str, Any]:
    """Relapse after one dose by dose, and the early share, beside what was printed; bands of 90 %.

    **Arguments:** `found` is what `contrast` told, whose draws give the early share.
    """
    rows = [_row(f"relapse by day 14 among responders to {d} mg/kg", o, v) for d, o, v in _relapses(worlds, size, tell)]
    rows.append(_row("contrast at 3 hours over that at 24 hours", _early(), np.array(found["early_share"])))
    return {"rows": rows, "of": worlds.words}


def _relapses(worlds: Worlds, size: Trials, tell: Tell) -> list[tuple[str, Observation, Floats]]:
    planned = looked_at(design("fava_2020"), (0.0, 3.0, 14.0))
    names = [arm.name for arm in planned.arms]
    samples: dict[str, list[float]] = {dose: [] for dose in RELAPSE}
    trial = worlds.trial(planned, size, tell)
    for k in range(size.replicates):
        run = under(trial, CONDITION, k).replicate(k)
        for dose in RELAPSE:
            samples[dose].append(relapsed(run.score[run.arm == names.index(f"ketamine {dose}")]))
    seen = {o.arm.name: o for o in library().select(study="salloum2019", statistic="cumulative_incidence")}
    rows = {dose: seen[f"relapse_among_day_3_responders_{word}_mg_kg"] for dose, word in RELAPSE.items()}
    return [(dose, rows[dose], np.array(samples[dose])) for dose in RELAPSE]


def relapsed(score: Floats) -> float:
    """Of people (score at 0, 3 and 14 days) who lost half of it by day 3, the share who relapsed by day 14; or nan."""
    well = score[:, 1] <= 0.5 * score[:, 0]
    return float(np.mean(score[well, 2] >= rules()["madrs_total"].relapse)) if well.any() else float("nan")


def _early() -> Observation:
    """The share of a day's contrast that is there after three hours, from the two rows of a meta-analysis."""
    rows = library().select(study="an2021", arm="in_placebo", statistic="difference")
    by = {o.time: o for o in rows}
    early, day = by[EARLY], by[DAY]
    share = float(early.value or 0.0) / float(day.value or 1.0)
    return replace(early, value=share, unit="1", row=f"{early.row} over {day.row}", low=None, high=None)


def _row(what: str, seen: Observation, sample: Floats) -> dict[str, Any]:
    there = sample[np.isfinite(sample)]
    known = {"what": what, "study": seen.study.name, "row": seen.row, "role": seen.role, "value": seen.value}
    if there.size < _LEAST:
        return {**known, "predicted": None, "interval_90": None, "inside": None}
    found = judged(there, float(seen.value or 0.0))
    told = {"predicted": found["predicted"], "interval_90": found["interval_90"], "inside": found["inside_90"]}
    return {**known, **told, "draws": int(there.size)}


_LEAST = 10
