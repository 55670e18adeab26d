"""Experiments with other drugs beside, and under manipulations that begin, end and cut."""

from __future__ import annotations

import numpy as np
import pytest

from resynapse.chains import anchored, default_chain
from resynapse.core.errors import EventError, RequestError
from resynapse.hypothesis.experiment import Experiment, Given
from resynapse.hypothesis.legs import Hold, before, cut, legs_of

MOUSE = default_chain("mouse")
DAY = (0.0, 2.0, 24.0)


def despair(experiment, chain=MOUSE, times=DAY):
    return experiment.follow(chain, times, ("despair",))["despair"]


def test_legs_lie_between_all_moments():
    holds = (Hold((("a", 0.0),), (), -0.5, 4.0), Hold((), (("s.x", 0.5, 24.0),)), Hold((("b", 1.0),)))
    legs = legs_of(holds, 0.0, 48.0)
    assert [(leg.begin, leg.end) for leg in legs] == [(-0.5, 4.0), (4.0, 24.0), (24.0, 48.0)]
    assert [dict(leg.holds) for leg in legs] == [{"a": 0.0, "b": 1.0}, {"b": 1.0}, {"b": 1.0}]
    assert legs[2].cuts == (("s.x", 0.5),)
    assert dict(before(holds)) == {"b": 1.0}


def test_every_time_is_read_in_one_leg():
    legs = legs_of((Hold((("a", 0.0),), (), 0.0, 4.0),), 0.0, 24.0)
    times = np.array([0.0, 4.0, 24.0])
    assert [leg.asks(times).tolist() for leg in legs] == [[True, False, False], [False, True, True]]


def test_legs_that_hold_nothing_give_the_course_of_one_march():
    value = float(MOUSE.parameters["synapse.k_n"])
    plain, legged = Experiment(), Experiment(under=("anti_bdnf",))
    same = Experiment(under=(("synapse.k_n", value),))
    assert despair(same) == pytest.approx(despair(plain), abs=1e-9)
    assert despair(legged)[-1] > despair(plain)[-1] + 0.05


def test_a_manipulation_that_ends_gives_more_back_than_one_that_lasts():
    ended = despair(Experiment(under=("nbqx",)))
    lasting = despair(Experiment(under=(("synapse.ampar_open", 0.0),)))
    assert ended[-1] == pytest.approx(lasting[-1], abs=0.05)


def test_a_cut_is_seen_after_its_hour_only():
    times = (23.9, 24.1)
    found = Experiment(under=("new_spine_deletion",)).follow(MOUSE, times, ("spine_density",))["spine_density"]
    whole = Experiment().follow(MOUSE, times, ("spine_density",))["spine_density"]
    assert found[0] == pytest.approx(whole[0], abs=1e-6)
    assert found[1] < whole[1] - 0.02


def test_a_state_that_is_not_there_cannot_be_cut():
    with pytest.raises(RequestError, match="spines_new"):
        cut({"synapse": {"spines_new": 1.0}}, (("synapse.spines_now", 0.5),))


def test_another_drug_beforehand_takes_part():
    beside = Experiment(beside=(Given("mk801", "0.1 mg/kg", at_h=-0.5),))
    assert beside.begins == -0.5
    named = Experiment(under=("mk801_pretreatment",))
    assert despair(beside) == pytest.approx(despair(named), abs=1e-9)
    assert abs(despair(named)[-1] - despair(Experiment())[-1]) > 1e-3


def test_a_drug_given_by_a_manipulation_is_in_the_brain_when_the_dose_comes():
    under = Experiment(under=("mk801_pretreatment",))
    found = [e.follow(MOUSE, (0.0,), ("ce_mk801",))["ce_mk801"][0] for e in (under, under.control)]
    assert found[0] == pytest.approx(found[1]) and found[0] > 1e-3
    assert under.begins == -0.5


def test_another_drug_alone_and_none_of_it():
    drug = Experiment(drug="memantine", dose="20 mg/kg")
    assert despair(drug)[-1] < 1.0
    assert despair(drug.control) == pytest.approx(np.ones(3), abs=1e-6)


def test_draws_go_through_legs_as_each_of_them_alone():
    values = {"synapse.k_dis": np.array([1.5, 3.0]), "synapse.s_b": np.array([0.25, 0.4])}
    many = despair(Experiment(under=("nbqx",)), anchored(MOUSE.with_values(values)))
    one = anchored(MOUSE.with_values({a: v[1] for a, v in values.items()}))
    assert many.shape == (2, 3)
    assert many[1] == pytest.approx(despair(Experiment(under=("nbqx",)), one), abs=1e-8)


def test_an_unknown_manipulation_gets_the_nearest():
    with pytest.raises(RequestError, match="nbqx"):
        despair(Experiment(under=("nbqq",)))


def test_times_come_back_in_the_order_in_which_they_were_asked():
    rising, falling = despair(Experiment(under=("nbqx",))), despair(Experiment(under=("nbqx",)), times=DAY[::-1])
    assert falling.tolist() == rising[::-1].tolist()


@pytest.mark.parametrize("times", [(), (-1.0, 24.0), (float("nan"),)])
def test_times_that_cannot_be_read_are_refused(times):
    with pytest.raises(RequestError, match=r"read at hours|so early"):
        despair(Experiment(), times=times)


@pytest.mark.parametrize(("words", "says"), [({"species": "mose"}, "nearest: mouse"), ({"stress": -1.0}, "stress")])
def test_nobody_of_another_kind_is_experimented_on(words, says):
    with pytest.raises(RequestError, match=says):
        Experiment(**words)


def test_tablets_are_weighed_as_they_are_written():
    with pytest.raises(EventError, match="number with a unit"):
        despair(Experiment(drug="fluoxetine", dose="ten mg"))
    with pytest.raises(EventError, match="converts to mg"):
        despair(Experiment(drug="fluoxetine", dose="10 mg/kg"))
