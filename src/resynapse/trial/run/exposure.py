"""What the bank says of every person in every arm: drug effect at visits, and what sessions feel like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..bank import Bank
from ..score import Feel, Told, expected_of, feel
from .plan import Given, Plan

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Exposed:
    """One arm, for everybody in the bank.

    **Arguments:** `effect` is the drug's effect on the score (levels of a flexible dose x people x visits);
    `ideation` and `anhedonia` stand above despair (people x visits); `sessions` are days; `cadss` (people x
    sessions) and `chances` (people x sessions x 3) are what sessions feel like.
    """

    effect: Floats
    ideation: Floats
    anhedonia: Floats
    sessions: Floats
    cadss: Floats
    chances: Floats


def exposures(plan: Plan, bank: Bank) -> Mapping[str, Exposed]:
    """Every arm of a trial for everybody in the bank.

    **Assumes:** the effects of regimens that follow one another add; a dose that is raised goes on as if it had been
    given from the start.
    """
    return {arm: _exposed(plan, bank, (*plan.before, *given)) for arm, given in plan.arms.items()}


def told(plan: Plan, found: Mapping[str, Exposed]) -> Told:
    """What people are told: how the trial's own drug feels on average, how its control feels, and their chance.

    **Assumes:** the consent form is right about the drug; where every arm holds drug, the control is thought of as salt
    water, or as the least dose where that is a control.
    """
    by = {arm.name: arm.control for arm in plan.design.arms}
    first = {name: min(given, key=lambda one: one.start) for name, given in plan.arms.items() if given}
    active = [found[name] for name, control in by.items() if control == "drug" and name in first and first[name].orders]
    drug = _mean([one for one in active if one.cadss.size]) if active else feel("drug")
    return Told(drug, _control(plan, found), min(max(plan.design.chance_of_drug, 0.02), 0.98))


def _control(plan: Plan, found: Mapping[str, Exposed]) -> Feel:
    if plan.design.kind == "crossover":
        other = [g for given in plan.arms.values() for g in given if not g.orders]
        return other[0].feel if other else feel("saline")
    for arm in plan.design.arms:
        if arm.control != "drug" and found[arm.name].cadss.size:
            return _mean([found[arm.name]])
    return feel("saline")


def _mean(arms: list[Exposed]) -> Feel:
    each = [expected_of(one.cadss[:, :1], one.chances[:, :1]) for one in arms] or [feel("drug")]
    names = ("cadss", "dizziness", "nausea", "sedation")
    return Feel(**{name: float(np.mean([getattr(one, name) for one in each])) for name in names})


def _exposed(plan: Plan, bank: Bank, given: tuple[Given, ...]) -> Exposed:
    levels = max((len(one.orders) for one in given), default=1) or 1
    shape = (len(bank), len(plan.looks))
    effect, ideation, anhedonia = np.zeros((levels, *shape)), np.zeros(shape), np.zeros(shape)
    for one in (g for g in given if g.orders):
        for level in range(levels):
            course = bank.course(one.orders[min(level, len(one.orders) - 1)])
            at = np.searchsorted(course.days, np.maximum(plan.days - one.start, 0.0) - 1e-9)
            effect[level] += course.madrs[:, at]
        at_first = bank.course(one.orders[0])
        ideation += (at_first.ideation - at_first.despair)[:, at]
        anhedonia += (at_first.anhedonia - at_first.despair)[:, at]
    return Exposed(effect, ideation, anhedonia, *_felt(bank, given))


def _felt(bank: Bank, given: tuple[Given, ...]) -> tuple[Floats, Floats, Floats]:
    n = len(bank)
    days, cadss, chances = [np.zeros(0)], [np.zeros((n, 0))], [np.zeros((n, 0, 3))]
    for one in given:
        days.append(np.array(one.sessions))
        if one.orders:
            course = bank.course(one.orders[0])
            cadss.append(course.cadss)
            chances.append(course.chances)
        else:
            like, shape = one.feel, (n, len(one.sessions))
            cadss.append(np.full(shape, like.cadss))
            chances.append(np.broadcast_to([like.dizziness, like.nausea, like.sedation], (*shape, 3)))
    order = np.argsort(np.concatenate(days), kind="stable")
    joined = (np.concatenate(days)[order], np.concatenate(cadss, 1)[:, order], np.concatenate(chances, 1)[:, order])
    return joined
