"""One trial with everything that its page and its exports need, stored in a folder: words, tables, replicates."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import __version__
from ..banked import Tell
from ..core.errors import RequestError
from ..core.source import bibliography
from ..trial.analysis.mmrm import Mmrm
from ..trial.design import Design
from ..trial.design.account import design_record
from ..trial.design.page import sections
from ..trial.design.published import Printed, printed
from ..trial.design.scale import scale
from ..trial.run import Trial, tables
from ..trial.run.dataset import MADRS, DataSet
from ..trial.run.outcome import visits
from ..trial.run.power import under
from ..trial.run.predicted import Said, counterpart, from_baseline, said, scales, seen
from ..trial.score.values import FILES, facts
from .trial_runs import Asked, run_trial

if TYPE_CHECKING:
    import pandas as pd

RECORD, TABLES, VERSION = "record.json", "tables", 1
CONDITION = "assurance"
_LEVELS = (0.025, 0.5, 0.975)
_Z = 1.959963984540054
_EVERY = 10
Row = dict[str, Any]


def record_trial(asked: Asked, out: Path, tell: Tell = lambda _: None) -> Row:
    """Runs a trial once and again as often as is asked, and stores both in `out`; the answer is that of `run_trial`.

    Replicates differ by chance, by what differs between trials, and by values of the placebo layer drawn from their
    ranges: their quantiles are the prediction intervals of the page. Under draws of a calibration they differ by the
    chain as well.
    """
    found = run_trial(asked, out, tell)
    if asked.design.kind == "steps":
        return found  # they are lived, and leave neither arms nor sessions behind
    trial = asked.trial(tell)
    data = DataSet(trial, trial.replicate(0))
    rows = list(_replicates(asked, trial, tell))
    _write_tables(data, rows, out / TABLES)
    record = _record(asked, data, rows)
    (out / RECORD).write_text(json.dumps(record, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return found


def _replicates(asked: Asked, trial: Trial, tell: Tell) -> Iterator[tuple[int, Said]]:
    for k in range(asked.replicates):
        if k % _EVERY == 0:
            tell(f"replicate {k} of {asked.replicates}, for the prediction intervals")
        drawn = under(trial, CONDITION, k)
        yield from ((k, one) for one in said(DataSet(drawn, drawn.replicate(k))))


def _write_tables(data: DataSet, rows: list[tuple[int, Said]], folder: Path) -> None:
    import pandas as pd

    folder.mkdir(parents=True, exist_ok=True)
    columns = pd.Index(("replicate", "kind", "name", "place", "value"))
    made: dict[str, pd.DataFrame] = {
        "doses": tables.doses(data),
        "sessions": tables.sessions(data),
        "times": tables.times(data),
        "analysed": tables.analysed(data),
        "periods": tables.periods(data),
        "replicates": pd.DataFrame([(k, o.kind, o.name, o.place, o.value) for k, o in rows], columns=columns),
    }
    for name, table in made.items():
        table.to_csv(folder / f"{name}.csv", index=False)


def _record(asked: Asked, data: DataSet, rows: list[tuple[int, Said]]) -> Row:
    design, plan = asked.design, data.trial.plan
    looks = [{"name": x.name, "period": x.period, "day": x.day, "scales": list(x.scales)} for x in plan.looks]
    names = {MADRS, *(s for x in plan.looks for s in x.scales), *scales(data)}
    return {
        "version": VERSION,
        "resynapse": __version__,
        "design": design_record(design),
        "given": asked.word or design.name,
        "digest": design.digest,
        "sections": [[title, list(lines)] for title, lines in sections(design)],
        "assumptions": list(_assumptions()),
        "sources": list(_sources(design)),
        "looks": looks,
        "baseline": [int(k) for k in plan.baseline],
        "scales": {name: {"title": scale(name).title, "range": list(scale(name).range)} for name in sorted(names)},
        "replicates": {"count": asked.replicates, "condition": CONDITION},
        "contrasts": [_contrast(end, rows) for end in design.endpoints],
        "published": [_published(data, i, one, rows) for i, one in enumerate(printed(design))],
        "courses": {"change": from_baseline(data), "rows": list(_courses(data, rows))},
        "repeated": list(_repeated(data)),
    }


def _assumptions() -> Iterator[Row]:
    """What the score takes for granted, in the form in which every run tells its assumptions."""
    for name in FILES:
        for key, fact in facts(name).items():
            if fact.origin == "assumed_here":
                low, high = fact.range or (None, None)
                known = {"address": f"score.{name}.{key}", "value": fact.value, "unit": fact.unit}
                yield {**known, "low": low, "high": high, "note": fact.note, "source": fact.source}


def _sources(design: Design) -> Iterator[Row]:
    scored = (fact.source for name in FILES for fact in facts(name).values())
    keys = [design.source, *(one.observation.study.source for one in printed(design)), *scored]
    for key in dict.fromkeys(k for k in keys if k):
        found = bibliography()[key]
        yield {"key": found.key, "text": found.text, "url": found.url}


def _contrast(end: Any, rows: list[tuple[int, Said]]) -> Row:
    made = end.analysis or {}
    known = {"endpoint": end.name, "role": end.role, "scale": end.scale, "measure": end.measure, "visit": end.visit}
    asked = {"by": end.by, "summary": end.estimand.summary, "method": made.get("method")}
    arms = {"treatment": made.get("treatment"), "control": made.get("control")}
    return {**known, **asked, **arms, "predicted": _spread(rows, "contrast", end.name)}


def _published(data: DataSet, place: int, one: Printed, rows: list[tuple[int, Said]]) -> Row:
    from ..trial.run.outcome import answer

    seen_ = one.observation
    end = next(e for e in data.trial.plan.design.endpoints if e.name == one.endpoint)
    try:
        here = counterpart(data, one, answer(data, end))
    except RequestError:
        here = float("nan")
    spread = _spread(rows, "published", str(place))
    ends = seen_.interval or (None, None)
    known = {"endpoint": one.endpoint, "of": list(one.of), "statistic": seen_.statistic, "value": seen_.value}
    told = {"low": ends[0], "high": ends[1], "dispersion": seen_.dispersion, "direction": seen_.direction}
    origin = {"n": seen_.n, "role": seen_.role, "mark": seen_.mark, "source": seen_.study.source, "row": seen_.row}
    time = {"unit": seen_.unit, "measure": end.measure, "visit": end.visit, "scale": end.scale, "note": seen_.note}
    found = {"here": _plain(here), "predicted": spread, "below": _below(rows, place, seen_.value)}
    return {**known, **told, **origin, **time, **found, "verdict": _verdict(seen_, spread)}


def _below(rows: list[tuple[int, Said]], place: int, value: float | None) -> float | None:
    """The share of replicates that lie below a printed number; ties count half."""
    values = np.array([o.value for _, o in rows if (o.kind, o.name) == ("published", str(place))])
    there = values[np.isfinite(values)]
    if value is None or there.size == 0:
        return None
    return float((there < value).mean() + 0.5 * (there == value).mean())


def _verdict(printed_one: Any, spread: Row) -> str:
    """Whether a printed number lies in the prediction interval; a direction agrees when the median has its sign."""
    low, middle, high = spread["low"], spread["median"], spread["high"]
    if low is None or high is None:
        return "not predicted"
    if printed_one.value is not None:
        return "inside" if low <= printed_one.value <= high else "miss"
    if printed_one.direction == "none":
        return "inside" if low <= 0.0 <= high else "miss"
    sign = {"down": -1.0, "up": 1.0}.get(printed_one.direction)
    return "not predicted" if sign is None else ("inside" if sign * middle > 0.0 else "miss")


def _spread(rows: list[tuple[int, Said]], kind: str, name: str, place: int = 0) -> Row:
    values = np.array([o.value for _, o in rows if (o.kind, o.name, o.place) == (kind, name, place)])
    there = values[np.isfinite(values)]
    if there.size == 0:
        return {"low": None, "median": None, "high": None, "count": 0}
    low, middle, high = np.quantile(there, _LEVELS)
    return {"low": float(low), "median": float(middle), "high": float(high), "count": int(there.size)}


def _courses(data: DataSet, rows: list[tuple[int, Said]]) -> Iterator[Row]:
    held = [one for one in rows if one[1].kind == "course"]
    for name in scales(data):
        score = seen(data, name)
        for k, arm in enumerate(data.trial.plan.design.arms):
            own = score[data.found.arm == k]
            mine = [one for one in held if one[1].name == f"{name} | {arm.name}"]
            points = [_point(own[:, j], mine, int(j), arm.name) for j in np.flatnonzero(np.isfinite(own).any(axis=0))]
            yield {"scale": name, "arm": arm.name, "place": k, "points": points}


def _point(values: Any, rows: list[tuple[int, Said]], look: int, arm: str) -> Row:
    there = values[np.isfinite(values)]
    mean, sd = float(there.mean()), float(there.std(ddof=1)) if there.size > 1 else 0.0
    reach = _Z * sd / there.size**0.5
    near = {"look": int(look), "n": int(there.size), "mean": mean, "sd": sd, "low": mean - reach, "high": mean + reach}
    return {**near, "predicted": _spread(rows, "course", rows[0][1].name if rows else arm, int(look))}


def _repeated(data: DataSet) -> Iterator[Row]:
    """Each mixed model in full: adjusted means and the difference at every visit, from one fit."""
    for end in data.trial.plan.design.endpoints:
        model = end.analysed
        if not isinstance(model, Mmrm):
            continue
        made = visits(data, end)
        try:
            means, differences = model.means(made), model.at_every_visit(made)
        except RequestError:
            continue
        rows = [
            {
                "visit": visit,
                "means": {arm: means[(arm, visit)].record() for arm in (model.treatment, model.control)},
                "difference": found.record(),
            }
            for visit, found in differences.items()
        ]
        yield {"endpoint": end.name, "treatment": model.treatment, "control": model.control, "rows": rows}


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
