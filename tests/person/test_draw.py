"""Drawn people: moments, correlation, independence of order and company, population means in closed form."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array

from resynapse.chains import body_chain
from resynapse.core.chain import Chain
from resynapse.core.errors import ParameterError
from resynapse.core.event import Impulse
from resynapse.core.parameter import parameter
from resynapse.core.port import Port
from resynapse.core.solver import profile_people, protocol
from resynapse.core.stage import AbstractLinearStage
from resynapse.core.variability import Spread
from resynapse.person import drawn_occasion, drawn_people
from resynapse.person.draw import Spreads

MANY = range(20_000)


@pytest.fixture(scope="module")
def body():
    return body_chain("human")


@pytest.fixture(scope="module")
def crowd(body):
    return drawn_people(body, MANY, 3)


def test_every_spread_of_the_set_is_drawn(body, crowd):
    spread = {f"body.{n}" for n, e in body.stages["body"].provenance[0].entries.items() if e.spread}
    assert crowd.keys() == spread
    assert all(v.shape == (len(MANY),) for v in crowd.values())


@pytest.mark.parametrize("name", ["v1", "qh", "cl_int_s", "ka_n", "fr_n"])
def test_moments_lie_within_monte_carlo_error(body, crowd, name):
    entry, values = body.stages["body"].provenance[0].entries[name], crowd[f"body.{name}"]
    scale = {"lognormal": np.log, "logitnormal": lambda v: np.log(v / (1 - v))}[entry.spread.kind]
    moved, omega = scale(values), entry.spread.omega
    assert abs(moved.mean() - scale(entry.value)) < 4 * omega / np.sqrt(len(values))
    assert abs(moved.std() / omega - 1) < 4 / np.sqrt(2 * len(values))


def test_one_liver_clears_both_mirror_forms(body, crowd):
    both = np.log([crowd["body.cl_int_s"], crowd["body.cl_int_r"]])
    tied = next(c for c in body.stages["body"].provenance[0].covariances if "cl_int_s" in c.between)
    error = 4 * 0.026 * np.sqrt(2 / len(MANY))
    assert abs(np.cov(both)[0, 1] - tied.value) < error
    assert abs(np.corrcoef(np.log([crowd["body.v1"], crowd["body.qh"]]))[0, 1]) < 4 / np.sqrt(len(MANY))


def test_a_person_is_the_same_alone_in_another_order_and_on_another_shard(body, crowd):
    for some in ([17], [3000, 17, 4], range(10, 20)):
        again = drawn_people(body, some, 3)
        for address, values in again.items():
            np.testing.assert_array_equal(values, crowd[address][np.array(some)])


def test_another_seed_and_a_further_spread(body, crowd):
    assert not np.isclose(drawn_people(body, range(5), 4)["body.v1"], crowd["body.v1"][:5]).any()
    also = drawn_people(body, range(5), 3, {"body.weight": Spread(kind="lognormal", cv=0.2)})
    assert also["body.weight"].std() > 0
    np.testing.assert_array_equal(also["body.v1"], crowd["body.v1"][:5])


def test_occasions_differ_within_a_person_and_repeat(body):
    people = body.with_values(drawn_people(body, MANY, 3))
    first, second = (drawn_occasion(people, MANY, 3, k) for k in (1, 2))
    assert first.keys() == {"body.f_sl"}
    gap = np.log(first["body.f_sl"] / second["body.f_sl"])
    omega = body.stages["body"].provenance[0].entries["f_sl"].occasion.omega
    assert abs(gap.std() / (np.sqrt(2) * omega) - 1) < 0.03
    np.testing.assert_array_equal(first["body.f_sl"], drawn_occasion(people, MANY, 3, 1)["body.f_sl"])


def test_draws_stay_inside_the_declared_range(body):
    wild = drawn_people(body, range(500), 1, {"body.ka_po": Spread(kind="lognormal", omega2=100.0)})["body.ka_po"]
    low, high = body.declared["body.ka_po"].range
    assert wild.min() == low
    assert wild.max() == high


def test_covariances_that_no_people_could_have_are_refused():
    both = {"body.a": Spread(kind="lognormal", sd=0.1), "body.b": Spread(kind="lognormal", sd=0.1)}
    with pytest.raises(ParameterError, match="fit no people"):
        _ = Spreads(both, {("body.a", "body.b"): 0.02}).factor


def test_unknown_addresses_and_values_without_a_logit_are_refused(body):
    with pytest.raises(ParameterError, match=r"body\.v1"):
        drawn_people(body, range(3), 1, {"body.v11": Spread(kind="lognormal", cv=0.1)})
    with pytest.raises(ParameterError, match="does not fit"):
        drawn_people(body, range(3), 1, {"body.v1": Spread(kind="logitnormal", sd=0.1)})


class Bolus(AbstractLinearStage):
    """One compartment of unit volume."""

    k: Array = parameter("1/h", "elimination rate")

    @property
    def reads(self):
        return (Port("dose", "umol/h"),)

    @property
    def writes(self):
        return (Port("amount", "umol"),)

    def initial(self, ill=False):
        return {"held": jnp.zeros(())}

    def rates(self, t, state, inputs):
        return {"held": inputs["dose"] - self.k * state["held"]}

    def outputs(self, t, state, inputs):
        return {"amount": state["held"]}


def test_the_mean_of_linear_people_equals_its_closed_form():
    """With a normal rate the mean course is exp(-k t + (sd t)^2 / 2)."""
    rate, sd, times = 1.0, 0.15, np.array([0.5, 1.0, 2.0, 3.0])
    stage = Bolus(k=rate)
    chain = Chain({"body": stage}, stage.reads)
    people = chain.with_values(drawn_people(chain, MANY, 11, {"body.k": Spread(kind="normal", sd=sd)}))
    courses = profile_people(people, protocol(chain.external, [[Impulse("dose", 0.0, 1.0)]]), times)["amount"]
    wanted = np.exp(-rate * times + (sd * times) ** 2 / 2)
    assert (np.abs(courses.mean(axis=0) - wanted) < 4 * courses.std(axis=0) / np.sqrt(len(MANY))).all()
