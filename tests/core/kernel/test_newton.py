"""Printed resting states: those of the differentiable search, for everybody, whoever else is there."""

from __future__ import annotations

import importlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from resynapse.chains import anchored, default_chain
from resynapse.core.errors import SolveError
from resynapse.core.solver.kernel.derivative import derivative
from resynapse.core.solver.kernel.elimination import solved
from resynapse.core.solver.kernel.newton import Search, search
from resynapse.core.solver.kernel.program import OPERATIONS, Graph, ordered
from resynapse.core.solver.kernel.trace import program
from resynapse.person import population
from resynapse.slow_chains import tablet_chain

REST = importlib.import_module("resynapse.core.solver.rest")
STEPS, SETTLED = (REST._FEW, REST._MANY), REST._SETTLED


def value(node, given):
    """What a node is worth in plain numbers."""
    known = {}
    for n in ordered([node]):
        known[n] = n.label if n.op == "constant" else given.get(n.label)
        if n.args:
            known[n] = OPERATIONS[n.op](*(known[a] for a in n.args))
    return known[node]


CURVES = {
    "arithmetic": lambda x, y: (x - 2.0) * y / (1.0 + x * x) - x,
    "powers": lambda x, y: x**y + jnp.sqrt(x) + x**3,
    "exponentials": lambda x, y: jnp.exp(-x * y) + jnp.expm1(x) + jnp.tanh(x) + jax.nn.sigmoid(x * y),
    "logarithms": lambda x, y: jnp.log(x) * jnp.log1p(x * y),
    "corners": lambda x, y: jnp.maximum(x, y) * jnp.minimum(x, 2.0) + jnp.abs(y - x) + jnp.where(x > y, x * x, y),
}


@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
@pytest.mark.parametrize("x", [0.4, 1.7])
def test_derivatives_are_those_of_differentiation(curve, x):
    graph = Graph()
    inputs = graph.input("state", "x"), graph.input("state", "y")
    slope = derivative(graph, program(graph, curve, *inputs).item(), inputs[0])
    exact = jax.grad(curve)(x, 1.1)
    assert value(slope, {("state", "x"): x, ("state", "y"): 1.1}) == pytest.approx(float(exact), rel=1e-13)


def test_elimination_solves_equations_and_skips_what_is_always_zero():
    graph, draw = Graph(), np.random.default_rng(3)
    names = [str(i) for i in range(7)]
    full = np.diag(draw.uniform(1.0, 2.0, 7)) + np.where(draw.random((7, 7)) < 0.3, draw.normal(0.0, 0.2, (7, 7)), 0.0)
    places = {(names[i], names[j]): full[i, j] for i, j in np.argwhere(full)}
    matrix = {place: graph.input("entry", *place) for place in places}
    found = solved(graph, matrix, {n: graph.constant(float(i)) for i, n in enumerate(names)})
    given = {("entry", *place): v for place, v in places.items()}
    wanted = np.linalg.solve(full, np.arange(7.0))
    np.testing.assert_allclose([value(found[n], given) for n in names], wanted, rtol=1e-12)


def test_equations_that_nothing_holds_are_refused():
    graph = Graph()
    with pytest.raises(SolveError, match="fixed order"):
        solved(graph, {("a", "b"): graph.constant(1.0)}, {"a": graph.constant(1.0), "b": graph.constant(1.0)})


def crowd(who: str, count: int = 128):
    """A chain with everybody's own values, and their loads."""
    people, chain = population(who).people(range(count), seed=5), default_chain(population(who).species)
    return chain.with_values(people.values(chain)), people.covariates["load"]


@pytest.mark.parametrize(("who", "ill"), [("trd_phase3", True), ("healthy", False), ("rat_cohort", False)])
@pytest.mark.parametrize("clamp", [{}, {"life.z": 1.0}], ids=["free", "held"])
def test_everybody_rests_where_the_differentiable_search_finds_them(who, ill, clamp, monkeypatch):
    chain, load = crowd(who)
    how = Search(jax.tree.structure(chain), ("load",), tuple(clamp.items()), ill, STEPS, SETTLED)
    found = search(how, chain, {"load": load})
    monkeypatch.setattr(REST, "search", lambda *_: None)
    state, settled = REST._searched(chain, {"load": load}, ill, clamp)
    np.testing.assert_array_equal(found.left < SETTLED, np.broadcast_to(settled, len(load)))
    here, there = (jax.tree.leaves(s) for s in (found.state, state))
    for mine, theirs in zip(here, there, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-9)


def test_nobody_rests_otherwise_in_other_company():
    chain, load = crowd("healthy", 24)
    some = np.array([20, 3, 3, 11, 0])
    fewer = jax.tree.map(lambda v: v[some] if np.ndim(v) else v, chain)
    all_of, few = (
        REST.own_resting_state(*who, "ill") for who in ((chain, {"load": load}), (fewer, {"load": load[some]}))
    )
    for mine, theirs in zip(jax.tree.leaves(all_of), jax.tree.leaves(few), strict=True):
        np.testing.assert_array_equal(np.asarray(mine)[some], theirs)


def test_people_whom_nothing_holds_are_refused():
    chain, load = crowd("healthy", 4)
    with pytest.raises(SolveError, match="1 of 4 people still move"):
        REST.resting_state(chain, {"load": np.where(np.arange(4) == 2, np.nan, load)})


def test_a_linear_stage_that_is_driven_is_left_to_the_differentiable_search():
    chain = tablet_chain()
    driven = next(p.name for p in chain.external if p.name not in ("load", "life_event"))
    own = chain.with_values({"life.rho": np.array([0.3, 0.4])})
    how = Search(jax.tree.structure(own), (driven,), (), True, STEPS, SETTLED)
    assert search(how, own, {driven: np.array([1.0, 1.0])}) is None


def test_anchors_are_the_same_for_one_person_and_for_many():
    chain, _ = crowd("trd_phase3", 3)
    many = anchored(chain).parameters["mood.despair_ref"]
    alone = anchored(jax.tree.map(lambda v: v[1] if np.ndim(v) else v, chain)).parameters["mood.despair_ref"]
    assert float(many[1]) == pytest.approx(float(alone), rel=1e-12)
