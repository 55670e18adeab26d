"""Profiles of linear chains: closed forms, the solver, the adaptive oracle, gradients, pruning, refusals."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array

from resynapse.chains import body_chain, default_chain, happenings
from resynapse.compound.library import compound
from resynapse.core.chain import Chain
from resynapse.core.errors import RequestError, SolveError
from resynapse.core.event import Impulse, Infusion
from resynapse.core.parameter import parameter
from resynapse.core.port import Port
from resynapse.core.solver import oracle, profile, protocol, solve
from resynapse.core.solver.needed import kept_blocks, links
from resynapse.core.stage import AbstractLinearStage

MOMENTS = np.concatenate([np.linspace(0.0, 4.0, 41), np.linspace(4.3, 40.0, 60)])


@pytest.fixture(scope="module")
def body():
    return body_chain("human")


def given(body, drug, *doses):
    return [
        h
        for route, start, mg, over, devices in doses
        for h in happenings(
            body, compound(drug), route, {"start": start, "mg": mg, "duration": over, "devices": devices}
        )
    ]


@pytest.fixture(scope="module")
def everything(body):
    """Racemate by every kind of input: infusion, devices, solution, film, needle."""
    doses = [("iv", 0.5, 35.0, 2 / 3, 1), ("nasal", 12.0, 56.0, 0.0, 2), ("oral", 18.0, 100.0, 0.0, 1)]
    doses += [("sublingual", 24.0, 50.0, 0.0, 1), ("im", 30.0, 30.0, 0.0, 1)]
    return protocol(body.external, [given(body, "ketamine", *doses)])


def scaled(found, reference):
    """Largest difference per port of `found`, divided by the largest value that was reached."""
    pairs = {k: (np.asarray(v), np.asarray(reference[k])) for k, v in found.items()}
    return {k: np.abs(a - b).max() / max(np.abs(b).max(), 1e-12) for k, (a, b) in pairs.items()}


def test_every_port_equals_the_solver_and_the_adaptive_oracle(body, everything):
    found = profile(body, everything, None, MOMENTS).signals
    solved = solve(body, everything, body.initial(), (0.0, 40.0)).at(MOMENTS)
    assert max(scaled(found, solved).values()) < 1e-9
    reference = oracle(body, everything, body.initial(), MOMENTS, tolerance=1e-12)
    assert max(scaled(found, reference).values()) < 1e-8


class OneCompartment(AbstractLinearStage):
    """A depot that empties into one compartment; both rates may be equal."""

    ka: Array = parameter("1/h", "absorption rate")
    k: Array = parameter("1/h", "elimination rate")

    @property
    def reads(self):
        return (Port("dose", "umol/h"),)

    @property
    def writes(self):
        return (Port("amount", "umol"),)

    def initial(self, ill=False):
        return {"depot": jnp.zeros(()), "amount": jnp.zeros(())}

    def rates(self, t, state, inputs):
        moved = self.ka * state["depot"]
        return {"depot": inputs["dose"] - moved, "amount": moved - self.k * state["amount"]}

    def outputs(self, t, state, inputs):
        return {"amount": state["amount"]}


def absorbed(ka, k, since, over):
    """Amount after a unit dose in the depot, at once (`over` 0) or evenly over some hours."""
    if over == 0.0 and ka == k:
        return np.where(since >= 0, ka * since * np.exp(-k * since), 0.0)
    if over == 0.0:
        return np.where(since >= 0, ka / (ka - k) * (np.exp(-k * since) - np.exp(-ka * since)), 0.0)
    held = [
        (1.0 - np.exp(-r * np.clip(since, 0, over))) / r * np.exp(-r * np.maximum(since - over, 0)) for r in (k, ka)
    ]
    return ka / (ka - k) * (held[0] - held[1]) / over


@pytest.mark.parametrize(("ka", "k", "over"), [(3.0, 0.4, 0.0), (0.4, 3.0, 0.7), (0.5, 0.5, 0.0)])
def test_one_compartment_with_absorption_equals_its_closed_form(ka, k, over):
    stage = OneCompartment(ka=ka, k=k)
    chain = Chain({"body": stage}, stage.reads)
    dose = Infusion("dose", 1.0, 100.0, over) if over else Impulse("dose", 1.0, 100.0)
    times = np.array([0.5, 1.0, 1.3, 2.0, 5.0, 9.0, 40.0])
    found = np.asarray(profile(chain, protocol(chain.external, [[dose]]), None, times).signals["amount"])[0]
    np.testing.assert_allclose(found, 100.0 * absorbed(ka, k, times - 1.0, over), rtol=1e-9, atol=1e-10)


def test_only_driven_and_wanted_states_are_solved(body):
    net = links(body)
    moved = net.driven({"iv_ketamine_s"}, ())
    (block,) = kept_blocks(body, moved & net.felt(("cv_ketamine_s",)), {"iv_ketamine_s"})
    assert set(block.states) == {
        f"{s}_s" for s in ("central", "peripheral1", "peripheral2", "liver", "fast_ketamine", "slow_ketamine")
    }
    assert block.ports == ("iv_ketamine_s",)


def test_pruning_changes_no_value(body, everything):
    ports = ("cv_ketamine", "cv_norketamine_s", "ce_hnk_r")
    few, all_of_them = (profile(body, everything, None, MOMENTS, chosen).signals for chosen in (ports, None))
    assert few.keys() == set(ports)
    assert max(scaled(few, {p: all_of_them[p] for p in ports}).values()) < 1e-12


def test_times_may_come_in_any_order_and_twice(body, everything):
    times = np.array([13.0, 0.7, 13.0, 31.0])
    found = np.asarray(profile(body, everything, None, times, ("cv_ketamine",)).signals["cv_ketamine"])[0]
    assert found[0] == found[2]
    in_order = profile(body, everything, None, np.unique(times), ("cv_ketamine",)).signals["cv_ketamine"][0]
    np.testing.assert_array_equal(found, np.asarray(in_order)[[1, 0, 1, 2]])


def test_a_profile_goes_on_where_another_ended(body, everything):
    ports = ("cv_ketamine", "cv_hnk")
    first = profile(body, everything, None, [0.8], ports)
    rest = MOMENTS[MOMENTS > 0.8]
    second = profile(body, everything, first.last_state, [0.8, *rest], ports).signals
    whole = profile(body, everything, None, rest, ports).signals
    assert max(scaled({p: v[:, 1:] for p, v in second.items()}, whole).values()) < 1e-12


def test_an_impulse_counts_once_where_edges_lie_close(body):
    doses = protocol(body.external, [[Impulse("iv_ketamine_s", 1.0, 100.0)]])
    times = [1.0 - 5e-11, 1.0, 1.0 + 5e-11]
    found = np.asarray(profile(body, doses, None, times, ("ca_ketamine_s",)).signals["ca_ketamine_s"])[0]
    wanted = 100.0 / 20.84 * 237.73
    np.testing.assert_allclose(found, [0.0, wanted, wanted], rtol=1e-6)


def test_fast_rates_over_long_intervals_stay_exact():
    """A depot that empties a thousand times an hour, looked at over weeks: the norm reaches half a million."""
    stage = OneCompartment(ka=1000.0, k=0.01)
    chain = Chain({"body": stage}, stage.reads)
    times = np.array([1e-3, 0.5, 24.0, 500.0])
    doses = protocol(chain.external, [[Impulse("dose", 0.0, 100.0)]])
    found = np.asarray(profile(chain, doses, None, times).signals["amount"])[0]
    np.testing.assert_allclose(found, 100.0 * absorbed(1000.0, 0.01, times, 0.0), rtol=1e-9)


def test_people_with_their_own_values_and_amounts(body):
    people = [[Infusion("iv_ketamine_s", 0.0, amount, 1.0)] for amount in (50.0, 0.0, 80.0)]
    own = {"body.v1": np.array([15.0, 20.0, 30.0]), "body.weight": np.array([50.0, 70.0, 100.0])}
    ports, times = ("cv_ketamine_s",), [0.5, 1.0, 3.0]
    many = profile(body.with_values(own), protocol(body.external, people), None, times, ports).signals["cv_ketamine_s"]
    assert many.shape == (3, 3)
    for i, person in enumerate(people):
        one = body.with_values({a: v[i] for a, v in own.items()})
        alone = profile(one, protocol(body.external, [person]), None, times, ports).signals["cv_ketamine_s"]
        np.testing.assert_allclose(many[i], alone[0], rtol=1e-12)


def test_one_protocol_stands_for_everybody(body):
    own = {"body.v1": np.array([15.0, 30.0])}
    doses = protocol(body.external, [[Infusion("iv_ketamine_s", 0.0, 50.0, 1.0)]])
    assert profile(body.with_values(own), doses, None, [1.0], ("cv_ketamine_s",)).signals["cv_ketamine_s"].shape == (
        2,
        1,
    )


@pytest.fixture(scope="module")
def concentration(body):
    """One nasal profile as a function of some log-parameters, as a fit calls it."""
    doses = protocol(body.external, [given(body, "esketamine", ("nasal", 0.0, 84.0, 0.0, 3))])
    times = np.array([0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 24.0])
    names = ("body.v1", "body.cl_int_s", "body.ka_n", "body.ka_sw", "body.qh", "body.k_slow", "body.v3", "body.fr_n")

    def course(logs):
        chain = body.with_values(dict(zip(names, jnp.exp(logs), strict=True)))
        return profile(chain, doses, None, times, ("cv_ketamine_s",)).signals["cv_ketamine_s"][0]

    return jax.jit(course), jnp.log(jnp.array([float(body.parameters[n]) for n in names]))


def test_gradients_forward_and_reverse_equal_central_differences(concentration):
    course, logs = concentration
    forward, reverse = jax.jacfwd(course)(logs), jax.jacrev(course)(logs)
    np.testing.assert_allclose(forward, reverse, rtol=1e-9, atol=1e-9)
    step = 1e-5 * np.eye(len(logs))
    numeric = np.stack([(course(logs + s) - course(logs - s)) / 2e-5 for s in step], axis=1)
    np.testing.assert_allclose(forward, numeric, rtol=1e-6, atol=1e-6)


def test_new_values_need_no_new_compilation(concentration):
    course, logs = concentration
    course(logs)
    before = course._cache_size()
    course(logs + 0.1)
    assert course._cache_size() == before


def test_a_chain_with_a_slow_part_is_refused():
    chain = default_chain("human")
    with pytest.raises(SolveError, match="body_chain"):
        profile(chain, protocol(chain.external, [[]]), None, [1.0])


def test_an_unknown_port_names_the_nearest(body):
    with pytest.raises(RequestError, match="cv_ketamine_s"):
        profile(body, protocol(body.external, [[]]), None, [1.0], ("cv_ketamin_s",))


def test_a_start_that_lacks_a_state_is_refused(body, everything):
    first = profile(body, everything, None, [0.8], ("cv_ketamine",))
    with pytest.raises(SolveError, match="lacks"):
        profile(body, everything, first.last_state, [0.8, 2.0], ("cv_hnk",))


@pytest.mark.parametrize("times", [[], [np.nan], [[1.0, 2.0]]], ids=["none", "not a number", "a table"])
def test_times_that_are_no_list_of_hours_are_refused(body, everything, times):
    with pytest.raises(RequestError):
        profile(body, everything, None, times, ("cv_ketamine",))
