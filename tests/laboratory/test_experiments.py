"""Experiments that are run again: chance, noise, bounds, and what the tests find where nothing is to be found."""

from math import sqrt

import numpy as np
import pytest
from tests.laboratory.test_designs import TEXT

from resynapse.core.errors import RequestError
from resynapse.laboratory import design, read_design, run, social_defeat_picture
from resynapse.life.protocol import stress_protocol
from resynapse.mood.readout import Laboratory, readouts


def without_drug():
    return read_design(TEXT.replace(", drug: ketamine, dose: 3 mg/kg", ""), "null.yaml")


@pytest.mark.parametrize("stress", ["none", "chronic_social_defeat"])
def test_a_drug_that_does_nothing_is_found_as_often_as_alpha_says(stress):
    null = without_drug().model_copy(update={"stress": stress})
    power = run(null, replicates=800).power
    assert abs(power.either - 0.05) < 3.5 * sqrt(0.05 * 0.95 / 800)


def test_a_seed_gives_the_same_bits_and_another_gives_others():
    one = design("donahue2014_avoidance")
    first, again, more, other = run(one), run(one), run(one, replicates=5), run(one, seed=2)
    for name in first.readings:
        np.testing.assert_array_equal(first.readings[name], again.readings[name])
        np.testing.assert_array_equal(first.readings[name][0], more.readings[name][0])
        assert not np.array_equal(first.readings[name], other.readings[name])


def test_the_scatter_of_readings_is_the_one_on_file():
    for test in readouts().values():
        signals = {axis: np.zeros(4000) for axis in ("despair", "anhedonia", "stress")}
        noise = np.random.default_rng(1).normal(size=4000)
        inside = test.link.forth(test.reading(signals, noise), *test.bounds)
        free = (inside > inside.min()) & (inside < inside.max())
        assert np.std(inside[free]) == pytest.approx(test.facts["between_animals"].value, rel=0.05), test.name
        levels = np.random.default_rng(2).normal(size=4000)
        places = test.score(signals, Laboratory(levels))
        assert np.std(places) == pytest.approx(test.facts["between_laboratories"].value, rel=0.05), test.name


def test_no_reading_leaves_the_bounds_of_its_test():
    wild = {axis: np.linspace(-5.0, 8.0, 400) for axis in ("despair", "anhedonia", "stress")}
    for test in readouts().values():
        for noise in (-9.0, 0.0, 9.0):
            found = test.reading(wild, np.full(400, noise), Laboratory(3.0, 3.0))
            low, high = test.bounds
            assert (found >= low).all()
            assert (found <= high).all()


def test_despair_and_anhedonia_are_not_one_axis_and_the_threshold_follows_neither():
    well = dict.fromkeys(("despair", "anhedonia", "stress"), 0.0)
    moved = {
        name: [k for k in well if test.expected(well | {k: 1.0}) != pytest.approx(test.expected(well))]
        for name, test in readouts().items()
    }
    assert moved["forced_swim"] == ["despair"]
    assert moved["sucrose_preference"] == ["anhedonia"]
    assert moved["reward_threshold"] == ["stress"]


def test_ketamine_lifts_avoidance_for_a_day_and_leaves_the_threshold():
    lifted = run(design("donahue2014_avoidance"), replicates=300)
    later = run(design("donahue2014_avoidance_week"), replicates=300)
    threshold = run(design("donahue2014_threshold"), replicates=300)
    assert lifted.power.up > 0.5 > later.power.up
    assert threshold.power.either < 0.15
    assert lifted.agrees
    assert later.agrees


def test_known_misses_are_reported_as_misses():
    assert run(design("shirayama2018_hnk"), replicates=200).agrees is False
    assert run(design("zhang2014_r_week"), replicates=200).agrees is False
    assert run(design("gideons2014_memantine_day"), replicates=200).agrees is False


def test_what_is_not_there_cannot_be_blocked():
    one = design("lepack2015_antibody")
    without = tuple(g.model_copy(update={"drug": None, "dose": None}) for g in one.groups)
    found = run(one.model_copy(update={"groups": without}), replicates=200)
    assert found.power.either < 0.1
    assert found.unblocked.either < 0.1
    assert found.verdict == "nothing to block"
    assert found.agrees is False


def test_a_block_agrees_where_the_effect_is_found_without_it_only():
    found = run(design("lepack2015_antibody"), replicates=200)
    there, blocked = found.unblocked.down > 0.5, found.power.either < 0.5
    assert found.verdict == {False: "nothing to block"}.get(there, "agrees" if blocked else "disagrees")
    assert found.record["unblocked"]["significant"] == found.unblocked.either
    assert run(design("lepack2015_antibody")).verdict is None


def test_another_hypothesis_is_another_experiment():
    nothing = run(design("donahue2014_avoidance"), "expectancy_only", replicates=300)
    assert nothing.power.up < 0.06
    with pytest.raises(RequestError, match="expectancy_only"):
        run(design("donahue2014_avoidance"), "expectancy_onl")


def test_a_block_weakens_what_the_drug_does():
    found = run(design("lepack2015_antibody"), replicates=2).expected
    free = found["IgG, vehicle"] - found["IgG, ketamine 10"]
    bound = found["anti-BDNF, vehicle"] - found["anti-BDNF, ketamine 10"]
    assert 0.0 < bound < 0.5 * free


def test_cutting_a_run_in_legs_changes_nothing_when_nothing_holds():
    whole = design("autry2011_swim")
    group = {"values": {"synapse.ampar_open": 1.0}}
    cut = [g.model_copy(update=group) for g in whole.groups]
    a, b = run(whole), run(whole.model_copy(update={"groups": tuple(cut)}))
    assert a.expected == pytest.approx(b.expected, rel=1e-9)


def test_companions_and_manipulations_reach_the_chain():
    memantine = run(design("gideons2014_memantine_day"), replicates=2).expected
    assert memantine["memantine 20"] < memantine["vehicle"]
    mk801 = run(design("zanos2023_mk801"), replicates=2).expected
    assert mk801["MK-801, vehicle"] != pytest.approx(mk801["saline, vehicle"])
    week = run(design("modasava2019_spines_week"), replicates=2).expected
    kept = run(design("modasava2019_spines_day"), replicates=2).expected
    assert (
        kept["deleted, vehicle"] - kept["deleted, ketamine 10"]
        > week["deleted, vehicle"] - week["deleted, ketamine 10"]
    )


def test_defeat_takes_interest_in_reward_and_makes_mice_give_up():
    picture = social_defeat_picture(replicates=200)
    assert all(sign.worse for sign in picture.signs)
    assert {"interest in reward", "giving up"} <= {sign.kind for sign in picture.signs}
    assert all(abs(s.susceptible - s.control) > abs(s.resilient - s.control) for s in picture.signs)
    assert abs(picture.avoiding - picture.published_avoiding) < 0.1
    assert "signs" in picture.record


def test_the_herd_divides_as_the_protocol_says():
    stress, herd = stress_protocol("chronic_social_defeat"), np.arange(20_000)
    assert stress.susceptible(1, herd).mean() == pytest.approx(0.65, abs=0.015)
    assert stress.strength(1, herd).min() >= 0.0
    assert stress.strength(1, herd, True).mean() == pytest.approx(1.0, abs=0.01)


def test_impossible_draws_are_refused():
    with pytest.raises(RequestError, match="replicates"):
        run(design("autry2011_swim"), replicates=0)
