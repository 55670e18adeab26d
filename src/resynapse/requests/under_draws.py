"""The people of a simulation under every draw of what is in doubt: one march a person, draws side by side."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ..assembly import upstream
from ..calibrate.doubt import Doubt, news
from ..chains import anchored, median_load
from ..core.chain import Chain, ChainState
from ..core.errors import RequestError, SolveError
from ..core.event import Level
from ..core.solver import BUDGET, own_resting_state, protocol, scaled_errors
from ..dose import Person
from ..simulation import Subject
from ..solvers import Printed, Solver
from ..timeline import own_values

Floats = NDArray[np.float64]
_MOST = 100_000_000
_FINER = 2


@dataclass(frozen=True)
class UnderDraws:
    """What is followed: a chain with its values on file, draws, and what is read when.

    **Arguments:** `times` (h, from 0); `loads` are the loads of life that stand first among what happens to everybody;
    unless they are `fixed`, each draw has the load under which its own depressed state is at rest.

    **Assumes:** the length of an entry that belongs to the theory (of a swallowed dose) is that of the mean draw.
    """

    chain: Chain
    doubt: Doubt
    times: Floats
    ports: tuple[str, ...]
    loads: tuple[Level, ...]
    fixed: bool

    def data(self, people: Sequence[Person], subjects: Sequence[Subject]) -> xr.Dataset:
        """Ports over person, draw and time.

        **Raises:** `RequestError` for people with turns, or more numbers than a file should hold; `SolveError` when
        no grid is fine enough.
        """
        self._check_size(len(people))
        refuse_turns(people, subjects)
        found = [self.followed(*pair) for pair in zip(people, subjects, strict=True)]
        coords: dict[str, Any] = {"person": [s.id for s in subjects], "draw": np.arange(len(self.doubt))}
        coords |= {"time": ("time", self.times, {"units": "h"})}
        data = {}
        for name in self.ports:
            port = self.chain.port(name)
            coords |= {dim: list(labels) for dim, labels in port.dims}
            values = np.stack([one[name] for one in found]).astype(np.float32)
            dims = ("person", "draw", "time", *(dim for dim, _ in port.dims))
            data[name] = (dims, values, {"units": port.unit, "long_name": port.meaning or name})
        return xr.Dataset(data, coords, attrs={"calibration": json.dumps(self.doubt.record)})

    def followed(self, person: Person, subject: Subject) -> dict[str, Floats]:
        """Ports of one person (draw x time), on a grid that is fine enough under every draw.

        **Raises:** `SolveError` when none is.
        """
        known = self._known
        own = known.with_values(own_values(known, person))
        loads = self._own_loads(own)
        doses = protocol(own.external, [(*load, *subject.happenings[len(load) :]) for load in loads])
        state = _rest(own, [load[0].amount for load in loads]) if self.loads else own.initial()

        def solved(solver: Solver) -> dict[str, Floats]:
            return solver.signals(own, doses, state, self.times, self.ports)

        solver: Solver = Printed()
        for _ in range(_FINER + 1):
            found = _unless_broken(solved, solver)
            reference = _unless_broken(solved, solver.halved)
            if found and reference and self._worst(found, reference) <= BUDGET:
                return found
            solver = solver.halved
        raise SolveError("no grid is fine enough for all draws", where=subject.id, then="take another calibration")

    @property
    def _known(self) -> Chain:
        """The chain under each draw, mood's references following."""
        found = news(self.chain, self.doubt.values(np.arange(len(self.doubt))))
        everywhere = {a: np.broadcast_to(v, (len(self.doubt),)) for a, v in found.items()} or self._held
        known = self.chain.with_values(everywhere)
        return anchored(known) if upstream(found) else known

    @property
    def _held(self) -> dict[str, Floats]:
        """One value as it is, a draw each, where draws move nothing of this chain."""
        address = next(iter(self.chain.declared))
        return {address: np.full(len(self.doubt), float(self.chain.parameters[address]))}

    def _own_loads(self, own: Chain) -> list[tuple[Level, ...]]:
        """The loads of life under each draw."""
        if self.fixed or not self.loads:
            return [self.loads] * len(self.doubt)
        each = np.broadcast_to(median_load(own), (len(self.doubt),))
        return [(replace(self.loads[0], amount=float(v)),) for v in each]

    def _worst(self, found: dict[str, Floats], reference: dict[str, Floats]) -> float:
        return max(scaled_errors(found, reference, tuple(self.chain.port(p) for p in self.ports)).values())

    def _check_size(self, people: int) -> None:
        size = people * len(self.doubt) * len(self.times) * len(self.ports)
        if size > _MOST:
            raise RequestError(
                "so many numbers would not fit a file",
                where="people x draws x times x ports",
                given=f"{size:,}",
                allowed=f"up to {_MOST:,}",
                then="take fewer --draws, or name --ports and --times",
            )


def refuse_turns(people: Sequence[Person], subjects: Sequence[Subject]) -> None:
    """Refuse people whose course is not simply carried on.

    **Raises:** `RequestError` naming the first of them.
    """
    turned = next((p for p, s in zip(people, subjects, strict=True) if s.turns or p.changes), None)
    if turned is not None:
        what = "a steady state, a reset or a change of covariates is not followed under draws"
        raise RequestError(
            what, where=turned.id, then="leave --draws out: the medians of the calibration are simulated"
        )


def _rest(own: Chain, loads: Sequence[float]) -> ChainState:
    """The depressed resting state under each draw; the only one where a draw has but one."""
    found: ChainState = jax.tree.map(np.asarray, own_resting_state(own, {"load": np.array(loads)}))
    return found


def _unless_broken(solved: Any, solver: Solver) -> dict[str, Floats] | None:
    """What a grid gives; nothing where a state is not finite on it."""
    try:
        found: dict[str, Floats] = solved(solver)
    except SolveError:
        return None
    return found
