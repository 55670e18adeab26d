"""The parts of a weighed answer in closed form: least doses, half-lives, intervals, response beyond control."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from resynapse.calibrate.posterior import Posterior, keep
from resynapse.calibrate.recorded import Record
from resynapse.chains import default_chain
from resynapse.core.errors import RequestError
from resynapse.qualify.answering.terms import Terms
from resynapse.qualify.weighing.benefit import benefit, noise
from resynapse.qualify.weighing.best_dose import least_enough
from resynapse.qualify.weighing.how_often import interval_of_half
from resynapse.qualify.weighing.knowing import known, on_file
from resynapse.qualify.weighing.lasting import half_gone
from resynapse.qualify.weighing.many import Many, gathered
from resynapse.qualify.weighing.who import explained

FEW = Terms(draws=20, seed=2, people=20)


@pytest.fixture(scope="module")
def many():
    return gathered(FEW, "trd_academic")


def test_the_least_dose_for_nine_tenths_lies_between_its_neighbours():
    grid = (0.1, 0.5, 1.0)
    falls = np.array([[0.0, 8.0, 10.0], [9.5, 9.8, 10.0], [0.0, 0.0, 0.0]])
    least = least_enough(falls, grid)
    assert least[0] == pytest.approx(np.sqrt(0.5))
    assert least[1] == pytest.approx(0.1)
    assert np.isnan(least[2])


def test_an_inverted_u_is_met_on_its_way_up():
    assert least_enough(np.array([[5.0, 10.0, 2.0]]), (0.1, 0.5, 1.0))[0] < 0.5


def test_half_of_an_exponential_is_gone_after_its_half_life():
    days = np.linspace(0.0, 28.0, 281)
    half = half_gone(np.stack([2.0 ** (-days / 3.0), np.ones_like(days), np.zeros_like(days)]), days)
    assert half[0] == pytest.approx(4.0, abs=0.01)
    assert half[1] == 28.0
    assert np.isnan(half[2])


def test_the_interval_of_half_lies_on_a_logarithmic_line():
    half = interval_of_half(np.array([[8.0, 6.0, 2.0], [8.0, 8.0, 8.0], [-1.0, 0.0, 0.0]]), (3.5, 7.0, 14.0))
    assert half[0] == pytest.approx(7.0 * np.sqrt(2.0))
    assert half[1] == pytest.approx(14.0)
    assert np.isnan(half[2])


def test_covariates_explain_what_they_make_and_nothing_of_chance():
    chance = np.random.default_rng(1).normal(size=(3, 500))
    line = np.stack([2.0 * chance[0], chance[1]])
    shares = explained(chance[[0]].T, line)
    assert shares[0] == pytest.approx(1.0)
    assert abs(shares[1]) < 0.02


def test_no_drug_brings_nobody_more_than_control(many):
    still = np.broadcast_to(np.full(many.shape, 32.0)[..., None], (*many.shape, 2))
    found = benefit(many, still, 28.0)
    assert np.allclose(found.fall, 0.0)
    assert np.allclose(found.response, 0.0)
    assert np.all((found.control > 1.0) & (found.control < 60.0))


def test_more_of_a_fall_makes_more_people_respond(many):
    def score(fall: float):
        return np.stack([np.full(many.shape, 32.0), np.full(many.shape, 32.0 - fall)], axis=-1)

    few, more = (benefit(many, score(f), 1.0).response.mean() for f in (3.0, 8.0))
    assert 0.0 < few < more


def test_scores_scatter_more_the_longer_one_waits():
    assert 4.2 < noise(0.01) < noise(1.0) < noise(28.0)


def test_the_same_people_stand_in_every_draw(many):
    weight = np.asarray(many.chain.parameters["body.weight"]).reshape(many.shape)
    assert np.all(weight == weight[0])
    assert many.known.calibration == ""


def test_a_calibration_is_used_and_named():
    posterior = _posterior()
    found = gathered(FEW, "trd_academic", posterior)
    values = np.asarray(found.chain.parameters["synapse.k_dis"]).reshape(found.shape)
    assert len(np.unique(values[:, 0])) == 20
    assert np.all(values.std(axis=1) > 0)
    assert "made_up" in found.words
    assert known(default_chain("human"), 20, 1, posterior).calibration == "made_up"


def test_calibrations_on_file_are_joined_and_the_score_counts_last(tmp_path):
    assert on_file(tmp_path) is None
    clinic, other = _posterior(), replace(_posterior(), name="z_other", draws=2.0 * _posterior().draws)
    body = replace(other, addresses=("body.cl_int_s", "body.fm", "synapse.k_dis"), name="z_body")
    rat = replace(other, name="rat", record=_record(chain={"species": "rat"}))
    rough = replace(other, name="a_rough", record=_record(rough="a first look"))
    for one in (clinic, body, rat, rough):
        keep(one, tmp_path)
    found = on_file(tmp_path)
    assert found.name == "z_body+made_up"
    assert np.array_equal(found.of("synapse.k_dis"), clinic.of("synapse.k_dis"))


def test_draws_that_nobody_can_follow_are_left_out_and_counted(monkeypatch):
    monkeypatch.setattr(Many, "broken", lambda *_: np.array([3, 25, 27]))
    more = Terms(draws=25, seed=2, people=20)
    found = gathered(more, "trd_academic", _posterior())
    assert found.shape == (23, 20)
    assert found.left_out == 2
    assert "2 draws in which no grid can follow" in found.words
    monkeypatch.setattr(Many, "broken", lambda *_: np.arange(0, 500, 40))
    with pytest.raises(RequestError, match="too few draws"):
        gathered(more, "trd_academic", _posterior())


def test_what_a_calibration_knows_of_placebo_moves_the_control_arm():
    found = gathered(FEW, "trd_academic", _posterior())
    still = np.broadcast_to(np.full(found.shape, 32.0)[..., None], (*found.shape, 2))
    control = benefit(found, still, 1.0).control
    order = np.argsort(found.known.placebo["day1"])
    assert np.all(np.diff(control[order]) >= 0.0)
    assert control.max() > control.min()


def _posterior() -> Posterior:
    own = float(default_chain("human").parameters["synapse.k_dis"])
    steps = np.linspace(0.8, 1.2, 40)
    draws = np.stack([own * steps, np.full(40, 0.2), 10.0 * (steps - 0.7)], axis=1)
    addresses = ("synapse.k_dis", "spread.synapse.k_dis", "placebo.day1")
    return Posterior("made_up", addresses, draws, _record())


def _record(**more: object) -> Record:
    return Record(title="draws", method="laplace", seed=5, more=more)


def test_calibrations_of_rivals_are_left_aside():
    found = on_file()
    assert found is not None
    assert set(found.name.split("+")) == {"body", "clinic", "mechanism"}
