"""From a function in `jax.numpy` to a program of scalars.

The function is traced once. Every traced value becomes a NumPy array of nodes, so that elementwise operations map over
it and operations on shapes are left to NumPy; inner functions are read in place. Whatever else the function asks for
(a loop that depends on data, linear algebra, an index that is not known) is refused by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import jax
import numpy as np
from jax.extend.core import ClosedJaxpr, Literal
from numpy.typing import NDArray

from ...errors import SolveError
from .program import OPERATIONS, Graph, Node

Nodes = NDArray[np.object_]
_INLINED = {"jit", "pjit", "closed_call", "core_call", "remat", "checkpoint", "custom_jvp_call", "custom_vjp_call"}
_PASSED = {"copy", "copy_p", "stop_gradient", "optimization_barrier"}


def program(graph: Graph, function: Callable[..., Any], *arguments: Any) -> Any:
    """What `function` returns, as nodes, for arguments whose leaves are nodes: the program that it stands for.

    **Raises:** `SolveError` naming the first operation that is not elementwise.
    """
    leaves, structure = jax.tree.flatten(arguments)
    scalar = jax.ShapeDtypeStruct((), np.float64)
    shapes = jax.tree.unflatten(structure, [scalar] * len(leaves))
    closed, shape = jax.make_jaxpr(function, return_shape=True)(*shapes)
    found = _run(graph, closed, [_array(leaf) for leaf in leaves])
    return jax.tree.unflatten(jax.tree.structure(shape), found)


def operations(function: Callable[..., Any], *arguments: Any) -> set[str]:
    """Names of all operations that a function asks for, inside inner functions and loops too."""
    waiting, found = [jax.make_jaxpr(function)(*arguments).jaxpr], set()
    while waiting:
        for equation in waiting.pop().eqns:
            found.add(equation.primitive.name)
            inner = [getattr(p, "jaxpr", p) for p in equation.params.values()]
            waiting += [p for p in inner if hasattr(p, "eqns")]
    return found


def _array(value: Any) -> Nodes:
    held = np.empty(np.shape(value), dtype=object)
    held[...] = value
    return held


def _run(graph: Graph, closed: ClosedJaxpr, arguments: Sequence[Nodes]) -> list[Nodes]:
    """The outputs of a traced function."""
    known: dict[Any, Nodes] = dict(zip(closed.jaxpr.invars, arguments, strict=True))
    known |= {v: _constants(graph, c) for v, c in zip(closed.jaxpr.constvars, closed.consts, strict=True)}

    def value(atom: Any) -> Nodes:
        return _constants(graph, atom.val) if isinstance(atom, Literal) else known[atom]

    for equation in closed.jaxpr.eqns:
        found = _equation(graph, equation, [value(a) for a in equation.invars])
        known |= dict(zip(equation.outvars, found, strict=True))
    return [value(a) for a in closed.jaxpr.outvars]


def _constants(graph: Graph, values: Any) -> Nodes:
    return _each(graph.constant, np.asarray(values))


def _each(function: Callable[..., Any], *arrays: Any) -> Nodes:
    with np.errstate(invalid="ignore"):  # what nobody gives is not a number until it is left out
        return _array(np.frompyfunc(function, len(arrays), 1)(*arrays))


def _equation(graph: Graph, equation: Any, arrays: list[Nodes]) -> list[Nodes]:
    name, params = equation.primitive.name, equation.params
    if name in _INLINED:
        return _run(graph, _inner(params), arrays)
    if name in _PASSED:
        return arrays
    if name in OPERATIONS and name != "select":
        return [_each(lambda *args: graph.add(name, *args), *arrays)]
    if name in _WRITTEN_OUT:
        return [_each(lambda *args: _WRITTEN_OUT[name](graph, params, *args), *arrays)]
    if name in _SHAPED:
        return _several(_SHAPED[name](params, *arrays))
    if name == "iota":
        return [_constants(graph, _counted(params))]
    if name in _REDUCED:
        return [_reduced(graph, _REDUCED[name], params["axes"], arrays[0])]
    raise SolveError(
        "this operation cannot be printed: stages are elementwise",
        given=name,
        allowed=sorted({*OPERATIONS, *_WRITTEN_OUT, *_SHAPED, *_REDUCED}),
        then="write it elementwise, or use `solve`, which runs any traced code",
    )


def _counted(params: Mapping[str, Any]) -> Any:
    sizes = [n if i == params["dimension"] else 1 for i, n in enumerate(params["shape"])]
    return np.broadcast_to(np.arange(max(sizes), dtype=params["dtype"]).reshape(sizes), params["shape"])


def _inner(params: Mapping[str, Any]) -> ClosedJaxpr:
    inner = next(params[k] for k in ("jaxpr", "call_jaxpr", "fun_jaxpr") if k in params)
    return inner if isinstance(inner, ClosedJaxpr) else ClosedJaxpr(inner, ())


def _several(found: Any) -> list[Nodes]:
    return [_array(f) for f in found] if isinstance(found, list) else [_array(found)]


def _integer_power(graph: Graph, params: Mapping[str, Any], base: Node) -> Node:
    exponent, found, square = abs(params["y"]), graph.constant(1.0), base
    while exponent:
        found = graph.add("mul", found, square) if exponent % 2 else found
        exponent //= 2
        square = graph.add("mul", square, square) if exponent else square
    return found if params["y"] >= 0 else graph.add("div", graph.constant(1.0), found)


def _converted(graph: Graph, params: Mapping[str, Any], value: Node) -> Node:
    kind = np.dtype(params["new_dtype"])
    if value.op == "constant":
        return graph.constant(kind.type(value.label))
    if kind != np.float64:
        raise SolveError("a number that changes cannot be turned into another type", given=str(kind))
    return graph.add("select", value, graph.constant(1.0), graph.constant(0.0)) if is_mask(value) else value


def is_mask(node: Node) -> bool:
    """Whether a value is true or false rather than a number."""
    if node.op == "constant":
        return isinstance(node.label, bool)
    return node.op in {"gt", "ge", "lt", "le", "eq", "ne", "and", "or", "not"}


def _case(graph: Graph, params: Mapping[str, Any], which: Node, *cases: Node) -> Node:
    if len(cases) != 2:
        raise SolveError("only a choice between two values can be printed", given=f"{len(cases)} values")
    return graph.add("select", which, cases[1], cases[0])


_WRITTEN_OUT: Mapping[str, Callable[..., Node]] = {
    "integer_pow": _integer_power,
    "square": lambda g, p, x: g.add("mul", x, x),
    "rsqrt": lambda g, p, x: g.add("div", g.constant(1.0), g.add("sqrt", x)),
    "clamp": lambda g, p, low, x, high: g.add("min", g.add("max", x, low), high),
    "convert_element_type": _converted,
    "select_n": _case,
    "add_any": lambda g, p, a, b: g.add("add", a, b),
}

_SHAPED: Mapping[str, Callable[..., Any]] = {
    "reshape": lambda p, x: x.reshape(p["new_sizes"]),
    "squeeze": lambda p, x: np.squeeze(x, axis=tuple(p["dimensions"])),
    "expand_dims": lambda p, x: np.expand_dims(x, tuple(p["dimensions"])),
    "transpose": lambda p, x: np.transpose(x, p["permutation"]),
    "rev": lambda p, x: np.flip(x, tuple(p["dimensions"])),
    "concatenate": lambda p, *x: np.concatenate(x, axis=p["dimension"]),
    "stack": lambda p, *x: np.stack(x, axis=p["axis"]),
    "slice": lambda p, x: x[tuple(map(slice, p["start_indices"], p["limit_indices"], p["strides"] or [None] * x.ndim))],
    "broadcast_in_dim": lambda p, x: _broadcast(x, p["shape"], p["broadcast_dimensions"]),
    "split": lambda p, x: np.split(x, np.cumsum(p["sizes"])[:-1], axis=p["axis"]),
}

_REDUCED = {"reduce_sum": "add", "reduce_prod": "mul", "reduce_max": "max", "reduce_min": "min"}


def _broadcast(x: Nodes, shape: Sequence[int], places: Sequence[int]) -> Nodes:
    sizes = [x.shape[places.index(i)] if i in places else 1 for i in range(len(shape))]
    return np.broadcast_to(x.reshape(sizes), shape)


def _reduced(graph: Graph, op: str, axes: Sequence[int], x: Nodes) -> Nodes:
    kept = [n for i, n in enumerate(x.shape) if i not in axes]
    rows = np.moveaxis(x, axes, range(len(axes))).reshape(-1, *kept)
    return reduce(lambda a, b: _each(lambda p, q: graph.add(op, p, q), a, b), rows)
