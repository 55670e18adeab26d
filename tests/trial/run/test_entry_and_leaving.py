"""Lead-ins select, reasons for leaving act, principal strata are known, procedures decide."""

import numpy as np
import pytest

from resynapse.core.errors import RequestError
from resynapse.requests.trial_runs import positive
from resynapse.trial.design import Design, design_in
from resynapse.trial.run.dataset import DataSet
from resynapse.trial.run.outcome import in_stratum, outcome
from resynapse.trial.run.power import Row, row

from .conftest import TEXT

PLACEBO = (
    "lead_in:\n  - name: placebo for all\n    kind: placebo\n    days: 14\n    told: masked\n    regimens:\n"
    "      - {compound: saline, route: iv, over: 40 min, schedule: weekly for 2 weeks}\n"
    "    keep: {scale: madrs_total, fall_less_than: 0.25}\n"
)
PROSPECTIVE = (
    "lead_in:\n  - name: prospective\n    kind: treatment\n    days: 28\n    background: {status: continued}\n"
    "    keep: {scale: hamd17_total, fall_less_than: 0.5}\n"
)


def leaving(**reasons: float) -> Design:
    said = ", ".join(f"{name}: {share}" for name, share in reasons.items())
    return design_in(TEXT.replace("dropout: {share: 0.2}", f"dropout: {{share: 0.5, reasons: {{{said}}}}}"))


def test_early_responders_to_placebo_are_left_out(made):
    trial = made(design_in(TEXT.replace("madrs_at_least: 28", "madrs_at_least: 20") + PLACEBO))
    found = trial.replicate(0)
    entry, last = found.score[:, 0], found.score[:, trial.plan.column("lead-in 1")]
    assert (last > 0.75 * entry).all()
    assert found.screened > 1.2 * len(found.who)


def test_who_moves_easily_is_selected_away_so_that_less_falls_afterwards(made):
    def fall(text):
        trial = made(design_in(text.replace("madrs_at_least: 28", "madrs_at_least: 20"))).switched(drug=False)
        data = [trial.replicate(k) for k in range(6)]
        base = trial.plan.column("baseline")
        return np.nanmean([np.nanmean(one.score[:, -1] - one.score[:, base]) for one in data])

    assert fall(TEXT + PLACEBO) > fall(TEXT) + 2.0


def test_people_on_an_old_treatment_come_worse_and_have_the_population_score_at_randomisation(made):
    trial = made(design_in(TEXT.replace("madrs_at_least: 28", "madrs_at_least: 1") + PROSPECTIVE))
    found = [trial.replicate(k) for k in range(8)]
    first, base = (np.concatenate([f.score[:, k] for f in found]) for k in (0, trial.plan.column("baseline")))
    start = np.concatenate([trial.bank.start[f.who] for f in found])
    assert trial.plan.led
    assert (first - base).mean() == pytest.approx(3.0, abs=1.0)
    assert base.mean() == pytest.approx(start.mean(), abs=1.0)


def test_both_scores_that_let_somebody_in_are_high_enough(made):
    trial = made(design_in(TEXT + PROSPECTIVE))
    found = trial.replicate(0)
    assert found.score[:, 0].min() >= 28.0
    assert found.score[:, trial.plan.column("baseline")].min() >= 28.0


def test_a_least_score_on_another_scale_is_asked(made):
    text = TEXT.replace("eligibility: {madrs_at_least: 28}", "eligibility: {scores: {hamd17_total: 26}}")
    strict, free = made(design_in(text)).replicate(0), made(design_in(TEXT)).replicate(0)
    assert strict.score[:, 0].min() > free.score[:, 0].min()
    assert strict.screened > free.screened


def test_as_many_leave_as_the_design_says_for_the_reasons_that_it_says(made):
    trial = made(leaving(adverse_event=0.5, lack_of_effect=0.3, other=0.2))
    why = np.concatenate([trial.replicate(k).why for k in range(40)])
    assert (why > 0).mean() == pytest.approx(0.5, abs=0.04)
    gone = why[why > 0]
    assert [(gone == k).mean() for k in (1, 2, 3)] == pytest.approx([0.2, 0.3, 0.5], abs=0.05)


@pytest.mark.parametrize(("reason", "number"), [("adverse_event", 3), ("lack_of_effect", 2)])
def test_people_leave_for_what_they_felt_or_for_lack_of_effect(made, reason, number):
    trial = made(leaving(**{reason: 1.0}))
    felt, score = [[], []], [[], []]
    for k in range(20):
        one = trial.replicate(k)
        first = (one.stopped == 2).astype(int)
        there = (one.arm == 0) & (one.stopped >= 2)
        for gone in (0, 1):
            felt[gone].append(one.felt.events[there & (first == gone), 0].sum(-1))
            score[gone].append(one.score[there & (first == gone), 1])
        assert set(one.why) <= {0, number}
    told = felt if reason == "adverse_event" else score
    stayed, left = (np.concatenate(part) for part in told)
    assert left.mean() > stayed.mean() + stayed.std() / np.sqrt(left.size)


def test_a_principal_stratum_is_who_would_stop_in_neither_arm(made):
    text = TEXT.replace("dropout: {share: 0.2}", "dropout: {share: 0.4}")
    trial = made(design_in(text))
    data = DataSet(trial, trial.replicate(0))
    end = trial.plan.design.endpoints[1]
    stratum = {"events": {"stops_treatment": "principal_stratum"}, "population": "completers"}
    end = end.model_copy(update={"estimand": end.estimand.model_copy(update=stratum)})
    kept = in_stratum(data, end)
    both = [trial.replicate(0, k).stopped == 4 for k in (0, 1)]
    np.testing.assert_array_equal(kept, both[0] & both[1])
    assert not (kept & (data.found.stopped < 4)).any()
    assert outcome(data, end).value.size == kept.sum()


def test_the_same_people_in_the_other_arm_keep_their_chance(made, design):
    one, other = made(design).replicate(0), made(design).replicate(0, 1)
    here = one.arm == 1
    np.testing.assert_array_equal(one.score[here], other.score[here])
    np.testing.assert_array_equal(one.who, other.who)


def test_a_stratum_of_an_event_that_cannot_happen_is_refused(made, design):
    data = DataSet(made(design), made(design).replicate(0))
    end = design.endpoints[0]
    end = end.model_copy(update={"estimand": end.estimand.model_copy(update={"events": {"ect": "principal_stratum"}})})
    with pytest.raises(RequestError, match="does not happen"):
        in_stratum(data, end)


def decided(procedure, *p):
    """Whether a trial with two primary endpoints is positive under a procedure."""
    design = design_in(TEXT.replace("role: secondary", "role: primary", 1))
    if procedure:
        over = f"multiplicity: {{method: {procedure}, over: [repeated, change]}}\n"
        design = design_in(TEXT.replace("role: secondary", "role: primary", 1) + over)
    rows = [Row(0, name, -3.0, -5.0, -1.0, one) for name, one in zip(("repeated", "change"), p, strict=True)]
    return bool(positive(design, rows, 1)[0])


def test_a_programme_decides_by_the_procedure_of_each_design():
    assert not decided(None, 0.04, 0.045)
    assert decided("hochberg", 0.04, 0.045)
    assert not decided("hochberg", 0.04, 0.2)
    assert decided("fixed_sequence", 0.04, 0.2)
    assert not decided("fixed_sequence", 0.2, 0.001)
    assert not decided("hochberg", float("nan"), 0.045)


def test_a_trial_that_finds_nobody_is_not_positive_where_trials_differ(made, design):
    rules = design.eligibility.model_copy(update={"madrs_at_least": 60.0})
    trial = made(design.model_copy(update={"eligibility": rules}))
    with pytest.raises(RequestError, match="too few people"):
        row(trial, 0)
    found = row(trial.switched(between=True), 0)
    assert all(one.refused.startswith("too few people") for one in found)
