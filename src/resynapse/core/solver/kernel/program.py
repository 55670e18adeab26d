"""A program of scalars: every value is a node that says which operation makes it of which other nodes.

Nodes are made through a graph, which merges equal ones, computes what is constant, and drops what has no effect
(adding 0, multiplying by 1 or 0). A node is numbered when it is made, so that ascending numbers are an order in which
a program can be run.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Key = tuple[str, ...]
"""What an input is: `("parameter", "12")`, `("state", "mood.despair")`, `("port", "load")`, `("time",)`, ..."""


@dataclass(frozen=True, eq=False)
class Node:
    """One value: `op` of `args`; a `"constant"` carries its number and an `"input"` its key in `label`."""

    op: str
    args: tuple[Node, ...]
    label: Any
    number: int

    @property
    def constant(self) -> Any:
        """The number of a constant, else `None`."""
        return self.label if self.op == "constant" else None


def _logistic(x: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-x))


def _select(mask: Any, yes: Any, no: Any) -> Any:
    return yes if mask else no


OPERATIONS: Mapping[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": np.divide,
    "neg": operator.neg,
    "abs": abs,
    "sign": np.sign,
    "sqrt": np.sqrt,
    "exp": np.exp,
    "log": np.log,
    "log1p": np.log1p,
    "expm1": np.expm1,
    "tanh": np.tanh,
    "logistic": _logistic,
    "pow": np.power,
    "max": np.maximum,
    "min": np.minimum,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
    "eq": operator.eq,
    "ne": operator.ne,
    "and": np.logical_and,
    "or": np.logical_or,
    "not": np.logical_not,
    "select": _select,
}
"""What a program can do, and what each operation makes of plain numbers."""


class Graph:
    """Maker of nodes; two nodes of one graph that would be equal are the same node."""

    def __init__(self) -> None:
        self._known: dict[Any, Node] = {}

    def constant(self, value: Any) -> Node:
        """The node of a number, or of true or false."""
        plain = value.item() if isinstance(value, np.generic | np.ndarray) else value
        return self._node("constant", (), plain, repr(plain))

    def input(self, *key: str) -> Node:
        """The node of something that is given."""
        return self._node("input", (), key, key)

    def add(self, op: str, *args: Node) -> Node:
        """The node of an operation, or a simpler one that always has the same value."""
        if all(a.op == "constant" for a in args):
            with np.errstate(all="ignore"):
                return self.constant(OPERATIONS[op](*(a.label for a in args)))
        simpler = _SIMPLER.get(op, _nothing)(self, *args)
        return self._node(op, args, None, None) if simpler is None else simpler

    def _node(self, op: str, args: tuple[Node, ...], label: Any, key: Any) -> Node:
        known = (op, tuple(a.number for a in args), key)
        if known not in self._known:
            self._known[known] = Node(op, args, label, len(self._known))
        return self._known[known]


def _nothing(graph: Graph, *args: Node) -> Node | None:
    return None


def _add(graph: Graph, a: Node, b: Node) -> Node | None:
    return b if a.constant == 0.0 else a if b.constant == 0.0 else None


def _sub(graph: Graph, a: Node, b: Node) -> Node | None:
    return graph.add("neg", b) if a.constant == 0.0 else a if b.constant == 0.0 else None


def _mul(graph: Graph, a: Node, b: Node) -> Node | None:
    for one, other in ((a, b), (b, a)):
        if one.constant == 0.0:
            return graph.constant(0.0)
        if one.constant == 1.0:
            return other
    return None


def _div(graph: Graph, a: Node, b: Node) -> Node | None:
    return graph.constant(0.0) if a.constant == 0.0 else a if b.constant == 1.0 else None


def _neg(graph: Graph, a: Node) -> Node | None:
    return a.args[0] if a.op == "neg" else None


def _pow(graph: Graph, base: Node, exponent: Node) -> Node | None:
    if exponent.constant in (1.0, 2.0):
        return base if exponent.constant == 1.0 else graph.add("mul", base, base)
    return graph.add("sqrt", base) if exponent.constant == 0.5 else None


def _chosen(graph: Graph, mask: Node, yes: Node, no: Node) -> Node | None:
    if mask.op == "constant":
        return yes if mask.label else no
    return yes if yes is no else None


_SIMPLER: Mapping[str, Callable[..., Node | None]] = {
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "div": _div,
    "neg": _neg,
    "pow": _pow,
    "select": _chosen,
}


def ordered(outputs: Iterable[Node], known: Collection[Node] = ()) -> list[Node]:
    """All nodes that `outputs` need, in an order in which they can be computed; those `known` are not gone into."""
    found: set[Node] = set()
    waiting = [n for n in outputs if n not in known]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += [a for a in node.args if a not in known]
    return sorted(found, key=lambda n: n.number)


def inputs(outputs: Iterable[Node]) -> set[Key]:
    """Keys of all inputs on which `outputs` depend."""
    return {n.label for n in ordered(outputs) if n.op == "input"}
