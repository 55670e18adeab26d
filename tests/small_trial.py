"""A stored trial of a few people whose drug effect is made by hand, for the tests of pages and exports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from resynapse.core.chance import normals, uniforms
from resynapse.requests.trial_record import record_trial
from resynapse.requests.trial_runs import Asked
from resynapse.trial.bank import Bank, Order
from resynapse.trial.design import Design, design_in
from resynapse.trial.run import Trial, plan
from resynapse.trial.score import Course

N = 400
TEXT = """
version: 1
name: small
title: Ketamine <twice> against salt water & patience
kind: parallel
synopsis: Does a small trial fit on a page?
population: trd_phase3
eligibility: {madrs_at_least: 28}
arms:
  - name: drug
    n: 16
    control: drug
    regimens: [{compound: ketamine, route: iv, dose: 0.5 mg/kg, over: 40 min, schedule: weekly for 2 weeks}]
  - name: control
    n: 14
    control: saline
    regimens: [{compound: saline, route: iv, over: 40 min, schedule: weekly for 2 weeks}]
allocation: {total: 30, ratio: {drug: 1, control: 1}, strata: [{by: country}]}
masking: {participants: masked, raters: central, told: half receive the drug}
days: 15
visits:
  - {name: baseline, day: 0, scales: [madrs_total]}
  - {name: day 2, day: 1, scales: [madrs_total, qids_total]}
  - {name: day 15, day: 14, scales: [madrs_total]}
endpoints:
  - name: repeated
    role: primary
    scale: madrs_total
    measure: change
    visit: day 15
    estimand:
      population: all_randomised
      variable: change of MADRS
      events: {stops_treatment: hypothetical}
      summary: difference_of_means
    analysis: {method: mmrm, treatment: drug, control: control, visit: day 15}
  - name: response
    role: secondary
    scale: madrs_total
    measure: response
    visit: day 15
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
    by: 14
    estimand:
      population: all_randomised
      variable: days to response
      events: {stops_treatment: hypothetical}
      summary: hazard_ratio
    analysis: {method: log_rank, treatment: drug, control: control}
dropout: {share: 0.3}
published:
  - {endpoint: repeated, study: popova2019, row: TRANSFORM-2.3, of: [drug, control]}
assumed: {dropout: nobody knows}
left_out: [everything else]
"""


@dataclass(frozen=True)
class ByHand(Asked):
    """A trial whose people and effects are made here, so that no chain is needed."""

    fall: float = 9.0

    def trial(self, tell=lambda _: None) -> Trial:
        laid = plan(self.design)
        return Trial(laid, _bank(laid.orders, self.fall), self.seed)


def design() -> Design:
    return design_in(TEXT)


def stored(folder: Path, of: Design | None = None, fall: float = 9.0) -> Path:
    """The small trial, or another one, run and stored."""
    record_trial(ByHand(of or design(), N, replicates=12 if of is None else 2, seed=3, fall=fall), folder)
    return folder


def _bank(orders: tuple[Order, ...], fall: float) -> Bank:
    start = np.clip(36.0 + 5.0 * normals(("start",), range(N)), 28.0, 55.0)
    age, weight = 45.0 + 9.0 * normals(("age",), range(N)), 78.0 + 9.0 * normals(("weight",), range(N))
    sex = (uniforms(("sex",), range(N)) < 0.6).astype(float)
    covariates = {"age": age, "weight": weight, "sex": sex, "madrs_baseline": start}
    return Bank("trd_phase3", 1, covariates, start, {order: _course(order, fall) for order in orders}, "by hand")


def _course(order: Order, fall: float) -> Course:
    days, sessions = np.array(order.days), np.array(order.sessions)
    flat = np.ones((N, days.size))
    chances = np.broadcast_to([0.3, 0.28, 0.24], (N, sessions.size, 3)).copy()
    cadss = np.full((N, sessions.size), 8.0)
    return Course(days, -fall * flat * (days > 0), 0.8 * flat, 0.9 * flat, 0.8 * flat, sessions, cadss, chances)
