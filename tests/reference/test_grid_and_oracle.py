"""The cascade against an adaptive solver, against itself on a finer grid, and cut into pieces."""

from __future__ import annotations

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from resynapse.core.errors import EventError, SolveError
from resynapse.core.event import Impulse, Infusion, Level
from resynapse.core.solver import GridPlan, certify, oracle, protocol, scaled_errors, signature, solve
from resynapse.core.solver.grid import make_grid

COARSE = GridPlan(first=1.0 / 8.0, per_octave=2, longest=0.5)
BUDGET = 1e-4


@pytest.fixture(scope="module")
def judged(infused, injected, times):
    """What the adaptive solver says of both courses."""
    return {name: _judge(dosed, times) for name, dosed in {"human": infused, "mouse": injected}.items()}


def _judge(dosed, times):
    return oracle(dosed.case.chain, dosed.protocol, dosed.case.start, times)


def first_person(signals):
    return {name: value[0] for name, value in signals.items()}


# The grid


def spans(grid):
    return grid.start[: grid.steps], grid.start[: grid.steps] + grid.length[: grid.steps]


@pytest.mark.parametrize("breakpoints", [(), (0.0, 40 / 60), (0.0, 0.1, 24.0, 24.1, 168.0), (5.0, 5.0 + 1e-13, 7.0)])
@pytest.mark.parametrize("plan", [GridPlan(), GridPlan().halved, COARSE])
def test_steps_tile_the_time_and_straddle_nothing(breakpoints, plan):
    grid = make_grid(breakpoints, 0.0, 200.0, plan)
    begin, end = spans(grid)
    np.testing.assert_allclose(end[:-1], begin[1:], rtol=0, atol=1e-9)
    assert (begin[0], round(float(end[-1]), 9)) == (0.0, 200.0)
    for cut in breakpoints:
        assert not ((begin < cut - 1e-9) & (end > cut + 1e-9)).any()
    assert grid.length.max() <= plan.longest
    np.testing.assert_array_equal(
        grid.length[: grid.steps], (grid.families[grid.family] / 2.0**grid.level)[: grid.steps]
    )


def test_steps_are_fine_after_every_breakpoint_and_grow():
    grid = make_grid((24.0,), 0.0, 72.0, GridPlan())
    begin, _ = spans(grid)
    for cut in (0.0, 24.0):
        inside = (begin >= cut) & (begin < cut + 24.0)
        length = grid.length[: grid.steps][inside]
        assert length[0] <= GridPlan().first
        assert (np.diff(length) >= 0).all()
        assert (length[1:] <= 2.0 * length[:-1]).all()


# Against the adaptive solver


@pytest.mark.parametrize("species", ["human", "mouse"])
def test_every_port_agrees_with_the_adaptive_solver(species, infused, injected, judged, times):
    dosed = {"human": infused, "mouse": injected}[species]
    errors = scaled_errors(first_person(dosed.solution.at(times)), judged[species], dosed.case.chain.wiring.ports)
    assert len(errors) > 30
    worst = max(errors, key=errors.get)
    assert errors[worst] < BUDGET, f"{worst}: {errors[worst]:.2g}"


def test_the_courses_that_agree_are_not_flat(judged):
    assert float(judged["human"]["despair"].min()) < 0.6 < 0.99 < float(judged["human"]["despair"][0])
    assert float(judged["mouse"]["glutamate_pfc"].max()) > 1.1
    assert float(judged["human"]["madrs_total"][0] - judged["human"]["madrs_total"].min()) > 5.0


def test_half_the_step_leaves_a_sixteenth_of_the_error(infused, judged, times):
    case, ports = (
        infused.case,
        ("despair", "lhb_output", "glutamate_pfc", "mtorc1", "synaptic_protein", "ampar_surface"),
    )
    finer = solve(case.chain, infused.protocol, case.start, (0.0, 72.0), GridPlan().halved)
    twice = [
        scaled_errors(first_person(s.at(times)), judged["human"], case.chain.wiring.ports)
        for s in (infused.solution, finer)
    ]
    ratios = [twice[0][port] / twice[1][port] for port in ports]
    assert 11.0 < np.median(ratios) < 26.0, dict(zip(ports, ratios, strict=True))


def test_a_fine_grid_is_certified(infused, times):
    errors = certify(infused.solution, infused.case.start, times)
    assert errors.keys() == infused.solution.at(np.zeros(1)).keys()
    assert max(errors.values()) < BUDGET


def test_a_coarse_grid_is_refused_by_its_worst_port(infused, times):
    case = infused.case
    coarse = solve(case.chain, infused.protocol, case.start, (0.0, 72.0), COARSE)
    with pytest.raises(SolveError, match="too coarse") as caught:
        certify(coarse, case.start, times, COARSE)
    assert caught.value.where.strip("`") in {p.name for p in case.chain.wiring.ports}
    assert "below 0.0001" in caught.value.message


def test_errors_are_scaled_by_what_a_port_can_do(human):
    ports = human.chain.wiring.ports
    errors = scaled_errors({"madrs_total": jnp.array([30.0])}, {"madrs_total": jnp.array([33.0])}, ports)
    assert errors["madrs_total"] == pytest.approx(3.0 / 60.0)
    errors = scaled_errors({"cv_ketamine": jnp.array([190.0])}, {"cv_ketamine": jnp.array([200.0])}, ports)
    assert errors["cv_ketamine"] == pytest.approx(10.0 / 200.0)


# In pieces


@pytest.fixture(scope="module")
def twice_dosed(human):
    return human.given((*human.dose("iv", 35.0, duration=0.75), *human.dose("iv", 35.0, start=24.0, duration=0.75)))


def test_a_course_cut_at_a_breakpoint_is_the_same_to_the_last_bit(human, twice_dosed):
    whole = solve(human.chain, twice_dosed, human.start, (0.0, 48.0))
    first = solve(human.chain, twice_dosed, human.start, (0.0, 24.0))
    second = solve(human.chain, twice_dosed, first.last_state, (first.end, 48.0))
    assert first.end == 24.0
    assert bitwise(whole.last_state, second.last_state)
    later = np.linspace(24.5, 48.0, 20)
    assert bitwise(whole.at(later), second.at(later))


def test_a_cut_elsewhere_changes_less_than_the_budget(human, twice_dosed):
    whole = solve(human.chain, twice_dosed, human.start, (0.0, 48.0))
    first = solve(human.chain, twice_dosed, human.start, (0.0, 17.3))
    second = solve(human.chain, twice_dosed, first.last_state, (first.end, 48.0))
    later = np.linspace(24.5, 48.0, 20)
    errors = scaled_errors(second.at(later), whole.at(later), human.chain.wiring.ports)
    assert max(errors.values()) < BUDGET


def bitwise(one, other):
    pairs = jax.tree.map(lambda a, b: bool(np.array_equal(a, b)), one, other)
    return all(jax.tree.leaves(pairs))


# Several people


@pytest.fixture(scope="module")
def three(human):
    """Three people who differ in dose, weight and synapses; the second misses the dose."""
    doses = [human.dose("iv", mg, duration=2.0 / 3.0) for mg in (35.0, 0.0, 70.0)]
    values = {"body.weight": np.array([70.0, 60.0, 95.0]), "synapse.k_dis": np.array([2.5, 2.5, 2.0])}
    return values, human.given(*doses)


@pytest.fixture(scope="module")
def together(human, three):
    values, happened = three
    return solve(human.chain.with_values(values), happened, human.start, (0.0, 72.0))


def test_people_solved_together_are_people_solved_alone(human, three, together, times):
    values, happened = three
    found = together.at(times)
    for i in range(3):
        chain = human.chain.with_values({k: v[i : i + 1] for k, v in values.items()})
        alone = solve(chain, replace(happened, amounts=happened.amounts[i : i + 1]), human.start, (0.0, 72.0))
        assert bitwise({k: v[i] for k, v in found.items()}, first_person(alone.at(times)))


def test_a_parameter_for_everybody_or_for_each_person_is_the_same(infused, together, times):
    errors = scaled_errors(
        first_person(together.at(times)), first_person(infused.solution.at(times)), infused.case.chain.wiring.ports
    )
    assert max(errors.values()) < 1e-11


def test_an_amount_of_zero_is_no_dose(human, together, times):
    found = {name: value[1] for name, value in together.at(times).items()}
    assert all(
        float(np.abs(found[name]).max()) == 0.0 for name in ("cv_ketamine", "ce_nmdar", "occupancy_nmdar_resting")
    )
    still = human.chain.readouts(jnp.zeros(()), human.start, {"load": human.load.amount})
    assert max(float(np.abs(found[name] - still[name]).max()) for name in still) < 1e-9


def test_the_order_of_the_people_does_not_matter(human, three, together, times):
    values, happened = three
    order = np.array([2, 0, 1])
    chain = human.chain.with_values({k: v[order] for k, v in values.items()})
    turned = solve(chain, replace(happened, amounts=happened.amounts[order]), human.start, (0.0, 72.0)).at(times)
    assert bitwise(turned, {k: v[order] for k, v in together.at(times).items()})


def test_a_parameter_that_is_no_number_names_person_time_and_state(human, three):
    values, happened = three
    broken = eqx.tree_at(
        lambda c: c.stages["synapse"].k_dis, human.chain.with_values(values), jnp.array([2.5, np.nan, 2.5])
    )
    with pytest.raises(SolveError, match="not finite") as caught:
        solve(broken, happened, human.start, (0.0, 72.0))
    assert caught.value.where.startswith("person 2, 0 h, `")
    assert "`synapse." in caught.value.where


def test_two_people_with_the_same_times_share_a_signature(human):
    small, large = (human.dose("iv", mg, duration=0.5) for mg in (10.0, 80.0))
    assert signature(small) == signature(large[::-1])
    assert signature(small) != signature(human.dose("iv", 10.0, start=1.0, duration=0.5))


# What happens


@pytest.mark.parametrize(
    "happening",
    [
        Impulse("iv_ketamin_s", 0.0, 1.0),
        Impulse("load", np.nan, 1.0),
        Infusion("load", 0.0, 1.0, 0.0),
        Level("load", 0.0, np.inf),
    ],
)
def test_what_cannot_happen_is_refused(human, happening):
    with pytest.raises(EventError):
        human.given((happening,))


def test_an_unknown_input_names_the_nearest(human):
    with pytest.raises(EventError) as caught:
        human.given((Impulse("iv_ketamin_s", 0.0, 1.0),))
    assert caught.value.nearest == "iv_ketamine_s"


def test_the_same_slot_twice_adds_up(human):
    both = protocol(human.chain.external, [[Impulse("iv_hnk_s", 1.0, 2.0), Impulse("iv_hnk_s", 1.0, 3.0)]])
    assert both.amounts.tolist() == [[5.0]]


# Slopes


def test_the_slope_of_the_course_in_a_parameter_is_a_finite_difference(human, three):
    values, happened = three
    one_day = np.array([24.0])

    def despair(k_dis):
        chain = human.chain.with_values({**values, "synapse.k_dis": k_dis})
        return solve(chain, happened, human.start, (0.0, 72.0)).at(one_day)["despair"][:, 0]

    at, direction, step = jnp.asarray(values["synapse.k_dis"]), jnp.ones(3), 1e-4
    _, slope = jax.jvp(despair, (at,), (direction,))
    difference = (despair(at + step) - despair(at - step)) / (2 * step)
    assert abs(float(slope[0])) > 1e-3
    np.testing.assert_allclose(slope, difference, rtol=1e-6, atol=1e-9)
