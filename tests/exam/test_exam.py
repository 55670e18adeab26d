"""The exam: questions from the evidence, draws that can be looked up, papers, blends, the null model, and its doors."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from resynapse.calibrate.inference.prior import law, uncertain
from resynapse.calibrate.questions.draws import Draws, drawn, drawn_values
from resynapse.calibrate.questions.question import Asked, joined, questions
from resynapse.calibrate.questions.seen import Seen
from resynapse.calibrate.questions.sitting import PLAN, Answer, Refusal, Sitting, default_blend
from resynapse.chains import default_chain
from resynapse.cli import main
from resynapse.core.errors import EvidenceError, RequestError
from resynapse.evidence import library
from resynapse.hypothesis.drive import DRIVES
from resynapse.hypothesis.experiment import Experiment, draws_of
from resynapse.hypothesis.library import hypothesis
from resynapse.qualify.exam import blending
from resynapse.qualify.exam.blending import best_blend, blended
from resynapse.qualify.exam.empirical import BOUNDS, Null, fit
from resynapse.qualify.exam.exam import Setting, examine, named
from resynapse.qualify.exam.gain import information
from resynapse.qualify.exam.page import page
from resynapse.qualify.exam.prospects import prospects
from resynapse.qualify.exam.record import record
from resynapse.qualify.exam.scoring import marked_paper, met_at_each_draw, random_signs, shuffled
from resynapse.report.exam_figure import draw_exam
from resynapse.report.exam_page import write_exam
from resynapse.requests.exam import Wanted, digest, matrix, sat

FEW = Draws(range(12), 1)
SOME = tuple(q for q in questions() if q.id in ("T01", "T03", "T04 ipsc", "T13 day", "T17", "T23 day", "H01", "H03 S"))


@pytest.fixture(scope="module")
def paper():
    return marked_paper(SOME, Sitting(default_blend(), SOME, FEW).answers())


@pytest.fixture(scope="module")
def exam():
    who = named(("disinhibition", "monoamine_only"))
    return record(examine(who, FEW, Setting(SOME, prospects()[10:11], blends=False)))


def test_every_mechanism_observation_is_asked_once():
    asked = [o for q in questions() for o in q.observations]
    assert len(asked) == len(set(map(id, asked)))
    assert {id(o) for o in library().select(endpoint="mechanism")} == set(map(id, asked))


def test_questions_carry_row_role_and_mark_of_the_evidence():
    for q in questions():
        assert {o.role for o in q.observations} == {q.role}
        assert q.role == ("build" if q.row.startswith("T") else "verify")
        assert q.mark in ("seen", "recalled")


def test_a_question_without_an_observation_is_refused():
    place = {"study": "li2010", "arm": "ip100", "quantity": "mtorc1"}
    with pytest.raises(EvidenceError, match="ip10"):
        joined(Asked(id="X", asks="?", observed=(place,), ports=("mtorc1",)), {})


def test_draws_are_shared_between_chains_and_do_not_hang_on_company():
    one = drawn_values(default_chain("mouse"), range(8), 1)
    other = drawn_values(hypothesis("trkb_binding").chain("mouse"), range(4), 1, hypothesis("trkb_binding").values)
    assert all(np.array_equal(one[a][:4], v) for a, v in other.items() if a in one and a != "brain.k_on")
    assert not any(a.startswith("synapse.weight_") or a.endswith("_ref") for a in one)


def test_a_drawn_value_stays_within_what_its_file_says():
    for u in uncertain(default_chain("human")):
        low, high = u.entry.range or (-np.inf, np.inf)
        values = law(u.entry, np.linspace(0.001, 0.999, 50))
        assert (values >= low * (1 - 1e-12)).all() and (values <= high * (1 + 1e-12)).all()


def test_the_depressed_state_is_one_at_every_draw():
    chain = drawn(default_chain("mouse"), Draws(range(6)), {})
    course = Experiment(drug=None).follow(chain, (0.0, 24.0), ("despair",))["despair"]
    assert draws_of(chain) == 6
    assert course == pytest.approx(np.ones((6, 2)), abs=1e-6)


def test_draws_give_what_each_of_them_gives_alone():
    values = drawn_values(default_chain("mouse"), range(3), 1)
    many = Experiment().follow(default_chain("mouse").with_values(values), (24.0,), ("despair",))["despair"]
    one = default_chain("mouse").with_values({a: v[1] for a, v in values.items()})
    assert many[1] == pytest.approx(Experiment().follow(one, (24.0,), ("despair",))["despair"], abs=1e-9)


def test_the_same_seed_gives_the_same_bits(paper):
    again = Sitting(default_blend(), SOME, FEW).answers()
    other = Sitting(default_blend(), SOME, Draws(range(12), 2)).answers()
    assert all(np.array_equal(again[q.id].effect, paper.answers[q.id].effect) for q in SOME)
    assert not np.array_equal(other["T01"].effect, paper.answers["T01"].effect)


def test_a_slice_sees_receptors_and_circuit_at_a_fixed_concentration():
    bath = Experiment(route="bath", dose="10 umol/L")
    found = bath.follow(default_chain("mouse"), (2.0,), ("occupancy_nmdar_interneuron",))
    assert found["occupancy_nmdar_interneuron"] == pytest.approx([10.0 / 10.5])
    with pytest.raises(RequestError, match="umol/L"):
        Experiment(route="bath", dose="1 mg/kg").follow(default_chain("mouse"), (2.0,), ("glutamate_pfc",))


def true_by_construction():
    rng = np.random.default_rng(0)
    answers = {}
    for q in SOME:
        size = {"down": -1.0, "none": 0.0}.get(q.seen.kind, 1.0)
        gone = q.seen.kind in ("lost", "blocked")
        answers[q.id] = Answer(
            np.full(20, 0.0 if gone else size) + 1e-3 * rng.normal(size=20), np.ones(20) if q.beside else None
        )
    return answers


def test_an_explanation_that_is_true_by_construction_passes():
    paper = marked_paper(SOME, true_by_construction())
    assert all(paper.score(role).share == 1.0 for role in ("build", "verify"))


def test_shuffled_evidence_lowers_the_score_of_the_truth():
    paper = marked_paper(SOME, true_by_construction())
    dealt = shuffled(paper, "build")
    assert dealt.mean < paper.score("build").met


def test_the_expectation_of_random_signs_is_what_a_simulation_finds(paper):
    expected, sd = random_signs(paper, "build")
    rng = np.random.default_rng(1)
    answers = {
        q.id: Answer(rng.integers(-1, 2, 30_000).astype(float), rng.integers(-1, 2, 30_000).astype(float)) for q in SOME
    }
    exact = tuple(replace(q, seen=Seen(q.seen.kind, 0.5)) for q in SOME)
    scores = met_at_each_draw(marked_paper(exact, answers), "build")
    assert (scores.mean(), scores.std()) == pytest.approx((expected, sd), abs=0.03)


def test_the_expected_score_of_a_draw_is_the_mean_over_draws(paper):
    assert paper.expected_of_a_draw("build") == pytest.approx(met_at_each_draw(paper, "build").mean())


def poisoned(asked):
    turned = {"up": "down", "down": "up", "none": "up", "lost": "kept"}
    return tuple(replace(q, seen=Seen(turned[q.seen.kind], 9.9)) if q.role == "verify" else q for q in asked)


def test_poisoned_verify_rows_do_not_move_the_blend(monkeypatch):
    monkeypatch.setattr(blending, "DRIVES", {name: DRIVES[name] for name in ("eef2", "habenula")})
    monkeypatch.setattr(blending, "LEVELS", (0.0, 1.0))
    few = Draws(range(4), 1)
    asked = tuple(q for q in SOME if q.id in ("T17", "T23 day", "H01", "H03 S"))
    assert best_blend(asked, few, sweeps=1) == best_blend(poisoned(asked), few, sweeps=1)


def test_poisoned_verify_rows_do_not_move_the_null_model():
    few = Draws(range(4), 1)
    assert np.array_equal(fit(SOME, few, 2).draws, fit(poisoned(SOME), few, 2).draws)


def test_the_null_model_knows_no_blocker_and_no_other_drug():
    asked = tuple(q for q in questions() if q.id in ("T20", "H10 mouse", "T06 low"))
    found = Null(np.mean(BOUNDS, axis=1)).answers(asked)
    assert found["T20"].effect == pytest.approx(found["T20"].reference)
    assert isinstance(found["H10 mouse"], Refusal) and isinstance(found["T06 low"], Refusal)


def test_a_blend_is_the_chain_of_its_weights():
    chain = blended("x", {"activity": 1.0, "habenula": 0.5}).make("mouse")
    found = [float(chain.parameters[a]) for a in ("synapse.weight_activity", "synapse.weight_hnk", "brain.k_on")]
    assert found == [1.0, 0.0, 3.0]


def test_information_is_none_between_twins_and_a_bit_between_two_that_differ():
    twin = np.zeros(50)
    assert information([twin, twin], 0.1, np.ones(2)) == pytest.approx(0.0, abs=1e-9)
    assert information([twin, twin + 5.0], 0.1, np.ones(2)) == pytest.approx(1.0, abs=1e-3)


def test_every_experiment_to_come_can_be_read():
    assert len(prospects()) >= 10
    assert all(not q.observations for q in prospects())


def test_the_record_has_the_shape_that_programs_read(exam):
    told = json.loads(json.dumps(exam, allow_nan=False))["hypotheses"]["disinhibition"]
    assert {"met", "of", "wide", "not_askable", "recalled"} <= told["build"].keys()
    assert told["cells"]["T01"]["verdict"] == "met"
    monoamine = exam["hypotheses"]["monoamine_only"]["cells"]["T01"]
    assert monoamine["verdict"] == "not askable" and "species" in monoamine["reason"]


def test_the_matrix_the_figure_and_the_page_tell_of_every_candidate(exam, tmp_path):
    assert {"disinhibition", "monoamine_only", "null_model"} <= {line.split()[0] for line in matrix(exam).splitlines()}
    labels = [t.get_text() for t in draw_exam(exam).axes[0].get_yticklabels()]
    assert labels == ["disinhibition", "monoamine only", "null model"]
    page = write_exam(exam, tmp_path).read_text(encoding="utf-8")
    assert "Misses" in page and "not medical advice" in page.lower()


def test_nobody_to_examine_is_refused():
    with pytest.raises(RequestError, match="nobody"):
        draw_exam({"hypotheses": {}})


def test_an_unknown_hypothesis_gets_the_nearest(capsys):
    assert main(["compare", "--hypothesis", "disinhibitoin"]) == 2
    assert "disinhibition" in capsys.readouterr().err


def test_too_few_draws_are_refused():
    with pytest.raises(RequestError, match="two draws"):
        sat(Wanted(("disinhibition",), 1), None, lambda _: None)


def test_an_exam_is_kept_under_the_hash_of_everything_asked(tmp_path, monkeypatch):
    asked = {"names": ["disinhibition"], "draws": 4, "seed": 1, "blends": False, "prior": True}
    (tmp_path / f"exam-{digest(asked)}.json").write_text('{"kept": true}', encoding="utf-8")
    assert sat(Wanted(("disinhibition",), 4, prior=True), tmp_path, lambda _: None) == {"kept": True}
    assert digest(asked) != digest({**asked, "seed": 2})


def test_a_finer_grid_would_not_change_an_answer():
    chain = drawn(default_chain("mouse"), Draws(range(24)), {})
    ports, times = ("despair", "eef2_p", "glutamate_pfc", "spine_density"), (0.5, 1.0, 24.0, 168.0)
    found = Experiment().follow(chain, times, ports, PLAN)
    finer = Experiment().follow(chain, times, ports, PLAN.halved)
    assert all(found[p] == pytest.approx(finer[p], abs=1e-3) for p in ports)


def test_the_reference_page_tells_failures_first(exam):
    told = page(exam)
    heads = [line for line in told.splitlines() if line.startswith("## ")]
    assert heads[:3] == ["## What fails", "## Scores", "## What each missed"]
    assert "| beats (+) or not (-) |" in told.split("## Scores")[0]
    assert "| T01 (build): 10 mg/kg raises prefrontal glutamate in rats | **100** |" in told
    assert "no chain of this species" in told.split("## What cannot be asked")[1]
