"""Belief, items, and what moves a score without the drug."""

from dataclasses import replace

import numpy as np
import pytest

from resynapse.evidence import library
from resynapse.trial.score import (
    SENSATIONS,
    Feel,
    Felt,
    Told,
    bang,
    believe,
    converted,
    ever,
    expectancy,
    facts,
    feel,
    feeling,
    items,
    nonspecific,
    pull,
    room,
    values,
    weigh,
)
from resynapse.trial.score.values import FILES, Trust

TOLD = Told(Feel(3.0, 0.4, 0.2, 0.6), Feel(3.0, 0.1, 0.2, 0.3), 0.25)


def test_belief_is_bayes_rule_when_two_sensations_tell_drug_from_control():
    felt = Felt(np.zeros((2, 1)), np.array([[[1.0, 0.0, 0.0]], [[0.0, 0.0, 1.0]]]))
    found = believe(weigh(felt, TOLD, Trust(0.77, 1.0, 0.5, 0.3)), TOLD.chance, Trust(0.77, 1.0, 0.5, 0.3))[:, 0]
    dizzy = 0.25 * 0.4 * 0.4 / (0.25 * 0.4 * 0.4 + 0.75 * 0.1 * 0.7)
    sleepy = 0.25 * 0.6 * 0.6 / (0.25 * 0.6 * 0.6 + 0.75 * 0.9 * 0.3)
    np.testing.assert_allclose(found, [dizzy, sleepy], rtol=1e-12)


def test_dissociation_is_weighed_as_a_negative_binomial():
    from scipy.stats import nbinom

    told, trust = Told(Feel(8.0, 0.2, 0.2, 0.2), Feel(0.5, 0.2, 0.2, 0.2), 0.5), Trust(0.77, 1.0, 0.5, 0.3)
    scores = np.array([[0.0], [3.0], [20.0]])
    drug, control = (nbinom.logpmf(scores, 0.77, 0.77 / (0.77 + mean)) for mean in (8.0, 0.5))
    np.testing.assert_allclose(weigh(Felt(scores, np.zeros((3, 1, 3))), told, trust), drug - control, rtol=1e-9)


def test_what_is_felt_has_the_mean_and_spread_it_should_have():
    rng = np.random.default_rng(1)
    n = 20_000
    draws = (rng.random(n), rng.random((n, 1)), rng.normal(size=(n, 3)), rng.normal(size=(n, 1, 3)))
    felt = feeling(np.full((n, 1), 7.7), np.full((n, 1, 3), 0.25), draws, 0.77, 0.8)
    assert felt.cadss.mean() == pytest.approx(7.7, abs=0.25)
    assert felt.cadss.std() == pytest.approx(np.sqrt(7.7 + 7.7**2 / 0.77), rel=0.05)
    assert felt.events.mean() == pytest.approx(0.25, abs=0.01)


def test_dissociation_is_counted_as_the_inverse_of_poissons_law_has_it():
    from scipy.stats import poisson

    rng = np.random.default_rng(4)
    mean, drawn = rng.gamma(0.5, 20.0, (400, 3)), rng.random((400, 3))
    # A frailty of almost no spread leaves the mean as it is.
    draws = (np.full(400, 0.5), drawn, np.zeros((400, 3)), np.zeros((400, 3, 3)))
    found = feeling(mean, np.full((400, 3, 3), 0.5), draws, 1e8, 0.5).cadss
    np.testing.assert_array_equal(found, np.clip(poisson.ppf(drawn, mean), 0, 92))


@pytest.mark.parametrize("kind", ["spray", "saline", "drug", "midazolam"])
def test_over_four_weeks_of_sessions_sensations_come_to_the_share_on_file(kind):
    rng, n, known = np.random.default_rng(5), 40_000, values().sensing
    once = feel(kind)
    chances = np.broadcast_to([once.dizziness, once.nausea, once.sedation], (n, 8, 3))
    draws = (np.full(n, 0.5), np.full((n, 8), 0.5), rng.normal(size=(n, 3)), rng.normal(size=(n, 8, 3)))
    came = feeling(np.ones((n, 8)), chances, draws, 0.77, known.prone).events
    shares = [facts("felt")[f"{kind}.{name}"].value for name in SENSATIONS]
    np.testing.assert_allclose(came.any(axis=1).mean(axis=0), shares, atol=0.01)
    np.testing.assert_allclose(came.mean(axis=(0, 1)), [once.dizziness, once.nausea, once.sedation], atol=0.005)


def share(study, quantity):
    return next(float(o.value) for o in library().build.select(study=study, arm="esketamine", quantity=quantity))


def test_who_is_prone_is_what_week_one_and_four_weeks_say_together():
    names = ("ae_dizziness", "ae_nausea")
    week = [share("williamson2022", name) for name in names]
    month = [share("spravatolabel", name) for name in names]
    known = values().sensing
    once = known.in_one_session(np.array(month))
    assert ever(once, known.prone, 2).sum() == pytest.approx(sum(week), abs=0.01)


def test_bangs_index_is_one_when_all_know_and_zero_when_guesses_are_even():
    assert bang(np.array([1, 1, 1]), 1) == 1.0
    assert bang(np.array([1, 0, -1, -1]), 1) == 0.0


def test_items_sum_to_the_total_and_stay_within_their_range():
    rng = np.random.default_rng(2)
    total = np.concatenate([np.arange(61.0), rng.integers(0, 61, 3000)])
    beyond = (rng.normal(0, 1, total.size), rng.normal(0, 1, total.size))
    found = items(total, beyond, rng.normal(size=(total.size, 10)))
    assert (found.sum(-1) == total).all()
    assert found.min() == 0
    assert found.max() == 6


def test_ideation_beyond_despair_raises_the_tenth_item_alone():
    total, spread = np.full(4000, 30.0), np.random.default_rng(3).normal(size=(4000, 10))
    more, none = (items(total, (np.full(4000, x), np.zeros(4000)), spread.copy()) for x in (0.3, 0.0))
    assert more[:, 9].mean() > none[:, 9].mean() + 0.2
    assert (more[:, :9].sum(-1) < none[:, :9].sum(-1)).mean() > 0.2


def test_disappointment_is_steeper_than_hope_and_fades():
    known = values().placebo
    at = {b: float(expectancy(known, np.array(b), np.array(0.0))) for b in (0.0, 0.5, 1.0)}
    assert at[0.5] - at[0.0] > 2.0 * (at[1.0] - at[0.5]) > 0.0
    later = expectancy(known, np.array(1.0), np.array(known.half_life_days))
    assert float(later) == pytest.approx(0.5 * at[1.0])


def test_adults_move_by_the_mean_and_elders_less():
    known, drawn = values().placebo, (np.arange(10_000) + 0.5) / 10_000
    assert pull(known, drawn, np.full(10_000, 40.0)).mean() == pytest.approx(1.0, abs=1e-3)
    assert pull(known, drawn, np.full(10_000, 70.0)).mean() == pytest.approx(known.elder_share, abs=1e-3)


def test_a_new_tablet_brings_its_fall_by_day_28():
    known = replace(values().placebo, fades=0.0)
    found = nonspecific(known, np.array([0.0, 28.0]), new_drug=True)
    np.testing.assert_allclose(found, [0.0, known.day1 + known.new_drug], atol=1e-6)


def test_what_a_first_session_brings_fades_at_its_rate():
    value = replace(values().placebo, no_new_drug=0.0, fades=np.log(2.0) / 5.0)
    fresh, later = nonspecific(value, np.array([2.0, 7.0]), False)
    assert later == pytest.approx(fresh / 2.0, rel=1e-6)


def test_effects_add_up_without_overlap_and_act_on_what_is_left_with_one():
    start, fall = np.array([40.0, 40.0, 40.0]), np.array([0.0, 10.0, -5.0])
    values_ = values().placebo
    left = {o: room(replace(values_, overlap=o), start, fall) for o in (0.0, 1.0, 2.0)}
    np.testing.assert_array_equal(left[0.0], 1.0)
    np.testing.assert_allclose(left[1.0], [1.0, 0.75, 1.0])
    np.testing.assert_allclose(left[2.0], [1.0, 0.75**2, 1.0])


def test_every_value_has_its_provenance():
    assert all(fact.where and fact.source for name in FILES for fact in facts(name).values())


def test_another_scale_follows_the_score_within_its_range():
    madrs = np.array([0.0, 34.0, 60.0])
    found = converted("qids_total", madrs, (np.zeros(3), np.zeros(3)), np.zeros(3), (0.0, 27.0))
    assert list(found) == sorted(found)
    assert found[1] == pytest.approx(17.0, abs=1.0)
