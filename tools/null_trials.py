"""Type I error of every analysis, from trials in which nothing works: `make nulls`.

People leave more often after a bad score (missing at random), shares are small, events are tied and censored. Four
analyses are asked of the measured score as well, with all that virtual trials do to it (`measured_nulls`).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

sys.path.insert(0, str(Path(__file__).parent))

import measured_nulls  # noqa: E402
import numpy as np  # noqa: E402
from scipy import stats  # noqa: E402

from resynapse.trial.analysis import (  # noqa: E402
    Ancova,
    CombinedLogRank,
    CommonOddsRatio,
    CommonRiskDifference,
    Cox,
    Crossover,
    Estimate,
    FixedSequence,
    Hochberg,
    LogRank,
    MaxCombo,
    Mediation,
    Mmrm,
    Outcome,
    Procedure,
    RiskDifference,
    Sandwich,
    Satterthwaite,
    Survival,
    Visits,
)

ARMS = ("ketamine", "midazolam")


def repeated(seed: int, people: int = 60, visits: int = 4) -> Visits:
    """Scores at visits without any effect; those who are badly off leave, those who leave stay away."""
    chance = np.random.default_rng([1, seed])
    baseline = chance.normal(33.0, 5.0, people)
    sds = np.linspace(8.0, 12.0, visits)
    lags = np.abs(np.subtract.outer(np.arange(visits), np.arange(visits)))
    score = chance.multivariate_normal(
        -np.linspace(5.0, 12.0, visits), np.outer(sds, sds) * (0.3 + 0.7 * 0.8**lags), people
    )
    score += 0.5 * (baseline - 33.0)[:, None]
    leaves = np.logical_or.accumulate(chance.random((people, visits)) > 0.95 - 0.05 * (score > -5.0), axis=1)
    score[:, 1:][leaves[:, :-1]] = np.nan
    return Visits(_arms(people), score, tuple(f"day {7 * k + 7}" for k in range(visits)), {"baseline": baseline})


def outcomes(seed: int, people: int = 80) -> Outcome:
    """One change a person, whose spread hangs on the baseline but not on the arm; a mediator that does nothing."""
    chance = np.random.default_rng([2, seed])
    baseline, felt = chance.normal(33.0, 5.0, people), chance.normal(10.0, 4.0, people)
    value = 0.4 * baseline + chance.normal(0.0, 0.3 * np.abs(baseline), people)
    felt += 6.0 * (_arms(people) == ARMS[0])
    return Outcome(_arms(people), value, {"baseline": baseline, "dissociation": felt})


def responders(seed: int, people: int = 240) -> Outcome:
    """Responders in three sites whose shares differ."""
    chance = np.random.default_rng([3, seed])
    site = chance.integers(0, 3, people)
    return Outcome(
        _arms(people), (chance.random(people) < np.array([0.15, 0.3, 0.45])[site]).astype(float), {"site": site}
    )


def relapses(seed: int, people: int = 120) -> Survival:
    """Weeks to relapse, whole ones, with a hazard that differs between two strata; people enter over 40 weeks."""
    chance = np.random.default_rng([4, seed])
    stratum, entered = chance.integers(0, 2, people), chance.uniform(0.0, 40.0, people)
    relapse, gone = chance.exponential(np.array([30.0, 60.0])[stratum]), chance.uniform(5.0, 80.0, people)
    time = np.ceil(np.minimum(relapse, gone))
    return Survival(_arms(people), time, relapse <= gone, {"stratum": stratum}, entered)


def crossed(seed: int, people: int = 24) -> Outcome:
    """Two periods a person, in either order, which differ from each other while treatments do not."""
    chance = np.random.default_rng([5, seed])
    person, period = np.repeat(np.arange(people), 2), np.tile([0, 1], people)
    first = (person % 2 == 0) == (period == 0)
    value = chance.normal(0.0, 8.0, people)[person] - 3.0 * period + chance.normal(0.0, 5.0, 2 * people)
    return Outcome(np.where(first, *ARMS), value, {"subject": person, "period": period})


def several(seed: int) -> dict[str, object]:
    """Two questions that have nothing to do with each other, for which Hochberg's procedure keeps the level exactly."""
    return {"change": outcomes(seed), "relapse": relapses(seed)}


@dataclass(frozen=True)
class Family:
    """Several analyses that share one level by a procedure: something is called significant, or nothing is."""

    each: Mapping[str, object]
    procedure: Procedure

    def analyse(self, data: Mapping[str, object]) -> Decided:
        """Whether anything is rejected."""
        found = {name: _analysed(analysis, data[name]) for name, analysis in self.each.items()}
        return Decided(any(one.rejected for one in self.procedure.decide(found).values()))


@dataclass(frozen=True)
class Decided:
    """Whether a family has a significant member."""

    significant: bool


_BOTH = {"change": Ancova(*ARMS, errors=Sandwich()), "relapse": LogRank(*ARMS, ("stratum",))}
Null = tuple[Callable[[int], object], object]
NULLS: dict[str, Null] = {
    "MMRM, Kenward-Roger": (repeated, Mmrm(*ARMS, "day 28")),
    "MMRM, Satterthwaite": (repeated, Mmrm(*ARMS, "day 28", freedom=Satterthwaite())),
    "ANCOVA": (outcomes, Ancova(*ARMS)),
    "ANCOVA, HC3": (outcomes, Ancova(*ARMS, errors=Sandwich())),
    "risk difference": (responders, RiskDifference(*ARMS)),
    "common risk difference": (responders, CommonRiskDifference(*ARMS, ("site",))),
    "Cochran-Mantel-Haenszel": (responders, CommonOddsRatio(*ARMS, ("site",))),
    "log-rank, stratified": (relapses, LogRank(*ARMS, ("stratum",))),
    "Fleming-Harrington (0, 1)": (relapses, LogRank(*ARMS, weights=(0.0, 1.0))),
    "MaxCombo": (relapses, MaxCombo(*ARMS)),
    "weighted combination log-rank": (relapses, CombinedLogRank(*ARMS, 30)),
    "Cox": (partial(relapses, people=40), Cox(*ARMS, strata=("stratum",))),
    "Hochberg, family-wise": (several, Family(_BOTH, Hochberg())),
    "fixed sequence, family-wise": (several, Family(_BOTH, FixedSequence(("change", "relapse")))),
    "crossover": (crossed, Crossover(*ARMS)),
    "mediation, indirect": (
        partial(outcomes, people=120),
        Mediation(*ARMS, "dissociation", confounders=("baseline",), draws=500),
    ),
}


def rejected(name: str, seeds: range) -> int:
    """How many of the null trials an analysis calls significant at 5 %."""
    data, analysis = NULLS[name]
    return sum(_analysed(analysis, data(seed)).significant for seed in seeds)


def interval(trials: int, share: float = 0.99) -> tuple[int, int]:
    """Where the number of rejections lies with this chance when the level is exactly 5 %."""
    low, high = stats.binom.interval(share, trials, 0.05)
    return int(low), int(high)


def main() -> int:
    """Print the type I error of each analysis; 1 when one lies outside its exact binomial interval (99 %)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--measured-only", action="store_true", help="leave out the analyses of plain data")
    words = parser.parse_args()
    blocks = [range(first, min(first + 250, words.trials)) for first in range(0, words.trials, 250)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        wrong = 0
        for name in () if words.measured_only else NULLS:
            wrong += _told(name, sum(pool.map(partial(rejected, name), blocks)), words.trials)
        wrong += _measured(pool, blocks, words.trials)
    low, high = interval(words.trials)
    said = f"{100 * low / words.trials:.2f} to {100 * high / words.trials:.2f} %"
    print(f"{words.trials} null trials each; a level of 5 % gives {said}")
    return int(wrong > 0)


def _measured(pool: ProcessPoolExecutor, blocks: list[range], trials: int) -> int:
    """Four analyses of the measured score, with progress on the error channel."""
    counts = dict.fromkeys(measured_nulls.ENDPOINTS, 0)
    for done, found in enumerate(pool.map(measured_nulls.counted, blocks), start=1):
        counts = {name: count + found[name] for name, count in counts.items()}
        print(f"\rmeasured score: {done} of {len(blocks)} blocks", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    names = measured_nulls.ENDPOINTS
    return sum(_told(f"{names[name]}, measured", count, trials) for name, count in counts.items())


def _told(name: str, count: int, trials: int) -> bool:
    """Prints one share with its Monte-Carlo error, and says whether it lies outside."""
    low, high = interval(trials)
    share = count / trials
    error = 100.0 * (share * (1.0 - share) / trials) ** 0.5
    outside = not low <= count <= high
    print(f"{name:<32}{100.0 * share:6.2f} % (SE {error:.2f})  {'outside' if outside else ''}", flush=True)
    return outside


def _arms(people: int) -> np.ndarray:
    return np.where(np.arange(people) % 2, *ARMS)


def _analysed(analysis: object, data: object) -> Estimate:
    return analysis.analyse(data)  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(main())
