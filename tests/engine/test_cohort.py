"""The cohort: real people in the real chain, the same bits whoever computes them, right against closed forms."""

from __future__ import annotations

import math
import multiprocessing as mp
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from resynapse.chains import body_chain
from resynapse.cohort import Cohort, Reading, in_lanes
from resynapse.core.errors import RequestError
from resynapse.core.event import Level
from resynapse.core.solver import GridPlan, profile_people, protocol
from resynapse.core.solver import Protocol as Doses
from resynapse.dose import Person, Regimen
from resynapse.engine import Dask, Local, Serial, Work, run, verify
from resynapse.person import population
from resynapse.requests.people import SimulatePeople
from resynapse.solvers import Printed, Reference
from resynapse.timeline import timeline, with_people

IV = Regimen("ketamine", "iv", "0.5 mg/kg", "40 min", "weekly for 2 weeks", 14)
WHOLE = ("cv_ketamine", "despair", "madrs_total", "adverse_event_probability")


@pytest.fixture(autouse=True, scope="module")
def _shared_cache(tmp_path_factory: pytest.TempPathFactory):
    """Compiled code is kept for this module and its workers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESYNAPSE_CACHE", str(tmp_path_factory.getbasetemp() / "compiled"))
        yield


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    reading = Reading((0.0, 2.0, 24.0, 168.0, 336.0), WHOLE)
    return Cohort(population("trd_phase3"), 7, IV, reading, solver=Printed(lanes=16))


@pytest.fixture(scope="module")
def digest(cohort: Cohort, tmp_path_factory: pytest.TempPathFactory) -> str:
    found = ran(cohort, tmp_path_factory.mktemp("whole") / "run", Serial(), 64)
    assert found.exit_code == 0
    return found.digest


def ran(cohort: Cohort, out: Path, backend, size: int, tell=lambda _: None):
    return run(Work(cohort, 64, size, {"people": (), "visits": ("time_h",)}), out, backend, tell)


def alone(regimen: Regimen, ports: tuple[str, ...], times: tuple[float, ...], **more) -> Cohort:
    """Healthy people read at the body only: light to compile."""
    return Cohort(population("healthy"), 3, regimen, Reading(times, ports), **{"solver": Printed(64), **more})


@pytest.mark.parametrize("shards", [2, 7])
def test_real_people_have_one_digest(cohort, digest, tmp_path, shards):
    assert ran(cohort, tmp_path / "run", Serial(), math.ceil(64 / shards)).digest == digest


def test_a_worker_killed_in_the_middle_moves_no_bit(cohort, digest, tmp_path):
    killed: list[int | None] = []

    def kill(line: str) -> None:
        if "/s" in line and not killed:
            victim = mp.active_children()[0]
            victim.kill()
            killed.append(victim.pid)

    assert ran(cohort, tmp_path / "run", Local(1), 8, kill).digest == digest
    assert killed
    assert verify(tmp_path / "run").exit_code == 0


def test_neither_64_shards_nor_a_cluster_move_a_bit(tmp_path):
    bodies = alone(IV, ("cv_ketamine",), (0.0, 1.0, 24.0), solver=Printed(16))
    here = ran(bodies, tmp_path / "here", Serial(), 64)
    assert ran(bodies, tmp_path / "cut", Serial(), 1).digest == here.digest
    assert ran(bodies, tmp_path / "there", Dask(workers=1), 32).digest == here.digest


def test_a_cohort_travels(cohort):
    again = pickle.loads(pickle.dumps(cohort))  # noqa: S301
    assert Work(again, 5).digest == Work(cohort, 5).digest
    changed = [replace(cohort, seed=8), replace(cohort, loads=False), replace(cohort, solver=Printed(64))]
    assert len({Work(c, 5).digest for c in (cohort, *changed)}) == 4


def test_the_grid_is_fine_enough(cohort):
    errors = cohort.certified()
    assert set(errors) == set(WHOLE)
    assert max(errors.values()) < 1e-4


def test_people_are_put_on_the_coarser_grid_where_it_is_certified(cohort):
    chosen, errors = cohort.on_the_coarsest_grid
    assert chosen == replace(cohort, solver=cohort.solver.coarse) != cohort
    assert set(errors) == set(WHOLE)
    assert max(errors.values()) < 1e-4


def test_people_stay_on_their_own_grid_where_the_coarser_one_is_too_coarse(cohort, monkeypatch):
    monkeypatch.setattr(GridPlan, "coarse", lambda: GridPlan(first=2.0, per_octave=1, longest=8.0))
    chosen, errors = cohort.on_the_coarsest_grid
    assert chosen == cohort
    assert max(errors.values()) < 1e-4


def test_tables_hold_what_they_promise(cohort):
    tables = replace(cohort, reading=replace(cohort.reading, courses=(0.0, 1.0, 30.0)))(range(30, 35))
    people, visits, courses = (tables[name] for name in ("people", "visits", "courses"))
    assert people["person"].tolist() == [30, 31, 32, 33, 34]
    assert {"weight", "age", "load", "rho", "madrs_total.responded", "despair.relapse_after_h"} <= people.keys()
    assert {"adverse_event_probability.nausea", "madrs_total.response", "time_h"} <= visits.keys()
    assert visits["time_h"].tolist() == [0.0, 2.0, 24.0, 168.0, 336.0] * 5
    assert courses["time_h"].tolist() == [0.0, 1.0, 30.0] * 5
    scores = visits["madrs_total"].reshape(5, 5)
    np.testing.assert_array_equal(people["madrs_total.change"], scores[:, -1] - scores[:, 0])
    np.testing.assert_array_equal(visits["cv_ketamine"].reshape(5, 5)[:, 0], 0.0)


def test_people_start_at_rest_under_their_own_load(cohort):
    people = cohort.population.people(range(16), 7)
    own, load = cohort._own_chain(people, np.zeros(16, dtype=np.int64)), people.covariates["load"]
    undisturbed = Doses(tuple(p.name for p in own.external), (Level("load", 0.0, 1.0),), load[:, None])
    times = np.array([0.0, 168.0, 336.0])
    despair = cohort.solver.signals(own, undisturbed, cohort._start(own, people), times, ("despair",))["despair"]
    np.testing.assert_allclose(despair, despair[:, :1] * np.ones(3), atol=1e-6)
    assert despair[:, 0].std() > 0.01


def test_a_load_that_changes_moves_people_apart(cohort):
    stays, moves = (replace(cohort, loads=loads)(range(16))["visits"]["despair"] for loads in (False, True))
    assert np.abs(stays - moves).reshape(16, 5)[:, 1:].max() > 0.01
    np.testing.assert_allclose(stays.reshape(16, 5)[:, 0], moves.reshape(16, 5)[:, 0], atol=1e-12)


def test_lanes_cut_people_at_multiples_of_their_width():
    assert list(in_lanes(range(3, 21), 8)) == [range(3, 8), range(8, 16), range(16, 21)]


@pytest.mark.parametrize("dose", ["0.5 mg/kg", "30 mg"])
def test_people_are_given_their_own_doses(dose):
    regimen = replace(IV, dose=dose)
    times = (0.0, 0.5, 1.0, 24.0, 169.0)
    many = alone(regimen, ("cv_ketamine", "cv_hnk"), times)
    found, chain = many(range(3)), body_chain()
    values = many.population.people(range(3), 3).values(chain)
    lives = [
        timeline(chain, Person(str(k), tuple(regimen.events(float(w))), {"weight": float(w)}, ()))
        for k, w in enumerate(found["people"]["weight"])
    ]
    own = with_people(chain, [{a: float(v[k]) for a, v in values.items()} for k in range(3)])
    together = protocol(chain.external, [life.happenings for life in lives])
    expected = profile_people(own, together, np.array(times), many.reading.ports)
    for port in many.reading.ports:
        scale = expected[port].max()
        np.testing.assert_allclose(found["visits"][port].reshape(3, 5) / scale, expected[port] / scale, atol=1e-9)


def test_the_reference_path_gives_the_same_numbers():
    times = (0.0, 0.5, 1.0, 24.0)
    fast = alone(IV, ("cv_ketamine",), times)(range(5))["visits"]["cv_ketamine"]
    slow = alone(IV, ("cv_ketamine",), times, solver=Reference(8))(range(5))["visits"]["cv_ketamine"]
    np.testing.assert_allclose(fast / fast.max(), slow / fast.max(), atol=1e-9)


def test_population_means_of_linear_kinetics_equal_the_closed_form():
    """At steady state C = R / CL; the mean over etas of 1 / CL is exp(omega^2 / 2) over the typical clearance."""
    slow = Regimen("esketamine", "iv", "1 mg/kg", "160 h", "once", 7)
    steady = alone(slow, ("cv_ketamine",), (0.0, 160.0), body="otto2021", solver=Printed())
    found, n, omega2 = steady(range(2048)), 2048, 0.026048
    weight, level = found["people"]["weight"], found["visits"]["cv_ketamine"].reshape(n, 2)[:, 1]
    typical = 1000.0 * (weight / 160.0) / (95.2 * (weight / 70.0) ** 0.75)
    expected = typical * math.exp(omega2 / 2.0)
    error = (level - expected).std(ddof=1) / math.sqrt(n)
    assert abs((level - expected).mean()) < 3.5 * error
    assert error < 0.005 * expected.mean()
    assert np.log(level / typical).var() == pytest.approx(omega2, rel=0.12)


def test_an_occasion_that_moves_entry_alone_acts_dose_by_dose():
    """Two films under the tongue: the second dose's share is drawn anew, exactly, on slots that everybody shares."""
    regimen = Regimen("ketamine", "sublingual", "50 mg", schedule="every 2 days for 4 days", days=4)
    many = alone(regimen, ("cv_ketamine",), (0.0, 1.0, 47.0, 49.0, 96.0))
    assert many._occasional == (("body.f_sl",), ())
    people, chain = many.population.people(range(4), 3), body_chain()
    own = chain.with_values(people.values(chain))
    weight = people.covariates["weight"]
    expected = np.zeros((4, 5))
    for k, start in enumerate((0.0, 48.0)):
        this = own.with_values({"body.f_sl": people.occasion(own, k + 1)["body.f_sl"]})
        doses = [[e for e in regimen.events(float(w)) if e.time_h == start] for w in weight]
        lives = [timeline(chain, Person("x", tuple(events), {}, ())).happenings for events in doses]
        solved = profile_people(this, protocol(chain.external, lives), np.array(many.reading.visits), ("cv_ketamine",))
        expected += solved["cv_ketamine"]
    found = many(range(4))["visits"]["cv_ketamine"].reshape(4, 5)
    np.testing.assert_allclose(found / expected.max(), expected / expected.max(), atol=1e-9)
    without = replace(many, occasions=False)(range(4))["visits"]["cv_ketamine"].reshape(4, 5)
    assert (np.abs(without - found)[:, [1, 3]] > 1e-3 * expected.max()).all()


def test_an_occasion_that_moves_more_than_entry_holds_for_the_course():
    regimen = Regimen("ketamine", "sublingual", "50 mg", schedule="once", days=1)
    many = alone(replace(regimen, drug="esketamine"), ("ca_ketamine",), (0.0, 24.0), body="simons2022")
    entry, course = many._occasional
    assert set(entry) == {"body.f_sl", "body.f_slsw"}
    assert {"body.ka_sl", "body.mtt_gut"} <= set(course)
    assert not {"body.d_sl", "body.d_slsw"} & {*entry, *course}


@pytest.mark.parametrize(
    ("regimen", "message"),
    [(Regimen("esketamine", "nasal", "1 mg/kg", days=1), "devices")],
)
def test_what_cannot_be_shared_is_refused(regimen, message):
    with pytest.raises(RequestError, match=message):
        alone(regimen, ("cv_ketamine",), (0.0, 24.0)).slots  # noqa: B018


@pytest.mark.parametrize("visits", [(), (0.0,), (0.0, 2.0, 1.0), (-1.0, 2.0)])
def test_visits_that_are_no_visits_are_refused(visits):
    with pytest.raises(RequestError):
        Reading(visits, ("cv_ketamine",))


def test_solving_is_not_needed_to_know_the_request():
    words = alone(IV, ("cv_ketamine",), (0.0, 24.0)).request
    assert words["population"]["name"] == "healthy"
    assert words["endpoints"] == {}
    ill = Cohort(population("trd_phase3"), 3, IV, Reading((0.0, 24.0), ("cv_ketamine",)))
    assert ill.request["endpoints"]["madrs_total"]["relapse"] == 22.0


@pytest.mark.parametrize("name", ["healthy", "recreational_users"])
def test_the_score_of_people_without_an_episode_is_refused(name):
    with pytest.raises(RequestError, match="read `despair`"):
        Cohort(population(name), 3, IV, Reading((0.0, 24.0), ("despair", "madrs_total")))


@pytest.mark.parametrize(("name", "has"), [("healthy", False), ("trd_academic", True)])
def test_by_default_a_score_is_read_of_people_in_an_episode_alone(name, has):
    dose = {"drug": "ketamine", "route": "iv", "dose": "0.5 mg/kg", "over": "40 min"}
    asked = SimulatePeople(people=5, population=name, seed=1, **dose)
    assert ("madrs_total" in asked.cohort.reading.ports) is has
    assert "despair" in asked.cohort.reading.ports


def test_nobody_responds_from_being_well():
    well = Cohort(population("healthy"), 3, IV, Reading((0.0, 2.0, 24.0), ("despair",)), solver=Printed(lanes=16))
    people = well(range(4))["people"]
    assert "despair.peak" in people
    assert not any(name.startswith("despair.re") for name in people)


def test_many_people_who_cannot_be_asked_are_named_whatever_the_shards(tmp_path):
    """A dose that is far too small for everybody above 75 kg: nobody else is lost, and no shard moves who that is."""
    small = replace(IV, dose="3 mg", schedule="once")
    cohort = replace(alone(small, ("cv_ketamine",), (0.0, 1.0)), seed=5)
    weights = cohort.population.people(range(64), cohort.seed).covariates["weight"]
    heavy = np.flatnonzero(weights > 75.0).tolist()
    assert 16 < len(heavy) < 50
    assert heavy[0] == 0, "the first person, on whom the grid would be certified, is one of them"
    assert set(cohort.certified()) == {"cv_ketamine"}
    found = [ran(cohort, tmp_path / str(size), Serial(), size) for size in (64, 5)]
    for outcome in found:
        assert [f.first for f in outcome.failures] == heavy
        assert all("far too small" in f.error for f in outcome.failures)
        assert outcome.missing == len(heavy)
    assert found[0].digest == found[1].digest
