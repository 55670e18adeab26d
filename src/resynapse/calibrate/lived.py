"""The slow limb and what stands beside it: pace, strength, and nonspecific improvement, tuned to published rates.

Run `python -m resynapse.calibrate.lived` to repeat it; documented in `docs/calibration/lived.md`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize

from ..body.tablets import evenly
from ..core.event import Happening
from ..core.solver import GridPlan, Protocol, rest
from ..core.solver.kernel.march import march
from ..evidence import library
from ..person import population
from ..person.lived.course_of_life import WEEK, relative_scores, slow_motion
from ..person.lived.exposure import Exposure, exposed
from ..person.lived.judgement import Nonspecific, Outcome, believed
from ..person.lived.lives import START, outcome_of
from ..person.lived.sequence import stard
from ..slow_chains import tablet_chain

Floats = NDArray[np.float64]
PEOPLE = 6000
SEED = 2026
STRENGTHS = (0.02, 0.03, 0.04, 0.05, 0.065)
STEP_SD = 0.03
ODDS_SD = 0.1
STEP_BAND, ODDS_BAND = 0.06, (1.40, 2.04)
FEW = 400
DRUG, MG = "citalopram", 30.0
_TEST_PLAN = GridPlan(first=1.3125, per_octave=128, longest=1.3125)
_WEEKS = 6
WEEKS = believed().weeks


@dataclass(frozen=True)
class Wanted:
    """What the fit may see, all of it evidence of role `build`."""

    remission: Floats
    odds_ratio: float
    first_week: float


def wanted() -> Wanted:
    """Remission by step (`rush2006`), odds of response over placebo (`linde2015`), share in week one (`taylor2006`)."""
    seen = library().build
    steps = [o.value for o in seen.select(study="rush2006", quantity="remission_qids5")]
    odds = next(o.value for o in seen.select(study="linde2015") if o.arm.drug == ("SSRI",))
    pace = next(o.value for o in seen.select(study="taylor2006", quantity="hamd_total"))
    return Wanted(np.array(steps, dtype=np.float64), float(odds or 0.0), float(pace or 0.0))


@dataclass(frozen=True)
class Rehearsal:
    """The same people through the same sequence under trial values, so that chance does not change between trials."""

    tau_v: float

    @cached_property
    def exposure(self) -> Exposure:
        """What these people swallow."""
        return exposed(stard(), population("first_course").sample(PEOPLE, SEED).numbers, SEED)

    @cached_property
    def relative(self) -> dict[float, Floats]:
        """Relative scores at each strength of the limb, and without any drug effect (0)."""
        people = population("first_course").sample(PEOPLE, SEED)
        chain = slow_motion().with_values({"monoamine.tau_v": self.tau_v})
        trials = {k: chain.with_values({"synapse.k_v": k}) for k in (1e-9, *STRENGTHS)}
        return {k: relative_scores(trial, people, self.exposure, stard()) for k, trial in trials.items()}

    def at(self, k_v: float) -> Floats:
        """Relative scores at a strength between those that were solved."""
        known = np.array(STRENGTHS)
        right = int(np.clip(np.searchsorted(known, k_v), 1, len(known) - 1))
        share = (k_v - known[right - 1]) / (known[right] - known[right - 1])
        return (1.0 - share) * self.relative[STRENGTHS[right - 1]] + share * self.relative[STRENGTHS[right]]


def outcome(rehearsal: Rehearsal, k_v: float, beside: Nonspecific) -> Outcome:
    """What came of every course under trial values."""
    people = population("first_course").sample(PEOPLE, SEED)
    course = (rehearsal.at(k_v), rehearsal.exposure.left, people.covariates[START])
    return outcome_of(beside, people.numbers, SEED, course)


def remission(found: Outcome) -> Floats:
    """Share in remission among those who entered each step."""
    return np.array([m[e].mean() for m, e in zip(found.remitted.T, found.entered.T, strict=True)])


def odds_ratio(rehearsal: Rehearsal, k_v: float, beside: Nonspecific) -> float:
    """Odds of response after six weeks on the first drug, over those of the same people without it."""
    people = population("first_course").sample(PEOPLE, SEED)
    own = beside.courses(people.numbers, SEED, 1)[:, 0] * (1.0 - np.exp(-_WEEKS / beside.weeks))
    rates = [float((own + 1.0 - r[:, _WEEKS] >= 0.5).mean()) for r in (rehearsal.at(k_v), rehearsal.relative[1e-9])]
    return rates[0] / (1.0 - rates[0]) / (rates[1] / (1.0 - rates[1]))


def misfits(rehearsal: Rehearsal, trial: Floats, weeks: float) -> Floats:
    """Four steps over their SD, and the log of the odds ratio over its SD; `trial` is k_v, mean and two SDs."""
    beside = _beside(trial, weeks)
    steps = (remission(outcome(rehearsal, float(trial[0]), beside)) - wanted().remission) / STEP_SD
    odds = np.log(odds_ratio(rehearsal, float(trial[0]), beside) / wanted().odds_ratio) / ODDS_SD
    return np.append(steps, odds)


def _beside(trial: Floats, weeks: float) -> Nonspecific:
    _, mean, person, course = (float(v) for v in trial)
    return Nonspecific(mean, person, course, weeks)


def fit_strength(rehearsal: Rehearsal, start: Floats, weeks: float) -> Floats:
    """Strength and nonspecific improvement that meet five rates best; rates of people are steps, so by simplex."""
    low, high = np.array([STRENGTHS[0], 0.0, 0.0, 0.0]), np.array([STRENGTHS[-1], 1.0, 0.8, 0.8])

    def badness(x: Floats) -> float:
        inside = np.clip(x, low, high)
        return float((misfits(rehearsal, inside, weeks) ** 2).sum() + 1e4 * np.abs(x - inside).sum())

    simplex = np.vstack([start, *(start * (1.0 + 0.3 * np.eye(4)[i]) for i in range(4))])
    found = minimize(badness, start, method="Nelder-Mead", options={"initial_simplex": simplex, "xatol": 1e-4})
    return np.asarray(np.clip(found.x, low, high))


def fit_pace(k_v: float) -> float:
    """The time constant of the slow step (h) at which week one has its published share of the six-week effect."""
    target = wanted().first_week
    return float(
        np.exp(brentq(lambda log_tau: first_week(k_v, np.exp(log_tau)) - target, np.log(6.0), np.log(336.0), xtol=1e-3))
    )


def first_week(k_v: float, tau_v: float) -> float:
    """Share of the mean six-week effect of a drug over none that is there after one week, tablets and all."""
    gained = [_scores(k_v, tau_v, mg) for mg in (0.0, MG)]
    effect = (gained[0] - gained[1]).mean(axis=0)
    return float(effect[1] / effect[_WEEKS])


def _scores(k_v: float, tau_v: float, mg: float) -> Floats:
    """Relative scores, people x weeks, after a week without a drug."""
    people, chain = population("first_course").sample(FEW, SEED), tablet_chain()
    chain = chain.with_values({"synapse.k_v": k_v, "monoamine.tau_v": tau_v, "brain.k_off": 0.1, "synapse.tau_e": 1.0})
    hours, loads = WEEK * (_WEEKS + 1), people.loads(WEEK * (_WEEKS + 1))
    given: tuple[Happening, ...] = (*loads.slots, evenly(DRUG, mg, WEEK, 7.0 * _WEEKS)) if mg else loads.slots
    amounts = np.column_stack([loads.amounts, np.full(FEW, mg * 7.0 * _WEEKS)]) if mg else loads.amounts
    slots = tuple(_unit(h) for h in given)
    ill = rest(chain, {"load": 1.0 - chain.parameters["life.rho"]}).state
    own, together = (
        chain.with_values(people.values(chain)),
        Protocol(tuple(p.name for p in chain.external), slots, amounts),
    )
    times = WEEK * np.arange(1, _WEEKS + 2)
    found = march(own, together, ill, (0.0, hours), times, ("madrs_total",), _TEST_PLAN)
    score = found.signals["madrs_total"]
    return np.asarray(score / score[:, :1])


def _unit(happening: Happening) -> Happening:
    return replace(happening, amount=1.0)


@dataclass(frozen=True)
class Reach:
    """Trial values under which everything published so far is met, and what they say of the two other quantities.

    **Arguments:** one row a set of trial values; `trial` is k_v, mean and two SDs; `resistant` the share of starters
    whom two adequate courses failed, `first` the response to a first adequate course, `phi` the correlation of failure.
    """

    trial: Floats
    resistant: Floats
    first: Floats
    phi: Floats


def reach(rehearsal: Rehearsal, trials: int, weeks: float) -> Reach:
    """Which trial values meet the four steps within 6 points and the odds ratio within 1.40 to 2.04."""
    low, high = np.array([STRENGTHS[0], 0.25, 0.1, 0.1]), np.array([STRENGTHS[-1], 0.5, 0.5, 0.5])
    drawn = np.random.default_rng(SEED).uniform(low, high, (trials, 4))
    rows = [row for trial in drawn for row in _reached(rehearsal, trial, weeks)]
    return Reach(*(np.array(column) for column in zip(*rows, strict=True)))


def _reached(rehearsal: Rehearsal, trial: Floats, weeks: float) -> list[tuple[Floats, float, float, float]]:
    beside = _beside(trial, weeks)
    found = outcome(rehearsal, float(trial[0]), beside)
    if (np.abs(remission(found) - wanted().remission) > STEP_BAND).any():
        return []
    if not ODDS_BAND[0] < odds_ratio(rehearsal, float(trial[0]), beside) < ODDS_BAND[1]:
        return []
    adequate, failed = rehearsal.exposure.adequate, ~found.responded
    both = adequate[:, 0] & adequate[:, 1]
    twice = float(((found.entered & adequate & failed).sum(axis=1) >= 2).mean())
    together = float(np.corrcoef(failed[both, 0], failed[both, 1])[0, 1])
    return [(trial, twice, float(found.responded[adequate[:, 0], 0].mean()), together)]


def fit_lived(tell: Callable[[str], None] = print, rounds: int = 3) -> tuple[float, Floats]:
    """Pace and strength in turn, until both stand still."""
    tau_v, trial = 48.0, np.array([0.042, 0.41, 0.3, 0.25])
    for _ in range(rounds):
        trial = fit_strength(Rehearsal(tau_v), trial, WEEKS)
        tau_v = fit_pace(float(trial[0]))
        tell(f"tau_v {tau_v:.1f} h, k_v {trial[0]:.4f}, nonspecific {trial[1:].round(3)}")
    return tau_v, trial


if __name__ == "__main__":
    from ..core.solver import keep_compiled_code

    keep_compiled_code()
    tau, best = fit_lived()
    after, on_file = Rehearsal(tau), _beside(best, WEEKS)
    print("remission by step:", remission(outcome(after, float(best[0]), on_file)).round(3))
    print("odds ratio:", round(odds_ratio(after, float(best[0]), on_file), 3))
    print("week one over week six:", round(first_week(float(best[0]), tau), 3))
    within = reach(after, 4000, WEEKS)
    print(f"{len(within.phi)} of 4000 trial values meet the steps and the odds ratio; of these")
    for name, values in (("resistant", within.resistant), ("first response", within.first), ("phi", within.phi)):
        print(f"  {name}: {values.min():.3f} to {values.max():.3f}")
    print("  first response where at least 25 % are resistant:", within.first[within.resistant >= 0.25].max().round(3))
    print("  correlation of the two:", np.corrcoef(within.resistant, within.first)[0, 1].round(2))
