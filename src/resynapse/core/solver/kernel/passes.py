"""Passes over a program: other nodes with the same values, cheaper to compute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from .program import Graph, Key, Node, ordered

_TOGETHER = 6  # denominators that share a division; their product must stay a number

Ranks = dict[Node, int]


def ranks(nodes: Iterable[Node], linear: Collection[str]) -> Ranks:
    """How often nodes must be computed: 0 once a person, 1 once a moment (what is known exactly), 2 for every slope."""
    found: Ranks = {}
    for node in ordered(nodes):
        own = _input_rank(node.label, linear) if node.op == "input" else 0
        found[node] = max([own, *(found[a] for a in node.args)])
    return found


def _input_rank(key: Key, linear: Collection[str]) -> int:
    return 0 if key[0] == "parameter" else 2 if key[0] == "state" and key[1] not in linear else 1


class Swap:
    """Copies nodes with some inputs replaced by others."""

    def __init__(self, graph: Graph, replaced: Mapping[Key, Node]):
        self.graph, self.replaced, self.done = graph, replaced, dict[Node, Node]()

    def __call__(self, node: Node) -> Node:
        for each in ordered([node], self.done):
            if each not in self.done:
                self.done[each] = self._one(each)
        return self.done[node]

    def _one(self, node: Node) -> Node:
        if node.op == "input":
            return self.replaced.get(node.label, node)
        return self.graph.add(node.op, *(self.done[a] for a in node.args)) if node.args else node


class Hoist(Swap):
    """Copies nodes, turning a division by what is known earlier than the rest into a product with its reciprocal."""

    def __init__(self, graph: Graph, linear: Collection[str]):
        super().__init__(graph, {})
        self.linear, self.ranks = linear, Ranks()

    def _one(self, node: Node) -> Node:
        made = super()._one(node)
        if made.op != "div" or self._rank(made.args[1]) >= self._rank(made.args[0]):
            return made
        top, bottom = made.args
        return self.graph.add("mul", top, self.graph.add("div", self.graph.constant(1.0), bottom))

    def _rank(self, node: Node) -> int:
        if node not in self.ranks:
            self.ranks |= ranks([node], self.linear)
        return self.ranks[node]


Sum = tuple[Node, dict[Node, Node]]
"""A constant and the coefficients of what moves: $c + \\sum_k c_k z_k$, where every $c$ is known once a person."""


class Gather(Swap):
    r"""Copies nodes, gathering sums and products with what is known once a person into as few terms as there can be.

    So $(a + b\,(c\,y - d))\,e$ becomes $c_0 + c_1 y$. What several others use is gathered once, not taken apart again.
    """

    def __init__(self, graph: Graph, outputs: Collection[Node], linear: Collection[str]):
        super().__init__(graph, {})
        self.ranks = ranks(outputs, linear)
        self.users = Counter(a for n in ordered(outputs) for a in n.args) + Counter(outputs)
        self.sums: dict[Node, Sum] = {}
        self.zero, self.one = graph.constant(0.0), graph.constant(1.0)

    def _one(self, node: Node) -> Node:
        self.sums[node] = self._gathered(node)
        constant, terms = self.sums[node]
        for moving, factor in terms.items():
            constant = self._plus(constant, moving, factor)
        return constant

    def _gathered(self, node: Node) -> Sum:
        if self.ranks[node] == 0:
            return node, {}
        if node.op in ("add", "sub"):
            (a, first), (b, second) = map(self._part, node.args)
            keys = dict.fromkeys([*first, *second])
            terms = {k: self.graph.add(node.op, first.get(k, self.zero), second.get(k, self.zero)) for k in keys}
            return self.graph.add(node.op, a, b), {k: c for k, c in terms.items() if c.constant != 0.0}
        if node.op == "neg":
            return self._scaled(self._part(node.args[0]), self.graph.constant(-1.0))
        if node.op == "mul":
            return self._product(*node.args)
        return self._alone(super()._one(node))

    def _product(self, a: Node, b: Node) -> Sum:
        if self.ranks[a] == 0:
            return self._scaled(self._part(b), a)
        if self.ranks[b] == 0:
            return self._scaled(self._part(a), b)
        (first, p), (second, q) = map(self._factored, (a, b))
        return self._scaled(self._alone(self.graph.add("mul", p, q)), self.graph.add("mul", first, second))

    def _factored(self, node: Node) -> tuple[Node, Node]:
        """A value as a factor known once a person, times the rest."""
        constant, terms = self._part(node)
        if constant.constant == 0.0 and len(terms) == 1:
            return next((factor, moving) for moving, factor in terms.items())
        return self.one, self.done[node]

    def _part(self, node: Node) -> Sum:
        """The sum that a value is, or the value as one term where it is better computed once."""
        found = self.sums[node]
        return found if self.users[node] == 1 or len(found[1]) < 2 else self._alone(self.done[node])

    def _alone(self, node: Node) -> Sum:
        return self.zero, {node: self.one}

    def _scaled(self, total: Sum, factor: Node) -> Sum:
        constant, terms = total
        scaled = {k: self.graph.add("mul", c, factor) for k, c in terms.items()}
        return self.graph.add("mul", constant, factor), scaled

    def _plus(self, total: Node, moving: Node, factor: Node) -> Node:
        if factor.constant == -1.0:
            return self.graph.add("sub", total, moving)
        return self.graph.add("add", total, self.graph.add("mul", factor, moving))


class Share(Swap):
    r"""Copies nodes so that divisions that need not wait for one another share one.

    A division costs as much as ten products: $1/a = b\,r$ and $1/b = a\,r$ with $r = 1/(ab)$. Where the product of the
    denominators leaves the range of numbers the result is not a number, never a wrong one.
    """

    def __init__(self, graph: Graph, outputs: Collection[Node], linear: Collection[str]):
        super().__init__(graph, {})
        self.partners: dict[Node, list[Node]] = {}
        for group in _groups(outputs, ranks(outputs, linear)):
            self.partners |= dict.fromkeys(group, group)
        self.inverse: dict[Node, Node] = {}

    def _one(self, node: Node) -> Node:
        if node.op != "div" or node.args[1] not in self.partners:
            return super()._one(node)
        bottom = node.args[1]
        if bottom not in self.inverse:
            group = self.partners[bottom]
            self.inverse |= zip(group, _reciprocals(self.graph, [self(n) for n in group]), strict=True)
        return self.graph.add("mul", self.done[node.args[0]], self.inverse[bottom])


def _groups(outputs: Collection[Node], known: Ranks) -> Iterator[list[Node]]:
    """Denominators that are computed equally often and after equally many divisions, some at a time."""
    after: dict[Node, int] = {}
    alike: dict[tuple[int, int], dict[Node, None]] = {}
    for node in ordered(outputs):
        after[node] = max((after[a] for a in node.args), default=0)
        if node.op == "div" and known[node] > 0:
            bottom = node.args[1]
            if known[bottom] == known[node]:
                alike.setdefault((known[bottom], after[bottom]), {})[bottom] = None
            after[node] += 1
    for bottoms in map(list, alike.values()):
        yield from (bottoms[i : i + _TOGETHER] for i in range(0, len(bottoms), _TOGETHER))


def _reciprocals(graph: Graph, values: Sequence[Node]) -> list[Node]:
    """The reciprocal of each of several values, by one division."""
    products = [values[0]]
    for value in values[1:]:
        products.append(graph.add("mul", products[-1], value))
    rest, found = graph.add("div", graph.constant(1.0), products[-1]), []
    for i in range(len(values) - 1, 0, -1):
        found.append(graph.add("mul", rest, products[i - 1]))
        rest = graph.add("mul", rest, values[i])
    return [rest, *reversed(found)]
