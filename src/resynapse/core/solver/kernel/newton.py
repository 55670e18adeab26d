r"""Resting states of thousands of people by a printed Newton's method.

Residual and slopes come from the traced chain; slopes that are always zero are never computed, and the order of
elimination is fixed when the code is printed. It takes the steps of `resting_state`: a few for everybody, more for
those who still move.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from ...chain import Chain, ChainState
from ...errors import SolveError
from .derivative import derivative
from .dual import Value, choose, plain
from .elimination import solved
from .evaluation import FIELDS, Evaluation
from .lanes import Code, Mask
from .layout import Arrays, grouped, parameters
from .machine import Compiled, compiled
from .memory import cell
from .passes import Hoist, Swap
from .program import Graph, Key, Node, inputs
from .theory import Model, theory
from .trace import program

Floats = NDArray[np.float64]
_NAME, _WIDTH = "newton", 8
_GUESS, _LEFT = "guess", "left"


@dataclass(frozen=True)
class Search:
    """How a resting state is looked for, as far as it decides what must be computed.

    **Arguments:** `structure` is the chain without its values; `ports` are the external ones that are not zero; `held`
    fixes states at values; `ill` says where the search begins; of `steps` the first are taken by everybody, all of
    them by those who are not `settled` (largest rate, per hour) by then.
    """

    structure: Any
    ports: tuple[str, ...]
    held: tuple[tuple[str, float], ...]
    ill: bool
    steps: tuple[int, int]
    settled: float


@dataclass(frozen=True)
class Found:
    """What a search found: the states and, for each person, the largest rate that was left."""

    state: ChainState
    left: Floats


@dataclass(frozen=True)
class Searcher:
    """A search, compiled."""

    model: Model
    function: Compiled
    empty: Mapping[str, tuple[str, ...]]


def search(how: Search, chain: Chain, given: Mapping[str, Any]) -> Found | None:
    """Where everybody rests; `None` for a chain that cannot be printed or whose linear part does not stay at zero.

    **Arguments:** `chain` carries a person axis on some of its values; `given` holds the inputs of `how.ports`.
    """
    searcher = _searcher(how)
    if searcher is None:
        return None
    people = max(np.size(v) for v in (*jax.tree.leaves(chain), *given.values()))
    last = _run(searcher, [*parameters(searcher.model, chain)], [np.asarray(given[p]) for p in how.ports], people)
    rows = dict(zip((*searcher.model.slow, _LEFT), last, strict=True))
    state = {
        slot: {name: rows.get(f"{slot}.{name}", np.zeros(people)) for name in names}
        for slot, names in searcher.empty.items()
    }
    return Found(state, rows[_LEFT])


@lru_cache(maxsize=64)
def _searcher(how: Search) -> Searcher | None:
    try:
        part = _step(how)
    except SolveError:
        return None
    code = _Newton(Code(_WIDTH), part).written(how)
    return Searcher(part, compiled(code, _NAME), theory(how.structure).states)


def _step(how: Search) -> Model:
    """One step of Newton's method as a model whose `rates` are where the states go next."""
    whole = theory(how.structure)
    graph, slow = whole.graph, [s for s in whole.rates if s not in whole.linear]
    guess = _guess(graph, whole.chain, how)
    held = {name: graph.constant(value) for name, value in how.held}
    quiet = [p.name for p in whole.chain.external if p.name not in how.ports]
    zeros: dict[Key, Node] = {("port", p): graph.constant(0.0) for p in quiet}
    zeros |= {("state", s): graph.constant(0.0) for s in whole.linear}
    swap, x = Swap(graph, zeros), {s: graph.input("state", s) for s in slow}
    _refuse_moving({s: swap(whole.rates[s]) for s in whole.linear}, guess)
    rates = {s: graph.add("sub", x[s], held[s]) if s in held else swap(whole.rates[s]) for s in slow}
    slopes = {(s, k): derivative(graph, rates[s], x[k]) for s in slow for k in _read(rates[s])}
    gone = solved(graph, {place: n for place, n in slopes.items() if n.constant != 0.0}, rates)
    left = graph.constant(0.0)
    for node in rates.values():
        left = graph.add("max", left, graph.add("abs", node))
    neat = Hoist(graph, ())
    after = {s: neat(graph.add("sub", x[s], gone[s])) for s in slow}
    shown = {_GUESS: np.array([neat(guess[s]) for s in slow], dtype=object), _LEFT: np.array([left], dtype=object)}
    return Model(graph, (), tuple(slow), how.ports, (), {}, {}, after, {}, shown, {})


def _read(rate: Node) -> list[str]:
    """States that a rate hangs on, in a fixed order."""
    return sorted(k[1] for k in inputs([rate]) if k[0] == "state")


def _guess(graph: Graph, chain: Chain, how: Search) -> dict[str, Node]:
    """Where the search begins, state by state."""

    def begin(leaves: Any) -> Any:
        whole: Chain = jax.tree.unflatten(how.structure, leaves)
        return {f"{slot}.{name}": v for slot, own in whole.initial(how.ill).items() for name, v in own.items()}

    leaves = [graph.input("parameter", str(i)) for i in range(how.structure.num_leaves)]
    return {name: node.item() for name, node in program(graph, begin, leaves).items()}


def _refuse_moving(rates: Mapping[str, Node], guess: Mapping[str, Node]) -> None:
    """Refuse linear states that do not stay at zero."""
    for name, rate in rates.items():
        if rate.constant != 0.0 or guess[name].constant != 0.0:
            raise SolveError("a linear stage does not stay at zero", given=f"`{name}`")


class _Newton(Evaluation):
    """The printer of a search, group after group."""

    def __init__(self, code: Code, model: Model):
        super().__init__(code, model, None)

    def written(self, how: Search) -> str:
        """The whole function."""
        code = self.code
        with code.count("%first", "%last") as group:
            self.group, self.person = group, {}
            self._compute([n for n, r in self.ranks.items() if r == 0], self.person)
            self.cells = {s: cell(code, False) for s in (*self.model.slow, _LEFT)}
            for name, node in zip(self.model.slow, self.model.signals[_GUESS], strict=True):
                self.cells[name].keep(self._number(self.person[node]))
            with code.count(0, how.steps[0]):
                self._keep(self._next())
            move = ~plain(self.cells[_LEFT].value).compare("olt", how.settled)
            with code.count(how.steps[0], how.steps[1]), code.when(move.anybody):
                self._keep(self._next(), move)
            for row, place in enumerate(self.cells.values()):
                where = code.integer("add", code.integer("mul", self.given["groups"], row), group)
                code.store(self.given["last"], where, plain(place.value))
        return code.text(_NAME, "i64 %first, i64 %last, ptr noalias %arguments, ptr noalias %work")

    def _next(self) -> dict[str, Value]:
        """Where the states go, and the largest rate where they are."""
        graph, code, groups = self.model.graph, self.code, self.given["groups"]
        known: dict[Node, Value] = {graph.input("state", s): self.cells[s].value for s in self.model.slow}
        for place, port in enumerate(self.model.ports):
            where = code.integer("add", code.integer("mul", groups, place), self.group)
            known[graph.input("port", port)] = code.load(self.given["amounts"], where)
        known[graph.input("time")] = code.constant(0.0)
        left: Any = self.model.signals[_LEFT].item()
        return self._values({**self.model.rates, _LEFT: left}, known)

    def _keep(self, values: Mapping[str, Value], who: Mask | None = None) -> None:
        for name, value in values.items():
            place = self.cells[name]
            place.keep(value if who is None else choose(who, value, place.value))


def _run(searcher: Searcher, values: list[Floats], given: list[Floats], people: int) -> Floats:
    """States and largest rates, one row each."""
    groups = -(-people // _WIDTH)
    every = [np.broadcast_to(v, (people,)) for v in given]
    pad = (0, groups * _WIDTH - people)
    held: Arrays = {
        "amounts": np.array([np.pad(v, pad, mode="edge") for v in every] or [np.zeros(groups * _WIDTH)]),
        "last": np.empty((len(searcher.model.slow) + 1, groups * _WIDTH)),
    }
    held["parameters"], held["parameter_place"], held["parameter_stride"] = grouped(values, people, _WIDTH)
    words = [groups if n == "groups" else held[n].ctypes.data if n in held else 0 for n in FIELDS]
    block = (ctypes.c_int64 * len(words))(*words)
    searcher.function.call(0, groups, ctypes.addressof(block), 0)
    return np.asarray(held["last"][:, :people])
