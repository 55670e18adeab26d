"""Linear equations of a program, solved by elimination in an order that is fixed when the program is written."""

from __future__ import annotations

from collections.abc import Mapping

from ...errors import SolveError
from .program import Graph, Node

Matrix = dict[tuple[str, str], Node]
"""Entries by row and column; those that are always zero are left out."""


def solved(graph: Graph, matrix: Mapping[tuple[str, str], Node], right: Mapping[str, Node]) -> dict[str, Node]:
    """The solution of `matrix` times it equals `right`, as nodes, by names of rows, which are those of columns.

    Pivots lie on the diagonal; of those the next one is always the one that makes the fewest new entries.

    **Raises:** `SolveError` when a pivot would always be zero.
    """
    left, found = dict(matrix), dict(right)
    waiting, done = list(right), list[str]()
    inverse: dict[str, Node] = {}
    while waiting:
        pivot = min(waiting, key=lambda k: _new_entries(left, k, waiting))
        if (pivot, pivot) not in left:
            raise SolveError("these equations cannot be solved in a fixed order", given=f"nothing holds `{pivot}`")
        waiting.remove(pivot)
        inverse[pivot] = graph.add("div", graph.constant(1.0), left[pivot, pivot])
        _eliminate(graph, (left, found), (pivot, inverse[pivot]), waiting)
        done.append(pivot)
    for place, row in reversed([*enumerate(done)]):
        for column in (c for c in done[place + 1 :] if (row, c) in left):
            found[row] = graph.add("sub", found[row], graph.add("mul", left[row, column], found[column]))
        found[row] = graph.add("mul", found[row], inverse[row])
    return found


def _new_entries(left: Matrix, pivot: str, waiting: list[str]) -> tuple[bool, int]:
    """How many entries elimination by a pivot can make; pivots that are always zero come last."""
    rows = sum((i, pivot) in left for i in waiting if i != pivot)
    columns = sum((pivot, j) in left for j in waiting if j != pivot)
    return (pivot, pivot) not in left, rows * columns


def _eliminate(
    graph: Graph, system: tuple[Matrix, dict[str, Node]], pivot: tuple[str, Node], waiting: list[str]
) -> None:
    (left, right), (name, inverse), zero = system, pivot, graph.constant(0.0)
    for row in (i for i in waiting if (i, name) in left):
        share = graph.add("mul", left[row, name], inverse)
        for column in (j for j in waiting if (name, j) in left):
            lost = graph.add("mul", share, left[name, column])
            left[row, column] = graph.add("sub", left.get((row, column), zero), lost)
        right[row] = graph.add("sub", right[row], graph.add("mul", share, right[name]))
