"""The march: thousands of people along one grid, by a kernel printed for the chain and the question.

It gives the numbers of `solve(...)` and `Solution.at(times)`, from the same traced code and on the same grid, without
keeping any course.
"""

from __future__ import annotations

import ctypes
from bisect import bisect_left
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from ...chain import Chain, ChainState
from ...errors import RequestError, SolveError
from ...event import Impulse
from ..cascade import grid_of
from ..certificate import scaled_errors, within
from ..grid import Grid, GridPlan
from ..needed import wanted_ports
from ..people import on_host
from ..protocol import Protocol
from ..refusal import refuse_nonfinite, refuse_outside
from .evaluation import FIELDS
from .layout import Arrays, doses, everybody, grouped, matrices, model_states, parameters, readings, timetable
from .machine import Compiled, compiled
from .printer import NAME, Printed, printed
from .theory import Model, Question, model, theory

Floats = NDArray[np.float64]
_WIDTH = 8  # people side by side: one register of the widest processors


@dataclass(frozen=True)
class Kernel:
    """A model, its printed code, and the compiled function."""

    model: Model
    printed: Printed
    function: Compiled


@lru_cache(maxsize=64)
def kernel(question: Question, seeded: frozenset[int] | None = None) -> Kernel:
    """The compiled march for one question, printed and compiled when it is asked for the first time.

    **Raises:** `SolveError` naming an operation of a stage that cannot be printed.
    """
    part = model(question)
    code = printed(part, _WIDTH, seeded)
    return Kernel(part, code, compiled(code.text, NAME))


@dataclass(frozen=True)
class Task:
    """Everything about one call but the question: who, what happens, from where, how long, and when to look."""

    chain: Chain
    protocol: Protocol
    start: Any
    grid: Grid
    times: Floats
    plan: GridPlan

    @property
    def people(self) -> int:
        """How many people there are."""
        return len(self.protocol.amounts)

    @property
    def linear(self) -> frozenset[str]:
        """Addresses of the states that are solved exactly."""
        return frozenset(f"{block.slot}.{s}" for block in self.chain.wiring.blocks for s in block.states)

    def some(self, rows: NDArray[np.intp]) -> Task:
        """The same for some of the people."""
        chain = jax.tree.map(lambda v: v[rows] if np.ndim(v) else v, self.chain)
        start = jax.tree.map(lambda v: v[rows] if np.ndim(v) else v, self.start)
        protocol = replace(self.protocol, amounts=self.protocol.amounts[rows])
        return replace(self, chain=chain, protocol=protocol, start=start)

    def on(self, plan: GridPlan) -> Task:
        """The same on another grid."""
        span = float(self.grid.edges[0]), float(self.grid.edges[-1])
        return replace(self, grid=grid_of(self.chain, self.protocol, span, plan), plan=plan)

    def until(self, steps: int) -> Task:
        """The same, given up after some steps."""
        grid, count = self.grid, int(self.grid.interval[steps - 1]) + 1
        cut = {
            name: getattr(grid, name)[:steps] for name in ("start", "length", "interval", "opens", "family", "level")
        }
        return replace(self, grid=grid._replace(**cut, edges=grid.edges[: count + 1]), times=np.zeros(0))

    def question(self, ports: tuple[str, ...], whole: bool = False) -> Question:
        """What is asked, as far as it decides what must be computed."""
        slots = self.protocol.slots
        drives = {s.port for s in slots if not isinstance(s, Impulse)}
        states = {f"{slot}.{n}": v for slot, own in self.start.items() for n, v in own.items()}
        moving = frozenset(name for name, value in states.items() if np.any(value != 0.0))
        return Question(
            jax.tree.structure(self.chain),
            tuple(p for p in self.protocol.ports if p in drives),
            tuple(p for p in self.protocol.ports if p in self.protocol.impulse_ports),
            moving & self.linear,
            ports,
            whole,
        )


@dataclass(frozen=True)
class March:
    """What a march found.

    **Arguments:** `signals` by port, with leading axes person and time; `times` (h); `task` is what was asked;
    `reached` holds the states that the wanted ports feel, at the end.
    """

    signals: dict[str, Floats]
    times: Floats
    task: Task
    reached: dict[str, Floats]
    threads: int = 1

    @cached_property
    def last_state(self) -> ChainState:
        """The state at the end, with a leading person axis: the start of a continuation.

        States that no wanted port feels were not computed; the first one to ask for them has the march repeated with
        all states.
        """
        found = self.reached
        if len(found) < len(_moved_states(self.task)):
            question = self.task.question((), whole=True)
            _, found = _run(kernel(question), replace(self.task, times=np.zeros(0)), self.threads)
            _refuse_broken(self.task, kernel(question), found, {})
        start = jax.tree.map(lambda v: np.broadcast_to(v, (self.task.people,)), self.task.start)
        return {
            slot: {name: found.get(f"{slot}.{name}", value) for name, value in own.items()}
            for slot, own in start.items()
        }


def march(
    chain: Chain,
    protocol: Protocol,
    start: ChainState,
    span: tuple[float, float],
    times: Any,
    ports: Collection[str] | None = None,
    plan: GridPlan | None = None,
    *,
    threads: int = 1,
) -> March:
    """Ports of a chain at `times` (h) for thousands of people, computed by a printed kernel.

    A person's numbers do not depend, to the last bit, on who else is in the call or on the number of threads.

    **Arguments:** `chain`, `protocol`, `start`, `span` and `plan` as for `solve`; `ports` are wanted (all that are not
    inputs when left out): only what they feel is computed.

    **Raises:** `SolveError` when a value is not finite, naming person and time, and for a stage with an operation that
    cannot be printed; `RequestError` for an unknown port.
    """
    task = asked(chain, protocol, start, (*span, plan or GridPlan()), times)
    return _marched(task, wanted_ports(chain, ports), threads)


def certify_march(found: March, people: int = 64, budget: float = 1e-4) -> dict[str, float]:
    """Scaled error of every port of a march at its times when the grid is halved, on its first `people`.

    **Raises:** `SolveError` naming the worst port when the error is above `budget`.
    """
    few = found.task.some(np.arange(min(people, found.task.people)))
    finer = _marched(few.on(few.plan.halved), tuple(found.signals), found.threads)
    own = {port: values[: few.people] for port, values in found.signals.items()}
    return within(budget, scaled_errors(own, finer.signals, few.chain.wiring.ports))


def _marched(task: Task, ports: tuple[str, ...], threads: int) -> March:
    code = kernel(task.question(ports))
    signals, reached = _run(code, task, threads)
    _refuse_broken(task, code, reached, signals)
    return March(signals, task.times, task, reached, threads)


def asked(
    chain: Chain, protocol: Protocol, start: ChainState, along: tuple[float, float, GridPlan], times: Any
) -> Task:
    """What is asked, with numbers in NumPy; `along` is begin and end (h), and how fine the grid is.

    **Raises:** `RequestError` when the start lacks states, a value is given for another number of people, or a time
    lies outside the span.
    """
    begin, end, plan = along
    when = np.atleast_1d(np.asarray(times, dtype=np.float64))
    grid = grid_of(chain, protocol, (begin, end), plan)
    refuse_outside(when, grid)
    task = Task(chain, protocol, _checked_start(chain, on_host(start)), grid, when, plan)
    _check_people(task)
    return task


def _checked_start(chain: Chain, start: Any) -> Any:
    states = theory(jax.tree.structure(chain)).states
    missing = {slot: set(names) - start.get(slot, {}).keys() for slot, names in states.items()}
    if any(missing.values()):
        given = ", ".join(f"{slot}.{name}" for slot, names in missing.items() for name in sorted(names))
        raise RequestError("the start of a march lacks states", given=f"no {given}")
    return start


def _check_people(task: Task) -> None:
    """Refuse values of another number of people than the protocol has: the missing ones would be made up."""
    for path, value in jax.tree_util.tree_leaves_with_path((task.chain, task.start)):
        if np.ndim(value) and len(value) != task.people:
            raise RequestError(
                "a value with a person axis must have one number a person",
                where=jax.tree_util.keystr(path[1:]).strip("."),
                given=len(value),
                allowed=task.people,
            )


def _moved_states(task: Task) -> frozenset[str]:
    part = model(task.question((), whole=True))
    return frozenset((*part.linear, *part.slow))


def _run(kernel: Kernel, task: Task, threads: int) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Signals of everybody and the states reached, by name."""
    arrays = laid_out(kernel, task)
    call(kernel, task, arrays, threads)
    return by_port(kernel.model, arrays["signals"], task.people), by_state(kernel.model, arrays["last"], task.people)


def laid_out(kernel: Kernel, task: Task) -> Arrays:
    """Everything that the kernel reads, and room for what it writes."""
    part, width = kernel.model, kernel.printed.width
    kept = matrices(task.grid)
    arrays: Arrays = {
        **timetable(task.grid, kept),
        **doses(task.protocol, task.grid.edges, part.ports),
        **(readings(task.grid, kept, task.times) if len(task.times) else _no_readings(task.grid)),
        "amounts": everybody(task.protocol.amounts, width),
    }
    for name, values in (("parameter", parameters(part, task.chain)), ("state", model_states(part, task.start))):
        arrays[f"{name}s"], arrays[f"{name}_place"], arrays[f"{name}_stride"] = grouped(values, task.people, width)
    lanes = -(-task.people // width) * width
    arrays["signals"] = np.empty((len(part.shown), len(task.times), lanes))
    arrays["last"] = np.empty((len(part.linear) + len(part.slow), lanes))
    return arrays


def _no_readings(grid: Grid) -> Arrays:
    nothing = np.zeros(grid.steps + 1, dtype=np.int64)
    names = ("read_row", "read_offset", "read_rest", "hop_begin", "hop_matrix")
    return {"read_begin": nothing, **dict.fromkeys(names, nothing)}


def call(kernel: Kernel, task: Task, arrays: Arrays, threads: int) -> None:
    """Run the kernel over all groups, shared out among threads."""
    groups, kept = -(-task.people // kernel.printed.width), matrices(task.grid)
    held = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    counts = {
        "groups": groups,
        "intervals": len(task.grid.edges) - 1,
        "families": len(kept.families),
        "reads": len(task.times),
    }
    words = [counts[n] if n in counts else held[n].ctypes.data if n in held else 0 for n in FIELDS]
    block = (ctypes.c_int64 * len(words))(*words)
    bounds = np.linspace(0, groups, max(1, min(threads, groups)) + 1).astype(int)

    def some(begin: int, end: int) -> None:
        room = np.empty(kept.count * kernel.printed.matrix * kernel.printed.width + 8)
        skip = -room.ctypes.data % 64
        kernel.function.call(int(begin), int(end), ctypes.addressof(block), room.ctypes.data + skip)

    if len(bounds) == 2:
        some(bounds[0], bounds[1])
        return
    with ThreadPoolExecutor(len(bounds) - 1) as pool:
        list(pool.map(some, bounds[:-1], bounds[1:]))


def by_port(part: Model, signals: Floats, people: int) -> dict[str, Floats]:
    """Signals by port, person x time (x the port's own dimensions)."""
    found, begin = {}, 0
    for port, nodes in part.signals.items():
        own = signals[begin : begin + nodes.size, :, :people]
        begin += nodes.size
        found[port] = np.moveaxis(own, 0, -1).swapaxes(0, 1).reshape(people, own.shape[1], *nodes.shape)
    return found


def by_state(part: Model, last: Floats, people: int) -> dict[str, Floats]:
    """States by name, one value a person."""
    return {name: last[i, :people] for i, name in enumerate((*part.linear, *part.slow))}


def _refuse_broken(task: Task, kernel: Kernel, reached: dict[str, Floats], signals: dict[str, Floats]) -> None:
    """Refuse by the earliest state that is not finite, and by signals that are not.

    A state that is not finite never becomes finite again: the end of the march tells who has one, and marches over
    fewer and fewer steps tell since when.
    """
    people = np.nonzero([*map(any, zip(*(~np.isfinite(v) for v in reached.values()), strict=True))])[0]
    if len(people):
        _refuse_first(task.some(people), kernel, people)
    refuse_nonfinite(signals, task.times)  # type: ignore[arg-type]


def _refuse_first(task: Task, kernel: Kernel, people: NDArray[np.intp]) -> None:
    def broken(step: int) -> dict[str, NDArray[np.bool_]]:
        _, reached = _run(kernel, task.until(step + 1), 1)
        return {name: ~np.isfinite(v) for name, v in reached.items()}

    first = bisect_left(range(task.grid.steps - 1), True, key=lambda n: any(b.any() for b in broken(n).values()))
    found = broken(first)
    person = min(int(b.argmax()) for b in found.values() if b.any())
    name = next(name for name, b in found.items() if b[person])
    refused = SolveError(
        "a state is not finite",
        where=f"person {people[person] + 1}, {task.grid.start[first]:.4g} h, `{name}`",
        then="check the parameters of this stage, or use a finer grid",
    )
    refused.people = tuple(people.tolist())
    raise refused
