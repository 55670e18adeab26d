"""Thousands of profiles at once: equal to exact propagators, guarded where rates are equal."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array

from resynapse.chains import body_chain, happenings
from resynapse.compound.library import compound
from resynapse.core.chain import Chain
from resynapse.core.event import Impulse, Infusion, Level
from resynapse.core.parameter import parameter
from resynapse.core.port import Port
from resynapse.core.solver import modal, profile, profile_people, protocol
from resynapse.core.stage import AbstractLinearStage
from resynapse.person import drawn_people

TIMES = np.array([0.0, 0.1, 0.53, 0.7, 1.0, 2.0, 6.0, 13.0, 24.0])
PEOPLE = 40
PAIR = ("cv_ketamine", "cv_norketamine")


class TwoInARow(AbstractLinearStage):
    """A depot that empties into one compartment, shown as an amount and as its square."""

    ka: Array = parameter("1/h", "absorption rate")
    k: Array = parameter("1/h", "elimination rate")

    @property
    def reads(self):
        return (Port("dose", "umol/h"),)

    @property
    def writes(self):
        return (Port("amount", "umol"), Port("square", "umol**2"))

    def initial(self, ill=False):
        return {"depot": jnp.zeros(()), "held": jnp.zeros(())}

    def rates(self, t, state, inputs):
        moved = self.ka * state["depot"]
        return {"depot": inputs["dose"] - moved, "held": moved - self.k * state["held"]}

    def outputs(self, t, state, inputs):
        return {"amount": state["held"], "square": state["held"] ** 2}


def two_in_a_row(ka, k):
    stage = TwoInARow(ka=1.0, k=1.0)
    return Chain({"body": stage}, stage.reads).with_values({"body.ka": ka, "body.k": k})


@pytest.fixture(scope="module")
def crowd():
    """People whose flows, volumes and absorption differ widely."""
    chance = np.random.default_rng(7)
    names = ("v1", "v2", "qh", "cl_int_s", "cl_int_r", "ka_n", "ka_po", "ka_sw")
    chain, spread = body_chain("human"), np.exp(0.5 * chance.standard_normal((len(names), PEOPLE)))
    return chain.with_values(
        {f"body.{n}": float(chain.parameters[f"body.{n}"]) * s for n, s in zip(names, spread, strict=True)}
    )


@pytest.mark.parametrize(
    ("drug", "route", "mg", "over", "devices"),
    [("ketamine", "iv", 35.0, 2 / 3, 1), ("esketamine", "nasal", 84.0, 0.0, 3), ("ketamine", "oral", 35.0, 0.0, 1)],
)
def test_modes_equal_exact_propagators(crowd, drug, route, mg, over, devices):
    dose = {"start": 0.0, "mg": mg, "duration": over, "devices": devices}
    doses, ports = protocol(crowd.external, [happenings(crowd, compound(drug), route, dose)]), ("cv_ketamine",)
    found = profile_people(crowd, doses, TIMES, ports)["cv_ketamine"]
    exact = np.asarray(profile(crowd, doses, None, TIMES, ports).signals["cv_ketamine"])
    assert found.shape == (PEOPLE, len(TIMES))
    assert (np.abs(found - exact).max(axis=1) < 1e-9 * exact.max(axis=1)).all()


def test_ports_that_follow_with_the_same_rate_need_no_repair(crowd, monkeypatch):
    """Ketamine and norketamine share their venous rates: together they cannot be taken apart, each alone can."""
    dose = {"start": 0.0, "mg": 35.0, "duration": 2 / 3, "devices": 1}
    doses, ports = protocol(crowd.external, [happenings(crowd, compound("ketamine"), "iv", dose)]), PAIR
    exact = profile(crowd, doses, None, TIMES, ports).signals
    monkeypatch.setattr(modal, "_exact", lambda *_: pytest.fail("repaired"))
    found = profile_people(crowd, doses, TIMES, ports)
    for port in ports:
        np.testing.assert_allclose(found[port], exact[port], rtol=1e-8, atol=1e-9 * np.max(exact[port]))


@pytest.mark.parametrize("theory", ["perezruixo2021", "simons2022"])
def test_drawn_people_of_published_theories(theory):
    """Also with delays of equal rates, which the guard leaves to the exact propagators."""
    typical = body_chain("human", theory)
    chain = typical.with_values(drawn_people(typical, range(12), 1))
    dose = {"start": 0.0, "mg": 20.0, "duration": 0.5, "devices": 1}
    doses = protocol(chain.external, [happenings(chain, compound("esketamine"), "iv", dose)])
    ports = tuple(p.name for p in chain.wiring.ports if p.name.endswith("_norketamine_s"))
    found, exact = profile_people(chain, doses, TIMES, ports), profile(chain, doses, None, TIMES, ports).signals
    for port in ports:
        np.testing.assert_allclose(found[port], exact[port], rtol=1e-8, atol=1e-9 * np.max(exact[port]))


@pytest.mark.parametrize("gap", [0.0, 1e-15, 1e-9, 1e-6, 1e-3])
def test_equal_and_nearly_equal_rates_do_not_cancel(gap):
    chain = two_in_a_row(np.array([0.5 * (1 + gap), 2.0]), np.array([0.5, 0.5]))
    doses = protocol(chain.external, [[Impulse("dose", 0.0, 100.0)]])
    found = profile_people(chain, doses, TIMES, ("amount",))["amount"]
    np.testing.assert_allclose(found[0], 50.0 * TIMES * np.exp(-0.5 * TIMES), rtol=2e-2 if gap > 1e-4 else 2e-5)
    exact = np.asarray(profile(chain, doses, None, TIMES, ("amount",)).signals["amount"])
    np.testing.assert_allclose(found, exact, rtol=1e-8, atol=1e-9)


def test_the_guard_names_who_cannot_be_taken_apart():
    rates = np.array([[[-0.5, 0.0], [0.5, -0.5]], [[-2.0, 0.0], [2.0, -0.5]]])
    assert modal._taken_apart(rates)[3].tolist() == [False, True]


class Ring(AbstractLinearStage):
    """Three compartments in a ring: what goes round and round has complex rates."""

    turn: Array = parameter("1/h", "rate from each compartment to the next")

    @property
    def reads(self):
        return (Port("dose", "umol/h"),)

    @property
    def writes(self):
        return (Port("amount", "umol"),)

    def initial(self, ill=False):
        return dict.fromkeys("abc", jnp.zeros(()))

    def rates(self, t, state, inputs):
        a, b, c = (self.turn * state[n] for n in "abc")
        return {"a": inputs["dose"] + c - 1.1 * a, "b": a - b, "c": b - c}

    def outputs(self, t, state, inputs):
        return {"amount": state["b"]}


def test_complex_rates_give_real_courses():
    stage = Ring(turn=1.0)
    chain = Chain({"body": stage}, stage.reads).with_values({"body.turn": np.array([0.5, 2.0])})
    doses = protocol(chain.external, [[Impulse("dose", 0.1, 10.0), Infusion("dose", 1.0, 5.0, 2.0)]])
    found = profile_people(chain, doses, TIMES)["amount"]
    exact = np.asarray(profile(chain, doses, None, TIMES).signals["amount"])
    np.testing.assert_allclose(found, exact, rtol=1e-9, atol=1e-11)


def test_levels_infusions_and_late_starts_superpose():
    chain = two_in_a_row(np.array([0.4, 3.0]), np.array([0.7, 0.2]))
    given = [
        Impulse("dose", 0.5, 10.0),
        Infusion("dose", 0.7, 20.0, 1.3),
        Level("dose", 5.0, 2.0),
        Level("dose", 6.0, 1, 8),
    ]
    doses = protocol(chain.external, [given, given[:2]])
    found = profile_people(chain, doses, TIMES, ("amount",))["amount"]
    exact = profile(chain, doses, None, TIMES, ("amount",)).signals["amount"]
    np.testing.assert_allclose(found, np.asarray(exact), rtol=1e-9, atol=1e-10)


def test_a_port_that_is_no_linear_function_is_still_exact():
    chain = two_in_a_row(np.array([0.4, 3.0]), 0.7)
    doses = protocol(chain.external, [[Impulse("dose", 0.0, 10.0)]])
    found = profile_people(chain, doses, TIMES)
    np.testing.assert_allclose(found["square"], found["amount"] ** 2, rtol=1e-9)


def test_equal_people_with_different_doses():
    chain = two_in_a_row(0.4, 0.7)
    doses = protocol(chain.external, [[Impulse("dose", 0.0, amount)] for amount in (10.0, 0.0, 30.0)])
    found = profile_people(chain, doses, TIMES, ("amount",))["amount"]
    np.testing.assert_allclose(found[2], 3.0 * found[0], rtol=1e-12, atol=1e-12)
    assert not found[1].any()
