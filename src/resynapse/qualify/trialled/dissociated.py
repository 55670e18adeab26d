"""Claim C42: those who hallucinate may do better only because they had more drug."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...dose import Regimen
from ...evidence import Observation
from ...report.claim_figure import Panel, Row, Rows
from ...trial.analysis.data import Outcome
from ...trial.analysis.mediation import Mediation
from ...trial.design import Design
from ...trial.design.library import design
from ...trial.run import Trial
from ..answer import Answer
from ..answering.band import Band
from ..answering.seen import records, rows, told
from ..answering.telling import figure
from ..answering.terms import Terms
from ..claims import claim
from .crowd import Asked, crowd
from .running import looked_at, people, replicates, trial
from .words import ends, run, seen_words

Floats = NDArray[np.float64]
POPULATION = "trd_academic"
_DOSES = ("0.2", "0.5", "1.0")
_N, _SAMPLES, _WEEK = 108, 200, 7.0
_NOTHING, _BELIEF, _STRONG = "carries nothing", "feeds belief", "feeds belief, most hope"
_POINTS = ("day 1", "day 7")


@dataclass(frozen=True, eq=False)
class World:
    """What dissociation goes with, in one world, replicate by replicate.

    **Arguments:** `naive` and `given` are correlations of CADSS with the change of MADRS in % after 0.5 mg/kg, by day,
    as they stand and among people of like exposure; `pooled` the same pair over three doses on day 1; `slopes` the
    pair of slopes (points of MADRS a point of CADSS) on day 1; `through` the pair of indirect effects (points).
    """

    naive: Mapping[str, Floats]
    given: Mapping[str, Floats]
    pooled: tuple[Floats, Floats]
    slopes: tuple[Floats, Floats]
    through: tuple[Floats, Floats]


@dataclass(frozen=True, eq=False)
class Once:
    """One replicate: arm, CADSS, exposure, and changes in points and % (people x looks)."""

    arm: NDArray[np.str_]
    cadss: Floats
    exposure: Floats
    score: Floats

    @cached_property
    def percent(self) -> Floats:
        """Change since the first look (%)."""
        return 100.0 * (self.score - self.score[:, :1]) / np.maximum(self.score[:, :1], 1.0)

    def of(self, *arms: str) -> NDArray[np.bool_]:
        """Who is in these arms and was seen."""
        return np.isin(self.arm, arms) & np.isfinite(self.score).all(axis=1)


@dataclass(frozen=True, eq=False)
class Seen:
    """What dissociation goes with in every world, and what was published."""

    terms: Terms
    name: str
    times: int
    found: Mapping[str, World]
    observed: tuple[Observation, ...]

    @cached_property
    def none(self) -> World:
        """The world in which dissociation carries nothing."""
        return self.found[_NOTHING]

    @cached_property
    def some(self) -> World:
        """The world in which it feeds belief."""
        return self.found[_BELIEF]

    @cached_property
    def strongest(self) -> float:
        """The strongest correlation that was published."""
        return min(float(o.value or 0.0) for o in self.observed if o.statistic == "correlation")

    @property
    def sentences(self) -> tuple[str, str, str]:
        """What the chain says, how sure, and what was published."""
        return (
            "Where dissociation carries nothing, CADSS still goes with improvement because both follow the drug: "
            f"over three doses r is {_r(self.none.pooled[0])} on day 1, and {_r(self.none.pooled[1])} among people "
            "of like exposure; after 0.5 mg/kg alone, where exposure differs little, r is "
            f"{_r(self.none.naive['day 1'])} and {_r(self.none.given['day 1'])}, and the part of the effect that "
            f"seems to run through CADSS goes from {Band.of(self.none.through[0]).words('points')} to "
            f"{Band.of(self.none.through[1]).words('points')} when exposure is held.",
            f"Where it feeds belief, r over three doses is {_r(self.some.pooled[0])} and {_r(self.some.pooled[1])} "
            f"given exposure, after 0.5 mg/kg {_r(self.some.naive['day 1'])} and {_r(self.some.given['day 1'])} "
            f"(with hope at the top of its range {_r(self.found[_STRONG].given['day 1'])}), and through CADSS run "
            f"{Band.of(self.some.through[1]).words('points')} given exposure: in a trial of {_N} an arm the two "
            f"worlds are told apart in {_apart(self.none, self.some, 1)} % of trials by what is left once exposure "
            f"is held and in {_apart(self.none, self.some, 0)} % by what is seen without (three doses, one in "
            "twenty wrong).",
            f"Published: {told(self.observed)}; at one dose and {_N} people a correlation of {self.strongest:+.2f} "
            f"or stronger comes out in {_as_strong(self.none, self.strongest)} % of trials where dissociation "
            f"carries nothing and in {_as_strong(self.some, self.strongest)} % where it feeds belief, so that "
            "neither explains it and something shared is missing here; the nulls lie inside both; exposure was "
            "measured in none of them, so that the claim can be asked of data and has not been.",
        )

    @property
    def doubt(self) -> str:
        """What the numbers do not know."""
        return (
            f"{run(self.times, people(self.terms), self.name, self.terms)}; exposure is the area of the "
            "concentration at the receptor over four hours, taken as known; its effects are not straight, so that "
            "holding it leaves a little behind; dissociation and effect share no personal trait but kinetics here "
            "(no sensitivity of one's own to both), which would confound as exposure does and cannot be held; no "
            "world lets dissociation heal by itself."
        )

    @property
    def details(self) -> dict[str, Any]:
        """The numbers behind, as plain data."""
        return {k: _record(w) for k, w in self.found.items()} | {"observed": records(self.observed)}

    @property
    def panels(self) -> tuple[Panel, ...]:
        """The panels of the figure."""
        return _correlations(self.found, self.observed), _paths(self.found, self.observed)

    @property
    def foot(self) -> str:
        """Who and how many, under the figure."""
        bank = f"bank of {people(self.terms)} of {self.name}"
        return f"{self.times} replicates of {_N} an arm, {bank}, seed {self.terms.seed}. Bar: nine in ten."


def hallucinate(terms: Terms) -> Answer:
    """The answer to claim C42: correlation and mediation, with and without exposure held."""
    name, times = terms.population or POPULATION, replicates(terms, 60)
    one = trial(_design(name), terms)
    exposure = {f"ketamine {d}": _exposure(name, d, terms) for d in _DOSES} | {"midazolam": np.zeros(people(terms))}
    strong = replace(one.values, placebo=replace(one.values.placebo, gain=6.0))
    each = {_NOTHING: one.switched(belief=False), _BELIEF: one, _STRONG: one.valued(strong)}
    found = {k: _world(t, exposure, times) for k, t in each.items()}
    observed = _observed()
    said = Seen(terms=terms, name=name, times=times, found=found, observed=observed)
    return Answer(
        claim("C42"), said.sentences, said.doubt, said.details, lambda: figure("C42", said.panels, terms, said.foot)
    )


def _design(name: str) -> Design:
    base = looked_at(design("fava_2020"), (0.0, 1.0, _WEEK))
    kept = tuple(a.model_copy(update={"n": _N}) for a in base.arms if a.name != "ketamine 0.1")
    total = base.allocation.model_copy(update={"total": _N * len(kept), "ratio": {a.name: 1.0 for a in kept}})
    return base.model_copy(update={"population": name, "arms": kept, "allocation": total})


def _exposure(name: str, dose: str, terms: Terms) -> Floats:
    """The area of the concentration at the receptor over four hours (umol/L h)."""
    hours = np.linspace(0.0, 4.0, 25)
    given = Regimen("ketamine", "iv", f"{dose} mg/kg", "40 min", days=1.0)
    found = crowd(Asked(name, people(terms), terms.seed), given, hours, ("ce_nmdar",))
    return np.asarray(np.trapezoid(found["ce_nmdar"], hours, axis=1))


def _world(one: Trial, exposure: Mapping[str, Floats], times: int) -> World:
    runs = [_once(one, exposure, k) for k in range(times)]
    usual = {d: np.array([_pair(r, r.of("ketamine 0.5"), i) for r in runs]) for i, d in enumerate(_POINTS, start=1)}
    doses = [f"ketamine {d}" for d in _DOSES]
    pooled = np.array([_pair(r, r.of(*doses), 1) for r in runs])
    slopes = np.array([_slopes(r, r.of("ketamine 0.5")) for r in runs])
    through = np.array([_through(r, k) for k, r in enumerate(runs)])
    return World(
        {d: v[:, 0] for d, v in usual.items()},
        {d: v[:, 1] for d, v in usual.items()},
        (pooled[:, 0], pooled[:, 1]),
        (slopes[:, 0], slopes[:, 1]),
        (through[:, 0], through[:, 1]),
    )


def _once(one: Trial, exposure: Mapping[str, Floats], number: int) -> Once:
    got = one.replicate(number)
    names = np.array([a.name for a in one.plan.design.arms])[got.arm]
    had = np.array([exposure[a][w] for a, w in zip(names, got.who, strict=True)])
    return Once(names, got.felt.cadss[:, 0], had, got.score)


def _pair(run_: Once, who: NDArray[np.bool_], look: int) -> tuple[float, float]:
    """The correlation of CADSS with the change in %, and the same among people of like exposure."""
    x, y, e = run_.cadss[who], run_.percent[who, look], run_.exposure[who]
    return float(np.corrcoef(x, y)[0, 1]), float(np.corrcoef(_beyond(x, e), _beyond(y, e))[0, 1])


def _slopes(run_: Once, who: NDArray[np.bool_]) -> tuple[float, float]:
    x, e = run_.cadss[who], run_.exposure[who]
    y = (run_.score[:, 1] - run_.score[:, 0])[who]
    return float(np.polyfit(x, y, 1)[0]), float(np.polyfit(_beyond(x, e), _beyond(y, e), 1)[0])


def _beyond(values: Floats, exposure: Floats) -> Floats:
    """What is left of values when a parabola of exposure is taken away."""
    return np.asarray(values - np.polyval(np.polyfit(exposure, values, 2), exposure))


def _through(run_: Once, seed: int) -> tuple[float, float]:
    """What seems to run through CADSS on day 1, 0.5 mg/kg against midazolam, and what when exposure is held."""
    who = run_.of("ketamine 0.5", "midazolam")
    change = (run_.score[:, 1] - run_.score[:, 0])[who]
    known = {"cadss": run_.cadss[who], "exposure": run_.exposure[who]}
    data = Outcome(run_.arm[who], change, known)
    both = (
        Mediation("ketamine 0.5", "midazolam", "cadss", confounders=held, draws=_SAMPLES, seed=seed)
        for held in ((), ("exposure",))
    )
    naive, given = (m.analyse(data).estimate for m in both)
    return naive, given


def _r(draws: Floats) -> str:
    band = Band.of(draws)
    return f"{band.middle:+.2f} ({band.low:+.2f} to {band.high:+.2f})"


def _apart(none: World, some: World, held: int) -> str:
    """How well two worlds part by the correlation over three doses, as it stands (0) or given exposure (1)."""
    edge = np.quantile(none.pooled[held], 0.05)
    return f"{100 * float(np.mean(some.pooled[held] < edge)):.0f}"


def _as_strong(world: World, r: float) -> str:
    """In how many trials the correlation at one dose is as strong, on either day (%)."""
    return f"{100 * float(np.mean([np.mean(v <= r) for v in world.naive.values()])):.0f}"


def _record(world: World) -> dict[str, object]:
    return {
        "correlation": {d: Band.of(v).record for d, v in world.naive.items()},
        "correlation_given_exposure": {d: Band.of(v).record for d, v in world.given.items()},
        "correlation_three_doses": Band.of(world.pooled[0]).record,
        "correlation_three_doses_given_exposure": Band.of(world.pooled[1]).record,
        "slope_points_per_cadss_point": Band.of(world.slopes[0]).record,
        "slope_given_exposure": Band.of(world.slopes[1]).record,
        "through_cadss_points": Band.of(world.through[0]).record,
        "through_cadss_given_exposure_points": Band.of(world.through[1]).record,
    }


def _observed() -> tuple[Observation, ...]:
    some = rows(quantity="cadss_to_hamd"), rows(quantity="cadss_to_madrs"), rows(statistic="slope_per_cadss_point")
    return tuple(o for part in some for o in part)


def _correlations(found: Mapping[str, World], observed: tuple[Observation, ...]) -> Rows:
    seen = {"day 7": next(o for o in observed if o.statistic == "correlation" and o.time == 7.0)}
    lines = []
    for k, w in found.items():
        kinds = {"three doses, day 1": w.pooled} | {f"0.5 mg/kg, {d}": (w.naive[d], w.given[d]) for d in _POINTS}
        for label, pair in kinds.items():
            said = seen_words(seen["day 7"]) if label.endswith("day 7") and k == _NOTHING else ""
            lines += [Row(f"{k}: {label}", *ends(pair[0]), said, 0), Row("", *ends(pair[1]), "", 1)]
    return Rows("Correlation of CADSS with change in %", "r", tuple(lines), 0.0, ("as it stands", "given exposure"))


def _paths(found: Mapping[str, World], observed: tuple[Observation, ...]) -> Rows:
    slope = next(o for o in observed if o.statistic == "slope_per_cadss_point")
    lines = []
    for k, w in found.items():
        lines += [Row(f"{k}: slope, points a point", *ends(w.slopes[0]), seen_words(slope) if k == _NOTHING else "", 0)]
        lines += [Row("", *ends(w.slopes[1]), "", 1), Row(f"{k}: through CADSS", *ends(w.through[0]), "", 0)]
        lines += [Row("", *ends(w.through[1]), "", 1)]
    return Rows("Day 1, 0.5 mg/kg", "points of MADRS", tuple(lines), 0.0, ("as it stands", "given exposure"))
