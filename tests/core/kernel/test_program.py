"""From traced code to a program of scalars: what is read, what is simplified, what is refused."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from resynapse.chains import default_chain
from resynapse.core.chain import Chain
from resynapse.core.errors import SolveError
from resynapse.core.port import Port
from resynapse.core.solver.kernel.linear_form import coefficients
from resynapse.core.solver.kernel.passes import Gather, Hoist, Share
from resynapse.core.solver.kernel.program import OPERATIONS, Graph, inputs, ordered
from resynapse.core.solver.kernel.theory import Question, model, theory
from resynapse.core.solver.kernel.trace import program
from resynapse.core.stage import AbstractStage


def evaluated(nodes, values):
    """The numbers of a program, computed node by node."""
    known = {}
    for node in ordered(np.ravel(nodes)):
        if node.op == "constant":
            known[node] = node.label
        elif node.op == "input":
            known[node] = values[node.label[0]]
        else:
            known[node] = OPERATIONS[node.op](*(known[a] for a in node.args))
    return np.vectorize(known.__getitem__, otypes=[float])(nodes)


def many_shapes(x, y):
    table = jnp.stack([x, y, x * y]).reshape(3, 1) + jnp.arange(2.0)
    turned = jnp.concatenate([table, table[::-1]], axis=1).T
    return {
        "sum": turned.sum(),
        "some": turned[1:3, 0],
        "clip": jnp.clip(x, 0.0, 1.0) + jnp.where(x > y, x**3, y**-2),
        "soft": jax.nn.sigmoid(x) + jax.nn.softplus(y) + jnp.square(x) + jax.lax.rsqrt(y),
    }


@pytest.mark.parametrize(("x", "y"), [(0.3, 2.0), (4.0, 1.5)])
def test_a_traced_function_is_read_with_its_shapes_and_inner_functions(x: float, y: float):
    graph = Graph()
    found = program(graph, many_shapes, graph.input("x"), graph.input("y"))
    for name, expected in many_shapes(x, y).items():
        np.testing.assert_allclose(evaluated(found[name], {"x": x, "y": y}), expected, rtol=1e-14)


def test_equal_values_are_one_node_and_idle_operations_disappear():
    graph = Graph()
    x, one, zero = graph.input("x"), graph.constant(1.0), graph.constant(0.0)
    assert graph.add("mul", x, x) is graph.add("mul", x, x)
    assert graph.add("add", graph.add("mul", x, one), zero) is x
    assert graph.add("mul", x, zero).constant == 0.0
    assert graph.add("exp", zero).constant == 1.0
    assert graph.add("neg", graph.add("neg", x)) is x


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (lambda x: jax.lax.while_loop(lambda v: v < 10.0, lambda v: 2.0 * v, x), "while"),
        (lambda x: jnp.dot(jnp.stack([x, x]), jnp.stack([x, x])), "dot_general"),
        (lambda x: jnp.sort(jnp.stack([x, -x]))[0], "sort"),
    ],
)
def test_what_is_not_elementwise_is_refused_by_name(function, name: str):
    graph = Graph()
    with pytest.raises(SolveError, match=name):
        program(graph, function, graph.input("x"))


class Looping(AbstractStage):
    """A stage that loops until it is content."""

    @property
    def reads(self):
        return ()

    @property
    def writes(self):
        return (Port("content", "1", "content"),)

    def initial(self, ill=False):
        return {"x": jnp.ones(())}

    def rates(self, t, state, inputs):
        return {"x": jax.lax.while_loop(lambda v: v < 10.0, lambda v: 2.0 * v, state["x"])}

    def outputs(self, t, state, inputs):
        return {"content": state["x"]}


def test_a_refusal_names_the_stage():
    with pytest.raises(SolveError, match=r"`restless`[\s\S]*while"):
        theory(jax.tree.structure(Chain({"restless": Looping()})))


def test_linear_coefficients_are_read_off_and_anything_else_refused():
    graph = Graph()
    x, y, u, k = (
        graph.input("state", "x"),
        graph.input("state", "y"),
        graph.input("port", "u"),
        graph.input("parameter", "0"),
    )
    rate = program(graph, lambda x, y, u, k: (u - 2.0 * x) / k - (y - x), x, y, u, k).item()
    form = coefficients(graph, rate, {"x", "y"})
    found = {key[1]: float(evaluated(np.array(node, dtype=object), {"parameter": 4.0})) for key, node in form.items()}
    assert found == {"x": 0.5, "y": -1.0, "u": 0.25}
    with pytest.raises(SolveError, match="linear"):
        coefficients(graph, graph.add("mul", x, y), {"x", "y"})


def question(ports, drives=(), **kept) -> Question:
    return Question(jax.tree.structure(default_chain("human")), drives, (), frozenset(), ports, **kept)


def test_only_what_the_question_feels_is_kept():
    mood = model(question(("madrs_total",), ("iv_ketamine_s",)))
    assert {"body.central_s", "body.brain_ketamine_s"} <= set(mood.linear)
    assert not any(s.endswith("_r") or "fast" in s or "dhnk" in s or "nasal" in s for s in mood.linear)
    assert "safety.tolerance" not in mood.slow
    plasma = model(question(("cv_ketamine",), ("iv_ketamine_s",)))
    assert not plasma.slow and not plasma.rates
    assert set(plasma.linear) == {f"body.{n}_s" for n in ("central", "peripheral1", "peripheral2", "liver")} | {
        "body.fast_ketamine_s",
        "body.slow_ketamine_s",
    }


def test_without_a_drug_no_linear_state_is_computed():
    found = model(question(("madrs_total",)))
    assert not found.linear
    assert all(key[0] != "port" for key in inputs(found.outputs))
    assert len(model(question((), ("iv_ketamine_s",), whole=True)).slow) == 17


@pytest.mark.parametrize("change", [Gather, Share, lambda graph, outputs, linear: Hoist(graph, linear)])
def test_passes_change_the_work_but_not_the_numbers(change):
    graph = Graph()
    (y, z), (k, w) = (
        tuple(graph.input(kind, n) for n in names) for kind, names in (("state", "yz"), ("parameter", "01"))
    )

    def rates(y, z, k, w):
        level = (1.0 - k * (w * (y - 2.0) + z)) / k
        return level / (1.0 + z * z) - y / (w + y) + level * z, -level / w

    found = [n.item() for n in program(graph, rates, y, z, k, w)]
    cheaper = change(graph, found, ())
    values = {("state", "y"): 0.7, ("state", "z"): 1.3, ("parameter", "0"): 0.4, ("parameter", "1"): 2.5}
    before, after = (numbers(n, values) for n in (found, [cheaper(n) for n in found]))
    np.testing.assert_allclose(after, before, rtol=1e-13)
    np.testing.assert_allclose(before, rates(0.7, 1.3, 0.4, 2.5), rtol=1e-14)


def test_sums_are_gathered_into_one_term_for_each_state():
    graph = Graph()
    y, k, w = graph.input("state", "y"), graph.input("parameter", "0"), graph.input("parameter", "1")
    rate = program(graph, lambda y, k, w: (1.0 - k * (w * (y - 2.0) - 3.0 * y)) * w - y * k, y, k, w).item()
    moving = [n for n in ordered([Gather(graph, [rate], ())(rate)]) if ("state", "y") in inputs([n])]
    assert [n.op for n in moving] == ["input", "mul", "add"]


def test_divisions_that_need_not_wait_for_one_another_become_one():
    graph = Graph()
    states = [graph.input("state", name) for name in "abcd"]
    rate = program(graph, lambda a, b, c, d: 1.0 / a + 2.0 / b + c / (d + 1.0 / a), *states).item()
    ops = [n.op for n in ordered([Share(graph, [rate], ())(rate)])]
    assert ops.count("div") == 2


def numbers(nodes, values):
    """What nodes are worth when every input has its number."""
    known = {}
    for node in ordered(nodes):
        args = [known[a] for a in node.args]
        known[node] = (
            values[node.label] if node.op == "input" else node.label if not args else OPERATIONS[node.op](*args)
        )
    return [float(known[n]) for n in nodes]
