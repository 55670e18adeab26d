"""Who comes in: their first score, the rules of entry, the phases before randomisation, and who is helped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..design import Design
from ..design.course import Keep
from ..design.scale import scale
from ..score import Draws, convertible, measured, wobble
from ..score.scales import MADRS, converted
from .fall import led_away
from .plan import Plan

if TYPE_CHECKING:
    from .replicate import Trial

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Numbers = NDArray[np.int64]


def begins(trial: Trial, who: Numbers) -> Floats:
    """The score of people before anything is done.

    The population's score is that at randomisation; where an old treatment only goes on before it, people come in worse
    by what that time takes away on average.
    """
    return np.asarray(trial.bank.start[who] + led_away(trial))


def errors(trial: Trial, draws: Draws) -> Floats:
    """Wobble, rater's error, and what a rater adds to the score that lets somebody in."""
    known, looks = trial.values.measuring, trial.plan.looks
    sd = np.array([known.central_sd if look.central else known.rater_sd for look in looks])
    found = wobble(draws.wobble, trial.plan.days, trial.values) + sd * draws.rater
    if not looks[0].central:
        found[:, 0] += known.inflation
    return found


def first_score(trial: Trial, who: Numbers, error: Floats) -> Floats:
    """MADRS as it is first seen."""
    nothing = np.zeros(len(who))
    return measured(begins(trial, who), nothing, nothing, error[:, 0])


def may_enter(design: Design, score: Floats) -> Flags:
    """Who has the scores that the trial asks for, other scales read off MADRS by their link.

    **Assumes:** where a scale hangs on MADRS, its own error decides nothing about entry.
    """
    asked = {MADRS: design.eligibility.madrs_at_least or 0.0, **design.eligibility.scores}
    known = [name for name in asked if name == MADRS or name in convertible()]
    return np.all([on_scale(name, score) >= asked[name] for name in known], axis=0)


def on_scale(name: str, madrs: Floats) -> Floats:
    """A scale as MADRS alone would have it, without an error of its own."""
    if name == MADRS:
        return madrs
    none = np.zeros(madrs.shape)
    return converted(name, madrs, (none, none), none, scale(name).range)


def goes_on(plan: Plan, score: Floats) -> Flags:
    """Who fits the rule of every phase before randomisation, and is still ill enough where no drug was given.

    **Arguments:** `score` is MADRS at every look (people x looks).
    """
    fits = np.ones(len(score), bool)
    for phase, places in plan.stages:
        if phase.keep is not None and places:
            seen = on_scale(phase.keep.scale, score[:, list(places)])
            fits &= _fits(phase.keep, seen, on_scale(phase.keep.scale, score[:, :1]))
    return fits & may_enter(plan.design, score[:, plan.baseline[-1]]) if plan.led else fits


def rescued_now(plan: Plan, k: int, score: Floats, base: Floats) -> Flags:
    """Who is helped at this look, by the rule of rescue."""
    rule = plan.design.rescue
    if rule is None or plan.looks[k].name != rule.visit:
        return np.zeros(len(score), bool)
    keep = Keep(scale=rule.scale, at_least=rule.at_least, fall_less_than=rule.fall_less_than)
    return _fits(keep, on_scale(rule.scale, score)[:, None], on_scale(rule.scale, base)[:, None])


def _fits(rule: Keep, score: Floats, first: Floats) -> Flags:
    fits = np.ones(score.shape, bool)
    for bound, true in (
        (rule.at_most, score <= (rule.at_most or 0.0)),
        (rule.at_least, score >= (rule.at_least or 0.0)),
        (rule.fall_at_least, score <= (1.0 - (rule.fall_at_least or 0.0)) * first),
        (rule.fall_less_than, score > (1.0 - (rule.fall_less_than or 0.0)) * first),
    ):
        fits &= true if bound is not None else True
    return np.asarray(fits.all(axis=1))
