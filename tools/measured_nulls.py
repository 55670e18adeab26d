"""Trials without any effect, through the measured score: people, raters, hope, leaving, items, and what is analysed.

Drug courses are made by hand (sessions feel like ketamine, and nothing acts), so that no chain is solved.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from resynapse.person import population
from resynapse.trial.bank import Bank, Order
from resynapse.trial.design import design_in
from resynapse.trial.run import Trial, plan
from resynapse.trial.run.power import row
from resynapse.trial.score import Course

PEOPLE = 4000
ENDPOINTS = {"mmrm": "MMRM", "ancova": "ANCOVA", "response": "risk difference", "sooner": "log-rank"}
_DESIGN = """
version: 1
name: nothing_acts
title: Four weeks in which nothing acts
kind: parallel
population: trd_phase3
eligibility: {madrs_at_least: 28}
arms:
  - name: drug
    n: 60
    control: drug
    background: {status: new}
    regimens: [{compound: ketamine, route: iv, dose: 0.5 mg/kg, over: 40 min, schedule: weekly for 4 weeks}]
  - name: control
    n: 60
    control: saline
    background: {status: new}
    regimens: [{compound: saline, route: iv, over: 40 min, schedule: weekly for 4 weeks}]
allocation: {total: 120, ratio: {drug: 1, control: 1}}
masking: {participants: masked, raters: central}
days: 28
visits:
  - {name: baseline, day: 0, scales: [madrs_total]}
  - {name: day 2, day: 1, scales: [madrs_total]}
  - {name: day 8, day: 7, scales: [madrs_total]}
  - {name: day 15, day: 14, scales: [madrs_total]}
  - {name: day 28, day: 27, scales: [madrs_total]}
endpoints:
  - name: mmrm
    role: primary
    scale: madrs_total
    measure: change
    visit: day 28
    estimand:
      population: all_randomised
      variable: change
      events: {stops_treatment: hypothetical}
      summary: difference_of_means
    analysis: {method: mmrm, treatment: drug, control: control, visit: day 28}
  - name: ancova
    role: secondary
    scale: madrs_total
    measure: change
    visit: day 28
    estimand:
      population: all_randomised
      variable: change
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
      variable: half
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
      variable: days
      events: {stops_treatment: hypothetical}
      summary: hazard_ratio
    analysis: {method: log_rank, treatment: drug, control: control}
dropout: {share: 0.15, reasons: {adverse_event: 0.3, lack_of_effect: 0.4, other: 0.3}}
"""


def counted(seeds: range) -> dict[str, int]:
    """How many of the trials with these numbers each analysis calls significant at 5 %; an answer refused is not."""
    rows = [one for k in seeds for one in row(nothing(), k)]
    return {name: sum(r.p < 0.05 for r in rows if r.endpoint == name) for name in ENDPOINTS}


@cache
def nothing() -> Trial:
    """A trial in which neither the drug nor belief acts; what differs between trials does."""
    laid = plan(design_in(_DESIGN))
    covariates = {k: np.asarray(v) for k, v in population("trd_phase3").sample(PEOPLE, 1).covariates.items()}
    courses = {order: _felt(order) for order in laid.orders}
    bank = Bank("trd_phase3", 1, covariates, covariates["madrs_baseline"], courses, "by hand")
    return Trial(laid, bank, 2026).switched(drug=False, belief=False, between=True)


def _felt(order: Order) -> Course:
    days, sessions = np.array(order.days), np.array(order.sessions)
    flat = np.zeros((PEOPLE, days.size))
    chances = np.broadcast_to([0.3, 0.28, 0.24], (PEOPLE, sessions.size, 3)).copy()
    return Course(days, flat, flat, flat, flat, sessions, np.full((PEOPLE, sessions.size), 8.0), chances)
