"""Trials under draws of a calibration: each replicate in its own world, the same whoever runs it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from resynapse.banked import banks, enrolled, worlds
from resynapse.calibrate.doubt import Doubt, certain, doubted
from resynapse.calibrate.posterior import Posterior, keep
from resynapse.calibrate.recorded import Record
from resynapse.chains import default_chain
from resynapse.cli import main
from resynapse.core.errors import RequestError
from resynapse.requests.trial_runs import Asked, power, run_trial
from resynapse.trial.design.library import design
from resynapse.trial.run import plan
from resynapse.trial.run.power import under
from resynapse.trial.score import values

MURROUGH = "murrough_2013"
ADDRESSES = ("mood.w_a", "synapse.k_n", "placebo.hope", "placebo.day1_sd")


def posterior(n: int = 30) -> Posterior:
    """Draws from a prior: values of the chain by a tenth, two of the score."""
    chain, rng = default_chain(), np.random.default_rng(5)
    centre = np.array([*(float(chain.parameters[a]) for a in ADDRESSES[:2]), 3.8, 4.0])
    draws = centre * np.exp(0.1 * rng.normal(size=(n, len(ADDRESSES))))
    return Posterior("prior", ADDRESSES, draws, Record(title="draws of a prior", method="laplace", seed=5))


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESYNAPSE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def doubt() -> Doubt:
    return doubted(posterior(), 4, seed=1)


@pytest.fixture(scope="module")
def asked(doubt) -> Asked:
    return Asked(design(MURROUGH), 100, 8, 1, workers=1, doubt=doubt)


def test_every_draw_has_the_same_people_and_its_own_bank(doubt):
    who, orders = enrolled(design(MURROUGH), 100, 1), plan(design(MURROUGH)).orders
    many = banks(who, orders, 1, doubt=doubt)
    assert len(many) == 4 and len({one.digest for one in many}) == 4
    effects = np.array([one.course(orders[0]).madrs[:, 1].mean() for one in many])
    assert np.ptp(effects) > 1e-3
    for k in (0, 2):
        alone = banks(who, orders, 1, doubt=certain(doubt.knowledge(k)))[0]
        np.testing.assert_allclose(alone.course(orders[0]).madrs, many[k].course(orders[0]).madrs, atol=1e-5)
        np.testing.assert_allclose(alone.start, many[k].start, atol=1e-5)


def test_values_of_the_score_come_from_the_draw(doubt):
    found = worlds(design(MURROUGH), 100, 1, doubt)
    assert [one.placebo["hope"] for one in found] == [doubt.knowledge(k).placebo["hope"] for k in range(4)]
    moved = values().knowing(found[0].placebo)
    assert moved.placebo.hope == found[0].placebo["hope"]
    assert moved.between.day1_sd == found[0].placebo["day1_sd"]
    assert moved.trust == values().trust
    assert values().knowing({}) == values()


def test_a_field_that_there_is_not_is_refused():
    with pytest.raises(RequestError, match="nearest: hope"):
        values().knowing({"hop": 1.0})


def test_replicates_take_the_draws_in_turn(asked, doubt):
    trial = asked.trial()
    for number in (0, 1, 5):
        own = under(trial, "assurance", number)
        assert own.bank.digest == trial.worlds[number % 4].bank.digest
        assert own.values.placebo.hope == doubt.knowledge(number % 4).placebo["hope"]
        assert own.values.placebo.gain != values().placebo.gain, "what no calibration knows is drawn from its range"
    assert trial.bank.digest not in {one.bank.digest for one in trial.worlds}
    assert trial.values.placebo.hope == pytest.approx(doubt.centre.placebo["hope"])


def test_two_processes_give_the_bits_of_one_under_draws(asked):
    one = power(asked, ["assurance"])
    assert power(replace(asked, workers=2), ["assurance"]) == one
    assert one["calibration"]["draws"] == 4
    assert "4 draws" in one["notes"][-1]


def test_a_run_under_other_draws_is_another_run(asked, doubt, tmp_path):
    power(replace(asked, replicates=1), ["power"], tmp_path)
    with pytest.raises(RequestError, match="another run"):
        power(replace(asked, replicates=1, doubt=replace(doubt, digest="other")), ["power"], tmp_path)


def test_steps_are_refused(doubt):
    with pytest.raises(RequestError, match="no calibration"):
        run_trial(Asked(design("stard"), 400, doubt=doubt))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--calibration", "no_such"], "no such calibration"),
        (["--draws", "5"], "draws are those of a calibration"),
        (["--calibration", "HERE", "--draws", "0"], "1 to 30"),
        (["--calibration", "HERE", "--draws", "-3"], "1 to 30"),
        (["--calibration", "HERE", "--draws", "1000000000"], "1 to 30"),
    ],
)
def test_bad_words_are_refused_with_two(words, said, tmp_path, capsys):
    keep(posterior(), tmp_path)
    words = [str(tmp_path / "prior") if word == "HERE" else word for word in words]
    assert main(["trial", "power", MURROUGH, *words]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("draws", ["2.5", "many", "1e3"])
def test_draws_are_whole_numbers(draws, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["trial", "run", MURROUGH, "--draws", draws])
    assert stopped.value.code == 2
    assert "whole number" in capsys.readouterr().err
