"""One person under draws of a calibration: bands that hold them, in the tree, in JSON, on the screen, on the page."""

from __future__ import annotations

import json

import numpy as np
import pytest

from resynapse.assembly import known_in
from resynapse.calibrate.doubt import doubted
from resynapse.calibrate.posterior import Posterior, keep
from resynapse.calibrate.recorded import Record
from resynapse.chains import default_chain
from resynapse.cli import main
from resynapse.core.errors import RequestError
from resynapse.core.solver import keep_compiled_code
from resynapse.report.result import BANDS, opened
from resynapse.requests.known import Asked, known, named
from resynapse.requests.simulate import Simulate
from resynapse.result import json_record, load_result, save_result
from resynapse.simulation import follow, gather

IV = {"drug": "ketamine", "route": "iv", "dose": "0.5 mg/kg", "over": "40 min", "days": 2.0}
PORTS = ("madrs_total", "despair", "spine_density")
ADDRESSES = ("mood.w_a", "synapse.k_n", "body.cl_int_s")
WORDS = [part for k, v in IV.items() for part in (f"--{k}", str(v))]


@pytest.fixture(scope="module")
def name(tmp_path_factory) -> str:
    keep_compiled_code()
    chain, rng = default_chain(), np.random.default_rng(5)
    centre = np.array([float(chain.parameters[a]) for a in ADDRESSES])
    draws = centre * np.exp(0.2 * rng.normal(size=(60, 3)))
    folder = tmp_path_factory.mktemp("calibrations")
    keep(Posterior("prior", ADDRESSES, draws, Record(title="draws of a prior", method="laplace", seed=5)), folder)
    return str(folder / "prior")


@pytest.fixture(scope="module")
def posterior(name) -> Posterior:
    return named(name)


@pytest.fixture(scope="module")
def tree(name):
    return Simulate(**IV, ports=PORTS, calibration=name, draws=24, certify=False).run()


def test_the_tree_holds_draws_beside_the_mean(tree):
    drawn = tree["draws"]
    assert drawn["madrs_total"].dims == ("person", "draw", "time")
    assert drawn["madrs_total"].shape == (1, 24, tree["signals"].sizes["time"])
    assert drawn["madrs_total"].attrs["units"] == "points"
    at_day = drawn["madrs_total"].sel(time=24.0, method="nearest").values
    assert len(np.unique(at_day)) == 24
    assert at_day.min() < tree["signals"]["madrs_total"].sel(time=24.0, method="nearest").item() < at_day.max()


def test_the_mean_is_that_of_the_calibration(tree, posterior, name):
    alone = Simulate(**IV, ports=PORTS, calibration=name, certify=False).run()
    np.testing.assert_array_equal(alone["signals"]["madrs_total"], tree["signals"]["madrs_total"])
    assert "draws" not in alone.children
    told = json.loads(alone.attrs["calibration"])
    assert told == {"calibration": "prior", "digest": posterior.digest, "draws": 1, "converged": False}
    plain = Simulate(**IV, ports=PORTS, certify=False).run()
    assert "calibration" not in plain.attrs
    assert np.abs(plain["signals"]["madrs_total"].values - alone["signals"]["madrs_total"].values).max() > 1e-3


@pytest.mark.parametrize("draw", [0, 17])
def test_a_draw_is_the_person_with_those_values(tree, posterior, draw):
    """The march of all draws agrees with the reference path of one of them."""
    request = Simulate(**IV, ports=PORTS, certify=False)
    chain = known_in(default_chain(), doubted(posterior, 24, 0).knowledge(draw).values)
    people, _ = request._people()
    begin, state = request._start(chain, people)
    subject = request._subject(chain, 0, people[0], request._end(people, begin))
    alone = gather(follow(chain, [subject], state, (begin, 48.0)), [subject], chain, tree["signals"]["time"].values)
    np.testing.assert_allclose(tree["draws"]["madrs_total"].values[0, draw], alone.signals["madrs_total"][0], atol=1e-4)


def test_bands_hold_their_share_of_draws(tree):
    signal = opened(tree).signals["madrs_total"][0]
    drawn = tree["draws"]["madrs_total"].values[0]
    low, lower, upper, high = signal.bands
    last = drawn[:, -1]
    assert ((last >= low[-1]) & (last <= high[-1])).mean() == pytest.approx(0.9, abs=0.09)
    assert ((last >= lower[-1]) & (last <= upper[-1])).mean() == pytest.approx(0.5, abs=0.09)
    assert (np.diff(signal.bands, axis=0) >= 0).all() and len(signal.bands) == len(BANDS)


def test_json_says_it_too(tree):
    told = json_record(tree)["run"]["draws"]
    assert told["draws"] == 24 and told["calibration"] == "prior"
    found = told["people"][0]["signals"]["madrs_total"]
    assert found["unit"] == "points"
    assert found["p05"][-1] <= found["p50"][-1] <= found["p95"][-1]
    json.dumps(told, allow_nan=False)


def test_a_stored_result_keeps_its_draws(tree, tmp_path):
    save_result(tree, tmp_path / "result.nc")
    back = load_result(tmp_path)
    np.testing.assert_array_equal(back["draws"]["despair"], tree["draws"]["despair"])


def test_the_screen_and_the_page_say_how_sure(name, tmp_path, capsys):
    words = [
        "--ports",
        "madrs_total",
        "--calibration",
        name,
        "--draws",
        "8",
        "--out",
        str(tmp_path / "run"),
        "--report",
    ]
    assert main(["simulate", *WORDS, *words]) == 0
    told = capsys.readouterr().out
    assert "Its sampling had not converged" in told
    assert "MADRS at 24 h: " in told and "(90 % of draws " in told
    page = (tmp_path / "run" / "report.html").read_text()
    assert "50 and 90 % of 8 draws" in page and '"bands":[[' in page
    assert "90 % of draws" in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"draws": 5}, "draws are those of a calibration"),
        ({"calibration": "no_such"}, "no such calibration"),
        ({"calibration": "HERE", "draws": 0}, "1 to 60"),
        ({"calibration": "HERE", "draws": -3}, "1 to 60"),
        ({"calibration": "HERE", "draws": 10**9}, "1 to 60"),
        ({"calibration": "HERE", "draws": 2.5}, "integer"),
        ({"calibration": "HERE", "body": "otto2021"}, "of another chain"),
        ({"calibration": "HERE", "hypothesis": "hnk_ampa"}, "of another chain"),
        ({"calibration": "HERE", "species": "rat", "route": "ip", "over": None}, "of another chain"),
    ],
)
def test_what_cannot_be_known_is_refused(words, said, name):
    words = {k: name if v == "HERE" else v for k, v in words.items()}
    with pytest.raises(RequestError, match=said):
        Simulate(**{**IV, **words}).run()


def test_a_calibration_says_of_which_chain_it_is(tmp_path):
    record = Record(title="of rats", method="laplace", seed=1, more={"chain": {"species": "rat", "body": "rat"}})
    keep(Posterior("rats", ("synapse.k_n",), np.ones((3, 1)), record), tmp_path)
    rats = str(tmp_path / "rats")
    assert len(known(rats, 2, 0, Asked("rat"))) == 2
    with pytest.raises(RequestError, match="of another chain"):
        known(rats, 2, 0, Asked("human"))


def test_turns_are_not_followed_under_draws(name, tmp_path):
    table = tmp_path / "steady.csv"
    table.write_text("ID,TIME,AMT,RATE,EVID,II,SS,DRUG,ROUTE,WT\n1,0,35,52.5,1,72,1,ketamine,iv,70\n")
    with pytest.raises(RequestError, match="not followed under draws"):
        Simulate(table=table, days=1.0, calibration=name, draws=3, ports=PORTS).run()
