"""What an arm had been given when it was looked at, read off its design: for a model that knows doses and days only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from ...compound.library import compound
from ...dose.regimen import read_dose
from ...person import population
from ...trial.design import Design
from ...trial.design.giving import BLANKS, Arm, Dosing
from ...trial.design.outcome import Endpoint
from ...trial.design.scale import scale
from .rows import Dosed, Row

WEIGHT = 70.0
"""Body weight (kg) by which doses per kg are read."""

MIDAZOLAM = "midazolam"
_KNOWN = (*BLANKS, MIDAZOLAM, "ketamine", "esketamine", "arketamine")
_MADRS = 60.0
_START, _DRAWN, _USUAL = "madrs_baseline", 500, 34.0


def row_of(design: Design, told: Mapping[str, Any]) -> Row:
    """One printed number of a design with its prediction, and what its arms had been given.

    **Arguments:** `told` is a row of `Sweep`, or of `filed`, which has no prediction.
    """
    end = next(e for e in design.endpoints if e.name == told["endpoint"])
    known = all(name in _KNOWN for name in design.compounds if _on_trial(design, name))
    arms = tuple(dosed(design, name, end) for name in told["of"]) if known else ()
    facts = {k: v for k, v in told.items() if k != "sample"}
    return Row(facts, arms, ill(design.population), np.asarray(told.get("sample", ()), float), widest(told))


@cache
def ill(name: str) -> float:
    """The mean score (MADRS) of a population before treatment."""
    people = population(name).sample(_DRAWN, 1)
    return float(np.mean(people.covariates[_START])) if _START in people.covariates else _USUAL


def _on_trial(design: Design, name: str) -> bool:
    """Whether a compound is given by the trial itself, not as an antidepressant beside it or before it."""
    return any(one.compound == name for arm in design.arms for one in arm.regimens)


def dosed(design: Design, name: str, end: Endpoint) -> Dosed:
    """What the arm (or, in a crossover, the period) called `name` had been given when the endpoint was read."""
    day, given, tablet = _day(design, end), *_given(design, name)
    doses = [
        (on - one.start * (design.kind == "crossover"), _mg(one), one.route != "iv")
        for one in given
        if not (one.blank or one.compound == MIDAZOLAM)
        for on in one.given_on
    ]
    until = sorted(d for d in doses if d[0] < day)
    days, mg, other = zip(*until, strict=True) if until else ((), (), ())
    return Dosed(day, tuple(days), tuple(mg), any(other), tablet)


def widest(told: Mapping[str, Any]) -> float:
    """How wide the scale of a number is beside MADRS (1 for MADRS and for what is no score)."""
    quantity = str(told["quantity"])
    if told["unit"] != "points" or quantity == "madrs_total":
        return 1.0
    low, high = scale(_SCALES.get(quantity, quantity)).range
    return (high - low) / _MADRS


_SCALES = {"cdrs_r_total": "cdrs_r", "cgi_ss_r": "cgi_ss", "hamd_total": "hamd17_total"}


def _day(design: Design, end: Endpoint) -> float:
    if end.visit is not None:
        return design.visit(end.visit).day
    return end.by if end.by is not None else design.days


def _given(design: Design, name: str) -> tuple[Sequence[Dosing], bool]:
    if design.kind == "crossover":
        every = [one for arm in design.arms for one in arm.regimens]
        return [next(one for one in every if name in (one.name, one.compound))], False
    arm: Arm = design.arm(name)
    return arm.regimens, arm.background is not None and arm.background.status == "new"


def _mg(one: Dosing) -> float:
    return read_dose(one.dose or "", compound(one.compound)).for_weight(WEIGHT)
