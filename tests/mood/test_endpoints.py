"""Endpoints by hand: courses whose response, remission and relapse anybody can read off."""

from __future__ import annotations

import numpy as np
import pytest

from resynapse.mood import Rule, rules
from resynapse.mood.endpoint import rule_facts

DAYS = 24.0 * np.array([0.0, 1.0, 7.0, 14.0, 21.0, 28.0])
RULE = Rule("madrs_total", response=0.5, remission=12.0, relapse=22.0, confirmed_after=5.0)


def found(*scores: float) -> dict[str, float]:
    return {name: values[0] for name, values in RULE.endpoints(np.array([scores]), DAYS).items()}


def test_nobody_responds_who_stays_ill():
    course = found(36, 30, 28, 30, 33, 34)
    assert (course["responded"], course["remitted"], course["relapsed"]) == (False, False, False)
    assert np.isnan(course["response_h"])
    assert np.isnan(course["relapse_after_h"])
    assert (course["change"], course["best_change"]) == (-2, -8)


def test_who_stays_well_is_censored_at_the_last_visit():
    course = found(36, 20, 18, 10, 11, 12)
    assert (course["responded"], course["remitted"], course["relapsed"]) == (True, True, False)
    assert course["response_h"] == 7 * 24
    assert course["relapse_after_h"] == 21 * 24


def test_a_relapse_counts_from_its_first_visit_once_a_later_one_confirms_it():
    course = found(36, 17, 18, 24, 25, 12)
    assert course["relapsed"]
    assert course["relapse_after_h"] == 13 * 24


def test_one_bad_visit_is_no_relapse():
    assert not found(36, 17, 18, 24, 20, 19)["relapsed"]


def test_a_bad_last_visit_cannot_be_confirmed_and_is_censored():
    course = found(36, 17, 18, 17, 20, 30)
    assert not course["relapsed"]
    assert course["relapse_after_h"] == 27 * 24


def test_being_ill_before_the_response_is_no_relapse():
    assert not found(36, 30, 30, 17, 16, 15)["relapsed"]


def test_the_limits_belong_to_the_rule():
    assert found(36, 18, 18, 22, 22, 22)["relapsed"]
    assert found(24, 12, 20, 20, 20, 20)["remitted"]


def test_a_visit_too_soon_after_confirms_nothing():
    times = 24.0 * np.array([0.0, 1.0, 2.0, 4.0, 6.0])
    close = Rule("x", 0.5, 12.0, 22.0, 5.0).endpoints(np.array([[36.0, 10.0, 25.0, 25.0, 10.0]]), times)
    assert not close["relapsed"][0]
    soon = Rule("x", 0.5, 12.0, 22.0, 0.0).endpoints(np.array([[36.0, 10.0, 25.0, 10.0, 10.0]]), times)
    assert soon["relapsed"][0]


def test_who_was_well_in_between_has_not_relapsed():
    times = 24.0 * np.arange(9.0)
    between_doses = np.array([[36.0, 10, 24, 10, 24, 10, 24, 24, 10]])
    for_good = np.array([[36.0, 10, 24, 10, 24, 24, 24, 24, 24]])
    rule = Rule("x", 0.5, 12.0, 22.0, 4.0)
    assert not rule.endpoints(between_doses, times)["relapsed"][0]
    assert rule.endpoints(for_good, times)["relapse_after_h"][0] == 3 * 24


def test_the_rules_on_file_have_sources_and_ports():
    assert set(rules()) == {"madrs_total", "despair"}
    assert (rules()["madrs_total"].relapse, rules()["madrs_total"].remission) == (22.0, 12.0)
    assert all(fact.where for facts in rule_facts().values() for fact in facts.values())


@pytest.mark.parametrize("port", sorted(rules()))
def test_relapse_is_worse_than_remission(port):
    assert rules()[port].remission < rules()[port].relapse
