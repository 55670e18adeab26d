"""Weights of explanations: a known truth is found, order does not matter, and doubt is split as it should be."""

from __future__ import annotations

import json

import numpy as np
import pytest

from resynapse.calibrate.questions.question import questions
from resynapse.calibrate.questions.sitting import Answer, Refusal
from resynapse.cli import main
from resynapse.core.errors import RequestError
from resynapse.qualify.stacking.average import averaged
from resynapse.qualify.stacking.clinic.foretold import Foretold
from resynapse.qualify.stacking.clinic.judging import judging
from resynapse.qualify.stacking.densities import Densities, by_study, changing, densities, judged
from resynapse.qualify.stacking.page import page
from resynapse.qualify.stacking.predictions import HOURS
from resynapse.qualify.stacking.record import Parts, record, scores
from resynapse.qualify.stacking.weights import bootstrapped, left_out, mixed, pseudo_bma, stacked
from resynapse.report.weights_figure import draw_weights

CHANCE = np.random.default_rng(1)


def normal(values, mean, sd=1.0):
    return -0.5 * ((values - mean) / sd) ** 2 - np.log(sd)


@pytest.fixture(scope="module")
def logs():
    return CHANCE.normal(-2.0, 1.0, size=(15, 4))


def said(names):
    """What explanations would say of trials and wishes, made up."""
    asked = judging()
    logs = {n: {u: float(CHANCE.normal(-4.0, 1.0)) for u in asked.units} for n in names}
    wishes = {n: {w.name: CHANCE.normal(k, 0.5, 60) for w in asked.wishes} for k, n in enumerate(names)}
    return Foretold(logs, {n: dict.fromkeys(asked.units, 0.1) for n in names}, {}, wishes)


@pytest.fixture(scope="module")
def told():
    names = ("default_blend", "disinhibition", "expectancy_only")
    asked = [q for q in judged() if q.id in ("H01", "H03 R", "H03 S", "H05")]
    studies = by_study(asked)
    rows = tuple(tuple(q.id for q in own) for own in studies.values())
    found = Densities(names, tuple(studies), rows, CHANCE.normal(-2.0, 1.0, (len(rows), 3)), {"monoamine_only": "why"})
    courses = {n: CHANCE.normal(k, 0.2, (40, len(HOURS))) for k, n in enumerate(names)}
    told = said((*names, "monoamine_only"))
    return record(Parts(found, found, told.densities()), courses, told)


def test_weights_find_a_truth_that_is_a_mixture():
    own = CHANCE.uniform(size=4000) < 0.7
    seen = np.where(own, CHANCE.normal(-2.0, 1.0, 4000), CHANCE.normal(2.0, 1.0, 4000))
    found = stacked(np.stack([normal(seen, -2.0), normal(seen, 2.0), normal(seen, 6.0)], axis=1))
    assert found == pytest.approx([0.7, 0.3, 0.0], abs=0.03)


def test_weights_go_to_the_one_that_predicts(logs):
    better = logs.copy()
    better[:, 2] = logs.max(axis=1) + 1.0
    assert stacked(better) == pytest.approx([0, 0, 1, 0], abs=1e-6)
    assert pseudo_bma(better).argmax() == 2


def test_weights_lie_on_the_simplex(logs):
    for found in (stacked(logs), pseudo_bma(logs), *bootstrapped(logs, 1, 20), *left_out(logs).weights):
        assert found.min() >= 0.0
        assert found.sum() == pytest.approx(1.0)


def test_no_other_weights_predict_better(logs):
    best = mixed(logs, stacked(logs)).sum()
    others = CHANCE.dirichlet(np.ones(4), size=500)
    assert best >= max(mixed(logs, w).sum() for w in others) - 1e-6


def test_order_of_explanations_and_studies_does_not_matter(logs):
    columns, rows = np.array([2, 0, 3, 1]), CHANCE.permutation(len(logs))
    assert stacked(logs[rows][:, columns]) == pytest.approx(stacked(logs)[columns], abs=1e-6)


def test_twins_share_a_weight_equally(logs):
    found = stacked(np.concatenate([logs, logs[:, :1]], axis=1))
    assert found[0] == pytest.approx(found[4], abs=1e-9)
    assert found[0] + found[4] == pytest.approx(stacked(logs)[0], abs=1e-5)


def test_a_constant_of_a_study_changes_nothing(logs):
    assert stacked(logs + np.arange(15.0)[:, None]) == pytest.approx(stacked(logs), abs=1e-9)


def test_a_study_left_out_does_not_judge_itself(logs):
    own = logs.copy()
    own[0] = [0.0, -50.0, -50.0, -50.0]
    assert np.allclose(left_out(own).weights[0], left_out(logs).weights[0])
    assert left_out(own).scores.sum() <= mixed(own, stacked(own)).sum()


def test_the_average_of_noise_gains_nothing_when_left_out():
    noise = CHANCE.normal(-2.0, 1.0, (12, 8))
    found = scores(noise, tuple("abcdefgh"))
    assert found["average"] > found["equal"]
    assert found["average_left_out"] < found["average"]


@pytest.mark.parametrize("wrong", [np.zeros((0, 3)), np.full((2, 2), np.nan), np.full((2, 2), -np.inf)])
def test_densities_that_are_none_are_refused(wrong):
    with pytest.raises(RequestError):
        stacked(wrong)


def test_nothing_lies_between_explanations_that_are_the_same():
    draws = CHANCE.normal(size=(100, 5))
    found = averaged({"a": draws, "b": draws.copy()}, {"a": 0.3, "b": 0.7})
    assert found.between == pytest.approx(np.zeros(5), abs=1e-12)
    assert found.share == pytest.approx(np.zeros(5), abs=1e-12)
    assert found.mean == pytest.approx(draws.mean(axis=0))


def test_variance_adds_up_to_that_of_the_mixture():
    draws = {"a": CHANCE.normal(0, 1, (400, 3)), "b": CHANCE.normal(3, 2, (400, 3))}
    found = averaged(draws, {"a": 1.0, "b": 1.0})
    everything = np.concatenate(list(draws.values()))
    assert found.within + found.between == pytest.approx(everything.var(axis=0))
    assert found.low == pytest.approx(np.quantile(everything, 0.05, axis=0), abs=0.1)
    assert found.high == pytest.approx(np.quantile(everything, 0.95, axis=0), abs=0.1)


def test_bands_within_and_between_are_bands_of_their_own():
    draws = {"a": CHANCE.normal(0, 1, (4000, 1)), "b": CHANCE.normal(10, 1, (4000, 1))}
    found = averaged(draws, {"a": 0.5, "b": 0.5})
    assert found.inside[1][0] - found.inside[0][0] == pytest.approx(3.29, abs=0.2)
    assert (found.across[0][0], found.across[1][0]) == pytest.approx((0.0, 10.0), abs=0.1)
    assert found.low[0] < found.inside[0][0]
    same = averaged({"a": draws["a"], "b": draws["a"].copy()}, {"a": 0.3, "b": 0.7})
    assert np.ptp([same.across[0][0], same.across[1][0]]) == pytest.approx(0.0, abs=1e-9)
    assert (same.inside[0][0], same.inside[1][0]) == pytest.approx((same.low[0], same.high[0]))


def test_an_explanation_without_weight_does_not_widen_the_band():
    draws = {"a": CHANCE.normal(0, 1, (100, 3)), "b": np.full((100, 3), 1e6)}
    assert averaged(draws, {"a": 1.0, "b": 0.0}).high.max() < 10
    with pytest.raises(RequestError, match="every explanation that has weight"):
        averaged(draws, {"c": 1.0})


def test_only_seen_verify_rows_judge():
    assert {q.role for q in judged()} == {"verify"}
    assert {q.mark for q in judged()} == {"seen"}
    assert len(judged()) == 25


def test_rows_where_nothing_changed_are_told_apart():
    left = changing(judged())
    assert "none" not in {q.seen.kind for q in left}
    assert len(left) == 13


def test_rows_of_one_study_are_one_density():
    asked = tuple(q for q in questions() if q.id in ("H03 R", "H03 S"))
    effect = np.array([1.0, -1.0])
    found = densities(asked, {"a": {q.id: Answer(effect, effect) for q in asked}})
    assert found.studies == ("zhang2014",)
    assert found.logs.shape == (1, 1)


def test_an_explanation_for_people_only_is_left_out_and_said():
    asked = judged()
    answers = {q.id: Answer(np.zeros(3), np.zeros(3)) for q in asked}
    few = {q.id: answers[q.id] if q.species == "human" else Refusal("no mouse") for q in asked}
    found = densities(asked, {"a": answers, "b": few})
    assert found.names == ("a",)
    assert "rows only" in found.left["b"]


def test_studies_are_joined_once():
    one = Densities(("a", "b"), ("x",), (("r",),), np.array([[-1.0, -2.0]]), {})
    other = Densities(("b", "a"), ("y",), (("s",),), np.array([[-3.0, -4.0]]), {})
    assert one.joined(other).logs.tolist() == [[-1.0, -2.0], [-4.0, -3.0]]
    with pytest.raises(RequestError, match="counts once"):
        one.joined(one)


def test_mechanism_and_trials_are_weighed_alone_and_together(told):
    kinds = {s["kind"] for s in told["studies"]}
    assert kinds == {"mechanism", "clinic"}
    assert told["alone"]["clinic"]["studies"] == len(judging().units)
    assert len(told["studies"]) == sum(one["studies"] for one in told["alone"].values())
    assert "monoamine_only" in told["alone"]["clinic"]["hypotheses"]
    assert "monoamine_only" not in told["hypotheses"]
    for one in told["clinical"].values():
        assert one["band"][0] <= one["within"][0] + 1e-9 or one["share"] > 0
        assert one["sd_within"] == pytest.approx(0.5, rel=0.3)


def test_the_record_is_plain_and_says_what_it_cannot_do(told):
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert sum(one["weight"] for one in told["hypotheses"].values()) == pytest.approx(1.0)
    assert "no longer judge the average" in told["notes"][0]


def test_the_page_puts_failures_first_and_the_figure_is_drawn(told):
    text = page(told)
    assert text.index("## What fails") < text.index("## Weights")
    assert "monoamine_only" in text
    assert len(draw_weights(told).axes) == 3 + len(told["clinical"])


def test_weights_and_bodies_are_not_asked_at_once(capsys):
    with pytest.raises(SystemExit) as refused:
        main(["compare", "--weights", "--bodies"])
    assert refused.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


def test_the_door_tells_the_same_as_table_json_and_figure(told, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("resynapse.requests.weights.weighed", lambda seed, tell: told)
    assert main(["compare", "--weights", "--out", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "expectancy_only" in shown
    assert "no longer judge the average" in shown
    assert (tmp_path / "weights.png").exists()
    monkeypatch.setattr("resynapse.requests.weights.weighed", None)
    assert main(["compare", "--weights", "--out", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["hypotheses"] == told["hypotheses"]
