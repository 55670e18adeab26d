"""Other scales and the items of MADRS of one trial as plain data: means by arm and look."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..trial.run.dataset import DataSet
from ..trial.score import ITEMS, convertible

MADRS = "madrs_total"
Row = dict[str, Any]


def scale_means(data: DataSet) -> list[Row]:
    """Mean and SD of every scale that can be said beside MADRS, whether the trial asked for it (`asked`) or not."""
    return [row for name in convertible() for row in _means(data, name)]


def item_means(data: DataSet) -> list[Row]:
    """Mean of each of the ten items of MADRS."""
    found = []
    for arm, j, seen in _seen(data):
        values = data.items[seen, j].mean(axis=0)
        found.append({**_where(data, arm, j), **{name: float(x) for name, x in zip(ITEMS, values, strict=True)}})
    return found


def _means(data: DataSet, name: str) -> Iterator[Row]:
    score = data.scores(name)
    for arm, j, seen in _seen(data):
        own = score[seen, j]
        asked = name in data.trial.plan.looks[j].scales
        yield {**_where(data, arm, j), "scale": name, "asked": asked, "mean": float(own.mean()), "sd": float(own.std())}


def _seen(data: DataSet) -> Iterator[tuple[str, int, Any]]:
    """Who was seen, by arm and look, where anybody was."""
    for k, arm in enumerate(data.trial.plan.design.arms):
        for j in range(len(data.trial.plan.looks)):
            seen = np.flatnonzero((data.found.arm == k) & np.isfinite(data.found.score[:, j]))
            if seen.size:
                yield arm.name, j, seen


def _where(data: DataSet, arm: str, j: int) -> Row:
    look = data.trial.plan.looks[j]
    return {"arm": arm, "visit": look.name, "period": look.period, "day": look.day}
