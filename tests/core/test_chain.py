"""Stages are wired by the names of their ports, and a chain that does not fit together is refused in words."""

from __future__ import annotations

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest
from jaxtyping import Array

from resynapse.chains import default_chain
from resynapse.core.chain import Chain
from resynapse.core.errors import ParameterError, WiringError
from resynapse.core.parameter import parameter
from resynapse.core.port import Port
from resynapse.core.stage import AbstractLinearStage, AbstractStage, Inputs, Signals, State

DOSE = Port("dose", "umol/h")
FORMS = (("form", ("s", "r")),)


class Toy(AbstractStage):
    """A stage whose ports and rules are given when it is built."""

    read: tuple[Port, ...] = eqx.field(static=True, default=())
    write: tuple[Port, ...] = eqx.field(static=True, default=())
    show: tuple[Port, ...] = eqx.field(static=True, default=())
    rule: Callable[[State, Inputs], Signals] = eqx.field(static=True, default=lambda state, inputs: {})
    states: tuple[str, ...] = eqx.field(static=True, default=())
    gain: Array = parameter("1", "how strongly it answers", (0.0, 2.0))

    def __init__(self, read=(), write=(), show=(), rule=None, states=(), gain=1.0):
        self.read, self.write, self.show, self.states = tuple(read), tuple(write), tuple(show), tuple(states)
        self.rule = rule or (lambda state, inputs: {p.name: jnp.zeros(p.shape) for p in self.write})
        self.gain, self.provenance = gain, ()

    @property
    def reads(self) -> tuple[Port, ...]:
        return self.read

    @property
    def writes(self) -> tuple[Port, ...]:
        return self.write

    @property
    def shows(self) -> tuple[Port, ...]:
        return self.show

    def initial(self, ill: bool = False) -> State:
        return {name: jnp.ones(()) for name in self.states}

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        drive = sum((jnp.sum(inputs[p.name]) for p in self.read), jnp.zeros(()))
        return {name: self.gain * drive - value for name, value in state.items()}

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return self.rule(state, inputs)

    def readouts(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {p.name: jnp.full(p.shape, 7.0) for p in self.show}


class Compartment(AbstractLinearStage):
    """One linear compartment, driven from outside or by another stage."""

    source: Port = eqx.field(static=True, default=DOSE)
    k: Array = parameter("1/h", "elimination rate", (0.0, 10.0))

    def __init__(self, source: Port = DOSE):
        self.source, self.k, self.provenance = source, 0.5, ()

    @property
    def reads(self) -> tuple[Port, ...]:
        return (self.source,)

    @property
    def writes(self) -> tuple[Port, ...]:
        return (Port(f"amount_of_{self.source.name}", "umol"),)

    def initial(self, ill: bool = False) -> State:
        return {"a": jnp.zeros(())}

    def rates(self, t: Array, state: State, inputs: Inputs) -> State:
        return {"a": inputs[self.source.name] - self.k * state["a"]}

    def outputs(self, t: Array, state: State, inputs: Inputs) -> Signals:
        return {self.writes[0].name: state["a"]}


def port(name: str, unit: str = "1", dims: tuple[tuple[str, tuple[str, ...]], ...] = ()) -> Port:
    return Port(name, unit, dims=dims)


def refusal(stages: dict[str, AbstractStage], external: tuple[Port, ...] = ()) -> WiringError:
    with pytest.raises(WiringError) as caught:
        Chain(stages, external)
    return caught.value


def signals(chain: Chain, **external: float) -> Signals:
    return chain.signals(jnp.zeros(()), chain.initial(), external)


# What does not fit


def test_a_missing_writer_names_the_nearest_port_and_who_writes_it():
    error = refusal(
        {"body": Toy(write=[port("ce_ketamine_s", "umol/L")]), "receptor": Toy(read=[port("ce_ketamin_s", "umol/L")])}
    )
    assert "`receptor` reads `ce_ketamin_s` [umol/L] but no stage writes it" in error.message
    assert error.nearest == "`ce_ketamine_s` by `body`"
    assert error.then


def test_a_missing_writer_without_a_similar_port_names_none():
    assert refusal({"receptor": Toy(read=[port("ce_ketamine_s")])}).nearest is None


def test_two_writers_of_one_port_are_refused_by_name():
    error = refusal({"body": Toy(write=[port("stress")]), "life": Toy(write=[port("stress")])})
    assert (error.where, error.given) == ("`body` and `life`", "stress")


@pytest.mark.parametrize("second", [{"write": [port("dose")]}, {"show": [port("dose")]}])
def test_a_port_that_comes_from_outside_has_no_other_writer(second):
    assert "`external` and `life`" in refusal({"life": Toy(**second)}, (DOSE,)).message


@pytest.mark.parametrize(("first", "second"), [("write", "show"), ("show", "write"), ("show", "show")])
def test_a_shown_port_has_one_place_too(first, second):
    error = refusal({"a": Toy(**{first: [port("bdnf")]}), "b": Toy(**{second: [port("bdnf")]})})
    assert (error.where, error.given) == ("`a` and `b`", "bdnf")


def test_units_must_be_the_same_word():
    error = refusal({"body": Toy(write=[port("ce", "ng/mL")]), "receptor": Toy(read=[port("ce", "umol/L")])})
    assert "`receptor` and `body` disagree about the unit of `ce`" in error.message
    assert (error.given, error.allowed) == ("`body` writes ng/mL", "`receptor` reads umol/L")


def test_dims_must_be_the_same_labels():
    error = refusal({"a": Toy(write=[port("p", dims=FORMS)]), "b": Toy(read=[port("p", dims=(("form", ("r", "s")),))])})
    assert "disagree about the dims of `p`" in error.message


def test_a_port_from_outside_must_fit_too():
    error = refusal({"body": Toy(read=[port("dose", "mg/h")])}, (DOSE,))
    assert "`body` and `external` disagree about the unit of `dose`" in error.message


def test_reading_a_shown_port_says_who_shows_it():
    error = refusal({"synapse": Toy(show=[port("bdnf")]), "mood": Toy(read=[port("bdnf")])})
    assert (error.given, error.then) == ("bdnf", "let `synapse` write it in `outputs`")


def test_an_instantaneous_loop_is_named():
    ping = Toy([port("pong")], [port("ping")], rule=lambda s, i: {"ping": 2.0 * i["pong"]})
    pong = Toy([port("ping")], [port("pong")], rule=lambda s, i: {"pong": 0.5 * i["ping"]})
    error = refusal({"a": ping, "b": pong})
    assert "without a state between them" in error.message
    assert set(str(error.given).split(" <- ")) == {"ping", "pong"}
    assert error.then and "state" in error.then


def test_a_port_that_feeds_on_itself_is_a_loop():
    error = refusal({"a": Toy([port("x")], [port("x")], rule=lambda s, i: {"x": i["x"] + 1.0})})
    assert error.given == "x <- x"


# What fits


def test_a_loop_through_a_state_is_legal():
    stress = Toy([port("despair")], [port("stress")], states=["z"], rule=lambda s, i: {"stress": s["z"]})
    mood = Toy([port("stress")], [port("despair")], rule=lambda s, i: {"despair": 3.0 * i["stress"]})
    chain = Chain({"life": stress, "mood": mood})
    assert {k: float(v) for k, v in signals(chain).items()} == {"stress": 1.0, "despair": 3.0}
    assert float(chain.rates(jnp.zeros(()), chain.initial(), {})["life"]["z"]) == 2.0


def test_a_loop_between_stages_that_is_none_between_ports_is_legal():
    left = Toy([port("c")], [port("b"), port("d")], states=["x"], rule=lambda s, i: {"b": s["x"], "d": i["c"] + 1.0})
    right = Toy([port("b")], [port("c")], rule=lambda s, i: {"c": 10.0 * i["b"]})
    chain = Chain({"left": left, "right": right})
    assert chain.wiring.order == (("left", ("b",)), ("right", ("c",)), ("left", ("d",)))
    assert {k: float(v) for k, v in signals(chain).items()} == {"b": 1.0, "c": 10.0, "d": 11.0}


def test_the_order_of_the_stages_does_not_matter():
    first = Toy(write=[port("a")], rule=lambda s, i: {"a": jnp.asarray(2.0)})
    second = Toy([port("a")], [port("b")], rule=lambda s, i: {"b": i["a"] ** 2})
    assert (
        float(signals(Chain({"x": first, "y": second}))["b"])
        == float(signals(Chain({"y": second, "x": first}))["b"])
        == 4.0
    )


def test_a_port_with_dims_carries_one_value_for_each_label():
    source = Toy(write=[port("c", dims=FORMS)], rule=lambda s, i: {"c": jnp.array([1.0, 2.0])})
    reader = Toy([port("c", dims=FORMS)], [port("total")], rule=lambda s, i: {"total": i["c"].sum()})
    chain = Chain({"body": source, "receptor": reader})
    assert chain.port("c").shape == (2,)
    assert float(signals(chain)["total"]) == 3.0


def test_inputs_from_outside_are_zero_unless_given():
    echo = Toy([DOSE], [port("echo")], rule=lambda s, i: {"echo": i["dose"]})
    chain = Chain({"body": echo}, (DOSE,))
    assert float(signals(chain)["echo"]) == 0.0
    assert float(signals(chain, dose=4.0)["echo"]) == 4.0


def test_a_stage_is_given_the_ports_it_reads_and_no_others():
    given: list[set[str]] = []
    nosy = Toy([port("a")], [port("b")], rule=lambda s, i: given.append(set(i)) or {"b": i["a"]})
    Chain({"x": Toy(write=[port("a"), port("secret")]), "y": nosy})
    assert given and all(seen == {"a"} for seen in given)


def test_readouts_add_what_is_shown():
    chain = Chain({"a": Toy(write=[port("p")], show=[port("q")])})
    assert signals(chain).keys() == {"p"}
    assert chain.readouts(jnp.zeros(()), chain.initial(), {}).keys() == {"p", "q"}


def test_a_chain_knows_its_ports_and_rooms():
    chain = Chain({"a": Toy(write=[port("p", "Hz")], show=[port("q")]), "b": Toy([port("p", "Hz")])}, (DOSE,))
    assert chain.port("p").unit == "Hz"
    assert (chain.room("p"), chain.room("q"), chain.room("dose")) == ("a", "a", "external")
    with pytest.raises(WiringError) as caught:
        chain.port("pp")
    assert caught.value.nearest == "p"


def test_only_linear_stages_that_nothing_inside_drives_are_solved_exactly():
    inner = Port("amount_of_dose", "umol")
    chain = Chain({"body": Compartment(), "next": Compartment(inner), "toy": Toy()}, (DOSE,))
    assert chain.wiring.linear == ("body",)


# Values by address


def test_values_are_read_and_set_by_dotted_address():
    chain = Chain({"a": Toy(), "b": Toy(gain=0.25)})
    changed = chain.with_values({"b.gain": 2.0})
    assert {k: float(v) for k, v in chain.parameters.items()} == {"a.gain": 1.0, "b.gain": 0.25}
    assert float(changed.parameters["b.gain"]) == 2.0
    assert changed.parameters["b.gain"].dtype == jnp.float64
    assert changed.declared["b.gain"].range == (0.0, 2.0)


def test_a_value_may_differ_between_people():
    chain = Chain({"a": Toy()}).with_values({"a.gain": [0.5, 1.5]})
    assert chain.parameters["a.gain"].tolist() == [0.5, 1.5]


def test_an_unknown_address_names_the_nearest():
    with pytest.raises(ParameterError) as caught:
        Chain({"a": Toy()}).with_values({"a.gian": 1.0})
    assert (caught.value.given, caught.value.nearest) == ("a.gian", "a.gain")


@pytest.mark.parametrize("value", [-0.1, 2.1, float("nan"), [1.0, 5.0]])
def test_a_value_outside_its_declared_range_is_refused(value):
    with pytest.raises(ParameterError) as caught:
        Chain({"a": Toy()}).with_values({"a.gain": value})
    assert (caught.value.where, caught.value.allowed) == ("a.gain", "0.0 to 2.0 1")


def test_the_gradient_passes_through_with_values():
    chain = Chain({"a": Toy([DOSE], states=["x"])}, (DOSE,))
    rate = lambda g: chain.with_values({"a.gain": g}).rates(jnp.zeros(()), chain.initial(), {"dose": 3.0})["a"]["x"]  # noqa: E731
    assert float(jax.grad(rate)(1.0)) == 3.0


def test_cells_of_a_table_have_addresses():
    chain = default_chain("human")
    address = "receptor.affinities.ketamine_s.nmdar"
    changed = chain.with_values({address: 0.15})
    assert float(chain.parameters[address]) == 0.3
    assert float(changed.parameters[address]) == 0.15
    assert float(changed.stages["receptor"].affinities["ketamine_s", "nmdar"]) == 0.15
    assert chain.declared[address].unit == "umol/L"
    others = chain.parameters.keys() - {address}
    assert all(float(chain.parameters[a]) == float(changed.parameters[a]) for a in others)


# Another stage in a slot


def test_replace_gives_a_new_chain_and_leaves_the_old_one():
    chain = Chain({"a": Toy(write=[port("p")]), "b": Toy([port("p")])})
    louder = chain.replace(a=Toy(write=[port("p")], rule=lambda s, i: {"p": jnp.asarray(5.0)}))
    assert (float(signals(chain)["p"]), float(signals(louder)["p"])) == (0.0, 5.0)


def test_replace_checks_the_new_chain():
    chain = Chain({"a": Toy(write=[port("p")]), "b": Toy([port("p")])})
    with pytest.raises(WiringError, match="no stage writes it"):
        chain.replace(a=Toy(write=[port("q")]))


def test_replace_refuses_an_unknown_slot():
    with pytest.raises(WiringError) as caught:
        Chain({"receptor": Toy()}).replace(receptors=Toy())
    assert (caught.value.given, caught.value.allowed, caught.value.nearest) == ("receptors", "receptor", "receptor")
