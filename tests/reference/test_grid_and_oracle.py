"""The cascade against an adaptive solver, against itself on a finer grid, and cut into pieces."""

from __future__ import annotations

from dataclasses import dataclass, replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from resynapse.chains import default_chain, happenings, median_load
from resynapse.compound.library import compound
from resynapse.core.algebra import positive
from resynapse.core.chain import Chain, ChainState
from resynapse.core.errors import EventError, SolveError
from resynapse.core.event import Impulse, Infusion, Level
from resynapse.core.port import Port
from resynapse.core.solver import (
    GridPlan,
    Protocol,
    Solution,
    certify,
    coarsest_plan,
    oracle,
    protocol,
    rest,
    scaled_errors,
    signature,
    solve,
)
from resynapse.core.solver.grid import make_grid
from resynapse.core.stage import AbstractStage
from resynapse.life.stress import EXTERNAL

FINE = GridPlan(first=1.0 / 64.0, per_octave=64, longest=1.0 / 16.0)
COARSE = GridPlan(first=1.0 / 8.0, per_octave=2, longest=0.5)
BUDGET = 1e-4
END = 72.0
TIMES = np.unique(np.concatenate([[0.0], np.geomspace(0.01, 1.0, 30), np.linspace(1.0, END, 72)]))
OWN = ("body.weight", "synapse.k_dis")  # what differs between people


@dataclass(frozen=True)
class Case:
    """People in a depressed rest who are given something, and what became of them; `plain` is the first one alone."""

    plain: Chain
    chain: Chain
    start: ChainState
    protocol: Protocol
    solution: Solution

    def __repr__(self) -> str:
        return f"Case({len(self.protocol.amounts)} people, {self.solution.grid.steps} steps)"

    def again(self, happened: Protocol | None = None, plan: GridPlan | None = None, **kept) -> Solution:
        """Solved once more, in another way."""
        return solve(
            self.chain, happened or self.protocol, kept.get("start", self.start), kept.get("span", (0.0, END)), plan
        )

    def only(self, people: list[int]) -> Solution:
        """Some of the people, in another order or alone."""
        chain = self.plain.with_values({a: self.chain.parameters[a][np.array(people)] for a in OWN})
        return solve(chain, replace(self.protocol, amounts=self.protocol.amounts[people]), self.start, (0.0, END))


def given(chain: Chain, *people: list[tuple[str, float, float, float]]) -> Protocol:
    """A protocol of doses (route, mg, start, duration) under the load that keeps a person depressed."""
    load, drug = Level("load", 0.0, float(median_load(chain))), compound("ketamine")
    fields = ("mg", "start", "duration")
    doses = [
        [happenings(chain, drug, d[0], {**dict(zip(fields, d[1:], strict=True)), "devices": 1}) for d in p]
        for p in people
    ]
    return protocol(chain.external, [(load, *(h for dose in person for h in dose)) for person in doses])


def resting(chain: Chain) -> ChainState:
    return rest(chain, {"load": median_load(chain)}).state


@pytest.fixture(scope="module")
def human():
    """0.5 mg/kg of racemic ketamine over 40 min in 70 kg, followed for three days, beside two other people.

    The second misses the dose; the third weighs more, is given more, and has less responsive synapses.
    """
    plain = default_chain("human")
    k_dis = float(plain.parameters["synapse.k_dis"])
    chain = plain.with_values({"body.weight": [70.0, 60.0, 95.0], "synapse.k_dis": [k_dis, k_dis, 0.8 * k_dis]})
    happened, start = given(plain, *([("iv", mg, 0.0, 2.0 / 3.0)] for mg in (35.0, 0.0, 70.0))), resting(plain)
    return Case(plain, chain, start, happened, solve(chain, happened, start, (0.0, END)))


@pytest.fixture(scope="module")
def mouse():
    """10 mg/kg of racemic ketamine into the belly of a mouse, followed for three days."""
    plain = default_chain("mouse")
    happened, start = given(plain, [("ip", 10.0 * float(plain.parameters["body.weight"]), 0.0, 0.0)]), resting(plain)
    return Case(plain, plain, start, happened, solve(plain, happened, start, (0.0, END)))


@pytest.fixture(scope="module")
def judged(human, mouse):
    """What the adaptive solver says of the first human and of the mouse."""
    return {n: oracle(c.plain, c.protocol, c.start, TIMES) for n, c in {"human": human, "mouse": mouse}.items()}


def person(i, signals):
    return {name: value[i] for name, value in signals.items()}


def same(one, other):
    """Equal to the last bit."""
    return all(jax.tree.leaves(jax.tree.map(lambda a, b: bool(np.array_equal(a, b)), one, other)))


# The grid


def steps(grid):
    return grid.start[: grid.steps], grid.length[: grid.steps]


@pytest.mark.parametrize("breakpoints", [(), (0.0, 40 / 60), (0.0, 0.1, 24.0, 24.1, 168.0), (5.0, 5.0 + 1e-13, 7.0)])
@pytest.mark.parametrize("plan", [GridPlan(), GridPlan().halved, COARSE])
def test_steps_tile_the_time_and_straddle_nothing(breakpoints, plan):
    grid = make_grid(breakpoints, 0.0, 200.0, plan)
    begin, length = steps(grid)
    np.testing.assert_allclose(begin[1:], (begin + length)[:-1], rtol=0, atol=1e-9)
    assert (begin[0], round(float(begin[-1] + length[-1]), 9)) == (0.0, 200.0)
    for cut in breakpoints:
        assert not ((begin < cut - 1e-9) & (begin + length > cut + 1e-9)).any()
    assert length.max() <= plan.longest
    np.testing.assert_array_equal(length, (grid.families[grid.family] / 2.0**grid.level)[: grid.steps])


def test_steps_are_fine_after_every_breakpoint_and_grow():
    begin, length = steps(make_grid((24.0,), 0.0, 72.0, GridPlan()))
    for cut in (0.0, 24.0):
        inside = length[(begin >= cut) & (begin < cut + 24.0)]
        assert inside[0] <= GridPlan().first
        assert (np.diff(inside) >= 0).all()
        assert (inside[1:] <= 2.0 * inside[:-1]).all()


WEEKLY = (100.0, 268.0, 436.0, 604.0)


@pytest.mark.parametrize("plan", [GridPlan(), GridPlan().halved, COARSE])
def test_no_step_straddles_a_soft_breakpoint_and_none_begins_anew(plan):
    grid = make_grid((0.0, 2 / 3, 72.0), 0.0, 672.0, plan, WEEKLY)
    begin, length = steps(grid)
    np.testing.assert_allclose(begin[1:], (begin + length)[:-1], rtol=0, atol=1e-9)
    for cut in WEEKLY:
        here = int(np.abs(begin - cut).argmin())
        assert begin[here] == pytest.approx(cut, abs=1e-9)
        assert length[here] > plan.longest / 2.0
    np.testing.assert_allclose(np.unique(grid.origins), [0.0, 2 / 3, 72.0])


@pytest.mark.parametrize("longest", [0.1875, 0.3, 0.4375])
def test_long_intervals_are_tiled_by_steps_close_to_the_longest(longest):
    _, length = steps(make_grid((17.3,), 0.0, 400.0, GridPlan(longest=longest)))
    assert np.median(length) > 0.9 * longest
    _, halved = steps(make_grid((17.3,), 0.0, 400.0, GridPlan(longest=longest).halved))
    np.testing.assert_allclose(halved, np.repeat(length / 2.0, 2), rtol=0, atol=1e-12)


def test_a_soft_breakpoint_that_is_also_a_hard_one_is_hard():
    both, hard = (make_grid((24.0,), 0.0, 72.0, GridPlan(), soft) for soft in ((24.0 + 1e-13,), ()))
    assert all(np.array_equal(a, b) for a, b in zip(both, hard, strict=True))


def test_weekly_loads_cost_few_steps_and_no_accuracy(human):
    weekly = [Level("load", start, 0.1, start + 12.0) for start in (8.0, 32.0, 56.0)]
    happened = replace(human.protocol, slots=(*human.protocol.slots, *(replace(w, amount=1.0) for w in weekly)))
    amounts = np.pad(human.protocol.amounts, ((0, 0), (0, len(weekly))), constant_values=0.1)
    found = human.again(replace(happened, amounts=amounts))
    assert found.grid.steps < human.solution.grid.steps + 200
    assert max(certify(found, TIMES).values()) < BUDGET
    judged = oracle(human.plain, found.protocol, human.start, TIMES)
    errors = scaled_errors(person(0, found.at(TIMES)), judged, human.plain.wiring.ports)
    assert max(errors.values()) < BUDGET, errors


# Against the adaptive solver


@pytest.mark.parametrize("species", ["human", "mouse"])
def test_every_port_agrees_with_the_adaptive_solver(species, human, mouse, judged):
    case = {"human": human, "mouse": mouse}[species]
    errors = scaled_errors(person(0, case.solution.at(TIMES)), judged[species], case.plain.wiring.ports)
    assert len(errors) > 30
    worst = max(errors, key=errors.get)
    assert errors[worst] < BUDGET, f"{worst}: {errors[worst]:.2g}"


def test_the_courses_that_agree_are_not_flat(judged):
    assert float(judged["human"]["despair"].min()) < 0.6 < 0.99 < float(judged["human"]["despair"][0])
    assert float(judged["mouse"]["glutamate_pfc"].max()) > 1.1
    assert float(judged["human"]["madrs_total"][0] - judged["human"]["madrs_total"].min()) > 5.0


def test_half_the_step_leaves_a_sixteenth_of_the_error(human, judged):
    ports = ("despair", "lhb_output", "glutamate_pfc", "mtorc1", "synaptic_protein", "ampar_surface")
    found = [person(0, s.at(TIMES)) for s in (human.solution, human.again(plan=GridPlan().halved))]
    first, second = (scaled_errors(f, judged["human"], human.plain.wiring.ports) for f in found)
    ratios = {port: first[port] / second[port] for port in ports}
    assert 11.0 < np.median(list(ratios.values())) < 26.0, ratios


def test_a_fine_grid_is_certified(human):
    errors = certify(human.solution, TIMES)
    assert errors.keys() == human.solution.at(TIMES).keys()
    assert max(errors.values()) < BUDGET


def test_a_coarse_grid_is_refused_by_its_worst_port(human):
    with pytest.raises(SolveError, match="too coarse") as caught:
        certify(human.again(plan=COARSE), TIMES)
    assert caught.value.where.strip("`") in {p.name for p in human.plain.wiring.ports}
    assert "below 0.0001" in caught.value.message


def test_the_coarsest_plan_that_is_certified_is_chosen(human, mouse):
    plans = (COARSE, GridPlan.coarse(), GridPlan(), GridPlan().halved)
    chosen = coarsest_plan(human.chain, human.protocol, human.start, (0.0, END), plans)
    assert chosen == GridPlan.coarse()
    with pytest.raises(SolveError, match="too coarse"):
        coarsest_plan(mouse.chain, mouse.protocol, mouse.start, (0.0, END), plans[:2])


@pytest.mark.parametrize(
    ("port", "off", "right", "error"), [("madrs_total", 30.0, 33.0, 0.05), ("cv_ketamine", 190.0, 200.0, 0.05)]
)
def test_errors_are_scaled_by_what_a_port_can_do_or_did(human, port, off, right, error):
    found = scaled_errors({port: np.array([off])}, {port: np.array([right])}, human.plain.wiring.ports)
    assert found == {port: pytest.approx(error)}


class Switch(AbstractStage):
    """A memory that fades slowly until it falls below a sharp threshold, and fast from there."""

    small: int = eqx.field(static=True, default=1)

    @property
    def reads(self):
        return (Port("load", "1"),)

    @property
    def writes(self):
        return (Port("memory", "1", range=(0.0, 1.0)),)

    @property
    def substeps(self):
        return self.small

    def initial(self, ill=False):
        return {"kept": jnp.ones(())}

    def rates(self, t, state, inputs):
        return {"kept": inputs["load"] - 0.5 * (0.02 + positive(1.0 - state["kept"] / 0.8, 0.001)) * state["kept"]}

    def outputs(self, t, state, inputs):
        return {"memory": state["kept"]}


@pytest.mark.parametrize(("substeps", "better"), [(2, 2.0), (4, 5.0)])
def test_substeps_resolve_a_switch_that_the_grid_does_not(substeps, better):
    plan = GridPlan(first=1.0, per_octave=2, longest=2.0)

    def error(count):
        chain = Chain({"memory": Switch(count)}, EXTERNAL[:1])
        nothing, times = protocol(chain.external, [[Level("load", 0.0, 0.0)]]), np.linspace(0.0, 120.0, 61)
        found, fine = (solve(chain, nothing, chain.initial(), (0.0, 120.0), p).at(times) for p in (plan, FINE))
        return scaled_errors(found, fine, chain.wiring.ports)["memory"]

    assert error(substeps) < error(1) / better


# In pieces


@pytest.fixture(scope="module")
def twice(human):
    """Doses at 0 and 24 h whose times a computer can write down exactly."""
    return given(human.plain, *([("iv", mg, at, 0.75) for at in (0.0, 24.0)] for mg in (35.0, 0.0, 70.0)))


@pytest.fixture(scope="module")
def whole(human, twice):
    return human.again(twice, span=(0.0, 48.0))


def in_two(case, happened, cut):
    """The second part of a course that was cut."""
    first = case.again(happened, span=(0.0, cut))
    assert first.end == cut
    return case.again(happened, start=first.last_state, span=(cut, 48.0))


def test_a_course_cut_at_a_breakpoint_is_the_same_to_the_last_bit(human, twice, whole):
    second, later = in_two(human, twice, 24.0), np.linspace(24.5, 48.0, 20)
    assert same(whole.last_state, second.last_state)
    assert same(whole.at(later), second.at(later))


def test_a_cut_elsewhere_changes_less_than_the_budget(human, twice, whole):
    second, later = in_two(human, twice, 17.3), np.linspace(24.5, 48.0, 20)
    assert max(scaled_errors(second.at(later), whole.at(later), human.plain.wiring.ports).values()) < BUDGET


# Several people


def test_people_solved_together_are_people_solved_alone(human):
    together = human.solution.at(TIMES)
    for i in range(3):
        assert same(person(i, together), person(0, human.only([i]).at(TIMES)))


def test_the_order_of_the_people_does_not_matter(human):
    order = [2, 0, 1]
    assert same(human.only(order).at(TIMES), {k: v[np.array(order)] for k, v in human.solution.at(TIMES).items()})


def test_an_amount_of_zero_is_no_dose(human):
    found = person(1, human.solution.at(TIMES))
    assert all(np.abs(found[port]).max() == 0.0 for port in ("cv_ketamine", "ce_nmdar", "occupancy_nmdar_resting"))
    still = human.plain.readouts(jnp.zeros(()), human.start, {"load": median_load(human.plain)})
    assert max(float(np.abs(found[name] - still[name]).max()) for name in still) < 1e-9


def test_a_parameter_that_is_no_number_names_person_time_and_state(human):
    broken = eqx.tree_at(lambda c: c.stages["synapse"].k_dis, human.chain, np.array([2.5, np.nan, 2.5]))
    with pytest.raises(SolveError, match="not finite") as caught:
        solve(broken, human.protocol, human.start, (0.0, END))
    assert caught.value.where.startswith("person 2, 0 h, `synapse.")


# What happens


def test_two_people_with_the_same_times_share_a_signature(human):
    small, large, late = (
        given(human.plain, [("iv", mg, at, 0.5)]).slots for mg, at in ((10.0, 0.0), (80.0, 0.0), (10.0, 1.0))
    )
    assert signature(small) == signature(large[::-1]) != signature(late)


@pytest.mark.parametrize(
    "happening",
    [
        Impulse("load", np.nan, 1.0),
        Impulse("load", 0.0, np.inf),
        Infusion("load", 0.0, 1.0, 0.0),
        Infusion("load", 0.0, 1.0, -1.0),
        Level("load", 0.0, np.inf),
    ],
)
def test_what_cannot_happen_is_refused(happening):
    with pytest.raises(EventError, match="finite numbers"):
        protocol(EXTERNAL, [[happening]])


def test_an_unknown_input_names_the_nearest():
    with pytest.raises(EventError) as caught:
        protocol(EXTERNAL, [[Impulse("life_events", 0.0, 1.0)]])
    assert caught.value.nearest == "life_event"


def test_the_same_slot_twice_adds_up():
    both = protocol(EXTERNAL, [[Impulse("life_event", 1.0, 2.0), Impulse("life_event", 1.0, 3.0)]])
    assert both.amounts.tolist() == [[5.0]]


# Slopes


def test_the_slope_of_despair_after_a_day_is_a_finite_difference(mouse):
    def despair(k_dis):
        chain = mouse.plain.with_values({"synapse.k_dis": k_dis})
        return solve(chain, mouse.protocol, mouse.start, (0.0, 24.0)).last_state["mood"]["despair"][0]

    at, step = mouse.plain.parameters["synapse.k_dis"], 1e-4
    _, slope = jax.jvp(despair, (at,), (jnp.ones(()),))
    assert float(slope) < -1e-3
    assert float(slope) == pytest.approx(float(despair(at + step) - despair(at - step)) / (2 * step), rel=1e-6)


def test_a_gradient_runs_backwards_through_solve():
    life = replace(default_chain("mouse").stages["life"], provenance=())
    chain = Chain({"life": life}, (*EXTERNAL, Port("despair", "1")))
    happened = protocol(chain.external, [[Level("load", 0.0, 1.0)]])

    def stress(tau_z):
        varied = chain.with_values({"life.tau_z": tau_z, "life.rho": 0.0})
        return solve(varied, happened, varied.initial(), (0.0, 24.0)).last_state["life"]["z"][0]

    tau = float(chain.parameters["life.tau_z"])
    assert float(stress(tau)) == pytest.approx(-np.expm1(-24.0 / tau), rel=1e-6)
    assert float(jax.grad(stress)(tau)) == pytest.approx(-24.0 / tau**2 * np.exp(-24.0 / tau), rel=1e-6)
