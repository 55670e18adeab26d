"""What depends on what: traced from the code of a stage, never from a declaration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
from jax.extend.core import ClosedJaxpr, Literal


def dependencies(
    function: Callable[..., dict[str, Any]], *arguments: dict[str, Any]
) -> dict[str, tuple[frozenset[str], ...]]:
    """For every entry of `function(*arguments)`, the keys of each argument that it really depends on.

    The arguments and the result are flat dictionaries of arrays. Sub-computations are treated as a whole, so the
    answer can name too many keys but never too few.
    """
    closed = jax.make_jaxpr(function)(*arguments)
    names = [(i, key) for i, argument in enumerate(arguments) for key in sorted(argument)]
    reached: dict[Any, frozenset[tuple[int, str]]] = {
        v: frozenset([n]) for v, n in zip(closed.jaxpr.invars, names, strict=True)
    }
    for equation in closed.jaxpr.eqns:
        used = _union(reached, equation.invars)
        reached |= dict.fromkeys(equation.outvars, used)
    keys = sorted(jax.eval_shape(function, *arguments))
    found = {key: _union(reached, [v]) for key, v in zip(keys, closed.jaxpr.outvars, strict=True)}
    return {
        key: tuple(frozenset(k for j, k in deps if j == i) for i in range(len(arguments)))
        for key, deps in found.items()
    }


def primitives(function: Callable[..., Any], *arguments: Any) -> frozenset[str]:
    """Names of all elementary operations in the traced code of `function`, sub-computations included."""
    return _primitives(jax.make_jaxpr(function)(*arguments))


def _primitives(closed: ClosedJaxpr) -> frozenset[str]:
    names: set[str] = set()
    for equation in closed.jaxpr.eqns:
        inner = [p for p in equation.params.values() if isinstance(p, ClosedJaxpr)]
        names |= {equation.primitive.name} if not inner else set()
        names |= {n for p in inner for n in _primitives(p)}
    return frozenset(names)


def _union(reached: dict[Any, frozenset[tuple[int, str]]], variables: list[Any]) -> frozenset[tuple[int, str]]:
    sets = [reached.get(v, frozenset()) for v in variables if not isinstance(v, Literal)]
    return frozenset().union(*sets)
