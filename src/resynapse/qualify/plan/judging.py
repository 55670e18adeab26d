"""Criteria beside what was measured: only evidence kept for verification earns a pass."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..counting import core
from ..fold import mean_fold_error
from ..forecast.scores import coverage
from .plan import NOMINAL, Criterion, Plan

Record = Mapping[str, Any]
PASS, FAIL, NO_PASS, UNMEASURED = "pass", "fail", "not a pass", "not measured"
ORDER = (FAIL, UNMEASURED, NO_PASS, PASS)
"""Verdicts in the order in which they are shown: what failed comes first."""

BLIND = "verify"
"""The group of kinetic rows that is a blind test: kept, seen in their source, and not in view while choosing."""

UNCOMPARED = ("contrast",)
"""What is told of predictions alone: nothing printed stands beside it."""

FEWEST = 10
"""What is met on fewer rows of trials earns no pass: an exact interval of so few holds nearly anything."""

BOOTSTRAPS = 2000


@dataclass(frozen=True)
class Found:
    """A number that was measured: its words, and the roles of the evidence behind it, one a row.

    **Arguments:** `met` says whether a coverage contains its promise; others are held against the limit. `few` says
    that there are too few rows of trials to tell anything.
    """

    value: float
    words: str
    roles: tuple[str, ...]
    met: bool | None = None
    few: bool = False


@dataclass(frozen=True)
class Outcome:
    """How one criterion came out."""

    id: str
    of: str
    metric: str
    about: str
    role: str
    target: str
    result: float | None
    words: str
    rows: int
    verdict: str
    reason: str
    claims: tuple[str, ...]
    why: str

    @property
    def record(self) -> dict[str, Any]:
        """As plain data."""
        return {**asdict(self), "claims": list(self.claims)}


def judged(plan: Plan, measured: Record) -> tuple[Outcome, ...]:
    """Every criterion of a plan, failures first."""
    found = [_outcome(one, _found(one, measured)) for one in plan.criteria]
    return tuple(sorted(found, key=lambda o: ORDER.index(o.verdict)))


def _outcome(one: Criterion, found: Found | None) -> Outcome:
    verdict, reason = _verdict(one, found)
    value = None if found is None or not math.isfinite(found.value) else found.value
    words, rows = (found.words, len(found.roles)) if found else ("", 0)
    role = "none" if one.of in UNCOMPARED else one.role
    told = (one.id, one.of, one.metric, one.about or "", role, one.target, value, words, rows)
    return Outcome(*told, verdict, reason, one.claims, one.why)


def _verdict(one: Criterion, found: Found | None) -> tuple[str, str]:
    """The verdict and why it is one: what was met without any verify evidence is no pass."""
    if found is None or not math.isfinite(found.value):
        return UNMEASURED, "nothing that was run answers it"
    if not _met(one, found):
        return FAIL, "the target is missed"
    if not found.roles:
        return NO_PASS, "met, but nothing that was printed was compared"
    if found.few:
        return NO_PASS, f"met, but on fewer than {FEWEST} rows, which tell little"
    if one.role == "build" or set(found.roles) != {"verify"}:
        return NO_PASS, "met on evidence that the model was built with"
    return PASS, "met on evidence kept for verification"


def _met(one: Criterion, found: Found) -> bool:
    if found.met is not None:
        return found.met
    if one.at_most is not None:
        return found.value <= one.at_most
    return one.at_least is not None and found.value >= one.at_least


def _found(one: Criterion, measured: Record) -> Found | None:
    return _MEASURES[one.of](one, measured[one.of]) if measured.get(one.of) else None


def _kinetics(one: Criterion, told: Record) -> Found | None:
    report = told.get(one.about or next(iter(told)))
    rows = [r for r in report["rows"] if _counts(r) and r["group"] == one.role] if report else []
    rows = [r for r in rows if r["row"] in core()] if one.core else rows
    if one.metric in NOMINAL:
        return _kinetic_coverage(one.metric, [r for r in rows if r.get("foreseen")])
    if not rows:
        return None
    folds, roles = [r["fold"] for r in rows], tuple(r["role"] for r in rows)
    if one.metric == "gmfe":
        value = mean_fold_error(folds)
        return Found(value, f"GMFE {value:.2f} over {len(rows)} rows", roles)
    inside = [r["within_2"] if one.metric == "within_twofold" else not r["misses_aim"] for r in rows]
    return Found(float(np.mean(inside)), f"{sum(inside)} of {len(rows)} rows ({np.mean(inside):.0%})", roles)


def _kinetic_coverage(metric: str, rows: Sequence[Record]) -> Found | None:
    """How many single numbers lie inside; nothing where the body's calibration foresaw none."""
    roles = tuple(r["role"] for r in rows)
    return _coverage(metric.rpartition("_")[2], [r["foreseen"] for r in rows], roles) if rows else None


def _counts(row: Record) -> bool:
    return not (row["contested"] or row["twice"])


def _trials(one: Criterion, told: Record) -> Found | None:
    rows = asked_rows(one, told["rows"])
    if not rows:
        return None
    roles = tuple(r["role"] for r in rows)
    if one.metric == "inside_90":
        inside = [r["model"]["inside_90"] for r in rows]
        return Found(
            float(np.mean(inside)),
            f"{sum(inside)} of {len(rows)} inside the 90 % interval",
            roles,
            few=len(rows) < FEWEST,
        )
    if one.metric.startswith("coverage"):
        return _coverage(one.metric.rpartition("_")[2], [r["model"] for r in rows], roles)
    score, _, null = one.metric.rpartition("over_")
    both = [r for r in rows if r.get(null)]
    return _ratio(both, null, "crps" if score else "interval") if both else None


def asked_rows(one: Criterion, rows: Sequence[Record]) -> list[Record]:
    """The rows of trials that a criterion asks: of its role, and of the studies and kinds of arm that it names."""
    return [
        r
        for r in rows
        if r["role"] == one.role
        and (not one.studies or r["design"] in one.studies)
        and (not one.kinds or r["kind"] in one.kinds)
    ]


def _coverage(level: str, foretold: Sequence[Record], roles: tuple[str, ...]) -> Found:
    found = coverage([r[f"inside_{level}"] for r in foretold], float(level) / 100.0)
    words = f"{found.inside} of {found.of} inside ({found.share:.0%}; exact 95 %: {found.low:.0%} to {found.high:.0%})"
    return Found(found.share, words, roles, found.holds, found.of < FEWEST)


def _ratio(rows: Sequence[Record], null: str, kind: str) -> Found:
    """The model's mean score over that of a null model, with a band from drawing whole studies anew."""
    own, other = (np.array([_score(r, name, kind) for r in rows]) for name in ("model", null))
    value = float(own.mean() / other.mean())
    low, high = _redrawn([str(r["study"]) for r in rows], own, other)
    what = "mean CRPS" if kind == "crps" else "mean interval score (50 and 90 %)"
    words = f"{what} {own.mean():.2f} against {other.mean():.2f}: ratio {value:.2f} ({low:.2f} to {high:.2f})"
    return Found(value, words, tuple(r["role"] for r in rows), few=len(rows) < FEWEST)


def _score(row: Record, name: str, kind: str) -> float:
    """One row's score in SDs of the build rows of its unit, so that points and shares can be averaged."""
    own = row[name]
    found = own["crps"] if kind == "crps" else 0.5 * (own["score_50"] + own["score_90"])
    return float(found) / float(row["scale"])


def _redrawn(studies: Sequence[str], own: Any, other: Any) -> tuple[float, float]:
    names = sorted(set(studies))
    place = np.array([names.index(s) for s in studies])
    sums = np.array([[v[place == k].sum() for k in range(len(names))] for v in (own, other)])
    drawn = np.random.default_rng(len(names)).integers(0, len(names), (BOOTSTRAPS, len(names)))
    ratio = sums[0][drawn].sum(axis=1) / sums[1][drawn].sum(axis=1)
    low, high = np.quantile(ratio, [0.05, 0.95])
    return float(low), float(high)


def _exam(one: Criterion, told: Record) -> Found | None:
    paper = told.get(one.about or next(iter(told)))
    if paper is None or not paper[one.role]["of"]:
        return None
    score, beside = paper[one.role], paper["beside"][one.role]
    roles = (one.role,) * score["of"]
    said = f"{score['met']} of {score['of']} met"
    if one.metric == "share_met":
        return Found(score["met"] / score["of"], said, roles)
    if one.metric == "over_null":
        null = beside["null"]
        return Found(null["own"] - null["null"], f"{null['own']} against {null['null']} of {null['of']}", roles)
    if one.metric == "over_random":
        random = beside["random"]
        sds = (score["met"] - random["expected"]) / random["sd"]
        return Found(sds, f"{said}; random signs {random['expected']:.1f} (SD {random['sd']:.1f})", roles)
    return Found(score["met"] - beside["shuffled"]["high"], f"{said}; shuffled {beside['shuffled']['high']:.0f}", roles)


def _contrast(one: Criterion, told: Record) -> Found:
    low, high = told["interval_90"]
    words = f"{told['median']:.1f} points ({low:.1f} to {high:.1f}): {high - low:.1f} points wide"
    return Found(high - low, words, ())


def _patterns(one: Criterion, told: Record) -> Found | None:
    rows = [r for r in told["rows"] if r["role"] == one.role and r["inside"] is not None]
    if not rows:
        return None
    inside = [r["inside"] for r in rows]
    return Found(
        float(np.mean(inside)), f"{sum(inside)} of {len(rows)} inside the 90 % band", tuple(r["role"] for r in rows)
    )


_MEASURES: Mapping[str, Callable[[Criterion, Record], Found | None]] = {
    "kinetics": _kinetics,
    "trials": _trials,
    "exam": _exam,
    "contrast": _contrast,
    "patterns": _patterns,
}
