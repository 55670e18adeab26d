"""A chain as a program of scalars, and the part of it that one question needs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ...chain import Chain
from ...errors import SolveError
from .linear_form import coefficients
from .passes import Gather, Hoist, Share, Swap
from .program import Graph, Key, Node, inputs
from .trace import Nodes, operations, program

Names = frozenset[str]
Entries = Mapping[tuple[str, str], Node]


@dataclass(frozen=True)
class Question:
    """What is asked of a chain, as far as it decides what must be computed.

    **Arguments:** `structure` is the chain without its values; `drives` and `impulses` name the external ports that
    the protocol uses in either way; `moving` holds the linear states that are not zero at the start; `ports` are
    wanted; `whole` asks for every state at the end, felt by a port or not.
    """

    structure: Any
    drives: tuple[str, ...]
    impulses: tuple[str, ...]
    moving: Names
    ports: tuple[str, ...]
    whole: bool = False


@dataclass(frozen=True)
class Model:
    r"""The part of a chain that a question needs, as nodes of one graph.

    **Arguments:** `linear` and `slow` name the states that are solved exactly and by steps; `a` and `b` hold the
    entries of $\dot x = A x + B u$ that are not zero, by state and state or port; `rates` of the slow states; `kicks`
    is what impulses do to them; `signals` of the wanted ports; `substeps` of the slow
    states that take more than one in each step.
    """

    graph: Graph
    linear: tuple[str, ...]
    slow: tuple[str, ...]
    drives: tuple[str, ...]
    impulses: tuple[str, ...]
    a: Entries
    b: Entries
    rates: Mapping[str, Node]
    kicks: Mapping[str, Node]
    signals: Mapping[str, Nodes]
    substeps: Mapping[str, int]

    @property
    def outputs(self) -> tuple[Node, ...]:
        """Every node that is computed for its own sake."""
        return (*self.a.values(), *self.b.values(), *self.rates.values(), *self.kicks.values(), *self.shown)

    @property
    def shown(self) -> tuple[Node, ...]:
        """The wanted ports, entry by entry."""
        return each(self.signals)

    @cached_property
    def parameters(self) -> tuple[int, ...]:
        """Which of the chain's values it reads, by their place among the leaves of the chain."""
        return tuple(sorted(int(key[1]) for key in inputs(self.outputs) if key[0] == "parameter"))

    @property
    def ports(self) -> tuple[str, ...]:
        """Used external ports, each once."""
        return tuple(dict.fromkeys((*self.drives, *self.impulses)))


@dataclass(frozen=True)
class Theory:
    """A whole chain as a program: the rate of every state, and every port."""

    graph: Graph
    chain: Chain
    rates: Mapping[str, Node]
    signals: Mapping[str, Nodes]

    @property
    def linear(self) -> Names:
        """Addresses of the states that are solved exactly."""
        return frozenset(f"{block.slot}.{s}" for block in self.chain.wiring.blocks for s in block.states)

    @cached_property
    def states(self) -> Mapping[str, tuple[str, ...]]:
        """Names of the states of every slot."""
        return {slot: tuple(own) for slot, own in self.chain.initial().items()}

    def kicks(self, ports: tuple[str, ...]) -> dict[str, Node]:
        """How far impulses on `ports` move every state that is not linear, as the cascade does: rates by inputs."""

        def moved(leaves: Any, t: Any, state: Any, inner: Any, kick: Any) -> Any:
            def rates(v: Any) -> Any:
                return _rates(self.chain, leaves, t, state, {**inner, **v})

            return jax.jvp(rates, ({p: inner[p] for p in ports},), (kick,))[1]

        kick = {p: self.graph.input("kick", p) for p in ports}
        found = _traced(self.chain, self.graph, moved, *_given(self.graph, self.chain), kick)
        return {name: node.item() for name, node in found.items() if name not in self.linear}


@cache
def theory(structure: Any) -> Theory:
    """The program of a chain, traced once for every structure, whatever its values.

    **Raises:** `SolveError` naming an operation that cannot be printed, and the stages that use it.
    """
    chain: Chain = jax.tree.unflatten(structure, [jnp.ones(())] * structure.num_leaves)
    graph = Graph()

    def both(leaves: Any, t: Any, state: Any, inner: Any) -> Any:
        rates = _rates(chain, leaves, t, state, inner)
        return rates, _whole(chain, leaves).readouts(t, _nested(chain, state), inner)

    rates, signals = _traced(chain, graph, both, *_given(graph, chain))
    return Theory(graph, chain, {name: node.item() for name, node in rates.items()}, signals)


@lru_cache(maxsize=64)
def model(question: Question) -> Model:
    """The part of a chain that a question needs, without what stays at zero and what no wanted port feels.

    **Raises:** `SolveError` as `theory` does.
    """
    whole = theory(question.structure)
    graph, linear = whole.graph, whole.linear
    quiet = {p.name for p in whole.chain.external} - set(question.drives)
    zeros: dict[Key, Node] = {("port", p): graph.constant(0.0) for p in quiet}
    forms = {s: coefficients(graph, whole.rates[s], linear) for s in sorted(linear)}
    active = {*question.drives, *question.impulses}
    moving = _moving(forms, active, question.moving)
    zeros |= {("state", s): graph.constant(0.0) for s in linear - moving}
    rates = {s: n for s, n in whole.rates.items() if s not in linear}
    kicks = whole.kicks(question.impulses) if question.impulses else {}
    ports = {p: whole.signals[p] for p in question.ports}
    swap = Swap(graph, zeros)
    rates, kicks = ({s: swap(n) for s, n in part.items()} for part in (rates, kicks))
    signals = {p: _mapped(swap, nodes) for p, nodes in ports.items()}
    forms = {s: {k: swap(n) for k, n in forms[s].items()} for s in moving}
    felt = moving | set(rates) if question.whole else _felt(each(signals), forms, rates, kicks)
    kept = tuple(s for s in whole.rates if s in felt and s in moving)
    slow = tuple(s for s in rates if s in felt)
    neat = Hoist(graph, linear)
    a = {(s, k[1]): neat(n) for s in kept for k, n in forms[s].items() if k[0] == "state" and k[1] in moving}
    b = {(s, k[1]): neat(n) for s in kept for k, n in forms[s].items() if k[0] == "port" and k[1] in active}
    return Model(
        graph,
        kept,
        slow,
        question.drives,
        question.impulses,
        a,
        b,
        _cheaper(graph, {s: neat(rates[s]) for s in slow}, linear),
        {s: neat(n) for s, n in kicks.items() if s in felt and n.constant != 0.0},
        {p: _mapped(neat, nodes) for p, nodes in signals.items()},
        {s: whole.chain.substeps[slot] for s in slow if (slot := s.split(".", 1)[0]) in whole.chain.substeps},
    )


def _cheaper(graph: Graph, rates: Mapping[str, Node], linear: Names) -> Mapping[str, Node]:
    for change in (Gather, Share):
        cheaper = change(graph, rates.values(), linear)
        rates = {s: cheaper(n) for s, n in rates.items()}
    return rates


def _mapped(change: Callable[[Node], Node], nodes: Nodes) -> Nodes:
    found = np.empty(nodes.shape, dtype=object)
    for place in np.ndindex(nodes.shape):
        node: Any = nodes[place]
        found[place] = change(node)
    return found


def each(signals: Mapping[str, Nodes]) -> tuple[Node, ...]:
    """Every entry of every signal, in order."""
    every: Any = [n for nodes in signals.values() for n in nodes.flat]
    return tuple(every)


def _moving(forms: Mapping[str, Mapping[Key, Node]], ports: Collection[str], begin: Names) -> set[str]:
    """Linear states that do not stay at zero."""
    reads = {s: {k for k, n in form.items() if n.constant != 0.0} for s, form in forms.items()}
    found = {s for s in forms if s in begin or any(("port", p) in reads[s] for p in ports)}
    while more := {s for s in forms if any(("state", f) in reads[s] for f in found)} - found:
        found |= more
    return found


def _felt(
    wanted: tuple[Node, ...],
    forms: Mapping[str, Mapping[Key, Node]],
    rates: Mapping[str, Node],
    kicks: Mapping[str, Node],
) -> set[str]:
    """States that can change one of the wanted values, now or later."""
    found = _states(inputs(wanted))
    waiting = set(found)
    while waiting:
        name = waiting.pop()
        nodes = [n for n in (rates.get(name), kicks.get(name)) if n is not None]
        more = (_states(forms[name]) if name in forms else _states(inputs(nodes))) - found
        found |= more
        waiting |= more
    return found


def _states(keys: Iterable[Key]) -> set[str]:
    return {k[1] for k in keys if k[0] == "state"}


def _given(graph: Graph, chain: Chain) -> tuple[Any, ...]:
    """Nodes for all that a chain is given: its values, the time, its states and its external ports."""
    count = len(jax.tree.leaves(chain))
    leaves = [graph.input("parameter", str(i)) for i in range(count)]
    states = (f"{slot}.{name}" for slot, state in chain.initial().items() for name in state)
    state = {s: graph.input("state", s) for s in states}
    return leaves, graph.input("time"), state, {p.name: graph.input("port", p.name) for p in chain.external}


def _whole(chain: Chain, leaves: Any) -> Chain:
    return jax.tree.unflatten(jax.tree.structure(chain), leaves)


def _rates(chain: Chain, leaves: Any, t: Any, state: Any, inner: Any) -> dict[str, Any]:
    found = _whole(chain, leaves).rates(t, _nested(chain, state), inner)
    return {f"{slot}.{name}": v for slot, own in found.items() for name, v in own.items()}


def _nested(chain: Chain, flat: Mapping[str, Any]) -> Any:
    return {slot: {name: flat[f"{slot}.{name}"] for name in own} for slot, own in chain.initial().items()}


def _traced(chain: Chain, graph: Graph, function: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return program(graph, function, *arguments)
    except SolveError as refusal:
        raise SolveError(
            refusal.what,
            where=", ".join(f"`{slot}`" for slot in _users(chain, str(refusal.given))) or None,
            given=refusal.given,
            allowed=refusal.allowed,
            then=refusal.then,
        ) from refusal


def _users(chain: Chain, operation: str) -> list[str]:
    """Slots whose code asks for an operation."""
    found = []
    for slot, stage in chain.stages.items():
        given = jnp.zeros(()), chain.initial()[slot], {p.name: jnp.zeros(p.shape) for p in stage.reads}
        used = {name for f in (stage.rates, stage.outputs, stage.readouts) for name in operations(f, *given)}
        found += [slot] if operation in used else []
    return found
