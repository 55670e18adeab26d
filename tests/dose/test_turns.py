"""What happens at turns: doses beside them, samples before them, runs that go on from the middle, preparations."""

from __future__ import annotations

import numpy as np
import pytest

from resynapse import simulate
from resynapse.chains import body_chain
from resynapse.core.errors import EventError, RequestError
from resynapse.dose import DoseEvent, Person, Reset, known_carrying, read_table
from resynapse.requests.simulate import Simulate
from resynapse.simulation import Subject, follow, gather
from resynapse.store import store
from resynapse.timeline import given_doses, own_values, timeline

HEAD = "ID,TIME,AMT,EVID,ADDL,II,DRUG,ROUTE,FORM,WT\n"


@pytest.fixture
def written(tmp_path):
    def write(*lines, name="table.csv"):
        path = tmp_path / name
        path.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


def plasma(path, times, port="ca_ketamine", carrying="locf", until=48.0):
    chain = body_chain("human")
    (person,) = read_table(path, carrying=known_carrying(carrying)).people
    life = timeline(chain, person)
    subject = Subject(person.id, life.happenings, own_values(chain, person), life.turns)
    solved = follow(chain, [subject], chain.initial(), (0.0, until))
    return np.asarray(gather(solved, [subject], chain, np.asarray(times, float)).signals[port])[0]


@pytest.mark.parametrize(("interval", "turn"), [(0.7, 2.1), (0.1, 0.3)])
def test_a_dose_that_rounding_puts_beside_a_turn_is_given_once(written, interval, turn):
    dose = f"1,0,35,1,3,{interval},ketamine,iv,.,70"
    changed = written(dose, f"1,{turn},.,2,.,.,.,.,.,70.0000001", "1,4,.,0,.,.,.,.,.,70.0000001")
    plain = written(dose, "1,4,.,0,.,.,.,.,.,70", name="plain.csv")
    times = [turn + 0.1, turn + 1.0]
    assert plasma(changed, times) == pytest.approx(plasma(plain, times), rel=1e-6)


def test_a_sample_before_a_bolus_sees_nothing_of_it_at_time_zero_too(written):
    path = written(
        "1,0,.,0,.,.,.,.,.,70",
        "1,0,35,1,.,.,ketamine,iv,.,70",
        "1,12,.,0,.,.,.,.,.,70",
        "1,12,35,1,.,.,ketamine,iv,.,70",
    )
    (person,) = read_table(path).people
    first, trough = person.observation_times_h
    assert first < 0.0 and 0 < 12.0 - trough < 1e-5
    before, after = plasma(path, [trough, 12.0])
    assert 0 < before < 0.1 * after


def test_values_are_reported_where_the_table_asks(written):
    path = written("1,0,35,1,.,.,ketamine,iv,.,70", "1,3.21,.,0,.,.,.,.,.,70")
    signals = simulate(table=path, days=1, ports=("cv_ketamine",))["signals"]
    assert 3.21 in signals["time"].values


def test_a_run_that_goes_on_knows_the_weight_of_its_past(written, tmp_path):
    path = written("1,0,35,1,.,.,ketamine,iv,.,50", "1,0.5,.,2,.,.,.,.,.,100")
    ask = {"table": path, "covariates": "locf", "ports": ("cv_ketamine",)}
    whole = simulate(**ask, times=(6.0,), days=1)["signals"]["cv_ketamine"].values[0, 0]
    store(Simulate(**ask, days=1 / 24).run(), tmp_path / "first", report=False)
    rest = simulate(**ask, times=(6.0,), days=1, start=tmp_path / "first")["signals"]["cv_ketamine"].values[0, 0]
    assert rest == pytest.approx(whole, rel=1e-9)


def test_a_continued_run_refuses_a_reset_and_goes_on_for_two_weeks_by_default(written, tmp_path):
    path = written("1,0,35,1,.,.,ketamine,iv,.,70")
    store(Simulate(table=path, ports=("cv_ketamine",)).run(), tmp_path / "first", report=False)
    again = Simulate(table=path, ports=("cv_ketamine",), start=tmp_path / "first").run()
    assert again["last_state"].attrs["time_h"] == pytest.approx(2 * 336.0)
    reset = written("1,0,35,1,.,.,ketamine,iv,.,70", "1,400,.,3,.,.,.,.,.,70", name="reset.csv")
    with pytest.raises(EventError, match="cannot be reset") as caught:
        Simulate(table=reset, ports=("cv_ketamine",), start=tmp_path / "first").run()
    assert caught.value.where == "line 3"


def test_a_preparation_that_sets_values_holds_for_all_doses_of_its_route(written):
    lines = ["1,0,40,1,.,.,ketamine,oral,{},70", "1,48,40,1,.,.,ketamine,oral,racemic_oral_solution,70"]
    mixed = written(*(line.format("oral_solution") for line in lines))
    with pytest.raises(EventError, match="different ways") as caught:
        plasma(mixed, [1.0])
    assert caught.value.where == "line 3"
    same = written(*(line.format("racemic_oral_solution") for line in lines), name="same.csv")
    assert plasma(same, [1.0])[0] > 0


def test_doses_that_are_called_off_are_not_given(written):
    path = written("1,0,35,1,5,24,ketamine,iv,.,70", "1,30,.,3,.,.,.,.,.,70", "1,40,35,1,1,24,ketamine,iv,.,70")
    (person,) = read_table(path).people
    assert [e.time_h for e in given_doses(person)] == [0.0, 24.0, 40.0, 64.0]


def test_an_infusion_that_a_reset_stops_counts_as_far_as_it_went():
    event = DoseEvent(0.0, 40.0, 2.0, "ketamine", "iv", row=2, ordered_h=0.0)
    (given,) = given_doses(Person("1", (event,), {"weight": 70.0}, (), resets=(Reset(0.5, 3),)))
    assert (given.amount_mg, given.duration_h) == (10.0, 0.5)


def test_a_seed_below_zero_is_refused():
    with pytest.raises(RequestError, match="seed"):
        Simulate(drug="ketamine", route="iv", dose="0.5 mg/kg", over="40 min", life_seed=-1)
