"""The coefficients of a rate that is linear in states and inputs, read off its program."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from ...errors import SolveError
from .program import Graph, Key, Node, ordered

Form = dict[Key, Node]


def coefficients(graph: Graph, rate: Node, states: Collection[str]) -> Form:
    r"""What `rate` takes of each of `states` and each external port: $c_k$ in $\dot x = \sum_k c_k z_k$.

    **Raises:** `SolveError` when the rate is not linear in them.
    """
    forms: dict[Node, Form] = {}
    for node in ordered([rate]):
        forms[node] = _form(graph, node, [forms[a] for a in node.args], states)
    return forms[rate]


def _form(graph: Graph, node: Node, args: list[Form], states: Collection[str]) -> Form:
    if node.op == "input":
        key = node.label
        return {key: graph.constant(1.0)} if key[0] == "port" or (key[0] == "state" and key[1] in states) else {}
    if not any(args):
        return {}
    if node.op in _RULES:
        found = _RULES[node.op](graph, node, args)
        if found is not None:
            return found
    raise SolveError("the rate of a stage that promises to be linear is not", given=f"`{node.op}` of a state")


def _plus(graph: Graph, node: Node, args: list[Form]) -> Form | None:
    a, b = args
    zero = graph.constant(0.0)
    return {k: graph.add(node.op, a.get(k, zero), b.get(k, zero)) for k in {**a, **b}}


def _negative(graph: Graph, node: Node, args: list[Form]) -> Form | None:
    return {k: graph.add("neg", n) for k, n in args[0].items()}


def _times(graph: Graph, node: Node, args: list[Form]) -> Form | None:
    if args[0] and args[1]:
        return None
    form, factor = (args[0], node.args[1]) if args[0] else (args[1], node.args[0])
    return {k: graph.add("mul", n, factor) for k, n in form.items()}


def _over(graph: Graph, node: Node, args: list[Form]) -> Form | None:
    return None if args[1] else {k: graph.add("div", n, node.args[1]) for k, n in args[0].items()}


_RULES: Mapping[str, Callable[[Graph, Node, list[Form]], Form | None]] = {
    "add": _plus,
    "sub": _plus,
    "neg": _negative,
    "mul": _times,
    "div": _over,
}
