"""A small trial whose drug effect is made by hand, so that no chain is needed, at placebo as it was before any run."""

from collections.abc import Callable

import numpy as np
import pytest

from resynapse.core.calibrated import UNCALIBRATED
from resynapse.core.chance import normals
from resynapse.trial.bank import Bank, Order
from resynapse.trial.design import Design, design_in
from resynapse.trial.run import Trial, plan
from resynapse.trial.score import Course, values

TEXT = """
version: 1
name: small
title: A small trial
kind: parallel
population: trd_phase3
eligibility: {madrs_at_least: 28}
arms:
  - name: drug
    n: 30
    control: drug
    background: {status: new}
    regimens: [{compound: ketamine, route: iv, dose: 0.5 mg/kg, over: 40 min, schedule: weekly for 4 weeks}]
  - name: control
    n: 30
    control: saline
    background: {status: new}
    regimens: [{compound: saline, route: iv, over: 40 min, schedule: weekly for 4 weeks}]
allocation: {total: 60, ratio: {drug: 1, control: 1}}
masking: {participants: masked, raters: central}
days: 28
visits:
  - {name: baseline, day: 0, scales: [madrs_total]}
  - {name: day 2, day: 1, scales: [madrs_total, qids_total]}
  - {name: day 15, day: 14, scales: [madrs_total]}
  - {name: day 28, day: 27, scales: [madrs_total]}
endpoints:
  - name: repeated
    role: primary
    scale: madrs_total
    measure: change
    visit: day 28
    estimand:
      population: all_randomised
      variable: change of MADRS
      events: {stops_treatment: hypothetical}
      summary: difference_of_means
    analysis: {method: mmrm, treatment: drug, control: control, visit: day 28}
  - name: change
    role: secondary
    scale: madrs_total
    measure: change
    visit: day 2
    estimand:
      population: all_randomised
      variable: change of MADRS
      events: {stops_treatment: while_on_treatment}
      summary: difference_of_means
    analysis: {method: ancova, treatment: drug, control: control}
  - name: response
    role: secondary
    scale: madrs_total
    measure: response
    visit: day 28
    estimand:
      population: all_randomised
      variable: half of the score gone
      events: {stops_treatment: composite}
      summary: difference_of_shares
    analysis: {method: risk_difference, treatment: drug, control: control}
  - name: sooner
    role: exploratory
    scale: madrs_total
    measure: time_to_response
    by: 27
    estimand:
      population: all_randomised
      variable: days to response
      events: {stops_treatment: hypothetical}
      summary: hazard_ratio
    analysis: {method: log_rank, treatment: drug, control: control}
dropout: {share: 0.2}
"""
N = 2000


def course(order: Order, fall: float) -> Course:
    """A course in which the score falls by the same in everybody, and sessions feel like ketamine."""
    days, sessions = np.array(order.days), np.array(order.sessions)
    flat = np.ones((N, days.size))
    return Course(
        days,
        -fall * flat * (days > 0),
        0.8 * flat,
        0.9 * flat,
        0.8 * flat,
        sessions,
        np.full((N, sessions.size), 8.0),
        np.broadcast_to([0.3, 0.28, 0.24], (N, sessions.size, 3)).copy(),
    )


@pytest.fixture
def design() -> Design:
    return design_in(TEXT)


@pytest.fixture
def made() -> Callable[..., Trial]:
    def make(design: Design, fall: float = 5.0, seed: int = 1) -> Trial:
        laid = plan(design)
        start = np.clip(36.0 + 5.0 * normals(("start",), range(N)), 28.0, 55.0)
        covariates = {"age": np.full(N, 45.0), "madrs_baseline": start}
        courses = {order: course(order, fall) for order in laid.orders}
        return Trial(laid, Bank("trd_phase3", 1, covariates, start, courses, "hand"), seed, values=values(UNCALIBRATED))

    return make


@pytest.fixture
def masked() -> Callable[[Design, str], Design]:
    def change(design: Design, how: str) -> Design:
        return design.model_copy(update={"masking": design.masking.model_copy(update={"participants": how})})

    return change
