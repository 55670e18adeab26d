"""Claims of people and trials: what their answers must show whatever the seed, from small banks."""

from __future__ import annotations

import numpy as np
import pytest

from resynapse.dose import Regimen
from resynapse.qualify.answering.terms import Terms
from resynapse.qualify.answers import TRIALS, WAYS
from resynapse.qualify.trialled import programme
from resynapse.qualify.trialled.crowd import Asked, crowd
from resynapse.qualify.trialled.relapsing import Lasting
from resynapse.qualify.trialled.running import Runs, looked_at, trial, weakened
from resynapse.trial.design.library import design

LONG = ("C01", "C03", "C15")
IDS = sorted(id for id, way in WAYS.items() if way.room == TRIALS and id != "C15")
ASKED = [pytest.param(id, marks=pytest.mark.slow) if id in LONG else id for id in IDS]
SMALL = Terms(draws=20, seed=3, people=200)


@pytest.mark.parametrize("id", ASKED)
def test_an_answer_is_whole(whole, id):
    whole(id)


@pytest.fixture(scope="module")
def one():
    """A small trial against midazolam, looked at on three days."""
    return trial(looked_at(design("murrough_2013"), (0.0, 1.0, 7.0)), SMALL)


@pytest.mark.slow
def test_the_drug_alone_works_within_hours_and_fades(asked):
    fall = asked("C01").record["drug_fall_points"]
    assert fall["24"]["p50"] > fall["2"]["p50"] > 1.0
    assert fall["168"]["p50"] < 0.5 * fall["24"]["p50"]


def test_a_larger_dose_lasts_longer_by_despair(asked):
    relapsed = asked("C02").record["relapsed_percent_of_responders"]
    assert relapsed["1.0 mg/kg"]["7"] < relapsed["0.5 mg/kg"]["7"]
    assert relapsed["0.5 mg/kg"]["7"] <= relapsed["0.5 mg/kg"]["28"]


@pytest.mark.slow
def test_the_far_tail_shares_low_load(asked):
    record = asked("C03").record
    assert record["apart_in_sd"]["load"] < -0.5 < 0.5 < record["apart_in_sd"]["rho"]
    assert record["still_well_percent"]["once"]["90"] >= record["still_well_percent"]["once"]["182"]


def test_ketamine_does_as_much_where_tablets_failed(asked):
    fall = asked("C04").record["despair_fall_percent"]
    assert fall["failed"]["p50"] == pytest.approx(fall["helped"]["p50"], abs=15.0)


def test_tablets_build_up_while_an_infusion_fades(asked):
    record = asked("C05").record
    part, once = record["drug_part_percent_of_start"], record["infusion_percent_of_start"]
    assert part["1"]["p50"] < part["6"]["p50"]
    assert once["day 1"]["p50"] > 5.0 * once["week 6"]["p50"]
    assert record["response_percent"]["tablet"]["6"] > record["response_percent"]["no drug"]["6"]


def test_low_doses_are_felt_less_and_sessions_less_each_time(asked):
    record = asked("C07").record
    peak, again = record["cadss_peak_points"], record["cadss_peak_by_session"]
    assert peak["iv 0.1 mg/kg"]["p50"] < peak["iv 0.5 mg/kg"]["p50"] < peak["iv 1.0 mg/kg"]["p50"]
    assert again["8"]["p50"] < again["1"]["p50"]


def test_exposure_confounds_where_dissociation_carries_nothing(asked):
    none = asked("C42").record["carries nothing"]
    seen, given = none["correlation_three_doses"], none["correlation_three_doses_given_exposure"]
    assert seen["p50"] < -0.08
    assert abs(given["p50"]) < abs(seen["p50"])


def test_belief_carries_more_against_saline_than_against_midazolam_and_nothing_asleep(asked):
    carried = {
        k: -v["carried_points"]["p50"]
        for k, v in asked("C43").record.items()
        if isinstance(v, dict) and k != "observed"
    }
    assert carried["open, saline"] > carried["saline"] > carried["midazolam"] > carried["asleep"] == pytest.approx(0.0)


def test_what_is_carried_over_to_adolescents_is_named(asked):
    assert "madrs_baseline".replace("_", " ") in asked("C40").record["carried_over"]["carried"]


def test_a_moderator_bends_the_slope_and_not_the_mean(asked):
    moderated = asked("C55").record["moderator"]
    slope = {k: v["slope_points_per_sensation"]["p50"] for k, v in moderated.items()}
    assert slope["-0.5"] < slope["0"] < slope["0.5"]


def test_a_weakened_drug_leaves_less_of_the_contrast(one):
    full, part = (Runs(t, 20).contrast("ketamine", "midazolam")[:, 1].mean() for t in (one, weakened(one, 0.3)))
    assert full < part < 0.0


def test_the_score_of_a_programme_follows_from_powers():
    sure = {k: np.ones(10, bool) if k in ("transform_2", "sustain_1") else np.zeros(10, bool) for k in programme.TRIALS}
    world = programme.World("as it was", sure)
    assert world.scores == pytest.approx([0, 0, 1, 0, 0, 0])
    assert world.as_it_was == 1.0
    assert world.error == pytest.approx(np.zeros(6))


def test_a_difference_is_reached_on_a_straight_line():
    line = programme.Line(-1.5, -5.5)
    assert line.factor == pytest.approx(0.2)
    assert programme.Line(-4.0, -8.0).factor == 0.0


@pytest.mark.slow
def test_the_programme_has_powers_and_scores(monkeypatch):
    for name, few in (("_FEW", 2), ("_SLOWER", 10), ("_AVERAGED", 8)):
        monkeypatch.setattr(programme, name, few)
    record = programme.two_of_five(SMALL).record
    for scores in record["number_positive_percent"].values():
        assert sum(scores) == pytest.approx(100.0)
        assert scores[5] == 0.0
    powers = record["power_percent"]
    assert powers["the chain as it is"]["transform_2"] > powers["3.5 points, all by the drug"]["transform_2"]


def test_a_crowd_is_the_same_people_whatever_their_number():
    given = Regimen("ketamine", "iv", "0.5 mg/kg", "40 min", days=1.0)
    few, more = (crowd(Asked("trd_academic", n, 3), given, (0.0, 24.0), ("despair",)) for n in (5, 20))
    assert few["despair"] == pytest.approx(more["despair"][:5])
    assert few.covariates["load"] == pytest.approx(more.covariates["load"][:5])


def test_who_never_relapses_is_counted_as_well():
    some = Lasting(np.array([True, True, False]), np.array([5.0, np.inf, 3.0]), None)
    assert some.relapsed_by(7.0) == 50.0
    assert some.median == np.inf
