"""Trials that run: the same for the same seed, honest without an effect, and what masking, estimands and leaving do."""

import numpy as np
import pytest

from resynapse.core.errors import RequestError
from resynapse.trial.analysis import Estimate
from resynapse.trial.run.dataset import DataSet
from resynapse.trial.run.outcome import answer, answers, outcome, visits
from resynapse.trial.run.plan import scaled
from resynapse.trial.run.power import row, summed, unblinding, under


def test_the_same_seed_gives_the_same_bits(design, made):
    one, two = (made(design).replicate(3) for _ in range(2))
    np.testing.assert_array_equal(one.score, two.score)
    np.testing.assert_array_equal(one.who, two.who)
    assert not np.array_equal(one.who, made(design, seed=2).replicate(3).who)


def test_the_first_people_are_the_same_in_a_larger_trial(design, made):
    small, large = made(design).replicate(0), made(scaled(design, 120)).replicate(0)
    np.testing.assert_array_equal(small.who, large.who[: len(small.who)])


def test_every_analysis_errs_as_often_as_it_says_without_an_effect(design, made):
    trial, replicates = made(design).switched(drug=False, belief=False), 500
    rows = [r for k in range(replicates) for r in row(trial, k)]
    for name in ("repeated", "change", "response", "sooner"):
        p = np.array([r.p for r in rows if r.endpoint == name])
        found = float((p < 0.05).mean())
        assert abs(found - 0.05) < 3.0 * np.sqrt(0.05 * 0.95 / replicates), name


def test_belief_alone_makes_a_contrast_and_masking_takes_it_away(design, made, masked):
    open_eyes, asleep = (made(d).switched(drug=False) for d in (design, masked(design, "asleep")))
    seen, hidden = (np.array([row(t, k, ["change"])[0].estimate for k in range(150)]) for t in (open_eyes, asleep))
    assert seen.mean() < -3.0
    assert abs(hidden.mean()) < 3.0 * hidden.std() / np.sqrt(hidden.size)


def test_the_contrast_shrinks_when_nobody_can_tell(design, made, masked):
    seen, hidden = (
        [row(made(d), k, ["change"])[0].estimate for k in range(20)] for d in (design, masked(design, "asleep"))
    )
    assert np.mean(seen) < np.mean(hidden) < -3.0


def test_unblinding_is_the_difference_in_the_same_replicates(design, made):
    trial = made(design)
    rows = {c: [r for k in range(20) for r in row(under(trial, c, k), k)] for c in ("power", "without_belief")}
    found = unblinding(rows["power"], rows["without_belief"], "change")
    assert found.carried == pytest.approx(found.seen - found.without)
    assert found.carried < -3.0 * found.error


def test_a_control_that_falls_far_leaves_the_drug_less_to_do(design, made):
    trial = made(design, fall=8.0).switched(belief=False)
    nothing_falls = {"new_drug": 0.0, "day1": 0.0, "hope": 0.0, "gain": 0.0, "disappointment": 0.0, "visit": 0.0}
    seen = [_late_contrast(trial, {"overlap": o}) for o in (0.0, 1.0, 3.0)]
    still = [_late_contrast(trial, {"overlap": o, **nothing_falls}) for o in (0.0, 3.0)]
    assert seen[0] < seen[1] < seen[2] < 0.0
    assert still[1] == pytest.approx(still[0], abs=0.5)


def _late_contrast(trial, numbers):
    """The mean contrast at day 28 over some replicates, under other values of the score."""
    known = trial.valued(trial.values.knowing(numbers))
    return float(np.mean([row(known, k, ["repeated"])[0].estimate for k in range(12)]))


def test_power_grows_with_the_effect(design, made):
    weak, strong = (
        summed(design, [r for k in range(20) for r in row(made(design, fall), k, ["repeated"])])[0]
        for fall in (0.0, 15.0)
    )
    assert strong.positive.value > weak.positive.value
    assert strong.positive.error > 0.0


def test_a_hypothetical_estimand_leaves_out_what_came_after_stopping_and_a_composite_counts_it(design, made):
    followed = design.model_copy(update={"dropout": design.dropout.model_copy(update={"followed": True, "share": 0.5})})
    data = DataSet(made(followed), made(followed).replicate(0))
    stopped = data.found.stopped < 4
    assert stopped.any()
    assert np.isnan(visits(data, design.endpoints[0]).score[stopped, -1]).all()
    assert (outcome(data, design.endpoints[2]).value[stopped] == 0.0).all()


def test_people_who_leave_are_counted_and_not_seen_again(design, made):
    data = DataSet(made(design), made(design).replicate(1))
    gone = data.found.stopped < 4
    assert np.isnan(data.found.score[gone, -1]).all()
    arms = data.flow["arms"].values()
    assert sum(a["stopped"] for a in arms) == gone.sum()
    assert sum(a["stopped"] + a["completed"] for a in arms) == 60


def test_entry_by_a_least_score_is_kept(design, made):
    found = made(design).replicate(0)
    assert found.score[:, 0].min() >= 28.0
    assert found.screened >= 60


def test_tables_hold_every_person_and_items_that_sum(design, made):
    data = DataSet(made(design), made(design).replicate(0))
    table = data.visits()
    madrs = table[table["scale"] == "madrs_total"]
    assert (madrs.iloc[:, -10:].sum(axis=1) == madrs["value"]).all()
    assert set(table["scale"]) == {"madrs_total", "qids_total"}
    assert len(data.subjects()) == 60
    assert all(isinstance(v, Estimate) for v in answers(data).values())


def test_people_know_more_often_than_chance_when_they_can_feel(design, made, masked):
    felt, asleep = (DataSet(made(d), made(d).replicate(0)).guesses for d in (design, masked(design, "asleep")))
    assert felt["control"]["bang"] > asleep["control"]["bang"]
    assert felt["drug"]["belief"] > 0.5 > felt["control"]["belief"]
    assert asleep["drug"]["belief"] == 0.5


def test_between_trial_effects_shift_trials_and_programmes_share_them(design, made):
    def mean(trial, k):
        return np.nanmean(trial.replicate(k).score[:, -1])

    plain, between = made(design), made(design).switched(between=True)
    spread = np.std([mean(between, k) for k in range(12)])
    assert spread > np.std([mean(plain, k) for k in range(12)])


def test_an_entry_that_nobody_passes_is_refused(design, made):
    rules = design.eligibility.model_copy(update={"madrs_at_least": 60.0})
    with pytest.raises(RequestError, match="too few people"):
        made(design.model_copy(update={"eligibility": rules})).replicate(0)


def test_an_endpoint_that_is_only_described_has_no_answer(design, made):
    end = design.endpoints[0].model_copy(update={"analysis": None})
    assert answer(DataSet(made(design), made(design).replicate(0)), end) is None
