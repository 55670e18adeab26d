"""The march against the cascade, and what it promises about people, chunks and threads."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import pytest

from resynapse.core.errors import RequestError, SolveError
from resynapse.core.event import Impulse, Level
from resynapse.core.solver import GridPlan, Protocol, protocol, rest, scaled_errors
from resynapse.core.solver.kernel import March, certify_march, march

_SAME = 1e-9


def same(one: March, other: March) -> bool:
    return all(np.array_equal(v, other.signals[p]) for p, v in one.signals.items())


def test_all_ports_and_the_last_state_are_those_of_the_cascade(some_case):
    solution = some_case.solve()
    found = some_case.march()
    expected = {p: v for p, v in solution.at(some_case.times).items() if p in found.signals}
    errors = scaled_errors(found.signals, expected, some_case.chain.wiring.ports)
    assert max(errors.values()) < _SAME
    assert len(errors) > 30
    for name, value in solution.last_state.items():
        for state, last in value.items():
            scale = max(1.0, np.abs(last).max())
            np.testing.assert_allclose(found.last_state[name][state] / scale, last / scale, atol=_SAME)


@pytest.mark.parametrize("ports", [("madrs_total",), ("cv_ketamine", "despair"), ("adverse_event_probability",)])
def test_asking_for_fewer_ports_gives_the_same_numbers(infused, ports: tuple[str, ...]):
    whole, part = infused.march(), infused.march(ports)
    assert tuple(part.signals) == ports
    for port in ports:
        np.testing.assert_allclose(part.signals[port], whole.signals[port], rtol=1e-11, atol=1e-11)
    for now, then in zip(jax.tree.leaves(part.last_state), jax.tree.leaves(whole.last_state), strict=True):
        np.testing.assert_allclose(now, then, rtol=1e-9, atol=1e-11)


def test_a_person_has_the_same_bits_in_any_company_and_order(infused):
    whole = infused.march(("madrs_total", "cv_ketamine"))
    order = np.random.default_rng(3).permutation(infused.people)
    assert all(
        np.array_equal(v, whole.signals[p][order]) for p, v in infused.some(order).march(whole.signals).signals.items()
    )
    for k in (0, 7, 8, 18):
        alone = infused.some(np.array([k])).march(whole.signals)
        assert all(np.array_equal(v[0], whole.signals[p][k]) for p, v in alone.signals.items())


@pytest.mark.parametrize("threads", [2, 3, 16])
def test_threads_change_no_bit(infused, threads: int):
    assert same(infused.march(("madrs_total",)), infused.march(("madrs_total",), threads=threads))


def test_without_a_dose_everybody_stays_at_rest(infused):
    level = [i for i, s in enumerate(infused.protocol.slots) if isinstance(s, Level) and s.start == 0.0]
    amounts = np.zeros_like(infused.protocol.amounts)
    amounts[:, level] = 1.0
    chain = jax.tree.map(lambda v: v.mean() if np.ndim(v) else v, infused.chain)
    start = rest(chain, {"load": 1.0}).state
    quiet = replace(infused.protocol, amounts=amounts)
    found = march(
        chain, quiet, start, infused.span, infused.times, ("despair", "spine_density", "cv_ketamine"), infused.plan
    )
    for values in found.signals.values():
        np.testing.assert_allclose(values, np.broadcast_to(values[:, :1], values.shape), atol=1e-9)


def test_concentrations_of_several_doses_add_up(infused):
    doses = [i for i, s in enumerate(infused.protocol.slots) if s.port.startswith("iv_")]
    parts = []
    for kept in [[i] for i in doses]:
        amounts = infused.protocol.amounts.copy()
        amounts[:, [i for i in doses if i not in kept]] = 0.0
        parts.append(infused.given(amounts).march(("cv_hnk",)))
    whole = infused.march(("cv_hnk",)).signals["cv_hnk"]
    np.testing.assert_allclose(sum(p.signals["cv_hnk"] for p in parts), whole, rtol=1e-9, atol=1e-12)


def test_a_course_can_be_carried_on_from_its_last_state(infused):
    ports, cut = ("madrs_total", "cv_norketamine"), 2 / 3
    whole = infused.march(ports)
    first = replace(infused, span=(0.0, cut), times=np.zeros(1)).march(("despair",))
    later = infused.times > cut
    rest_of_it = replace(infused, start=first.last_state, span=(cut, infused.span[1]), times=infused.times[later])
    for port, values in rest_of_it.march(ports).signals.items():
        np.testing.assert_allclose(values, whole.signals[port][:, later], rtol=1e-9)


def test_what_is_not_finite_is_refused_with_person_state_and_time(infused):
    amounts = infused.protocol.amounts.copy()
    slot = next(i for i, s in enumerate(infused.protocol.slots) if isinstance(s, Impulse))
    amounts[12, slot] = np.inf
    broken = infused.given(amounts)
    with pytest.raises(SolveError, match=r"person 13, 26 h, `"):
        broken.march(("madrs_total",))


def test_an_unknown_port_is_refused_with_the_nearest_name(infused):
    with pytest.raises(RequestError, match="madrs_total"):
        infused.march(("madrs_totl",))


def test_a_protocol_with_nothing_in_it_is_a_course_too(infused):
    nothing = Protocol(infused.protocol.ports, (), np.zeros((infused.people, 0)))
    found = replace(infused, protocol=nothing).march(("madrs_total", "cv_ketamine"))
    assert (found.signals["cv_ketamine"] == 0.0).all()


def test_the_certificate_measures_the_error_of_the_grid_and_refuses_a_coarse_one(infused):
    ports = ("madrs_total", "cv_ketamine", "occupancy_lhb")
    errors = certify_march(replace(infused, plan=GridPlan()).march(ports), people=5)
    assert set(errors) == set(ports)
    assert 0.0 < max(errors.values()) < 1e-4
    coarse = GridPlan(first=0.5, per_octave=2, longest=1.0)
    with pytest.raises(SolveError, match="too coarse"):
        certify_march(replace(infused, plan=coarse).march(ports), people=5)


@pytest.mark.parametrize("time", [-1.0, 31.0, 1e6, np.nan])
def test_a_time_at_which_nothing_is_solved_is_refused_by_both_paths(infused, time: float):
    some = infused.some(np.arange(11))  # as many as in the cases above, so that their compiled code serves
    asked = replace(some, times=np.array([1.0, time]))
    with pytest.raises(RequestError, match=r"nothing was solved at this time(?s:.)*0 to 30 h"):
        asked.march(("cv_ketamine",))
    with pytest.raises(RequestError, match=r"nothing was solved at this time(?s:.)*0 to 30 h"):
        asked.solve().at(asked.times)


@pytest.mark.parametrize("end", [0.0, -1.0])
def test_a_span_that_does_not_end_after_it_begins_is_refused(infused, end: float):
    with pytest.raises(RequestError, match="must end after it begins"):
        replace(infused, span=(0.0, end)).march(("cv_ketamine",))


def test_values_for_another_number_of_people_are_refused(infused):
    short = infused.chain.with_values(
        {"synapse.k_dis": np.full(4, float(infused.chain.parameters["synapse.k_dis"][0]))}
    )
    with pytest.raises(RequestError, match=r"one number a person(?s:.)*k_dis(?s:.)*given: *4(?s:.)*allowed: *19"):
        replace(infused, chain=short).march(("madrs_total",))
    fewer = infused.given(infused.protocol.amounts[:5])
    with pytest.raises(RequestError, match="one number a person"):
        fewer.march(("madrs_total",))


@pytest.mark.parametrize("seed", range(4))
def test_protocols_by_chance_give_the_numbers_of_the_cascade(infused, seed: int):
    """Doses at the same moment, at the very beginning and end, missed by some; times on breakpoints and beside them."""
    draw = np.random.default_rng(seed)
    moments, end = np.array([0.0, 1.0, 1.0 + 1e-12, 5.0, 29.0]), infused.span[1]
    happened = [Level("load", 0.0, 0.3), Level("load", float(draw.choice([1.0, 7.0])), 0.6, 20.0)]
    happened += [Impulse("life_event", float(draw.choice(moments)), float(draw.uniform(-1.0, 3.0)))]
    for start in draw.choice(moments, draw.integers(1, 5)):
        over = float(draw.choice([1 / 60, 2 / 3, 1.0]))
        happened += infused.infusion(float(start), float(draw.uniform(5.0, 60.0)), over)
    shared = protocol(infused.chain.external, [happened] * infused.people)
    missed = draw.random(shared.amounts.shape) < 0.2
    times = np.concatenate([draw.uniform(0.0, end, 5), moments, moments + 1e-12, [end, 0.0, end]])
    asked = replace(infused, protocol=replace(shared, amounts=np.where(missed, 0.0, shared.amounts)), times=times)
    found, reference = asked.march(), asked.solve().at(times)
    expected = {port: reference[port] for port in found.signals}
    assert max(scaled_errors(found.signals, expected, infused.chain.wiring.ports).values()) < _SAME
