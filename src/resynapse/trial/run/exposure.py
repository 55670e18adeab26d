"""What the bank says of every person in every arm: drug effect at visits, and what sessions feel like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..bank import Bank
from ..score import Feel, Told, expected_of, feel, sensing
from .paths import Path
from .plan import Plan

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Exposed:
    """One arm, for everybody in the bank, way by way.

    **Arguments:** `effect` is the drug's effect on the score (ways x people x visits); `ideation` and `anhedonia` stand
    above despair (the same shape); `days` are those of sessions (ways x sessions, infinite beyond the last), `open`
    those of which people know what they get; `cadss` (ways x people x sessions) and `chances` (with a further
    axis of 3) are what sessions feel like; `raised` and `rescued` are the ways on which people go on when that is
    decided at a look (ways x looks), `level` of a flexible dose by way.
    """

    effect: Floats
    ideation: Floats
    anhedonia: Floats
    days: Floats
    open: NDArray[np.bool_]
    cadss: Floats
    chances: Floats
    raised: NDArray[np.int64]
    rescued: NDArray[np.int64]
    level: NDArray[np.int64]

    @property
    def ways(self) -> int:
        """How many ways there are through the arm."""
        return len(self.level)

    @property
    def sessions(self) -> Floats:
        """The days of sessions of those for whom nothing changes."""
        return self.days[0][np.isfinite(self.days[0])]

    @property
    def first(self) -> tuple[Floats, Floats]:
        """What sessions feel like on average in those for whom nothing changes."""
        held = self.sessions.size
        return self.cadss[0][:, :held], self.chances[0][:, :held]


def exposures(plan: Plan, bank: Bank) -> Mapping[str, Exposed]:
    """Every arm of a trial for everybody in the bank."""
    return {arm: _exposed(plan, bank, ways) for arm, ways in plan.paths.items()}


def told(plan: Plan, found: Mapping[str, Exposed]) -> Told:
    """What people are told: how the trial's own drug feels on average, how its control feels, and their chance.

    **Assumes:** the consent form is right about the drug; where every arm holds drug, the control is thought of as salt
    water, or as the least dose where that is a control.
    """
    by = {arm.name: arm.control for arm in plan.design.arms}
    first = {name: min(given, key=lambda one: one.start) for name, given in plan.arms.items() if given}
    active = [found[name] for name, control in by.items() if control == "drug" and name in first and first[name].drug]
    drug = _mean([one for one in active if one.sessions.size]) if active else feel("drug")
    return Told(drug, _control(plan, found), min(max(plan.design.chance_of_drug, 0.02), 0.98))


def _control(plan: Plan, found: Mapping[str, Exposed]) -> Feel:
    if plan.design.kind == "crossover":
        other = [g for given in plan.arms.values() for g in given if not g.drug]
        return other[0].feel if other else feel("saline")
    for arm in plan.design.arms:
        if arm.control != "drug" and found[arm.name].sessions.size:
            return _mean([found[arm.name]])
    return feel("saline")


def _mean(arms: list[Exposed]) -> Feel:
    each = [expected_of(one.first[0][:, :1], one.first[1][:, :1]) for one in arms] or [feel("drug")]
    names = ("cadss", "dizziness", "nausea", "sedation")
    return Feel(**{name: float(np.mean([getattr(one, name) for one in each])) for name in names})


def _exposed(plan: Plan, bank: Bank, ways: tuple[Path, ...]) -> Exposed:
    read = [_read(plan, bank, way) for way in ways]
    width = max(len(way.sessions) for way in ways)
    felt = [_felt(bank, way, width) for way in ways]
    days = np.array([_padded([s.day for s in way.sessions], width, np.inf) for way in ways])
    known = np.array([_padded([float(s.open) for s in way.sessions], width, 0.0) for way in ways]) > 0.0
    effect, ideation, anhedonia = (np.stack([one[k] for one in read]) for k in range(3))
    cadss, chances = (np.stack([one[k] for one in felt]) for k in range(2))
    return Exposed(
        effect,
        ideation,
        anhedonia,
        days,
        known,
        cadss,
        chances,
        raised=_turns(plan, [way.raised for way in ways]),
        rescued=_turns(plan, [way.rescued for way in ways]),
        level=np.array([way.level for way in ways]),
    )


def _read(plan: Plan, bank: Bank, way: Path) -> tuple[Floats, Floats, Floats]:
    """The drug's effect, and how far ideation and anhedonia stand above despair, of people on this way."""
    if way.order is None:
        nothing = np.zeros((len(bank), len(plan.looks)))
        return nothing, nothing, nothing
    course = bank.course(way.order)
    at = np.searchsorted(course.days, np.maximum(plan.days - way.start, 0.0) - 1e-9)
    beyond = (course.ideation - course.despair)[:, at], (course.anhedonia - course.despair)[:, at]
    return course.madrs[:, at], *beyond


def _felt(bank: Bank, way: Path, width: int) -> tuple[Floats, Floats]:
    n = len(bank)
    cadss, chances = np.zeros((n, width)), np.zeros((n, width, 3))
    held = bank.course(way.order) if way.order is not None else None
    once = sensing().in_one_session(held.chances) if held is not None else chances
    seen = 0
    for k, one in enumerate(way.sessions):
        if held is not None and one.drug:
            cadss[:, k], chances[:, k] = held.cadss[:, seen], once[:, seen]
            seen += 1
        else:
            like = one.feel
            cadss[:, k], chances[:, k] = like.cadss, [like.dizziness, like.nausea, like.sedation]
    return cadss, chances


def _padded(values: list[float], width: int, rest: float) -> list[float]:
    return [*values, *[rest] * (width - len(values))]


def _turns(plan: Plan, by_way: list[Mapping[int, int]]) -> NDArray[np.int64]:
    """On which way people go on, by way and look; on their own where nothing is decided."""
    looks = len(plan.looks)
    return np.array([[turns.get(k, own) for k in range(looks)] for own, turns in enumerate(by_way)], np.int64)
