"""Ways through an arm: a raised dose acts from when it is given, rescue changes the course, phases follow in turn."""

from dataclasses import replace

import numpy as np
import pytest

from resynapse.core.errors import RequestError
from resynapse.dose import InTurn, Regimen
from resynapse.trial.design import design_in
from resynapse.trial.run import plan
from resynapse.trial.run.dataset import DataSet
from resynapse.trial.run.outcome import outcome, visits

from .conftest import TEXT

FLEXIBLE = TEXT.replace(
    "dose: 0.5 mg/kg, over: 40 min, schedule: weekly for 4 weeks}]",
    "dose: 0.5 mg/kg, over: 40 min, schedule: weekly for 4 weeks, "
    "flexible: {doses: [0.5 mg/kg, 0.75 mg/kg, 1 mg/kg], raise_unless: response, until: 14}}]",
)
RESCUE = TEXT + (
    "rescue:\n  visit: day 15\n  scale: madrs_total\n  fall_less_than: 0.5\n  give: open ketamine\n  regimens:\n"
    "    - {compound: ketamine, route: iv, dose: 1 mg/kg, over: 40 min, start: 14}\n"
)


def named(way):
    return [(one.day, one.dosing.dose) for one in way.sessions]


def test_without_choices_there_is_one_way_and_one_regimen(design):
    laid = plan(design)
    assert [len(ways) for ways in laid.paths.values()] == [1, 1]
    assert isinstance(laid.orders[0].regimen, Regimen)
    assert laid.orders[0].sessions == (0.0, 7.0, 14.0, 21.0)


def test_a_raised_dose_is_given_from_the_visit_on_and_not_before():
    laid = plan(design_in(FLEXIBLE))
    ways = laid.paths["drug"]
    assert named(ways[0]) == [(0.0, "0.5 mg/kg"), (7.0, "0.5 mg/kg"), (14.0, "0.5 mg/kg"), (21.0, "0.5 mg/kg")]
    at_day_2, at_day_15 = laid.column("day 2"), laid.column("day 15")
    once = ways[ways[0].raised[at_day_2]]
    assert named(once)[:2] == [(0.0, "0.5 mg/kg"), (7.0, "0.75 mg/kg")]
    twice = ways[once.raised[at_day_15]]
    assert [dose for _, dose in named(twice)] == ["0.5 mg/kg", "0.75 mg/kg", "1 mg/kg", "1 mg/kg"]
    assert isinstance(twice.order.regimen, InTurn)
    assert twice.order.sessions == (0.0, 7.0, 14.0, 21.0)


def test_people_without_response_go_on_a_higher_dose_and_its_effect_comes_later(made):
    trial = made(design_in(FLEXIBLE), fall=0.0)
    found = trial.replicate(0)
    drug = found.arm == 0
    assert set(found.level[~drug]) == {0}
    assert found.level[drug].max() == 2
    stronger = stepped(trial, "1 mg/kg", 20.0)
    again = stronger.replicate(0)
    before = trial.plan.column("day 15")
    np.testing.assert_array_equal(again.score[:, : before + 1], found.score[:, : before + 1])
    gained = (again.level == 2) & drug & (again.stopped == len(trial.plan.looks))
    assert np.mean(again.score[gained, -1] - found.score[gained, -1]) < -10.0


def stepped(trial, dose, fall):
    """The same trial where only this dose acts, from the first session at which it is given."""
    courses = {}
    for order, course in trial.bank.courses.items():
        begins = [part.at[0] for part in getattr(order.regimen, "parts", ()) if part.dose == dose]
        effect = -fall * (np.array(order.days)[None, :] > min(begins, default=np.inf)) * np.ones((len(trial.bank), 1))
        courses[order] = replace(course, madrs=effect)
    return replace(trial, bank=replace(trial.bank, courses=courses))


def test_rescue_changes_the_course_from_then_on_and_is_known_to_the_person(made):
    trial = made(design_in(RESCUE), fall=0.0)
    helped = stepped(trial, "1 mg/kg", 25.0)
    one, two = trial.replicate(0), helped.replicate(0)
    rescued = (two.rescued < 4) & (two.arm == 1) & (two.stopped == 4)
    assert rescued.sum() > 10
    assert (two.way[rescued] == 1).all()
    np.testing.assert_array_equal(one.score[:, :3], two.score[:, :3])
    assert np.mean(two.score[rescued, 3] - one.score[rescued, 3]) < -15.0
    assert (two.belief[rescued] == 1.0).all()
    assert np.isfinite(two.days[rescued]).sum(axis=1).tolist() == [3] * rescued.sum()


@pytest.mark.parametrize(
    ("strategy", "left"), [("hypothetical", 0), ("treatment_policy", 1), ("while_on_treatment", 1)]
)
def test_rescue_is_handled_as_the_estimand_says(made, strategy, left):
    trial = stepped(made(design_in(RESCUE), fall=0.0), "1 mg/kg", 25.0)
    data = DataSet(trial, trial.replicate(0))
    end = trial.plan.design.endpoints[0]
    events = {"rescue": strategy}
    end = end.model_copy(update={"estimand": end.estimand.model_copy(update={"events": events})})
    rescued = (data.found.rescued < 4) & (data.found.stopped == 4)
    last = visits(data, end).score[rescued, -1]
    assert np.isfinite(last).all() == bool(left)
    if strategy == "while_on_treatment":
        seen = data.found.score[rescued, 2] - data.found.score[rescued, 0]
        np.testing.assert_array_equal(last, seen)


def test_a_composite_counts_a_rescue_as_no_response(made):
    trial = stepped(made(design_in(RESCUE), fall=0.0), "1 mg/kg", 60.0)
    data = DataSet(trial, trial.replicate(0))
    end = trial.plan.design.endpoints[2]
    kept = end.model_copy(update={"estimand": end.estimand.model_copy(update={"events": {"rescue": "composite"}})})
    policy = end.model_copy(update={"estimand": end.estimand.model_copy(update={"events": {}})})
    rescued = data.found.rescued < 4
    stayed = rescued & (data.found.stopped == 4)
    assert outcome(data, policy).value[stayed].mean() > 0.9
    assert (outcome(data, kept).value[rescued] == 0.0).all()


def test_drug_before_randomisation_and_after_it_is_one_course():
    lead = (
        "lead_in:\n  - name: open\n    kind: treatment\n    days: 14\n    regimens:\n"
        "      - {compound: ketamine, route: iv, dose: 0.5 mg/kg, over: 40 min, schedule: weekly for 2 weeks}\n"
        "    keep: {scale: madrs_total, fall_at_least: 0.3}\n"
    )
    laid = plan(design_in(TEXT + lead))
    drug, control = (laid.paths[name][0] for name in ("drug", "control"))
    assert drug.start == control.start == -14.0
    assert drug.order.sessions == (0.0, 7.0, 14.0, 21.0, 28.0, 35.0)
    assert control.order.sessions == (0.0, 7.0)
    assert isinstance(control.order.regimen, Regimen | InTurn)


def test_too_many_ways_are_refused():
    many = FLEXIBLE.replace("until: 14", "until: 27").replace(
        "doses: [0.5 mg/kg, 0.75 mg/kg, 1 mg/kg]",
        "doses: [" + ", ".join(f"{0.5 + k / 50:.3g} mg/kg" for k in range(12)) + "]",
    )
    visits_ = "".join(
        f"  - {{name: look {k}, day: {k + 0.5}, scales: [madrs_total]}}\n" for k in range(14, 26) if k % 2
    )
    many = many.replace("weekly for 4 weeks", "daily for 4 weeks")
    many = many.replace("  - {name: day 28", visits_ + "  - {name: day 28")
    with pytest.raises(RequestError, match="too many ways"):
        plan(design_in(many))
