"""Many replicates: power, type I error, assurance, what unblinding adds, and how many people are needed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from ...core.chance import normals
from ...core.errors import RequestError
from ..analysis import Estimate
from ..design import Design
from ..score import Values, facts
from .dataset import DataSet
from .outcome import Models, answer
from .replicate import Trial

CONDITIONS: Mapping[str, Mapping[str, bool]] = {
    "power": {},
    "null": {"drug": False, "belief": False},
    "null_with_belief": {"drug": False},
    "without_belief": {"belief": False},
    "assurance": {"between": True},
}
"""What acts: everything; neither drug nor belief; belief alone; the drug alone; what differs between trials too."""

_QUARTER = 4.0


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


def under(trial: Trial, condition: str, number: int) -> Trial:
    """The trial of one replicate under a condition, in its own world where there are several.

    For assurance its values of the score are drawn as well, those that a calibration knows aside.
    """
    own = trial.drawn(number)
    found = own.switched(**CONDITIONS[condition])
    return found.valued(uncertain(own.values, own.seed, number, own.known)) if condition == "assurance" else found


def uncertain(value: Values, seed: int, number: int, known: Collection[str] = ()) -> Values:
    """Values of the placebo layer drawn from their ranges: normal, SD a quarter of the range, cut at its ends.

    **Arguments:** `known` are fields that stay as they are.
    """
    drawn = {}
    for name, fact in facts("placebo").items():
        if fact.range is not None and name not in known:
            low, high = fact.range
            z = float(normals((seed, "uncertain", name), [number])[0])
            drawn[name] = min(max(getattr(value.placebo, name) + z * (high - low) / _QUARTER, low), high)
    return replace(value, placebo=replace(value.placebo, **drawn))


def row(trial: Trial, number: int, names: Iterable[str] | None = None) -> list[Row]:
    """One replicate, analysed for the endpoints named (all with an analysis unless said).

    Where trials differ, one that does not find its people has no answer, and is not positive.

    **Raises:** `RequestError` when people do not suffice and trials do not differ.
    """
    wanted = set(names) if names is not None else None
    ends = [e for e in trial.plan.design.endpoints if e.analysis and (wanted is None or e.name in wanted)]
    try:
        data = DataSet(trial, trial.replicate(number))
    except RequestError as refused:
        if not trial.switches.between:
            raise
        return [Row(number, end.name, np.nan, np.nan, np.nan, np.nan, refused.what) for end in ends]
    models: Models = {}
    return [_row(data, number, end, models) for end in ends]


def _row(data: DataSet, number: int, end: Any, models: Models) -> Row:
    try:
        found = answer(data, end, models)
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


def favours(end: Any, estimate: float) -> bool:
    """Whether an estimate favours the treatment."""
    ratio = end.estimand.summary in ("hazard_ratio", "odds_ratio")
    return bool((np.log(max(estimate, 1e-12)) if ratio else estimate) * good(end) > 0.0)


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


def unblinding(seen: list[Row], without: list[Row], endpoint: str) -> Bias:
    """What belief carries of a contrast, from the same replicates with belief and with everybody's hope held even."""
    pairs = {r.replicate: r.estimate for r in seen if r.endpoint == endpoint}
    other = {r.replicate: r.estimate for r in without if r.endpoint == endpoint}
    both = [(x, other[k]) for k, x in pairs.items() if k in other and np.isfinite([x, other[k]]).all()]
    if len(both) < 2:
        return Bias(endpoint, float("nan"), float("nan"), float("nan"), float("nan"))
    a, b = np.array(both).T
    return Bias(
        endpoint, float(a.mean()), float(b.mean()), float((a - b).mean()), float((a - b).std(ddof=1) / len(a) ** 0.5)
    )


def plain(found: Any) -> dict[str, Any]:
    """A result as plain values for JSON, what is not a number as nothing."""
    return {k: _plain(v) for k, v in asdict(found).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return None if isinstance(value, float) and not np.isfinite(value) else value
