"""Many replicates: power, type I error, assurance, what unblinding adds, and how many people are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from ...core.errors import RequestError
from ..analysis import Estimate
from ..design import Design
from .dataset import DataSet
from .outcome import answer
from .replicate import Trial

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Row:
    """What one replicate says of one endpoint: the estimate and its p-value, or why there is none."""

    replicate: int
    endpoint: str
    estimate: float
    low: float
    high: float
    p: float
    refused: str = ""


@dataclass(frozen=True)
class Share:
    """A share of replicates, with the standard error that chance alone gives it."""

    value: float
    error: float
    of: int

    def __str__(self) -> str:
        return f"{100 * self.value:.1f} % (SE {100 * self.error:.1f})"


@dataclass(frozen=True)
class Said:
    """What many replicates say of one endpoint.

    **Arguments:** `positive` is the share of significant results in favour of the treatment, `against` of the others;
    `mean` and `sd` are of estimates (of logarithms where it is a ratio), `error` is the mean's; `low` and `high` hold
    95 % of estimates; `refused` counts replicates without an answer, which count as not positive.
    """

    endpoint: str
    role: str
    positive: Share
    against: Share
    mean: float
    sd: float
    error: float
    low: float
    high: float
    refused: int
    record: Mapping[str, Any] = field(default_factory=dict)


def row(trial: Trial, number: int, names: Iterable[str] | None = None) -> list[Row]:
    """One replicate, analysed for the endpoints named (all with an analysis unless said)."""
    data = DataSet(trial, trial.replicate(number))
    wanted = set(names) if names is not None else None
    ends = [e for e in trial.plan.design.endpoints if e.analysis and (wanted is None or e.name in wanted)]
    return [_row(data, number, end) for end in ends]


def _row(data: DataSet, number: int, end: Any) -> Row:
    try:
        found = answer(data, end)
    except RequestError as refused:
        return Row(number, end.name, np.nan, np.nan, np.nan, np.nan, refused.what)
    return _told(number, end.name, found)


def _told(number: int, name: str, found: Estimate | None) -> Row:
    if found is None:
        return Row(number, name, np.nan, np.nan, np.nan, np.nan, "no analysis")
    return Row(number, name, found.estimate, found.low, found.high, found.p)


def summed(design: Design, rows: list[Row], level: float = 0.05) -> tuple[Said, ...]:
    """What replicates say, endpoint by endpoint."""
    found = []
    for end in design.endpoints:
        own = [r for r in rows if r.endpoint == end.name]
        if own:
            found.append(_summed(end, own, level))
    return tuple(found)


def _summed(end: Any, own: list[Row], level: float) -> Said:
    ratio = end.estimand.summary in ("hazard_ratio", "odds_ratio")
    p, estimate = np.array([r.p for r in own]), np.array([r.estimate for r in own])
    with np.errstate(invalid="ignore"):
        sign = np.log(np.maximum(estimate, 1e-12)) if ratio else estimate
    better = sign * good(end) > 0.0
    significant = np.nan_to_num(p, nan=1.0) < level
    there = sign[np.isfinite(sign)]
    size = max(there.size, 1)
    low, high = np.quantile(estimate[np.isfinite(estimate)], [0.025, 0.975]) if there.size else (np.nan, np.nan)
    spread = float(there.std(ddof=1)) if there.size > 1 else float("nan")
    shares = (share(significant & better), share(significant & ~better))
    refused = int(sum(bool(r.refused) for r in own))
    mean = float(there.mean()) if there.size else float("nan")
    return Said(end.name, end.role, *shares, mean, spread, spread / size**0.5, float(low), float(high), refused)


def good(end: Any) -> float:
    """The sign of an estimate that favours the treatment."""
    falls = end.measure in ("score", "change", "time_to_relapse") and end.estimand.summary != "share_without_event"
    return -1.0 if falls else 1.0


def share(flags: Any) -> Share:
    """A share with its Monte-Carlo standard error."""
    value, n = float(np.mean(flags)), int(np.size(flags))
    return Share(value, float(np.sqrt(max(value * (1.0 - value), 0.25 / n**2 if n else 0.0) / max(n, 1))), n)


@dataclass(frozen=True)
class Bias:
    """How much of a contrast belief carries: with belief, without, and the difference, replicate by replicate."""

    endpoint: str
    seen: float
    without: float
    carried: float
    error: float


def unblinding(trial: Trial, endpoint: str, replicates: range) -> Bias:
    """The mean contrast with belief and with everybody's hope held even, in the same people with the same chance."""
    blind = trial.switched(belief=False)
    seen, without = (np.array([row(t, k, [endpoint])[0].estimate for k in replicates]) for t in (trial, blind))
    both = np.isfinite(seen) & np.isfinite(without)
    apart = seen[both] - without[both]
    error = float(apart.std(ddof=1) / np.sqrt(apart.size)) if apart.size > 1 else float("nan")
    return Bias(endpoint, float(seen[both].mean()), float(without[both].mean()), float(apart.mean()), error)


def plain(found: Any) -> dict[str, Any]:
    """A result as plain values for JSON, what is not a number as nothing."""
    return {k: _plain(v) for k, v in asdict(found).items() if k != "record"}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return None if isinstance(value, float) and not np.isfinite(value) else value
