"""Everything that falls without the drug: time, care, visits, hope, what a trial shares, and raters who lean."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...core.chance import normals
from ..score import Draws, expectancy, keeping, nonspecific, pull, seen_often
from .plan import Plan

if TYPE_CHECKING:
    from .replicate import Trial

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Fall:
    """What scores fall by without the drug (people x looks): people's `own`, and what raters who lean see in them."""

    own: Floats
    leaning: Floats

    @property
    def seen(self) -> Floats:
        """What is written down."""
        return self.own + self.leaning


def falls(trial: Trial, number: int, people: tuple[Numbers, Numbers], known: tuple[Draws, Floats, Floats]) -> Fall:
    """What everybody's score falls by at each look without the drug.

    **Arguments:** `people` are places in the bank and arms; `known` are draws, beliefs and days of sessions.
    """
    (who, arm), (draws, belief, sessions), plan = people, known, trial.plan
    value = trial.values.placebo
    begun = plan.days - plan.origin
    mean = _means(trial, begun)[arm] + _led(trial)
    latest = (sessions[:, None, :] <= plan.days[None, :, None] - 1e-9).sum(-1) - 1
    b, hope = _hope(trial, (belief, sessions), latest)
    shared = seen_often(value, begun) + shift(trial, number, begun)
    moved = pull(value, draws.moved, trial.bank.age[who])[:, None] * (
        keeping(value, begun, draws.losing) * (mean + shared) + hope
    )
    return Fall(moved, _leaning(trial, b, latest))


def led_away(trial: Trial) -> float:
    """What a lead-in on an old treatment takes away on average, which people have more when they come."""
    if not trial.plan.led or led_new(trial.plan):
        return 0.0
    share = trial.values.placebo.elder_share if trial.plan.design.population == "elders" else 1.0
    return float(share * _led(trial)[-1])


def led_new(plan: Plan) -> bool:
    """Whether a new antidepressant is begun before randomisation."""
    return any(one.background is not None and one.background.status == "new" for one in plan.design.lead_in)


def shift(trial: Trial, number: int, days: Floats) -> Floats:
    """The further fall of everybody in this trial: one part early, one that has grown by day 28."""
    if not trial.switches.between:
        return np.zeros(days.shape)
    known = trial.values.between
    early, late = (common(trial, number, kind) for kind in ("early", "late"))
    since = np.maximum(days, 0.0)
    grown = np.minimum(since / 28.0, 1.0)
    return np.where(days > 0.0, known.day1_sd * early * (1.0 - grown) + known.day28_sd * late * grown, 0.0)


def common(trial: Trial, number: int, kind: str) -> float:
    """A standard normal number of this trial, part of which it shares with other trials of its programme."""
    share = trial.values.between.shared if trial.switches.programme else 0.0
    own = normals((trial.seed, "between", trial.plan.design.name, kind), [number])[0]
    shared = normals((trial.seed, "between", "programme", trial.switches.programme, kind), [number])[0]
    return float(np.sqrt(share) * shared + np.sqrt(1.0 - share) * own)


def _means(trial: Trial, begun: Floats) -> Floats:
    """The mean nonspecific fall from randomisation on, by arm, or from the first dose of drug before it."""
    plan, value = trial.plan, trial.values.placebo
    inpatient = plan.design.population == "suicidal_inpatients"
    both = np.stack([nonspecific(value, begun, kind, inpatient) for kind in (False, True)])
    new = [arm.background is not None and arm.background.status == "new" for arm in plan.design.arms]
    return both[np.array([int(one or (led_new(plan) and not plan.led)) for one in new])]


def _led(trial: Trial) -> Floats:
    """The mean fall in a lead-in without the trial's drug, which stays as it was at randomisation.

    **Assumes:** what hangs on a first session comes only where a session is held.
    """
    plan, value = trial.plan, trial.values.placebo
    if not plan.led:
        return np.zeros(len(plan.looks))
    since = np.minimum(plan.days, 0.0) - plan.entry
    held = value if plan.before else replace(value, day1=0.0)
    return nonspecific(held, since, led_new(plan))


def _hope(trial: Trial, told: tuple[Floats, Floats], latest: Numbers) -> tuple[Floats, Floats]:
    """The belief after the last session before each look, and what it brings."""
    belief, sessions = told
    if not belief.shape[1]:
        return np.full(latest.shape, trial.told.chance), np.zeros(latest.shape)
    there = np.maximum(latest, 0)
    since = trial.plan.days - np.take_along_axis(sessions, there, 1)
    b = np.take_along_axis(belief, there, 1)
    brought = expectancy(trial.values.placebo, b, np.where(np.isfinite(since), since, 0.0))
    return b, np.where(latest >= 0, brought, 0.0)


def _leaning(trial: Trial, belief: Floats, latest: Numbers) -> Floats:
    """What raters who saw the session add; central ones nothing."""
    if not trial.switches.belief:
        return np.zeros(belief.shape)
    site = np.array([0.0 if look.central else 1.0 for look in trial.plan.looks])
    return np.where(latest >= 0, trial.values.measuring.rater_bias * site * (belief - 0.5), 0.0)
