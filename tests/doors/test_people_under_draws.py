"""Many people under draws of a calibration: doubt about values apart from the spread between people."""

from __future__ import annotations

import json

import numpy as np
import pytest

from resynapse.calibrate.posterior import Posterior, keep
from resynapse.calibrate.recorded import Record
from resynapse.chains import body_chain
from resynapse.cli import main
from resynapse.core.errors import RequestError
from resynapse.engine.backend import Serial
from resynapse.report.population import stored_population
from resynapse.requests.people import SimulatePeople, resumed
from resynapse.requests.population_report import population_report

ADDRESSES = ("body.cl_int_s", "body.cl_int_r", "spread.body.cl_int_s")
WORDS = {"drug": "ketamine", "route": "iv", "dose": "0.5 mg/kg", "over": "40 min", "population": "healthy"}
READ = {"ports": ("cv_ketamine",), "times": (1.0, 4.0), "days": 1.0}


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESYNAPSE_CACHE", str(tmp_path_factory.getbasetemp() / "compiled"))
        yield


@pytest.fixture(scope="module")
def name(tmp_path_factory) -> str:
    rng, chain = np.random.default_rng(5), body_chain()
    centre = np.array([*(float(chain.parameters[a]) for a in ADDRESSES[:2]), 0.3])
    draws = centre * np.exp(0.3 * rng.normal(size=(50, 1)) + 0.05 * rng.normal(size=(50, 3)))
    folder = tmp_path_factory.mktemp("calibrations")
    keep(Posterior("prior", ADDRESSES, draws, Record(title="draws of a prior", method="laplace", seed=5)), folder)
    return str(folder / "prior")


@pytest.fixture(scope="module")
def folder(name, tmp_path_factory):
    out = tmp_path_factory.mktemp("many") / "run"
    SimulatePeople(people=30, seed=1, **WORDS, **READ, calibration=name, draws=8).run(out, Serial(), shard_size=64)
    return out


def test_doubt_and_spread_are_told_apart(folder):
    run = stored_population(folder)
    assert run.draws == 8 and run.people == 240
    found = run.under_draws("cv_ketamine")
    assert found.means.shape == (8, len(found.hours))
    held = run.columns(["who", "draw", "cv_ketamine.peak"])
    assert sorted(set(held["draw"])) == list(range(8)) and len(set(held["who"])) == 30
    at = {float(h): k for k, h in enumerate(found.hours)}[4.0]
    courses = run.courses("cv_ketamine", 240)[:, at].reshape(30, 8)
    np.testing.assert_allclose(found.means[:, at], courses.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.within[at], np.sqrt(courses.var(axis=0, ddof=1).mean()), rtol=1e-9)
    assert found.changes[:, at].std() > 0.0


def test_the_page_draws_doubt_and_says_how_many(folder):
    text = population_report(folder).read_text()
    assert (folder / "figures" / "doubt.png").is_file()
    assert "n = 30 people x 8 draws" in text
    assert "each under 8 draws of a calibration" in text


def test_a_run_under_draws_goes_on(folder):
    assert resumed(folder, Serial()).digest == stored_population(folder).digest


def test_the_mean_alone_is_one_row_a_person(name, tmp_path):
    SimulatePeople(people=5, seed=1, **WORDS, **READ, calibration=name).run(tmp_path / "run", Serial())
    run = stored_population(tmp_path / "run")
    assert run.draws == 1 and run.people == 5 and "draw" not in run.names
    assert any("mean of calibration prior" in note for note in run.about["notes"])


def test_the_command_says_doubt_in_json(name, tmp_path, capsys):
    words = [p for k, v in WORDS.items() for p in (f"--{k}", v)]
    more = ["--ports", "cv_ketamine", "--times", "1,4", "--days", "1", "--people", "4", "--backend", "serial"]
    asked = ["simulate", *words, *more, "--calibration", name, "--draws", "3", "--out", str(tmp_path / "run")]
    assert main([*asked, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["people"] == 12 and told["doubt"]["draws"] == 3 and told["doubt"]["people"] == 4
    row = told["doubt"]["rows"][-1]
    assert row["change_over_draws"]["p05"] <= row["change_over_draws"]["p95"]
    assert main([*asked[:-2], "--out", str(tmp_path / "other"), "--draws", "0"]) == 2
    assert "1 to 50" in capsys.readouterr().err


def test_a_calibration_of_another_body_is_refused(name, tmp_path):
    asked = SimulatePeople(people=2, seed=1, **WORDS, **READ, calibration=name, body="otto2021")
    with pytest.raises(RequestError, match="of another chain"):
        asked.run(tmp_path / "run", Serial())
