"""Draws conditioned on build: the sampler on laws that are known, what conditions and what does not, and the file."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from resynapse.calibrate.questions.draws import Draws, drawn
from resynapse.calibrate.questions.likelihood import RELIABLE, asked_of, log_likelihood
from resynapse.calibrate.questions.question import questions
from resynapse.calibrate.questions.room import addresses, moving, room
from resynapse.calibrate.questions.seen import Seen
from resynapse.calibrate.questions.sitting import Answer, default_blend
from resynapse.core.errors import RequestError
from resynapse.qualify.exam.blending import open_blend
from resynapse.qualify.exam.exam import Setting, examine, named
from resynapse.qualify.exam.heldout import left_out, reasons
from resynapse.qualify.exam.marking import marked
from resynapse.qualify.exam.posterior import conditioned
from resynapse.qualify.exam.record import record
from resynapse.qualify.exam.recorded import keep, posterior_draws, read, stale, unfit
from resynapse.qualify.exam.scoring import marked_paper
from resynapse.qualify.exam.tempering import Plan, apart, risen, tempered

SHORT = Plan(draws=16, moves=1, last=1)
ASKED = tuple(q for q in questions() if q.id in ("T04 epsc", "T05 epsc", "T06 low", "T06 high", "H13 others"))
TURNED = {"up": "down", "down": "up", "none": "up", "size": "size"}


def poisoned(asked):
    return tuple(replace(q, seen=Seen(TURNED[q.seen.kind], 9.9)) if q.role == "verify" else q for q in asked)


@pytest.fixture(scope="module")
def found():
    return conditioned(default_blend(), ASKED, 1, SHORT)


def test_tempering_finds_a_normal_posterior():
    """Prior N(0, 1), one measurement of 2 with SD 0.5: mean 1.6, SD 0.447; the other dimension keeps its prior."""
    sample = tempered(lambda z: -0.5 * ((z[:, 0] - 2.0) / 0.5) ** 2, 2, Plan(draws=800), (1,))
    values = sample.scores.reshape(-1, 2)
    assert values.mean(0) == pytest.approx([1.6, 0.0], abs=0.08)
    assert values.std(0) == pytest.approx([0.2**0.5, 1.0], abs=0.06)
    evidence = -0.5 * 4.0 / 1.25 + 0.5 * np.log(0.25 / 1.25)
    assert sample.evidence == pytest.approx([evidence, evidence], abs=0.1)
    assert sample.apart.max() < 1.05 and sample.memory < 0.3


def test_tempering_finds_both_of_two_ways_out():
    def logs(z):
        return np.log(0.02 + (np.abs(np.abs(z[:, 0]) - 1.5) < 0.3))

    sample = tempered(logs, 3, Plan(draws=600), (2,))
    z = sample.scores[..., 0]
    inside = np.abs(np.abs(z) - 1.5) < 0.3
    assert inside.mean() > 0.85
    assert (z[inside] > 0).mean() == pytest.approx(0.5, abs=0.07)


def test_a_draw_without_a_likelihood_dies_out():
    def logs(z):
        return np.where(z[:, 0] > 0, -np.inf, -0.5 * z[:, 0] ** 2)

    sample = tempered(logs, 1, Plan(draws=200), (3,))
    assert (sample.scores < 0).all() and np.isfinite(sample.logs).all()


def test_the_power_rises_as_far_as_the_effective_sample_allows():
    logs = np.linspace(-50.0, 0.0, 200)[None]
    rise = risen(logs, 1.0, 0.5)
    weights = np.exp(rise * logs) / np.exp(rise * logs).sum()
    assert 1.0 / (weights**2).sum() == pytest.approx(100, rel=0.01)
    assert risen(0.0 * logs, 0.7, 0.5) == 0.7


def test_islands_that_tell_different_things_are_apart():
    rng = np.random.default_rng(0)
    values = rng.standard_normal((2, 400, 2))
    values[1, :, 1] += 2.0
    alike, different = apart(values)
    assert alike < 1.02 and different > 1.5


@pytest.mark.parametrize(
    ("seen", "near", "far"),
    [
        (Seen("up", 0.1), 0.5, -0.5),
        (Seen("down", 0.1), -0.5, 0.5),
        (Seen("none", 0.1), 0.0, 0.5),
        (Seen("size", 0.0, 1.0, 0.25), 1.0, 4.0),
        (Seen("at_least", 0.0, 0.8, 0.2), 3.0, 0.0),
    ],
)
def test_an_observation_speaks_for_what_agrees_with_it(seen, near, far):
    logs = log_likelihood(seen, np.array([near, far, np.nan]))
    assert logs[0] > logs[1] + 1.0 and np.isfinite(logs).all()
    assert logs[2] <= logs[1] + 1e-9


def test_a_word_is_a_chance_that_sums_to_one():
    effect = np.linspace(-0.3, 0.3, 7)
    total = sum(np.exp(log_likelihood(Seen(kind, 0.1), effect)) for kind in ("up", "down", "none"))
    assert total == pytest.approx(np.ones(7))
    halves = [np.exp(log_likelihood(Seen(k, 0.1), np.array([0.4]), np.array([1.0]))) for k in ("blocked", "kept")]
    assert sum(halves) == pytest.approx([1.0], abs=1e-4)
    assert np.exp(log_likelihood(Seen("up", 0.1), np.array([9.0]))) == pytest.approx([RELIABLE + 0.1 / 3])


def test_only_seen_build_observations_condition():
    asked = asked_of(questions())
    assert {q.role for q in asked} == {"build"} and {q.mark for q in asked} == {"seen"}


def test_poisoned_verify_rows_do_not_move_a_posterior_draw(found):
    other = conditioned(default_blend(), poisoned(ASKED), 1, SHORT)
    assert np.array_equal(found.scores, other.scores) and found.addresses == other.addresses


def test_the_same_seed_gives_the_same_posterior_and_another_one_does_not(found):
    assert np.array_equal(conditioned(default_blend(), ASKED, 1, SHORT).scores, found.scores)
    assert not np.array_equal(conditioned(default_blend(), ASKED, 2, SHORT).scores, found.scores)


def test_values_that_move_no_question_keep_their_prior(found):
    here = room(default_blend(), ASKED, 1)
    names = addresses(here)
    moved = moving(here, names)
    assert "receptor.k_interneuron" in moved and "mood.tau_d" not in moved
    assert set(moved) | set(found.unmoved) == set(names)


def test_the_weights_of_an_open_blend_are_drawn_and_may_be_nothing():
    scores = {"drive.hnk": np.array([-1.0, 0.5]), "drive.habenula": np.array([-1.0, 2.0])}
    who = open_blend()
    chain = drawn(who.make("mouse"), Draws(range(2), 1, scores), who.chosen, who.drives)
    assert np.asarray(chain.parameters["synapse.weight_hnk"]) == pytest.approx([0.0, 0.5])
    rates = np.asarray(chain.parameters["brain.k_on"])
    assert rates[0] == 0.0 and rates[1] > 0.0


def test_a_posterior_on_file_comes_back_and_is_known_again(tmp_path, found):
    who = default_blend()
    keep(who, found, ASKED, 1, tmp_path)
    kept = read(tmp_path)
    back = posterior_draws(kept, who.name, Draws(range(8)))
    assert back.scores[found.addresses[0]] == pytest.approx(found.scores[:, 0], abs=5.1e-4)
    assert unfit(kept, who, ASKED) == ""
    assert "have changed" in unfit(kept, who, ASKED[:3])
    assert "have changed" in unfit(kept, replace(who, chosen={"synapse.k_n": 1.0}), ASKED)
    told = {**kept.record["hypotheses"][who.name], "typical_log_likelihood": 0.0}
    aged = replace(kept, record={**kept.record, "hypotheses": {who.name: told}})
    assert "answers otherwise" in unfit(aged, who, ASKED)
    assert "on file" in unfit(None, who, ASKED)
    with pytest.raises(RequestError, match="not on file"):
        posterior_draws(kept, who.name, Draws(range(999)))


def test_a_stale_posterior_gives_prior_draws_and_says_so(tmp_path, found):
    keep(default_blend(), found, ASKED, 1, tmp_path)
    exam = examine(named(("default_blend",)), Draws(range(4)), Setting(ASKED, (), False, read(tmp_path)))
    told = record(exam)["hypotheses"]["default_blend"]
    assert told["draws"] == "prior" and "changed" in told["warning"]
    assert (told["build"]["sample"], told["verify"]["sample"]) == ("prior", "out-of-sample")


def test_what_lies_in_the_package_belongs_to_the_values_of_today():
    kept = read()
    assert set(kept.scores) == {c.name for c in named(None)} | {"best_blend"}
    assert [stale(kept, c, questions()) for c in (default_blend(), open_blend())] == ["", ""]


def test_an_exam_with_posterior_draws_tells_what_is_in_and_out_of_sample():
    taken = examine(named(("default_blend",)), Draws(range(12)), Setting(ASKED, (), False))
    (sat,) = taken.sat
    known = replace(sat, prior=sat.paper, told=read().told("default_blend"))
    exam = json.loads(json.dumps(record(replace(taken, sat=(known,))), allow_nan=False))
    told = exam["hypotheses"]["default_blend"]
    assert told["draws"].startswith("posterior") and not told["warning"]
    assert (told["build"]["sample"], told["verify"]["sample"]) == ("in-sample", "out-of-sample")
    assert exam["null_model"]["build"]["sample"] == "in-sample"
    assert {"build", "verify"} <= told["prior"].keys() and told["posterior"]["log_evidence"]
    assert told["held_out"]["of"] == told["build"]["of"]


def test_a_study_left_out_loses_its_own_say():
    """What 95 % of the draws say mostly because the study itself said so does not hold without it."""
    q = next(q for q in questions() if q.id == "T01")
    effect = np.array([1.0] * 190 + [-1.0] * 10)
    paper = marked_paper((q,), {q.id: Answer(effect)})
    (left,) = left_out(paper)
    assert paper.cells[q.id].verdict == "met"
    assert left.rows == (q.id,) and left.met == () and left.trusted


def test_a_missed_row_is_out_of_reach_or_in_conflict():
    a, b, c = (next(q for q in questions() if q.id == i) for i in ("T01", "T02", "T03"))
    yes = np.arange(200) % 2 == 0
    prior = {
        a.id: Answer(np.where(yes, 1.0, -1.0)),
        b.id: Answer(np.where(yes, -1.0, 1.0)),
        c.id: Answer(np.ones(200)),
    }
    told = {w.id: w for w in reasons(*(marked_paper((a, b, c), prior),) * 2)}
    assert told["T01"].against == "T02" and "conflict" in told["T01"].words
    assert "out of reach" in told["T03"].words and told["T03"].prior == 0.0


def test_weights_move_a_mark():
    effect, weights = np.array([1.0, -1.0]), np.array([0.9, 0.1])
    assert marked(Seen("up", 0.1), effect).verdict == "missed"
    assert marked(Seen("up", 0.1), effect, None, weights).verdict == "met"
