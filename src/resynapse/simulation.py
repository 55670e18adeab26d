"""Many people through one chain: grouped by what happens to them when, solved together, read at common times."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

import jax
import numpy as np
from numpy.typing import NDArray

from .core.chain import Chain, ChainState
from .core.event import Happening
from .core.solver import BUDGET, Journey, Solution, certify, halving_errors, protocol, signature, solve, travel
from .core.solver.needed import check_ports
from .core.turn import Turn, alike
from .timeline import Timeline, legs, with_people

Floats = NDArray[np.float64]
Report = Callable[[str], None]
Solved = list[tuple[Solution | Journey, list[int]]]
_FINER = 2  # times that a grid is halved before it is given up


@dataclass(frozen=True)
class Subject:
    """One person: an identifier, what happens to them, and parameter values of their own by dotted address."""

    id: str
    happenings: tuple[Happening, ...]
    values: Mapping[str, float]
    turns: tuple[Turn, ...] = ()


@dataclass(frozen=True)
class Course:
    """What a simulation found.

    **Arguments:** `times` (h); `signals` by port, with leading axes person and time; `last_state` with a leading person
    axis, the start of a continuation at `end` (h); `errors` is the scaled numerical error of every port, empty when
    it was not asked for.
    """

    chain: Chain
    subjects: tuple[Subject, ...]
    times: Floats
    signals: Mapping[str, Floats]
    last_state: ChainState
    end: float
    errors: Mapping[str, float]


def follow(
    chain: Chain,
    subjects: Sequence[Subject],
    start: ChainState,
    span: tuple[float, float],
    tell: Report = lambda _: None,
) -> Solved:
    """Solve a chain for all subjects; people to whom the same things happen at the same times share one grid.

    **Arguments:** `start` is one state for everybody or has a leading person axis; `span` is begin and end (h); `tell`
    is called with one line of progress before each group.

    **Returns:** solutions with the indices of their subjects.
    """
    groups: dict[Hashable, list[int]] = {}
    for i, subject in enumerate(subjects):
        groups.setdefault((signature(subject.happenings), alike(subject.turns)), []).append(i)
    found: Solved = []
    for number, members in enumerate(groups.values(), start=1):
        tell(f"solving group {number} of {len(groups)} ({len(members)} of {len(subjects)} people)")
        found.append((_solve_group(chain, [subjects[i] for i in members], _rows(start, members), span), members))
    return found


def gather(
    solutions: Solved,
    subjects: Sequence[Subject],
    chain: Chain,
    times: Floats | None = None,
    also: Floats | Sequence[float] = (),
) -> Course:
    """Bring the solutions of all groups to common times and into the order of the subjects.

    `times` defaults to the union of what each grid offers for drawing and of what is `also` asked for.
    """
    common = np.unique(np.concatenate([*(s.output_times for s, _ in solutions), also])) if times is None else times
    order = np.argsort(np.concatenate([members for _, members in solutions]))
    parts = [solution.at(common) for solution, _ in solutions]
    signals = {port: np.concatenate([np.asarray(p[port]) for p in parts])[order] for port in parts[0]}
    last = jax.tree.map(lambda *v: np.concatenate(v)[order], *(s.last_state for s, _ in solutions))
    return Course(chain, tuple(subjects), common, signals, last, solutions[0][0].end, {})


def certified(solutions: Solved, tell: Report = lambda _: None) -> tuple[Solved, dict[str, float]]:
    """The solutions on grids that are fine enough, and the scaled error of every port.

    The grid is halved for the first person of every group, and compared on and between steps. A group whose grid
    proves too coarse is solved again on the halved one, twice at most.

    **Raises:** `SolveError` when an error is above the budget even then.
    """
    fine, worst = [], dict[str, float]()
    for solution, members in solutions:
        enough, errors = _fine_enough(solution, tell)
        fine.append((enough, members))
        worst |= {port: max(error, worst.get(port, 0.0)) for port, error in errors.items()}
    return fine, worst


def _fine_enough(solution: Solution | Journey, tell: Report) -> tuple[Solution | Journey, dict[str, float]]:
    for _ in range(_FINER):
        first = solution.first
        errors = halving_errors(first, first.check_times)
        if max(errors.values()) <= BUDGET:
            return solution, errors
        tell("the grid is too coarse here: solving again on the halved grid")
        solution = solution.again(solution.plan.halved)
    first = solution.first
    return solution, certify(first, first.check_times)


def chosen_ports(chain: Chain, names: Sequence[str] | None) -> tuple[str, ...]:
    """The ports to report: those asked for, or all that are not dose inputs.

    **Raises:** `RequestError` with the nearest name for an unknown port.
    """
    external = {p.name for p in chain.external}
    known = [p.name for p in chain.wiring.ports if p.name not in external]
    check_ports(names or (), known)
    return tuple(names) if names else tuple(known)


def _solve_group(
    chain: Chain, subjects: list[Subject], start: ChainState, span: tuple[float, float]
) -> Solution | Journey:
    if any(s.turns for s in subjects):
        lives = [Timeline(s.happenings, s.turns) for s in subjects]
        return travel(legs(chain, lives, [s.values for s in subjects], span), start)
    together = protocol(chain.external, [s.happenings for s in subjects])
    return solve(with_people(chain, [s.values for s in subjects]), together, start, span)


def _rows(state: ChainState, members: list[int]) -> ChainState:
    return jax.tree.map(lambda v: v[np.array(members)] if np.ndim(v) else v, state)
