r"""Printed matrix exponentials: the exact steps of the linear states, person by person.

With $\dot x = A x + B u$ and $u$ constant over $h$ hours, $x$ gains $E\,(x, u)$, where $E$ holds the upper rows of
$e^{M h} - 1$ and $M = (A, B; 0, 0)$. Twice the step is $2E + E_x E$, which keeps the digits of slow rates. Only entries
that can differ from zero exist: those along which something flows from one state to another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .dual import Value, choose, plain
from .lanes import Code, Lanes
from .memory import Cell, Row, cell
from .theory import Model
from .vector_math import absolute, halvings, two_to

_TERMS = 12
_PARTS_MOST = 4096.0

Place = tuple[int, int]


@dataclass(frozen=True)
class Pattern:
    """Which entries of the step matrices exist, by row (state) and column (states, then used ports).

    **Arguments:** `rates` are the entries of (A, B); `entries` numbers those of the steps.
    """

    states: tuple[str, ...]
    columns: tuple[str, ...]
    rates: tuple[Place, ...]
    entries: Mapping[Place, int]

    @property
    def size(self) -> int:
        """Number of entries of one step matrix."""
        return len(self.entries)

    def row(self, i: int) -> list[int]:
        """Columns of the entries of one row."""
        return [j for (k, j) in self.entries if k == i]

    def column(self, j: int) -> list[int]:
        """Rows of the entries of one column."""
        return [i for (i, k) in self.entries if k == j]


def pattern(model: Model) -> Pattern:
    """The entries that exist: wherever something can flow, in any number of steps."""
    columns = (*model.linear, *model.ports)
    place = {name: i for i, name in enumerate(columns)}
    rates = sorted((place[s], place[k]) for s, k in (*model.a, *model.b))
    found = {*rates, *((i, i) for i in range(len(model.linear)))}
    while more := {(i, j) for i, k in found for m, j in found if k == m} - found:
        found |= more
    return Pattern(model.linear, columns, tuple(rates), {p: n for n, p in enumerate(sorted(found))})


@dataclass(frozen=True)
class Flow:
    """The linear states of the people at hand, as printed values.

    **Arguments:** `rates` holds (A, B) by row and column; `norm` is the largest sum of a column of |A|; `dual` says
    whether the step matrices carry tangents.
    """

    code: Code
    pattern: Pattern
    rates: Mapping[Place, Value]
    dual: bool
    norm: Lanes = field(init=False)

    def __post_init__(self) -> None:
        n = len(self.pattern.states)
        sums = [
            sum((absolute(plain(v)) for (_, k), v in self.rates.items() if k == j), self.code.constant(0.0))
            for j in range(n)
        ]
        largest = self.code.constant(0.0)
        for each in sums:
            largest = largest.builtin("llvm.maxnum", each)
        object.__setattr__(self, "norm", largest)

    def matrix(self, base: str, index: str) -> Row:
        """The step matrix number `index` in the workspace."""
        size = self.pattern.size * (2 if self.dual else 1)
        start = self.code.address(base, self.code.integer("mul", index, size), self.code.reals)
        return Row(self.code, start, self.pattern.size, self.dual)

    def after(self, step: Row, x: Mapping[int, Value], i: int) -> Value:
        """State `i` after a step, from the states and inputs `x` before it."""
        found = x[i]
        for j in self.pattern.row(i):
            found = found + step[self.pattern.entries[i, j]] * x[j]
        return found

    def fill(self, finest: Row, length: Lanes) -> Lanes:
        """Print the series for a part of the shortest step, short enough for everybody; gives the doublings left."""
        doublings = halvings(self.norm * length)
        part = length * two_to(-doublings)
        small = {place: value * part for place, value in self.rates.items()}
        for j in range(len(self.pattern.columns)):
            self._fill_column(finest, small, j)
        return doublings

    def _fill_column(self, finest: Row, small: Mapping[Place, Value], j: int) -> None:
        r"""One column of $M(1 + M/2\,(1 + M/3\,(\dots)))$."""
        rows = self.pattern.column(j)
        series = {i: cell(self.code, self.dual) for i in rows}
        zero = self.code.constant(0.0)
        for i in rows:
            series[i].keep(small.get((i, j), zero) * (1.0 / _TERMS))
        with self.code.count(1, _TERMS) as n:
            share = 1.0 / _as_real(self.code, self.code.integer("sub", _TERMS, n))
            held = {i: s.value for i, s in series.items()}
            for i in rows:
                moved = small.get((i, j), zero)
                for k in (k for k in rows if (i, k) in small):
                    moved = moved + small[i, k] * held[k]
                series[i].keep(moved * share)
        for i in rows:
            finest[self.pattern.entries[i, j]] = series[i].value

    def double(self, twice: Row, once: Row) -> None:
        """Print the step of twice the length."""
        n, entries = len(self.pattern.states), self.pattern.entries
        for i in range(n):
            own = {k: once[entries[i, k]] for k in self.pattern.row(i)}
            for j in own:
                total = own[j] * 2.0
                for k in (k for k in own if k < n and (k, j) in entries):
                    total = total + own[k] * once[entries[k, j]]
                twice[entries[i, j]] = total

    def double_some(self, step: Row, spare: Row, doublings: Lanes) -> None:
        """Print as many doublings as each person has left, using `spare` room."""
        with self.code.count(0, _as_integer(self.code, doublings.largest)) as n:
            self.double(spare, step)
            going = _as_real(self.code, n) < doublings
            for place in range(self.pattern.size):
                step[place] = choose(going, spare[place], step[place])

    def drift(self, x: Mapping[int, Cell], inputs: Mapping[int, Value], length: Lanes) -> None:
        """Move all states by `length`, shorter than any step that is kept: the series applied to the states."""
        code, n = self.code, len(self.pattern.states)
        parts = (2.0 * self.norm * length).builtin("llvm.ceil")
        parts = parts.builtin("llvm.maxnum", 1.0).builtin("llvm.minnum", _PARTS_MOST)
        term = {i: cell(code, x[i].tangent is not None) for i in range(n)}
        with code.count(0, _as_integer(code, parts.largest)) as part:
            own = length / parts
            step = choose(_as_real(code, part) < parts, own, code.constant(0.0))
            for i, moved in self._applied({**{i: x[i].value for i in range(n)}, **inputs}, plain(step)).items():
                term[i].keep(moved)
            with code.count(2, _TERMS + 1) as order:
                held = {i: t.value for i, t in term.items()}
                for i in range(n):
                    x[i].keep(x[i].value + held[i])
                for i, moved in self._applied(held, plain(step) / _as_real(code, order)).items():
                    term[i].keep(moved)
            for i in range(n):
                x[i].keep(x[i].value + term[i].value)

    def _applied(self, x: Mapping[int, Value], length: Lanes) -> dict[int, Value]:
        found: dict[int, Value] = {i: self.code.constant(0.0) for i in range(len(self.pattern.states))}
        for (i, j), rate in self.rates.items():
            if j in x:
                found[i] = found[i] + rate * x[j]
        return {i: v * length for i, v in found.items()}


def _as_real(code: Code, whole: str) -> Lanes:
    """A counter as a number for everybody."""
    return code.everybody(code.value(f"sitofp i64 {whole} to double"))


def _as_integer(code: Code, real: str) -> str:
    return code.value(f"fptosi double {real} to i64")
