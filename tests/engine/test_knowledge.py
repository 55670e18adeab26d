"""People under what a calibration knows: the same bits whoever computes them, the files' own where nothing is new."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from resynapse.calibrate.doubt import Doubt, addressed, certain, doubted
from resynapse.calibrate.posterior import Knowledge, Posterior
from resynapse.calibrate.recorded import Record
from resynapse.chains import default_chain
from resynapse.cohort import Cohort, Reading
from resynapse.core.errors import ParameterError, PeopleError, RequestError
from resynapse.dose import Regimen
from resynapse.engine import Serial, Work, run
from resynapse.person import drawn_people, population
from resynapse.person.draw import kind_of, spreads_of
from resynapse.solvers import Printed

IV = Regimen("ketamine", "iv", "0.5 mg/kg", "40 min", "once", 7)
PORTS = ("cv_ketamine", "despair", "madrs_total", "adverse_event_probability")
SEEN = PORTS[:3]
K_DIS, CLEARANCE = "synapse.k_n", "body.cl_int_s"


def posterior(*addresses: str, n: int = 40) -> Posterior:
    """Draws from a prior: every value by a tenth around its file's, spreads around 0.3."""
    chain, rng = default_chain(), np.random.default_rng(5)
    centre = [0.3 if a.startswith("spread.") else float(chain.parameters[a]) for a in addresses]
    draws = np.array(centre) * np.exp(0.1 * rng.normal(size=(n, len(addresses))))
    return Posterior("prior", addresses, draws, Record(title="draws of a prior", method="laplace", seed=5))


@pytest.fixture(autouse=True, scope="module")
def _shared_cache(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESYNAPSE_CACHE", str(tmp_path_factory.getbasetemp() / "compiled"))
        yield


@pytest.fixture(scope="module")
def plain() -> Cohort:
    return Cohort(population("trd_phase3"), 7, IV, Reading((0.0, 1.0, 24.0, 168.0), PORTS), solver=Printed(lanes=16))


@pytest.fixture(scope="module")
def doubt() -> Doubt:
    return doubted(posterior(K_DIS, CLEARANCE, "spread.synapse.k_n"), 5, seed=2)


@pytest.fixture(scope="module")
def crossed(plain, doubt) -> dict:
    return replace(plain, knowledge=doubt)(range(40))


def digest(cohort: Cohort, out, size: int) -> str:
    found = run(Work(cohort, 40, size, {"people": (), "visits": ("time_h",)}), out, Serial(), lambda _: None)
    assert found.exit_code == 0
    return found.digest


def test_knowing_what_stands_in_the_files_moves_no_bit(plain):
    chain = default_chain()
    known = {a: float(chain.parameters[a]) for a in (K_DIS, CLEARANCE, "mood.k_m") if a in chain.declared}
    omega = spreads_of(chain).spread[CLEARANCE].omega if CLEARANCE in spreads_of(chain).spread else None
    spreads = {} if omega is None else {CLEARANCE: omega}
    told = replace(plain, knowledge=Knowledge(known, spreads))(range(16))
    for name, table in plain(range(16)).items():
        for column, values in table.items():
            np.testing.assert_array_equal(told[name][column], values, err_msg=column)


def test_shards_move_no_bit_of_people_under_draws(plain, doubt, tmp_path):
    many = replace(plain, knowledge=doubt)
    assert digest(many, tmp_path / "whole", 40) == digest(many, tmp_path / "cut", 7)


def test_the_request_says_what_is_known(plain, doubt):
    asked = [plain, replace(plain, knowledge=doubt), replace(plain, knowledge=doubt.knowledge(0))]
    asked.append(replace(plain, knowledge=replace(doubt, digest="other")))
    assert len({Work(c, 5).digest for c in asked}) == 4
    assert "knowledge" not in plain.request
    assert asked[1].request["knowledge"] == doubt.record
    assert doubt.record == {"calibration": "prior", "digest": doubt.digest, "draws": 5, "converged": False}
    assert Work(pickle.loads(pickle.dumps(asked[1])), 5).digest == Work(asked[1], 5).digest  # noqa: S301


def test_every_person_is_followed_under_every_draw(crossed):
    people = crossed["people"]
    assert people["who"].tolist() == [k // 5 for k in range(40)]
    assert people["draw"].tolist() == [k % 5 for k in range(40)]
    assert len(np.unique(people["weight"])) == 8
    change = people["madrs_total.change"].reshape(8, 5)
    assert (np.ptp(change, axis=1) > 1e-3).all(), "draws differ"


def test_a_case_is_the_person_under_that_draw_alone(plain, doubt, crossed):
    for draw in (0, 3):
        alone = replace(plain, knowledge=doubt.knowledge(draw))(range(8))["visits"]
        for port in SEEN:
            many = crossed["visits"][port].reshape(8, 5, 4)[:, draw]
            np.testing.assert_allclose(alone[port].reshape(8, 4), many, rtol=1e-9, atol=1e-12)


def test_mood_is_anchored_anew_under_every_draw(crossed):
    """However much a draw moves the synapse, people without drug stand where their own baseline says."""
    start = crossed["visits"]["madrs_total"].reshape(8, 5, 4)[:, :, 0]
    assert np.ptp(start, axis=1).max() < 0.5 * np.ptp(start, axis=0).min()


def test_another_spread_keeps_order_and_correlation():
    chain = default_chain()
    told = spreads_of(chain)
    address = next(iter(told.spread))
    omega = told.spread[address].omega
    usual, wide = drawn_people(chain, range(50), 3), drawn_people(chain, range(50), 3, {address: 2.0 * omega})
    typical = float(chain.parameters[address])
    if kind_of(chain, address) == "lognormal":
        np.testing.assert_allclose(np.log(wide[address] / typical), 2.0 * np.log(usual[address] / typical), rtol=1e-9)
    for other in set(usual) - {address}:
        np.testing.assert_array_equal(usual[other], wide[other])


def test_a_value_without_a_spread_gets_one():
    chain = default_chain()
    assert K_DIS not in spreads_of(chain).spread
    found = drawn_people(chain, range(4000), 3, {K_DIS: 0.3})[K_DIS]
    assert np.log(found / float(chain.parameters[K_DIS])).std() == pytest.approx(0.3, rel=0.05)
    each = drawn_people(chain, range(3), 3, {K_DIS: np.array([0.0, 0.3, 0.6])})[K_DIS]
    assert each[0] == float(chain.parameters[K_DIS])


@pytest.mark.parametrize(("address", "omega", "said"), [(K_DIS, -0.1, "not negative"), ("synapse.k_nn", 0.1, "k_n")])
def test_spreads_that_are_none_are_refused(address, omega, said):
    with pytest.raises(ParameterError, match=said):
        drawn_people(default_chain(), range(3), 1, {address: omega})


def test_a_room_that_is_not_there_is_left_out_and_a_wrong_name_is_refused(plain):
    body = Cohort(population("healthy"), 3, IV, Reading((0.0, 1.0), ("cv_ketamine",)), solver=Printed(16))
    away = replace(body, knowledge=Knowledge({K_DIS: 9.0}, {K_DIS: 0.3}))
    np.testing.assert_array_equal(away(range(3))["visits"]["cv_ketamine"], body(range(3))["visits"]["cv_ketamine"])
    with pytest.raises(ParameterError, match="nearest: synapse"):
        replace(plain, knowledge=Knowledge({"synapse.k_nn": 1.0}))(range(2))


def test_who_runs_away_under_a_draw_is_named_and_nobody_else_is_lost(plain):
    """A synthesis of protein eighteen times the file's: states grow without end, and no grid mends that."""
    bad = {"synapse.k_p": 10.0, "synapse.thr": 0.043, "synapse.tau_p": 65.3, "synapse.k_m": 0.121, "synapse.k_s": 5e-4}
    chain = default_chain()
    table = np.array([[float(chain.parameters[a]) for a in bad], list(bad.values())])
    many = replace(plain, knowledge=Doubt("bad", "x", tuple(bad), table, Knowledge()))
    with pytest.raises(PeopleError) as refused:
        many(range(12))
    gone = sorted(refused.value.people)
    assert gone and all(k % 2 for k in gone)
    sound = next(k for k in range(0, 12, 2))
    one = many(range(sound, sound + 1))["visits"]
    np.testing.assert_array_equal(one["madrs_total"], plain(range(1))["visits"]["madrs_total"])


def test_modifiers_act_on_what_is_known():
    """Rifampicin multiplies the clearance that a calibration found, not the one on file."""
    usual = Cohort(population("healthy"), 3, IV, Reading((0.0, 1.0), ("cv_ketamine",)), modifiers=("rifampicin",))
    known = Knowledge({CLEARANCE: 2.0 * float(default_chain().parameters[CLEARANCE])})
    both = replace(usual, knowledge=known).chain.parameters[CLEARANCE]
    assert float(both) == pytest.approx(2.0 * float(usual.chain.parameters[CLEARANCE]))
    assert float(both) != pytest.approx(known.values[CLEARANCE])


@pytest.mark.parametrize("draws", [0, -3, 41, 10**9])
def test_draws_that_there_are_not_are_refused(draws):
    with pytest.raises(RequestError, match="1 to 40"):
        doubted(posterior(K_DIS), draws, 1)


def test_draws_come_in_one_order():
    one = posterior(K_DIS)
    np.testing.assert_array_equal(doubted(one, 20, 3).table[:10], doubted(one, 10, 3).table)
    assert doubted(one, 10, 3).digest != doubted(one, 10, 4).digest != doubted(one, 9, 3).digest


def test_knowledge_is_a_doubt_of_one_draw():
    known = Knowledge({K_DIS: 1.0}, {K_DIS: 0.2}, {"hope": 3.0})
    assert certain(known).knowledge(0) == known == Knowledge.told(addressed(known))
