"""Stage receptor to synapse: questions as one vector function, its stand-in, exact weights, and the run on file."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from resynapse.calibrate.posterior import calibration
from resynapse.calibrate.questions.draws import Draws
from resynapse.calibrate.questions.likelihood import log_likelihood, log_likelihoods
from resynapse.calibrate.questions.question import questions
from resynapse.calibrate.questions.room import Room, room
from resynapse.calibrate.questions.seen import KINDS, SIZES, Seen
from resynapse.calibrate.questions.sitting import Sitting, default_blend
from resynapse.calibrate.stages.mechanism.asking import Asking
from resynapse.calibrate.stages.mechanism.exact import Corrected, corrected, smoothed
from resynapse.calibrate.stages.mechanism.fit import SEED
from resynapse.calibrate.stages.mechanism.run import SLOTS, laws
from resynapse.calibrate.stages.mechanism.standin import grouped, moved, stood_in
from resynapse.chains import prior_chain

CHANCE = np.random.default_rng(2)
SOME = tuple(q for q in questions() if q.id in ("T04 ipsc", "T06 low", "T22 pyramidal", "T24"))
SLICE = tuple(q for q in SOME if q.id in ("T04 ipsc", "T06 low"))
VALUES = ("receptor.k_interneuron", "receptor.k_pyramidal", *(f"circuit.{n}" for n in ("alpha", "beta", "eps", "eta")))


def asking(asked) -> Asking:
    return Asking(Room(default_blend(), asked, 1, 0.0), VALUES)


@pytest.fixture(scope="module")
def sliced():
    own = asking(SLICE)
    z = CHANCE.standard_normal((240, len(VALUES)))
    y = own(z)
    return own, z, y, stood_in(own, moved(own, z[:3]), z, y)


def test_the_vector_function_gives_the_likelihood_of_the_exam():
    own, z = asking(SOME), CHANCE.standard_normal((4, len(VALUES)))
    answers = Sitting(own.here.who, SOME, Draws(range(4), 1, dict(zip(VALUES, z.T, strict=True)))).answers()
    wanted = np.stack(list(log_likelihoods(SOME, answers).values()), axis=1)
    assert own.logs(own(z)) == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_the_likelihood_is_the_same_traced(kind):
    seen = Seen(kind, 0.05, 0.4, 0.1)
    effect = CHANCE.normal(0, 0.5, 20)
    beside = None if kind in SIZES else CHANCE.normal(0, 0.5, 20)
    wanted = log_likelihood(seen, effect, beside)
    traced = log_likelihood(seen, jnp.asarray(effect), None if beside is None else jnp.asarray(beside))
    assert np.asarray(traced) == pytest.approx(wanted, abs=1e-9)


def test_only_build_rows_condition():
    here = room(default_blend(), SOME + tuple(q for q in questions() if q.role == "verify")[:2], SEED)
    assert {q.role for q in here.asked} == {"build"}


def test_the_stand_in_follows_the_chains(sliced):
    own, _, _, standin = sliced
    z = CHANCE.standard_normal((10, len(VALUES))) * 0.8
    told = np.stack([np.asarray(standin.contrasts(jnp.asarray(p))) for p in z])
    assert np.abs(told - own(z)).max() < 0.3
    assert [float(standin.log_likelihood(jnp.asarray(p))) for p in z] == pytest.approx(
        own.logs(own(z)).sum(axis=1).tolist(), abs=0.1
    )


def test_contrasts_that_hang_on_the_same_values_share_an_emulator():
    moves = np.zeros((10, 4))
    moves[:2, 0] = moves[:2, 1] = 1.0
    moves[:, 2] = moves[:, 3] = 1.0
    found = sorted((t.tolist(), sorted(g.tolist())) for t, g in grouped(moves))
    assert found == [([0, 1], [0, 1]), (list(range(10)), [2, 3])]


def test_exact_weights_undo_what_the_emulator_misses():
    z = CHANCE.standard_normal((4000, 1))
    smooth, shape = smoothed(0.5 * z[:, 0])
    weights = np.exp(smooth) / np.exp(smooth).sum()
    found = Corrected(z, np.zeros((4000, 1)), weights, shape, 0.5)
    assert found.carries
    assert found.mean()[0] == pytest.approx(0.5, abs=0.08)
    assert found.taken(1000, 1).mean() == pytest.approx(0.5, abs=0.1)
    assert 2000 < found.effective < 4000


def test_weights_of_a_good_stand_in_are_nearly_equal(sliced):
    _, z, _, standin = sliced
    found = corrected(standin, z[:60] * 0.8)
    assert found.off < 0.1
    assert found.effective > 55


def test_human_laws_only_of_rooms_of_the_stage():
    found = laws(("body.kp_uu", "synapse.k_dis", "receptor.k_pyramidal", "life.rho"))
    assert tuple(found) == ("synapse.k_dis", "receptor.k_pyramidal")


def test_the_run_on_file_is_whole_and_within_its_ranges():
    found, human = calibration("mechanism"), prior_chain()
    assert {a.split(".")[0] for a in found.addresses} <= set(SLOTS)
    for address in found.addresses:
        low, high = human.declared[address].range
        assert low <= found.of(address).min()
        assert found.of(address).max() <= high
    verify = {q.id for q in questions() if q.role == "verify"}
    assert not any(d.row.split(" ", 1)[1] in verify for d in found.record.data)
