"""What must hold for the course of any doses: linearity, superposition, shifts in time, split infusions, any order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resynapse.chains import body_chain
from resynapse.dose import CovariateChange, DoseEvent, Person, Repeated, Reset
from resynapse.simulation import Subject, follow, gather
from resynapse.timeline import own_values, timeline

PORTS = ("cv_ketamine", "ca_norketamine", "cv_hnk", "ce_ketamine_s")
END = 48.0
few = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
quarters = st.integers(0, 80).map(lambda n: n / 4)
inexact = st.tuples(st.integers(1, 30), st.sampled_from([0.1, 0.7, 0.3])).map(lambda t: t[0] * t[1])
amounts = st.integers(20, 200).map(float)
ways = st.sampled_from(["iv", "oral", "im", "sublingual"])


@st.composite
def doses(draw):
    """One to three doses by different ways, some infused, some repeated."""
    found = []
    for _ in range(draw(st.integers(1, 3))):
        route, time = draw(ways), draw(quarters)
        length = draw(st.sampled_from([0.0, 0.5, 2.0])) if route == "iv" else 0.0
        found.append(DoseEvent(time, draw(amounts), length, "ketamine", route, ordered_h=time))
    return tuple(found)


def courses(*people: Person) -> list[dict[str, np.ndarray]]:
    chain = body_chain("human")
    lives = [(p, timeline(chain, p)) for p in people]
    subjects = [Subject(p.id, life.happenings, own_values(chain, p), life.turns) for p, life in lives]
    times = np.arange(0.0, END + 1e-9, 0.75)
    found = gather(follow(chain, subjects, chain.initial(), (0.0, END)), subjects, chain, times).signals
    return [{port: np.asarray(found[port])[i] for port in PORTS} for i in range(len(people))]


def person(events, name="one", weight=70.0, **more) -> Person:
    return Person(name, tuple(sorted(events, key=lambda e: e.time_h)), {"weight": weight}, (), **more)


def scaled(event, factor):
    return DoseEvent(event.time_h, factor * event.amount_mg, event.duration_h, "ketamine", event.route)


def alike(one, other, relative=1e-9):
    for port in PORTS:
        assert one[port] == pytest.approx(other[port], rel=relative, abs=relative * max(1.0, other[port].max()))


@few
@given(doses(), st.sampled_from([0.25, 3.0]))
def test_concentrations_are_proportional_to_the_dose(events, factor):
    once, more = courses(person(events), person([scaled(e, factor) for e in events], "more"))
    alike({port: factor * once[port] for port in PORTS}, more)


@few
@given(doses(), doses())
def test_doses_add_up(first, second):
    one, other, both = courses(person(first), person(second, "other"), person((*first, *second), "both"))
    alike({port: one[port] + other[port] for port in PORTS}, both)


@few
@given(doses(), st.integers(1, 8))
def test_a_later_start_is_the_same_course_later(events, steps):
    shift = 0.75 * steps
    late = [DoseEvent(e.time_h + shift, e.amount_mg, e.duration_h, "ketamine", e.route) for e in events]
    now, then = courses(person(events), person(late, "late"))
    alike({p: now[p][:-steps] for p in PORTS}, {p: then[p][steps:] for p in PORTS})


@few
@given(amounts, quarters, st.integers(1, 9))
def test_an_infusion_may_be_split(amount, start, tenth):
    share = tenth / 10
    whole = DoseEvent(start, amount, 2.0, "ketamine", "iv")
    early = DoseEvent(start, amount * share, 2.0 * share, "ketamine", "iv")
    late = DoseEvent(start + 2.0 * share, amount * (1 - share), 2.0 * (1 - share), "ketamine", "iv")
    alike(*courses(person([whole]), person([early, late], "split")))


@few
@given(doses(), st.permutations(range(4)))
def test_company_and_order_change_nobody(events, order):
    people = [person(events, f"p{i}", 50.0 + 15 * i) for i in range(4)]
    together = courses(*people)
    shuffled = courses(*(people[i] for i in order))
    for place, i in enumerate(order):
        for port in PORTS:
            assert (shuffled[place][port] == together[i][port]).all()


@few
@given(doses(), quarters, amounts)
def test_nothing_is_left_after_a_reset(events, at, amount):
    after = DoseEvent(at, amount, 0.0, "ketamine", "iv", row=9, ordered_h=at)
    early = [e for e in events if e.time_h <= at]
    washed, fresh = courses(person([*early, after], resets=(Reset(at, 8),)), person([after], "fresh"))
    late = np.arange(0.0, END + 1e-9, 0.75) >= at
    alike({p: washed[p][late] for p in PORTS}, {p: fresh[p][late] for p in PORTS})


@few
@given(amounts, st.sampled_from([6.0, 12.0, 24.0]), ways)
def test_a_steady_state_repeats_itself(amount, interval, route):
    length = 1.0 if route == "iv" else 0.0
    times = np.arange(0.0, END, interval)
    first = DoseEvent(0.0, amount, length, "ketamine", route, steady=Repeated(interval), ordered_h=0.0)
    more = [DoseEvent(float(t), amount, length, "ketamine", route, ordered_h=0.0) for t in times[1:]]
    (course,) = courses(person([first, *more]))
    steps = round(interval / 0.75)
    alike({p: course[p][:-steps] for p in PORTS}, {p: course[p][steps:] for p in PORTS}, 1e-7)


@few
@given(amounts, inexact, st.integers(2, 5))
def test_a_turn_where_a_dose_falls_by_rounding_neither_doubles_nor_loses_it(amount, interval, number):
    """Additional doses at k times an interval that no computer holds exactly, beside a change of nothing there."""
    times = [k * interval for k in range(number)]
    events = [DoseEvent(t, amount, 0.0, "ketamine", "iv", ordered_h=0.0) for t in times]
    turn = round(times[-1], 9)
    split = person(events, changes=(CovariateChange(turn, {"weight": 70.0}, 3),))
    alike(*courses(split, person(events, "plain")), 1e-8)
