"""Every stage of every default chain, and every theory of the body, keeps the same contract."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.extend.core import ClosedJaxpr, Literal
from jax.flatten_util import ravel_pytree

from resynapse.chains import BODIES, SPECIES, body_chain, default_chain, median_load, parameter_files
from resynapse.company import companions, with_company
from resynapse.compound.companion import companion
from resynapse.core.chain import Chain
from resynapse.core.parameter import declarations, tables
from resynapse.core.port import Port
from resynapse.core.solver import rest
from resynapse.core.stage import AbstractLinearStage, AbstractStage
from resynapse.core.trace import primitives
from resynapse.core.units import parse
from resynapse.hypothesis import SIBLINGS
from resynapse.hypothesis.bases import depletable_chain, neurogenic_chain
from resynapse.slow_chains import tablet_chain

SHARED = ("body", "brain", "circuit", "life", "mood", "receptor", "scale", "synapse")
THEORIES = tuple(name for name in BODIES if name not in ("kpk1", *SPECIES))
SLOTS = [
    *((s, slot) for s in SPECIES for slot in (*SHARED, *(("safety",) if s == "human" else ()))),
    *((name, "body") for name in THEORIES),
    *(("tablets", slot) for slot in ("circuit", "monoamine", "synapse", "tablets", "uptake")),
    *(("depletable", slot) for slot in ("monoamine", "mood")),
    *(("neurogenic", slot) for slot in ("newborn", "mood")),
    *((name, slot) for name, (slot, _) in SIBLINGS.items()),
    *(("company", slot) for slot in ("circuit", "company", "perception", "receptor")),
    ("trapping company", "receptor"),
    ("braked company", "circuit"),
]
SLOW = {"tablets": tablet_chain, "depletable": depletable_chain, "neurogenic": neurogenic_chain}
LINEAR = [*((s, "body") for s in (*SPECIES, *THEORIES)), ("tablets", "tablets"), ("company", "company")]

# What a rule may be made of: one person's elementwise arithmetic, smooth functions, and shaping.
ARITHMETIC = {"add", "sub", "mul", "div", "neg", "square", "integer_pow", "pow", "sqrt", "rsqrt"}
SMOOTH = {"exp", "exp2", "log", "log1p", "expm1", "tanh", "logistic"}
SHAPING = {"broadcast_in_dim", "concatenate", "convert_element_type", "copy", "reshape", "squeeze", "stack"}
SWITCHES = {"max", "min", "select_n", "clamp", "abs", "sign", "floor", "round", "gt", "ge", "lt", "le", "eq", "ne"}


@dataclass(frozen=True)
class Moment:
    """One stage with a state and inputs that it could meet."""

    stage: AbstractStage
    state: dict[str, Any]
    inputs: dict[str, Any]

    @property
    def all(self) -> dict[str, Any]:
        return everything(self.stage, self.state, self.inputs)


def everything(stage: AbstractStage, state: Any, inputs: Any) -> dict[str, Any]:
    t = jnp.zeros(())
    return {
        "outputs": stage.outputs(t, state, inputs),
        "rates": stage.rates(t, state, inputs),
        "readouts": stage.readouts(t, state, inputs),
    }


compiled = eqx.filter_jit(everything)


def tangent(stage: AbstractStage, direction: AbstractStage, state: Any, inputs: Any) -> dict[str, Any]:
    """Slopes along a direction, operation by operation: compiling them would take longer than all else here."""
    arrays, rest_of_it = eqx.partition(stage, eqx.is_array)
    return jax.jvp(lambda a: everything(eqx.combine(a, rest_of_it), state, inputs), (arrays,), (direction,))[1]


@eqx.filter_jit
def many(stage: AbstractStage, state: Any, inputs: Any) -> dict[str, Any]:
    axes = jax.tree.map(lambda leaf: 0 if eqx.is_array(leaf) else None, stage)
    return eqx.filter_vmap(everything, in_axes=(axes, 0, 0), axis_size=3)(stage, state, inputs)


def chain_of(species: str) -> Chain:
    """The default chain of a species, one with a rival in a slot, the slow rooms, or the body alone by its theory."""
    if species in SIBLINGS:
        return rival_chain(species)
    if species in SLOW:
        return SLOW[species]()
    if species == "company":
        return accompanied("human")
    if species in ("trapping company", "braked company"):
        return accompanied("mouse", species.removesuffix(" company"))
    return default_chain(species) if species in SPECIES else body_chain("human", species)


@cache
def accompanied(species: str, rival: str = "") -> Chain:
    """The chain of a species, default or with a rival, and every companion whose kinetics are on file."""
    chain = rival_chain(rival, species) if rival else default_chain(species)
    return with_company(chain, [name for name in companions() if species in companion(name).species])


def rival_chain(name: str, species: str = "mouse") -> Chain:
    """The default chain with the rival theory of one room."""
    slot, made = SIBLINGS[name]
    return default_chain(species).replace(**{slot: made(species)})


def stage_of(species: str, slot: str) -> AbstractStage:
    """The stage without its provenance, so that species share compiled code."""
    return replace(chain_of(species).stages[slot], provenance=())


def written(species: str, port: Port) -> Port:
    """The port as its writer declares it, with range and rest."""
    known = {p.name: p for p in (*chain_of(species).wiring.ports, *chain_of(species).external)}
    return known[port.name]


def at_rest(species: str, slot: str) -> Moment:
    stage = stage_of(species, slot)
    inputs = {p.name: jnp.full(p.shape, written(species, p).rest or 0.0) for p in stage.reads}
    return Moment(stage, {k: jnp.asarray(v, dtype=jnp.float64) for k, v in stage.initial().items()}, inputs)


def at_random(species: str, slot: str, seed: int) -> Moment:
    stage, rng = stage_of(species, slot), np.random.default_rng([seed, SLOTS.index((species, slot))])
    inputs = {
        p.name: jnp.asarray(rng.uniform(*(written(species, p).range or (0.0, 1.0)), p.shape)) for p in stage.reads
    }
    state = {k: jnp.asarray(float(v) + rng.uniform(0.0, 0.5)) for k, v in stage.initial(ill=bool(seed % 2)).items()}
    return Moment(jittered(stage, rng), state, inputs)


def jittered(stage: AbstractStage, rng: np.random.Generator) -> AbstractStage:
    """The stage with every parameter moved by up to two per cent."""
    return jax.tree.map(lambda v: v * rng.uniform(0.98, 1.02) if eqx.is_array(v) else v, stage)


def close(found: Any, wanted: Any, rtol: float, atol: float = 0.0) -> None:
    assert jax.tree.structure(found) == jax.tree.structure(wanted)
    for path, value in jax.tree_util.tree_leaves_with_path(wanted):
        other = dict(jax.tree_util.tree_leaves_with_path(found))[path]
        np.testing.assert_allclose(other, value, rtol=rtol, atol=atol, err_msg=jax.tree_util.keystr(path))


every_stage = pytest.mark.parametrize(("species", "slot"), SLOTS)


@pytest.mark.parametrize("species", SPECIES)
def test_no_stage_is_left_out(species):
    assert {slot for s, slot in SLOTS if s == species} == default_chain(species).stages.keys()


@every_stage
def test_keys_and_shapes_are_those_declared(species, slot):
    moment = at_rest(species, slot)
    stage, found = moment.stage, jax.eval_shape(lambda: moment.all)
    assert found["outputs"].keys() == {p.name for p in stage.writes}
    assert found["readouts"].keys() == {p.name for p in stage.shows}
    assert found["rates"].keys() == stage.initial().keys() == stage.initial(ill=True).keys()
    values = {**found["outputs"], **found["readouts"]}
    assert {p.name: p.shape for p in (*stage.writes, *stage.shows)} == {k: v.shape for k, v in values.items()}
    assert all(v.shape == () for v in found["rates"].values())


@every_stage
def test_a_healthy_rest_is_where_the_ports_say(species, slot):
    moment = at_rest(species, slot)
    found = compiled(moment.stage, moment.state, moment.inputs)
    values = {**found["outputs"], **found["readouts"]}
    for port in (p for p in (*moment.stage.writes, *moment.stage.shows) if p.rest is not None):
        assert float(values[port.name]) == pytest.approx(port.rest, abs=1e-9), port.name


@every_stage
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_values_are_finite_and_within_reason(species, slot, seed):
    moment = at_random(species, slot, seed)
    found = compiled(moment.stage, moment.state, moment.inputs)
    assert all(bool(jnp.isfinite(v).all()) for v in jax.tree.leaves(found))
    values = {**found["outputs"], **found["readouts"]}
    for port in (*moment.stage.writes, *moment.stage.shows):
        low, high = reasonable(port)
        assert low <= float(values[port.name].min()) <= float(values[port.name].max()) <= high, port.name


def reasonable(port: Port) -> tuple[float, float]:
    """The range, and as much again on either side; an amount of substance has no upper end."""
    low, high = port.range or (-np.inf, np.inf)
    if port.unit in ("umol/L", "ng/mL"):
        return 0.0, np.inf
    return low - (high - low), high + (high - low)


@every_stage
def test_compiled_code_gives_the_same_numbers(species, slot):
    moment = at_random(species, slot, 1)
    close(compiled(moment.stage, moment.state, moment.inputs), moment.all, rtol=1e-11, atol=1e-13)


@every_stage
def test_people_side_by_side_are_people_one_by_one(species, slot):
    moments = [at_random(species, slot, seed) for seed in (1, 2, 3)]
    together = jax.tree.map(lambda *v: jnp.stack(v) if eqx.is_array(v[0]) else v[0], *moments_as_trees(moments))
    alone = [compiled(m.stage, m.state, m.inputs) for m in moments]
    close(many(*together), jax.tree.map(lambda *v: jnp.stack(v), *alone), rtol=1e-11, atol=1e-13)


def moments_as_trees(moments: list[Moment]) -> list[tuple[Any, Any, Any]]:
    return [(m.stage, m.state, m.inputs) for m in moments]


@every_stage
@pytest.mark.parametrize("seed", [1, 2])
def test_slopes_in_the_parameters_are_finite_differences(species, slot, seed):
    moment, rng = at_random(species, slot, seed), np.random.default_rng(seed)
    arrays, static = eqx.partition(moment.stage, eqx.is_array)
    direction = jax.tree.map(lambda v: v * rng.normal(), arrays)
    step = 1e-6

    def moved(sign: float) -> Any:
        stage = eqx.combine(jax.tree.map(lambda v, d: v + sign * step * d, arrays, direction), static)
        return {k: v for k, v in compiled(stage, moment.state, moment.inputs).items() if k != "readouts"}

    slope = {k: v for k, v in tangent(moment.stage, direction, moment.state, moment.inputs).items() if k != "readouts"}
    close(slope, jax.tree.map(lambda a, b: (a - b) / (2 * step), moved(1.0), moved(-1.0)), rtol=1e-5, atol=1e-7)


@every_stage
def test_all_units_can_be_read(species, slot):
    stage = stage_of(species, slot)
    ports = [*stage.reads, *stage.writes, *stage.shows]
    declared = [*declarations(stage).values(), *(d for _, _, d in tables(stage).values())]
    assert all(parse(thing.unit) is not None for thing in (*ports, *declared))


@every_stage
def test_what_is_written_or_declared_says_what_it_means(species, slot):
    stage = stage_of(species, slot)
    assert all(p.meaning for p in (*stage.writes, *stage.shows))
    assert all(d.meaning for d in declarations(stage).values())


@every_stage
def test_the_rules_are_written_in_the_dialect(species, slot):
    moment = at_rest(species, slot)
    used = primitives(lambda s, i: rules(moment.stage, s, i), moment.state, moment.inputs)
    assert used <= ARITHMETIC | SMOOTH | SHAPING | SWITCHES, used - (ARITHMETIC | SMOOTH | SHAPING)
    moving = driven(jax.make_jaxpr(lambda s, i: rules(moment.stage, s, i))(moment.state, moment.inputs))
    assert moving <= ARITHMETIC | SMOOTH | SHAPING, f"a hard switch on what moves: {moving & SWITCHES}"


def rules(stage: AbstractStage, state: Any, inputs: Any) -> Any:
    return stage.outputs(jnp.zeros(()), state, inputs), stage.rates(jnp.zeros(()), state, inputs)


def driven(closed: ClosedJaxpr) -> set[str]:
    """Operations that touch a state or an input, directly or through others; parameters alone do not count."""
    moving, names = set(closed.jaxpr.invars), set()
    for equation in closed.jaxpr.eqns:
        if any(v in moving for v in equation.invars if not isinstance(v, Literal)):
            moving |= set(equation.outvars)
            inner = [p for p in equation.params.values() if isinstance(p, ClosedJaxpr)]
            names |= set().union(*(driven(p) for p in inner)) if inner else {equation.primitive.name}
    return names


def test_a_switch_on_what_moves_would_be_noticed():
    one = jnp.ones(())
    assert driven(jax.make_jaxpr(lambda x: jnp.maximum(2.0 * x, 0.0))(one)) == {"mul", "max"}
    assert driven(jax.make_jaxpr(lambda x: x * jnp.maximum(one, 0.0))(one)) == {"mul"}


@pytest.mark.parametrize(("species", "slot"), LINEAR)
def test_linear_coefficients_are_the_same_everywhere(species, slot):
    first, second = (at_random(species, slot, seed) for seed in (1, 2))
    _, state_of = ravel_pytree(first.state)
    _, inputs_of = ravel_pytree(first.inputs)

    @jax.jit
    def slopes(t: Any, x: Any, u: Any) -> Any:
        return jax.jacfwd(lambda v, w: ravel_pytree(first.stage.rates(t, state_of(v), inputs_of(w)))[0], (0, 1))(x, u)

    x, u = ravel_pytree(second.state)[0], ravel_pytree(second.inputs)[0]
    a, b = slopes(jnp.zeros(()), jnp.zeros_like(x), jnp.zeros_like(u))
    close(slopes(jnp.asarray(1000.0), 100.0 * x, -u), (a, b), rtol=1e-13)
    rates = ravel_pytree(compiled(first.stage, second.state, second.inputs)["rates"])[0]
    np.testing.assert_allclose(rates, a @ x + b @ u, rtol=1e-10, atol=1e-12)


def test_the_linear_list_is_complete():
    found = {key for key in SLOTS if isinstance(stage_of(*key), AbstractLinearStage)}
    assert found == set(LINEAR)


def test_every_parameter_set_on_file_loads():
    stages = [stage for name in (*SPECIES, *THEORIES, *SLOW) for stage in chain_of(name).stages.values()]
    stages += [rival_chain(name, species).stages[slot] for name, (slot, _) in SIBLINGS.items() for species in SPECIES]
    stages += [s for species in SPECIES for s in accompanied(species).stages.values()]
    users = {used.path.resolve(): stage for stage in stages for used in stage.provenance}
    every = [path for paths in parameter_files().values() for path in paths]
    for path in (path for path in every if path not in {inherited(p) for p in every}):
        assert path.resolve() in users, f"no stage of a default chain and no theory uses {path}"
        loaded = load_like(users[path.resolve()], path)
        assert loaded.provenance[0].path == path
        assert all(jnp.isfinite(v).all() for v in jax.tree.leaves(loaded))


def inherited(path: Path) -> Path | None:
    """The set that this one takes values from."""
    parent = tomllib.loads(path.read_text(encoding="utf-8"))["set"].get("inherits")
    return parent and path.parent / f"{parent}.toml"


def load_like(stage: AbstractStage, path: Any) -> AbstractStage:
    structure = {f.name: getattr(stage, f.name) for f in fields(stage) if "table" in f.metadata}
    return type(stage).load(path, **structure)


@pytest.mark.parametrize("basin", ["ill", "well"])
@pytest.mark.parametrize("species", SPECIES)
def test_steady_without_drug_stays_steady(species, basin):
    chain = default_chain(species)
    load = {"load": median_load(chain)}
    state = rest(chain, load, basin).state
    rates = jax.jit(lambda s: chain.rates(jnp.zeros(()), s, load))(state)
    assert max(abs(float(v)) for v in jax.tree.leaves(rates)) < 1e-10


@pytest.mark.parametrize("species", SPECIES)
def test_a_soft_input_moves_only_states_with_time_constants_of_days(species):
    chain = default_chain(species)
    state, quiet = chain.initial(ill=True), {p.name: jnp.zeros(p.shape) for p in chain.external}
    flat, unravel = ravel_pytree(state)

    def rates(x: Any, inputs: Any) -> Any:
        return ravel_pytree(chain.rates(jnp.zeros(()), unravel(x), inputs))[0]

    speed = np.diag(jax.jacfwd(rates)(flat, quiet))
    soft = [p.name for p in chain.external if p.soft]
    assert soft
    for port in soft:
        push = {name: jnp.full_like(v, float(name == port)) for name, v in quiet.items()}
        moved = np.asarray(jax.jvp(lambda u: rates(flat, u), (quiet,), (push,))[1]) != 0.0
        assert moved.any() and (np.abs(speed[moved]) < 1.0 / 48.0).all()
        assert not any(port in block.ports for block in chain.wiring.blocks)
