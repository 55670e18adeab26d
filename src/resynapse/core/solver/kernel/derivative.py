"""Derivatives of a program, as more of the same program."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .program import Graph, Node, ordered
from .trace import is_mask


def derivative(graph: Graph, output: Node, by: Node) -> Node:
    """The derivative of `output` by the input `by`, as a node; zero where it does not depend on it."""
    zero = graph.constant(0.0)
    found: dict[Node, Node] = {by: graph.constant(1.0)}
    for node in ordered([output]):
        if any(a in found for a in node.args) and not is_mask(node):
            made = _RULES[node.op](graph, node, *(found.get(a, zero) for a in node.args))
            found |= {node: made} if made.constant != 0.0 else {}
    return found.get(output, zero)


def _product(graph: Graph, node: Node, da: Node, db: Node) -> Node:
    a, b = node.args
    return graph.add("add", graph.add("mul", da, b), graph.add("mul", a, db))


def _quotient(graph: Graph, node: Node, da: Node, db: Node) -> Node:
    return graph.add("div", graph.add("sub", da, graph.add("mul", node, db)), node.args[1])


def _power(graph: Graph, node: Node, dx: Node, dy: Node) -> Node:
    x, y = node.args
    lower = graph.add("pow", x, graph.add("sub", y, graph.constant(1.0)))
    positive = graph.add("gt", x, graph.constant(0.0))
    steep = graph.add("select", positive, graph.add("log", x), graph.constant(0.0))
    by_base = graph.add("mul", graph.add("mul", y, lower), dx)
    return graph.add("add", by_base, graph.add("mul", graph.add("mul", node, steep), dy))


def _curved(slope: Callable[[Graph, Node, Node], Node]) -> Callable[..., Node]:
    """The rule of a function of one value, whose slope hangs on the value and on what the function makes of it."""
    return lambda graph, node, dx: graph.add("mul", slope(graph, node.args[0], node), dx)


def _either(how: str) -> Callable[..., Node]:
    def rule(graph: Graph, node: Node, da: Node, db: Node) -> Node:
        return graph.add("select", graph.add(how, *node.args), da, db)

    return rule


def _chosen(graph: Graph, node: Node, _: Node, yes: Node, no: Node) -> Node:
    return graph.add("select", node.args[0], yes, no)


def _one_less_square(graph: Graph, x: Node, y: Node) -> Node:
    return graph.add("sub", graph.constant(1.0), graph.add("mul", y, y))


def _logistic(graph: Graph, x: Node, y: Node) -> Node:
    return graph.add("mul", y, graph.add("sub", graph.constant(1.0), y))


_RULES: Mapping[str, Callable[..., Node]] = {
    "add": lambda g, n, da, db: g.add("add", da, db),
    "sub": lambda g, n, da, db: g.add("sub", da, db),
    "neg": lambda g, n, dx: g.add("neg", dx),
    "mul": _product,
    "div": _quotient,
    "pow": _power,
    "select": _chosen,
    "max": _either("ge"),
    "min": _either("le"),
    "sign": lambda g, n, dx: g.constant(0.0),
    "abs": _curved(lambda g, x, y: g.add("sign", x)),
    "sqrt": _curved(lambda g, x, y: g.add("div", g.constant(0.5), y)),
    "exp": _curved(lambda g, x, y: y),
    "log": _curved(lambda g, x, y: g.add("div", g.constant(1.0), x)),
    "log1p": _curved(lambda g, x, y: g.add("div", g.constant(1.0), g.add("add", g.constant(1.0), x))),
    "expm1": _curved(lambda g, x, y: g.add("add", y, g.constant(1.0))),
    "tanh": _curved(_one_less_square),
    "logistic": _curved(_logistic),
}
