"""Printed numbers of trials beside the model and beside two models without mechanism, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .dosed import row_of
from .printed_trials import filed
from .rows import Row, judged, printed_rows, scored
from .spread import NAME as SPREAD
from .spread import spread
from .turnover import NAME as TURNOVER
from .turnover import VALUES, turnover

WORDS: Mapping[str, str] = {"model": "the model", "spread": SPREAD, "turnover": TURNOVER}
"""What stands beside a number, in words."""


def beside(rows: Sequence[Row]) -> dict[str, Any]:
    """Every row that is scored, with the scores of the model and of the null models, and how these were fitted.

    The null models see every printed build number of the library, whatever was run.
    """
    known = printed_rows([row_of(design, told) for design, told in filed()])
    nulls = {"spread": spread(known), "turnover": turnover(known)}
    scales = _scales(known)
    told = [_told(row, nulls, scales) for row in scored(rows)]
    fitted = nulls["turnover"]
    values = dict(zip(VALUES, np.exp(fitted.best).tolist(), strict=True))  # type: ignore[attr-defined]
    kinds = {name: {"mean": k.mean, "sd": k.sd, "n": k.n} for name, k in nulls["spread"].kinds.items()}  # type: ignore[attr-defined]
    return {"rows": told, "spread": kinds, "turnover": {"values": values, "left": fitted.left}, "scales": scales}  # type: ignore[attr-defined]


def _told(row: Row, nulls: Mapping[str, Any], scales: Mapping[str, float]) -> dict[str, Any]:
    found = {"what": row.what, "kind": row.kind, "family": row.family, "scale": scales[_unit(row)] * row.width}
    samples = {"model": row.sample, **{name: null.sample(row) for name, null in nulls.items()}}
    return {
        **row.told,
        **found,
        **{name: None if s is None else judged(s, row.value) for name, s in samples.items()},
    }


def _scales(rows: Sequence[Row]) -> dict[str, float]:
    """The SD of all build changes, differences or shares: what a score is divided by before scores are averaged."""
    found: dict[str, list[float]] = {}
    for row in rows:
        found.setdefault(_unit(row), [])
        if row.role == "build" and row.statistic != "mean":
            found[_unit(row)].append(row.value / row.width)
    return {unit: float(np.std(v, ddof=1)) if len(v) > 1 else 1.0 for unit, v in found.items()}


def _unit(row: Row) -> str:
    return "share" if row.statistic.endswith(("rate", "incidence")) else str(row.told["unit"])
