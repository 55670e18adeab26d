"""The march of a chain along a grid, printed as one LLVM function over groups of people.

For each group: what depends on parameters alone, once; the exact steps of the linear states; then interval after
interval and step after step, a classical fourth-order step for the other states, and the wanted ports where they are
read. Grid, doses and times are data, so one function serves every protocol that uses the same ports.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial, reduce
from operator import or_

from ...errors import SolveError
from ..step import RESTLESS
from .classical import Slopes, classical, parabola
from .dual import Dual, Value, choose, plain
from .evaluation import Evaluation
from .exponential import Flow, Pattern, pattern
from .lanes import Code, Lanes, Mask, literal
from .linear_form import coefficients
from .memory import Cell, cell, slope
from .program import Node, inputs, ordered
from .theory import Model
from .vector_math import absolute

NAME = "march"
_READ_AT_ONCE = 1e-13  # hours; a rest of an offset below this is none


@dataclass(frozen=True)
class Printed:
    """A printed march, and how its people must be laid out in memory.

    **Arguments:** `text` is LLVM code; `width` people make a group; `steps` describes the linear states; `matrix` is
    the number of vectors that one step matrix takes.
    """

    text: str
    width: int
    steps: Pattern
    matrix: int


def printed(model: Model, width: int, seeded: frozenset[int] | None = None) -> Printed:
    """The march of `model`, for groups of `width` people.

    **Arguments:** `seeded` names the parameters that move, by their place among the leaves of the chain, when tangents
    are wanted; `None` prints values alone.
    """
    march = _March(Code(width), model, seeded)
    march.write()
    arguments = "i64 %first, i64 %last, ptr noalias %arguments, ptr noalias %work"
    return Printed(march.code.text(NAME, arguments), width, march.steps, march.matrix)


class _March(Evaluation):
    """The printer at work, group after group."""

    def __init__(self, code: Code, model: Model, seeded: frozenset[int] | None):
        super().__init__(code, model, seeded)
        self.steps = pattern(model)

    @property
    def matrix(self) -> int:
        """Vectors of one step matrix."""
        return self.steps.size * (2 if self.moving_matrices else 1)

    @property
    def moving_matrices(self) -> bool:
        """Whether the step matrices have tangents."""
        nodes = ordered([*self.model.a.values(), *self.model.b.values()])
        seeded = self.seeded or frozenset()
        return any(n.op == "input" and n.label[0] == "parameter" and int(n.label[1]) in seeded for n in nodes)

    def write(self) -> None:
        """Write the whole function."""
        code = self.code
        with code.count("%first", "%last") as group:
            self.group = group
            self.person = {}
            self._compute([n for n, r in self.ranks.items() if r == 0], self.person)
            self.flow = self._flow()
            self._fill_matrices()
            self.linear = {i: cell(code, self.dual) for i in range(len(self.model.linear))}
            self.slow = {s: cell(code, self.dual) for s in self.model.slow}
            self.now = {n: cell(code, self.dual) for n in self.drivers}
            self.inputs, self.kick = (code.cell(f"[{len(self.model.ports) + 1} x {code.reals}]") for _ in range(2))
            self._begin()
            with code.count(0, self.given["intervals"]) as interval:
                self._open(interval)
                begin, end = self._range("step_begin", interval)
                with code.count(begin, end) as step:
                    self._step(step)
            self._finish()

    def _flow(self) -> Flow:
        place = {name: i for i, name in enumerate(self.steps.columns)}
        entries = (*self.model.a.items(), *self.model.b.items())
        rates = {(place[s], place[k]): self._number(self.person[node]) for (s, k), node in entries}
        return Flow(self.code, self.steps, rates, self.moving_matrices)

    def _fill_matrices(self) -> None:
        """The step matrices of every family of lengths: the shortest by a series, the others by doubling."""
        code, flow = self.code, self.flow
        if not self.steps.states:
            return
        spare = flow.matrix("%work", "0")
        with code.count(0, self.given["families"]) as family:
            coarsest, after = self._range("family_matrix", family)
            finest = code.integer("sub", after, 1)
            shortest = flow.matrix("%work", finest)
            length = code.everybody(code.read(self.given["family_length"], family, "double"))
            flow.double_some(shortest, spare, flow.fill(shortest, length))
            with code.count(0, code.integer("sub", finest, coarsest)) as n:
                once = code.integer("sub", finest, n)
                flow.double(flow.matrix("%work", code.integer("sub", once, 1)), flow.matrix("%work", once))

    def _begin(self) -> None:
        for number, (_, place) in enumerate(self._states()):
            own = self._shared_or_own("state", number)
            value = self.code.load(self.given["states"], own)
            place.keep(Dual(value, self.code.load(self.given["state_tangents"], own)) if self.dual else value)

    def _states(self) -> Iterable[tuple[str, Cell]]:
        return (*zip(self.model.linear, self.linear.values(), strict=True), *self.slow.items())

    def _open(self, interval: str) -> None:
        """Begin an interval: its inputs, then what impulses do to the states, then what slopes read at its start."""
        code, model = self.code, self.model
        self._gather("drive", interval, self.inputs)
        start = self._time(code.read(self.given["step_begin"], interval))
        if model.impulses:
            self._gather("jump", interval, self.kick)
            x, y = self._linear_now(), self._slow_now()
            moved = self._values(self.model.kicks, {**self._moment(start, x), **y, **self._kicked()})
            for name, gain in moved.items():
                self.slow[name].keep(self.slow[name].value + gain)
            for (i, j), rate in self.flow.rates.items():
                if j >= len(model.linear):
                    gained = rate * code.load(self.kick, j - len(model.linear))
                    self.linear[i].keep(self.linear[i].value + gained)
        self._keep_drivers(self._driven(start, self._linear_now()))

    def _gather(self, kind: str, interval: str, place: str) -> None:
        """Sum what each person's slots put on each port."""
        code = self.code
        for port in range(len(self.model.ports)):
            code.store(place, port, code.constant(0.0))
        begin, end = self._range(f"{kind}_begin", interval)
        with code.count(begin, end) as entry:
            slot, port_name = (code.read(self.given[f"{kind}_{what}"], entry) for what in ("slot", "port"))
            height = code.everybody(code.read(self.given[f"{kind}_height"], entry, "double"))
            where = code.integer("add", code.integer("mul", slot, self.given["groups"]), self.group)
            given = height * code.load(self.given["amounts"], where)
            code.store(place, port_name, code.load(place, port_name) + given)

    def _step(self, step: str) -> None:
        """One step of all states, and what is read within it."""
        code, flow, n = self.code, self.flow, len(self.model.linear)
        start = self._time(step)
        h = code.everybody(code.read(self.given["step_length"], step, "double"))
        index = code.read(self.given["step_matrix"], step)
        x, y = self._linear_now(), self._slow_now()
        held = {**x, **self._input_now()}
        full, half = flow.matrix("%work", index), flow.matrix("%work", code.integer("add", index, 1))
        middle = {i: flow.after(half, held, i) for i in range(n) if self.model.linear[i] in self._linear_read}
        end = {i: flow.after(full, held, i) for i in range(n)}
        now = {d: c.value for d, c in self.now.items()}
        between, then = self._driven(start + 0.5 * h, middle), self._driven(start + h, end)
        drivers = (now, between, then)
        after, slopes = classical(lambda node, at: self._slopes(drivers[node], at), h, y)
        after = self._finer((start, h), ((x, middle, end), drivers), (y, after, slopes))
        self._read(step, x, (y, after, slopes[0], then), h)
        for i, value in end.items():
            self.linear[i].keep(value)
        for node, value in after.items():
            self.slow[node.label[1]].keep(value)
        self._keep_drivers(then)

    def _finer(
        self,
        when: tuple[Lanes, Lanes],
        known: tuple[Sequence[Mapping[int, Value]], Sequence[Mapping[Node, Value]]],
        course: tuple[dict[Node, Value], dict[Node, Value], Slopes],
    ) -> dict[Node, Value]:
        """States at the end of a step, those of rooms that ask for substeps by these wherever they are restless.

        **Arguments:** `when` is start and length of the step; `known` holds linear states, and what slopes read of
        them, at its start, middle and end; `course` the other states at start and end, and the slopes of the step.
        """
        y, after, slopes = course
        small = [self._state(s) for s in self.model.substeps]
        if not small:
            return after
        k1, k2, k3, k4 = slopes
        moved = [absolute(plain(((k1[s] + k4[s]) - (k2[s] + k3[s])) * when[1])) > RESTLESS for s in small]
        restless = reduce(or_, moved)
        cells = {s: cell(self.code, self.dual) for s in small}
        for s, place in cells.items():
            place.keep(after[s])
        with self.code.when(restless.anybody):
            for s, fine in self._substeps(when, known, (y, after, slopes[0])).items():
                cells[s].keep(choose(restless, fine, after[s]))
        return {**after, **{s: place.value for s, place in cells.items()}}

    def _substeps(
        self,
        when: tuple[Lanes, Lanes],
        known: tuple[Sequence[Mapping[int, Value]], Sequence[Mapping[Node, Value]]],
        course: tuple[dict[Node, Value], ...],
    ) -> dict[Node, Value]:
        """Rooms that ask for substeps, solved once more in these while all else follows a parabola, as `solve` does."""
        (start, h), (y, after, slope) = when, course
        rates = {s: self.model.rates[s] for s in self.model.substeps}
        own = {self._state(s): y[self._state(s)] for s in rates}
        read = [n for n in ordered(rates.values()) if n in y and n not in own]
        drivers, count = self._drivers(rates), max(self.model.substeps.values())
        straight = [d for d in drivers if self._straight(d)]
        bent = tuple(d for d in drivers if d not in straight)

        @cache
        def around(node: int) -> dict[Node, Value]:
            s = node / (2 * count)
            x = {i: parabola(s, *(at[i] for at in known[0])) for i in known[0][1]} if bent else {}
            driven = {d: parabola(s, *(at[d] for at in known[1])) for d in straight}
            slow = {n: y[n] + (s - s * s) * (h * slope[n]) + (s * s) * (after[n] - y[n]) for n in read}
            return {**driven, **self._driven(start + s * h, x, bent), **slow}

        def slopes(first: int, node: int, at: dict[Node, Value]) -> dict[Node, Value]:
            return self._slopes(around(first + node), at, rates)

        for i in range(count):
            own, _ = classical(partial(slopes, 2 * i), h * (1.0 / count), own)
        return own

    def _straight(self, driver: Node) -> bool:
        """Whether a driver follows linear states in a straight line, so that a parabola of them is a parabola of it."""
        try:
            coefficients(self.model.graph, driver, self.model.linear)
        except SolveError:
            return False
        return ("time",) not in inputs([driver])

    def _read(self, step: str, x: dict[int, Value], course: tuple[dict[Node, Value], ...], h: Lanes) -> None:
        """The wanted ports at the times that lie in this step: exact linear states, cubic Hermite for the others."""
        if not self.model.signals:
            return
        code, (y, after, begin_slope, then) = self.code, course
        begin, end = self._range("read_begin", step)
        with code.when(code.value(f"icmp slt i64 {begin}, {end}")):
            end_slope = self._slopes(then, after)
            with code.count(begin, end) as number:
                offset = code.everybody(code.read(self.given["read_offset"], number, "double"))
                s = offset / h
                stay, go = (1.0 + 2.0 * s) * ((1.0 - s) * (1.0 - s)), s * s * (3.0 - 2.0 * s)
                leave, arrive = h * (s * ((1.0 - s) * (1.0 - s))), h * (s * s * (1.0 - s))
                slow = {i: (stay * y[i] + go * after[i]) + (leave * begin_slope[i] - arrive * end_slope[i]) for i in y}
                there = self._moved(number, x) if self._linear_shown else {}
                self._show(number, {**self._moment(self._time(step) + offset, there), **slow})

    def _moved(self, number: str, x: dict[int, Value]) -> dict[int, Value]:
        """Linear states at a time within a step: some of the kept steps, then a series for the rest."""
        code = self.code
        cells = {i: cell(code, self.dual) for i in x}
        for i, place in cells.items():
            place.keep(x[i])
        begin, end = self._range("hop_begin", number)
        with code.count(begin, end) as hop:
            matrix = self.flow.matrix("%work", code.read(self.given["hop_matrix"], hop))
            held = {**{i: c.value for i, c in cells.items()}, **self._input_now()}
            for i, value in {i: self.flow.after(matrix, held, i) for i in x}.items():
                cells[i].keep(value)
        rest = code.read(self.given["read_rest"], number, "double")
        with code.when(code.value(f"fcmp ogt double {rest}, {literal(_READ_AT_ONCE)}")):
            self.flow.drift(cells, self._input_now(), code.everybody(rest))
        return {i: c.value for i, c in cells.items()}

    def _show(self, number: str, known: dict[Node, Value]) -> None:
        code = self.code
        row = code.read(self.given["read_row"], number)
        nodes = self.model.shown
        env: dict[Node, Value | Mask] = {**self.person, **known}
        self._compute(nodes, env)
        for output, node in enumerate(nodes):
            where = code.integer("add", code.integer("mul", self.given["reads"], output), row)
            self._put("signal", where, self._number(env[node]))

    def _put(self, kind: str, where: str, value: Value) -> None:
        """Write a value of everybody in the group to its row of the results."""
        code = self.code
        place = code.integer("add", code.integer("mul", where, self.given["groups"]), self.group)
        names = {"signal": ("signals", "signal_tangents"), "last": ("last", "last_tangents")}[kind]
        code.store(self.given[names[0]], place, plain(value))
        if self.dual:
            code.store(self.given[names[1]], place, slope(value))

    def _finish(self) -> None:
        for number, (_, place) in enumerate(self._states()):
            self._put("last", str(number), place.value)

    @property
    def _linear_read(self) -> set[str]:
        """Linear states that slopes read."""
        return _states_in(self.model.rates.values()) & set(self.model.linear)

    @property
    def _linear_shown(self) -> bool:
        """Whether a wanted port reads a linear state."""
        return bool(_states_in(self.model.shown) & set(self.model.linear))

    def _linear_now(self) -> dict[int, Value]:
        return {i: c.value for i, c in self.linear.items()}

    def _slow_now(self) -> dict[Node, Value]:
        return {self.model.graph.input("state", s): c.value for s, c in self.slow.items()}

    def _input_now(self) -> dict[int, Value]:
        n = len(self.model.linear)
        return {n + i: self.code.load(self.inputs, i) for i in range(len(self.model.ports))}

    def _kicked(self) -> dict[Node, Value]:
        places = {p: i for i, p in enumerate(self.model.ports)}
        return {self.model.graph.input("kick", p): self.code.load(self.kick, places[p]) for p in self.model.impulses}

    def _keep_drivers(self, values: Mapping[Node, Value]) -> None:
        for node, value in values.items():
            self.now[node].keep(value)


def _states_in(nodes: Iterable[Node]) -> set[str]:
    return {n.label[1] for n in ordered(nodes) if n.op == "input" and n.label[0] == "state"}


__all__ = ["NAME", "Printed", "printed"]
